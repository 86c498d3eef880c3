//! Who people are and which departments they belong to, for all other features.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::{collect_column, concat, statement};
use crate::error::{Error, Result};
use crate::journal::{Asking, Tx};
use crate::kernel::fault::{Fault, FaultCode};
use crate::kernel::message::data;
use crate::kernel::text::{EmployeeNumber, Name};
use crate::schema::{department_memberships, employees};

/// A person, as all responses name one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct EmployeeRef {
    pub id: Uuid,
    /// Number in the HR system. Null if the person has none yet.
    /// Example: E-1024
    pub employee_number: Option<EmployeeNumber>,
    /// Example: 王芳
    pub name: Name,
}

/// What rows refer to, by id, as responses name it.
#[derive(Debug)]
pub struct Refs<T>(BTreeMap<Uuid, T>);

pub type People = Refs<EmployeeRef>;

impl<T: Clone> Refs<T> {
    /// The target of a reference. A foreign key guarantees that it exists, so a missing one is an internal error.
    pub fn get(&self, id: Uuid) -> Result<T> {
        self.find(id).ok_or_else(|| Error::internal(format!("a row refers to {id}, which was not found")))
    }

    /// The target of an optional reference.
    pub fn maybe(&self, id: Option<Uuid>) -> Result<Option<T>> {
        id.map(|id| self.get(id)).transpose()
    }

    /// The target with this id, if it exists. For ids without a foreign key.
    #[must_use]
    pub fn find(&self, id: Uuid) -> Option<T> {
        self.0.get(&id).cloned()
    }

    /// All of them, ordered by id.
    #[must_use]
    pub fn into_values(self) -> Vec<T> {
        self.0.into_values().collect()
    }
}

impl<T> FromIterator<(Uuid, T)> for Refs<T> {
    fn from_iter<I: IntoIterator<Item = (Uuid, T)>>(found: I) -> Self {
        Self(found.into_iter().collect())
    }
}

/// The id of the person of a record, in SQL: of the record into which it was merged, if it was. The argument is a name of the record in
/// the statement. `CASE` and not `coalesce`: row security lets no index be searched by that, as if it might give something away.
macro_rules! person_of {
    ($record:literal) => {
        $crate::db::concat!(
            "CASE WHEN ",
            $record,
            ".merged_into_id IS NULL THEN ",
            $record,
            ".id ELSE ",
            $record,
            ".merged_into_id END"
        )
    };
}

