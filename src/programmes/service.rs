//! Operations on programmes.

use chrono::NaiveDate;
use serde_json::json;
use uuid::Uuid;

use super::dto::UpdateProgrammeRequest;
use super::model::{FeedbackMode, Programme, ProgrammeState};
use super::queries;
use super::rule_in_force;
use super::settings::Settings;
use crate::db::{Constraint as _, id_of_code};
use crate::error::{Error, Result};
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::message::data;
use crate::kernel::period::Period;
use crate::kernel::phrases::{Condition, Refusal, Thing};

/// Creates a programme in the state `pilot`. Returns it with its groups.
pub async fn create(tx: &mut Tx<'_>, mut settings: Settings, mut faults: Faults) -> Result<(Programme, Vec<Uuid>)> {
    let id = tx.id();
    settings.live_feedback_from_on.get_or_insert(today(tx, settings.time_zone));
    check_references(tx, id, &settings, &mut faults).await?;
    faults.check()?;
    let made = queries::insert(tx, id, &settings).await;
    let programme = made.on_constraint("programmes_code_key", || Error::fault("/code", FaultCode::Taken))?;
    let groups = set_groups(tx, id, Vec::new(), settings.group_ids).await?;
    let details = json!({"id": id, "code": programme.code, "state": programme.state});
    tx.record(Record::told("create_programme", "programme.created", "programme", id).details(details));
    Ok((programme, groups))
}

/// Changes the settings that the patch contains. A setting on which periods depend is refused (409) once there is a period.
pub async fn update(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: Precondition,
    patch: UpdateProgrammeRequest,
    mut faults: Faults,
) -> Result<(Programme, Vec<Uuid>)> {
    let programme = locked(tx, id, &precondition).await?;
    let groups = groups(tx, id).await?;
    let before = Settings::of(programme.clone(), groups.clone());
    let mut after = patch.apply(&before, &mut faults);
    faults.extend(live_feedback_fault(&before, &after, today(tx, before.time_zone)));
    check_references(tx, id, &after, &mut faults).await?;
    faults.and(check_fixed(tx, id, &before, &after).await)?;
    check_promise(tx, id, &before, &after).await?;
    after.group_ids.sort_unstable();
    let fields = before.changed_fields(&after);
    if fields.is_empty() {
        return Ok((programme, groups));
    }
    let moves_scores = (before.time_zone, before.feedback_mode, before.feedback_min_k)
        != (after.time_zone, after.feedback_mode, after.feedback_min_k);
    let changed = queries::update(tx, id, &after).await;
    let programme = changed.on_constraint("programmes_code_key", || Error::fault("/code", FaultCode::Taken))?;
    let groups = set_groups(tx, id, groups, after.group_ids).await?;
    if moves_scores {
        tx.mark_everybody(Some(id), None, None).await?;
    }
    let record = Record::told("update_programme", "programme.updated", "programme", id).fields(fields);
    tx.record(record.details(json!({"id": id})));
    Ok((programme, groups))
}

/// `pilot → active`: periods that begin on or after the given day pay. The default is the start of the current period. Periods
/// that are over ran as a pilot and do not pay. Without a rule nothing is asked and scored, and so nothing can be promised.
pub async fn activate(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: Precondition,
    pays_from_on: Option<NaiveDate>,
) -> Result<(Programme, Vec<Uuid>)> {
    let programme = locked(tx, id, &precondition).await?;
    let under_way = programme.period_at(tx.now).ok_or_else(|| Error::internal("a period beyond the calendar"))?;
    let earliest = under_way.first_day();
    if pays_from_on.is_some_and(|day| day < earliest) {
        let fault = Fault::new("/pays_from_on", FaultCode::OutOfRange)
            .with("min", data(earliest))
            .with("max", data("9999-12-31"));
        return Err(fault.into());
    }
    let from = pays_from_on.unwrap_or(earliest);
    let first = Period::containing(from, programme.cycle).ok_or_else(|| Error::not_found(Thing::Period))?;
    let rule = rule_in_force(tx, id, &first).await?;
    Thing::Programme.refuse_if(rule.is_none(), Condition::WithoutRuleForPeriod, Condition::WithRule)?;
    pay_from(tx, programme, from).await
}

/// `pilot → active` from any day. A period before the current one may already have been paid elsewhere, so this is only for a
/// company with an invented history.
pub async fn pay_from(tx: &mut Tx<'_>, programme: Programme, from: NaiveDate) -> Result<(Programme, Vec<Uuid>)> {
    Thing::Programme.require_state(programme.state, [ProgrammeState::Pilot])?;
    let id = programme.id;
    let record = Record::told("activate_programme", "programme.activated", "programme", id);
    let details = json!({"id": id, "state": "active", "pays_from_on": from});
    tx.record(record.fields(["state", "pays_from_on"]).details(details));
    moved(tx, id, ProgrammeState::Active, (Some(from), None)).await
}

/// `pilot | active → ended`: no new sessions. Sessions already given are still scored and closed, and they pay as they would have
/// before. The last period is the current one, or that of the last session.
pub async fn end(tx: &mut Tx<'_>, id: Uuid, precondition: Precondition) -> Result<(Programme, Vec<Uuid>)> {
    let programme = locked(tx, id, &precondition).await?;
    let going_on = [ProgrammeState::Pilot, ProgrammeState::Active];
    Thing::Programme.refuse_if(programme.state == ProgrammeState::Ended, Condition::Ended, going_on)?;
    let last_session = queries::last_session_start(tx, id).await?;
    let last = programme.period_at(last_session.map_or(tx.now, |start| start.max(tx.now)));
    let end = last.and_then(Period::next).ok_or_else(|| Error::internal("a period beyond the calendar"))?.first_day();
    let record = Record::told("end_programme", "programme.ended", "programme", id).fields(["state"]);
    tx.record(record.details(json!({"id": id, "state": "ended"})));
    moved(tx, id, ProgrammeState::Ended, (programme.pays_from_on, Some(end))).await
}

