//! Places: they are offered in the order of the ranking, and passed on as soon as one is free.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use uuid::Uuid;

use super::applications::model::{OpportunityApplication, Step};
use super::applications::queries;
use super::job::PASS_ON_JOB;
use super::model::{OpportunityState, TrainingOpportunity};
use super::queries as opportunities;
use super::queries::Counts;
use super::rules::{Candidate, NoRoom, rank as put_in_order, respond_by, room};
use crate::error::Result;
use crate::growth::{OpportunityApplicationState, precedences};
use crate::jobs;
use crate::journal::{Record, Tx};
use crate::kernel::text::Reason;
use crate::people::{time_zone, today};
use crate::scoring::Score;

/// How many of those who wait are looked at at a time.
const FETCH: i64 = 100;

/// How the places stand: how many are taken, and what they cost.
pub async fn counts(tx: &mut Tx<'_>, opportunity: Uuid) -> Result<Counts> {
    Ok(opportunities::counts(tx, &[opportunity]).await?.remove(&opportunity).unwrap_or_default())
}

/// Whether a further place can be offered.
pub fn room_in(opportunity: &TrainingOpportunity, counts: Counts) -> std::result::Result<(), NoRoom> {
    room(opportunity.seats, opportunity.budget_minor, opportunity.cost_minor, counts)
}

/// Passes on the places that were not answered in time, and offers what is free to the next in rank, as long as there is budget and the
/// first day is not over. Whose precedence was lost is ranked anew before. Who is no longer a lecturer, is suspended or has left is passed
/// over. The opportunity is locked. Returns how many places were offered.
pub async fn fill(tx: &mut Tx<'_>, opportunity: &TrainingOpportunity, command: &'static str) -> Result<usize> {
    for offer in queries::lapsed(tx, opportunity.id).await? {
        let step = Step::end(OpportunityApplicationState::PassedOn, tx.now, None);
        let row = queries::update(tx, offer.id, &step).await?;
        note(tx, command, "opportunity_application.passed_on", &row);
    }
    let zone = time_zone(tx).await?;
    let until = respond_by(tx.now, opportunity.answer_days, opportunity.starts_on, zone);
    let Some(until) = until.filter(|_| opportunity.state == OpportunityState::Ranked) else { return Ok(0) };
    let today = today(tx).await?;
    rank_anew(tx, opportunity, today, command).await?;
    let (mut counts, mut after, mut offered) = (counts(tx, opportunity.id).await?, 0, 0);
    'places: while room_in(opportunity, counts).is_ok() {
        let waiting = queries::next_waiting(tx, opportunity.id, after, FETCH).await?;
        let Some(last) = waiting.last() else { break };
        after = last.rank.unwrap_or(i32::MAX);
        let ids: Vec<Uuid> = waiting.iter().map(|one| one.employee_id).collect();
        let people = opportunities::people(tx, &ids, today).await?;
        for next in waiting {
            if room_in(opportunity, counts).is_err() {
                break 'places;
            }
            if people.get(&next.employee_id).is_some_and(opportunities::Person::may_go) {
                offer(tx, (opportunity, until), &next, None, command).await?;
                counts.taken += 1;
                counts.committed_minor += opportunity.cost_minor;
                offered += 1;
            } else {
                pass_over(tx, &next, command).await?;
            }
        }
    }
    if offered > 0 {
        watch(tx, opportunity.id, until).await?;
    }
    Ok(offered)
}