/// The people with these ids, as responses name them. The id of a record that was merged into another stands for that one.
pub async fn employee_refs(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<People> {
    employee_refs_asked(tx.asking(), ids).await
}

/// The same as one of several questions.
pub async fn employee_refs_asked(mut asking: Asking<'_>, ids: &[Uuid]) -> QueryResult<People> {
    if ids.is_empty() {
        return Ok(Refs(BTreeMap::new()));
    }
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        record_id: Uuid,
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
        #[diesel(sql_type = Nullable<Text>)]
        employee_number: Option<EmployeeNumber>,
        #[diesel(sql_type = Text)]
        name: Name,
    }
    const FOUND: &str = concat!(
        "
SELECT r.id AS record_id, p.id, p.employee_number, p.name
  FROM unnest(:ids) AS asked (id)
 CROSS JOIN LATERAL (SELECT * FROM employees r WHERE r.tenant_id = :tenant AND r.id = asked.id OFFSET 0) r
 CROSS JOIN LATERAL (SELECT * FROM employees p
                      WHERE p.tenant_id = :tenant AND p.id = ",
        person_of!("r"),
        " OFFSET 0) p"
    );
    let found: Vec<Row> = asking.complete(statement(FOUND).bind("ids", ids)).load(&mut asking.conn).await?;
    let person =
        |Row { record_id, id, employee_number, name }: Row| (record_id, EmployeeRef { id, employee_number, name });
    Ok(found.into_iter().map(person).collect())
}

/// Those of these ids that are employees, for what is about to be written of them.
#[derive(Debug, Default)]
pub struct Existing {
    people: BTreeSet<Uuid>,
    merged: BTreeMap<Uuid, Uuid>,
}

impl Existing {
    /// Whether it is the record of a person. A record that was merged into another one takes nothing more.
    #[must_use]
    pub fn contains(&self, id: &Uuid) -> bool {
        self.people.contains(id)
    }

    /// The records of people.
    pub fn people(&self) -> impl Iterator<Item = &Uuid> {
        self.people.iter()
    }

    /// The record of the person under which to write: the one into which this one was merged, if it was.
    #[must_use]
    pub fn surviving(&self, id: Uuid) -> Uuid {
        self.merged.get(&id).copied().unwrap_or(id)
    }

    /// The fault of an id that is none of them.
    #[must_use]
    pub fn fault(&self, pointer: impl Into<String>, id: Uuid) -> Fault {
        match self.merged.get(&id) {
            Some(kept) => merged_record(pointer, *kept),
            None => Fault::new(pointer, FaultCode::NotFound),
        }
    }

    /// Refuses an id that is none of them.
    pub fn require(&self, pointer: &str, id: Uuid) -> std::result::Result<(), Fault> {
        if self.contains(&id) { Ok(()) } else { Err(self.fault(pointer, id)) }
    }
}

/// The fault of a record that was merged into another one.
pub fn merged_record(pointer: impl Into<String>, kept: Uuid) -> Fault {
    Fault::new(pointer, FaultCode::MergedRecord).with("kept", data(kept))
}

/// Refuses a record that was merged into another one, for what is about to be written of it. Unknown ids pass.
pub async fn refuse_merged(tx: &mut Tx<'_>, pointer: &str, id: Uuid) -> Result<()> {
    let known = existing_employees(tx, &[id]).await?;
    known.merged.get(&id).map_or(Ok(()), |kept| Err(merged_record(pointer, *kept).into()))
}

/// Looks up employees of whom something is about to be written. Until the commit, none of their records is merged into another one.
pub async fn existing_employees(tx: &mut Tx<'_>, ids: &[Uuid]) -> QueryResult<Existing> {
    hold_employees(tx.asking(), ids).await
}

/// The same, where it is asked together with other things.
pub async fn hold_employees(asking: Asking<'_>, ids: &[Uuid]) -> QueryResult<Existing> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
        #[diesel(sql_type = Nullable<SqlUuid>)]
        merged_into_id: Option<Uuid>,
    }
    let (mut conn, mut ids) = (asking.conn, ids.to_vec());
    ids.sort_unstable();
    // Each is looked up by its key, in this order, whatever the planner knows of the company.
    let found: Vec<Row> = statement(
        "SELECT e.id, e.merged_into_id
           FROM unnest(:ids) AS asked (id)
          CROSS JOIN LATERAL (SELECT e.id, e.merged_into_id FROM employees e
                               WHERE e.tenant_id = :tenant AND e.id = asked.id FOR KEY SHARE) e",
    )
    .bind("tenant", asking.tenant)
    .bind("ids", ids)
    .load(&mut conn)
    .await?;
    let mut existing = Existing::default();
    for Row { id, merged_into_id } in found {
        if let Some(kept) = merged_into_id {
            existing.merged.insert(id, kept);
        } else {
            existing.people.insert(id);
        }
    }
    Ok(existing)
}

/// Whether there is such a record, for a reader.
pub async fn is_employee(tx: &mut Tx<'_>, id: Uuid) -> QueryResult<bool> {
    let own = employees::table.filter(employees::tenant_id.eq(tx.tenant)).filter(employees::id.eq(id));
    diesel::select(diesel::dsl::exists(own)).get_result(tx.conn).await
}

/// All records of these people: these, and those that were merged into them.
pub async fn records_of_all(tx: &mut Tx<'_>, people: &[Uuid]) -> QueryResult<Vec<Uuid>> {
    employees::table
        .filter(employees::tenant_id.eq(tx.tenant))
        .filter(employees::id.eq_any(people).or(employees::merged_into_id.eq_any(people).assume_not_null()))
        .order(employees::id)
        .select(employees::id)
        .load(tx.conn)
        .await
}

/// All records of this person, for a filter. The id of a record that was merged into another one stands for that one. None if none is
/// asked for.
pub async fn records_of_one(tx: &mut Tx<'_>, person: Option<Uuid>) -> QueryResult<Option<Vec<Uuid>>> {
    let Some(asked) = person else { return Ok(None) };
    let person = merged_into(tx, &[asked]).await?.remove(&asked).unwrap_or(asked);
    Ok(Some(records_of_all(tx, &[person]).await?))
}

