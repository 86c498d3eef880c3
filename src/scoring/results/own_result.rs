//! A person's result in a period, which is asked together with who asks.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::named::{NAMES, Somebody};
use super::queries::{OF_PERIOD, OF_PROGRAMME, STANDS, Stand};
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
    /// The result under this record of the person, if the period is open.
    live: Option<Lecturer>,
}

/// A result in an open period, and how that stands.
#[derive(QueryableByName)]
struct LiveResult {
    #[diesel(embed)]
    stand: Stand,
    #[diesel(embed)]
    own: Somebody<Lecturer>,
}

impl Question for OwnQuestion {
    type Found = OwnFound;

    fn ask(self, mut asking: Asking<'_>) -> BoxFuture<'_, Result<OwnFound>> {
        async move {
            let Self { programme, period, employee } = self;
            let person = employee.or(asking.person);
            let own = statement(LIVE_RESULT).bind("programme", programme).bind("period", period.to_string());
            let own = asking.complete(own.bind("employee", person.unwrap_or_default()));
            let found: Option<LiveResult> = own.get_result(&mut asking.conn).await.optional()?;
            let (stand, live) = found.map(|found| (found.stand, found.own.0)).unzip();
            let basis = BasisFound { programme, period, stand, now: asking.now };
            Ok(OwnFound { basis, person, live: live.flatten() })
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
            (_, Some(live)) => Some(live),
            (Some(person), _) if basis.snapshot.is_some() || !has_one_record => {
                basis.store().find_person(tx, person).await?
            }
            _ => None,
        };
        Ok((basis, own))
    }
}

const LIVE_RESULT: &str = concat!(
    "
SELECT r.employee_id, r.board_id, r.shortfall, r.grade,",
    NAMES,
    ",",
    STANDS,
    OF_PERIOD,
    OF_RECORD,
    OF_PROGRAMME
);

/// Joins the result `r` of one record among the live results `l`, and whose it is. What is left of a closed period does not count.
pub const OF_RECORD: &str = "
  LEFT JOIN live_results r
    ON o.snapshot_id IS NULL AND r.tenant_id = :tenant AND r.live_period_id = l.id AND r.employee_id = :employee
  LEFT JOIN employees own ON own.tenant_id = :tenant AND own.id = r.employee_id
  LEFT JOIN employees kept ON kept.tenant_id = :tenant AND kept.id = own.merged_into_id
  LEFT JOIN departments d ON d.tenant_id = :tenant AND d.id = r.board_id";
