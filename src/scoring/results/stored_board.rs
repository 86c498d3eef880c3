//! A board as it is stored: its lecturers in their order, and what a score means on it ([`super::places`]). Both come by an index,
//! whatever the number of lecturers.
//!
//! The order is that of `shortfall`, the hundredths of a point that a score is short of 100: under row security an index is searched
//! by leakproof operators only, and those of `numeric` are not. Those of equal score follow by id, which means nothing.

use std::collections::BTreeSet;

use diesel::prelude::*;
use diesel::sql_types::{Integer, Jsonb, Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::board_texts::{
    BEST, BETTER, FOLLOWING, LAST, LIVE, LIVE_CARDS, LIVE_FROM_PLACE, LIVE_PLACES, LIVE_RANKED, OF_PAGE, OF_PEOPLE,
    OF_PERSON, ON_ANY_BOARD, ON_THIS_BOARD, SHARING, SNAPSHOT, SNAPSHOT_CARDS, SNAPSHOT_FROM_PLACE, SNAPSHOT_PLACES,
    SNAPSHOT_RANKED,
};
use super::named::{NAMED, Named, WITH_NAMES};
use super::places::{Place, Places, count};
use crate::db::{Document, Statement, concat, statement};
use crate::error::{Error, Result};
use crate::journal::{Asking, Tx};
use crate::kernel::scope::Scope;
use crate::scoring::rule::RankStyle;
use crate::scoring::scorecard::Scorecard;

/// Where the results of a period are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Store {
    /// In the snapshot with this id.
    Snapshot(Uuid),
    /// In the stored results of the open period with this id.
    Live(Uuid),
}

/// Lecturers who are ranked together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Board {
    pub store: Store,
    pub scope: Scope,
    pub programme: Uuid,
    /// In scope `department`; none for the board of those without a department.
    pub department: Option<Uuid>,
    pub style: RankStyle,
}

/// A lecturer of a store.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Lecturer {
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    board_id: Uuid,
    /// None: not rated, and on no board.
    #[diesel(sql_type = Nullable<Integer>)]
    pub shortfall: Option<i32>,
    #[diesel(sql_type = Nullable<Text>)]
    pub grade: Option<String>,
    #[diesel(embed)]
    named: Named,
}

/// The card of a lecturer in a store.
#[derive(Debug, Clone, QueryableByName)]
pub struct CardRow {
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    board_id: Uuid,
    #[diesel(sql_type = Nullable<Integer>)]
    pub shortfall: Option<i32>,
    #[diesel(sql_type = Jsonb)]
    pub card: Document<Scorecard>,
    #[diesel(embed)]
    pub named: Named,
}

impl CardRow {
    pub fn department(&self) -> Option<Uuid> {
        department(self.board_id)
    }
}

/// The department whose board it is; none for the board of those without one.
fn department(board_id: Uuid) -> Option<Uuid> {
    Some(board_id).filter(|id| !id.is_nil())
}

/// Where a lecturer is in the order of a board: the score, and the id among equal scores.
pub type Position = (i32, Uuid);

impl Lecturer {
    #[cfg(test)]
    pub fn new(
        employee_id: Uuid,
        department: Option<Uuid>,
        score: Option<crate::scoring::Score>,
        grade: Option<String>,
    ) -> Self {
        let shortfall = score.and_then(crate::scoring::live::shortfall);
        Self { employee_id, board_id: department.unwrap_or_default(), shortfall, grade, named: Named::nobody() }
    }

    pub fn department(&self) -> Option<Uuid> {
        department(self.board_id)
    }

    /// Whose result it is.
    pub fn named(&self) -> &Named {
        &self.named
    }

    /// None: on no board.
    pub fn position(&self) -> Option<Position> {
        Some((self.shortfall?, self.employee_id))
    }
}

/// The statement on the lecturers of a board.
macro_rules! of_lecturers {
    ($board:expr, $text:ident) => {
        match ($board.store, $board.scope) {
            (Store::Snapshot(_), Scope::Programme) => statement($text!(SNAPSHOT, ON_ANY_BOARD)),
            (Store::Snapshot(_), Scope::Department) => statement($text!(SNAPSHOT, ON_THIS_BOARD)),
            (Store::Live(_), Scope::Programme) => statement($text!(LIVE, ON_ANY_BOARD)),
            (Store::Live(_), Scope::Department) => statement($text!(LIVE, ON_THIS_BOARD)),
        }
    };
}

