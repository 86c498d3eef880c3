//! A complete statement as a table: a row for each thing that it says.

use chrono::SecondsFormat;

use super::Told;
use super::dto::{CompleteStatementResponse, StatementLift};
use crate::error::{Error, Result};
use crate::kernel::sheet::{self, BYTE_ORDER_MARK, text};
use crate::kernel::words::words;
use crate::scoring::results::dto::StatementFee;

/// The columns. A cell without meaning in a row is empty.
const COLUMNS: [&str; 12] =
    ["part", "code", "name", "at", "value", "n", "raw_mean", "points", "weight_bp", "contribution", "needed", "text"];

words! {
    /// What a row of the table is about.
    enum Part {
        /// The line that sums it up.
        Summary = "summary",
        /// Score, grade and share of the appraisal.
        Result = "result",
        /// A rank: its scope, of how many.
        Rank = "rank",
        /// A metric, with its component if it has one.
        Metric = "metric",
        /// A gate; `needed` is its minimum after leave.
        Gate = "gate",
        /// A session: its minutes and attendees.
        Session = "session",
        /// What a fee grants for a session: `value` in minor units; `text` says whether it is held, and by which gates.
        Fee = "fee",
        /// A content: how many reused it.
        Content = "content",
        /// A value that an outside system sent.
        ExternalValue = "external_value",
        /// A fact that did not count.
        NotCounted = "not_counted",
        /// An absence, from `at` to `value`.
        Absence = "absence",
        /// What a metric alone can do for the next grade.
        NextGrade = "next_grade",
        /// What a metric alone can do for the next place.
        NextPlace = "next_place",
        /// A sentence.
        Sentence = "sentence",
    }
}

/// A row: its cells in the order of the columns.
#[derive(Default)]
struct Row {
    part: &'static str,
    code: String,
    name: String,
    at: String,
    value: String,
    n: String,
    raw_mean: String,
    points: String,
    weight_bp: String,
    contribution: String,
    needed: String,
    text: String,
}

impl Row {
    fn of(part: Part, code: impl ToString) -> Self {
        Self { part: part.slug(), code: text(code.to_string()), ..Self::default() }
    }

    fn cells(&self) -> [&str; 12] {
        let Self { part, code, name, at, value, n, raw_mean, points, weight_bp, contribution, needed, text } = self;
        [part, code, name, at, value, n, raw_mean, points, weight_bp, contribution, needed, text]
    }
}

/// The table as CSV in UTF-8.
pub fn csv(told: &Told) -> Result<Vec<u8>> {
    let mut writer = sheet::writer(BYTE_ORDER_MARK.to_vec());
    writer.write_record(COLUMNS).map_err(Error::internal)?;
    let of = &told.statement;
    for row in results(of).into_iter().chain(metrics(told)).chain(facts(of)).chain(lifts(of)).chain(sentences(of)) {
        writer.write_record(row.cells()).map_err(Error::internal)?;
    }
    writer.into_inner().map_err(|error| Error::internal(error.to_string()))
}

