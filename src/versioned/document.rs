//! What a document must say of itself to have versions.

use std::fmt::Debug;

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::auth::Right;
use crate::db::Document;
use crate::error::{Error, Result};
use crate::http::ETag;
use crate::journal::Tx;
use crate::kernel::fault::Faults;
use crate::kernel::phrases::Thing;

/// A kind of document that has versions.
pub trait Versioned: Serialize + DeserializeOwned + Debug + Clone + Send + Sync + 'static {
    /// What stands above the document.
    type Heading: Heading;
    /// What a list of its versions may be limited to.
    type Filter: Send + Sync;
    /// By what a list of its versions goes on.
    type Cursor: Send;
    /// The right of those who maintain it.
    type Maintain: Right;

    /// What a version is called, in words.
    const NAME: Thing;
    /// What a version is called in audit entries and events.
    const SUBJECT: &'static str;
    const COMMANDS: Commands;
    /// The event of a publication.
    const PUBLISHED: &'static str;
    /// The constraint that gives a number once.
    const NUMBER_KEY: &'static str;

    /// Every fault of the document where it is to stand.
    fn check(
        &self,
        tx: &mut Tx<'_>,
        owner: &<Self::Heading as Heading>::Owner,
        heading: &Self::Heading,
    ) -> impl Future<Output = Result<Faults>> + Send;

    /// Refuses to publish what may not be published now.
    fn check_publication(
        tx: &mut Tx<'_>,
        owner: &<Self::Heading as Heading>::Owner,
        draft: &Version<Self>,
    ) -> impl Future<Output = Result<()>> + Send {
        async move { refuse(draft.document.check(tx, owner, &draft.heading).await?) }
    }

    /// Gives the database's refusal to publish the draft its meaning.
    fn published(outcome: QueryResult<Version<Self>>, _draft: &Version<Self>) -> Result<Version<Self>> {
        Ok(outcome?)
    }

    fn find(tx: &mut Tx<'_>, id: Uuid) -> impl Future<Output = QueryResult<Option<Version<Self>>>> + Send;

    fn find_for_update(tx: &mut Tx<'_>, id: Uuid) -> impl Future<Output = QueryResult<Option<Version<Self>>>> + Send;

    /// Latest first, after the version that the cursor tells; published ones only, drafts only, or both.
    fn list_page(
        tx: &mut Tx<'_>,
        filter: &Self::Filter,
        published: Option<bool>,
        after: Option<Self::Cursor>,
        fetch: i64,
    ) -> impl Future<Output = QueryResult<Vec<Version<Self>>>> + Send;

    /// The highest number so far of what is numbered with such a heading, drafts included.
    fn last_number(tx: &mut Tx<'_>, heading: &Self::Heading) -> impl Future<Output = QueryResult<Option<i32>>> + Send;

    fn insert(tx: &mut Tx<'_>, draft: Draft<Self>) -> impl Future<Output = QueryResult<Version<Self>>> + Send;

    fn delete_draft(tx: &mut Tx<'_>, id: Uuid) -> impl Future<Output = QueryResult<usize>> + Send;

    fn set_published(
        tx: &mut Tx<'_>,
        id: Uuid,
        approval: &Approval,
    ) -> impl Future<Output = QueryResult<Version<Self>>> + Send;
}

/// What stands above a document: what its version belongs to, and what it is to serve for.
pub trait Heading: Debug + Clone + Send + Sync + 'static {
    /// How a path names what a version belongs to; nothing where that is the company.
    type Key: Copy + PartialEq + Send + Sync + 'static;
    /// What a version belongs to.
    type Owner: Send + Sync;

    fn key(&self) -> Self::Key;

    /// What audit entries and events say of it.
    fn details(&self) -> Map<String, Value>;

    /// Locks what the version belongs to.
    fn lock(tx: &mut Tx<'_>, key: Self::Key) -> impl Future<Output = Result<Self::Owner>> + Send;

    /// Makes whoever waits for the owner look again, now that a version of it was published.
    fn touch(tx: &mut Tx<'_>, owner: &Self::Owner) -> impl Future<Output = Result<()>> + Send;

    /// Refuses to put this heading in the place of the one `before`.
    fn check_replacement(&self, _before: &Self) -> Result<()> {
        Ok(())
    }
}

/// The operations, as audit entries name them.
pub struct Commands {
    pub create: &'static str,
    pub replace: &'static str,
    pub delete: &'static str,
    pub publish: &'static str,
}

/// A document that somebody proposes.
pub struct Proposal<D: Versioned> {
    pub heading: D::Heading,
    pub document: D,
}

/// A draft to be made.
pub struct Draft<D: Versioned> {
    pub id: Uuid,
    pub number: i32,
    pub heading: D::Heading,
    pub document: Document<D>,
    pub maker_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Who publishes, and when.
pub struct Approval {
    pub checker_id: Uuid,
    /// Under the small-company switch.
    pub by_maker: bool,
    pub at: DateTime<Utc>,
}

/// A version of a document.
#[derive(Debug, Clone, Queryable)]
pub struct Version<D: Versioned> {
    pub id: Uuid,
    /// From 1, among the versions of what it belongs to.
    pub number: i32,
    pub heading: D::Heading,
    pub document: Document<D>,
    pub maker_id: Option<Uuid>,
    pub checker_id: Option<Uuid>,
    pub self_approved: bool,
    /// None: a draft.
    pub published_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl<D: Versioned> Version<D> {
    /// Versions have no counter of their changes: the moment of the last one, in microseconds, serves for it.
    #[must_use]
    pub fn etag(&self) -> ETag {
        ETag(self.updated_at.timestamp_micros())
    }

    /// The moment of a change now: later than the one before it, whatever the clock says.
    #[must_use]
    pub fn next_update(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now.max(self.updated_at + TimeDelta::microseconds(1))
    }

    /// What audit entries and events say of it.
    #[must_use]
    pub fn details(&self) -> Map<String, Value> {
        let mut details = self.heading.details();
        details.insert("version".to_owned(), self.number.into());
        details
    }
}

/// Refuses a document with every fault of it.
pub fn refuse(faults: Faults) -> Result<()> {
    let faults = faults.into_vec();
    if faults.is_empty() { Ok(()) } else { Err(Error::rule_refused(faults)) }
}