macro_rules! following {
    ($lecturers:ident, $board:ident) => {
        concat!(NAMED, $lecturers, $board, FOLLOWING, WITH_NAMES)
    };
}

macro_rules! better {
    ($lecturers:ident, $board:ident) => {
        concat!(NAMED, $lecturers, $board, BETTER, WITH_NAMES)
    };
}

/// The best, and those who share the last place.
macro_rules! best {
    ($lecturers:ident, $board:ident) => {
        concat!(
            NAMED,
            "SELECT r.* FROM (",
            $lecturers,
            $board,
            BEST,
            $lecturers,
            $board,
            LAST,
            $lecturers,
            $board,
            SHARING,
            WITH_NAMES
        )
    };
}

impl Store {
    /// The result of a person, whichever of these records of the person it is of.
    pub async fn find(self, tx: &mut Tx<'_>, records: &[Uuid]) -> QueryResult<Option<Lecturer>> {
        Ok(self.find_all(tx, records).await?.pop())
    }

    /// The result of a person, whichever of the person's records it is of.
    pub async fn find_person(self, tx: &mut Tx<'_>, person: Uuid) -> QueryResult<Option<Lecturer>> {
        let found = match self {
            Self::Snapshot(_) => statement(concat!(NAMED, SNAPSHOT, OF_PERSON, WITH_NAMES)),
            Self::Live(_) => statement(concat!(NAMED, LIVE, OF_PERSON, WITH_NAMES)),
        };
        let found = found.bind("results", self.id()).bind("person", person);
        tx.complete(found).get_result(tx.conn).await.optional()
    }

    /// The results that these records have.
    pub async fn find_all(self, tx: &mut Tx<'_>, records: &[Uuid]) -> QueryResult<Vec<Lecturer>> {
        let found = match self {
            _ if records.is_empty() => return Ok(Vec::new()),
            Self::Snapshot(_) => statement(concat!(NAMED, SNAPSHOT, OF_PEOPLE, WITH_NAMES)),
            Self::Live(_) => statement(concat!(NAMED, LIVE, OF_PEOPLE, WITH_NAMES)),
        };
        tx.complete(found.bind("results", self.id()).bind("records", records)).load(tx.conn).await
    }

    /// The cards of those who follow a lecturer in the order of ids. If people are given, only theirs.
    pub async fn cards(
        self,
        mut asking: Asking<'_>,
        people: Option<&[Uuid]>,
        after: Option<Uuid>,
        fetch: i64,
    ) -> QueryResult<Vec<CardRow>> {
        let cards = match (self, people) {
            (Self::Snapshot(_), None) => statement(concat!(NAMED, SNAPSHOT_CARDS, OF_PAGE, WITH_NAMES)),
            (Self::Live(_), None) => statement(concat!(NAMED, LIVE_CARDS, OF_PAGE, WITH_NAMES)),
            (Self::Snapshot(_), Some(people)) => {
                statement(concat!(NAMED, SNAPSHOT_CARDS, OF_PEOPLE, OF_PAGE, WITH_NAMES)).bind("records", people)
            }
            (Self::Live(_), Some(people)) => {
                statement(concat!(NAMED, LIVE_CARDS, OF_PEOPLE, OF_PAGE, WITH_NAMES)).bind("records", people)
            }
        };
        let cards = cards.bind("results", self.id()).bind("after", after.unwrap_or_default()).bind("fetch", fetch);
        let mut cards: Vec<CardRow> = asking.complete(cards).load(&mut asking.conn).await?;
        cards.sort_by_key(|own| own.employee_id);
        Ok(cards)
    }

    /// What scores mean on boards, whose ids stand before them. Scores that nobody has there are left out.
    pub async fn places(self, mut asking: Asking<'_>, of: &BTreeSet<(Uuid, i32)>) -> QueryResult<Places> {
        let places = match self {
            _ if of.is_empty() => return Ok(Places::default()),
            Self::Snapshot(_) => statement(SNAPSHOT_PLACES),
            Self::Live(_) => statement(LIVE_PLACES),
        };
        let (boards, shortfalls): (Vec<Uuid>, Vec<i32>) = of.iter().copied().unzip();
        let places = places.bind("results", self.id()).bind("boards", boards).bind("shortfalls", shortfalls);
        asking.complete(places).load(&mut asking.conn).await.map(Places)
    }

