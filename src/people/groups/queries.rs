//! Statements on lecturer groups and their members.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::LecturerGroupChange;
use super::model::{GroupMember, LecturerGroup};
use crate::db::{narrow, row_queries};
use crate::journal::Tx;
use crate::kernel::text::Code;
use crate::schema::{lecturer_group_memberships, lecturer_groups};

row_queries!(
    LecturerGroup,
    lecturer_groups,
    insert(LecturerGroup),
    find,
    find_for_update = find(for_update),
    update(LecturerGroupChange),
    delete,
);

/// Ordered by id, starting after the group `after`.
pub async fn list_page(
    tx: &mut Tx<'_>,
    code: Option<Code>,
    after: Option<Uuid>,
    fetch: i64,
) -> QueryResult<Vec<LecturerGroup>> {
    let mut page = lecturer_groups::table
        .filter(lecturer_groups::tenant_id.eq(tx.tenant))
        .select(LecturerGroup::as_select())
        .into_boxed();
    narrow!(page; lecturer_groups { code = code, id > after });
    page.order(lecturer_groups::id).limit(fetch).load(tx.conn).await
}

row_queries!(GroupMember, lecturer_group_memberships, insert_member = insert(GroupMember), delete_member = delete);

pub async fn find_member(tx: &mut Tx<'_>, group: Uuid, id: Uuid) -> QueryResult<Option<GroupMember>> {
    use lecturer_group_memberships::dsl;
    dsl::lecturer_group_memberships
        .filter(dsl::tenant_id.eq(tx.tenant))
        .filter(dsl::group_id.eq(group))
        .filter(dsl::id.eq(id))
        .select(GroupMember::as_select())
        .first(tx.conn)
        .await
        .optional()
}

pub async fn find_member_for_update(tx: &mut Tx<'_>, group: Uuid, id: Uuid) -> QueryResult<Option<GroupMember>> {
    use lecturer_group_memberships::dsl;
    dsl::lecturer_group_memberships
        .filter(dsl::tenant_id.eq(tx.tenant))
        .filter(dsl::group_id.eq(group))
        .filter(dsl::id.eq(id))
        .select(GroupMember::as_select())
        .for_no_key_update()
        .first(tx.conn)
        .await
        .optional()
}

/// The members of the group on that day, or of all times, ordered by id, starting after the member `after`. If employees are
/// given, only those.
pub async fn list_members(
    tx: &mut Tx<'_>,
    group: Uuid,
    on: Option<NaiveDate>,
    visible: Option<&[Uuid]>,
    after: Option<Uuid>,
    fetch: i64,
) -> QueryResult<Vec<GroupMember>> {
    use lecturer_group_memberships::dsl;
    let mut page = dsl::lecturer_group_memberships
        .filter(dsl::tenant_id.eq(tx.tenant))
        .filter(dsl::group_id.eq(group))
        .select(GroupMember::as_select())
        .into_boxed();
    if let Some(on) = on {
        let lasts = dsl::valid_to.is_null().or(dsl::valid_to.assume_not_null().gt(on));
        page = page.filter(dsl::valid_from.le(on)).filter(lasts);
    }
    narrow!(page; dsl { employee_id in visible, id > after });
    page.order(dsl::id).limit(fetch).load(tx.conn).await
}

pub async fn end_member(tx: &mut Tx<'_>, id: Uuid, on: NaiveDate) -> QueryResult<GroupMember> {
    use lecturer_group_memberships::dsl;
    diesel::update(lecturer_group_memberships::table.filter(dsl::tenant_id.eq(tx.tenant)).filter(dsl::id.eq(id)))
        .set((dsl::valid_to.eq(on), dsl::updated_at.eq(tx.now), dsl::version.eq(dsl::version + 1)))
        .returning(GroupMember::as_returning())
        .get_result(tx.conn)
        .await
}
