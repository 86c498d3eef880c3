//! The rows of an import on their way into the tables: people first, then what they taught, then what was said of it. Each set is
//! stored by the feature that owns its table.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use serde_json::json;
use uuid::Uuid;

use super::rows::{
    AbsenceRow, AttendanceRow, CaseRow, ContentRow, DepartmentRow, EmployeeRow, LecturerGroupRow, LecturerRow,
    RatingRow, ReuseRow, SessionRow, Share, SubmissionRow,
};
use super::words::Word as _;
use super::{Import, Numbered, Tables};
use crate::access::history as access;
use crate::content::history::{self as content, PastCase, PastContent, PastReuse, PastVersion};
use crate::error::{Error, Result};
use crate::feedback::history::{self as feedback, PastRating};
use crate::journal::Tx;
use crate::people::history::{
    self as people, PastAbsence, PastDepartment, PastEmployee, PastExternalId, PastLecturer, PastMembership,
};
use crate::sessions::history::{self as sessions, PastAttendance, PastSession, PastShare};

/// How many rows of a large file are stored by one statement.
const CHUNK: usize = 5000;

/// Rows stored, by file.
pub type Counts = BTreeMap<String, usize>;

/// Ids that the import made for what its files name by code.
#[derive(Default)]
struct Made {
    sessions: HashMap<String, Uuid>,
    contents: HashMap<String, Uuid>,
}

/// Stores everything. The caller has seen to it that the import is not refused.
pub async fn store(tx: &mut Tx<'_>, import: &Import<'_>) -> Result<Counts> {
    let mut counts = Counts::new();
    store_people(tx, &import.tables, &mut counts).await?;
    let made = store_teaching(tx, &import.tables, &mut counts).await?;
    let mut rows = import.attendance().filter_map(sound);
    let mut stored = 0;
    while let Some(chunk) = next_chunk(&mut rows) {
        let now = tx.now;
        stored += sessions::store_attendance(tx, &converted(chunk, |row| attendance(row, &made, now))?).await?;
    }
    counts.insert("attendance".to_owned(), stored);
    let (mut rows, mut stored) = (import.ratings().filter_map(sound), 0);
    while let Some(chunk) = next_chunk(&mut rows) {
        stored += feedback::store_ratings(tx, &converted(chunk, |row| rating(row, &made))?).await?;
    }
    counts.insert("ratings".to_owned(), stored);
    let (mut rows, mut stored) = (import.reuse().filter_map(sound), 0);
    while let Some(chunk) = next_chunk(&mut rows) {
        stored += content::store_reuse(tx, &converted(chunk, |row| reuse(row, &made))?).await?;
    }
    counts.insert("reuse".to_owned(), stored);
    counts.retain(|_, count| *count > 0);
    Ok(counts)
}

/// Faulty rows were reported before; here they are left out.
fn sound<T, E>(row: std::result::Result<Numbered<T>, E>) -> Option<T> {
    row.ok().map(|row| row.row)
}

fn next_chunk<T>(rows: &mut impl Iterator<Item = T>) -> Option<Vec<T>> {
    let chunk: Vec<T> = rows.take(CHUNK).collect();
    (!chunk.is_empty()).then_some(chunk)
}

fn converted<T, U>(rows: Vec<T>, convert: impl Fn(T) -> Result<U>) -> Result<Vec<U>> {
    rows.into_iter().map(convert).collect()
}

/// The id that the import made for a code; the parsers have seen to it that there is one.
fn made_id(ids: &HashMap<String, Uuid>, code: &str) -> Result<Uuid> {
    ids.get(code).copied().ok_or_else(|| Error::internal(format!("the import lost track of {code:?}")))
}

fn number<T: TryInto<i32>>(count: T) -> Result<i32> {
    count.try_into().map_err(|_| Error::internal("a number of the import is larger than the parsers allow"))
}