/// The programme, locked, if its version is the one that the caller saw.
pub async fn locked(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<Programme> {
    precondition.admit(Thing::Programme, queries::find_for_update(tx, id).await?, |programme| programme.version)
}

/// The groups for which the programme plans sessions.
pub async fn groups(tx: &mut Tx<'_>, id: Uuid) -> Result<Vec<Uuid>> {
    Ok(queries::groups_of(tx, &[id]).await?.remove(&id).unwrap_or_default())
}

async fn moved(
    tx: &mut Tx<'_>,
    id: Uuid,
    state: ProgrammeState,
    (pays_from_on, periods_end_on): (Option<NaiveDate>, Option<NaiveDate>),
) -> Result<(Programme, Vec<Uuid>)> {
    let programme = queries::set_state(tx, id, state, pays_from_on, periods_end_on).await?;
    Ok((programme, groups(tx, id).await?))
}

/// Refuses changes to settings on which periods (their bounds) or versions (their money and start) depend.
async fn check_fixed(tx: &mut Tx<'_>, id: Uuid, before: &Settings, after: &Settings) -> Result<()> {
    let calendar = before.time_zone != after.time_zone || before.cycle != after.cycle;
    let terms = before.currency != after.currency || before.cycle != after.cycle;
    let has_periods = (calendar || terms) && queries::has_periods(tx, id).await?;
    Thing::Programme.refuse_if(has_periods, Condition::HasPeriods, Condition::WithoutPeriods)?;
    let has_versions = terms && queries::has_versions(tx, id).await?;
    Thing::Programme.refuse_if(has_versions, Condition::HasVersions, Condition::WithoutVersions)
}

/// Refuses changes to what was promised to those who have rated: ratings given under one promise are not read under another, and
/// periods with other bounds would show the same ratings in other sums. Asked last, of a change that would be made: whoever could ask
/// without changing anything would see the moment of the first rating.
async fn check_promise(tx: &mut Tx<'_>, id: Uuid, before: &Settings, after: &Settings) -> Result<()> {
    let calendar = before.time_zone != after.time_zone || before.cycle != after.cycle;
    let moves_k = before.feedback_min_k != after.feedback_min_k;
    let promise = before.feedback_mode != after.feedback_mode || moves_k;
    let has_feedback = (promise || calendar) && queries::has_feedback(tx, id).await?;
    let needed = if moves_k { Condition::WithoutFeedbackOrByRule } else { Condition::WithoutFeedback };
    Thing::Programme.refuse_if(has_feedback, Condition::HasFeedback, needed)
}

/// Adds faults for the code of another programme, and for groups that do not exist.
async fn check_references(tx: &mut Tx<'_>, own: Uuid, settings: &Settings, faults: &mut Faults) -> Result<()> {
    check_groups(tx, &settings.group_ids, "/group_ids", faults).await?;
    let holder = id_of_code!(tx, programmes, &settings.code, own);
    faults.extend(holder.map(|holder| Fault::taken_by_code("/code", Thing::Programme, &settings.code, holder)));
    Ok(())
}

fn today(tx: &Tx<'_>, zone: chrono_tz::Tz) -> NaiveDate {
    tx.now.with_timezone(&zone).date_naive()
}

/// The fault of a day that would open periods in which learners rate to files: that would allow ratings in their names.
fn live_feedback_fault(before: &Settings, after: &Settings, today: NaiveDate) -> Option<Fault> {
    // Outside the mode `named` people rate from the beginning of its period on, and nothing shows whether somebody has.
    let first_day = |day| match before.feedback_mode {
        FeedbackMode::Named => Some(day),
        _ => Some(Period::containing(day, before.cycle)?.first_day()),
    };
    let has_begun = before.live_feedback_from_on.and_then(first_day).is_some_and(|day| day <= today);
    let moves_later = after.live_feedback_from_on > before.live_feedback_from_on;
    (has_begun && moves_later).then(|| Fault::not_eligible("/live_feedback_from_on", Refusal::LiveFeedbackBegun))
}

/// Adds a fault for every group of the list at `pointer` that does not exist.
pub async fn check_groups(tx: &mut Tx<'_>, ids: &[Uuid], pointer: &str, faults: &mut Faults) -> Result<()> {
    let existing = queries::existing_groups(tx, ids).await?;
    let unknown = ids.iter().enumerate().filter(|(_, group)| !existing.contains(group));
    unknown.for_each(|(i, _)| faults.push(Fault::new(format!("{pointer}/{i}"), FaultCode::NotFound)));
    Ok(())
}

/// Sets the groups to those of `after`, in any order.
async fn set_groups(tx: &mut Tx<'_>, id: Uuid, before: Vec<Uuid>, mut after: Vec<Uuid>) -> Result<Vec<Uuid>> {
    let gone: Vec<Uuid> = before.iter().copied().filter(|group| !after.contains(group)).collect();
    let new: Vec<Uuid> = after.iter().copied().filter(|group| !before.contains(group)).collect();
    if !gone.is_empty() {
        queries::delete_groups(tx, id, &gone).await?;
    }
    queries::insert_groups(tx, id, &new).await?;
    after.sort_unstable();
    Ok(after)
}
