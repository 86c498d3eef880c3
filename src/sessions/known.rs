//! What plans are checked against: what they refer to, and what the caller's rights cover.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use uuid::Uuid;

use super::fit::{local_day, unfit_on};
use super::model::{PlanSession, Scope, Session, SessionState, Share};
use super::queries;
use super::rules::{self, ReportedAs};
use super::terms::Terms;
use super::visibility::reporting_as;
use crate::auth::Reach;
use crate::auth::rights::SessionsWrite;
use crate::error::{Code, Error, Result};
use crate::journal::Tx;
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::patch::Patch;
use crate::kernel::phrases::{Refusal, Thing};
use crate::kernel::wire;
use crate::people::{Existing, existing_employees};
use crate::programmes::{Programme, ProgrammeState};

/// The data against which plans are checked.
pub struct Known {
    programmes: BTreeMap<Uuid, Programme>,
    groups: BTreeSet<(Uuid, Uuid)>,
    employees: Existing,
    /// Lecturers who are not employed on the day of a session, or no longer appointed, each with the fault.
    unfit: BTreeMap<(Uuid, NaiveDate), Fault>,
    scope: Scope,
    reach: Reach,
    caller: Option<Uuid>,
    /// The caller, or the person responsible for the calling machine client.
    answerable: Option<Uuid>,
    now: DateTime<Utc>,
}

impl Known {
    /// Reads everything to which these plans refer, and what the caller's rights cover.
    pub async fn load(tx: &mut Tx<'_>, plans: &[PlanSession]) -> Result<Self> {
        let programmes: Vec<Uuid> = plans.iter().map(|plan| plan.programme_id).collect();
        let groups: Vec<Uuid> = plans.iter().filter_map(|plan| plan.group_id).collect();
        let lecturers = plans.iter().flat_map(|plan| plan.lecturers.iter().map(|share| share.employee_id));
        let people: BTreeSet<Uuid> =
            lecturers.chain(plans.iter().flat_map(|plan| plan.audience.iter().copied())).collect();
        let people: Vec<Uuid> = people.into_iter().collect();
        let mut known = Self {
            programmes: queries::programmes(tx, &programmes).await?,
            groups: queries::programme_groups(tx, &groups).await?,
            ..Self::people(tx, &people).await?
        };
        let days = plans.iter().filter_map(|plan| Some((plan, known.day_of(plan)?)));
        let asked = days.flat_map(|(plan, day)| plan.lecturers.iter().map(move |share| (share.employee_id, day)));
        let asked: Vec<(Uuid, NaiveDate)> = asked.collect();
        known.unfit = unfit_on(tx, &asked).await?;
        Ok(known)
    }

    /// Reads what is known of these people, and what the caller's rights cover.
    pub async fn people(tx: &mut Tx<'_>, people: &[Uuid]) -> Result<Self> {
        Ok(Self {
            programmes: BTreeMap::new(),
            groups: BTreeSet::new(),
            employees: existing_employees(tx, people).await?,
            unfit: BTreeMap::new(),
            scope: Scope::to_write(tx).await?,
            reach: tx.actor.reach::<SessionsWrite>()?,
            caller: tx.actor.person(),
            answerable: tx.actor.answerable(),
            now: tx.now,
        })
    }

