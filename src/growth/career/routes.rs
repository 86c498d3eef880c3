//! Career files over HTTP.

use uuid::Uuid;

use super::dto::{
    HonoursResponse, LecturerRecordHeadPage, LecturerRecordHeadResponse, LecturerRecordPage, LecturerRecordQuery,
    LecturerRecordResponse, ListLecturerRecordsQuery,
};
use super::{listing, page};
use crate::auth::rights::PromotionsRead;
use crate::call::{Answer, Call, answer};
use crate::error::Result;
use crate::http::{Paged, Path, Query, Reply, operations};
use crate::people::{employee_refs, visible};

operations! { get_honours, get_lecturer_record, get_lecturer_record_page, list_lecturer_records }

/// Get an honour file
///
/// The titles that a person holds today and the e-certificates that were not revoked, with the company's names in Chinese and English.
/// It needs the scope `rewards:read` too.
#[utoipa::path(
    get, path = "/v1/employees/{id}/honours", responses((status = 200, body = HonoursResponse, headers(("ETag"))))
)]
async fn get_honours(call: Call<PromotionsRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::projection(&super::honours(tx, id).await?))
}

/// Get a career file
///
/// A lecturer's whole history in one document, as it stood at the end of a day: appointments with terms, renewals and levels,
/// suspensions, titles, score and grade of each closed period with its awards and certificates, certificates of competence,
/// mentorships with their results, improvement notices, places in training opportunities, and applications for promotion with their
/// decisions. Of a period that was restated it has the result that counted on that day. A correction of a fact corrects the record of
/// every day. Further members may be added to it. The id of a record that was merged gives the person's file. It needs the scopes
/// `people:read`, `scores:read` and `rewards:read` too.
#[utoipa::path(
    get, path = "/v1/employees/{id}/lecturer-record", params(LecturerRecordQuery),
    responses((status = 200, body = LecturerRecordResponse, headers(("ETag"))))
)]
async fn get_lecturer_record(
    call: Call<PromotionsRead>,
    Path(id): Path<Uuid>,
    Query(query): Query<LecturerRecordQuery>,
) -> Answer {
    answer!(call.read(), |tx| Reply::projection(&super::career(tx, id, query.as_of).await?.record))
}

/// Get a career file to print
///
/// The same as a page of HTML with a style for paper, in the caller's language. It is fetched with the bearer token in the header, like
/// everything else, and shown by the front end that fetched it; it loads nothing. It needs the same scopes.
#[utoipa::path(
    get, path = "/v1/employees/{id}/lecturer-record/page", params(LecturerRecordQuery),
    responses((
        status = 200,
        content((LecturerRecordPage = "text/html", example = json!("<!DOCTYPE html>\n<html lang=\"en\"></html>\n"))),
        headers(("Content-Language"))
    ))
)]
async fn get_lecturer_record_page(
    call: Call<PromotionsRead>,
    Path(id): Path<Uuid>,
    Query(query): Query<LecturerRecordQuery>,
) -> Answer {
    let language = call.context.language;
    answer!(call.read(), |tx| {
        let page = page::html(&super::career(tx, id, query.as_of).await?, language);
        Ok(Reply::html(page, page::STYLE).language(language))
    })
}

/// List career files
///
/// Of everybody who is or was a lecturer and whom the caller may see, ordered by id: whose file it is and when something in it last
/// changed. With `updated_since` a system that keeps a copy learns which files to read again. It needs the same scopes as a file.
#[utoipa::path(get, path = "/v1/lecturer-records", responses((status = 200, body = LecturerRecordHeadPage)))]
async fn list_lecturer_records(call: Call<PromotionsRead>, query: Paged<ListLecturerRecordsQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        super::require_rights(tx)?;
        let seen = visible::<PromotionsRead>(tx).await?;
        let (heads, next) = listing::list_page(tx, query.updated_since, seen.ids(), &paging).await?;
        let ids: Vec<Uuid> = heads.iter().map(|head| head.employee_id).collect();
        let people = employee_refs(tx, &ids).await?;
        let items = heads.into_iter().map(|head| {
            let employee = people.get(head.employee_id)?;
            Ok(LecturerRecordHeadResponse { employee, updated_at: head.updated_at })
        });
        Reply::page(items.collect::<Result<Vec<_>>>()?, next)
    })
}