fn shown(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn results(of: &CompleteStatementResponse) -> Vec<Row> {
    let (scorecard, card) = (&of.statement.scorecard, &of.statement.scorecard.card);
    let result = |code: &'static str, value: String| Row { value, ..Row::of(Part::Result, code) };
    let mut rows = vec![
        Row { text: text(of.summary.as_str()), ..Row::of(Part::Summary, scorecard.period) },
        result("status", card.status.slug().to_owned()),
        result("score", shown(card.score)),
        result("grade_by_score", text(shown(card.grade_by_score.as_ref()))),
        result("grade", text(shown(card.grade.as_ref()))),
        result("share_of_appraisal", shown(card.share_of_appraisal)),
        result("days", card.days.to_string()),
        result("exempt_days", card.exempt_days.to_string()),
    ];
    rows.extend(of.standings.iter().map(|own| Row {
        name: text(shown(own.department.as_ref().map(|department| department.name.to_string()))),
        value: own.rank.to_string(),
        n: own.ranked_of.to_string(),
        ..Row::of(Part::Rank, own.scope.slug())
    }));
    rows
}

fn metrics(told: &Told) -> Vec<Row> {
    let (of, card) = (&told.statement, &told.statement.statement.scorecard.card);
    let metric = of.metrics.iter().map(|own| {
        let component = card.components.iter().find(|component| component.metric == own.metric);
        Row {
            name: text(own.name.as_str()),
            value: shown(own.value),
            n: own.n.to_string(),
            raw_mean: shown(own.raw_mean),
            points: shown(component.and_then(|component| component.points)),
            weight_bp: shown(component.map(|component| component.weight_bp)),
            contribution: shown(own.contribution),
            ..Row::of(Part::Metric, &own.metric)
        }
    });
    let gate = card.gates.iter().map(|gate| Row {
        name: text(told.metric(&gate.metric)),
        value: shown(gate.value),
        needed: gate.effective_at_least.to_string(),
        text: if gate.passed { "passed" } else { "failed" }.to_owned(),
        ..Row::of(Part::Gate, &gate.metric)
    });
    metric.chain(gate).collect()
}

fn facts(of: &CompleteStatementResponse) -> Vec<Row> {
    let session = of.statement.sessions.iter().map(|session| Row {
        name: text(session.title.as_str()),
        at: shown(session.starts_at.map(|at| at.to_rfc3339_opts(SecondsFormat::AutoSi, true))),
        value: session.minutes.to_string(),
        n: session.attendees.to_string(),
        text: session.outcome.slug().to_owned(),
        ..Row::of(Part::Session, session.session_id)
    });
    let fees = of.statement.sessions.iter().flat_map(|session| {
        let row = |fee: &StatementFee| Row {
            name: text(fee.policy.as_str()),
            value: fee.amount.amount_minor.to_string(),
            text: held(fee),
            ..Row::of(Part::Fee, session.session_id)
        };
        session.fees.iter().flatten().map(row).collect::<Vec<_>>()
    });
    let content = of.statement.contents.iter().map(|content| Row {
        name: text(content.title.as_str()),
        value: content.reused_by.to_string(),
        ..Row::of(Part::Content, content.content_id)
    });
    let value = of.statement.external_values.iter();
    let value = value.map(|own| Row { value: own.value.to_string(), ..Row::of(Part::ExternalValue, &own.key) });
    let left = of.not_counted.iter().map(|left| Row {
        name: left.kind.slug().to_owned(),
        n: shown(left.count),
        text: text(left.text.as_str()),
        ..Row::of(Part::NotCounted, left.reason.slug())
    });
    let absence = of.absences.iter().map(|absence| Row {
        at: absence.starts_on.to_string(),
        value: absence.ends_on.to_string(),
        ..Row::of(Part::Absence, "")
    });
    session.chain(fees).chain(content).chain(value).chain(left).chain(absence).collect()
}

fn held(fee: &StatementFee) -> String {
    if !fee.held {
        return String::new();
    }
    let reasons = fee.held_reasons.iter().map(|reason| reason.slug());
    ["held"].into_iter().chain(reasons).collect::<Vec<_>>().join(" ")
}

fn lifts(of: &CompleteStatementResponse) -> Vec<Row> {
    let row = |part: Part, lift: &StatementLift| Row {
        name: text(lift.name.as_str()),
        value: shown(lift.value),
        needed: shown(lift.needed),
        ..Row::of(part, &lift.metric)
    };
    let grade = of.next_grade.iter().flat_map(|next| &next.lifts).map(|lift| row(Part::NextGrade, lift));
    let place = of.next_place.iter().flat_map(|next| &next.lifts).map(|lift| row(Part::NextPlace, lift));
    grade.chain(place).collect()
}

fn sentences(of: &CompleteStatementResponse) -> Vec<Row> {
    let all = of.sentences.iter();
    all.map(|said| Row { text: text(said.text.as_str()), ..Row::of(Part::Sentence, said.about.slug()) }).collect()
}
