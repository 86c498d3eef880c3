//! Statements on organisers.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::model::GroupOrganiser;
use crate::db::{narrow, row_queries};
use crate::journal::Tx;
use crate::people::today;
use crate::schema::lecturer_group_organisers as organisers;

row_queries!(
    GroupOrganiser,
    lecturer_group_organisers,
    insert(GroupOrganiser),
    find_for_update = find(for_no_key_update)
);

/// Those whose time includes that day.
#[diesel::dsl::auto_type]
fn in_office(on: NaiveDate) -> _ {
    organisers::valid_from.le(on).and(organisers::valid_to.is_null().or(organisers::valid_to.assume_not_null().gt(on)))
}

/// The organisers of the group, of that day or of all times, ordered by id, starting after the organiser `after`.
pub async fn list_page(
    tx: &mut Tx<'_>,
    group: Uuid,
    on: Option<NaiveDate>,
    after: Option<Uuid>,
    fetch: i64,
) -> QueryResult<Vec<GroupOrganiser>> {
    let own = organisers::table.filter(organisers::tenant_id.eq(tx.tenant)).filter(organisers::group_id.eq(group));
    let mut page = own.select(GroupOrganiser::as_select()).into_boxed();
    if let Some(on) = on {
        page = page.filter(in_office(on));
    }
    narrow!(page; organisers { id > after });
    page.order(organisers::id).limit(fetch).load(tx.conn).await
}

pub async fn end(tx: &mut Tx<'_>, id: Uuid, valid_to: NaiveDate) -> QueryResult<GroupOrganiser> {
    diesel::update(organisers::table.filter(organisers::tenant_id.eq(tx.tenant)).filter(organisers::id.eq(id)))
        .set((
            organisers::valid_to.eq(valid_to),
            organisers::updated_at.eq(tx.now),
            organisers::version.eq(organisers::version + 1),
        ))
        .returning(GroupOrganiser::as_returning())
        .get_result(tx.conn)
        .await
}

/// The groups that the person organises today.
pub async fn groups_organised_by(tx: &mut Tx<'_>, employee: Uuid) -> QueryResult<Vec<Uuid>> {
    let today = today(tx).await?;
    organisers::table
        .filter(organisers::tenant_id.eq(tx.tenant))
        .filter(organisers::employee_id.eq(employee))
        .filter(in_office(today))
        .select(organisers::group_id)
        .load(tx.conn)
        .await
}
