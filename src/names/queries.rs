//! Statements on the lists.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::sql_types::Text;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::lists::{Lists, Stored};
use crate::db::{row_queries, statement};
use crate::journal::Tx;
use crate::kernel::message::Words;
use crate::schema::{display_names, tenants};

row_queries!(Stored, display_names, update(Lists));

pub async fn find(tx: &mut Tx<'_>) -> QueryResult<Option<Stored>> {
    let own = display_names::table.filter(display_names::tenant_id.eq(tx.tenant));
    own.select(Stored::as_select()).first(tx.conn).await.optional()
}

pub async fn lock(tx: &mut Tx<'_>) -> QueryResult<Stored> {
    let own = display_names::table.filter(display_names::tenant_id.eq(tx.tenant));
    own.select(Stored::as_select()).for_no_key_update().first(tx.conn).await
}

/// Keeps the lists as they are until the transaction ends.
pub async fn share(tx: &mut Tx<'_>) -> QueryResult<Stored> {
    let own = display_names::table.filter(display_names::tenant_id.eq(tx.tenant));
    own.select(Stored::as_select()).for_share().first(tx.conn).await
}

/// Does nothing if the company has a row.
pub async fn insert_missing(tx: &mut Tx<'_>, lists: &Lists) -> QueryResult<usize> {
    let own = (display_names::tenant_id.eq(tx.tenant), display_names::id.eq(tx.id()));
    let times = (display_names::created_at.eq(tx.now), display_names::updated_at.eq(tx.now));
    let rows = diesel::insert_into(display_names::table).values((lists, own, times));
    rows.on_conflict_do_nothing().execute(tx.conn).await
}

/// The grades that the company was created with, best first.
pub async fn first_grades(tx: &mut Tx<'_>) -> QueryResult<Vec<String>> {
    tenants::table.filter(tenants::id.eq(tx.tenant)).select(tenants::grade_codes).first(tx.conn).await
}

#[derive(QueryableByName)]
struct Used {
    #[diesel(sql_type = Text)]
    code: String,
}

/// The grades that published rules, reward policies, promotion policies and open training opportunities refer to, and what good grades
/// open in programmes.
const USED_GRADES: &str = "
SELECT DISTINCT used.code #>> '{}' AS code
  FROM (SELECT jsonb_path_query(r.document, '$.grades[*].code') AS code FROM scoring_rules r
         WHERE r.tenant_id = :tenant AND r.published_at IS NOT NULL
        UNION ALL
        SELECT jsonb_path_query(p.document, '$.policies[*].grade_at_least') FROM reward_policy_sets p
         WHERE p.tenant_id = :tenant AND p.published_at IS NOT NULL
        UNION ALL
        SELECT jsonb_path_query(c.document, '$.**.every') FROM promotion_policies c
         WHERE c.tenant_id = :tenant AND c.published_at IS NOT NULL
        UNION ALL
        SELECT to_jsonb(g.code) FROM programme_privileges v, unnest(ARRAY[v.content_grade, v.mentor_grade]) AS g (code)
         WHERE v.tenant_id = :tenant
        UNION ALL
        SELECT jsonb_path_query(o.criteria, '$.**.every') FROM training_opportunities o
         WHERE o.tenant_id = :tenant AND o.state = 'open') used
 WHERE jsonb_typeof(used.code) = 'string'";

pub async fn used_grades(tx: &mut Tx<'_>) -> QueryResult<BTreeSet<String>> {
    let used: Vec<Used> = statement(USED_GRADES).bind("tenant", tx.tenant).load(tx.conn).await?;
    Ok(used.into_iter().map(|grade| grade.code).collect())
}

#[derive(QueryableByName)]
struct Item {
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Text)]
    zh: String,
    #[diesel(sql_type = Text)]
    en: String,
}

/// What learners are asked, by the key of the item; of several questions with one key that of the latest rule.
pub async fn questions(tx: &mut Tx<'_>) -> QueryResult<BTreeMap<String, Words>> {
    const QUESTIONS: &str = "
SELECT DISTINCT ON (i.item ->> 'key') i.item ->> 'key' AS key, i.item ->> 'name_zh' AS zh, i.item ->> 'name_en' AS en
  FROM scoring_rules r, jsonb_path_query(r.document, '$.feedback.form.items[*]') AS i (item)
 WHERE r.tenant_id = :tenant AND r.published_at IS NOT NULL
 ORDER BY i.item ->> 'key', r.starts_on DESC, r.id DESC";
    let items: Vec<Item> = statement(QUESTIONS).bind("tenant", tx.tenant).load(tx.conn).await?;
    Ok(items.into_iter().map(|Item { key, zh, en }| (key, Words { zh, en })).collect())
}