fn attendance(row: AttendanceRow, made: &Made, now: DateTime<Utc>) -> Result<PastAttendance> {
    Ok(PastAttendance {
        session_id: made_id(&made.sessions, &row.session_code)?,
        employee_number: row.employee_number,
        state: row.state.as_str().to_owned(),
        minutes: row.minutes.map(number).transpose()?,
        recorded_at: row.recorded_at.unwrap_or(now),
    })
}

fn rating(row: RatingRow, made: &Made) -> Result<PastRating> {
    let items: Vec<_> =
        row.items.iter().map(|item| json!({"key": item.key, "value": item.value, "scale": item.scale})).collect();
    Ok(PastRating {
        session_id: made_id(&made.sessions, &row.session_code)?,
        employee_number: row.employee_number,
        rating: number(row.rating)?,
        scale: number(row.scale)?,
        items: json!(items),
        comment: row.comment,
        received_at: row.received_at,
    })
}

fn reuse(row: ReuseRow, made: &Made) -> Result<PastReuse> {
    Ok(PastReuse {
        content_id: made_id(&made.contents, &row.content_code)?,
        employee_number: row.employee_number,
        kind: row.kind.as_str().to_owned(),
        occurred_at: row.occurred_at,
        source_ref: row.source_ref,
    })
}

async fn store_people(tx: &mut Tx<'_>, tables: &Tables, counts: &mut Counts) -> Result<()> {
    let departments: Vec<PastDepartment> = tables.departments.iter().map(|row| department(&row.row)).collect();
    counts.insert("departments".to_owned(), people::store_departments(tx, &departments).await?);
    let employees: Vec<PastEmployee> = tables.employees.iter().map(|row| employee(&row.row)).collect();
    counts.insert("employees".to_owned(), people::store_employees(tx, &employees).await?);
    people::store_managers(tx, &departments).await?;
    let memberships: Vec<PastMembership> = tables.employees.iter().filter_map(|row| membership(&row.row)).collect();
    people::store_memberships(tx, &memberships).await?;
    let external: Vec<PastExternalId> = tables.employees.iter().flat_map(|row| external_ids(&row.row)).collect();
    people::store_external_ids(tx, &external).await?;
    let roles: Vec<(String, String)> = tables.employees.iter().flat_map(|row| roles(&row.row)).collect();
    access::store_roles(tx, &roles).await?;
    let group =
        |row: &Numbered<LecturerGroupRow>| (row.row.code.clone(), row.row.name.clone(), row.row.description.clone());
    let groups: Vec<_> = tables.lecturer_groups.iter().map(group).collect();
    counts.insert("lecturer_groups".to_owned(), people::store_groups(tx, &groups).await?);
    let lecturers: Vec<PastLecturer> = tables.lecturers.iter().map(|row| lecturer(&row.row)).collect();
    counts.insert("lecturers".to_owned(), people::store_lecturers(tx, &lecturers).await?);
    let absences: Vec<PastAbsence> = tables.absences.iter().map(|row| absence(&row.row)).collect();
    counts.insert("absences".to_owned(), people::store_absences(tx, &absences).await?);
    Ok(())
}

fn department(row: &DepartmentRow) -> PastDepartment {
    PastDepartment {
        code: row.code.clone(),
        name: row.name.clone(),
        parent_code: row.parent_code.clone(),
        is_ranking_unit: row.is_ranking_unit,
        manager_number: row.manager_number.clone(),
        cost_centre: row.cost_centre.clone(),
    }
}

fn employee(row: &EmployeeRow) -> PastEmployee {
    PastEmployee {
        employee_number: row.employee_number.clone(),
        name: row.name.clone(),
        email: row.email.clone(),
        hired_on: row.hired_on,
        left_on: row.left_on,
    }
}

/// A membership of no days is nothing to store.
fn membership(row: &EmployeeRow) -> Option<PastMembership> {
    let placement = row.department.as_ref().filter(|placement| placement.valid_to != Some(placement.valid_from))?;
    Some(PastMembership {
        employee_number: row.employee_number.clone(),
        department_code: placement.department_code.clone(),
        valid_from: placement.valid_from,
        valid_to: placement.valid_to,
    })
}

