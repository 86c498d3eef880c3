//! Statements on promotion policies.

use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::growth::criteria::PromotionCriterion;
use crate::http::ETag;
use crate::journal::Tx;
use crate::schema::{programmes, promotion_policies};

/// A version of what a position asks for.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = promotion_policies)]
pub struct PromotionPolicy {
    pub id: Uuid,
    /// The position.
    pub target_code: String,
    /// Its number for the position, from 1.
    pub version: i32,
    pub name: String,
    /// The criterion, as a document.
    pub document: Value,
    pub maker_id: Option<Uuid>,
    pub checker_id: Option<Uuid>,
    pub self_approved: bool,
    /// None: a draft.
    pub published_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl PromotionPolicy {
    /// What it asks for.
    pub fn criteria(&self) -> Result<PromotionCriterion> {
        serde_json::from_value(self.document.clone()).map_err(Error::internal)
    }

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
}

/// A draft to be made.
#[derive(Insertable)]
#[diesel(table_name = promotion_policies)]
pub struct NewPromotionPolicy {
    pub tenant_id: Uuid,
    pub id: Uuid,
    pub target_code: String,
    pub version: i32,
    pub name: String,
    pub document: Value,
    pub maker_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

pub async fn insert(tx: &mut Tx<'_>, draft: NewPromotionPolicy) -> QueryResult<PromotionPolicy> {
    diesel::insert_into(promotion_policies::table)
        .values(draft)
        .returning(PromotionPolicy::as_returning())
        .get_result(tx.conn)
        .await
}

pub async fn find(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<Option<PromotionPolicy>> {
    let own = promotion_policies::table
        .filter(promotion_policies::tenant_id.eq(tx.tenant))
        .filter(promotion_policies::id.eq(id));
    own.select(PromotionPolicy::as_select()).first(tx.conn).await.optional()
}

pub async fn find_for_update(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<Option<PromotionPolicy>> {
    let own = promotion_policies::table
        .filter(promotion_policies::tenant_id.eq(tx.tenant))
        .filter(promotion_policies::id.eq(id));
    own.select(PromotionPolicy::as_select()).for_update().first(tx.conn).await.optional()
}

/// The highest published version for a position.
pub async fn in_force(tx: &mut Tx<'_>, target_code: &str) -> QueryResult<Option<PromotionPolicy>> {
    promotion_policies::table
        .filter(promotion_policies::tenant_id.eq(tx.tenant))
        .filter(promotion_policies::target_code.eq(target_code))
        .filter(promotion_policies::published_at.is_not_null())
        .order(promotion_policies::version.desc())
        .select(PromotionPolicy::as_select())
        .first(tx.conn)
        .await
        .optional()
}

/// The highest number for a position, drafts included.
pub async fn last_number(tx: &mut Tx<'_>, target_code: &str) -> QueryResult<Option<i32>> {
    promotion_policies::table
        .filter(promotion_policies::tenant_id.eq(tx.tenant))
        .filter(promotion_policies::target_code.eq(target_code))
        .select(diesel::dsl::max(promotion_policies::version))
        .first(tx.conn)
        .await
}

/// Newest first, before the policy `after`.
pub async fn list_page(
    tx: &mut Tx<'_>,
    target_code: Option<&str>,
    published: Option<bool>,
    after: Option<Uuid>,
    fetch: i64,
) -> QueryResult<Vec<PromotionPolicy>> {
    let own = promotion_policies::table.filter(promotion_policies::tenant_id.eq(tx.tenant));
    let mut page = own.select(PromotionPolicy::as_select()).into_boxed();
    if let Some(target_code) = target_code {
        page = page.filter(promotion_policies::target_code.eq(target_code));
    }
    page = match published {
        Some(true) => page.filter(promotion_policies::published_at.is_not_null()),
        Some(false) => page.filter(promotion_policies::published_at.is_null()),
        None => page,
    };
    if let Some(after) = after {
        page = page.filter(promotion_policies::id.lt(after));
    }
    page.order(promotion_policies::id.desc()).limit(fetch).load(tx.conn).await
}

pub async fn delete_draft(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<usize> {
    let draft = promotion_policies::table
        .filter(promotion_policies::tenant_id.eq(tx.tenant))
        .filter(promotion_policies::id.eq(id))
        .filter(promotion_policies::published_at.is_null());
    diesel::delete(draft).execute(tx.conn).await
}

pub async fn publish(
    tx: &mut Tx<'_>,
    id: Uuid,
    checker: Uuid,
    by_maker: bool,
    at: DateTime<Utc>,
) -> QueryResult<PromotionPolicy> {
    let own = promotion_policies::table
        .filter(promotion_policies::tenant_id.eq(tx.tenant))
        .filter(promotion_policies::id.eq(id));
    diesel::update(own)
        .set((
            promotion_policies::checker_id.eq(checker),
            promotion_policies::self_approved.eq(by_maker),
            promotion_policies::published_at.eq(at),
            promotion_policies::updated_at.eq(at),
        ))
        .returning(PromotionPolicy::as_returning())
        .get_result(tx.conn)
        .await
}

/// Which of these programmes exist.
pub async fn existing_programmes(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Vec<Uuid>> {
    programmes::table
        .filter(programmes::tenant_id.eq(tx.tenant))
        .filter(programmes::id.eq_any(ids))
        .select(programmes::id)
        .load(tx.conn)
        .await
}
