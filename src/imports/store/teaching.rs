//! Sessions with their lecturers, contents with their versions, and cases.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{count, rows};
use crate::content::import_store::{self as content, Version};
use crate::error::Result;
use crate::imports::layout::FileKind;
use crate::imports::order::Counts;
use crate::imports::rows::{ContentRow, SessionRow, SubmissionRow};
use crate::imports::tables::Tables;
use crate::journal::Tx;
use crate::kernel::text::{EmployeeNumber, OutsideCode};
use crate::sessions::import_store::{self as sessions, Made};

/// Ids for what the files refer to by code.
#[derive(Default)]
pub(super) struct Named {
    pub sessions: Made,
    pub contents: Made,
}

pub(super) async fn store(tx: &mut Tx<'_>, mut tables: Tables, counts: &mut Counts) -> Result<Named> {
    let (mut sessions, mut contents) = (rows(&mut tables.sessions), rows(&mut tables.contents));
    let mut submissions = rows(&mut tables.submissions);
    let named = named(tx, &sessions, &contents).await?;
    // What an earlier import has brought stays as it is, with everything that belongs to it.
    sessions.retain(|row| named.sessions.is_new(&row.session_code));
    contents.retain(|row| named.contents.is_new(&row.content_code));
    submissions.retain(|row| match &row.content_code {
        Some(code) => named.contents.is_new(code),
        None => named.sessions.is_new(&row.session_code),
    });
    let submitted = first_submissions(&submissions);
    let stored = sessions::store_sessions(tx, &sessions, &named.sessions, &submitted).await?;
    count(counts, FileKind::Sessions, stored);
    let teaching = Teaching { sessions: &sessions, submissions: &submissions, submitted: &submitted };
    store_contents(tx, &teaching, contents, &named, counts).await?;
    let mut cases = rows(&mut tables.cases);
    cases.retain(|row| named.sessions.is_new(&row.session_code));
    count(counts, FileKind::Cases, content::store_cases(tx, &cases, &named.sessions).await?);
    Ok(named)
}

/// The ids of what the files name by a code.
async fn named(tx: &mut Tx<'_>, sessions: &[SessionRow], contents: &[ContentRow]) -> Result<Named> {
    let stored = sessions::find_stored(tx, sessions).await?;
    let stored_contents = content::find_stored(tx, contents).await?;
    Ok(Named {
        sessions: Made::of(tx, sessions.iter().map(|row| &row.session_code), stored),
        contents: Made::of(tx, contents.iter().map(|row| &row.content_code), stored_contents),
    })
}

/// What contents are created from.
struct Teaching<'a> {
    sessions: &'a [SessionRow],
    submissions: &'a [SubmissionRow],
    /// The time of each session's first submission.
    submitted: &'a HashMap<OutsideCode, DateTime<Utc>>,
}

fn first_submissions(submissions: &[SubmissionRow]) -> HashMap<OutsideCode, DateTime<Utc>> {
    let mut firsts: HashMap<OutsideCode, DateTime<Utc>> = HashMap::new();
    for row in submissions {
        let first = firsts.entry(row.session_code.clone()).or_insert(row.submitted_at);
        *first = row.submitted_at.min(*first);
    }
    firsts
}

/// Stores the contents in the file, and those implied by submissions: the first content of a session without one.
async fn store_contents(
    tx: &mut Tx<'_>,
    teaching: &Teaching<'_>,
    mut contents: Vec<ContentRow>,
    named: &Named,
    counts: &mut Counts,
) -> Result<()> {
    let sessions: HashMap<&str, &SessionRow> =
        teaching.sessions.iter().map(|row| (row.session_code.as_str(), row)).collect();
    let mut ids = named.contents.ids(&contents, |row| &row.content_code)?;
    let coded = contents.len();
    let mut of_session: HashMap<OutsideCode, Uuid> = HashMap::new();
    for (row, id) in contents.iter_mut().zip(&ids) {
        let Some(code) = &row.session_code else { continue };
        of_session.entry(code.clone()).or_insert(*id);
        if let (true, Some(session)) = (row.author_numbers.is_empty(), sessions.get(code.as_str())) {
            row.author_numbers = lecturers(session);
        }
    }
    for row in teaching.submissions.iter().filter(|row| row.content_code.is_none()) {
        let Some(session) = sessions.get(row.session_code.as_str()) else { continue };
        if !of_session.contains_key(&row.session_code) {
            let id = tx.id();
            of_session.insert(row.session_code.clone(), id);
            ids.push(id);
            contents.push(implied_content(row, session, teaching.submitted.get(&row.session_code).copied()));
        }
    }
    count(counts, FileKind::Contents, content::store_contents(tx, &ids, &contents, coded, &named.sessions).await?);
    let versions = versions(teaching.submissions, &named.contents, &of_session)?;
    count(counts, FileKind::Submissions, content::store_versions(tx, &versions).await?);
    Ok(())
}

fn lecturers(session: &SessionRow) -> Vec<EmployeeNumber> {
    session.lecturers.iter().map(|share| share.employee_number.clone()).collect()
}

/// The content that a session's submission belongs to if no file gives one. Its first version publishes it.
fn implied_content(row: &SubmissionRow, session: &SessionRow, published_at: Option<DateTime<Utc>>) -> ContentRow {
    ContentRow {
        // No file gives it a code, so it gets the code of its session.
        content_code: row.session_code.clone(),
        programme_code: session.programme_code.clone(),
        session_code: Some(row.session_code.clone()),
        title: row.title.clone().unwrap_or_else(|| session.title.clone()),
        outline: None,
        case_requirement: None,
        published_at,
        withdrawn_at: None,
        author_numbers: lecturers(session),
    }
}

/// Versions, numbered in the order of submission.
fn versions(rows: &[SubmissionRow], contents: &Made, of_session: &HashMap<OutsideCode, Uuid>) -> Result<Vec<Version>> {
    let mut rows: Vec<&SubmissionRow> = rows.iter().collect();
    rows.sort_by_key(|row| row.submitted_at);
    let mut numbers: BTreeMap<Uuid, i32> = BTreeMap::new();
    let mut versions = Vec::with_capacity(rows.len());
    for row in rows {
        let named = row.content_code.as_deref().map(|code| contents.id(code)).transpose()?;
        let Some(content_id) = named.or_else(|| of_session.get(&row.session_code).copied()) else { continue };
        let number = numbers.entry(content_id).and_modify(|number| *number += 1).or_insert(1);
        let employee_number = row.employee_number.clone();
        versions.push(Version { content_id, number: *number, submitted_at: row.submitted_at, employee_number });
    }
    Ok(versions)
}
