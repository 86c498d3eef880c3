//! Operations on lecturer groups.

use serde_json::json;
use uuid::Uuid;

use super::dto::{
    AddGroupMemberRequest, CreateLecturerGroupRequest, EndGroupMemberRequest, GroupMemberResponse, LecturerGroupChange,
    LecturerGroupResponse,
};
use super::model::{GroupMember, LecturerGroup};
use super::queries;
use crate::auth::rights::PeopleRead;
use crate::db::{Constraint as _, id_of_code};
use crate::error::{Error, Result, only};
use crate::http::Precondition;
use crate::journal::{Days, Record, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::last_day::LastDay;
use crate::kernel::phrases::{Condition, Thing};
use crate::people::timeline::{Stretch, outside};
use crate::people::{employee_refs, refuse_merged, unemployed, visible};
use crate::sign_in::Merge;

fn taken() -> Error {
    Error::already_exists(Thing::LecturerGroup)
}

pub async fn create(tx: &mut Tx<'_>, request: CreateLecturerGroupRequest) -> Result<LecturerGroupResponse> {
    Thing::LecturerGroup.refuse_code(&request.code, id_of_code!(tx, lecturer_groups, &request.code, Uuid::nil()))?;
    let created = queries::create(tx, &request).await.on_constraint("lecturer_groups_code_key", taken)?;
    let record = Record::told("create_lecturer_group", "lecturer_group.created", "lecturer_group", created.id);
    tx.record(record.fields(["code", "name", "description"]).details(json!({"code": created.code})));
    Ok(LecturerGroupResponse::new(created))
}

async fn lock(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<LecturerGroup> {
    precondition.admit(Thing::LecturerGroup, queries::find_for_update(tx, id).await?, |group| group.version)
}

pub async fn update(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: Precondition,
    change: LecturerGroupChange,
    faults: Faults,
) -> Result<LecturerGroupResponse> {
    lock(tx, id, &precondition).await?;
    let holder = match &change.code {
        Some(code) => Thing::LecturerGroup.refuse_code(code, id_of_code!(tx, lecturer_groups, code, id)),
        None => Ok(()),
    };
    faults.and(holder)?;
    let updated = queries::update(tx, id, &change).await;
    let updated = updated.on_constraint("lecturer_groups_code_key", taken)?;
    let record = Record::told("update_lecturer_group", "lecturer_group.updated", "lecturer_group", id);
    tx.record(record.fields(change.fields()));
    Ok(LecturerGroupResponse::new(updated))
}

/// Deletes a group to which nothing refers.
pub async fn delete(tx: &mut Tx<'_>, id: Uuid, precondition: Precondition) -> Result<()> {
    let present = lock(tx, id, &precondition).await?;
    let in_use = || Error::state(Thing::LecturerGroup, Condition::InUse, Condition::Unused);
    let is_scored = queries::is_scored(tx, id).await?;
    Thing::LecturerGroup.refuse_if(is_scored, Condition::InUse, Condition::Unused)?;
    queries::delete(tx, id)
        .await
        .on_constraint("lecturer_group_memberships_group_fkey", in_use)
        .on_constraint("lecturer_group_organisers_group_fkey", in_use)
        .on_constraint("programme_groups_group_fkey", in_use)
        .on_constraint("sessions_group_fkey", in_use)?;
    let record = Record::told("delete_lecturer_group", "lecturer_group.deleted", "lecturer_group", id);
    tx.record(record.details(json!({"code": present.code})));
    Ok(())
}

/// Groups are not secret: everyone who may read people sees all groups, but only the members that the right covers.
pub async fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<LecturerGroupResponse> {
    Ok(LecturerGroupResponse::new(Thing::LecturerGroup.require(queries::find(tx, id).await?)?))
}

pub async fn add_member(
    tx: &mut Tx<'_>,
    group: Uuid,
    request: AddGroupMemberRequest,
    mut faults: Faults,
) -> Result<GroupMemberResponse> {
    get(tx, group).await?;
    refuse_merged(tx, "/employee_id", request.employee_id).await?;
    if request.ended_on.is_some_and(|ended| ended.day() < request.starts_on) {
        faults.push(Fault::ends_before_start("/ended_on", "starts_on", request.starts_on));
    }
    let asked = [("/starts_on".to_owned(), request.employee_id, request.starts_on)];
    unemployed(tx, &asked).await?.into_iter().for_each(|fault| faults.push(fault));
    faults.check()?;
    let member = GroupMember {
        tenant_id: tx.tenant,
        id: tx.id(),
        employee_id: request.employee_id,
        group_id: group,
        valid_from: request.starts_on,
        valid_to: request.ended_on.map(LastDay::day_after),
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    };
    let added = queries::insert_member(tx, &member)
        .await
        .on_constraint("lecturer_group_memberships_employee_fkey", || Error::fault("/employee_id", FaultCode::NotFound))
        .on_constraint("lecturer_group_memberships_group_fkey", || Error::not_found(Thing::LecturerGroup))
        .on_constraint("lecturer_group_memberships_employee_excl", || {
            Error::fault("/starts_on", FaultCode::Overlaps)
        })?;
    tx.touch_days(&[Days { employee: added.employee_id, first: Some(added.valid_from), end: added.valid_to }]).await?;
    record(tx, "add_group_member", "lecturer_group.member_added", &added);
    render(tx, added).await
}

/// The memberships of the record that is given up fill the days on which the kept one is not in the group.
pub async fn take_over(tx: &mut Tx<'_>, merge: Merge) -> Result<()> {
    let rows = queries::members_of_all(tx, &[merge.kept, merge.duplicate]).await?;
    let (own, others): (Vec<GroupMember>, Vec<GroupMember>) =
        rows.into_iter().partition(|row| row.employee_id == merge.kept);
    for member in others {
        queries::delete_member(tx, member.id).await?;
        let taken = own.iter().filter(|row| row.group_id == member.group_id).map(|row| (row.valid_from, row.valid_to));
        let taken: Vec<Stretch> = taken.collect();
        for (valid_from, valid_to) in outside((member.valid_from, member.valid_to), &taken) {
            let (id, employee_id, updated_at) = (tx.id(), merge.kept, tx.now);
            let part = GroupMember { id, employee_id, valid_from, valid_to, updated_at, ..member.clone() };
            queries::insert_member(tx, &part).await?;
        }
    }
    Ok(())
}

async fn lock_member(tx: &mut Tx<'_>, group: Uuid, id: Uuid, precondition: &Precondition) -> Result<GroupMember> {
    let found = queries::find_member_for_update(tx, group, id).await?;
    precondition.admit(Thing::Member, found, |member| member.version)
}

pub async fn end_member(
    tx: &mut Tx<'_>,
    group: Uuid,
    id: Uuid,
    precondition: Precondition,
    request: EndGroupMemberRequest,
) -> Result<GroupMemberResponse> {
    let present = lock_member(tx, group, id, &precondition).await?;
    Thing::Membership.refuse_if(present.valid_to.is_some(), Condition::Ended, Condition::WithoutEnd)?;
    let end = request.ended_on.day_after();
    if end <= present.valid_from {
        return Err(Fault::ends_before_start("/ended_on", "starts_on", present.valid_from).into());
    }
    let ended = queries::end_member(tx, id, end).await?;
    tx.touch_days(&[Days::between(ended.employee_id, present.valid_to, ended.valid_to)]).await?;
    record(tx, "end_group_member", "lecturer_group.member_ended", &ended);
    render(tx, ended).await
}

pub async fn delete_member(
    tx: &mut Tx<'_>,
    group: Uuid,
    id: Uuid,
    precondition: Precondition,
) -> Result<GroupMemberResponse> {
    let present = lock_member(tx, group, id, &precondition).await?;
    tx.touch_days(&[Days { employee: present.employee_id, first: Some(present.valid_from), end: present.valid_to }])
        .await?;
    queries::delete_member(tx, id).await?;
    record(tx, "delete_group_member", "lecturer_group.member_deleted", &present);
    render(tx, present).await
}

/// Records what happened to a member, in the operation log and the outbox.
fn record(tx: &mut Tx<'_>, command: &'static str, topic: &'static str, member: &GroupMember) {
    let details = json!({
        "member_id": member.id,
        "employee_id": member.employee_id,
        "starts_on": member.valid_from,
        "ended_on": member.valid_to.map(LastDay::before),
    });
    tx.record(Record::told(command, topic, "lecturer_group", member.group_id).fields(["members"]).details(details));
}

pub async fn get_member(tx: &mut Tx<'_>, group: Uuid, id: Uuid) -> Result<GroupMemberResponse> {
    let visible = visible::<PeopleRead>(tx).await?;
    let found = queries::find_member(tx, group, id).await?;
    let seen = Thing::Member.require(found.filter(|member| visible.includes(member.employee_id)))?;
    render(tx, seen).await
}

/// The members as responses show them, in the same order.
pub async fn render_all(tx: &mut Tx<'_>, members: Vec<GroupMember>) -> Result<Vec<GroupMemberResponse>> {
    let ids: Vec<Uuid> = members.iter().map(|member| member.employee_id).collect();
    let people = employee_refs(tx, &ids).await?;
    let whole = |member: GroupMember| {
        let employee = people.get(member.employee_id)?;
        Ok(GroupMemberResponse::new(member, employee))
    };
    members.into_iter().map(whole).collect()
}

async fn render(tx: &mut Tx<'_>, member: GroupMember) -> Result<GroupMemberResponse> {
    only(render_all(tx, vec![member]).await?)
}
