//! What may happen to a session: pure functions from values to a decision.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::model::{Session, SessionKind, SessionRole, SessionState, Share};
use crate::error::{Code, Error, Result};
use crate::kernel::decimal::Decimal;
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::message::{Param, data};
use crate::kernel::phrases::{Condition, Thing};

/// Decimals of a credit.
const CREDIT_DECIMALS: u32 = 8;

/// Whether the session is past and nobody has reported what happened.
#[must_use]
pub fn is_undecided(state: SessionState, scheduled_start: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    state == SessionState::Planned && scheduled_start <= now
}

/// The shares of a session, or the faults in them. A single lecturer has the whole credit without stating it. Of several
/// lecturers, each must have a share, and the shares must add up to 1.
pub fn shares(given: &[(Uuid, Option<Decimal>)], pointer: &str, faults: &mut Faults) -> Vec<Share> {
    let ids: Vec<Uuid> = given.iter().map(|(id, _)| *id).collect();
    faults.check_distinct(&ids, |i| format!("{pointer}/{i}/employee_id"));
    let one = Decimal::from(1_u32);
    let mut shares = Vec::new();
    let mut complete = true;
    for (i, (employee_id, credit)) in given.iter().enumerate() {
        let place = format!("{pointer}/{i}/credit");
        let credit = match credit {
            Some(credit) => *credit,
            None if given.len() == 1 => one,
            None => {
                faults.push(Fault::new(place, FaultCode::Required));
                complete = false;
                // Keeps the places of those after it.
                shares.push(Share { employee_id: *employee_id, credit: Decimal::ZERO, role: None });
                continue;
            }
        };
        if credit <= Decimal::ZERO || credit > one {
            faults.push(Fault::new(place, FaultCode::OutOfRange).with("min", data("0.00000001")).with("max", 1));
            complete = false;
        } else if credit.decimals() > CREDIT_DECIMALS {
            faults.push(Fault::new(place, FaultCode::TooManyDecimals).with("max", CREDIT_DECIMALS));
            complete = false;
        }
        shares.push(Share { employee_id: *employee_id, credit, role: None });
    }
    let sum: rust_decimal::Decimal = shares.iter().map(|share| share.credit.to_inner()).sum();
    if complete && !given.is_empty() && sum != one.to_inner() {
        let fault = Fault::new(pointer, FaultCode::CreditsSum);
        faults.push(fault.with("sum", data(sum.normalize())).with("expected", 1));
    }
    shares
}

/// The shares with a role each: what nothing is said of stays as it was `before`; somebody new leads.
#[must_use]
pub fn with_roles(before: &[Share], shares: Vec<Share>) -> Vec<Share> {
    let role = |share: &Share| share.role.unwrap_or_else(|| role_in(before, share.employee_id));
    shares.into_iter().map(|share| Share { role: Some(role(&share)), ..share }).collect()
}

fn role_in(shares: &[Share], person: Uuid) -> SessionRole {
    let own = shares.iter().find(|share| share.employee_id == person);
    own.and_then(|share| share.role).unwrap_or_default()
}

/// The places of those whose roles are other ones than `before`; of somebody new, that is every role but the lead.
pub fn set_roles<'s>(before: &'s [Share], now: &'s [Share]) -> impl Iterator<Item = usize> + 's {
    let is_set =
        move |(_, share): &(usize, &Share)| share.role.is_some_and(|role| role != role_in(before, share.employee_id));
    now.iter().enumerate().filter(is_set).map(|(i, _)| i)
}

/// The lecturer whose department is credited: the one with the largest share, of equal shares the first.
#[must_use]
pub fn leading(shares: &[Share]) -> Option<Uuid> {
    let greatest = shares.iter().map(|share| share.credit).max()?;
    shares.iter().find(|share| share.credit == greatest).map(|share| share.employee_id)
}

/// Whether the shares are equal, within one hundredth.
#[must_use]
pub fn is_even(shares: &[Share]) -> bool {
    let credits = || shares.iter().map(|share| share.credit.to_inner());
    let spread = credits().max().zip(credits().min()).map(|(most, least)| most - least);
    spread.is_none_or(|spread| spread <= rust_decimal::Decimal::new(1, 2))
}

/// The people whose share has changed, is new or was removed.
#[must_use]
pub fn changed(before: &[Share], now: &[Share]) -> BTreeSet<Uuid> {
    let differs = |share: &&Share, others: &[Share]| !others.contains(share);
    let come = now.iter().filter(|share| differs(share, before));
    let gone = before.iter().filter(|share| differs(share, now));
    come.chain(gone).map(|share| share.employee_id).collect()
}

