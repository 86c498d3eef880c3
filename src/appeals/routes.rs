//! Appeals over HTTP.

use uuid::Uuid;

use super::dto::{
    AcceptAppealRequest, AnswerAppealRequest, AppealPage, AppealResponse, AskAboutAppealRequest, DeclineAppealRequest,
    FileAppealRequest, ListAppealsQuery,
};
use super::{queries, service};
use crate::auth::rights::{AppealsDecide, AppealsFile, AppealsRead};
use crate::call::{Answer, Call, answer};
use crate::error::Code::{
    AlreadyExists, AppealTooLate, HrRequired, NotYourStatement, PartyToAppeal, PersonRequired, SelfApproval,
    StateConflict,
};
use crate::http::{IfMatch, Json, Paged, Path, Reply, operations};
use crate::kernel::period::Period;
use crate::people::{records_of_one, visible};

operations! {
    file_appeal, list_appeals, get_appeal, ask_about_appeal, answer_appeal, accept_appeal, decline_appeal, withdraw_appeal,
}

/// Appeal against a statement
///
/// A lecturer disputes one thing of their own statement of a closed period: a session, a content, a metric or a reward. It is possible
/// before the period's `appeals_until_at`, once about a thing and snapshot; an accepted restatement opens it anew. HR answers. Nobody
/// appeals for somebody else (`not_your_statement`).
#[utoipa::path(
    post, path = "/v1/programmes/{programme_id}/periods/{period}/scorecards/{employee_id}/appeals",
    params(
        ("period" = Period, Path, description = "The period, in the programme's cycle."),
        ("employee_id" = Uuid, Path, description = "The lecturer: the caller.")
    ),
    responses((status = 201, body = AppealResponse)),
    extensions(("x-refuses" = json!([AlreadyExists, AppealTooLate, NotYourStatement, PersonRequired, StateConflict])))
)]
async fn file_appeal(
    call: Call<AppealsFile>,
    Path(of): Path<(Uuid, Period, Uuid)>,
    body: Json<FileAppealRequest>,
) -> Answer {
    answer!(call.write_checked(body), |tx, request, faults| {
        let filed = service::file(tx, of, request, faults).await?;
        Reply::created(format!("/v1/appeals/{}", filed.id), &filed)
    })
}

/// List appeals
///
/// Newest first: lecturers see their own, HR and auditors all. `is_undecided` finds those that wait, `is_overdue` those of them whose
/// period takes no appeals any more: its results are final but for these. Until when lecturers may appeal is in each appeal and in
/// each period (`appeals_until_at`).
#[utoipa::path(get, path = "/v1/appeals", responses((status = 200, body = AppealPage)))]
async fn list_appeals(call: Call<AppealsRead>, query: Paged<ListAppealsQuery>) -> Answer {
    answer!(call.list(query), |tx, query, paging| {
        let seen = visible::<AppealsRead>(tx).await?;
        let records = records_of_one(tx, query.employee_id).await?;
        let (people, of) = (seen.ids(), records.as_deref());
        let rows = queries::list_page(tx, &query, people, of, paging.after()?, paging.fetch()).await?;
        let (rows, next) = paging.cut(rows, |appeal| appeal.id)?;
        Reply::page(service::render_all(tx, rows).await?, next)
    })
}

/// Get an appeal
///
/// With its whole course. The statement that it disputes is at `get_appeal_statement`.
#[utoipa::path(get, path = "/v1/appeals/{id}", responses((status = 200, body = AppealResponse)))]
async fn get_appeal(call: Call<AppealsRead>, Path(id): Path<Uuid>) -> Answer {
    answer!(call.read(), |tx| Reply::ok(&service::get(tx, id).await?))
}

/// Ask the lecturer back
///
/// HR needs to know more. The appeal waits for the lecturer's answer; HR may still decide without it. Whoever may not decide the appeal
/// does not ask about it either.
#[utoipa::path(
    post, path = "/v1/appeals/{id}/ask", params(IfMatch), responses((status = 200, body = AppealResponse)),
    extensions(("x-refuses" = json!([PartyToAppeal, PersonRequired, SelfApproval, StateConflict])))
)]
async fn ask_about_appeal(
    call: Call<AppealsDecide>,
    Path(id): Path<Uuid>,
    body: Json<AskAboutAppealRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        Reply::ok(&service::ask(tx, id, &precondition, request.question).await?)
    })
}

/// Answer a question about one's own appeal
///
/// By the lecturer who filed it. It waits for HR again.
#[utoipa::path(
    post, path = "/v1/appeals/{id}/answer", params(IfMatch), responses((status = 200, body = AppealResponse)),
    extensions(("x-refuses" = json!([NotYourStatement, PersonRequired, StateConflict])))
)]
async fn answer_appeal(call: Call<AppealsFile>, Path(id): Path<Uuid>, body: Json<AnswerAppealRequest>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        Reply::ok(&service::answer(tx, id, &precondition, request.answer).await?)
    })
}

/// Accept an appeal
///
/// HR agrees, and either corrects the disputed session at once (`delivery`), or points at the correction: an entry of the operation
/// log, or a reward that was entered by hand. The closed results stay as they are: a restatement of the period takes a corrected fact
/// in. Nobody decides their own appeal (`self_approval`), nor one about what they share with the lecturer (`party_to_appeal`): a session
/// of both, or one whose reward is disputed; a content of both; for a metric, or a reward of no session, any session of both in the
/// period. A company that allows self-approval allows that, too.
#[utoipa::path(
    post, path = "/v1/appeals/{id}/accept", params(IfMatch), responses((status = 200, body = AppealResponse)),
    extensions(
        ("x-refuses" = json!([HrRequired, PartyToAppeal, PersonRequired, SelfApproval, StateConflict])),
        ("x-tells-closed-periods" = json!(true))
    )
)]
async fn accept_appeal(call: Call<AppealsDecide>, Path(id): Path<Uuid>, body: Json<AcceptAppealRequest>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write_checked(body), |tx, request, faults| {
        Reply::ok(&service::accept(tx, id, &precondition, request, faults).await?)
    })
}

/// Decline an appeal
///
/// HR does not agree, and says why. Who may not decide it is as with `accept_appeal`.
#[utoipa::path(
    post, path = "/v1/appeals/{id}/decline", params(IfMatch), responses((status = 200, body = AppealResponse)),
    extensions(("x-refuses" = json!([PartyToAppeal, PersonRequired, SelfApproval, StateConflict])))
)]
async fn decline_appeal(call: Call<AppealsDecide>, Path(id): Path<Uuid>, body: Json<DeclineAppealRequest>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write(body), |tx, request| {
        Reply::ok(&service::decline(tx, id, &precondition, request.reason).await?)
    })
}

/// Withdraw one's own appeal
///
/// While HR has not decided; by the lecturer who filed it.
#[utoipa::path(
    post, path = "/v1/appeals/{id}/withdraw", params(IfMatch), responses((status = 200, body = AppealResponse)),
    extensions(("x-refuses" = json!([NotYourStatement, PersonRequired, StateConflict])))
)]
async fn withdraw_appeal(call: Call<AppealsFile>, Path(id): Path<Uuid>) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.act(), |tx| Reply::ok(&service::withdraw(tx, id, &precondition).await?))
}
