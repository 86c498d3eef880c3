//! Statements on promotion policies.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use super::model::PromotionPolicy;
use crate::journal::Tx;
use crate::schema::promotion_policies as versions;
use crate::versioned::version_columns;

/// The highest published version for a position, which checks use.
pub async fn in_force(tx: &mut Tx<'_>, target_code: &str) -> QueryResult<Option<PromotionPolicy>> {
    versions::table
        .filter(versions::tenant_id.eq(tx.tenant))
        .filter(versions::target_code.eq(target_code))
        .filter(versions::published_at.is_not_null())
        .order(versions::version.desc())
        .select(version_columns!(target_code, name))
        .first(tx.conn)
        .await
        .optional()
}
