//! What a round changes of the results of a period, and of the counts of scores that ranks follow from.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::{LiveResult, Stood};
use super::store;
use crate::db::statement;
use crate::journal::Tx;

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

    /// Writes it. Returns whether there was anything.
    pub async fn store(self, tx: &mut Tx<'_>, live_period: Uuid, version: i64) -> QueryResult<bool> {
        if self.results.is_empty() && self.gone.is_empty() {
            return Ok(false);
        }
        store::put(tx, live_period, &self.results, version).await?;
        store::delete(tx, live_period, &self.gone).await?;
        self.shift.store(tx, live_period).await?;
        Ok(true)
    }
}

/// By how much the number of lecturers with a score changes, by board and shortfall.
#[derive(Debug, Default)]
struct Shift(BTreeMap<(Uuid, i32), i32>);

impl Shift {
    /// A result goes (−1) or comes (+1), on the board of all and on that of its department.
    fn add(&mut self, programme: Uuid, (board_id, shortfall): Stood, by: i32) {
        if let Some(shortfall) = shortfall {
            for board in [programme, board_id] {
                *self.0.entry((board, shortfall)).or_default() += by;
            }
        }
    }

    /// Writes it to the counts. The rows of a hundred scores are added up from those of single ones.
    async fn store(mut self, tx: &mut Tx<'_>, live_period: Uuid) -> QueryResult<()> {
        const MAKE: &str = "
INSERT INTO live_score_counts (tenant_id, live_period_id, board_id, is_whole, shortfall, lecturers, scores)
SELECT :tenant, :live_period, r.board_id, false, r.shortfall, 0, 0
  FROM unnest(:boards, :shortfalls, :shifts) AS r (board_id, shortfall, shift)
 WHERE r.shift > 0
ON CONFLICT (tenant_id, live_period_id, board_id, is_whole, shortfall) DO NOTHING";
        const MOVE: &str = "
UPDATE live_score_counts c
   SET lecturers = c.lecturers + r.shift, scores = least(1, c.lecturers + r.shift)
  FROM unnest(:boards, :shortfalls, :shifts) AS r (board_id, shortfall, shift)
 WHERE c.tenant_id = :tenant AND c.live_period_id = :live_period AND c.board_id = r.board_id AND NOT c.is_whole
   AND c.shortfall = r.shortfall";
        const ADD_UP: &str = "
INSERT INTO live_score_counts (tenant_id, live_period_id, board_id, is_whole, shortfall, lecturers, scores)
SELECT :tenant, :live_period, c.board_id, true, r.shortfall, sum(c.lecturers), sum(c.scores)
  FROM (SELECT DISTINCT g.board_id, g.shortfall - g.shortfall % 100 AS shortfall
          FROM unnest(:boards, :shortfalls) AS g (board_id, shortfall)) r
  JOIN live_score_counts c
    ON c.tenant_id = :tenant AND c.live_period_id = :live_period AND c.board_id = r.board_id AND NOT c.is_whole
   AND c.shortfall >= r.shortfall AND c.shortfall < r.shortfall + 100
 GROUP BY c.board_id, r.shortfall
ON CONFLICT (tenant_id, live_period_id, board_id, is_whole, shortfall) DO UPDATE
   SET lecturers = excluded.lecturers, scores = excluded.scores";
        self.0.retain(|_, by| *by != 0);
        if self.0.is_empty() {
            return Ok(());
        }
        let boards: Vec<Uuid> = self.0.keys().map(|(board, _)| *board).collect();
        let shortfalls: Vec<i32> = self.0.keys().map(|(_, shortfall)| *shortfall).collect();
        let shifts: Vec<i32> = self.0.values().copied().collect();
        // New rows first, empty: then all of them move by one statement.
        for text in [MAKE, MOVE] {
            let rows = statement(text).bind("boards", &boards).bind("shortfalls", &shortfalls).bind("shifts", &shifts);
            tx.complete(rows.bind("live_period", live_period)).execute(tx.conn).await?;
        }
        let rows = statement(ADD_UP).bind("boards", &boards).bind("shortfalls", &shortfalls);
        tx.complete(rows.bind("live_period", live_period)).execute(tx.conn).await?;
        Ok(())
    }
}
