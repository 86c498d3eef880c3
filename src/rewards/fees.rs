//! Teaching fees (课酬): what each session earns a lecturer by a fee, before any limit, and what holds it. Pure.

use std::collections::BTreeMap;

use chrono::{DateTime, Datelike as _, FixedOffset, Timelike as _};
use num_traits::{One as _, ToPrimitive as _, Zero as _};
use uuid::Uuid;

use super::policy::{MAX_AMOUNT_MINOR, SessionFee};
use crate::kernel::decimal::Decimal;
use crate::kernel::ratio::{Ratio, divide, power_of_ten, round_half_up, whole};
pub use crate::programmes::documents::fee::HoldReason;
use crate::programmes::documents::fee::{FactorBand, FactorBy, FeeBase, FeeFactor, TimeSlot, minute_of_day};
use crate::scoring::inputs::{FeeInputs, LecturerInputs, SessionInputs};
use crate::scoring::metrics::{mean_rating, qualifies};
use crate::scoring::rule::ScoringRule;

/// What a session earns a lecturer by one fee.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DueFee {
    /// The actual start.
    pub start: DateTime<FixedOffset>,
    /// In minor units. None: the lecturer's level has no rate, and there is none for everybody.
    pub amount_minor: Option<i64>,
    /// In the order of the gates.
    pub held_for: Vec<HoldReason>,
    pub session_id: Uuid,
    /// What was granted for the session in another period, in which it counted before: it is deducted from the amount.
    pub before_minor: i64,
}

impl DueFee {
    /// Takes off what was granted for the session in other periods and is not taken off yet.
    pub fn deduct(&mut self, granted: &mut BTreeMap<Uuid, i64>) {
        if let (Some(amount), Some(left)) = (&mut self.amount_minor, granted.get_mut(&self.session_id)) {
            self.before_minor = (*amount).min(*left);
            *amount -= self.before_minor;
            *left -= self.before_minor;
        }
    }
}

/// What was granted for each session of a lecturer in other periods.
#[must_use]
pub fn granted_before(inputs: &LecturerInputs) -> BTreeMap<Uuid, i64> {
    let granted = |session: &SessionInputs| Some((session.session_id, session.fee.as_ref()?.granted_before_minor));
    inputs.delivered().filter_map(granted).filter(|(_, minor)| *minor > 0).collect()
}

/// What the sessions of a lecturer earn by this fee, in their order. `min_ratings`: with fewer ratings, a session has no mean.
#[must_use]
pub fn due_fees(fee: &SessionFee, rule: &ScoringRule, min_ratings: u32, inputs: &LecturerInputs) -> Vec<DueFee> {
    let earns = |session: &&SessionInputs| qualifies(rule, session) && fee.kinds.contains(&session.kind);
    let due = |session: &SessionInputs| {
        let part = Part::of(session, min_ratings)?;
        Some(DueFee {
            start: part.own.start,
            amount_minor: part.amount(fee),
            held_for: part.held_for(fee),
            session_id: session.session_id,
            before_minor: 0,
        })
    };
    let mut found: Vec<DueFee> = inputs.delivered().filter(earns).filter_map(due).collect();
    found.sort();
    found
}

/// A lecturer's part in a session.
struct Part<'a> {
    session: &'a SessionInputs,
    own: &'a FeeInputs,
    /// The mean of its ratings on a scale of 10, if there are enough.
    rating: Option<Ratio>,
}

impl<'a> Part<'a> {
    fn of(session: &'a SessionInputs, min_ratings: u32) -> Option<Self> {
        let mean = mean_rating(session.own_ratings()).filter(|(_, n)| *n >= u64::from(min_ratings.max(1)));
        Some(Self { session, own: session.fee.as_ref()?, rating: mean.map(|(mean, _)| mean) })
    }

    /// Credit × units × rate × role × every factor, half up.
    fn amount(&self, fee: &SessionFee) -> Option<i64> {
        let listed = self.own.level.as_ref().and_then(|level| fee.rates_minor.get(level)).copied();
        let rate = listed.or(fee.default_rate_minor)?;
        let role = fee.roles.get(self.own.role.slug()).map_or_else(Ratio::one, |role| role.to_ratio());
        let base = self.session.credit.to_ratio() * self.units(fee) * whole(rate) * role;
        let factors = fee.factors.iter().filter_map(|table| self.factor(table));
        let exact = factors.fold(base, |product, factor| product * factor.to_ratio());
        let amount = round_half_up(&exact, 0).to_i64().unwrap_or(MAX_AMOUNT_MINOR);
        Some(amount.min(MAX_AMOUNT_MINOR))
    }

