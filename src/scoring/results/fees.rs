//! What fees grant for the sessions of a statement.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Jsonb, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::Basis;
use super::dto::StatementFee;
use crate::auth::Reach;
use crate::auth::rights::ScoresRead;
use crate::db::{Document, concat, statement};
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::money::Money;
use crate::programmes::documents::fee::HoldReason;
use crate::scoring::inputs::LecturerInputs;

/// By session, in the order of the policies.
pub type FeesOfSessions = BTreeMap<Uuid, Vec<StatementFee>>;

#[derive(Debug, QueryableByName)]
struct FeeRow {
    #[diesel(sql_type = SqlUuid)]
    session_id: Uuid,
    #[diesel(sql_type = Text)]
    policy: String,
    #[diesel(sql_type = BigInt)]
    amount_minor: i64,
    #[diesel(sql_type = Bool)]
    held: bool,
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = Jsonb)]
    held_reasons: Document<Vec<HoldReason>>,
}

const FEES: &str = "
SELECT (line.one ->> 'session_id')::uuid AS session_id, line.one ->> 'policy' AS policy,
       coalesce(line.one #>> '{award,amount_minor}', line.one #>> '{amount,amount_minor}')::bigint AS amount_minor,
       (line.one ->> 'held')::boolean AS held, coalesce(line.one -> 'held_reasons', '[]') AS held_reasons,
       (SELECT o.currency FROM programmes o WHERE o.tenant_id = :tenant AND o.id = :programme) AS currency";

/// As granted in a snapshot, under whichever of the person's records.
const FROZEN_FEES: &str = concat!(
    FEES,
    "
  FROM snapshot_lecturers r
 CROSS JOIN LATERAL (SELECT own.one -> 'granted' AS one, own.place
                       FROM jsonb_array_elements(r.rewards) WITH ORDINALITY own (one, place)) line
 WHERE r.tenant_id = :tenant AND r.snapshot_id = :snapshot
   AND r.employee_id IN (SELECT e.id FROM employees e
                          WHERE e.tenant_id = :tenant AND (e.id = :employee OR e.merged_into_id = :employee))
   AND line.one ->> 'session_id' IS NOT NULL
 ORDER BY line.place"
);

/// As things stand in a period that is not closed.
const PROVISIONAL_FEES: &str = concat!(
    FEES,
    "
  FROM provisional_periods p
  JOIN provisional_rewards r ON r.tenant_id = :tenant AND r.provisional_period_id = p.id AND r.employee_id = :employee
 CROSS JOIN LATERAL jsonb_array_elements(r.result -> 'rewards') WITH ORDINALITY line (one, place)
 WHERE p.tenant_id = :tenant AND p.programme_id = :programme AND p.period = :period
   AND line.one ->> 'session_id' IS NOT NULL
 ORDER BY line.place"
);

/// What fees grant a lecturer in a period. None: the caller reads the results, but not the money. Nothing is asked where no fees are
/// paid: then the facts have nothing of them.
pub async fn find(tx: &mut Tx<'_>, basis: &Basis, inputs: &LecturerInputs) -> Result<Option<FeesOfSessions>> {
    let employee = inputs.employee_id;
    if tx.actor.reach::<ScoresRead>()? != Reach::All && !tx.actor.is(employee) {
        return Ok(None);
    }
    if inputs.sessions.iter().all(|session| session.fee.is_none()) {
        return Ok(Some(FeesOfSessions::new()));
    }
    let of = match &basis.snapshot {
        Some(frozen) => statement(FROZEN_FEES).bind("snapshot", frozen.id),
        None => statement(PROVISIONAL_FEES).bind("period", basis.period.to_string()),
    };
    let of = of.bind("programme", basis.programme.id).bind("employee", employee);
    let rows: Vec<FeeRow> = tx.complete(of).load(tx.conn).await?;
    let mut fees = FeesOfSessions::new();
    for row in rows {
        fees.entry(row.session_id).or_default().push(StatementFee {
            policy: row.policy,
            amount: Money::new(row.amount_minor, row.currency.parse().map_err(Error::internal)?),
            held: row.held,
            held_reasons: row.held_reasons.0,
        });
    }
    Ok(Some(fees))
}
