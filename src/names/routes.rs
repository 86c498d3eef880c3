//! Display names over HTTP.

use super::dto::{DisplayNamesResponse, UpdateDisplayNamesRequest};
use super::service;
use crate::auth::rights::{ProgrammesRead, ProgrammesWrite};
use crate::call::{Answer, Call, answer};
use crate::http::{Json, Reply, operations};

operations! { get_display_names, update_display_names }

/// Get display names
///
/// What the company calls its codes, in Chinese and English: grades (best first), metrics, reward policies, levels (lowest first),
/// titles and kinds of certificates of competence. Answers have codes only, so a screen reads this list once and again when its
/// ETag has changed.
#[utoipa::path(get, path = "/v1/display-names", responses((status = 200, body = DisplayNamesResponse)))]
async fn get_display_names(call: Call<ProgrammesRead>) -> Answer {
    answer!(call.read(), |tx| Reply::ok(&DisplayNamesResponse::new(service::present(tx).await?)))
}

/// Update display names
///
/// A merge patch (RFC 7396): a list that is mentioned is replaced as a whole. New grades may be added anywhere. A grade that a published
/// rule, reward policy or promotion policy uses can be renamed, but neither left out nor moved across another one that is used.
/// Texts that Lectern makes say the new names from then on, those on earlier rewards included; lines of locked payroll batches
/// keep theirs.
#[utoipa::path(patch, path = "/v1/display-names", responses((status = 200, body = DisplayNamesResponse)))]
async fn update_display_names(call: Call<ProgrammesWrite>, body: Json<UpdateDisplayNamesRequest>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write_checked(body), |tx, request, mut faults| {
        let change = request.into_change(&mut faults);
        faults.check()?;
        Reply::ok(&DisplayNamesResponse::new(service::update(tx, &precondition, change).await?))
    })
}