    fn id(self) -> Uuid {
        match self {
            Self::Snapshot(id) | Self::Live(id) => id,
        }
    }
}

impl Board {
    /// Whether a lecturer of the store is among those who are ranked here.
    pub fn has(&self, lecturer: &Lecturer) -> bool {
        self.scope == Scope::Programme || lecturer.department() == self.department
    }

    /// The best lecturers on so many places, best first, and so many more of those who share the last place.
    pub async fn best(&self, mut asking: Asking<'_>, places: i64, more: i64) -> QueryResult<Vec<Lecturer>> {
        let best = of_lecturers!(self, best).bind("places", places).bind("more", more);
        in_order(asking.complete(self.bind(best)).load(&mut asking.conn).await)
    }

    /// The best lecturers, or those who follow a place in the order, best first.
    pub async fn after(
        &self,
        mut asking: Asking<'_>,
        after: Option<Position>,
        fetch: i64,
    ) -> QueryResult<Vec<Lecturer>> {
        let (shortfall, employee) = after.unwrap_or((-1, Uuid::nil()));
        let following = of_lecturers!(self, following);
        let following = following.bind("shortfall", shortfall).bind("employee", employee).bind("fetch", fetch);
        in_order(asking.complete(self.bind(following)).load(&mut asking.conn).await)
    }

    /// Those with the nearest better scores, best first.
    pub async fn better_than(&self, mut asking: Asking<'_>, shortfall: i32, fetch: i64) -> QueryResult<Vec<Lecturer>> {
        let better = of_lecturers!(self, better).bind("shortfall", shortfall).bind("fetch", fetch);
        in_order(asking.complete(self.bind(better)).load(&mut asking.conn).await)
    }

    /// What the scores of these lecturers mean here.
    pub async fn places<'l>(
        &self,
        asking: Asking<'_>,
        lecturers: impl IntoIterator<Item = &'l Lecturer>,
    ) -> QueryResult<Places> {
        let scores = lecturers.into_iter().filter_map(|own| Some((self.id(), own.shortfall?))).collect();
        self.store.places(asking, &scores).await
    }

    /// How many lecturers are ranked here.
    pub async fn ranked(&self, mut asking: Asking<'_>) -> Result<u32> {
        let ranked = match self.store {
            Store::Snapshot(_) => statement(SNAPSHOT_RANKED),
            Store::Live(_) => statement(LIVE_RANKED),
        };
        let Ranked { lecturers } = asking.complete(self.bind(ranked)).get_result(&mut asking.conn).await?;
        count(lecturers)
    }

    /// Before whom the lecturers of this rank and those behind them begin. None if there is nobody so far down.
    pub async fn before_rank(&self, tx: &mut Tx<'_>, rank: u32) -> Result<Option<Position>> {
        let ahead = i32::try_from(rank.saturating_sub(1)).map_err(Error::internal)?;
        let from = match self.store {
            Store::Snapshot(_) => statement(SNAPSHOT_FROM_PLACE),
            Store::Live(_) => statement(LIVE_FROM_PLACE),
        };
        let from = self.bind(from.bind("ahead", ahead).bind("dense", self.style == RankStyle::Dense));
        let found: Option<Place> = tx.complete(from).get_result(tx.conn).await.optional()?;
        Ok(found.map(|place| (place.shortfall, Uuid::nil())))
    }

    fn bind<'q>(&self, statement: Statement<'q>) -> Statement<'q> {
        statement.bind("results", self.store.id()).bind_if_asked("board", self.id())
    }

    /// Of its counts.
    pub fn id(&self) -> Uuid {
        match self.scope {
            Scope::Programme => self.programme,
            Scope::Department => self.department.unwrap_or_default(),
        }
    }
}

#[derive(QueryableByName)]
struct Ranked {
    #[diesel(sql_type = Integer)]
    lecturers: i32,
}

/// Best first, in whichever order they were found.
fn in_order(found: QueryResult<Vec<Lecturer>>) -> QueryResult<Vec<Lecturer>> {
    found.map(|mut lecturers| {
        lecturers.sort_by_key(Lecturer::position);
        lecturers
    })
}