/// Whether a lecturer may share their own session in this way without anyone else's consent: with equal shares and nobody
/// removed, so that nobody whom the lecturer adds carries more of it (for example of a miss) than the lecturer. Shares that
/// others have set must not be touched.
#[must_use]
pub fn is_fair_sharing(lecturer: Uuid, before: &[Share], now: &[Share]) -> bool {
    let is_among = |shares: &[Share], person: Uuid| shares.iter().any(|share| share.employee_id == person);
    let is_own = is_among(now, lecturer) && (before.is_empty() || is_among(before, lecturer));
    is_own && before.iter().all(|share| is_among(now, share.employee_id)) && is_even(before) && is_even(now)
}

/// Whether a delivery stays confirmed when its lecturers change. It does not if the person who confirmed or reported it is now
/// one of them.
#[must_use]
pub fn stays_confirmed(session: &Session, before: &[Uuid], now: &[Uuid]) -> bool {
    let new_reporter = session.delivery_reported_by_id.filter(|reporter| !before.contains(reporter));
    [session.delivery_confirmed_by_id, new_reporter].into_iter().flatten().all(|person| !now.contains(&person))
}

/// Refuses changes to the audience. The audience decides who may rate, so a lecturer may change it only before the session.
pub fn check_audience_open(session: &Session, reported_as: ReportedAs, now: DateTime<Utc>) -> Result<()> {
    match (session.state, reported_as) {
        (_, ReportedAs::Lecturer) => check_plan_open(session, reported_as, now),
        (state, ReportedAs::Supervisor) => {
            Thing::Session.require_state(state, [SessionState::Planned, SessionState::Delivered])
        }
    }
}

/// The role in which a person reports what happened to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportedAs {
    /// A lecturer of the session, without a further right.
    Lecturer,
    /// A manager or HR.
    Supervisor,
}

/// Refuses decisions that are not possible: a session in the future cannot be missed. A lecturer may neither overturn the decisions of
/// others nor cancel a session that should have taken place.
pub fn check_decision(session: &Session, to: SessionState, reported_as: ReportedAs, now: DateTime<Utc>) -> Result<()> {
    let refused = |needed: Param| Err(Error::state(Thing::Session, session.state, needed));
    let is_past = session.scheduled_start <= now;
    let unconfirmed = session.state == SessionState::Delivered && session.delivery_confirmed_at.is_none();
    match (session.state, reported_as) {
        (SessionState::Cancelled, reported_as)
            if reported_as == ReportedAs::Lecturer || to == SessionState::Cancelled =>
        {
            return refused([SessionState::Planned, SessionState::Delivered, SessionState::Missed].into());
        }
        (SessionState::Missed, ReportedAs::Lecturer) => return refused(Condition::PlannedOrUnconfirmed.into()),
        (SessionState::Delivered, ReportedAs::Lecturer) if !unconfirmed => {
            return refused(Condition::PlannedOrUnconfirmed.into());
        }
        _ => {}
    }
    match to {
        SessionState::Missed if !is_past => Err(Error::state(Thing::Session, Condition::StillToCome, Condition::Past)),
        SessionState::Cancelled if reported_as == ReportedAs::Lecturer && session.state != SessionState::Planned => {
            refused(SessionState::Planned.into())
        }
        SessionState::Cancelled if reported_as == ReportedAs::Lecturer && is_past => {
            Err(Error::state(Thing::Session, Condition::Past, Condition::StillToCome))
        }
        _ => Ok(()),
    }
}

/// Refuses changes to a session that is no longer planned. A lecturer may not move a session that should have taken place.
pub fn check_plan_open(session: &Session, reported_as: ReportedAs, now: DateTime<Utc>) -> Result<()> {
    Thing::Session.require_state(session.state, [SessionState::Planned])?;
    let is_late = reported_as == ReportedAs::Lecturer && session.scheduled_start <= now;
    Thing::Session.refuse_if(is_late, Condition::Past, Condition::StillToCome)
}

/// Refuses a lecturer who would cancel, move, hand over or turn into something else what was assigned: that needs consent.
pub fn check_consent(session: &Session, reported_as: ReportedAs) -> Result<()> {
    let is_assigned = session.kind == SessionKind::Assigned && session.state == SessionState::Planned;
    if is_assigned && reported_as == ReportedAs::Lecturer {
        return Err(Error::new(Code::ConsentRequired).with("session_id", data(session.id)));
    }
    Ok(())
}

