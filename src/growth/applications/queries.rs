//! Statements on promotion applications.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::ListPromotionApplicationsQuery;
use super::model::{Decision, NewPromotionApplication, PromotionApplication};
use crate::db::row_queries;
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::schema::promotion_applications;

row_queries!(
    PromotionApplication,
    promotion_applications,
    insert(NewPromotionApplication),
    find,
    find_for_update = find(for_update),
    /// Newest first. If people are given, only theirs.
    list_page = list(
        latest id; query: &ListPromotionApplicationsQuery, people: Option<&[Uuid]>;
        employee_id in people, employee_id = query.employee_id, state = query.state, target_code = &query.target_code
    ),
);

pub async fn decide(tx: &mut Tx<'_>, id: Uuid, decision: Decision) -> QueryResult<PromotionApplication> {
    let own = promotion_applications::table
        .filter(promotion_applications::tenant_id.eq(tx.tenant))
        .filter(promotion_applications::id.eq(id));
    diesel::update(own)
        .set((
            promotion_applications::state.eq(decision.state.slug()),
            promotion_applications::decided_at.eq(tx.now),
            promotion_applications::decided_by_id.eq(decision.by),
            promotion_applications::self_approved.eq(decision.self_approved),
            promotion_applications::decision_reason.eq(decision.reason),
            promotion_applications::updated_at.eq(tx.now),
            promotion_applications::version.eq(promotion_applications::version + 1),
        ))
        .returning(PromotionApplication::as_returning())
        .get_result(tx.conn)
        .await
}
