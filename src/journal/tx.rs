//! The transaction as services see it.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use diesel::QueryResult;
use diesel_async::RunQueryDsl as _;
use uuid::Uuid;

use super::asking::Asking;
use super::closed::ClosedPeriod;
use super::outbox::Event;
use super::record::Record;
use crate::auth::{Actor, Identity};
use crate::db::{Connection, SetRow, Statement, Written, insert_set};
use crate::kernel::ids::Ids;
use crate::keys::EmployeeKey;
use crate::state::State;

/// One transaction of one tenant, by one actor, at one instant.
pub struct Tx<'c> {
    pub conn: &'c mut Connection,
    pub tenant: Uuid,
    pub actor: Arc<Actor>,
    /// The instant at which everything in this transaction happens.
    pub now: DateTime<Utc>,
    pub circumstances: Arc<Circumstances>,
    ids: Ids,
    state: State,
    pub(super) records: Vec<(Author, Record)>,
    pub(super) events: Vec<(Author, Event)>,
    pub(super) closed: BTreeSet<ClosedPeriod>,
    /// Whether it may have left marks.
    pub(super) marked: bool,
    written: Written,
}

/// Who caused a record or an event, and by what.
#[derive(Debug, Clone)]
pub(super) struct Author {
    pub(super) identity: Identity,
    pub(super) circumstances: Arc<Circumstances>,
}

/// The context of a transaction.
#[derive(Debug, Clone, Default)]
pub struct Circumstances {
    /// The request that caused it; none for Lectern's own work.
    pub request_id: Option<String>,
    /// W3C trace context, passed on with events.
    pub traceparent: Option<String>,
}

impl<'c> Tx<'c> {
    #[must_use]
    pub fn new(
        conn: &'c mut Connection,
        state: &State,
        tenant: Uuid,
        actor: Actor,
        circumstances: Circumstances,
    ) -> Self {
        Self {
            conn,
            tenant,
            actor: Arc::new(actor),
            now: state.clock.now(),
            circumstances: Arc::new(circumstances),
            ids: state.ids.clone(),
            state: state.clone(),
            records: Vec::new(),
            events: Vec::new(),
            closed: BTreeSet::new(),
            marked: false,
            written: Written::default(),
        }
    }

    /// From now on it acts for this actor, by a request with these circumstances: in a transaction that several requests share.
    pub fn act_for(&mut self, actor: &Arc<Actor>, circumstances: &Arc<Circumstances>) {
        self.actor = Arc::clone(actor);
        self.circumstances = Arc::clone(circumstances);
    }

    fn author(&self) -> Author {
        Author { identity: self.actor.identity, circumstances: Arc::clone(&self.circumstances) }
    }

    /// A new id.
    #[must_use]
    pub fn id(&self) -> Uuid {
        self.ids.next()
    }

    /// New ids for a set of rows.
    #[must_use]
    pub fn ids(&self, count: usize) -> Vec<Uuid> {
        (0..count).map(|_| self.id()).collect()
    }

    /// Whether people of any company come with tokens of outside issuers.
    #[must_use]
    pub fn has_issuers(&self) -> bool {
        !self.state.outside.is_empty()
    }

    /// By what the issuers of the company with this code identify employees.
    #[must_use]
    pub fn issuer_keys(&self, company: &str) -> Vec<EmployeeKey> {
        self.state.outside.keys_of(company)
    }

    /// Adds the transaction's own values to the statement if its text uses them: `:tenant` and `:now`.
    pub fn complete<'q>(&self, statement: Statement<'q>) -> Statement<'q> {
        self.asking().complete(statement)
    }

    /// Where several questions are asked at once.
    #[must_use]
    pub fn asking(&self) -> Asking<'_> {
        Asking { conn: self.conn, tenant: self.tenant, now: self.now, person: self.actor.person() }
    }

    /// Inserts rows, as many as a company has. Returns how many.
    pub async fn insert_set<R: SetRow>(&mut self, rows: &[R]) -> QueryResult<usize> {
        let inserted = insert_set(self.conn, rows).await?;
        self.wrote(R::TABLE, inserted);
        Ok(inserted)
    }

    /// Remembers that so many rows have been written to a table: where they are many, the planner is told after the commit.
    pub fn wrote(&mut self, table: &'static str, rows: usize) {
        self.written.add(table, rows);
    }

    /// What was written, for the commit.
    pub(crate) fn take_written(&mut self) -> Written {
        std::mem::take(&mut self.written)
    }

    /// Executes a statement on a set of rows. Does nothing if there are no rows.
    pub async fn store(&mut self, rows: Statement<'_>) -> QueryResult<usize> {
        if rows.row_count() == 0 { Ok(0) } else { self.complete(rows).execute(self.conn).await }
    }

    /// The same for new rows: each gets an id in the column `id`.
    pub async fn insert(&mut self, rows: Statement<'_>) -> QueryResult<usize> {
        let ids = self.ids(rows.row_count());
        self.store(rows.with("id", ids)).await
    }

    /// Records the command that this transaction executes, and adds its event to the outbox if it has a topic.
    pub fn record(&mut self, record: Record) {
        let author = self.author();
        self.events.extend(record.event().map(|event| (author.clone(), event)));
        self.records.push((author, record));
    }

    /// Adds an event to the outbox that no record has: about one of many subjects, or caused by another command.
    pub fn emit(&mut self, event: Event) {
        self.events.push((self.author(), event));
    }
}
