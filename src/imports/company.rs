//! What the company already has, as far as the files of an import may affect it.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::index::{Known, Reference};
use super::layout::FileKind;
use super::numbers::{Numbers, Question};
use super::stored::{Appointment, Career, Span};
use crate::error::Result;
use crate::journal::Tx;
use crate::kernel::last_day::LastDay;
use crate::kernel::period::{Cycle, Period};
use crate::kernel::text::{EmployeeNumber, Label, MailAddress, Name, OutsideCode};
use crate::names::declared_levels;
use crate::people::import_store::ExternalId;
use crate::people::{Employment, PaidDays, count_merged, paid_days, today, unnumbered};
use crate::programmes::{FeedbackForm, FeedbackMode, Forms, feedback_forms};
use crate::schema::{
    department_memberships, departments, earlier_employments, employees, lecturer_group_memberships, lecturer_groups,
    lecturer_levels, lecturers, programme_groups, programmes,
};

/// The company at the time when the import was checked.
#[derive(Debug, Default)]
pub struct Company {
    pub(super) programmes: HashMap<String, ProgrammeFacts>,
    /// Every department with its parent.
    pub(super) departments: HashMap<OutsideCode, Option<OutsideCode>>,
    pub(super) groups: HashSet<OutsideCode>,
    /// Everybody with the latest employment.
    pub(super) employees: HashMap<EmployeeNumber, Employment>,
    /// The employments before it.
    pub(super) earlier: HashMap<EmployeeNumber, Vec<Employment>>,
    /// Who has an external id. None: a person without a number.
    pub(super) owners: HashMap<ExternalId, Option<EmployeeNumber>>,
    /// The staff with an address, without those who have left. None: a person without a number.
    pub(super) mails: HashMap<MailAddress, Vec<(Option<EmployeeNumber>, Employment)>>,
    pub(super) numbers: Numbers,
    /// The instant at which the import was checked.
    pub(super) now: Option<DateTime<Utc>>,
    /// How many records had been merged into others by then.
    pub(super) merged: i64,
    /// The company's day.
    pub(super) today: Option<NaiveDate>,
    pub(super) memberships: HashMap<EmployeeNumber, Vec<Span>>,
    pub(super) careers: HashMap<EmployeeNumber, Career>,
    /// The levels that the company has named.
    pub(super) levels: Vec<String>,
}

/// The facts of a programme that sessions are checked against.
#[derive(Debug, Default)]
pub(super) struct ProgrammeFacts {
    pub forms: Forms,
    pub groups: BTreeSet<OutsideCode>,
    /// The first day of the period in which live feedback begins.
    pub live_from: Option<NaiveDate>,
    pub is_anonymous: bool,
}

impl Known for Company {
    fn holds(&self, reference: Reference, key: &str) -> bool {
        match reference {
            Reference::Programme => self.programmes.contains_key(key),
            Reference::Department => self.departments.contains_key(key),
            Reference::Employee => self.employees.contains_key(key),
            Reference::LecturerGroup => self.groups.contains(key),
            // Their codes exist only in the import.
            Reference::Session | Reference::Content => false,
        }
    }

    fn form(&self, programme: &str, day: Option<NaiveDate>) -> Option<Arc<FeedbackForm>> {
        self.programmes.get(programme)?.forms.on(day)
    }

    fn live_from(&self, programme: &str) -> Option<NaiveDate> {
        self.programmes.get(programme)?.live_from
    }

    fn is_anonymous(&self, programme: &str) -> bool {
        self.programmes.get(programme).is_some_and(|programme| programme.is_anonymous)
    }

    fn unknown_level(&self, number: &str, level: &str) -> Option<&[String]> {
        let is_declared = self.levels.is_empty() || self.levels.iter().any(|own| own == level);
        let held = self.own(&self.careers, number).into_iter().flat_map(|career| &career.appointments);
        let mut held = held.flat_map(|appointment| &appointment.levels);
        (!is_declared && !held.any(|own| *own == level)).then_some(self.levels.as_slice())
    }

