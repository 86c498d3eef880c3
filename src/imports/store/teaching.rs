//! Sessions with their lecturers, contents with their versions, and cases.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Counts, Made, made_id, number};
use crate::content::import_store::{self as content, PastCase, PastContent, PastVersion};
use crate::error::Result;
use crate::imports::rows::{CaseRow, ContentRow, SessionRow, Share, SubmissionRow};
use crate::imports::{Numbered, Tables};
use crate::journal::Tx;
use crate::sessions::import_store::{self as sessions, PastSession, PastShare};

pub async fn store(tx: &mut Tx<'_>, tables: &Tables, counts: &mut Counts) -> Result<Made> {
    let mut made = Made::default();
    let first_versions = first_versions(tables);
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
    store_contents(tx, tables, &first_versions, &mut made, counts).await?;
    let cases = tables.cases.iter().map(|row| case(&row.row, &made)).collect::<Result<Vec<_>>>()?;
    counts.insert("cases".to_owned(), content::store_cases(tx, &cases).await?);
    Ok(made)
}

/// The moment of each session's first submission.
fn first_versions(tables: &Tables) -> HashMap<&str, DateTime<Utc>> {
    let mut firsts: HashMap<&str, DateTime<Utc>> = HashMap::new();
    for Numbered { row, .. } in &tables.submissions {
        let first = firsts.entry(&row.session_code).or_insert(row.submitted_at);
        *first = row.submitted_at.min(*first);
    }
    firsts
}

fn session(id: Uuid, row: &SessionRow, submitted_at: Option<DateTime<Utc>>) -> Result<PastSession> {
    Ok(PastSession {
        id,
        programme_code: row.programme_code.clone(),
        group_code: row.group_code.clone(),
        title: row.title.clone(),
        topic: row.topic.clone(),
        kind: row.kind,
        mode: row.mode,
        place: row.place.clone(),
        state: row.state,
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
        state: row.state,
        submitted_at: row.submitted_at,
        decided_at: row.decided_at,
        decided_by_number: row.decided_by_number.clone(),
        decision_note: row.decision_note.clone(),
    })
}

/// The contents of the file, and those that submissions imply: the first content of a session that has none by itself.
async fn store_contents(
    tx: &mut Tx<'_>,
    tables: &Tables,
    first_versions: &HashMap<&str, DateTime<Utc>>,
    made: &mut Made,
    counts: &mut Counts,
) -> Result<()> {
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
        let published_at = first_versions.get(row.session_code.as_str()).copied();
        past.push(PastContent { published_at, ..implied_content(id, row, session, made)? });
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

/// What a session's submission is a version of, where no file names it; its first version publishes it.
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
