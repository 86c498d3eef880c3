//! Scorecards and boards as callers see them: computed from the facts so far while a period is open (provisional), read from the
//! latest snapshot once it is closed.
//!
//! Lecturers see their own card, their own rank and the top places of the board. Managers see the people of their departments, HR
//! everybody. Ranks are always among the whole population, whoever asks.

mod board;
mod board_texts;
mod dto;
mod queries;
pub mod routes;
mod statement;
mod stored_board;

use std::collections::BTreeSet;

use uuid::Uuid;

use self::queries::SnapshotRow;
use self::stored_board::{Lecturer, Store};
use super::{Moment, appraise, live, load_inputs};
use crate::error::Result;
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::kernel::phrases::Thing;
use crate::programmes::periods::interval_of;
use crate::programmes::{self, Programme};
use crate::scoring::inputs::LecturerInputs;
use crate::scoring::rank::Standing;
use crate::scoring::rule::ScoringRule;
use crate::scoring::scorecard::Scorecard;

/// One lecturer's result, with the facts that it is based on.
#[derive(Debug, Clone)]
struct Outcome {
    inputs: LecturerInputs,
    card: Scorecard,
    standing: Option<Standing>,
    /// The sessions that stand apart in the snapshot; none while the period is open.
    apart: BTreeSet<Uuid>,
}

/// What the results of a period are based on.
struct Basis {
    programme: Programme,
    period: Period,
    rule_id: Uuid,
    rule_version: i32,
    rule: ScoringRule,
    /// The latest snapshot; none while the period is open.
    snapshot: Option<SnapshotRow>,
}

impl Basis {
    /// 404 if the programme or the period does not exist, or if no rule applies to it.
    async fn find(tx: &mut Tx<'_>, programme: Uuid, period: Period) -> Result<Self> {
        let programme = Thing::Programme.require(programmes::find(tx, programme).await?)?;
        interval_of(&programme, &period)?;
        let name = period.to_string();
        let Some(snapshot) = queries::latest_snapshot(tx, programme.id, &name).await? else {
            return Self::open(tx, programme, period).await;
        };
        let rule = queries::rule(tx, snapshot.rule_id).await?;
        Ok(Self {
            rule_id: snapshot.rule_id,
            rule_version: rule.version,
            rule: rule.document.0,
            programme,
            period,
            snapshot: Some(snapshot),
        })
    }

    async fn open(tx: &mut Tx<'_>, programme: Programme, period: Period) -> Result<Self> {
        let version = Thing::RuleInForce.require(programmes::rule_in_force(tx, programme.id, &period).await?)?;
        Ok(Self {
            rule_id: version.id,
            rule_version: version.number,
            rule: version.document.0,
            programme,
            period,
            snapshot: None,
        })
    }

    /// Every lecturer's result so far, ordered by id. Only for an open period.
    async fn provisional(&self, tx: &mut Tx<'_>) -> Result<Vec<Outcome>> {
        let moment = Moment::Provisional(tx.now);
        let inputs = load_inputs(tx, &self.programme, &self.rule, &self.period, moment, None).await?;
        let k = programmes::min_ratings(tx, &self.programme, &self.period).await?;
        let results = appraise(&self.rule, k, &inputs);
        let outcome = |(inputs, (card, standing))| Outcome { inputs, card, standing, apart: BTreeSet::new() };
        Ok(inputs.into_iter().zip(results).map(outcome).collect())
    }

    /// Where boards of the period are read.
    async fn store(&self, tx: &mut Tx<'_>) -> Result<Store> {
        if let Some(frozen) = &self.snapshot {
            return Ok(Store::Snapshot(frozen.id));
        }
        if let Some(live) = live::find(tx, self.programme.id, &self.period).await? {
            return Ok(Store::Live(live.id));
        }
        let lecturer = |own: Outcome| {
            let department = own.inputs.department_id();
            Lecturer::new(own.inputs.employee_id, department, own.card.score, own.card.grade)
        };
        Ok(Store::Computed(self.provisional(tx).await?.into_iter().map(lecturer).collect()))
    }
}
