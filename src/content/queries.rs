//! Statements on contents, their authors and versions.

use chrono::{DateTime, Utc};
use diesel::dsl::{AsSelect, IntoBoxed, Select};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::ListContentsQuery;
use super::model::{Content, ContentState, ContentVersion, NewContent, NewVersion};
use crate::db::{insert_new, load_page, narrow, row_queries, set_row};
use crate::error::Result;
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::kernel::text::{ContentBody, Outline, Title};
use crate::schema::{content_authors, content_versions, contents};

type Contents = IntoBoxed<'static, Select<contents::table, AsSelect<Content, Pg>>, Pg>;

/// The contents that these people have written.
#[diesel::dsl::auto_type]
pub fn written_by(tenant: Uuid, authors: Vec<Uuid>) -> _ {
    content_authors::table
        .filter(content_authors::tenant_id.eq(tenant))
        .filter(content_authors::employee_id.eq_any(authors))
        .select(content_authors::content_id)
}

/// The tenant's contents that these readers may see: published ones and those that one of them has written. None: all contents.
fn visible(tenant: Uuid, readers: Option<&[Uuid]>) -> Contents {
    let own = contents::table.select(Content::as_select()).into_boxed().filter(contents::tenant_id.eq(tenant));
    let Some(readers) = readers else { return own };
    let written = written_by(tenant, readers.to_vec());
    let published = contents::published_at.is_not_null().and(contents::withdrawn_at.is_null());
    own.filter(published.or(contents::id.eq_any(written)))
}

/// The content, if one of `readers` may see it. None: no restriction.
pub async fn find(tx: &mut Tx<'_>, id: Uuid, readers: Option<&[Uuid]>) -> QueryResult<Option<Content>> {
    visible(tx.tenant, readers).filter(contents::id.eq(id)).first(tx.conn).await.optional()
}

row_queries!(Content, contents, find_for_update = find(for_update), insert(NewContent), update(ContentChange));

/// The content of a session, unless it is withdrawn, locked.
pub async fn find_of_session_for_update(tx: &mut Tx<'_>, session: Uuid) -> QueryResult<Option<Content>> {
    contents::table
        .filter(contents::tenant_id.eq(tx.tenant))
        .filter(contents::session_id.eq(session))
        .filter(contents::withdrawn_at.is_null())
        .order((contents::published_at.asc().nulls_last(), contents::id))
        .select(Content::as_select())
        .for_update()
        .first(tx.conn)
        .await
        .optional()
}

pub async fn list_page(
    tx: &mut Tx<'_>,
    query: &ListContentsQuery,
    readers: Option<&[Uuid]>,
    paging: &Paging,
) -> Result<Listed<Content>> {
    let mut page = visible(tx.tenant, readers);
    narrow!(page; contents {
        programme_id = query.programme_id,
        session_id = query.session_id,
        id in query.author_id.map(|author| written_by(tx.tenant, vec![author])),
        updated_at >= query.updated_since,
    });
    page = match query.state {
        Some(ContentState::Draft) => page.filter(contents::published_at.is_null()),
        Some(ContentState::Published) => {
            page.filter(contents::published_at.is_not_null().and(contents::withdrawn_at.is_null()))
        }
        Some(ContentState::Withdrawn) => page.filter(contents::withdrawn_at.is_not_null()),
        None => page,
    };
    load_page!(tx, paging, page, Content => by contents::id)
}

/// Changes to a content with a new version. None leaves a column unchanged.
#[derive(Debug, Clone, Default, AsChangeset)]
#[diesel(table_name = contents)]
pub struct ContentChange {
    pub title: Option<Title>,
    pub outline: Option<Outline>,
    pub published_at: Option<DateTime<Utc>>,
    pub withdrawn_at: Option<DateTime<Utc>>,
}

set_row! {
    into content_authors unique by (tenant_id, content_id, employee_id);
    struct NewAuthor {
        tenant_id: Uuid,
        id: Uuid,
        content_id: Uuid,
        employee_id: Uuid,
        created_at: DateTime<Utc>,
    }
}

/// Adds these people as authors of the content, unless they are authors already.
pub async fn insert_authors(tx: &mut Tx<'_>, content_id: Uuid, authors: &[Uuid]) -> QueryResult<usize> {
    let row = |employee_id: &Uuid| NewAuthor {
        tenant_id: tx.tenant,
        id: tx.id(),
        content_id,
        employee_id: *employee_id,
        created_at: tx.now,
    };
    let rows: Vec<NewAuthor> = authors.iter().map(row).collect();
    Ok(insert_new(tx.conn, &rows).await?.len())
}

/// The pairs (content, author) of these contents, in the order in which the authors were added.
pub async fn authors(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Vec<(Uuid, Uuid)>> {
    content_authors::table
        .filter(content_authors::tenant_id.eq(tx.tenant))
        .filter(content_authors::content_id.eq_any(ids))
        .order((content_authors::content_id, content_authors::id))
        .select((content_authors::content_id, content_authors::employee_id))
        .load(tx.conn)
        .await
}

pub async fn insert_version(tx: &mut Tx<'_>, version: &NewVersion) -> QueryResult<usize> {
    diesel::insert_into(content_versions::table).values(version).execute(tx.conn).await
}

/// The latest version of each of these contents.
pub async fn latest_versions(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Vec<ContentVersion>> {
    content_versions::table
        .filter(content_versions::tenant_id.eq(tx.tenant))
        .filter(content_versions::content_id.eq_any(ids))
        .distinct_on(content_versions::content_id)
        .order((content_versions::content_id, content_versions::number.desc()))
        .select(ContentVersion::as_select())
        .load(tx.conn)
        .await
}

row_queries!(
    ContentVersion,
    content_versions,
    list_versions = list(by number; content: Uuid; content_id = Some(content)),
);

/// The directly entered text of a version. None if there is no such version.
pub async fn find_body(tx: &mut Tx<'_>, content: Uuid, number: i32) -> QueryResult<Option<Option<ContentBody>>> {
    content_versions::table
        .filter(content_versions::tenant_id.eq(tx.tenant))
        .filter(content_versions::content_id.eq(content))
        .filter(content_versions::number.eq(number))
        .select(content_versions::body)
        .first(tx.conn)
        .await
        .optional()
}