    fn units(&self, fee: &SessionFee) -> Ratio {
        match (fee.base, fee.unit_decimals) {
            (FeeBase::PerSession, _) => Ratio::one(),
            (FeeBase::PerUnit, None) => self.exact_units(fee),
            (FeeBase::PerUnit, Some(decimals)) => {
                Ratio::new(round_half_up(&self.exact_units(fee), decimals), power_of_ten(decimals))
            }
        }
    }

    fn exact_units(&self, fee: &SessionFee) -> Ratio {
        divide(&whole(self.session.minutes), &whole(fee.unit_minutes)).unwrap_or_else(Ratio::zero)
    }

    /// The factor of a table. None: it has no entry for the session.
    fn factor(&self, table: &FeeFactor) -> Option<Decimal> {
        match table.by {
            FactorBy::Difficulty => table.values.get(self.own.difficulty.as_ref()?).copied(),
            FactorBy::DayKind => table.values.get(self.own.day_kind.slug()).copied(),
            FactorBy::Run => highest_band(&table.bands, &whole(if self.own.is_first_run { 1 } else { 2 })),
            FactorBy::Attendees => highest_band(&table.bands, &whole(self.session.attendees)),
            FactorBy::SessionRating => highest_band(&table.bands, self.rating.as_ref()?),
            FactorBy::TimeSlot => first_slot(&table.slots, self.own.start),
        }
    }

    /// The gates that it fails, in their order.
    fn held_for(&self, fee: &SessionFee) -> Vec<HoldReason> {
        let (gates, own) = (&fee.gates, self.own);
        let is_low =
            gates.min_session_rating.zip(self.rating.as_ref()).is_some_and(|(least, mean)| *mean < least.to_ratio());
        let is_longer = || own.longest_attendance.is_none_or(|longest| self.session.minutes > longest);
        let is_held = |code: &str| own.certificates.iter().any(|held| held == code);
        let found = [
            (is_low, HoldReason::SessionRating),
            (gates.attendance_hours && is_longer(), HoldReason::AttendanceHours),
            (gates.certificate.as_deref().is_some_and(|code| !is_held(code)), HoldReason::Certificate),
            (gates.submitted_on_time && self.session.on_time == Some(false), HoldReason::LateContent),
        ];
        found.into_iter().filter(|(fails, _)| *fails).map(|(_, reason)| reason).collect()
    }
}

/// The factor of the highest band that the value reaches.
fn highest_band(bands: &[FactorBand], value: &Ratio) -> Option<Decimal> {
    let reached = bands.iter().filter(|band| *value >= band.at_least.to_ratio());
    reached.max_by_key(|band| band.at_least).map(|band| band.factor)
}