    /// Adds the faults of a plan that go beyond the form of its values.
    pub fn check(&self, plan: &PlanSession, faults: &mut Faults) {
        match self.programmes.get(&plan.programme_id) {
            None => faults.push(Fault::new("/programme_id", FaultCode::NotFound)),
            Some(programme) if programme.state == ProgrammeState::Ended => {
                faults.push(Fault::not_eligible("/programme_id", Refusal::ProgrammeEnded));
            }
            Some(_) => {}
        }
        if let Some(group) = plan.group_id
            && !self.groups.contains(&(plan.programme_id, group))
        {
            faults.push(Fault::new("/group_id", FaultCode::NotFound));
        }
        self.check_lecturers(&[], &plan.lecturers, faults);
        for (i, learner) in plan.audience.iter().enumerate() {
            let pointer = format!("/audience/{i}");
            if !self.employees.contains(learner) {
                faults.push(self.employees.fault(pointer, *learner));
            } else if plan.lecturers.iter().any(|share| share.employee_id == *learner) {
                faults.push(Fault::not_eligible(pointer, Refusal::LecturerIsNoAudience));
            }
        }
        let day = self.day_of(plan);
        let people: Vec<Uuid> = plan.lecturers.iter().map(|share| share.employee_id).collect();
        let is_supervised = reporting_as(&self.reach, self.answerable, &people) == ReportedAs::Supervisor;
        for (i, person) in people.iter().enumerate() {
            let Some(fault) = day.and_then(|day| self.unfit.get(&(*person, day))) else { continue };
            if fault.code == FaultCode::NotEligible && self.caller == Some(*person) && !is_supervised {
                faults.push(Fault::not_eligible("/starts_at", Refusal::NoLongerAppointed));
            } else {
                faults.push(fault.clone().under(&format!("/lecturers/{i}/employee_id")));
            }
        }
        if is_supervised {
            return;
        }
        if plan.due_at != Patch::Absent {
            faults.push(due_is_not_yours());
        }
        Terms::planned(plan).check(faults);
        faults.extend(rules::set_roles(&[], &plan.lecturers).map(role_is_not_yours));
        if plan.starts_at <= self.now && !plan.audience.is_empty() {
            faults.push(Fault::not_eligible("/audience", Refusal::AudienceIsSet));
        }
    }

    /// Adds the faults of the lecturers `now`, which replace those of `before`.
    pub fn check_lecturers(&self, before: &[Share], now: &[Share], faults: &mut Faults) {
        for (i, share) in now.iter().enumerate() {
            if !self.employees.contains(&share.employee_id) {
                faults.push(self.employees.fault(format!("/lecturers/{i}/employee_id"), share.employee_id));
            }
        }
        let is_fair = self.caller.is_some_and(|caller| rules::is_fair_sharing(caller, before, now));
        if !is_fair && !self.scope.includes_lecturers(rules::changed(before, now)) {
            faults.push(Fault::not_eligible("/lecturers", Refusal::OwnSessionsOnly));
        }
    }

    /// Refuses a change of lecturers that this state does not allow. Nobody may credit themselves with a session that is decided.
    pub fn check_replacement(&self, session: &Session, reported_as: ReportedAs, lecturers: &[Uuid]) -> Result<()> {
        match (session.state, reported_as) {
            (SessionState::Planned, _) => return rules::check_plan_open(session, reported_as, self.now),
            (SessionState::Delivered | SessionState::Missed, ReportedAs::Supervisor) => {}
            (state, _) => return Err(Error::state(Thing::Session, state, SessionState::Planned)),
        }
        if rules::needs_no_confirmation(self.answerable, lecturers) {
            return Ok(());
        }
        Err(Error::new(if self.reach == Reach::All { Code::SelfApproval } else { Code::HrRequired }))
    }

    /// The local day of a plan in its programme's time zone.
    pub fn day_of(&self, plan: &PlanSession) -> Option<NaiveDate> {
        // A start that is refused may be one that has no local day.
        wire::instant(&plan.starts_at).ok()?;
        Some(local_day(self.programmes.get(&plan.programme_id)?, plan.starts_at))
    }
}

/// The fault of a role that a lecturer sets, at this place.
pub fn role_is_not_yours(place: usize) -> Fault {
    Fault::not_eligible(format!("/lecturers/{place}/role"), Refusal::FeeIsSet)
}

/// The fault of a due moment that a lecturer sets.
pub fn due_is_not_yours() -> Fault {
    Fault::not_eligible("/due_at", Refusal::DueIsSet)
}
