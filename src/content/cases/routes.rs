//! Application cases over HTTP.

use uuid::Uuid;

use super::dto::{CasePage, CaseResponse, CreateCaseRequest, DecideCaseRequest, ListCasesQuery};
use super::model::{CaseState, Readers};
use super::{queries, service};
use crate::auth::rights::{CasesConfirm, CasesWrite, SessionsRead};
use crate::call::{Answer, Call, answer};
use crate::content::voiding::VoidRequest;
use crate::error::Code::{AlreadyExists, HrRequired, PersonRequired, SelfApproval, StateConflict};
use crate::http::{IfMatch, Json, Paged, Path, Reply, operations};

operations! {
    create_application_case, list_application_cases, get_application_case, confirm_application_case,
    reject_application_case, void_application_case
}

/// Report an application case
///
/// A learner reports how they applied what they learned in a session. Only attendees may report; one case per learner and
/// session.
#[utoipa::path(
    post, path = "/v1/application-cases", responses((status = 201, body = CaseResponse)),
    extensions(("x-refuses" = json!([StateConflict, AlreadyExists])), ("x-tells-closed-periods" = json!(true)))
)]
async fn create_application_case(call: Call<CasesWrite>, body: Json<CreateCaseRequest>) -> Answer {
    answer!(call.write_checked(body), |tx, request, faults| {
        let answer = service::create(tx, request, faults).await?;
        Reply::created(format!("/v1/application-cases/{}", answer.id), &answer)
    })
}

/// List application cases
///
/// Ordered by creation, oldest first. Learners see their own cases, lecturers also those from their sessions, managers also those
/// of the people they manage.
#[utoipa::path(get, path = "/v1/application-cases", responses((status = 200, body = CasePage)))]
async fn list_application_cases(call: Call<SessionsRead>, query: Paged<ListCasesQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let readers = Readers::of(tx).await?;
        let (rows, next) = queries::list_page(tx, &query, &readers, &paging).await?;
        Reply::page(service::render_all(tx, rows).await?, next)
    })
}

/// Get an application case
///
/// What was done, and the decision of the learner's manager or HR.
#[utoipa::path(get, path = "/v1/application-cases/{id}", responses((status = 200, body = CaseResponse)))]
async fn get_application_case(call: Call<SessionsRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::ok(&service::get(tx, id).await?))
}

/// Confirm an application case
///
/// The learner's manager or HR confirms that the case is true. It counts if it is confirmed before the close. Nobody can confirm
/// their own case, or a case from a session that they gave.
#[utoipa::path(
    post, path = "/v1/application-cases/{id}/confirm", params(IfMatch), responses((status = 200, body = CaseResponse)),
    extensions(("x-refuses" = json!([PersonRequired, SelfApproval, StateConflict])), ("x-tells-closed-periods" = json!(true)))
)]
async fn confirm_application_case(
    call: Call<CasesConfirm>,
    Path(id): Path<Uuid>,
    body: Json<DecideCaseRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        Reply::ok(&service::decide(tx, id, precondition, CaseState::Confirmed, request.note).await?)
    })
}

/// Reject an application case
///
/// The learner's manager or HR decides that the case is not true.
#[utoipa::path(
    post, path = "/v1/application-cases/{id}/reject", params(IfMatch), responses((status = 200, body = CaseResponse)),
    extensions(("x-refuses" = json!([PersonRequired, SelfApproval, StateConflict])), ("x-tells-closed-periods" = json!(true)))
)]
async fn reject_application_case(
    call: Call<CasesConfirm>,
    Path(id): Path<Uuid>,
    body: Json<DecideCaseRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        Reply::ok(&service::decide(tx, id, precondition, CaseState::Rejected, request.note).await?)
    })
}

/// Void an application case
///
/// HR voids a case that was reported or decided wrongly, with a reason. It stays on record and counts no more, and the learner may
/// report another one. Nobody can void their own case, or a case from a session that they gave. After the close of its period this
/// is a late fact.
#[utoipa::path(
    post, path = "/v1/application-cases/{id}/void", params(IfMatch), responses((status = 200, body = CaseResponse)),
    extensions(("x-refuses" = json!([HrRequired, SelfApproval, StateConflict])), ("x-tells-closed-periods" = json!(true)))
)]
async fn void_application_case(call: Call<CasesConfirm>, Path(id): Path<Uuid>, body: Json<VoidRequest>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| Reply::ok(&service::void(tx, id, precondition, request.reason).await?))
}
