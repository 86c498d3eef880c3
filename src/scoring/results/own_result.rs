//! A person's result in a period, which is asked together with who asks.

use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl;
use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, try_join};
use uuid::Uuid;

use super::named::{NAMED, WITH_NAMES};
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
    results: Vec<OwnResult>,
}

impl Question for OwnQuestion {
    type Found = OwnFound;

    fn ask(self, asking: Asking<'_>) -> BoxFuture<'_, Result<OwnFound>> {
        async move {
            let Self { programme, period, employee } = self;
            let person = employee.or(asking.person);
            let basis = Basis::ask(asking, programme, period);
            let (basis, results) = try_join(basis, own_results(asking, programme, period, person)).await?;
            Ok(OwnFound { basis, results })
        }
        .boxed()
    }
}

impl OwnFound {
    /// What the period's results are based on, and the person's in the store that counts.
    pub async fn known(self, tx: &mut Tx<'_>) -> Result<(Basis, Option<Lecturer>)> {
        let basis = Basis::of(tx, self.basis).await?;
        let counts = |own: &OwnResult| own.is_frozen == basis.snapshot.is_some();
        let own = self.results.into_iter().find(counts).map(|own| own.lecturer);
        Ok((basis, own))
    }
}

#[derive(Debug, QueryableByName)]
struct OwnResult {
    /// Whether it is in the snapshot that counts, or else in the live results.
    #[diesel(sql_type = Bool)]
    is_frozen: bool,
    #[diesel(embed)]
    lecturer: Lecturer,
}

/// The results of a person under whichever of the person's records.
async fn own_results(
    mut asking: Asking<'_>,
    programme: Uuid,
    period: Period,
    person: Option<Uuid>,
) -> QueryResult<Vec<OwnResult>> {
    let Some(person) = person else { return Ok(Vec::new()) };
    let own = statement(OWN_RESULTS).bind("programme", programme).bind("period", period.to_string());
    asking.complete(own.bind("person", person)).load(&mut asking.conn).await
}

/// What is looked up by its key is so whatever the planner knows of the company (`OFFSET 0`).
const OWN_RESULTS: &str = concat!(
    NAMED,
    "
SELECT false AS is_frozen, r.employee_id, r.board_id, r.shortfall, r.grade
  FROM live_periods l
 CROSS JOIN LATERAL (SELECT e.id FROM employees e
                      WHERE e.tenant_id = :tenant AND (e.id = :person OR e.merged_into_id = :person) OFFSET 0) e
 CROSS JOIN LATERAL (SELECT * FROM live_results r
                      WHERE r.tenant_id = :tenant AND r.live_period_id = l.id AND r.employee_id = e.id OFFSET 0) r
 WHERE l.tenant_id = :tenant AND l.programme_id = :programme AND l.period = :period
UNION ALL
SELECT true, r.employee_id, r.board_id, r.shortfall, r.grade
  FROM periods p
 CROSS JOIN LATERAL (SELECT e.id FROM employees e
                      WHERE e.tenant_id = :tenant AND (e.id = :person OR e.merged_into_id = :person) OFFSET 0) e
 CROSS JOIN LATERAL (SELECT * FROM snapshot_lecturers r
                      WHERE r.tenant_id = :tenant AND r.snapshot_id = p.snapshot_id AND r.employee_id = e.id OFFSET 0) r
 WHERE p.tenant_id = :tenant AND p.programme_id = :programme AND p.period = :period",
    WITH_NAMES
);