/// The factor of the first slot that holds the local weekday and time.
fn first_slot(slots: &[TimeSlot], start: DateTime<FixedOffset>) -> Option<Decimal> {
    let (weekday, minute) = (start.weekday().number_from_monday(), start.hour() * 60 + start.minute());
    let holds = |slot: &&TimeSlot| {
        let (from, to) = (minute_of_day(&slot.from), minute_of_day(&slot.to));
        let is_within = from.zip(to).is_some_and(|(from, to)| from <= minute && minute < to);
        slot.weekdays.contains(&weekday) && is_within
    };
    slots.iter().find(holds).map(|slot| slot.factor)
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use serde_json::{Value, json};

    use super::*;
    use crate::programmes::{SessionKind, SessionRole};
    use crate::rewards::policy::RewardPolicySet;
    use crate::scoring::inputs::{DayKind, RatingSum, SessionOutcome};

    fn ratings(n: u32, sum: u32) -> Vec<RatingSum> {
        vec![RatingSum { scale: NonZeroU32::new(10).unwrap(), n, sum: sum.into() }]
    }

    /// An hour on Wednesday evening, rated 6 by one.
    fn session() -> SessionInputs {
        SessionInputs {
            session_id: Uuid::nil(),
            state: SessionOutcome::Delivered,
            kind: SessionKind::Assigned,
            minutes: 60,
            attendees: 10,
            credit: 1.into(),
            on_time: Some(false),
            confirmed_cases: 0,
            ratings: ratings(1, 6),
            items: Vec::new(),
            fee: Some(FeeInputs {
                start: "2026-03-11T19:30:00+08:00".parse().unwrap(),
                day_kind: DayKind::Workday,
                role: SessionRole::Lead,
                level: None,
                difficulty: None,
                is_first_run: false,
                longest_attendance: None,
                certificates: Vec::new(),
                granted_before_minor: 0,
                own_ratings: None,
            }),
        }
    }

    fn inputs(session: SessionInputs) -> LecturerInputs {
        LecturerInputs {
            employee_id: Uuid::nil(),
            employee_number: "E1".into(),
            department: None,
            days: NonZeroU32::new(31).unwrap(),
            exempt_days: 0,
            sessions: vec![session],
            contents: Vec::new(),
            external: BTreeMap::new(),
        }
    }

    fn due(more: Value, min_ratings: u32, session: SessionInputs) -> DueFee {
        let mut policy =
            json!({"kind": "session_fee", "code": "f", "priority": 1, "rates_minor": {}, "default_rate_minor": 100});
        policy.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        let set: RewardPolicySet = serde_json::from_value(json!({ "policies": [policy] })).unwrap();
        let rule = json!({
            "components": [{"metric": "session_count", "weight_bp": 10000, "curve": {"kind": "linear", "to": 3}}],
            "grades": [{"code": "pass", "at_least": 0}],
        });
        let (fee, rule) = (set.fees().next().unwrap(), serde_json::from_value(rule).unwrap());
        due_fees(fee, &rule, min_ratings, &inputs(session)).remove(0)
    }

    fn with(change: impl FnOnce(&mut FeeInputs)) -> SessionInputs {
        let mut session = session();
        change(session.fee.as_mut().unwrap());
        session
    }

    fn held(gates: Value, min_ratings: u32, session: SessionInputs) -> Vec<HoldReason> {
        due(json!({ "gates": gates }), min_ratings, session).held_for
    }

    #[test]
    fn every_gate_that_fails_is_named_in_order() {
        use HoldReason::{AttendanceHours, Certificate, LateContent, SessionRating};
        let all =
            json!({"submitted_on_time": true, "certificate": "TTT", "attendance_hours": true, "min_session_rating": 7});
        assert_eq!(held(all.clone(), 1, session()), [SessionRating, AttendanceHours, Certificate, LateContent]);
        // With too few ratings there is no mean, and a due moment that is not there is met.
        let session = SessionInputs { on_time: None, ..with(|fee| fee.certificates = vec!["A".into(), "TTT".into()]) };
        assert_eq!(held(all, 2, session), [AttendanceHours]);
        assert_eq!(held(json!({}), 1, self::session()), []);
    }

    #[test]
    fn somebody_must_have_stayed_as_long_as_the_session_was() {
        let hours = json!({"attendance_hours": true});
        for (longest, reasons) in [(None, 1), (Some(59), 1), (Some(60), 0), (Some(90), 0)] {
            let session = with(|fee| fee.longest_attendance = longest);
            assert_eq!(held(hours.clone(), 1, session).len(), reasons, "{longest:?}");
        }
    }

    #[test]
    fn the_sessions_own_ratings_make_its_mean() {
        let gate = json!({"min_session_rating": 7});
        let session = SessionInputs { ratings: ratings(3, 16), ..with(|fee| fee.own_ratings = Some(ratings(1, 9))) };
        assert_eq!(held(gate, 1, session), []);
    }

    #[test]
    fn a_slot_holds_its_beginning_and_not_its_end_and_the_first_one_counts() {
        let slot =
            |from: &str, to: &str, factor: u32| json!({"weekdays": [3], "from": from, "to": to, "factor": factor});
        let amount = |slots: Vec<Value>| {
            due(json!({"factors": [{"by": "time_slot", "slots": slots}]}), 1, session()).amount_minor.unwrap()
        };
        assert_eq!(amount(vec![slot("19:30", "20:00", 2), slot("00:00", "24:00", 3)]), 200);
        assert_eq!(amount(vec![slot("18:00", "19:30", 2), slot("00:00", "24:00", 3)]), 300);
        assert_eq!(amount(vec![slot("18:00", "19:30", 2)]), 100);
    }

    #[test]
    fn no_factor_makes_an_amount_that_no_policy_may_grant() {
        let tables = vec![json!({"by": "attendees", "bands": [{"at_least": 0, "factor": 100}]}); 20];
        assert_eq!(due(json!({ "factors": tables }), 1, session()).amount_minor, Some(MAX_AMOUNT_MINOR));
    }

    /// A session is paid once, whichever fee paid it.
    #[test]
    fn what_was_granted_for_the_session_elsewhere_is_taken_off() {
        let mut granted = BTreeMap::from([(Uuid::nil(), 130)]);
        let mut amounts = Vec::new();
        for _ in 0..3 {
            let mut own = due(json!({}), 1, session());
            own.deduct(&mut granted);
            amounts.push((own.amount_minor, own.before_minor));
        }
        assert_eq!(amounts, [(Some(0), 100), (Some(70), 30), (Some(100), 0)]);
    }
}
