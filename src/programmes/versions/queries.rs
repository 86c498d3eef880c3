//! Statements on versions: the same ones for the two tables.

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;
use uuid::Uuid;

use super::model::VersionRow;
use crate::journal::Tx;
use crate::kernel::period::Period;

/// A draft to be made.
pub struct Draft {
    pub id: Uuid,
    pub programme_id: Uuid,
    pub version: i32,
    pub starts_period: Period,
    pub document: Value,
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
            pub async fn in_force(tx: &mut Tx<'_>, programme: Uuid, day: NaiveDate) -> QueryResult<Option<VersionRow>> {
                table
                    .filter(versions::tenant_id.eq(tx.tenant))
                    .filter(versions::programme_id.eq(programme))
                    .filter(versions::published_at.is_not_null())
                    .filter(versions::starts_on.le(day))
                    .order(versions::starts_on.desc())
                    .select(COLUMNS)
                    .first(tx.conn)
                    .await
                    .optional()
            }

            pub async fn find(tx: &mut Tx<'_>, programme: Uuid, id: Uuid) -> QueryResult<Option<VersionRow>> {
                table
                    .filter(versions::tenant_id.eq(tx.tenant))
                    .filter(versions::programme_id.eq(programme))
                    .filter(versions::id.eq(id))
                    .select(COLUMNS)
                    .first(tx.conn)
                    .await
                    .optional()
            }

            /// Latest number first, before the number `after`; published ones only, drafts only, or both.
            pub async fn list_page(
                tx: &mut Tx<'_>,
                programme: Uuid,
                published: Option<bool>,
                after: Option<i32>,
                fetch: i64,
            ) -> QueryResult<Vec<VersionRow>> {
                let own = table.filter(versions::tenant_id.eq(tx.tenant)).filter(versions::programme_id.eq(programme));
                let mut page = own.select(COLUMNS).into_boxed();
                page = match published {
                    Some(true) => page.filter(versions::published_at.is_not_null()),
                    Some(false) => page.filter(versions::published_at.is_null()),
                    None => page,
                };
                if let Some(after) = after {
                    page = page.filter(versions::version.lt(after));
                }
                page.order(versions::version.desc()).limit(fetch).load(tx.conn).await
            }

            /// The highest number so far, drafts included.
            pub async fn last_number(tx: &mut Tx<'_>, programme: Uuid) -> QueryResult<Option<i32>> {
                table
                    .filter(versions::tenant_id.eq(tx.tenant))
                    .filter(versions::programme_id.eq(programme))
                    .select(diesel::dsl::max(versions::version))
                    .first(tx.conn)
                    .await
            }

            /// The first day from which a published version serves.
            pub async fn first_start(tx: &mut Tx<'_>, programme: Uuid) -> QueryResult<Option<NaiveDate>> {
                table
                    .filter(versions::tenant_id.eq(tx.tenant))
                    .filter(versions::programme_id.eq(programme))
                    .filter(versions::published_at.is_not_null())
                    .select(diesel::dsl::min(versions::starts_on))
                    .first(tx.conn)
                    .await
            }

            /// Makes a draft.
            pub async fn insert(tx: &mut Tx<'_>, draft: Draft) -> QueryResult<VersionRow> {
                diesel::insert_into(table)
                    .values((
                        versions::tenant_id.eq(tx.tenant),
                        versions::id.eq(draft.id),
                        versions::programme_id.eq(draft.programme_id),
                        versions::version.eq(draft.version),
                        versions::starts_period.eq(draft.starts_period.to_string()),
                        versions::starts_on.eq(draft.starts_period.first_day()),
                        versions::document.eq(draft.document),
                        versions::maker_id.eq(draft.maker_id),
                        versions::created_at.eq(draft.created_at),
                        versions::updated_at.eq(draft.updated_at),
                    ))
                    .returning(COLUMNS)
                    .get_result(tx.conn)
                    .await
            }

            pub async fn delete_draft(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<usize> {
                let draft = table
                    .filter(versions::tenant_id.eq(tx.tenant))
                    .filter(versions::id.eq(id))
                    .filter(versions::published_at.is_null());
                diesel::delete(draft).execute(tx.conn).await
            }

            pub async fn publish(tx: &mut Tx<'_>, id: Uuid, approval: &Approval) -> QueryResult<VersionRow> {
                diesel::update(table.filter(versions::tenant_id.eq(tx.tenant)).filter(versions::id.eq(id)))
                    .set((
                        versions::checker_id.eq(approval.checker_id),
                        versions::self_approved.eq(approval.by_maker),
                        versions::published_at.eq(approval.at),
                        versions::updated_at.eq(approval.at),
                    ))
                    .returning(COLUMNS)
                    .get_result(tx.conn)
                    .await
            }
        }
    };
}

version_queries!(rules, scoring_rules);
version_queries!(policies, reward_policy_sets);
