//! A person's result in a period, which is asked together with who asks.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, try_join};
use uuid::Uuid;

use super::named::NAMES;
use super::stored_board::Lecturer;
use super::{Basis, BasisFound};
use crate::call::Question;
use crate::db::{concat, statement};
use crate::error::Result;
use crate::journal::{Asking, Tx};
use crate::kernel::period::Period;

/// Asks for the result of a person.
#[derive(Debug, Clone, Copy)]
pub struct OwnQuestion {
    pub programme: Uuid,
    pub period: Period,
    /// None: of whoever asks.
    pub employee: Option<Uuid>,
}

/// What was found of it, and what it is based on.
pub struct OwnFound {
    basis: BasisFound,
    person: Option<Uuid>,
    /// The result under this record of the person in an open period.
    live: Option<Lecturer>,
}

impl Question for OwnQuestion {
    type Found = OwnFound;

    fn ask(self, asking: Asking<'_>) -> BoxFuture<'_, Result<OwnFound>> {
        async move {
            let Self { programme, period, employee } = self;
            let person = employee.or(asking.person);
            let basis = Basis::ask(asking, programme, period);
            let (basis, live) = try_join(basis, live_result(asking, programme, period, person)).await?;
            Ok(OwnFound { basis, person, live })
        }
        .boxed()
    }
}

impl OwnFound {
    /// What the period's results are based on, and the person's under whichever of the person's records.
    pub async fn known(self, tx: &mut Tx<'_>) -> Result<(Basis, Option<Lecturer>)> {
        let basis = Basis::of(tx, self.basis).await?;
        let has_one_record = self.person == tx.actor.person() && tx.actor.merged.is_empty();
        let own = match (self.person, self.live) {
            (_, Some(live)) if basis.snapshot.is_none() => Some(live),
            (Some(person), _) if basis.snapshot.is_some() || !has_one_record => {
                basis.store().find_person(tx, person).await?
            }
            _ => None,
        };
        Ok((basis, own))
    }
}

async fn live_result(
    mut asking: Asking<'_>,
    programme: Uuid,
    period: Period,
    person: Option<Uuid>,
) -> QueryResult<Option<Lecturer>> {
    let Some(person) = person else { return Ok(None) };
    let own = statement(LIVE_RESULT).bind("programme", programme).bind("period", period.to_string());
    asking.complete(own.bind("employee", person)).get_result(&mut asking.conn).await.optional()
}

const LIVE_RESULT: &str = concat!(
    "
SELECT r.employee_id, r.board_id, r.shortfall, r.grade,",
    NAMES,
    "
  FROM live_periods l",
    OF_RECORD,
    "
 WHERE l.tenant_id = :tenant AND l.programme_id = :programme AND l.period = :period"
);

/// Joins the result `r` of one record among the live results `l`, and whose it is.
pub const OF_RECORD: &str = "
  JOIN live_results r ON r.tenant_id = :tenant AND r.live_period_id = l.id AND r.employee_id = :employee
  JOIN employees own ON own.tenant_id = :tenant AND own.id = :employee
  LEFT JOIN employees kept ON kept.tenant_id = :tenant AND kept.id = own.merged_into_id
  LEFT JOIN departments d ON d.tenant_id = :tenant AND d.id = r.board_id";
