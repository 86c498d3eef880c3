//! What cannot be computed is set aside with its error, told in the log, and counted in a metric: it holds nobody else up.

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::model::LivePeriod;
use crate::db::{back_to_savepoint, took_too_long};
use crate::error::{Code, Error, Result};
use crate::journal::Tx;
use crate::journal::marks::{self, Mark};
use crate::kernel::ids::Ids;

/// The longest text of an error that is kept.
const LONGEST_TEXT: usize = 2_000;

/// Whether the work itself is at fault: it would fail again, for whomever. Otherwise the database is away, or somebody else has changed
/// the same rows.
pub fn is_fault(error: &Error) -> bool {
    took_too_long(error) || !matches!(error.code, Code::Busy | Code::Unavailable)
}

/// What a part of a round has given since its savepoint. If it is at fault, the part is undone and the mark set aside; none then.
pub async fn unless_done<T>(tx: &mut Tx<'_>, part: Result<T>, mark: &Mark) -> Result<Option<T>> {
    match part {
        Ok(done) => Ok(Some(done)),
        Err(error) if is_fault(&error) => {
            back_to_savepoint(tx.conn).await?;
            let told: String = error.chain().chars().take(LONGEST_TEXT).collect();
            log::error!("live results of tenant {} cannot be computed and are set aside: {told}", tx.tenant);
            marks::set_aside(tx, mark, &told).await?;
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// The mark of one lecturer in one period; of everybody if none is given.
pub fn of_period(marked_at: DateTime<Utc>, live: &LivePeriod, person: Option<Uuid>) -> Mark {
    Mark {
        programme_id: Some(live.programme_id),
        employee_id: person,
        is_of_everybody: person.is_none(),
        end_day: Some(live.ends_on),
        ..of_everybody(marked_at, None, live.starts_on)
    }
}

/// The mark of everybody of the programme (none: of all) from a day on.
pub fn of_everybody(marked_at: DateTime<Utc>, programme: Option<Uuid>, first_day: NaiveDate) -> Mark {
    Mark {
        id: Ids::random(),
        marked_at,
        programme_id: programme,
        employee_id: None,
        session_id: None,
        department_id: None,
        is_of_everybody: true,
        first_day: Some(first_day),
        end_day: None,
        of_feedback: false,
    }
}