    fn has_group(&self, programme: &str, group: &str) -> bool {
        self.programmes.get(programme).is_none_or(|facts| facts.groups.contains(group))
    }

    fn parent(&self, department: &str) -> Option<&str> {
        self.departments.get(department)?.as_deref()
    }

    fn employment(&self, number: &str) -> Employment {
        self.employees.get(number).copied().filter(|_| !self.numbers.is_recycled(number)).unwrap_or_default()
    }

    fn earlier(&self, number: &str) -> &[Employment] {
        self.own(&self.earlier, number).map(Vec::as_slice).unwrap_or_default()
    }

    fn is_anothers(&self, id: &ExternalId, number: &str) -> bool {
        let is_own = |owner: Option<&str>| owner == Some(number) && !self.numbers.is_recycled(number);
        self.owners.get(id).is_some_and(|owner| !is_own(owner.as_deref()))
    }

    fn question(&self, number: &str, name: &Name, hired_on: Option<NaiveDate>) -> Question {
        self.numbers.question(number, name, hired_on)
    }

    fn awaited_by(&self, number: &str) -> Option<&Name> {
        self.numbers.awaited_by(number)
    }

    fn now(&self) -> Option<DateTime<Utc>> {
        self.now
    }

    fn today(&self) -> Option<NaiveDate> {
        self.today
    }

    fn recycle(&self, number: &EmployeeNumber) {
        self.numbers.recycle(number.clone());
    }

    fn current(&self, number: &EmployeeNumber) -> Option<EmployeeNumber> {
        self.numbers.current(number)
    }

    fn name_otherwise(&self, present: &EmployeeNumber) {
        self.numbers.name_otherwise(present.clone());
    }

    fn former_numbers(&self) -> Vec<(EmployeeNumber, EmployeeNumber)> {
        self.numbers.former()
    }

    fn owner(&self, id: &ExternalId) -> Option<&str> {
        self.owners.get(id)?.as_deref()
    }

    fn mail_holders(&self, mail: &MailAddress) -> &[(Option<EmployeeNumber>, Employment)] {
        self.mails.get(mail).map(Vec::as_slice).unwrap_or_default()
    }

    fn is_past(&self, left_on: Option<LastDay>) -> bool {
        left_on.zip(self.today).is_some_and(|(left, today)| left.day() < today)
    }

    fn memberships(&self, number: &str) -> &[Span] {
        self.own(&self.memberships, number).map(Vec::as_slice).unwrap_or_default()
    }

    fn career(&self, number: &str) -> Career {
        self.own(&self.careers, number).cloned().unwrap_or_default()
    }
}

/// The codes by id; for employees, their numbers.
pub(super) type Codes = HashMap<Uuid, OutsideCode>;

/// A stored dated fact: of which person, of what, from when, until when.
type Dated = (Uuid, Uuid, NaiveDate, Option<NaiveDate>);

/// The dated facts of people with a number.
fn spans<'c>(
    rows: Vec<Dated>,
    people: &'c Codes,
    codes: &'c Codes,
) -> impl Iterator<Item = (EmployeeNumber, Span)> + 'c {
    rows.into_iter().filter_map(|(person, of, from, to)| {
        Some((people.get(&person)?.clone(), Span { code: codes.get(&of)?.clone(), from, to }))
    })
}

