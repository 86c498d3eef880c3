//! Operations on the lists.

use diesel::QueryResult;
use serde_json::json;

use super::built_in::EDITION;
use super::dto::Change;
use super::lists::{Lists, Stored};
use super::texts::Names;
use super::{queries, rules};
use crate::error::{Error, Result};
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::code_list::CodeList;
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::message::{codes, data};

/// The version of a company's lists before anything was changed.
const FIRST_VERSION: i64 = 1;

/// The names of the company's codes. Every text that says such a code gets its name here.
pub async fn names(tx: &mut Tx<'_>) -> QueryResult<Names> {
    let (lists, _) = present(tx).await?;
    Ok(Names::from(&lists).with_items(queries::questions(tx).await?))
}

/// The codes of the company's grades, best first.
pub async fn grade_order(tx: &mut Tx<'_>) -> QueryResult<Vec<String>> {
    Ok(present(tx).await?.0.grade_order())
}

/// The fault of a level that is not one of those that the company has named. While it has named none, every level is one.
pub async fn unknown_level(tx: &mut Tx<'_>, pointer: &str, level: &str) -> QueryResult<Option<Fault>> {
    let (lists, _) = present(tx).await?;
    let known = lists.declared_levels();
    let fault = Fault::new(pointer, FaultCode::UnknownLevel).with("level", data(level));
    Ok(if known.is_empty() { None } else { unknown(&lists, (CodeList::Levels, known), level, fault) })
}

/// The fault of a kind of certificate of competence that is not one of the company's.
pub async fn unknown_competence(tx: &mut Tx<'_>, pointer: &str, kind: &str) -> QueryResult<Option<Fault>> {
    let (lists, _) = present(tx).await?;
    let fault = Fault::new(pointer, FaultCode::UnknownCompetence).with("kind", data(kind));
    Ok(unknown(&lists, (CodeList::Competences, lists.competences()), kind, fault))
}

/// The fault of a grade that is not one of the company's.
pub async fn unknown_grade(tx: &mut Tx<'_>, pointer: &str, grade: &str) -> QueryResult<Option<Fault>> {
    let (lists, _) = present(tx).await?;
    let fault = Fault::new(pointer, FaultCode::UnknownGrade).with("grade", data(grade));
    Ok(unknown(&lists, (CodeList::Grades, lists.grade_order()), grade, fault))
}

/// The fault, with the codes that are known, of a code that is none of them.
fn unknown(lists: &Lists, (list, known): (CodeList, Vec<String>), code: &str, fault: Fault) -> Option<Fault> {
    if known.iter().any(|one| one == code) {
        return None;
    }
    let mut fault = [fault.with("known", codes(list, known))];
    Names::from(lists).put_into(&mut fault);
    let [fault] = fault;
    Some(fault)
}

/// The codes of the company's levels, in its order; none while it has named none.
pub async fn declared_levels(tx: &mut Tx<'_>) -> QueryResult<Vec<String>> {
    Ok(present(tx).await?.0.declared_levels())
}

/// The codes of the company's titles, in its order; while it has listed none, that of the usual one.
pub async fn title_codes(tx: &mut Tx<'_>) -> QueryResult<Vec<String>> {
    Ok(present(tx).await?.0.title_codes())
}

/// The fault of a title that is not one of the company's.
pub async fn unknown_title(tx: &mut Tx<'_>, pointer: &str, title: &str) -> QueryResult<Option<Fault>> {
    let known = title_codes(tx).await?;
    if known.iter().any(|code| code == title) {
        return Ok(None);
    }
    let fault = Fault::new(pointer, FaultCode::UnknownTitle).with("title", data(title));
    let mut fault = [fault.with("known", codes(CodeList::Titles, known))];
    names(tx).await?.put_into(&mut fault);
    let [fault] = fault;
    Ok(Some(fault))
}

/// Keeps the grades as they are until the transaction ends, so that what it publishes refers to them.
pub async fn hold_grades(tx: &mut Tx<'_>) -> QueryResult<()> {
    insert_missing(tx).await?;
    queries::share(tx).await.map(drop)
}

/// The lists and their version for the ETag.
pub async fn present(tx: &mut Tx<'_>) -> QueryResult<(Lists, i64)> {
    match queries::find(tx).await? {
        Some(stored) => Ok(versioned(stored)),
        None => Ok((Lists::new(&queries::first_grades(tx).await?), FIRST_VERSION + EDITION)),
    }
}

fn versioned(stored: Stored) -> (Lists, i64) {
    (stored.lists, stored.version + EDITION)
}

async fn insert_missing(tx: &mut Tx<'_>) -> QueryResult<()> {
    let grades = queries::first_grades(tx).await?;
    queries::insert_missing(tx, &Lists::new(&grades)).await.map(drop)
}

/// Replaces the lists that the change mentions.
pub async fn update(tx: &mut Tx<'_>, precondition: &Precondition, change: Change) -> Result<(Lists, i64)> {
    insert_missing(tx).await?;
    let stored = queries::lock(tx).await?;
    precondition.check(stored.version + EDITION)?;
    let mut lists = stored.lists.clone();
    for (list, entries) in change {
        lists.replace(list, entries);
    }
    let changed: Vec<CodeList> =
        CodeList::ALL.into_iter().filter(|list| lists.get(*list) != stored.lists.get(*list)).collect();
    if changed.is_empty() {
        return Ok(versioned(stored));
    }
    let (before, after) = (stored.lists.grade_order(), lists.grade_order());
    if before != after {
        check_kept(tx, &stored.lists, &after).await?;
    }
    let updated = queries::update(tx, stored.id, &lists).await?;
    let record = Record::told("update_display_names", "display_names.updated", "display_names", stored.id);
    let record = record.fields(changed.iter().map(|list| list.slug()));
    tx.record(if before == after { record } else { record.details(json!({ "grade_codes": after })) });
    Ok(versioned(updated))
}

/// Refuses an order of grades with which published documents would say something else.
async fn check_kept(tx: &mut Tx<'_>, lists: &Lists, after: &[String]) -> Result<()> {
    let used = queries::used_grades(tx).await?;
    let mut faults = Faults::default();
    rules::check_kept(&mut faults, &lists.grade_order(), after, &used);
    let mut faults = faults.into_vec();
    Names::from(lists).put_into(&mut faults);
    Error::refuse(faults)
}
