//! Statements on waivers.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::ListPromotionWaiversQuery;
use super::model::{PromotionWaiver, Step};
use crate::db::{Document, row_queries};
use crate::growth::criteria::PromotionCriterion;
use crate::growth::rules::Waived;
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::schema::promotion_waivers;

row_queries!(
    PromotionWaiver,
    promotion_waivers,
    insert(PromotionWaiver),
    find,
    find_for_update = find(for_update),
    update(Step),
    /// Newest first. If people are given, only theirs.
    list_page = list(
        latest id; query: &ListPromotionWaiversQuery, people: Option<&[Uuid]>, records: Option<&[Uuid]>;
        employee_id in people, employee_id in records, state = query.state, target_code = &query.target_code
    ),
);

/// A waiver with the record that it is for, when it was approved, and when it was revoked.
type Approved = (Uuid, Waived, DateTime<Utc>, Option<DateTime<Utc>>);

/// The waivers for a position that two people have approved, revoked ones too, oldest first.
pub async fn approved(tx: &mut Tx<'_>, target_code: &str, records: &[Uuid]) -> QueryResult<Vec<Approved>> {
    type Row = (Uuid, Uuid, Document<PromotionCriterion>, DateTime<Utc>, Option<DateTime<Utc>>);
    let found: Vec<Row> = promotion_waivers::table
        .filter(promotion_waivers::tenant_id.eq(tx.tenant))
        .filter(promotion_waivers::target_code.eq(target_code))
        .filter(promotion_waivers::employee_id.eq_any(records))
        .filter(promotion_waivers::approved_at.is_not_null())
        .order((promotion_waivers::approved_at, promotion_waivers::id))
        .select((
            promotion_waivers::employee_id,
            promotion_waivers::id,
            promotion_waivers::criterion,
            promotion_waivers::approved_at.assume_not_null(),
            promotion_waivers::ended_at,
        ))
        .load(tx.conn)
        .await?;
    let approved = |(record, id, criterion, approved_at, ended_at): Row| {
        (record, Waived { id, criterion: criterion.0 }, approved_at, ended_at)
    };
    Ok(found.into_iter().map(approved).collect())
}

/// These waivers.
pub async fn find_all(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Vec<PromotionWaiver>> {
    promotion_waivers::table
        .filter(promotion_waivers::tenant_id.eq(tx.tenant))
        .filter(promotion_waivers::id.eq_any(ids))
        .select(PromotionWaiver::as_select())
        .load(tx.conn)
        .await
}
