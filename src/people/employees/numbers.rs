//! Numbers that people no longer have, and numbers of people who have left. Neither passes to somebody else silently.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel::sql_types::{Text, Uuid as SqlUuid};
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::former;
use super::model::Employee;
use crate::db::{collect_column, insert_set, set_row, statement};
use crate::journal::{Days, Tx};
use crate::kernel::text::{EmployeeNumber, Name};
use crate::people::Employment;
use crate::schema::{employees, former_employee_numbers};

set_row! {
    into former_employee_numbers;
    struct FormerNumber<'a> {
        tenant_id: Uuid,
        id: Uuid,
        employee_id: Uuid,
        employee_number: &'a str,
        given_up_at: DateTime<Utc>,
    }
}

/// Keeps the numbers and addresses that people give up in these changes (before, after). The number is in every snapshot that has the
/// person.
pub async fn keep_former(tx: &mut Tx<'_>, changes: &[(&Employee, &Employee)]) -> QueryResult<()> {
    let given_up = changes.iter().filter(|(before, after)| before.employee_number != after.employee_number);
    let (mut rows, mut days) = (Vec::new(), Vec::new());
    for (before, _) in given_up {
        days.push(Days::all(before.id));
        let Some(number) = &before.employee_number else { continue };
        let (tenant_id, id, employee_id, given_up_at) = (tx.tenant, tx.id(), before.id, tx.now);
        rows.push(FormerNumber { tenant_id, id, employee_id, employee_number: number, given_up_at });
    }
    insert_set(tx.conn, &rows).await?;
    former::keep_mails(tx, changes).await?;
    tx.touch_days(&days).await
}

/// Who has these numbers.
pub async fn find_present(tx: &mut Tx<'_>, numbers: &[EmployeeNumber]) -> QueryResult<BTreeMap<EmployeeNumber, Uuid>> {
    let found: Vec<(EmployeeNumber, Uuid)> = employees::table
        .filter(employees::tenant_id.eq(tx.tenant))
        .filter(employees::employee_number.eq_any(numbers))
        .select((employees::employee_number.assume_not_null(), employees::id))
        .load(tx.conn)
        .await?;
    Ok(found.into_iter().collect())
}

/// Who has this number or, if nobody has it now, had it last.
pub async fn find_holder(tx: &mut Tx<'_>, number: &EmployeeNumber) -> QueryResult<Option<Uuid>> {
    let asked = std::slice::from_ref(number);
    if let Some(present) = find_present(tx, asked).await?.remove(number) {
        return Ok(Some(present));
    }
    Ok(find_former(tx, asked).await?.remove(number))
}

/// The holder of the number by which a list is narrowed, if it is.
pub async fn holders(tx: &mut Tx<'_>, number: Option<&EmployeeNumber>) -> QueryResult<Option<Vec<Uuid>>> {
    let Some(number) = number else { return Ok(None) };
    Ok(Some(find_holder(tx, number).await?.into_iter().collect()))
}

/// Who had these numbers last, of those who no longer have them.
pub async fn find_former(tx: &mut Tx<'_>, numbers: &[EmployeeNumber]) -> QueryResult<BTreeMap<EmployeeNumber, Uuid>> {
    use former_employee_numbers::dsl;
    let rows: Vec<(EmployeeNumber, Uuid)> = dsl::former_employee_numbers
        .filter(dsl::tenant_id.eq(tx.tenant))
        .filter(dsl::employee_number.eq_any(numbers))
        .order((dsl::given_up_at, dsl::id))
        .select((dsl::employee_number, dsl::employee_id))
        .load(tx.conn)
        .await?;
    Ok(rows.into_iter().collect())
}

/// People without a number, each with the latest of their former ones that nobody has and nobody else had after them: files find them
/// by it.
pub async fn unnumbered(tx: &mut Tx<'_>) -> QueryResult<Vec<(Uuid, EmployeeNumber)>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
        #[diesel(sql_type = Text)]
        employee_number: EmployeeNumber,
    }
    let rows: Vec<Row> = statement(
        "SELECT DISTINCT ON (e.id) e.id, f.employee_number
           FROM former_employee_numbers f
           JOIN employees e
             ON e.tenant_id = :tenant AND e.id = f.employee_id AND e.employee_number IS NULL AND e.merged_into_id IS NULL
          WHERE f.tenant_id = :tenant
            AND NOT EXISTS (SELECT FROM employees o
                             WHERE o.tenant_id = :tenant AND o.employee_number = f.employee_number)
            AND NOT EXISTS (SELECT FROM former_employee_numbers l
                             WHERE l.tenant_id = :tenant AND l.employee_number = f.employee_number
                               AND l.employee_id <> f.employee_id AND (l.given_up_at, l.id) > (f.given_up_at, f.id))
          ORDER BY e.id, f.given_up_at DESC, f.id DESC",
    )
    .bind("tenant", tx.tenant)
    .load(tx.conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.employee_number)).collect())
}

