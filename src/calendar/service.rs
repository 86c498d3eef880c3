//! Operations on the calendar.

use chrono::NaiveDate;
use serde_json::json;

use super::dto::{CalendarResponse, PutCalendarRequest};
use super::model::NewDay;
use super::queries;
use crate::db::Constraint as _;
use crate::error::{Code, Error, Result};
use crate::journal::{Record, Tx};
use crate::kernel::fault::Faults;
use crate::kernel::period::Period;

pub async fn get(tx: &mut Tx<'_>, period: Period) -> Result<CalendarResponse> {
    let days = queries::listed(tx, &period).await?;
    Ok(CalendarResponse { period, days: days.into_iter().map(Into::into).collect() })
}

/// Lists the days of a period anew. Fees of sessions on these days follow.
pub async fn replace(
    tx: &mut Tx<'_>,
    period: Period,
    request: PutCalendarRequest,
    mut faults: Faults,
) -> Result<CalendarResponse> {
    let days: Vec<NaiveDate> = request.days.iter().map(|listed| listed.day).collect();
    for (i, day) in days.iter().enumerate() {
        faults.check_range(&format!("/days/{i}/day"), *day, period.first_day(), period.last_day());
    }
    faults.check_distinct(&days, |i| format!("/days/{i}/day"));
    faults.check()?;
    let mut rows = Vec::with_capacity(request.days.len());
    for listed in request.days {
        let (day, kind, name) = (listed.day, listed.kind, listed.name);
        rows.push(NewDay { tenant_id: tx.tenant, id: tx.id(), day, kind, name, created_at: tx.now });
    }
    let replaced = queries::replace(tx, &period, &rows).await;
    // Somebody else has listed one of them at the same time.
    replaced.on_constraint("calendar_days_day_key", || Error::new(Code::Busy))?;
    tx.touch_calendar(period.first_day(), period.last_day()).await?;
    let details = json!({ "period": period, "days": rows.len() });
    tx.record(Record::logged("put_calendar", "calendar", None).details(details));
    get(tx, period).await
}