/// A precedence that another place has cost since, or that was withdrawn, ranks nobody first any more: whoever waits with it is ranked by
/// another one for the code, or else by result. Those who wait share the ranks that they have among them out anew.
async fn rank_anew(
    tx: &mut Tx<'_>,
    opportunity: &TrainingOpportunity,
    today: NaiveDate,
    command: &'static str,
) -> Result<()> {
    let lost = queries::with_lost_precedence(tx, opportunity.id).await?;
    if lost.is_empty() {
        return Ok(());
    }
    let waiting = queries::in_states(tx, opportunity.id, &[OpportunityApplicationState::Waiting]).await?;
    let ids: Vec<Uuid> = waiting.iter().map(|one| one.employee_id).collect();
    let people = opportunities::people(tx, &ids, today).await?;
    let losers: Vec<&OpportunityApplication> = waiting.iter().filter(|one| lost.contains(&one.id)).collect();
    let whose: Vec<Uuid> = losers.iter().map(|one| one.employee_id).collect();
    let others = precedences::usable(tx, &opportunity.code, &whose).await?;
    let candidate = |one: &OpportunityApplication| Candidate {
        application: one.id,
        precedence: if lost.contains(&one.id) { others.get(&one.employee_id).copied() } else { one.precedence_id },
        score: one.score.map(|score| Score::round(&score.to_ratio())),
        appointed_on: one.appointed_on.unwrap_or(NaiveDate::MAX),
        applied_at: one.applied_at,
        employee_number: people.get(&one.employee_id).and_then(|person| person.employee_number.clone()),
    };
    let mut candidates: Vec<Candidate> = waiting.iter().map(candidate).collect();
    put_in_order(&mut candidates, &opportunity.ranking.ties);
    queries::move_ranks(tx, &candidates, waiting.iter().filter_map(|one| one.rank).collect()).await?;
    for one in losers {
        note(tx, command, "opportunity_application.ranked_anew", one);
    }
    Ok(())
}

/// A job looks at the offers of an opportunity when their time is over.
pub async fn watch(tx: &mut Tx<'_>, opportunity: Uuid, until: DateTime<Utc>) -> Result<()> {
    jobs::enqueue_at(tx, PASS_ON_JOB, json!({ "opportunity": opportunity }), until).await?;
    Ok(())
}

/// Offers a place until then; with a reason, by hand. A precedence with which it was ranked is spent. One that another place has cost since,
/// or that was withdrawn, is this one's no more: whoever takes this place back does not give that one back.
pub async fn offer(
    tx: &mut Tx<'_>,
    (opportunity, until): (&TrainingOpportunity, DateTime<Utc>),
    application: &OpportunityApplication,
    by_hand: Option<Reason>,
    command: &'static str,
) -> Result<OpportunityApplication> {
    let mut is_lost = false;
    if let Some(precedence) = application.precedence_id {
        is_lost = !precedences::spend(tx, precedence).await?;
        // It ranks its lecturer first nowhere else any more.
        for other in queries::waiting_elsewhere(tx, precedence, opportunity.id).await? {
            jobs::enqueue(tx, PASS_ON_JOB, json!({ "opportunity": other })).await?;
        }
    }
    let step = Step {
        by_hand: by_hand.is_some().then_some(true),
        precedence_id: is_lost.then_some(None),
        cost_minor: Some(opportunity.cost_minor),
        offered_at: Some(tx.now),
        respond_by_at: Some(until),
        reason: by_hand,
        ..Step::to(OpportunityApplicationState::Offered)
    };
    let row = queries::update(tx, application.id, &step).await?;
    note(tx, command, "opportunity_application.offered", &row);
    Ok(row)
}

/// The turn of somebody who is no longer a lecturer, is suspended or has left.
pub async fn pass_over(tx: &mut Tx<'_>, application: &OpportunityApplication, command: &'static str) -> Result<()> {
    let step = Step::end(OpportunityApplicationState::PassedOver, tx.now, None);
    let row = queries::update(tx, application.id, &step).await?;
    note(tx, command, "opportunity_application.passed_over", &row);
    Ok(())
}

/// What happened to an application. Its reason stays within the operation log.
pub fn note(tx: &mut Tx<'_>, command: &'static str, topic: &'static str, row: &OpportunityApplication) {
    note_with(tx, (command, topic), row, row.reason.as_ref());
}

/// The same with a reason of its own.
pub fn note_with(
    tx: &mut Tx<'_>,
    (command, topic): (&'static str, &'static str),
    row: &OpportunityApplication,
    reason: Option<&Reason>,
) {
    let details = json!({
        "id": row.id, "opportunity_id": row.opportunity_id, "employee_id": row.employee_id, "state": row.state,
        "respond_by_at": row.respond_by_at,
    });
    let record = Record::told(command, topic, "opportunity_application", row.id).details(details);
    tx.record(record.notes(json!({ "reason": reason })));
}
