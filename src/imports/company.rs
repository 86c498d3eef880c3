//! What the company has already, as far as the files of an import may touch it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use chrono::NaiveDate;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::index::{EmployeeDates, Known, Reference};
use super::layout::FileKind;
use super::stored::{Appointment, Career, Span};
use crate::error::Result;
use crate::journal::Tx;
use crate::people::import_store::ExternalId;
use crate::schema::{
    department_memberships, departments, employee_external_ids, employees, lecturer_group_memberships, lecturer_groups,
    lecturer_levels, lecturers, programme_groups, programmes,
};

/// The company as it was when the import was judged.
#[derive(Debug, Default)]
pub struct Company {
    pub(super) programmes: HashMap<String, ProgrammeFacts>,
    /// Every department with its parent.
    pub(super) departments: HashMap<String, Option<String>>,
    pub(super) groups: HashSet<String>,
    pub(super) employees: HashMap<String, EmployeeDates>,
    /// Who has an external id; the empty number stands for those who have none.
    pub(super) owners: HashMap<ExternalId, String>,
    pub(super) memberships: HashMap<String, Vec<Span>>,
    pub(super) careers: HashMap<String, Career>,
}

/// What sessions are checked against.
#[derive(Debug, Default)]
pub(super) struct ProgrammeFacts {
    pub scale: u32,
    pub groups: BTreeSet<String>,
}

impl Known for Company {
    fn holds(&self, reference: Reference, key: &str) -> bool {
        match reference {
            Reference::Programme => self.programmes.contains_key(key),
            Reference::Department => self.departments.contains_key(key),
            Reference::Employee => self.employees.contains_key(key),
            Reference::LecturerGroup => self.groups.contains(key),
            // Their codes are the import's own.
            Reference::Session | Reference::Content => false,
        }
    }

    fn scale(&self, programme: &str) -> Option<u32> {
        self.programmes.get(programme).map(|facts| facts.scale)
    }

    fn has_group(&self, programme: &str, group: &str) -> bool {
        self.programmes.get(programme).is_none_or(|facts| facts.groups.contains(group))
    }

    fn parent(&self, department: &str) -> Option<&str> {
        self.departments.get(department)?.as_deref()
    }

    fn employee(&self, number: &str) -> EmployeeDates {
        self.employees.get(number).copied().unwrap_or_default()
    }

    fn is_anothers(&self, id: &ExternalId, number: &str) -> bool {
        self.owners.get(id).is_some_and(|owner| owner != number)
    }

    fn memberships(&self, number: &str) -> &[Span] {
        self.memberships.get(number).map(Vec::as_slice).unwrap_or_default()
    }

    fn career(&self, number: &str) -> Career {
        self.careers.get(number).cloned().unwrap_or_default()
    }
}

impl Company {
    /// Reads what these files may touch: codes and numbers always, dated facts only where a file brings such.
    pub async fn load(tx: &mut Tx<'_>, kinds: &BTreeSet<FileKind>) -> Result<Self> {
        let mut company = Self::default();
        company.load_programmes(tx).await?;
        company.load_departments(tx).await?;
        company.load_employees(tx).await?;
        if kinds.contains(&FileKind::Employees) {
            company.load_external_ids(tx).await?;
            company.load_memberships(tx).await?;
        }
        if kinds.contains(&FileKind::Lecturers) {
            company.load_careers(tx).await?;
        }
        Ok(company)
    }

    async fn load_programmes(&mut self, tx: &mut Tx<'_>) -> QueryResult<()> {
        let scales = programmes::table.filter(programmes::tenant_id.eq(tx.tenant));
        let scales: Vec<(String, i32)> =
            scales.select((programmes::code, programmes::feedback_scale)).load(tx.conn).await?;
        for (code, scale) in scales {
            let scale = u32::try_from(scale).unwrap_or_default();
            self.programmes.insert(code, ProgrammeFacts { scale, groups: BTreeSet::new() });
        }
        let codes = lecturer_groups::table.filter(lecturer_groups::tenant_id.eq(tx.tenant));
        self.groups = codes.select(lecturer_groups::code).load::<String>(tx.conn).await?.into_iter().collect();
        let pairs: Vec<(String, String)> = programme_groups::table
            .inner_join(
                programmes::table.on(programmes::tenant_id
                    .eq(programme_groups::tenant_id)
                    .and(programmes::id.eq(programme_groups::programme_id))),
            )
            .inner_join(
                lecturer_groups::table.on(lecturer_groups::tenant_id
                    .eq(programme_groups::tenant_id)
                    .and(lecturer_groups::id.eq(programme_groups::group_id))),
            )
            .filter(programme_groups::tenant_id.eq(tx.tenant))
            .select((programmes::code, lecturer_groups::code))
            .load(tx.conn)
            .await?;
        for (programme, group) in pairs {
            self.programmes.entry(programme).or_default().groups.insert(group);
        }
        Ok(())
    }

