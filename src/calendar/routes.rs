//! The calendar over HTTP.

use super::dto::{CalendarResponse, PutCalendarRequest};
use super::service;
use crate::auth::rights::{CalendarWrite, ProgrammesRead};
use crate::call::{Answer, Call, answer};
use crate::http::{IF_MATCH, Json, Path, Reply, operations};
use crate::kernel::period::Period;

operations! { get_calendar, put_calendar }

/// Get the calendar of a period
///
/// The days of a year, a quarter or a month that are not as usual: public holidays, and days that are worked or off instead of others
/// (调休).
#[utoipa::path(
    get, path = "/v1/calendar/{period}",
    params(("period" = Period, Path, description = "A year, a quarter or a month.")),
    responses((status = 200, body = CalendarResponse, headers(("ETag"))))
)]
async fn get_calendar(call: Call<ProgrammesRead>, Path(period): Path<Period>) -> Answer {
    answer!(call.read(), |tx| Reply::projection(&service::get(tx, period).await?))
}

/// Replace the calendar of a period
///
/// Lists the days of a year (the usual way: once the State Council has announced the holidays), a quarter or a month that are not as
/// usual. They replace all that are listed there. Fees of sessions on these days follow; in closed periods nothing changes until they
/// are restated: the answer names them in `period_closed`.
#[utoipa::path(
    put, path = "/v1/calendar/{period}",
    params(("period" = Period, Path, description = "A year, a quarter or a month.")),
    responses((status = 200, body = CalendarResponse)),
    extensions(("x-without" = json!([IF_MATCH])), ("x-tells-closed-periods" = json!(true)))
)]
async fn put_calendar(call: Call<CalendarWrite>, Path(period): Path<Period>, body: Json<PutCalendarRequest>) -> Answer {
    answer!(call.write_checked(body), |tx, request, faults| {
        Reply::ok(&service::replace(tx, period, request, faults).await?)
    })
}
