//! Publishing, changing, ranking and cancelling opportunities.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use chrono_tz::Tz;
use serde_json::json;
use uuid::Uuid;

use super::applications::model::Step;
use super::applications::queries as applications;
use super::dto::{OpportunityChange, PublishTrainingOpportunityRequest, SetOpportunityCapacityRequest, currency};
use super::model::{Capacity, OpportunityRanking, OpportunityState, OpportunityStep, TrainingOpportunity};
use super::rules::{Candidate, last_moment, rank as put_in_order, respond_by};
use super::{places, queries};
use crate::db::Document;
use crate::error::{Code, Error, Result};
use crate::growth::answer::CriterionResult;
use crate::growth::criteria::{MAX_MONTHS, PromotionCriterion, ScoreAverageCriterion};
use crate::growth::{OpportunityApplicationState, criteria_faults, judge, precedences, unknown_programmes};
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::decimal::Decimal;
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::message::{data, local_time};
use crate::kernel::money::{Currency, MAX_EXACT, Money};
use crate::kernel::phrases::{Condition, Form, Thing};
use crate::kernel::text::Reason;
use crate::names::{hold_grades, unknown_competence};
use crate::people::{past_fault, time_zone, today};
use crate::scoring::Score;

/// What a place costs at most, in minor units.
const MAX_COST: i64 = 100_000_000_000;

/// Publishes an opportunity: from now on lecturers apply.
pub async fn publish(
    tx: &mut Tx<'_>,
    request: PublishTrainingOpportunityRequest,
    mut faults: Faults,
) -> Result<TrainingOpportunity> {
    check_money(&request, &mut faults);
    check_ranking(tx, &request.ranking, &mut faults).await?;
    if let Some(criteria) = &request.criteria {
        hold_grades(tx).await?;
        faults.extend(criteria_faults(tx, criteria, "/criteria").await?.into_vec());
    }
    if let Some(certificate) = request.certificate.as_ref().filter(|_| !faults.has("/certificate/kind")) {
        faults.extend(unknown_competence(tx, "/certificate/kind", &certificate.kind).await?);
    }
    let row = row_of(tx, request);
    let late = past_fault(tx, "/apply_until_at", row.apply_until_at).await?;
    let unfit = late.into_iter().chain(order_faults(&row, time_zone(tx).await?));
    let unfit: Vec<Fault> = unfit.filter(|fault| !faults.has(&fault.pointer)).collect();
    faults.extend(unfit);
    faults.check()?;
    let row = queries::insert(tx, &row).await?;
    note(tx, ("publish_training_opportunity", "training_opportunity.published"), &row, Vec::new());
    Ok(row)
}

fn row_of(tx: &Tx<'_>, request: PublishTrainingOpportunityRequest) -> TrainingOpportunity {
    let (kind, months) = request.certificate.map(|own| (own.kind, own.months)).unzip();
    TrainingOpportunity {
        tenant_id: tx.tenant,
        id: tx.id(),
        code: request.code,
        kind: request.kind,
        title: request.title,
        provider: request.provider,
        description: request.description,
        place: request.place,
        starts_on: request.starts_on,
        ends_on: request.ends_on,
        apply_until_at: request.apply_until_at,
        answer_days: request.answer_days,
        seats: request.seats,
        cost_minor: request.cost.amount_minor,
        currency: request.cost.currency.to_string(),
        budget_minor: request.budget.map(|budget| budget.amount_minor),
        criteria: request.criteria.map(Document),
        ranking: Document(request.ranking),
        competence_kind: kind,
        competence_months: months.flatten(),
        state: OpportunityState::Open,
        ranked_at: None,
        cancelled_at: None,
        cancel_reason: None,
        created_at: tx.now,
        updated_at: tx.now,
        version: 1,
    }
}