    async fn load_departments(&mut self, tx: &mut Tx<'_>) -> QueryResult<()> {
        let rows: Vec<(Uuid, String, Option<Uuid>)> = departments::table
            .filter(departments::tenant_id.eq(tx.tenant))
            .select((departments::id, departments::code, departments::parent_id))
            .load(tx.conn)
            .await?;
        let codes: HashMap<Uuid, &String> = rows.iter().map(|(id, code, _)| (*id, code)).collect();
        let parent = |id: &Option<Uuid>| id.and_then(|id| codes.get(&id).map(|code| (*code).clone()));
        self.departments = rows.iter().map(|(_, code, above)| (code.clone(), parent(above))).collect();
        Ok(())
    }

    async fn load_employees(&mut self, tx: &mut Tx<'_>) -> QueryResult<()> {
        let rows: Vec<(String, Option<NaiveDate>, Option<NaiveDate>)> = employees::table
            .filter(employees::tenant_id.eq(tx.tenant))
            .filter(employees::employee_number.is_not_null())
            .select((employees::employee_number.assume_not_null(), employees::hired_on, employees::left_on))
            .load(tx.conn)
            .await?;
        let dates = |(number, hired_on, left_on)| (number, EmployeeDates { hired_on, left_on });
        self.employees = rows.into_iter().map(dates).collect();
        Ok(())
    }

    async fn load_external_ids(&mut self, tx: &mut Tx<'_>) -> QueryResult<()> {
        use employee_external_ids as external;
        let rows: Vec<(String, String, String, Option<String>)> = external::table
            .inner_join(
                employees::table
                    .on(employees::tenant_id.eq(external::tenant_id).and(employees::id.eq(external::employee_id))),
            )
            .filter(external::tenant_id.eq(tx.tenant))
            .select((external::system, external::kind, external::value, employees::employee_number))
            .load(tx.conn)
            .await?;
        let owner = |(system, kind, value, number): (_, _, _, Option<String>)| {
            (ExternalId { system, kind, value }, number.unwrap_or_default())
        };
        self.owners = rows.into_iter().map(owner).collect();
        Ok(())
    }

    async fn load_memberships(&mut self, tx: &mut Tx<'_>) -> QueryResult<()> {
        use department_memberships as memberships;
        let rows: Vec<(Option<String>, String, NaiveDate, Option<NaiveDate>)> = memberships::table
            .inner_join(
                employees::table.on(employees::tenant_id
                    .eq(memberships::tenant_id)
                    .and(employees::id.eq(memberships::employee_id))),
            )
            .inner_join(departments::table.on(
                departments::tenant_id.eq(memberships::tenant_id).and(departments::id.eq(memberships::department_id)),
            ))
            .filter(memberships::tenant_id.eq(tx.tenant))
            .select((employees::employee_number, departments::code, memberships::valid_from, memberships::valid_to))
            .load(tx.conn)
            .await?;
        for (number, code, from, to) in rows {
            let Some(number) = number else { continue };
            self.memberships.entry(number).or_default().push(Span { code, from, to });
        }
        Ok(())
    }

    async fn load_careers(&mut self, tx: &mut Tx<'_>) -> QueryResult<()> {
        let rows: Vec<(Uuid, Option<String>, NaiveDate, Option<NaiveDate>)> = lecturers::table
            .inner_join(
                employees::table
                    .on(employees::tenant_id.eq(lecturers::tenant_id).and(employees::id.eq(lecturers::employee_id))),
            )
            .filter(lecturers::tenant_id.eq(tx.tenant))
            .select((lecturers::id, employees::employee_number, lecturers::appointed_on, lecturers::ended_on))
            .load(tx.conn)
            .await?;
        let levels: Vec<(Uuid, String)> = lecturer_levels::table
            .filter(lecturer_levels::tenant_id.eq(tx.tenant))
            .order(lecturer_levels::valid_from)
            .select((lecturer_levels::lecturer_id, lecturer_levels::level))
            .load(tx.conn)
            .await?;
        let mut of: BTreeMap<Uuid, Vec<String>> = BTreeMap::new();
        for (lecturer, level) in levels {
            of.entry(lecturer).or_default().push(level);
        }
        for (id, number, from, to) in rows {
            let Some(number) = number else { continue };
            let levels = of.remove(&id).unwrap_or_default();
            let career = self.careers.entry(number).or_default();
            career.appointments.push(Appointment { from, to, levels });
        }
        self.load_group_memberships(tx).await
    }

    async fn load_group_memberships(&mut self, tx: &mut Tx<'_>) -> QueryResult<()> {
        use lecturer_group_memberships as memberships;
        let rows: Vec<(Option<String>, String, NaiveDate, Option<NaiveDate>)> = memberships::table
            .inner_join(
                employees::table.on(employees::tenant_id
                    .eq(memberships::tenant_id)
                    .and(employees::id.eq(memberships::employee_id))),
            )
            .inner_join(
                lecturer_groups::table.on(lecturer_groups::tenant_id
                    .eq(memberships::tenant_id)
                    .and(lecturer_groups::id.eq(memberships::group_id))),
            )
            .filter(memberships::tenant_id.eq(tx.tenant))
            .select((employees::employee_number, lecturer_groups::code, memberships::valid_from, memberships::valid_to))
            .load(tx.conn)
            .await?;
        for (number, code, from, to) in rows {
            let Some(number) = number else { continue };
            self.careers.entry(number).or_default().groups.push(Span { code, from, to });
        }
        Ok(())
    }
}
