//! Statements on access changes.

use std::collections::BTreeMap;

use diesel::dsl::{AsSelect, IntoBoxed, Select};
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::sql_types::{Jsonb, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde::Deserialize;
use serde_json::Value;
use utoipa::IntoParams;
use uuid::Uuid;
use validator::Validate;

use super::change::{AccessChange, AccessChangeState, AccessField, NewAccessChange, WaitingChange};
use crate::auth::Identity;
use crate::db::{concat, narrow, row_queries, statement};
use crate::journal::Tx;
use crate::kernel::text::EmployeeNumber;
use crate::schema::access_changes;

row_queries!(AccessChange, access_changes, insert(NewAccessChange), find, find_for_update = find(for_update));

/// Filters for access changes.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListAccessChangesQuery {
    /// Only those in this state.
    pub state: Option<AccessChangeState>,
    /// Only those about this employee.
    pub employee_id: Option<Uuid>,
    /// Only those about the employee with this number in the HR system. If nobody has it now, about the one who had it last.
    #[validate(nested)]
    pub employee_number: Option<EmployeeNumber>,
    /// Only those of this field.
    pub field: Option<AccessField>,
}

/// Newest first, after the change `after`. If a number was asked for, `holder` is who has it, if anybody.
pub async fn list_page(
    tx: &mut Tx<'_>,
    query: &ListAccessChangesQuery,
    holder: Option<&[Uuid]>,
    after: Option<Uuid>,
    fetch: i64,
) -> QueryResult<Vec<AccessChange>> {
    let own = access_changes::table.filter(access_changes::tenant_id.eq(tx.tenant));
    let mut page = own.select(AccessChange::as_select()).into_boxed();
    narrow!(page; access_changes {
        state = query.state,
        employee_id = query.employee_id,
        employee_id in holder,
        field = query.field,
        id < after,
    });
    page.order(access_changes::id.desc()).limit(fetch).load(tx.conn).await
}

/// Makes those who propose a change of the same targets wait for each other until the commit: the later one sees what waits.
pub async fn lock(tx: &mut Tx<'_>, mut targets: Vec<String>) -> QueryResult<()> {
    if targets.is_empty() {
        return Ok(());
    }
    // In one order, so that two sets of targets never wait for each other in a circle.
    targets.sort();
    let lock = "SELECT pg_advisory_xact_lock(hashtextextended(:tenant::text || what, 0)) FROM unnest(:targets) AS given (what)";
    tx.complete(statement(lock).bind("targets", targets)).execute(tx.conn).await?;
    Ok(())
}

/// Those that wait about these targets, by field and target.
pub async fn waiting(
    tx: &mut Tx<'_>,
    targets: Vec<String>,
) -> QueryResult<BTreeMap<(AccessField, String), AccessChange>> {
    let own = all_waiting(tx.tenant).filter(access_changes::target.eq_any(targets));
    let found: Vec<AccessChange> = own.load(tx.conn).await?;
    Ok(found.into_iter().map(|change| ((change.field, change.target.clone()), change)).collect())
}

/// The oldest that wait.
pub async fn first_waiting(tx: &mut Tx<'_>, limit: i64) -> QueryResult<Vec<AccessChange>> {
    all_waiting(tx.tenant).order(access_changes::id).limit(limit).load(tx.conn).await
}

/// Those that wait about this person, oldest first.
pub async fn waiting_for(tx: &mut Tx<'_>, employee: Uuid) -> QueryResult<Vec<AccessChange>> {
    let own = all_waiting(tx.tenant).filter(access_changes::employee_id.eq(employee));
    own.order(access_changes::id).load(tx.conn).await
}

/// The marks that people are to get once a second person has confirmed them: number, mail address, ids in other systems.
#[derive(Debug, QueryableByName)]
pub struct WaitingMark {
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    #[diesel(sql_type = Text)]
    pub field: AccessField,
    #[diesel(sql_type = Jsonb)]
    pub proposed: Value,
}

/// The start of a statement on what waits of people's marks. The words are in it, so that its index of what waits serves it.
const WAITING_MARKS: &str = "SELECT c.employee_id, c.field, c.proposed FROM access_changes c
  WHERE c.tenant_id = :tenant AND c.state = 'waiting' AND c.field IN ('employee_number', 'email', 'external_id')";

/// All marks that wait.
pub async fn waiting_marks(tx: &mut Tx<'_>) -> QueryResult<Vec<WaitingMark>> {
    const ALL: &str = concat!(WAITING_MARKS, " ORDER BY c.id");
    statement(ALL).bind("tenant", tx.tenant).load(tx.conn).await
}

