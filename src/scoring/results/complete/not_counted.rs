//! The facts of a lecturer that did not count, or only in part, with the reason.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::dto::{FactEffect, FactKind, FactReason, StatementFact};
use super::queries::{self, ContentRow, CountRow, SessionRow, Sought, ValueRow};
use super::words::reason;
use crate::error::Result;
use crate::journal::Tx;
use crate::kernel::code_list::CodeList;
use crate::kernel::language::Language;
use crate::kernel::message::{Phrase, data};
use crate::names::Names;
use crate::programmes::FeedbackMode;
use crate::scoring::inputs::SessionOutcome;
use crate::scoring::metric::Metric;
use crate::scoring::results::dto::{StatementContent, StatementResponse, StatementSession};
use crate::scoring::rule::ScoringRule;
use crate::sessions::SessionState;

/// What a statement leaves out, in the order: sessions, their cases and ratings, contents and their reuse, values of other systems.
pub async fn find(
    tx: &mut Tx<'_>,
    sought: &Sought<'_>,
    statement: &StatementResponse,
    (names, language): (&Names, Language),
) -> Result<Vec<StatementFact>> {
    let is_open = statement.scorecard.provisional;
    let titles = Titles::of(statement);
    let given: Vec<Uuid> = statement.sessions.iter().map(|session| session.session_id).collect();
    let contents: Vec<Uuid> = statement.contents.iter().map(|content| content.content_id).collect();
    let sessions = queries::sessions(tx, sought).await?;
    let unconfirmed: BTreeSet<Uuid> =
        sessions.iter().filter(|row| is_open && is_unconfirmed(row)).map(|row| row.id).collect();
    let mut found: Vec<Left> = Vec::new();
    found
        .extend(statement.sessions.iter().filter_map(|session| of_counted_session(sought.rule, session, &unconfirmed)));
    found.extend(sessions.iter().filter(|row| !given.contains(&row.id)).filter_map(|row| of_session(row, is_open)));
    for row in queries::cases(tx, sought, &given).await? {
        found.push(of_count(FactKind::ApplicationCase, &row, &titles));
    }
    if sought.programme.feedback_mode == FeedbackMode::Named {
        for row in queries::ratings(tx, sought, &given).await? {
            found.push(of_count(FactKind::Rating, &row, &titles));
        }
    } else if is_open {
        let held = reason(FactKind::Rating, FactReason::HeldBack);
        found.push(Left::new(FactKind::Rating, FactReason::HeldBack, held));
    }
    found.extend(statement.contents.iter().filter(|content| !content.current).map(of_old_content));
    for row in queries::contents(tx, sought).await?.iter().filter(|row| !contents.contains(&row.id)) {
        found.push(of_content(row));
    }
    for row in queries::reuse(tx, sought, &contents).await? {
        found.push(of_count(FactKind::Reuse, &row, &titles));
    }
    for row in queries::external_values(tx, sought).await? {
        found.extend(of_values(&row, names));
    }
    Ok(found.into_iter().map(|left| left.said(language)).collect())
}

/// A fact that was left out, before it is said in a language.
struct Left {
    kind: FactKind,
    reason: FactReason,
    effect: FactEffect,
    subject_id: Option<Uuid>,
    count: Option<i64>,
    text: Phrase,
}

impl Left {
    fn new(kind: FactKind, reason: FactReason, text: Phrase) -> Self {
        Self { kind, reason, effect: FactEffect::NotCounted, subject_id: None, count: None, text }
    }

    /// One session or content.
    fn one(kind: FactKind, why: FactReason, id: Uuid, title: &str) -> Self {
        let text = reason(kind, why).with("title", data(title));
        Self { subject_id: Some(id), count: Some(1), ..Self::new(kind, why, text) }
    }

    fn effect(self, effect: FactEffect) -> Self {
        Self { effect, ..self }
    }

    fn with(self, name: &'static str, value: u32) -> Self {
        Self { text: self.text.with(name, value), ..self }
    }

    fn said(self, language: Language) -> StatementFact {
        StatementFact {
            kind: self.kind,
            reason: self.reason,
            effect: self.effect,
            subject_id: self.subject_id,
            count: self.count,
            text: self.text.text(language),
        }
    }
}

/// Titles of the sessions and contents of a statement.
struct Titles<'a>(BTreeMap<Uuid, &'a str>);

impl<'a> Titles<'a> {
    fn of(statement: &'a StatementResponse) -> Self {
        let sessions = statement.sessions.iter().map(|session| (session.session_id, session.title.as_str()));
        let contents = statement.contents.iter().map(|content| (content.content_id, content.title.as_str()));
        Self(sessions.chain(contents).collect())
    }
}

fn is_unconfirmed(row: &SessionRow) -> bool {
    row.state == SessionState::Delivered && !row.is_confirmed
}

/// A session of the statement, if it does not count for everything.
fn of_counted_session(rule: &ScoringRule, session: &StatementSession, unconfirmed: &BTreeSet<Uuid>) -> Option<Left> {
    let why = |why| Left::one(FactKind::Session, why, session.session_id, &session.title);
    if session.outcome == SessionOutcome::Missed {
        return Some(why(FactReason::Missed).effect(FactEffect::InPart));
    }
    if session.minutes < rule.min_session_minutes {
        let short = why(FactReason::TooShort).effect(FactEffect::InPart);
        return Some(short.with("minutes", session.minutes).with("least", rule.min_session_minutes));
    }
    if session.attendees < rule.min_attendees {
        let empty = why(FactReason::TooFewAttendees).effect(FactEffect::InPart);
        return Some(empty.with("attendees", session.attendees).with("least", rule.min_attendees));
    }
    unconfirmed.contains(&session.session_id).then(|| why(FactReason::Unconfirmed).effect(FactEffect::SoFar))
}

/// A session that is not in the statement. In an open period one that counts will be in it at once.
fn of_session(row: &SessionRow, is_open: bool) -> Option<Left> {
    let why = match row.state {
        SessionState::Cancelled => FactReason::Cancelled,
        SessionState::Planned => FactReason::Undecided,
        SessionState::Delivered | SessionState::Missed if is_open => return None,
        SessionState::Delivered if !row.is_confirmed => FactReason::Unconfirmed,
        SessionState::Delivered | SessionState::Missed => FactReason::AfterClose,
    };
    Some(Left::one(FactKind::Session, why, row.id, &row.title))
}

fn of_old_content(content: &StatementContent) -> Left {
    let old = Left::one(FactKind::Content, FactReason::NotCurrent, content.content_id, &content.title);
    old.with("months", content.months_old)
}

fn of_content(row: &ContentRow) -> Left {
    Left::one(FactKind::Content, row.reason, row.id, &row.title)
}

fn of_count(kind: FactKind, row: &CountRow, titles: &Titles<'_>) -> Left {
    let title = titles.0.get(&row.id).copied().unwrap_or_default();
    let text = reason(kind, row.reason).with("title", data(title)).with("count", row.n);
    Left { subject_id: Some(row.id), count: Some(row.n), ..Left::new(kind, row.reason, text) }
}

fn of_values(row: &ValueRow, names: &Names) -> impl Iterator<Item = Left> {
    let name = names.of(CodeList::Metrics, &Metric::External(row.key.clone()).to_string());
    let found = [(FactReason::Superseded, row.superseded), (FactReason::AfterClose, row.late)];
    found.into_iter().filter(|(_, count)| *count > 0).map(move |(why, count)| {
        let text = reason(FactKind::ExternalValue, why).with("metric", name.clone()).with("count", count);
        Left { count: Some(count), ..Left::new(FactKind::ExternalValue, why, text) }
    })
}