/// Gives these people their former numbers back, or takes them away again: within a transaction, files find people by numbers alone.
pub async fn lend(tx: &mut Tx<'_>, numbers: &[(Uuid, EmployeeNumber)], back: bool) -> QueryResult<usize> {
    if numbers.is_empty() {
        return Ok(0);
    }
    statement(
        "UPDATE employees e SET employee_number = CASE WHEN NOT :back THEN u.employee_number END
           FROM unnest(:people, :numbers) AS u (id, employee_number)
          WHERE e.tenant_id = :tenant AND e.id = u.id
            AND CASE WHEN :back THEN e.employee_number = u.employee_number ELSE e.employee_number IS NULL END",
    )
    .bind("tenant", tx.tenant)
    .bind("people", collect_column(numbers, |(person, _)| *person))
    .bind("numbers", collect_column(numbers, |(_, number)| number.clone()))
    .bind("back", back)
    .execute(tx.conn)
    .await
}

/// The former numbers of these people, latest first.
pub async fn former_of(tx: &mut Tx<'_>, people: &[Uuid]) -> QueryResult<BTreeMap<Uuid, Vec<EmployeeNumber>>> {
    use former_employee_numbers::dsl;
    let rows: Vec<(Uuid, EmployeeNumber)> = dsl::former_employee_numbers
        .filter(dsl::tenant_id.eq(tx.tenant))
        .filter(dsl::employee_id.eq_any(people))
        .order((dsl::given_up_at.desc(), dsl::id.desc()))
        .select((dsl::employee_id, dsl::employee_number))
        .load(tx.conn)
        .await?;
    let mut all: BTreeMap<Uuid, Vec<EmployeeNumber>> = BTreeMap::new();
    for (person, number) in rows {
        let numbers = all.entry(person).or_default();
        if !numbers.contains(&number) {
            numbers.push(number);
        }
    }
    Ok(all)
}

/// Takes the numbers of these people away and keeps them as former ones. Their rows are locked.
pub async fn release(tx: &mut Tx<'_>, people: &[Employee]) -> QueryResult<()> {
    if people.is_empty() {
        return Ok(());
    }
    let ids: Vec<Uuid> = people.iter().map(|person| person.id).collect();
    diesel::update(employees::table.filter(employees::tenant_id.eq(tx.tenant)).filter(employees::id.eq_any(ids)))
        .set((
            employees::employee_number.eq(None::<EmployeeNumber>),
            employees::updated_at.eq(tx.now),
            employees::version.eq(employees::version + 1),
        ))
        .execute(tx.conn)
        .await?;
    let after: Vec<Employee> =
        people.iter().map(|person| Employee { employee_number: None, ..person.clone() }).collect();
    keep_former(tx, &people.iter().zip(&after).collect::<Vec<_>>()).await
}

/// A person to whom a number belongs or belonged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NumberHolder {
    pub name: Name,
    /// The latest employment.
    pub employment: Employment,
    /// Whether the person has another number now, or none.
    pub is_former: bool,
}

impl NumberHolder {
    /// Whether it is open if a row with this name and first day is about the person. It is not if the person works here under the
    /// number, has the same name, or was hired on that very day.
    #[must_use]
    pub fn is_in_question(&self, name: &Name, hired_on: Option<NaiveDate>, today: NaiveDate) -> bool {
        let restates = hired_on.is_some() && hired_on == self.employment.hired_on && !self.is_former;
        *name != self.name && !restates && self.may_be_another(hired_on, today)
    }

    /// Whether the number may have been given to another person: its holder has left, leaves before that first day, or has another
    /// number.
    #[must_use]
    pub fn may_be_another(&self, hired_on: Option<NaiveDate>, today: NaiveDate) -> bool {
        let day = hired_on.map_or(today, |hired| hired.max(today));
        self.is_former || self.employment.left_on.is_some_and(|left| left.day() < day)
    }
}