/// Whether a report of a delivery or an attendance list needs no confirmation by anyone else. It does if it comes from a lecturer
/// of the session.
#[must_use]
pub fn needs_no_confirmation(reporter: Option<Uuid>, lecturers: &[Uuid]) -> bool {
    reporter.is_none_or(|reporter| !lecturers.contains(&reporter))
}

/// A session for tests.
#[cfg(test)]
pub fn sample(state: SessionState, start: &str) -> Session {
    Session {
        tenant_id: Uuid::nil(),
        id: Uuid::nil(),
        programme_id: Uuid::nil(),
        group_id: None,
        title: crate::kernel::text::Title::trusted("Title"),
        topic: None,
        kind: super::model::SessionKind::Assigned,
        mode: super::model::SessionMode::Online,
        place: None,
        state,
        scheduled_start: start.parse().unwrap(),
        scheduled_minutes: 60,
        due_at: None,
        submitted_at: None,
        delivered_start: None,
        delivered_minutes: None,
        head_count: None,
        department_id: None,
        difficulty: None,
        is_first_run: false,
        delivery_reported_at: None,
        delivery_reported_by_id: None,
        delivery_confirmed_at: None,
        delivery_confirmed_by_id: None,
        state_reason: None,
        created_at: start.parse().unwrap(),
        updated_at: start.parse().unwrap(),
        version: 1,
        attendance_recorded_at: None,
        attendance_recorded_by_id: None,
    }
}

#[cfg(test)]
mod tests {
    use super::sample as session;
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn faults_of(credits: &[Option<&str>]) -> Vec<(String, FaultCode)> {
        let given: Vec<_> = credits
            .iter()
            .enumerate()
            .map(|(i, credit)| (Uuid::from_u128(i as u128), credit.map(|credit| credit.parse().unwrap())))
            .collect();
        let mut faults = Faults::default();
        shares(&given, "/lecturers", &mut faults);
        faults.into_vec().into_iter().map(|fault| (fault.pointer, fault.code)).collect()
    }

    #[test]
    fn credits_sum_to_one() {
        for good in [vec![None], vec![Some("1")], vec![Some("0.6"), Some("0.4")]] {
            assert_eq!(faults_of(&good), [], "{good:?}");
        }
        let thirds = [Some("0.33333333"), Some("0.33333333"), Some("0.33333334")];
        assert_eq!(faults_of(&thirds), []);
        let sum = [("/lecturers".to_owned(), FaultCode::CreditsSum)];
        assert_eq!(faults_of(&[Some("0.6"), Some("0.6")]), sum);
        assert_eq!(faults_of(&[Some("0.5")]), sum);
        assert_eq!(faults_of(&[Some("0.5"), None]), [("/lecturers/1/credit".to_owned(), FaultCode::Required)]);
        assert_eq!(faults_of(&[Some("0"), Some("1.1")]).len(), 2);
        let fine = faults_of(&[Some("0.333333333"), Some("0.666666667")]);
        assert_eq!(fine[0], ("/lecturers/0/credit".to_owned(), FaultCode::TooManyDecimals));
    }

    #[test]
    fn what_may_become_of_a_session() {
        use ReportedAs::{Lecturer, Supervisor};
        use SessionState::{Cancelled, Delivered, Missed, Planned};
        let (before, after) = ("2026-03-01T00:00:00Z", "2026-03-20T00:00:00Z");
        for (from, to, reported_as, now, allowed) in [
            (Planned, Delivered, Lecturer, after, true),
            (Planned, Missed, Lecturer, after, true),
            (Planned, Missed, Supervisor, before, false),
            (Planned, Cancelled, Lecturer, before, true),
            (Planned, Cancelled, Lecturer, after, false),
            (Planned, Cancelled, Supervisor, after, true),
            (Delivered, Missed, Lecturer, after, true),
            (Delivered, Cancelled, Lecturer, after, false),
            (Missed, Delivered, Lecturer, after, false),
            (Missed, Delivered, Supervisor, after, true),
            (Cancelled, Delivered, Supervisor, after, true),
            (Cancelled, Missed, Supervisor, after, true),
            (Cancelled, Cancelled, Supervisor, after, false),
            (Cancelled, Delivered, Lecturer, after, false),
        ] {
            let verdict = check_decision(&session(from, "2026-03-10T06:00:00Z"), to, reported_as, at(now));
            assert_eq!(verdict.is_ok(), allowed, "{from:?} to {to:?} by {reported_as:?} at {now}");
        }
        let mut confirmed = session(Delivered, "2026-03-10T06:00:00Z");
        confirmed.delivery_confirmed_at = Some(at(after));
        assert!(check_decision(&confirmed, Missed, Lecturer, at(after)).is_err());
        assert!(check_decision(&confirmed, Missed, Supervisor, at(after)).is_ok());
    }

