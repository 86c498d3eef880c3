//! Statements on versions: the same ones for the two tables.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::VersionRow;
use crate::db::Connection;

/// The statements on one table of versions, as a module.
macro_rules! version_queries {
    ($module:ident, $table:ident) => {
        pub mod $module {
            use super::*;
            use crate::schema::$table::{self as versions, table};

            type Columns = (
                versions::id,
                versions::programme_id,
                versions::version,
                versions::starts_period,
                versions::starts_on,
                versions::document,
                versions::maker_id,
                versions::checker_id,
                versions::self_approved,
                versions::published_at,
                versions::created_at,
                versions::updated_at,
            );

            const COLUMNS: Columns = (
                versions::id,
                versions::programme_id,
                versions::version,
                versions::starts_period,
                versions::starts_on,
                versions::document,
                versions::maker_id,
                versions::checker_id,
                versions::self_approved,
                versions::published_at,
                versions::created_at,
                versions::updated_at,
            );

            /// The published version with the latest start up to `day`.
            pub async fn in_force(
                connection: &mut Connection,
                tenant: Uuid,
                programme: Uuid,
                day: NaiveDate,
            ) -> QueryResult<Option<VersionRow>> {
                table
                    .filter(versions::tenant_id.eq(tenant))
                    .filter(versions::programme_id.eq(programme))
                    .filter(versions::published_at.is_not_null())
                    .filter(versions::starts_on.le(day))
                    .order(versions::starts_on.desc())
                    .select(COLUMNS)
                    .first(connection)
                    .await
                    .optional()
            }
        }
    };
}

version_queries!(rules, scoring_rules);
version_queries!(policies, reward_policy_sets);
