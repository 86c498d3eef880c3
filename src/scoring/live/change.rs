//! What a round changes of the results of a period, and of the counts of scores that ranks follow from.

use std::collections::BTreeMap;

use diesel::QueryResult;
use uuid::Uuid;

use super::model::{LivePeriod, LiveResult, Stood};
use super::store;
use crate::db::{Document, SetRow, Statement, concat, execute_together, set_row, statement};
use crate::journal::Tx;
use crate::kernel::decimal::Decimal;
use crate::scoring::inputs::LecturerInputs;
use crate::scoring::scorecard::Scorecard;
use crate::scoring::sums::Sums;
use crate::scoring::titles::Titles;

/// Results that come, and those that go.
pub struct Change {
    programme: Uuid,
    results: Vec<LiveResult>,
    gone: Vec<Uuid>,
    shift: Shift,
}

impl Change {
    /// Nothing yet, in a period of this programme.
    pub fn new(programme: Uuid) -> Self {
        Self { programme, results: Vec::new(), gone: Vec::new(), shift: Shift::default() }
    }

    /// A result comes in the place of one that stood there, if there was one.
    pub fn put(&mut self, before: Option<Stood>, result: LiveResult) {
        if let Some(before) = before {
            self.shift.add(self.programme, before, -1);
        }
        self.shift.add(self.programme, result.stands(), 1);
        self.results.push(result);
    }

    /// The result of somebody who is no longer scored goes.
    pub fn take(&mut self, result: &LiveResult) {
        self.shift.add(self.programme, result.stands(), -1);
        self.gone.push(result.employee_id);
    }

    pub fn is_empty(&self) -> bool {
        self.results.is_empty() && self.gone.is_empty()
    }

    /// Writes it, and how far the period is with it.
    pub async fn store(self, tx: &mut Tx<'_>, live: &LivePeriod) -> QueryResult<()> {
        store::delete(tx, live.id, &self.gone).await?;
        let rows: Vec<NewResult<'_>> =
            self.results.iter().map(|result| NewResult::of(tx.tenant, live, result)).collect();
        let counted = self.shift.statement(live.id).map(|counts| tx.complete(counts));
        let put = (!rows.is_empty()).then(|| NewResult::bind(statement(PUT), &rows));
        let all = [Some(store::keeping(tx, live)), put, counted].into_iter().flatten().collect();
        execute_together(tx.conn, all).await
    }
}

set_row! {
    into live_results;
    struct NewResult<'a> {
        tenant_id: Uuid,
        live_period_id: Uuid,
        employee_id: Uuid,
        board_id: Uuid,
        score: Option<Decimal>,
        grade: Option<&'a str>,
        inputs: &'a Document<LecturerInputs>,
        card: &'a Document<Scorecard>,
        sums: Option<&'a Document<Sums>>,
        titles: Option<&'a Document<Titles>>,
        version: i64,
    }
}

/// Inserts results, or replaces those that are stored.
const PUT: &str = concat!(
    <NewResult<'static> as SetRow>::INSERT,
    " ON CONFLICT (tenant_id, live_period_id, employee_id) DO UPDATE
         SET board_id = excluded.board_id, score = excluded.score, grade = excluded.grade, inputs = excluded.inputs,
             card = excluded.card, sums = excluded.sums, titles = excluded.titles, version = excluded.version"
);

impl<'a> NewResult<'a> {
    fn of(tenant_id: Uuid, live: &LivePeriod, result: &'a LiveResult) -> Self {
        Self {
            tenant_id,
            live_period_id: live.id,
            employee_id: result.employee_id,
            board_id: result.board_id,
            score: result.score,
            grade: result.grade.as_deref(),
            inputs: &result.inputs,
            card: &result.card,
            sums: result.sums.as_ref(),
            titles: result.titles.as_ref(),
            version: live.version,
        }
    }
}

