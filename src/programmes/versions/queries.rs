//! Statements on versions that are in force from a period on: the same statements for the two tables.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::Start;
use crate::db::{Document, statement};
use crate::journal::Tx;
use crate::programmes::Programme;
use crate::programmes::documents::policy::RewardPolicySet;
use crate::programmes::documents::rule::ScoringRule;
use crate::schema::{programmes, scoring_rules};
use crate::versioned::{Version, Versioned, version_columns};

/// The codes of the company's pay items.
pub async fn pay_items(tx: &mut Tx<'_>) -> QueryResult<Vec<String>> {
    use crate::schema::pay_items::{self, table};
    table.filter(pay_items::tenant_id.eq(tx.tenant)).select(pay_items::code).load(tx.conn).await
}

/// The names of lecturer groups.
pub async fn group_names(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Vec<(Uuid, String)>> {
    use crate::schema::lecturer_groups::{self, table};
    let own = table.filter(lecturer_groups::tenant_id.eq(tx.tenant)).filter(lecturer_groups::id.eq_any(ids));
    own.select((lecturer_groups::id, lecturer_groups::name)).load(tx.conn).await
}

/// What what-ifs there are of a draft.
#[derive(Debug, QueryableByName)]
pub struct Tried {
    /// Whether the programme has a closed period on which a draft can be tried.
    #[diesel(sql_type = Bool)]
    pub can_be: bool,
    /// Whether there is one of the document as it stands.
    #[diesel(sql_type = Bool)]
    pub so: bool,
    /// Whether there is one of the version with another document.
    #[diesel(sql_type = Bool)]
    pub otherwise: bool,
}

/// Which finished what-ifs there are of a version and its document, given by its digest.
pub async fn tried(tx: &mut Tx<'_>, programme: Uuid, version: Uuid, digest: &str) -> QueryResult<Tried> {
    const TRIED: &str = "
SELECT EXISTS (SELECT FROM periods p
                WHERE p.tenant_id = :tenant AND p.programme_id = :programme AND p.snapshot_id IS NOT NULL) AS can_be,
       coalesce(bool_or(w.rule_digest = :digest OR w.policies_digest = :digest), false) AS so,
       coalesce(bool_or(w.rule_id = :version OR w.policy_set_id = :version), false) AS otherwise
  FROM what_ifs w
 WHERE w.tenant_id = :tenant AND w.programme_id = :programme AND w.finished_at IS NOT NULL";
    let asked = statement(TRIED).bind("programme", programme).bind("version", version).bind("digest", digest);
    tx.complete(asked).get_result(tx.conn).await
}

/// A document whose versions are in force for a programme from a period on, until a later one starts.
pub trait Serving: Versioned<Heading = Start, Filter = Uuid, Cursor = i32> {
    /// The published version with the latest start on or before `day`.
    fn in_force(
        tx: &mut Tx<'_>,
        programme: Uuid,
        day: NaiveDate,
    ) -> impl Future<Output = QueryResult<Option<Version<Self>>>> + Send;

    /// The first days of the published versions, earliest first.
    fn starts(tx: &mut Tx<'_>, programme: Uuid) -> impl Future<Output = QueryResult<Vec<NaiveDate>>> + Send;

    /// The published versions that start after `first` and before `end`, if there is an end.
    fn starting_between(
        tx: &mut Tx<'_>,
        programme: Uuid,
        first: NaiveDate,
        end: Option<NaiveDate>,
    ) -> impl Future<Output = QueryResult<Vec<Version<Self>>>> + Send;
}

/// A programme with the rule that serves on this day. None if there is no such programme, or no rule.
pub async fn programme_with_rule(
    tx: &mut Tx<'_>,
    programme: Uuid,
    day: NaiveDate,
) -> QueryResult<Option<(Programme, Document<ScoringRule>)>> {
    let own = scoring_rules::tenant_id.eq(tx.tenant).and(scoring_rules::programme_id.eq(programmes::id));
    programmes::table
        .inner_join(scoring_rules::table.on(own))
        .filter(programmes::tenant_id.eq(tx.tenant))
        .filter(programmes::id.eq(programme))
        .filter(scoring_rules::published_at.is_not_null())
        .filter(scoring_rules::starts_on.le(day))
        .order(scoring_rules::starts_on.desc())
        .select((Programme::as_select(), scoring_rules::document))
        .first(tx.conn)
        .await
        .optional()
}

/// The published rules of a programme with their first days, earliest first.
pub async fn published_rules(tx: &mut Tx<'_>, programme: Uuid) -> QueryResult<Vec<(NaiveDate, Document<ScoringRule>)>> {
    scoring_rules::table
        .filter(scoring_rules::tenant_id.eq(tx.tenant))
        .filter(scoring_rules::programme_id.eq(programme))
        .filter(scoring_rules::published_at.is_not_null())
        .order(scoring_rules::starts_on)
        .select((scoring_rules::starts_on, scoring_rules::document))
        .load(tx.conn)
        .await
}

/// The published rules of every programme with their first days, earliest first.
pub async fn all_published_rules(tx: &mut Tx<'_>) -> QueryResult<Vec<(Uuid, NaiveDate, Document<ScoringRule>)>> {
    scoring_rules::table
        .filter(scoring_rules::tenant_id.eq(tx.tenant))
        .filter(scoring_rules::published_at.is_not_null())
        .order(scoring_rules::starts_on)
        .select((scoring_rules::programme_id, scoring_rules::starts_on, scoring_rules::document))
        .load(tx.conn)
        .await
}

macro_rules! serving_queries {
    ($document:ty, $table:ident) => {
        impl Serving for $document {
            async fn in_force(
                tx: &mut Tx<'_>,
                programme: Uuid,
                day: NaiveDate,
            ) -> QueryResult<Option<Version<$document>>> {
                use crate::schema::$table::{self as versions, table};
                table
                    .filter(versions::tenant_id.eq(tx.tenant))
                    .filter(versions::programme_id.eq(programme))
                    .filter(versions::published_at.is_not_null())
                    .filter(versions::starts_on.le(day))
                    .order(versions::starts_on.desc())
                    .select(version_columns!(programme_id, starts_period))
                    .first(tx.conn)
                    .await
                    .optional()
            }

            async fn starts(tx: &mut Tx<'_>, programme: Uuid) -> QueryResult<Vec<NaiveDate>> {
                use crate::schema::$table::{self as versions, table};
                table
                    .filter(versions::tenant_id.eq(tx.tenant))
                    .filter(versions::programme_id.eq(programme))
                    .filter(versions::published_at.is_not_null())
                    .order(versions::starts_on)
                    .select(versions::starts_on)
                    .load(tx.conn)
                    .await
            }

            async fn starting_between(
                tx: &mut Tx<'_>,
                programme: Uuid,
                first: NaiveDate,
                end: Option<NaiveDate>,
            ) -> QueryResult<Vec<Version<$document>>> {
                use crate::schema::$table::{self as versions, table};
                table
                    .filter(versions::tenant_id.eq(tx.tenant))
                    .filter(versions::programme_id.eq(programme))
                    .filter(versions::published_at.is_not_null())
                    .filter(versions::starts_on.gt(first))
                    .filter(versions::starts_on.lt(end.unwrap_or(NaiveDate::MAX)))
                    .order(versions::starts_on)
                    .select(version_columns!(programme_id, starts_period))
                    .load(tx.conn)
                    .await
            }
        }
    };
}

serving_queries!(ScoringRule, scoring_rules);
serving_queries!(RewardPolicySet, reward_policy_sets);
