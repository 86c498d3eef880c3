//! Scorecards and boards as callers see them: of the facts so far while a period is open (provisional), read from the stored live
//! results; read from the latest snapshot once it is closed.
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

use chrono::{DateTime, Utc};
use uuid::Uuid;

use self::queries::SnapshotRow;
use self::stored_board::{Lecturer, Store};
use super::live::{self, LivePeriod, LiveResult};
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
    /// Where the results of an open period are stored; none before its first projection.
    live: Option<LivePeriod>,
    /// The instant up to which all facts are in the results of an open period; none before its first projection.
    as_of: Option<DateTime<Utc>>,
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
            live: None,
            as_of: None,
        })
    }

    async fn open(tx: &mut Tx<'_>, programme: Programme, period: Period) -> Result<Self> {
        let version = Thing::RuleInForce.require(programmes::rule_in_force(tx, programme.id, &period).await?)?;
        let live = live::find(tx, programme.id, &period).await?;
        let as_of = match &live {
            Some(live) => live::as_of(tx, live).await?,
            None => None,
        };
        Ok(Self {
            rule_id: version.id,
            rule_version: version.number,
            rule: version.document.0,
            programme,
            period,
            snapshot: None,
            live,
            as_of,
        })
    }

    /// The result so far of one lecturer of an open period.
    async fn provisional_one(&self, tx: &mut Tx<'_>, employee: Uuid) -> Result<Option<Outcome>> {
        let Some(live) = &self.live else { return Ok(None) };
        let own = live::result(tx, live.id, employee).await?;
        Ok(self.ranked(tx, live, own.into_iter().collect()).await?.pop())
    }

    /// The results so far, ordered by id. If people are given, only theirs.
    async fn provisional_page(
        &self,
        tx: &mut Tx<'_>,
        people: Option<&[Uuid]>,
        after: Option<Uuid>,
        fetch: i64,
    ) -> Result<Vec<Outcome>> {
        let Some(live) = &self.live else { return Ok(Vec::new()) };
        let page = live::page(tx, live.id, people, after, fetch).await?;
        self.ranked(tx, live, page).await
    }

    /// These results with their ranks.
    async fn ranked(&self, tx: &mut Tx<'_>, live: &LivePeriod, results: Vec<LiveResult>) -> Result<Vec<Outcome>> {
        let board = |own: &LiveResult| live::board(live.programme_id, self.rule.rank_scope, own.inputs.department_id());
        let rated = results.iter().filter_map(|own| Some((board(own), live::shortfall(own.card.score?)?)));
        let mut ahead = live::ahead(tx, live.id, &rated.collect::<Vec<_>>()).await?.into_iter();
        let outcome = |own: LiveResult| {
            let ahead = own.card.score.and_then(|_| ahead.next());
            let standing = ahead.map(|ahead| ahead.standing(self.rule.rank_style)).transpose()?;
            Ok(Outcome { inputs: own.inputs.0, card: own.card.0, standing, apart: BTreeSet::new() })
        };
        results.into_iter().map(outcome).collect()
    }

    /// Where boards of the period are read.
    async fn store(&self, tx: &mut Tx<'_>) -> Result<Store> {
        if let Some(frozen) = &self.snapshot {
            return Ok(Store::Snapshot(frozen.id));
        }
        let lecturer = |own: LiveResult| {
            let department = own.inputs.department_id();
            Lecturer::new(own.employee_id, department, own.card.score, own.grade)
        };
        let results = match &self.live {
            Some(live) => live::all_results(tx, live.id).await?,
            None => Vec::new(),
        };
        Ok(Store::Computed(results.into_iter().map(lecturer).collect()))
    }
}
