//! Eligible lecturers over HTTP.

use actix_web::HttpResponse;
use actix_web::body::BodyStream;
use actix_web::http::header::CONTENT_DISPOSITION;
use chrono::NaiveDate;
use futures_util::{FutureExt as _, StreamExt as _};

use super::dto::{
    EligibleHead, EligibleLecturerFile, EligibleLecturerPage, EligibleLecturersQuery, ExportEligibleLecturersQuery,
    TargetPath,
};
use super::export::Export;
use super::{PART, Question, queries};
use crate::auth::rights::PromotionsRead;
use crate::call::{Answer, Call, answer};
use crate::error::{Error, Result};
use crate::http::{Paged, Path, Query, Reply, operations};
use crate::journal::Tx;
use crate::people::{today, visible};

operations! { list_eligible_lecturers, export_eligible_lecturers }

async fn question(tx: &mut Tx<'_>, target_code: &str, on: Option<NaiveDate>) -> Result<Question> {
    let on = match on {
        Some(on) => on,
        None => today(tx).await?,
    };
    Question::new(tx, target_code, on).await
}

/// List the lecturers who may be promoted
///
/// Those appointed as lecturers on the day who meet the policy in force for the position, or for whom what they do not meet is waived: of
/// the people whom the caller may see. Each is judged exactly as by `create_promotion_check`, which shows the evidence.
#[utoipa::path(
    get, path = "/v1/promotion-targets/{target_code}/eligible-lecturers", params(TargetPath),
    responses((status = 200, body = EligibleLecturerPage))
)]
async fn list_eligible_lecturers(
    call: Call<PromotionsRead>,
    Path(target): Path<TargetPath>,
    query: Paged<EligibleLecturersQuery>,
) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let question = question(tx, &target.target_code, query.on).await?;
        let fetch = usize::try_from(paging.fetch()).map_err(Error::internal)?;
        let found = question.list(tx, paging.after()?, fetch).await?;
        let (items, next) = paging.cut(found, |lecturer| lecturer.employee.id)?;
        let EligibleHead { target_code, policy_id, policy_version, asked_on } = question.head();
        let page =
            EligibleLecturerPage { target_code, policy_id, policy_version, asked_on, items, next_cursor: next.cursor };
        Ok(Reply::ok(&page)?.next_page(next.target))
    })
}

/// Export the lecturers who may be promoted
///
/// The whole list as one file, which is sent while the next lecturers are checked. The closed results that count are those of the moment
/// at which it begins.
#[utoipa::path(
    get, path = "/v1/promotion-targets/{target_code}/eligible-lecturers/export",
    params(TargetPath, ExportEligibleLecturersQuery),
    responses((
        status = 200,
        content(
            (EligibleLecturerFile = "application/jsonl", example = json!("{\"target_code\":\"department-manager\"}\n")),
            (EligibleLecturerFile = "text/csv", example = json!("target_code,policy_id\r\n"))
        ),
        headers(("Content-Disposition"))
    ))
)]
async fn export_eligible_lecturers(
    call: Call<PromotionsRead>,
    Path(target): Path<TargetPath>,
    Query(query): Query<ExportEligibleLecturersQuery>,
) -> Answer {
    let format = query.format;
    let asked = target.target_code.clone();
    let ((question, borders), stay) = call
        .stay_long(move |tx| {
            async move {
                let question = question(tx, &asked, query.on).await?;
                let seen = visible::<PromotionsRead>(tx).await?;
                let borders = queries::borders(tx, PART, question.sought.on(), seen.ids()).await?;
                Ok((question, borders))
            }
            .boxed()
        })
        .await?;
    let name = format!("eligible-{}-{}.{}", target.target_code, question.sought.on(), format.slug());
    // The response has already begun: a failure can only be logged, and the file ends early.
    let log = |part: &Result<_>| {
        if let Err(error) = part {
            log::error!("the export of eligible lecturers was interrupted: {}", error.chain());
        }
    };
    let parts = Export { stay, question, format }.file(borders).inspect(log);
    Ok(HttpResponse::Ok()
        .content_type(format.media_type())
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(BodyStream::new(parts)))
}