impl Company {
    /// What is known of the person with the number, unless the files give it to another person.
    fn own<'c, T>(&self, all: &'c HashMap<EmployeeNumber, T>, number: &str) -> Option<&'c T> {
        all.get(number).filter(|_| !self.numbers.is_recycled(number))
    }

    /// Reads what these files may affect: always codes and numbers, dated facts only if a file contains some.
    pub async fn load(tx: &mut Tx<'_>, kinds: &BTreeSet<FileKind>) -> Result<Self> {
        let mut company = Self::default();
        let groups = company.load_programmes(tx).await?;
        let departments = company.load_departments(tx).await?;
        // They bear these numbers while the files are stored.
        let lent = unnumbered(tx).await?;
        let people = company.load_employees(tx, &lent).await?;
        let today = today(tx).await?;
        company.now = Some(tx.now);
        company.today = Some(today);
        company.merged = count_merged(tx).await?;
        company.numbers = Numbers::load(tx, today, &lent).await?;
        if kinds.contains(&FileKind::Employees) {
            company.load_external_ids(tx, &people).await?;
            company.load_mails(tx, &people, today).await?;
            company.load_awaited(tx).await?;
            company.load_memberships(tx, &people, &departments).await?;
        }
        if kinds.contains(&FileKind::Lecturers) || kinds.contains(&FileKind::Sessions) {
            company.load_appointments(tx, &people).await?;
        }
        if kinds.contains(&FileKind::Lecturers) {
            company.load_group_memberships(tx, &people, &groups).await?;
            company.load_paid(tx).await?;
            company.levels = declared_levels(tx).await?;
        }
        Ok(company)
    }

    async fn load_programmes(&mut self, tx: &mut Tx<'_>) -> QueryResult<Codes> {
        let groups = lecturer_groups::table.filter(lecturer_groups::tenant_id.eq(tx.tenant));
        let groups =
            groups.select((lecturer_groups::id, lecturer_groups::code)).load::<(Uuid, OutsideCode)>(tx.conn).await?;
        let groups: Codes = groups.into_iter().collect();
        self.groups = groups.values().cloned().collect();
        let pairs = programme_groups::table.filter(programme_groups::tenant_id.eq(tx.tenant));
        let pairs: Vec<(Uuid, Uuid)> =
            pairs.select((programme_groups::programme_id, programme_groups::group_id)).load(tx.conn).await?;
        let mut forms = feedback_forms(tx).await?;
        let rows: Vec<(Uuid, String, Cycle, Option<NaiveDate>, FeedbackMode)> = programmes::table
            .filter(programmes::tenant_id.eq(tx.tenant))
            .select((
                programmes::id,
                programmes::code,
                programmes::cycle,
                programmes::live_feedback_from_on,
                programmes::feedback_mode,
            ))
            .load(tx.conn)
            .await?;
        for (id, code, cycle, live_from, mode) in rows {
            let forms = forms.remove(&id).unwrap_or_default();
            let live_from = live_from.and_then(|day| Some(Period::containing(day, cycle)?.first_day()));
            let own = pairs.iter().filter(|(programme, _)| *programme == id);
            let groups = own.filter_map(|(_, group)| groups.get(group).cloned()).collect();
            let facts = ProgrammeFacts { forms, groups, live_from, is_anonymous: mode == FeedbackMode::Anonymous };
            self.programmes.insert(code, facts);
        }
        Ok(groups)
    }

    async fn load_departments(&mut self, tx: &mut Tx<'_>) -> QueryResult<Codes> {
        let rows: Vec<(Uuid, OutsideCode, Option<Uuid>)> = departments::table
            .filter(departments::tenant_id.eq(tx.tenant))
            .select((departments::id, departments::code, departments::parent_id))
            .load(tx.conn)
            .await?;
        let codes: Codes = rows.iter().map(|(id, code, _)| (*id, code.clone())).collect();
        let parent = |id: Option<Uuid>| codes.get(&id?).cloned();
        self.departments = rows.into_iter().map(|(_, code, above)| (code, parent(above))).collect();
        Ok(codes)
    }

    async fn load_employees(&mut self, tx: &mut Tx<'_>, lent: &[(Uuid, EmployeeNumber)]) -> QueryResult<Codes> {
        use earlier_employments as earlier;
        type Row = (Uuid, Option<EmployeeNumber>, Option<NaiveDate>, Option<LastDay>);
        let rows: Vec<Row> = employees::table
            .filter(employees::tenant_id.eq(tx.tenant))
            .select((employees::id, employees::employee_number, employees::hired_on, employees::left_on))
            .load(tx.conn)
            .await?;
        let mut numbers: Codes = lent.iter().cloned().collect();
        for (id, number, hired_on, left_on) in rows {
            if let Some(number) = number {
                numbers.insert(id, number);
            }
            if let Some(number) = numbers.get(&id) {
                self.employees.insert(number.clone(), Employment { hired_on, left_on });
            }
        }
        let rows: Vec<(Uuid, Option<NaiveDate>, LastDay)> = earlier::table
            .filter(earlier::tenant_id.eq(tx.tenant))
            .select((earlier::employee_id, earlier::valid_from, earlier::valid_to))
            .load(tx.conn)
            .await?;
        for (person, hired_on, left_on) in rows {
            let Some(number) = numbers.get(&person) else { continue };
            let one = Employment { hired_on, left_on: Some(left_on) };
            self.earlier.entry(number.clone()).or_default().push(one);
        }
        Ok(numbers)
    }

    async fn load_memberships(&mut self, tx: &mut Tx<'_>, people: &Codes, departments: &Codes) -> QueryResult<()> {
        use department_memberships as memberships;
        let rows: Vec<Dated> = memberships::table
            .filter(memberships::tenant_id.eq(tx.tenant))
            .select((
                memberships::employee_id,
                memberships::department_id,
                memberships::valid_from,
                memberships::valid_to,
            ))
            .load(tx.conn)
            .await?;
        for (number, span) in spans(rows, people, departments) {
            self.memberships.entry(number).or_default().push(span);
        }
        Ok(())
    }

    async fn load_appointments(&mut self, tx: &mut Tx<'_>, people: &Codes) -> QueryResult<()> {
        let rows: Vec<Dated> = lecturers::table
            .filter(lecturers::tenant_id.eq(tx.tenant))
            .select((lecturers::employee_id, lecturers::id, lecturers::appointed_on, lecturers::ended_on))
            .load(tx.conn)
            .await?;
        let levels: Vec<(Uuid, Label)> = lecturer_levels::table
            .filter(lecturer_levels::tenant_id.eq(tx.tenant))
            .order(lecturer_levels::valid_from)
            .select((lecturer_levels::lecturer_id, lecturer_levels::level))
            .load(tx.conn)
            .await?;
        let mut of: HashMap<Uuid, Vec<Label>> = HashMap::new();
        for (lecturer, level) in levels {
            of.entry(lecturer).or_default().push(level);
        }
        for (person, id, from, to) in rows {
            let Some(number) = people.get(&person) else { continue };
            let levels = of.remove(&id).unwrap_or_default();
            self.careers.entry(number.clone()).or_default().appointments.push(Appointment { from, to, levels });
        }
        Ok(())
    }

    async fn load_paid(&mut self, tx: &mut Tx<'_>) -> QueryResult<()> {
        for PaidDays { employee_number, first, end } in paid_days(tx).await? {
            if let Some(career) = self.careers.get_mut(&employee_number) {
                career.paid.push((first, end));
            }
        }
        Ok(())
    }

    async fn load_group_memberships(&mut self, tx: &mut Tx<'_>, people: &Codes, groups: &Codes) -> QueryResult<()> {
        use lecturer_group_memberships as memberships;
        let rows: Vec<Dated> = memberships::table
            .filter(memberships::tenant_id.eq(tx.tenant))
            .select((memberships::employee_id, memberships::group_id, memberships::valid_from, memberships::valid_to))
            .load(tx.conn)
            .await?;
        for (number, span) in spans(rows, people, groups) {
            self.careers.entry(number).or_default().groups.push(span);
        }
        Ok(())
    }
}
