//! How the lecturers of the demonstration company stand today: terms that end soon, certificates of competence of which one runs out,
//! and a suspension until further notice.

use chrono::{Days, Months, NaiveDate};
use diesel::QueryableByName;
use diesel::sql_types::Uuid as SqlUuid;
use diesel_async::RunQueryDsl as _;
use futures_util::FutureExt as _;
use serde_json::json;
use uuid::Uuid;

use crate::auth::Actor;
use crate::db::statement;
use crate::error::{Error, Result};
use crate::http::Precondition;
use crate::journal::{Circumstances, Tx, write_tx};
use crate::kernel::fault::Faults;
use crate::people::{self, today};
use crate::state::State;

/// An appointment without an end, and whose it is.
#[derive(Debug, Clone, Copy, QueryableByName)]
struct Appointed {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    employee_id: Uuid,
}

/// The last of them by employee number: the first ones play parts of their own.
const APPOINTED: &str = "
SELECT l.id, l.employee_id
  FROM lecturers l JOIN employees e ON e.tenant_id = :tenant AND e.id = l.employee_id
 WHERE l.tenant_id = :tenant AND l.ended_on IS NULL
 ORDER BY e.employee_number COLLATE \"C\" DESC
 LIMIT 6";

/// One administrator enters all of it.
pub(super) async fn develop(state: &State, tenant: Uuid, admin: &Actor) -> Result<()> {
    let entering = write_tx(state, tenant, admin.clone(), Circumstances::default(), |tx| enter(tx).boxed());
    entering.await
}

async fn enter(tx: &mut Tx<'_>) -> Result<()> {
    let found: Vec<Appointed> = tx.complete(statement(APPOINTED)).load(tx.conn).await?;
    let today = today(tx).await?;
    let in_days = |days: u64| today.checked_add_days(Days::new(days)).unwrap_or(today);
    for (one, days) in found.iter().zip([20, 45, 75]) {
        renew(tx, one.id, in_days(days)).await?;
    }
    // Of three years each: valid for long, about to end, and over.
    for (one, months) in found.iter().skip(1).zip([6, 34, 35, 40]) {
        certify(tx, one.employee_id, today, months).await?;
    }
    match found.last() {
        Some(last) => suspend(tx, last.id, today).await,
        None => Ok(()),
    }
}

async fn renew(tx: &mut Tx<'_>, lecturer: Uuid, last_day: NaiveDate) -> Result<()> {
    let request = json!({"term_ends_on": last_day, "reason": "首聘期一年"});
    let request = serde_json::from_value(request).map_err(Error::internal)?;
    people::renew_lecturer(tx, lecturer, Precondition::none(), request, Faults::default()).await?;
    Ok(())
}

async fn certify(tx: &mut Tx<'_>, employee: Uuid, today: NaiveDate, months: u32) -> Result<()> {
    let first = today.checked_sub_months(Months::new(months)).unwrap_or(today);
    let end = first.checked_add_months(Months::new(36)).and_then(|end| end.pred_opt()).unwrap_or(today);
    let request = json!({
        "employee_id": employee, "kind": "ttt", "issuer": "培训师认证中心",
        "certificate_number": format!("TTT-{first}-{months:02}"), "starts_on": first, "ends_on": end,
    });
    let request = serde_json::from_value(request).map_err(Error::internal)?;
    people::record_competence(tx, request, Faults::default()).await?;
    Ok(())
}

async fn suspend(tx: &mut Tx<'_>, lecturer: Uuid, today: NaiveDate) -> Result<()> {
    let request = json!({"starts_on": today, "ends_on": null, "reason": "课件内容待复核"});
    let request = serde_json::from_value(request).map_err(Error::internal)?;
    people::suspend_lecturer(tx, lecturer, Precondition::none(), request, Faults::default()).await?;
    Ok(())
}