    fn parts(of: &[(u128, &str)]) -> Vec<Share> {
        let share = |(id, credit): &(u128, &str)| Share {
            employee_id: Uuid::from_u128(*id),
            credit: credit.parse().unwrap(),
            role: None,
        };
        of.iter().map(share).collect()
    }

    #[test]
    fn a_role_of_which_nothing_is_said_stays() {
        let as_role = |share: &Share, role| Share { role: Some(role), ..*share };
        let (lead, assistant) = (SessionRole::Lead, SessionRole::Assistant);
        let halves = parts(&[(1, "0.5"), (2, "0.5")]);
        let before = [as_role(&halves[0], lead), as_role(&halves[1], assistant)];
        let kept = with_roles(&before, parts(&[(2, "0.4"), (3, "0.6")]));
        assert_eq!(kept.iter().map(|share| share.role.unwrap()).collect::<Vec<_>>(), [assistant, lead]);
        assert_eq!(set_roles(&before, &kept).count(), 0);
        let changed = [as_role(&halves[0], assistant), as_role(&halves[1], assistant)];
        assert_eq!(set_roles(&before, &changed).collect::<Vec<_>>(), [0]);
        assert_eq!(set_roles(&[], &changed).collect::<Vec<_>>(), [0, 1]);
    }

    #[test]
    fn a_lecturer_shares_the_own_session_out_evenly_and_leaves_nobody_out() {
        let (nobody, alone) = (parts(&[]), parts(&[(1, "1")]));
        let halves = parts(&[(1, "0.5"), (2, "0.5")]);
        let thirds = parts(&[(1, "0.33"), (2, "0.33"), (3, "0.34")]);
        let uneven = parts(&[(1, "0.9"), (2, "0.1")]);
        for (before, now, fair) in [
            (&nobody, &alone, true),
            (&nobody, &halves, true),
            (&nobody, &uneven, false),
            (&nobody, &parts(&[(2, "1")]), false),
            (&alone, &halves, true),
            (&halves, &thirds, true),
            (&thirds, &halves, false),
            (&halves, &alone, false),
            (&uneven, &halves, false),
            (&parts(&[(2, "0.5"), (3, "0.5")]), &thirds, false),
        ] {
            assert_eq!(is_fair_sharing(Uuid::from_u128(1), before, now), fair, "{before:?} to {now:?}");
        }
        assert_eq!(changed(&halves, &halves), BTreeSet::new());
        assert_eq!(changed(&alone, &halves).len(), 2);
        assert_eq!(changed(&halves, &parts(&[(2, "0.50"), (3, "0.5")])).len(), 2, "who comes and who goes");
    }

    #[test]
    fn a_confirmation_is_not_by_a_lecturer() {
        let (boss, lecturer, hr) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
        let mut delivered = session(SessionState::Delivered, "2026-03-10T06:00:00Z");
        delivered.delivery_reported_by_id = Some(boss);
        delivered.delivery_confirmed_by_id = Some(boss);
        assert!(stays_confirmed(&delivered, &[lecturer], &[lecturer, hr]));
        assert!(!stays_confirmed(&delivered, &[lecturer], &[boss]));
        // The lecturer's own report was confirmed by someone else.
        delivered.delivery_reported_by_id = Some(lecturer);
        delivered.delivery_confirmed_by_id = Some(hr);
        assert!(stays_confirmed(&delivered, &[lecturer], &[lecturer, boss]));
        assert!(!stays_confirmed(&delivered, &[lecturer], &[lecturer, hr]));
    }

    #[test]
    fn nobody_confirms_the_own_delivery() {
        let (lecturer, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        assert!(!needs_no_confirmation(Some(lecturer), &[lecturer]));
        assert!(needs_no_confirmation(Some(other), &[lecturer]));
        assert!(needs_no_confirmation(None, &[lecturer]), "a machine");
    }
}
