//! Attendance over HTTP.

use uuid::Uuid;

use super::dto::{AttendancePage, AttendanceRecordResponse, AttendanceResponse, ReplaceAttendanceRequest};
use super::model::AttendanceRecord;
use super::queries;
use crate::auth::rights::{AttendanceWrite, SessionsRead};
use crate::call::{Answer, Call, answer};
use crate::error::Code::StateConflict;
use crate::error::Result;
use crate::http::{Json, Paged, Path, Reply, operations};
use crate::people::employee_refs;
use crate::sessions::service::find_visible;
use crate::sessions::visibility::only_person;

operations! { replace_session_attendance, list_session_attendance }

/// Replace a session's attendance
///
/// The whole list as one source knows it; an empty list means that nobody attended. If two lists arrive out of order, the one
/// recorded later applies as a whole. Send the session's ETag, or `*` if the source does not know it. If somebody was present,
/// the list confirms a delivery that only a lecturer of the session has reported, unless a lecturer of the session sends the
/// list.
#[utoipa::path(
    put, path = "/v1/sessions/{id}/attendance", responses((status = 200, body = AttendanceResponse)),
    extensions(("x-refuses" = json!([StateConflict])), ("x-tells-closed-periods" = json!(true)))
)]
async fn replace_session_attendance(
    call: Call<AttendanceWrite>,
    Path(id): Path<Uuid>,
    body: Json<ReplaceAttendanceRequest>,
) -> Answer {
    let precondition = call.if_match()?;
    answer!(call.write_checked(body), |tx, request, faults| {
        Reply::ok(&super::replace(tx, id, precondition, request, faults).await?)
    })
}

/// List a session's attendance
///
/// Who was present and who was absent, ordered by employee id. Learners see only their own record.
#[utoipa::path(get, path = "/v1/sessions/{id}/attendance", responses((status = 200, body = AttendancePage)))]
async fn list_session_attendance(call: Call<SessionsRead>, Path(id): Path<Uuid>, query: Paged) -> Answer {
    answer!(call.list(query), |tx, _, paging| {
        let session = find_visible(tx, id).await?;
        let only = only_person(tx, session.id).await?;
        let (rows, next) = queries::list_page(tx, session.id, only, &paging).await?;
        let ids: Vec<Uuid> = rows.iter().map(|record| record.employee_id).collect();
        let people = employee_refs(tx, &ids).await?;
        let whole = |record: AttendanceRecord| {
            let AttendanceRecord { employee_id, state, minutes, source, recorded_at } = record;
            let employee = people.get(employee_id)?;
            Ok(AttendanceRecordResponse { employee, state, minutes, source, recorded_at })
        };
        let items = rows.into_iter().map(whole).collect::<Result<_>>()?;
        Ok(Reply::ok(&AttendancePage { items, next_cursor: next.cursor })?.next_page(next.target))
    })
}