/// For those of these records that were merged, the records into which they were.
pub async fn merged_into(tx: &mut Tx<'_>, records: &[Uuid]) -> QueryResult<BTreeMap<Uuid, Uuid>> {
    let found: Vec<(Uuid, Uuid)> = employees::table
        .filter(employees::tenant_id.eq(tx.tenant))
        .filter(employees::id.eq_any(records))
        .filter(employees::merged_into_id.is_not_null())
        .select((employees::id, employees::merged_into_id.assume_not_null()))
        .load(tx.conn)
        .await?;
    Ok(found.into_iter().collect())
}

/// These departments and all departments below them, each once, ordered by id.
pub async fn departments_below(tx: &mut Tx<'_>, roots: &[Uuid]) -> QueryResult<Vec<Uuid>> {
    // UNION, not UNION ALL: a cycle in the data must not make the query endless.
    statement(
        "WITH RECURSIVE below (id) AS (
             SELECT d.id FROM departments d WHERE d.tenant_id = :tenant AND d.id = ANY (:roots)
             UNION
             SELECT d.id FROM departments d JOIN below b ON d.tenant_id = :tenant AND d.parent_id = b.id)
         SELECT id FROM below ORDER BY id",
    )
    .bind("tenant", tx.tenant)
    .bind("roots", roots)
    .load_ids(tx.conn)
    .await
}

/// The SQL condition that a dated membership is valid on a day. Both arguments are names in the statement.
macro_rules! holds_on {
    ($membership:literal, $day:literal) => {
        $crate::db::concat!(
            $membership,
            ".valid_from <= ",
            $day,
            " AND (",
            $membership,
            ".valid_to IS NULL OR ",
            $membership,
            ".valid_to > ",
            $day,
            ")"
        )
    };
}

/// The days on which an employee is employed, as a multirange in SQL. The argument is a name of the row in the statement.
macro_rules! employed_days {
    ($employee:literal) => {
        $crate::db::concat!(
            "(datemultirange(daterange(",
            $employee,
            ".hired_on, ",
            $employee,
            ".left_on)) + coalesce((SELECT range_agg(daterange(p.valid_from, p.valid_to)) FROM earlier_employments p
                WHERE p.tenant_id = ",
            $employee,
            ".tenant_id AND p.employee_id = ",
            $employee,
            ".id), '{}'))"
        )
    };
}

/// The statement that locks employees until the commit, always in one order. The argument is an array of ids in SQL.
macro_rules! lock_employees {
    ($ids:literal) => {
        $crate::db::concat!(
            "SELECT e.id FROM employees e WHERE e.tenant_id = :tenant AND e.id = ANY (",
            $ids,
            ") ORDER BY e.id FOR NO KEY UPDATE"
        )
    };
}

pub(super) use holds_on;
pub(crate) use {employed_days, lock_employees, person_of};

/// The department of each of these employees on the given day, in the same order.
pub async fn departments_on(tx: &mut Tx<'_>, asked: &[(Uuid, NaiveDate)]) -> QueryResult<Vec<Option<Uuid>>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Nullable<SqlUuid>)]
        department_id: Option<Uuid>,
    }
    let found: Vec<Row> = statement(concat!(
        "SELECT m.department_id
           FROM unnest(:employees, :days) WITH ORDINALITY AS asked (employee_id, day, place)
           LEFT JOIN department_memberships m
             ON m.tenant_id = :tenant AND m.employee_id = asked.employee_id AND ",
        holds_on!("m", "asked.day"),
        " ORDER BY asked.place"
    ))
    .bind("tenant", tx.tenant)
    .bind("employees", collect_column(asked, |(employee, _)| *employee))
    .bind("days", collect_column(asked, |(_, day)| *day))
    .load(tx.conn)
    .await?;
    Ok(found.into_iter().map(|row| row.department_id).collect())
}

/// The memberships that are valid on that day.
#[diesel::dsl::auto_type]
pub(super) fn holding_on(on: NaiveDate) -> _ {
    department_memberships::valid_from
        .le(on)
        .and(department_memberships::valid_to.is_null().or(department_memberships::valid_to.assume_not_null().gt(on)))
}