/// Those of these marks (as proposals have them) that wait.
pub async fn waiting_of_marks(tx: &mut Tx<'_>, marks: &[Value]) -> QueryResult<Vec<WaitingMark>> {
    const ASKED: &str = concat!(
        WAITING_MARKS,
        " AND EXISTS (SELECT FROM unnest(:marks) AS asked (mark) WHERE c.proposed @> asked.mark::jsonb) ORDER BY c.id"
    );
    if marks.is_empty() {
        return Ok(Vec::new());
    }
    let marks: Vec<String> = marks.iter().map(Value::to_string).collect();
    statement(ASKED).bind("tenant", tx.tenant).bind("marks", marks).load(tx.conn).await
}

/// Those that wait about the columns of these people, by person.
pub async fn waiting_of(tx: &mut Tx<'_>, employees: &[Uuid]) -> QueryResult<BTreeMap<Uuid, Vec<WaitingChange>>> {
    let own = all_waiting(tx.tenant).filter(access_changes::employee_id.eq_any(employees));
    let found: Vec<AccessChange> = own.order(access_changes::id).load(tx.conn).await?;
    let mut people: BTreeMap<Uuid, Vec<WaitingChange>> = BTreeMap::new();
    for change in found.iter().filter(|change| change.field.is_of_employee()) {
        people.entry(change.employee_id).or_default().push(change.into());
    }
    Ok(people)
}

/// Those that wait about the appointments of these people, by the appointment's id: the first part of their target.
pub async fn waiting_appointments(
    tx: &mut Tx<'_>,
    employees: &[Uuid],
) -> QueryResult<BTreeMap<Uuid, Vec<WaitingChange>>> {
    let own = all_waiting(tx.tenant).filter(access_changes::employee_id.eq_any(employees));
    let found: Vec<AccessChange> = own.order(access_changes::id).load(tx.conn).await?;
    let mut appointments: BTreeMap<Uuid, Vec<WaitingChange>> = BTreeMap::new();
    for change in found.iter().filter(|change| change.field.is_of_lecturer()) {
        if let Some(id) = change.target.split('/').next().and_then(|id| id.parse().ok()) {
            appointments.entry(id).or_default().push(change.into());
        }
    }
    Ok(appointments)
}

/// Those that wait about the heads and places of these departments, by the department's id, oldest first.
pub async fn waiting_of_departments(
    tx: &mut Tx<'_>,
    departments: &[Uuid],
) -> QueryResult<BTreeMap<String, Vec<WaitingChange>>> {
    let targets: Vec<String> = departments.iter().map(Uuid::to_string).collect();
    let found: Vec<AccessChange> = all_waiting(tx.tenant)
        .filter(access_changes::field.eq_any([AccessField::DepartmentManager, AccessField::DepartmentParent]))
        .filter(access_changes::target.eq_any(targets))
        .order(access_changes::id)
        .load(tx.conn)
        .await?;
    let mut all: BTreeMap<String, Vec<WaitingChange>> = BTreeMap::new();
    for change in &found {
        all.entry(change.target.clone()).or_default().push(change.into());
    }
    Ok(all)
}

type Waiting = IntoBoxed<'static, Select<access_changes::table, AsSelect<AccessChange, Pg>>, Pg>;

/// Those of the tenant that wait.
fn all_waiting(tenant: Uuid) -> Waiting {
    let own = access_changes::table.select(AccessChange::as_select()).into_boxed();
    own.filter(access_changes::tenant_id.eq(tenant)).filter(access_changes::state.eq(AccessChangeState::Waiting))
}

/// How a change ends.
#[derive(Debug, Clone, Copy)]
pub struct Decision {
    pub state: AccessChangeState,
    pub by: Identity,
    /// Whether somebody confirms it whose own it is.
    pub self_approved: bool,
}

/// Ends a change that waits. None if it no longer waits.
pub async fn decide(tx: &mut Tx<'_>, id: Uuid, how: Decision) -> QueryResult<Option<AccessChange>> {
    let waiting = access_changes::table
        .filter(access_changes::tenant_id.eq(tx.tenant))
        .filter(access_changes::id.eq(id))
        .filter(access_changes::state.eq(AccessChangeState::Waiting));
    diesel::update(waiting)
        .set((
            access_changes::state.eq(how.state),
            access_changes::decided_kind.eq(how.by.kind().slug()),
            access_changes::decided_id.eq(how.by.id()),
            access_changes::decided_at.eq(tx.now),
            access_changes::self_approved.eq(how.self_approved),
            access_changes::updated_at.eq(tx.now),
            access_changes::version.eq(access_changes::version + 1),
        ))
        .returning(AccessChange::as_returning())
        .get_result(tx.conn)
        .await
        .optional()
}
