//! What a type of document must define in order to have versions.

use std::fmt::Debug;

use aws_lc_rs::digest;
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
use crate::kernel::canonical;
use crate::kernel::fault::Faults;
use crate::kernel::hex::hex;
use crate::kernel::phrases::Thing;
use crate::names::names;

/// A kind of document that has versions.
pub trait Versioned: Serialize + DeserializeOwned + Debug + Clone + Send + Sync + 'static {
    /// The heading of a document.
    type Heading: Heading;
    /// What a list of its versions can be limited to.
    type Filter: Send + Sync;
    /// The cursor with which a list of its versions continues.
    type Cursor: Send;
    /// The right of the people who maintain the document.
    type Maintain: Right;

    /// What problem texts call a version.
    const NAME: Thing;
    /// What audit entries and events call a version.
    const SUBJECT: &'static str;
    const COMMANDS: Commands;
    /// The event of a publication.
    const PUBLISHED: &'static str;
    /// The constraint that makes a number unique.
    const NUMBER_KEY: &'static str;

    /// The document with what its author leaves to the owner's present settings.
    fn completed(
        self,
        _tx: &mut Tx<'_>,
        _owner: &<Self::Heading as Heading>::Owner,
    ) -> impl Future<Output = Result<Self>> + Send {
        async move { Ok(self) }
    }

    /// All faults of the document under this heading.
    fn check(
        &self,
        tx: &mut Tx<'_>,
        owner: &<Self::Heading as Heading>::Owner,
        heading: &Self::Heading,
    ) -> impl Future<Output = Result<Faults>> + Send;

    /// Refuses a publication that is not allowed now.
    fn check_publication(
        tx: &mut Tx<'_>,
        owner: &<Self::Heading as Heading>::Owner,
        draft: &Version<Self>,
    ) -> impl Future<Output = Result<()>> + Send {
        async move {
            let faults = draft.document.check(tx, owner, &draft.heading).await?;
            refuse(tx, faults).await
        }
    }

    /// Translates the database's refusal to publish the draft into an error.
    fn published(outcome: QueryResult<Version<Self>>, _draft: &Version<Self>) -> Result<Version<Self>> {
        Ok(outcome?)
    }

    /// What follows from the publication of a version, in its transaction.
    fn follow(_tx: &mut Tx<'_>, _version: &Version<Self>) -> impl Future<Output = Result<()>> + Send {
        std::future::ready(Ok(()))
    }

    fn find(tx: &mut Tx<'_>, id: Uuid) -> impl Future<Output = QueryResult<Option<Version<Self>>>> + Send;

    fn find_for_update(tx: &mut Tx<'_>, id: Uuid) -> impl Future<Output = QueryResult<Option<Version<Self>>>> + Send;

    /// Latest first, starting after the version at the cursor; only published versions, only drafts, or both.
    fn list_page(
        tx: &mut Tx<'_>,
        filter: &Self::Filter,
        published: Option<bool>,
        after: Option<Self::Cursor>,
        fetch: i64,
    ) -> impl Future<Output = QueryResult<Vec<Version<Self>>>> + Send;

    /// The highest number so far among the versions with such a heading, drafts included.
    fn last_number(tx: &mut Tx<'_>, heading: &Self::Heading) -> impl Future<Output = QueryResult<Option<i32>>> + Send;

    fn insert(tx: &mut Tx<'_>, draft: Draft<Self>) -> impl Future<Output = QueryResult<Version<Self>>> + Send;

    fn delete_draft(tx: &mut Tx<'_>, id: Uuid) -> impl Future<Output = QueryResult<usize>> + Send;

    fn set_published(
        tx: &mut Tx<'_>,
        id: Uuid,
        approval: &Approval,
    ) -> impl Future<Output = QueryResult<Version<Self>>> + Send;
}

/// The heading of a document: what its version belongs to, and what it applies to.
pub trait Heading: Debug + Clone + Send + Sync + 'static {
    /// How a path identifies what a version belongs to. Nothing if that is the company.
    type Key: Copy + PartialEq + Send + Sync + 'static;
    /// What a version belongs to.
    type Owner: Send + Sync;

    fn key(&self) -> Self::Key;

    /// The members of audit entries and events that describe the heading.
    fn details(&self) -> Map<String, Value>;

    /// Locks what the version belongs to.
    fn lock(tx: &mut Tx<'_>, key: Self::Key) -> impl Future<Output = Result<Self::Owner>> + Send;

    /// Makes transactions that wait for the owner read it again, because a version was published.
    fn touch(tx: &mut Tx<'_>, owner: &Self::Owner) -> impl Future<Output = Result<()>> + Send;

    /// Refuses to replace the heading `before` with this one.
    fn check_replacement(&self, _before: &Self) -> Result<()> {
        Ok(())
    }
}

/// The commands, as audit entries name them.
pub struct Commands {
    pub create: &'static str,
    pub replace: &'static str,
    pub delete: &'static str,
    pub publish: &'static str,
}

/// A proposed document.
pub struct Proposal<D: Versioned> {
    pub heading: D::Heading,
    pub document: D,
}

/// A draft to be inserted.
pub struct Draft<D: Versioned> {
    pub id: Uuid,
    pub number: i32,
    pub heading: D::Heading,
    pub document: Document<D>,
    pub maker_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Who published the version, and when.
pub struct Approval {
    pub checker_id: Uuid,
    /// Whether its maker published it, in a company that allows self-approval.
    pub by_maker: bool,
    pub at: DateTime<Utc>,
}

/// A version of a document.
#[derive(Debug, Clone, Queryable)]
pub struct Version<D: Versioned> {
    pub id: Uuid,
    /// Counts from 1, among the versions of the same owner.
    pub number: i32,
    pub heading: D::Heading,
    pub document: Document<D>,
    pub maker_id: Option<Uuid>,
    pub checker_id: Option<Uuid>,
    pub self_approved: bool,
    /// None: it is a draft.
    pub published_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl<D: Versioned> Version<D> {
    /// Versions have no counter of changes: the time of the last change, in microseconds, takes its place.
    #[must_use]
    pub fn etag(&self) -> ETag {
        ETag(self.updated_at.timestamp_micros())
    }

    /// The time of a change made now. It is always later than the change before, whatever the clock says.
    #[must_use]
    pub fn next_update(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        now.max(self.updated_at + TimeDelta::microseconds(1))
    }

    /// SHA-256 of the canonical form of the document, as lower-case hexadecimal digits.
    pub fn digest(&self) -> Result<String> {
        let canonical = canonical::to_vec(&self.document.0).map_err(Error::internal)?;
        Ok(hex(digest::digest(&digest::SHA256, &canonical).as_ref()))
    }

    /// The members of audit entries and events that describe the version.
    #[must_use]
    pub fn details(&self) -> Map<String, Value> {
        let mut details = self.heading.details();
        details.insert("version".to_owned(), self.number.into());
        details
    }
}

/// Refuses a document with all its faults, which say the company's names of its codes.
pub async fn refuse(tx: &mut Tx<'_>, faults: Faults) -> Result<()> {
    let mut faults = faults.into_vec();
    if faults.is_empty() {
        return Ok(());
    }
    names(tx).await?.put_into(&mut faults);
    Err(Error::rule_refused(faults))
}