fn external_ids(row: &EmployeeRow) -> impl Iterator<Item = PastExternalId> {
    row.external_ids.iter().map(|id| PastExternalId {
        employee_number: row.employee_number.clone(),
        system: id.system.clone(),
        kind: id.kind.clone(),
        value: id.value.clone(),
    })
}

fn roles(row: &EmployeeRow) -> impl Iterator<Item = (String, String)> {
    row.roles.iter().map(|role| (row.employee_number.clone(), role.as_str().to_owned()))
}

fn lecturer(row: &LecturerRow) -> PastLecturer {
    PastLecturer {
        employee_number: row.employee_number.clone(),
        appointed_on: row.appointed_on,
        ended_on: row.ended_on,
        level: row.level.clone(),
        group_codes: row.group_codes.clone(),
    }
}

fn absence(row: &AbsenceRow) -> PastAbsence {
    PastAbsence {
        employee_number: row.employee_number.clone(),
        kind: row.kind.as_str().to_owned(),
        starts_on: row.starts_on,
        ends_on: row.ends_on,
        source_ref: row.source_ref.clone(),
    }
}

async fn store_teaching(tx: &mut Tx<'_>, tables: &Tables, counts: &mut Counts) -> Result<Made> {
    let mut made = Made::default();
    let mut first_versions: HashMap<&str, DateTime<Utc>> = HashMap::new();
    for Numbered { row, .. } in &tables.submissions {
        let first = first_versions.entry(&row.session_code).or_insert(row.submitted_at);
        *first = row.submitted_at.min(*first);
    }
    let (mut past, mut shares) = (Vec::new(), Vec::new());
    for Numbered { row, .. } in &tables.sessions {
        let id = tx.id();
        made.sessions.insert(row.session_code.clone(), id);
        past.push(session(id, row, first_versions.get(row.session_code.as_str()).copied())?);
        let share = |share: &Share| PastShare {
            session_id: id,
            employee_number: share.employee_number.clone(),
            credit: share.credit,
        };
        shares.extend(row.lecturers.iter().map(share));
    }
    counts.insert("sessions".to_owned(), sessions::store_sessions(tx, &past).await?);
    sessions::store_shares(tx, &shares).await?;
    store_contents(tx, tables, &mut made, counts).await?;
    let cases = tables.cases.iter().map(|row| case(&row.row, &made)).collect::<Result<Vec<_>>>()?;
    counts.insert("cases".to_owned(), content::store_cases(tx, &cases).await?);
    Ok(made)
}

fn session(id: Uuid, row: &SessionRow, submitted_at: Option<DateTime<Utc>>) -> Result<PastSession> {
    Ok(PastSession {
        id,
        programme_code: row.programme_code.clone(),
        group_code: row.group_code.clone(),
        title: row.title.clone(),
        topic: row.topic.clone(),
        kind: row.kind.as_str().to_owned(),
        mode: row.mode.as_str().to_owned(),
        place: row.place.clone(),
        state: row.state.as_str().to_owned(),
        scheduled_start: row.scheduled_start,
        scheduled_minutes: number(row.scheduled_minutes)?,
        due_at: row.due_at,
        submitted_at,
        delivered_start: row.delivered_start,
        delivered_minutes: row.delivered_minutes.map(number).transpose()?,
        head_count: row.head_count.map(number).transpose()?,
        difficulty: row.difficulty.clone(),
        is_first_run: row.is_first_run,
        state_reason: row.state_reason.clone(),
    })
}

fn case(row: &CaseRow, made: &Made) -> Result<PastCase> {
    Ok(PastCase {
        session_id: made_id(&made.sessions, &row.session_code)?,
        employee_number: row.employee_number.clone(),
        description: row.description.clone(),
        applied_on: row.applied_on,
        state: row.state.as_str().to_owned(),
        submitted_at: row.submitted_at,
        decided_at: row.decided_at,
        decided_by_number: row.decided_by_number.clone(),
        decision_note: row.decision_note.clone(),
    })
}