/// By how much the number of lecturers with a score changes, by board and shortfall.
#[derive(Debug, Default)]
struct Shift(BTreeMap<(Uuid, i32), i32>);

/// The counts `c` of single scores that the shifts `r` move, and what they become, `n`. Where less was counted than goes, nothing is left:
/// a comparison tells.
const SHIFTED: &str = "
    FROM unnest(:boards, :shortfalls, :shifts) AS r (board_id, shortfall, shift)
    LEFT JOIN live_score_counts c
      ON c.tenant_id = :tenant AND c.live_period_id = :live_period AND c.board_id = r.board_id AND NOT c.is_whole
     AND c.shortfall = r.shortfall
   CROSS JOIN LATERAL (SELECT greatest(coalesce(c.lecturers, 0) + r.shift, 0) AS lecturers) n";

/// The counts of single scores move, and with them those of a hundred scores.
const COUNTS: &str = concat!(
    "WITH singles AS (
  INSERT INTO live_score_counts (tenant_id, live_period_id, board_id, is_whole, shortfall, lecturers, scores)
  SELECT :tenant, :live_period, r.board_id, false, r.shortfall, n.lecturers, least(1, n.lecturers)",
    SHIFTED,
    "
  ON CONFLICT (tenant_id, live_period_id, board_id, is_whole, shortfall) DO UPDATE
     SET lecturers = excluded.lecturers, scores = excluded.scores),
wholes AS (
  SELECT r.board_id, r.shortfall - r.shortfall % 100 AS shortfall, sum(n.lecturers - coalesce(c.lecturers, 0)) AS lecturers,
         sum(least(1, n.lecturers) - coalesce(c.scores, 0)) AS scores",
    SHIFTED,
    "
   GROUP BY r.board_id, r.shortfall - r.shortfall % 100)
INSERT INTO live_score_counts (tenant_id, live_period_id, board_id, is_whole, shortfall, lecturers, scores)
SELECT :tenant, :live_period, w.board_id, true, w.shortfall, n.lecturers, least(n.lecturers, n.scores)
  FROM wholes w
  LEFT JOIN live_score_counts c
    ON c.tenant_id = :tenant AND c.live_period_id = :live_period AND c.board_id = w.board_id AND c.is_whole
   AND c.shortfall = w.shortfall
 CROSS JOIN LATERAL (SELECT greatest(coalesce(c.lecturers, 0) + w.lecturers, 0) AS lecturers,
                            greatest(coalesce(c.scores, 0) + w.scores, 0) AS scores) n
ON CONFLICT (tenant_id, live_period_id, board_id, is_whole, shortfall) DO UPDATE
   SET lecturers = excluded.lecturers, scores = excluded.scores"
);

impl Shift {
    /// A result goes (−1) or comes (+1), on the board of all and on that of its department.
    fn add(&mut self, programme: Uuid, (board_id, shortfall): Stood, by: i32) {
        if let Some(shortfall) = shortfall {
            for board in [programme, board_id] {
                *self.0.entry((board, shortfall)).or_default() += by;
            }
        }
    }

    /// Writes it to the counts. None: nothing moves.
    fn statement(&self, live_period: Uuid) -> Option<Statement<'static>> {
        let moved: Vec<(&(Uuid, i32), i32)> =
            self.0.iter().map(|(at, by)| (at, *by)).filter(|(_, by)| *by != 0).collect();
        let boards: Vec<Uuid> = moved.iter().map(|((board, _), _)| *board).collect();
        let shortfalls: Vec<i32> = moved.iter().map(|((_, shortfall), _)| *shortfall).collect();
        let shifts: Vec<i32> = moved.iter().map(|(_, by)| *by).collect();
        let counts = statement(COUNTS).bind("boards", boards).bind("shortfalls", shortfalls).bind("shifts", shifts);
        (!moved.is_empty()).then(|| counts.bind("live_period", live_period))
    }
}