/// Faults of days and of a deadline that do not fit together.
fn order_faults(row: &TrainingOpportunity, zone: Tz) -> Vec<Fault> {
    let ends_before = row.ends_on.day() < row.starts_on;
    let mut faults: Vec<Fault> =
        ends_before.then(|| Fault::ends_before_start("/ends_on", "starts_on", row.starts_on)).into_iter().collect();
    if let Some(last) = last_moment(row.starts_on, zone).filter(|last| row.apply_until_at > *last) {
        let last = last.with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Secs, true);
        let fault = Fault::new("/apply_until_at", FaultCode::OutOfRange).with("min", data("1900-01-01T00:00:00Z"));
        faults.push(fault.with("max", data(last)));
    }
    faults
}

fn check_money(request: &PublishTrainingOpportunityRequest, faults: &mut Faults) {
    faults.check_range("/cost/amount_minor", request.cost.amount_minor, 0, MAX_COST);
    if iso_currency::Currency::from_code(request.cost.currency.as_str()).is_none() {
        faults.push(Fault::bad_format("/cost/currency", Form::AssignedCurrency));
    }
    check_budget(request.budget, request.cost.currency, faults);
    // With less than a place costs nobody could ever go.
    let both = ["/cost", "/cost/amount_minor", "/cost/currency", "/budget", "/budget/amount_minor", "/budget/currency"];
    let are_right = !both.iter().any(|pointer| faults.has(pointer));
    if let Some(budget) = request.budget.filter(|_| are_right) {
        faults.check_range("/budget/amount_minor", budget.amount_minor, request.cost.amount_minor, MAX_EXACT);
    }
}

fn check_budget(budget: Option<Money>, needed: Currency, faults: &mut Faults) {
    let Some(budget) = budget else { return };
    faults.check_range("/budget/amount_minor", budget.amount_minor, 0, MAX_EXACT);
    if budget.currency != needed {
        faults.push(Fault::new("/budget/currency", FaultCode::NotAllowed).with("allowed", data(needed)));
    }
}

async fn check_ranking(tx: &mut Tx<'_>, ranking: &OpportunityRanking, faults: &mut Faults) -> Result<()> {
    faults.check_range("/ranking/within_months", ranking.within_months, 1, MAX_MONTHS);
    faults.check_range("/ranking/periods", ranking.periods, 1, ranking.within_months.clamp(1, MAX_MONTHS));
    faults.check_length("/ranking/ties", ranking.ties.len(), 0, 2);
    faults.check_distinct(&ranking.ties, |i| format!("/ranking/ties/{i}"));
    let named = ranking.programme_id.map(|id| ("/ranking/programme_id".to_owned(), id));
    faults.extend(unknown_programmes(tx, named.into_iter().collect()).await?);
    Ok(())
}

