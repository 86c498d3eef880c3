//! Appointments that end later because the employment does. The last level goes on from today. On past days a level changes by two
//! persons only, so on those it is proposed.

use chrono::NaiveDate;
use uuid::Uuid;

use super::guarded::{LevelFrom, Of, asked_level};
use super::queries::{self, LastLevel};
use crate::error::Result;
use crate::journal::Tx;
use crate::people::today;
use crate::sign_in::{Asked, hold};

/// An appointment that ended on `from` (the first day without it) and now ends on `end`.
#[derive(Debug, Clone, Copy)]
pub struct GoesOn {
    pub appointment: Uuid,
    pub employee: Uuid,
    pub from: NaiveDate,
    pub end: NaiveDate,
}

/// Lets the levels that ended with these appointments go on. A level that was kept for the new days stands on them already.
pub async fn go_on(tx: &mut Tx<'_>, appointments: &[GoesOn]) -> Result<()> {
    if appointments.is_empty() {
        return Ok(());
    }
    let today = today(tx).await?;
    let last = queries::last_levels(tx, appointments).await?;
    let (past, to_come): (Vec<LastLevel>, Vec<LastLevel>) = last.into_iter().partition(|one| one.from < today);
    queries::extend_all(tx, &to_come).await?;
    queries::go_on_from(tx, &past, today).await?;
    let asked = past.into_iter().map(|one| {
        let of = Of { employee: one.employee_id, appointment: one.lecturer_id };
        asked_level(of, None, LevelFrom { level: one.level, starts_on: one.from }, today)
    });
    hold(tx, &asked.collect::<Result<Vec<Asked>>>()?).await?;
    Ok(())
}