/// The contents of the file, and those that submissions imply: the first content of a session that has none by itself.
async fn store_contents(tx: &mut Tx<'_>, tables: &Tables, made: &mut Made, counts: &mut Counts) -> Result<()> {
    let sessions: HashMap<&str, &SessionRow> =
        tables.sessions.iter().map(|row| (row.row.session_code.as_str(), &row.row)).collect();
    let lecturers = |code: &str| {
        sessions.get(code).into_iter().flat_map(|row| row.lecturers.iter().map(|l| l.employee_number.clone()))
    };
    let (mut past, mut authors) = (Vec::new(), Vec::new());
    let mut of_session: HashMap<&str, Uuid> = HashMap::new();
    for Numbered { row, .. } in &tables.contents {
        let id = tx.id();
        made.contents.insert(row.content_code.clone(), id);
        if let Some(code) = &row.session_code {
            of_session.entry(code).or_insert(id);
        }
        let named: Vec<String> = match &row.session_code {
            Some(code) if row.author_numbers.is_empty() => lecturers(code).collect(),
            _ => row.author_numbers.clone(),
        };
        authors.extend(named.into_iter().map(|author| (id, author)));
        past.push(content_of(id, row, made)?);
    }
    for Numbered { row, .. } in tables.submissions.iter().filter(|row| row.row.content_code.is_none()) {
        if of_session.contains_key(row.session_code.as_str()) {
            continue;
        }
        let Some(session) = sessions.get(row.session_code.as_str()) else { continue };
        let id = tx.id();
        of_session.insert(&row.session_code, id);
        authors.extend(lecturers(&row.session_code).map(|author| (id, author)));
        past.push(implied_content(id, row, session, made)?);
    }
    counts.insert("contents".to_owned(), content::store_contents(tx, &past).await?);
    content::store_authors(tx, &authors).await?;
    let versions = versions(tables, made, &of_session)?;
    counts.insert("submissions".to_owned(), content::store_versions(tx, &versions).await?);
    Ok(())
}

fn content_of(id: Uuid, row: &ContentRow, made: &Made) -> Result<PastContent> {
    Ok(PastContent {
        id,
        programme_code: row.programme_code.clone(),
        session_id: row.session_code.as_deref().map(|code| made_id(&made.sessions, code)).transpose()?,
        title: row.title.clone(),
        outline: row.outline.clone(),
        case_requirement: row.case_requirement.clone(),
        published_at: row.published_at,
        withdrawn_at: row.withdrawn_at,
    })
}

/// What a session's submission is a version of, where no file names it.
fn implied_content(id: Uuid, row: &SubmissionRow, session: &SessionRow, made: &Made) -> Result<PastContent> {
    Ok(PastContent {
        id,
        programme_code: session.programme_code.clone(),
        session_id: Some(made_id(&made.sessions, &row.session_code)?),
        title: row.title.clone().unwrap_or_else(|| session.title.clone()),
        outline: None,
        case_requirement: None,
        published_at: None,
        withdrawn_at: None,
    })
}

/// Versions, numbered in the order of their submission.
fn versions(tables: &Tables, made: &Made, of_session: &HashMap<&str, Uuid>) -> Result<Vec<PastVersion>> {
    let mut rows: Vec<&SubmissionRow> = tables.submissions.iter().map(|row| &row.row).collect();
    rows.sort_by_key(|row| row.submitted_at);
    let mut numbers: HashMap<Uuid, i32> = HashMap::new();
    let version = |row: &SubmissionRow| {
        let named = row.content_code.as_deref().map(|code| made_id(&made.contents, code)).transpose()?;
        let Some(content_id) = named.or_else(|| of_session.get(row.session_code.as_str()).copied()) else {
            return Ok(None);
        };
        let number = numbers.entry(content_id).and_modify(|number| *number += 1).or_insert(1);
        let employee_number = row.employee_number.clone();
        Ok(Some(PastVersion { content_id, number: *number, submitted_at: row.submitted_at, employee_number }))
    };
    rows.into_iter().map(version).filter_map(Result::transpose).collect()
}