/// The opportunity, locked and in the version that the caller saw.
async fn lock(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<TrainingOpportunity> {
    let found = queries::find_for_update(tx, id).await?;
    precondition.admit(Thing::TrainingOpportunity, found, |row| row.version)
}

/// It is under way: published, and not cancelled.
pub fn require_standing(row: &TrainingOpportunity) -> Result<()> {
    Thing::TrainingOpportunity.require_state(row.state, [OpportunityState::Open, OpportunityState::Ranked])
}

/// Changes texts, days and, while it is open, the deadline. If the first day is an earlier one, no offer stands longer than that.
pub async fn update(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
    change: OpportunityChange,
    mut faults: Faults,
) -> Result<TrainingOpportunity> {
    let before = lock(tx, id, precondition).await?;
    let needed = match change.apply_until_at {
        Some(_) => Thing::TrainingOpportunity.require_state(before.state, [OpportunityState::Open]),
        None => require_standing(&before),
    };
    let after = TrainingOpportunity {
        starts_on: change.starts_on.unwrap_or(before.starts_on),
        ends_on: change.ends_on.unwrap_or(before.ends_on),
        apply_until_at: change.apply_until_at.unwrap_or(before.apply_until_at),
        ..before
    };
    let is_earlier = after.starts_on < before.starts_on;
    let late = match change.apply_until_at {
        Some(deadline) => past_fault(tx, "/apply_until_at", deadline).await?,
        None => None,
    };
    let unfit = late.into_iter().chain(order_faults(&after, time_zone(tx).await?));
    let unfit: Vec<Fault> = unfit.filter(|fault| !faults.has(&fault.pointer)).collect();
    faults.extend(unfit);
    faults.and(needed)?;
    let fields = change.fields();
    let row = queries::update(tx, id, &change).await?;
    if is_earlier
        && let Some(last) = last_moment(row.starts_on, time_zone(tx).await?)
        && applications::shorten(tx, id, last).await? > 0
    {
        places::watch(tx, id, last).await?;
    }
    places::fill(tx, &row, "update_training_opportunity").await?;
    note(tx, ("update_training_opportunity", "training_opportunity.updated"), &row, fields);
    Ok(row)
}

/// Sets the number of places and the budget. What is taken or on offer stays. More of them are offered at once.
pub async fn set_capacity(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
    request: SetOpportunityCapacityRequest,
    mut faults: Faults,
) -> Result<TrainingOpportunity> {
    let before = lock(tx, id, precondition).await?;
    let counts = places::counts(tx, id).await?;
    if !faults.has("/seats") {
        faults.check_range("/seats", i64::from(request.seats), counts.taken.max(1), 10_000);
    }
    check_budget(request.budget, currency(&before)?, &mut faults);
    if let Some(budget) = request.budget.filter(|_| !faults.has("/budget/amount_minor")) {
        faults.check_range("/budget/amount_minor", budget.amount_minor, counts.committed_minor, MAX_EXACT);
    }
    faults.and(require_standing(&before))?;
    let budget_minor = request.budget.map(|budget| budget.amount_minor);
    let row = queries::set_capacity(tx, id, &Capacity { seats: request.seats, budget_minor }).await?;
    places::fill(tx, &row, "set_opportunity_capacity").await?;
    let fields = vec!["seats", "budget"];
    note(tx, ("set_opportunity_capacity", "training_opportunity.updated"), &row, fields);
    Ok(row)
}

/// `open → ranked`, after the deadline: ranks the applications, and offers the first places.
pub async fn rank(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<TrainingOpportunity> {
    let row = lock(tx, id, precondition).await?;
    Thing::TrainingOpportunity.require_state(row.state, [OpportunityState::Open])?;
    if tx.now < row.apply_until_at {
        return Err(deadline(tx, Code::ApplicationsOpen, &row).await?);
    }
    let mut candidates = candidates(tx, &row).await?;
    put_in_order(&mut candidates, &row.ranking.ties);
    applications::set_ranks(tx, &candidates).await?;
    let step = OpportunityStep {
        state: OpportunityState::Ranked,
        ranked_at: Some(tx.now),
        cancelled_at: None,
        cancel_reason: None,
    };
    let row = queries::go_on(tx, id, &step).await?;
    let offered = places::fill(tx, &row, "rank_training_opportunity").await?;
    let details = json!({
        "id": id, "code": row.code, "state": row.state, "ranked": candidates.len(), "offered": offered,
    });
    let record = Record::told("rank_training_opportunity", "training_opportunity.ranked", "training_opportunity", id);
    tx.record(record.details(details));
    Ok(row)
}

/// The refusal of what comes before or after the deadline.
pub async fn deadline(tx: &mut Tx<'_>, code: Code, row: &TrainingOpportunity) -> Result<Error> {
    let until = local_time(row.apply_until_at, time_zone(tx).await?);
    Ok(Error::new(code).with("title", data(&row.title)).with("until", until))
}

/// Who has applied and may go. The others are passed over.
async fn candidates(tx: &mut Tx<'_>, row: &TrainingOpportunity) -> Result<Vec<Candidate>> {
    let applied = applications::in_states(tx, row.id, &[OpportunityApplicationState::Applied]).await?;
    let today = today(tx).await?;
    let ids: Vec<Uuid> = applied.iter().map(|one| one.employee_id).collect();
    let people = queries::people(tx, &ids, today).await?;
    let precedences = precedences::usable(tx, &row.code, &ids).await?;
    let scores = scores(tx, row, &ids).await?;
    let mut candidates = Vec::with_capacity(applied.len());
    for application in applied {
        let person = people.get(&application.employee_id).filter(|one| one.may_go());
        let Some((person, appointed_on)) = person.and_then(|one| Some((one, one.appointed_on?))) else {
            places::pass_over(tx, &application, "rank_training_opportunity").await?;
            continue;
        };
        candidates.push(Candidate {
            application: application.id,
            precedence: precedences.get(&application.employee_id).copied(),
            score: scores.get(&application.employee_id).copied().flatten(),
            appointed_on,
            applied_at: application.applied_at,
            employee_number: person.employee_number.clone(),
        });
    }
    Ok(candidates)
}

/// The means of the scores that rank these lecturers: of the months before the one of the deadline.
async fn scores(tx: &mut Tx<'_>, row: &TrainingOpportunity, people: &[Uuid]) -> Result<BTreeMap<Uuid, Option<Score>>> {
    let on = row.apply_until_at.with_timezone(&time_zone(tx).await?).date_naive();
    let OpportunityRanking { programme_id, periods, within_months, .. } = row.ranking.0;
    let asked = ScoreAverageCriterion { periods, at_least: Decimal::ZERO, within_months, programme_id };
    let found = judge(tx, &PromotionCriterion::ScoreAverage(asked), people, on).await?;
    let average = |result: CriterionResult| match result {
        CriterionResult::ScoreAverage(result) => result.average,
        _ => None,
    };
    Ok(found.into_iter().map(|(person, result)| (person, average(result))).collect())
}

/// `open | ranked → cancelled`, with a reason, before anybody has attended. All applications end, and the precedences that places on
/// offer or accepted have cost are given back. What a lecturer has declined, withdrawn from or not answered in time stays spent.
pub async fn cancel(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
    reason: Reason,
) -> Result<TrainingOpportunity> {
    use OpportunityApplicationState::{Accepted, Applied, Attended, Cancelled, NoShow, Offered, Waiting};
    let row = lock(tx, id, precondition).await?;
    require_standing(&row)?;
    let over = applications::in_states(tx, id, &[Attended, NoShow]).await?;
    Thing::TrainingOpportunity.refuse_if(!over.is_empty(), Condition::WithAttendance, Condition::WithoutAttendance)?;
    let step = OpportunityStep {
        state: OpportunityState::Cancelled,
        ranked_at: None,
        cancelled_at: Some(tx.now),
        cancel_reason: Some(reason),
    };
    let row = queries::go_on(tx, id, &step).await?;
    let under_way = applications::in_states(tx, id, &[Applied, Waiting, Offered, Accepted]).await?;
    let mut unused = Vec::new();
    for one in under_way {
        unused.extend(one.precedence_id.filter(|_| one.offered_at.is_some()));
        let ended = applications::update(tx, one.id, &Step::end(Cancelled, tx.now, None)).await?;
        places::note(tx, "cancel_training_opportunity", "opportunity_application.cancelled", &ended);
    }
    precedences::give_back(tx, &unused).await?;
    let details = json!({ "id": id, "code": row.code, "state": row.state });
    let record =
        Record::told("cancel_training_opportunity", "training_opportunity.cancelled", "training_opportunity", id);
    tx.record(record.details(details).notes(json!({ "reason": row.cancel_reason })));
    Ok(row)
}

/// Until when an offer of now stands. Refuses what can be done only until the end of the first day.
pub async fn require_time(tx: &mut Tx<'_>, row: &TrainingOpportunity) -> Result<DateTime<Utc>> {
    let until = respond_by(tx.now, row.answer_days, row.starts_on, time_zone(tx).await?);
    until.ok_or_else(|| Error::state(Thing::TrainingOpportunity, Condition::UnderWay, Condition::NotBegun))
}

fn note(
    tx: &mut Tx<'_>,
    (command, topic): (&'static str, &'static str),
    row: &TrainingOpportunity,
    fields: Vec<&'static str>,
) {
    let details = json!({
        "id": row.id, "code": row.code, "kind": row.kind, "state": row.state, "apply_until_at": row.apply_until_at,
    });
    let record = Record::told(command, topic, "training_opportunity", row.id);
    tx.record(record.fields(fields).details(details));
}
