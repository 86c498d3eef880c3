//! Statements on lecturer groups and their members.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::LecturerGroupChange;
use super::model::{GroupMember, LecturerGroup};
use crate::journal::Tx;
use crate::kernel::text::Code;
use crate::schema::{lecturer_group_memberships, lecturer_groups};

pub async fn insert(tx: &mut Tx<'_>, group: &LecturerGroup) -> QueryResult<LecturerGroup> {
    diesel::insert_into(lecturer_groups::table)
        .values(group)
        .returning(LecturerGroup::as_returning())
        .get_result(tx.conn)
        .await
}

pub async fn find(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<Option<LecturerGroup>> {
    let own =
        lecturer_groups::table.filter(lecturer_groups::tenant_id.eq(tx.tenant)).filter(lecturer_groups::id.eq(id));
    own.select(LecturerGroup::as_select()).first(tx.conn).await.optional()
}

pub async fn find_for_update(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<Option<LecturerGroup>> {
    let own =
        lecturer_groups::table.filter(lecturer_groups::tenant_id.eq(tx.tenant)).filter(lecturer_groups::id.eq(id));
    own.select(LecturerGroup::as_select()).for_update().first(tx.conn).await.optional()
}

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
    if let Some(code) = code {
        page = page.filter(lecturer_groups::code.eq(code));
    }
    if let Some(after) = after {
        page = page.filter(lecturer_groups::id.gt(after));
    }
    page.order(lecturer_groups::id).limit(fetch).load(tx.conn).await
}

pub async fn update(tx: &mut Tx<'_>, id: Uuid, change: &LecturerGroupChange) -> QueryResult<LecturerGroup> {
    use lecturer_groups::dsl;
    diesel::update(lecturer_groups::table.filter(dsl::tenant_id.eq(tx.tenant)).filter(dsl::id.eq(id)))
        .set((change, dsl::updated_at.eq(tx.now), dsl::version.eq(dsl::version + 1)))
        .returning(LecturerGroup::as_returning())
        .get_result(tx.conn)
        .await
}

pub async fn delete(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<usize> {
    use lecturer_groups::dsl;
    diesel::delete(lecturer_groups::table.filter(dsl::tenant_id.eq(tx.tenant)).filter(dsl::id.eq(id)))
        .execute(tx.conn)
        .await
}

pub async fn insert_member(tx: &mut Tx<'_>, member: &GroupMember) -> QueryResult<GroupMember> {
    diesel::insert_into(lecturer_group_memberships::table)
        .values(member)
        .returning(GroupMember::as_returning())
        .get_result(tx.conn)
        .await
}

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

/// Filters of a list of members.
#[derive(Debug)]
pub struct MemberFilter {
    pub group: Uuid,
    pub on: Option<NaiveDate>,
    /// Only these employees. None if the caller may see all.
    pub visible: Option<Vec<Uuid>>,
}

/// Ordered by id, starting after the member `after`.
pub async fn list_members(
    tx: &mut Tx<'_>,
    filter: MemberFilter,
    after: Option<Uuid>,
    fetch: i64,
) -> QueryResult<Vec<GroupMember>> {
    use lecturer_group_memberships::dsl;
    let mut page = dsl::lecturer_group_memberships
        .filter(dsl::tenant_id.eq(tx.tenant))
        .filter(dsl::group_id.eq(filter.group))
        .select(GroupMember::as_select())
        .into_boxed();
    if let Some(on) = filter.on {
        let lasts = dsl::valid_to.is_null().or(dsl::valid_to.assume_not_null().gt(on));
        page = page.filter(dsl::valid_from.le(on)).filter(lasts);
    }
    if let Some(visible) = filter.visible {
        page = page.filter(dsl::employee_id.eq_any(visible));
    }
    if let Some(after) = after {
        page = page.filter(dsl::id.gt(after));
    }
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

pub async fn delete_member(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<usize> {
    use lecturer_group_memberships::dsl;
    diesel::delete(lecturer_group_memberships::table.filter(dsl::tenant_id.eq(tx.tenant)).filter(dsl::id.eq(id)))
        .execute(tx.conn)
        .await
}
