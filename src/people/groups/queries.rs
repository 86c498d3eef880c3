//! Statements on lecturer groups and their members.

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::Bool;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::dto::{CreateLecturerGroupRequest, LecturerGroupChange, ListLecturerGroupsQuery};
use super::model::{GroupMember, LecturerGroup};
use crate::db::{row_queries, statement};
use crate::http::{Listed, Paging};
use crate::journal::Tx;
use crate::schema::lecturer_group_memberships;

row_queries!(
    LecturerGroup,
    lecturer_groups,
    create(CreateLecturerGroupRequest),
    find,
    find_for_update = find(for_update),
    update(LecturerGroupChange),
    delete,
    list_page = list(by id; query: &ListLecturerGroupsQuery; code = &query.code),
);

row_queries!(
    GroupMember,
    lecturer_group_memberships,
    insert_member = insert(GroupMember),
    delete_member = delete,
    /// Those in the group on that day, or of all times. If employees are given, only those.
    list_members = list(
        by id; group: Uuid, on: Option<NaiveDate>, visible: Option<&[Uuid]>;
        group_id = Some(group), valid_from <= on, valid_to beyond on, employee_id in visible
    ),
);

/// Whether a published scoring rule scores the members of the group.
pub async fn is_scored(tx: &mut Tx<'_>, group: Uuid) -> QueryResult<bool> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Bool)]
        is_scored: bool,
    }
    const SCORED: &str = "
SELECT EXISTS (SELECT FROM scoring_rules r
                WHERE r.tenant_id = :tenant AND r.published_at IS NOT NULL
                  AND r.document -> 'groups' @> to_jsonb(:group::text)) AS is_scored";
    let row: Row = statement(SCORED).bind("tenant", tx.tenant).bind("group", group).get_result(tx.conn).await?;
    Ok(row.is_scored)
}

/// All memberships of these people.
pub async fn members_of_all(tx: &mut Tx<'_>, employees: &[Uuid]) -> QueryResult<Vec<GroupMember>> {
    use lecturer_group_memberships::dsl;
    dsl::lecturer_group_memberships
        .filter(dsl::tenant_id.eq(tx.tenant))
        .filter(dsl::employee_id.eq_any(employees))
        .order(dsl::id)
        .select(GroupMember::as_select())
        .load(tx.conn)
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

pub async fn end_member(tx: &mut Tx<'_>, id: Uuid, on: NaiveDate) -> QueryResult<GroupMember> {
    use lecturer_group_memberships::dsl;
    diesel::update(lecturer_group_memberships::table.filter(dsl::tenant_id.eq(tx.tenant)).filter(dsl::id.eq(id)))
        .set((dsl::valid_to.eq(on), dsl::updated_at.eq(tx.now), dsl::version.eq(dsl::version + 1)))
        .returning(GroupMember::as_returning())
        .get_result(tx.conn)
        .await
}
