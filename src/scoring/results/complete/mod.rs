//! The complete statement: the card with every fact that counted, every fact that did not and why, where the lecturer stands, what
//! would lift them, and all of it in sentences; as JSON, as a table and as a page to print.
//!
//! It says nothing of ratings that the card does not show: what it computes, it computes from the card. What a better place takes it
//! knows from the score of that place alone.

mod dto;
mod lifted;
mod not_counted;
mod page;
mod placing;
mod queries;
pub mod routes;
mod runs;
mod sentences;
mod table;
mod words;

pub use page::STYLE;

use chrono_tz::Tz;
use uuid::Uuid;

use self::dto::{CompleteStatementResponse, StatementAbsence, StatementMetric};
use self::placing::Placing;
use self::queries::Sought;
use self::sentences::Teller;
use super::dto::{StatementRatings, StatementResponse};
use super::{Basis, statement};
use crate::error::Result;
use crate::journal::Tx;
use crate::kernel::code_list::CodeList;
use crate::kernel::language::Language;
use crate::kernel::period::Period;
use crate::kernel::ratio::{divide, whole};
use crate::names::{Names, names};
use crate::people::records_of_all;
use crate::scoring::MetricValue;
use crate::scoring::metric::Metric;
use crate::scoring::scorecard::ComponentResult;

/// A complete statement in one language, with what it takes to show it in another form.
struct Told {
    statement: CompleteStatementResponse,
    names: Names,
    language: Language,
    /// Of the programme.
    zone: Tz,
}

impl Told {
    fn metric(&self, metric: &Metric) -> &str {
        let own = self.statement.metrics.iter().find(|own| own.metric == *metric);
        own.map(|own| own.name.as_str()).unwrap_or_default()
    }
}

/// The complete statement of one lecturer. 404 as for the scorecard.
async fn tell(
    tx: &mut Tx<'_>,
    (programme, period, employee): (Uuid, Period, Uuid),
    language: Language,
) -> Result<Told> {
    let statement = statement::get(tx, programme, period, employee).await?;
    let basis = Basis::find(tx, programme, period).await?;
    let records = records_of_all(tx, &[employee]).await?;
    let names = names(tx).await?;
    let sought = Sought {
        programme: &basis.programme,
        rule: &basis.rule,
        period,
        interval: basis.programme.interval_of(&period)?,
        records: &records,
        until: basis.snapshot.as_ref().map_or(tx.now, |frozen| frozen.closed_at),
    };
    let not_counted = not_counted::find(tx, &sought, &statement, (&names, language)).await?;
    let absences = queries::absences(tx, &sought).await?;
    let placing = Placing::find(tx, &basis, &records).await?;
    let zone = basis.programme.time_zone;
    let teller = Teller { rule: &basis.rule, names: &names, language, zone, now: tx.now };
    let graded = (employee, statement.scorecard.card.grade.as_deref());
    let runs = runs::find(tx, &basis, graded, teller).await?;
    let mut complete = CompleteStatementResponse {
        summary: String::new(),
        metrics: metrics(&statement, &names, language),
        not_counted,
        absences: absences
            .into_iter()
            .map(|row| StatementAbsence { starts_on: row.starts_on, ends_on: row.ends_on })
            .collect(),
        next_grade: lifted::next_grade(teller, &statement.scorecard.card),
        next_place: placing.next.and_then(|next| lifted::next_place(teller, &statement.scorecard.card, next)),
        standings: placing.standings,
        runs,
        sentences: Vec::new(),
        statement,
    };
    complete.summary = teller.summary(&complete, sought.interval.contains(tx.now));
    complete.sentences = teller.sentences(&complete);
    Ok(Told { statement: complete, names, language, zone })
}

/// The metrics of the card with what they are based on and what they contribute.
fn metrics(statement: &StatementResponse, names: &Names, language: Language) -> Vec<StatementMetric> {
    let card = &statement.scorecard.card;
    let component = |metric: &Metric| card.components.iter().find(|own| own.metric == *metric);
    let found = card.metrics.iter().map(|(metric, measured)| StatementMetric {
        metric: metric.clone(),
        name: names.of(CodeList::Metrics, &metric.to_string()).text(language).to_owned(),
        value: measured.value,
        n: measured.n,
        raw_mean: measured
            .value
            .filter(|_| *metric == Metric::FeedbackRating)
            .and_then(|_| raw_mean(statement, measured.n)),
        contribution: component(metric).and_then(|own| contribution(own, card.counted_weight_bp)),
    });
    found.collect()
}

/// The plain mean of the ratings that the statement shows, on a scale of 10; none unless these are the `n` of the card.
fn raw_mean(statement: &StatementResponse, n: u64) -> Option<MetricValue> {
    let apart = statement.sessions.iter().flat_map(|session| &session.ratings);
    let on_ten = |of: &StatementRatings| divide(&(of.sum.to_ratio() * whole(10)), &whole(of.scale));
    let mut total = (whole(0), 0);
    for ratings in apart.chain(&statement.ratings_together) {
        total = (total.0 + on_ten(ratings)?, total.1 + u64::from(ratings.n));
    }
    divide(&total.0, &whole(total.1)).filter(|_| total.1 == n).map(|mean| MetricValue::round(&mean))
}

/// What a component adds to the score.
fn contribution(own: &ComponentResult, counted_weight_bp: u32) -> Option<MetricValue> {
    let weighted = own.points?.to_ratio() * whole(own.weight_bp);
    divide(&weighted, &whole(counted_weight_bp)).map(|share| MetricValue::round(&share))
}
