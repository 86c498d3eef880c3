//! Scorecards and boards as callers see them: of the facts so far while a period is open (provisional), read from the stored live
//! results; read from the latest snapshot once it is closed.
//!
//! Lecturers see their own card, their own rank and the top places of the board. Managers see the people of their departments, HR
//! everybody. Ranks are always among the whole population, whoever asks.

mod board;
mod board_texts;
pub mod complete;
mod dto;
pub mod events;
mod export;
mod fees;
mod named;
mod own_card;
mod own_result;
mod places;
mod queries;
pub mod routes;
pub mod shares;
mod statement;
mod stored_board;

use std::fmt;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use diesel::QueryResult;
use uuid::Uuid;

use self::dto::AppliedSnapshot;
use self::named::Named;
use self::queries::Stand;
use self::stored_board::{CardRow, Store};
use crate::error::{Error, Result};
use crate::journal::{Asking, Tx};
use crate::kernel::period::{Cycle, Interval, Period};
use crate::kernel::phrases::Thing;
use crate::programmes::periods::interval_in;
use crate::programmes::{self, FeedbackMode};
use crate::scoring::rank::Standing;
use crate::scoring::rule::ScoringRule;
use crate::scoring::scorecard::Scorecard;

/// One lecturer's result.
#[derive(Debug, Clone)]
struct Carded {
    employee_id: Uuid,
    named: Named,
    card: Scorecard,
    standing: Option<Standing>,
}

/// How far the results of a period are. What comes later is greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stamp {
    /// The version of the live results; 0 before the first.
    Live(i64),
    /// The number of the latest snapshot.
    Closed(i32),
}

impl Stamp {
    fn of(snapshot_number: Option<i32>, live_version: Option<i64>) -> Self {
        snapshot_number.map_or_else(|| Self::Live(live_version.unwrap_or_default()), Self::Closed)
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Live(version) => write!(f, "{version}"),
            Self::Closed(number) => write!(f, "closed-{number}"),
        }
    }
}

/// The stored results of an open period.
#[derive(Debug, Clone, Copy)]
struct LiveStore {
    id: Uuid,
    version: i64,
}

/// What results depend on of their programme.
#[derive(Debug, Clone, Copy)]
struct ProgrammeFacts {
    id: Uuid,
    cycle: Cycle,
    time_zone: Tz,
    /// Number of places on the leaderboard.
    board_size: i32,
    feedback_mode: FeedbackMode,
}

/// What the results of a period are based on.
struct Basis {
    programme: ProgrammeFacts,
    period: Period,
    rule_id: Uuid,
    rule_version: i32,
    rule: ScoringRule,
    /// The latest snapshot; none while the period is open.
    snapshot: Option<AppliedSnapshot>,
    /// Where the results of an open period are stored; none before its first projection.
    live: Option<LiveStore>,
    /// The instant up to which all facts are in the results of an open period; none before its first projection.
    as_of: Option<DateTime<Utc>>,
}

/// What a basis is made of, as it was found.
struct BasisFound {
    programme: Uuid,
    period: Period,
    stand: Option<Stand>,
    now: DateTime<Utc>,
}

impl Stand {
    fn programme(&self, id: Uuid) -> Result<ProgrammeFacts> {
        let time_zone: Tz = self.time_zone.parse().map_err(Error::internal)?;
        let Self { cycle, board_size, feedback_mode, .. } = *self;
        Ok(ProgrammeFacts { id, cycle, time_zone, board_size, feedback_mode })
    }
}

impl ProgrammeFacts {
    /// The instants at which a period begins and ends. 404 if the programme has no such period.
    fn interval_of(&self, period: &Period) -> Result<Interval> {
        interval_in(self.cycle, self.time_zone, period)
    }
}

impl Basis {
    /// 404 if the programme or the period does not exist, or if no rule applies to it.
    async fn find(tx: &mut Tx<'_>, programme: Uuid, period: Period) -> Result<Self> {
        let found = Self::ask(tx.asking(), programme, period).await?;
        Self::of(tx, found).await
    }

    async fn ask(asking: Asking<'_>, programme: Uuid, period: Period) -> QueryResult<BasisFound> {
        let stand = queries::stand(asking, programme, period).await?;
        Ok(BasisFound { programme, period, stand, now: asking.now })
    }

    /// The same with what was asked before.
    async fn of(tx: &mut Tx<'_>, found: BasisFound) -> Result<Self> {
        let BasisFound { programme, period, stand, now } = found;
        let stand = Thing::Programme.require(stand)?;
        let programme = stand.programme(programme)?;
        programme.interval_of(&period)?;
        let rule = match stand.rule_id.zip(stand.rule_version).zip(stand.rule) {
            Some(((id, version), document)) => (id, version, document.0),
            // Neither closed nor projected yet.
            None => {
                let rule = Thing::RuleInForce.require(programmes::rule_in_force(tx, programme.id, &period).await?)?;
                (rule.id, rule.number, rule.document.0)
            }
        };
        let (rule_id, rule_version, rule) = rule;
        let closed = stand.snapshot_id.zip(stand.number).zip(stand.digest).zip(stand.closed_at);
        let snapshot = closed.map(|(((id, number), digest), closed_at)| AppliedSnapshot {
            id,
            number,
            digest: digest.into(),
            closed_at,
        });
        let live = stand.live_id.zip(stand.live_version).filter(|_| snapshot.is_none());
        let live = live.map(|(id, version)| LiveStore { id, version });
        let as_of = live.and(stand.computed_at).map(|_| stand.waiting_since.unwrap_or(now));
        Ok(Self { programme, period, rule_id, rule_version, rule, snapshot, live, as_of })
    }

    /// The cards of a page, ordered by the lecturers' ids. If people are given, only theirs.
    async fn cards(
        &self,
        tx: &mut Tx<'_>,
        people: Option<&[Uuid]>,
        after: Option<Uuid>,
        fetch: i64,
    ) -> Result<Vec<Carded>> {
        let rows = self.store().cards(tx.asking(), people, after, fetch).await?;
        let at = |row: &CardRow| self.place_of(row.department(), row.shortfall);
        let places = self.store().places(tx.asking(), &rows.iter().filter_map(at).collect()).await?.by_board();
        let carded = |row: CardRow| {
            let place = at(&row).and_then(|at| places.get(&at));
            let standing = place.map(|place| place.standing(self.rule.rank_style)).transpose()?;
            Ok(Carded { employee_id: row.employee_id, named: row.named, card: row.card.0, standing })
        };
        rows.into_iter().map(carded).collect()
    }

    /// Where to look for the rank of somebody of this department with this score.
    fn place_of(&self, department: Option<Uuid>, shortfall: Option<i32>) -> Option<(Uuid, i32)> {
        Some((board::board_of(self, self.rule.rank_scope, department).id(), shortfall?))
    }

    /// Whether the period is open and not everybody's result has been computed yet.
    fn has_no_results(&self) -> bool {
        self.snapshot.is_none() && self.as_of.is_none()
    }

    fn stamp(&self) -> Stamp {
        let number = self.snapshot.as_ref().map(|snapshot| snapshot.number);
        Stamp::of(number, self.live.as_ref().map(|live| live.version))
    }

    /// Where boards of the period are read. Before its first projection an open period has none.
    fn store(&self) -> Store {
        match (&self.snapshot, &self.live) {
            (Some(frozen), _) => Store::Snapshot(frozen.id),
            (None, live) => Store::Live(live.as_ref().map_or(Uuid::nil(), |live| live.id)),
        }
    }
}
