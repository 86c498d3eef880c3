//! What follows in money from a period that is computed again: pure.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::model::ProposalKind;
use crate::programmes::TakeBack;
use crate::rewards::entitlement::Award;
use crate::rewards::fees::HoldReason;
use crate::rewards::ledger::Had;
use crate::rewards::rules::RewardLine;

/// A certificate that somebody holds for the period: the policy, and the kind of certificate.
pub type Held = (String, String);

/// One lecturer's rewards: what is due by today's facts, and what is there.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// In the order of priority.
    pub due: &'a [RewardLine],
    pub had: &'a [Had],
    /// Those issued, and whether each still stands: one that was revoked is not issued again.
    pub certificates: &'a BTreeMap<Held, bool>,
    /// The policies about which nothing has changed since the snapshot that counts: what is there was decided.
    pub decided: &'a BTreeSet<String>,
    /// What the snapshot that counts gives for each session. Where today's facts give the same, what is there was decided as well.
    pub before: &'a BySession,
}

/// What a fee gives for a session.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Given {
    pub amount_minor: i64,
    /// The gates that hold it.
    pub gates: Vec<HoldReason>,
}

/// What fees give, by policy and session.
pub type BySession = BTreeMap<(String, Uuid), Given>;

/// What holds for everybody.
#[derive(Debug)]
pub struct Limits<'a> {
    /// The policies in the order of priority.
    pub order: BTreeMap<&'a str, usize>,
    pub take_back: TakeBack,
    pub person_cap_minor: Option<i64>,
    /// Whether the money of the period is over budget and held.
    pub held: bool,
}

/// One proposal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    pub kind: ProposalKind,
    pub policy: String,
    pub session_id: Option<Uuid>,
    pub certificate: Option<String>,
    pub had_minor: i64,
    pub due_minor: i64,
    /// What it moves: above 0 if granted, below 0 if taken back.
    pub amount_minor: i64,
    pub held: bool,
    /// The gates of a fee that hold what is granted, or that hold it from now on.
    pub gates: Vec<HoldReason>,
    /// In a contest with places; 1 is the first.
    pub place: Option<usize>,
}

/// A policy at its place in the order of priority, or a session's fee by it at its place in the order of sessions.
type Key<'a> = (usize, &'a str, usize, Option<Uuid>);

#[derive(Debug, Clone, Default)]
struct Sums {
    had: i64,
    due: i64,
    place: Option<usize>,
    /// Whether anything is due. What holds a fee of a session that earns nothing any more is not gone: the fee is.
    is_due: bool,
    gates: Vec<HoldReason>,
    /// Whether a gate holds anything that is there.
    is_gated: bool,
    /// Whether anything that is there is not approved yet.
    is_waiting: bool,
    is_decided: bool,
}

impl Sums {
    /// What becomes of what is there, apart from its amount. `given_before`: what the snapshot that counts gives, if anything.
    fn hold(&self, given_before: Option<&Given>) -> Option<ProposalKind> {
        let is_as_before = given_before.is_some_and(|before| before.gates == self.gates);
        if is_as_before || !self.is_due {
            None
        } else if self.gates.is_empty() {
            self.is_gated.then_some(ProposalKind::Release)
        } else {
            self.is_waiting.then_some(ProposalKind::Hold)
        }
    }
}

/// The differences, in the order of priority.
///
/// What is due above what is there is granted, but all of it together at most up to the cap less what the lecturer keeps; the last
/// policy is cut first. What is there above what is due is taken back or stays, as the policies say.
#[must_use]
pub fn differences(limits: &Limits<'_>, case: Case<'_>) -> Vec<Difference> {
    let sums = sums(limits, case);
    let mut found: Vec<Difference> = Vec::new();
    let taken_back: i64 = sums.values().filter(|own| !own.is_decided).map(|own| taken(limits, own)).sum();
    let kept: i64 = sums.values().map(|own| own.had).sum::<i64>() + taken_back;
    let mut room = limits.person_cap_minor.map(|cap| (cap - kept).max(0));
    for ((_, policy, _, session), own) in sums.iter().filter(|(_, own)| !own.is_decided) {
        let difference = |kind, amount_minor| Difference {
            kind,
            policy: (*policy).to_owned(),
            session_id: *session,
            certificate: None,
            had_minor: own.had,
            due_minor: own.due,
            amount_minor,
            held: kind == ProposalKind::Grant && limits.held,
            gates: if matches!(kind, ProposalKind::Grant | ProposalKind::Hold) {
                own.gates.clone()
            } else {
                Vec::new()
            },
            place: own.place,
        };
        let given_before = session.and_then(|session| case.before.get(&((*policy).to_owned(), session)));
        found.extend(own.hold(given_before).map(|kind| difference(kind, 0)));
        let (kind, amount) = match own.due - own.had {
            0 => continue,
            more @ 1.. => {
                let granted = room.map_or(more, |room| more.min(room));
                room = room.map(|room| room - granted);
                (ProposalKind::Grant, granted)
            }
            _ if limits.take_back == TakeBack::Adjust => (ProposalKind::TakeBack, taken(limits, own)),
            _ => (ProposalKind::Keep, 0),
        };
        if amount != 0 || kind == ProposalKind::Keep {
            found.push(difference(kind, amount));
        }
    }
    found.extend(certificates(case));
    found
}

/// What is taken back, as a negative amount. Never more than is there.
fn taken(limits: &Limits<'_>, own: &Sums) -> i64 {
    match limits.take_back {
        TakeBack::Adjust => (own.due - own.had).clamp(-own.had.max(0), 0),
        TakeBack::None => 0,
    }
}

fn sums<'a>(limits: &Limits<'_>, case: Case<'a>) -> BTreeMap<Key<'a>, Sums> {
    let sessions: Vec<Option<Uuid>> = case.due.iter().map(|line| line.session_id).collect();
    let key = |policy: &'a str, session: Option<Uuid>| {
        let place = limits.order.get(policy).copied().unwrap_or(usize::MAX);
        let at = sessions.iter().position(|own| *own == session).filter(|_| session.is_some()).unwrap_or(usize::MAX);
        (place, policy, at, session)
    };
    let mut sums: BTreeMap<Key<'a>, Sums> = BTreeMap::new();
    for line in case.due {
        if let Award::Money(money) = &line.award {
            let own = sums.entry(key(&line.policy, line.session_id)).or_default();
            own.due += money.amount_minor;
            (own.is_due, own.place, own.gates) = (true, line.place, line.held_reasons.clone());
        }
    }
    for had in case.had {
        let own = sums.entry(key(&had.policy_code, had.session_id)).or_default();
        own.had += had.computed_minor + had.by_hand_minor;
        (own.is_gated, own.is_waiting) = (own.is_gated || had.is_gated, own.is_waiting || had.is_waiting);
    }
    for ((_, policy, _, session), own) in &mut sums {
        let given = session.map(|session| ((*policy).to_owned(), session));
        let is_as_before = given.is_some_and(|given| {
            let now = Given { amount_minor: own.due, gates: own.gates.clone() };
            now == case.before.get(&given).cloned().unwrap_or_default()
        });
        own.is_decided = is_as_before || case.decided.contains(*policy);
    }
    sums
}

/// Those that are due and not there, and those that are there and not due.
fn certificates(case: Case<'_>) -> Vec<Difference> {
    let due = case.due.iter().filter_map(|line| match &line.award {
        Award::Certificate(award) => Some((line.policy.clone(), award.certificate.clone())),
        Award::Money(_) => None,
    });
    let due: BTreeSet<Held> = due.collect();
    let missing = due.iter().filter(|held| !case.certificates.contains_key(*held));
    let standing = case.certificates.iter().filter(|(_, stands)| **stands).map(|(held, _)| held);
    let groundless = standing.filter(|held| !due.contains(*held)).map(|held| (ProposalKind::Task, held));
    let missing = missing.map(|held| (ProposalKind::Certificate, held));
    let open = missing.chain(groundless).filter(|(_, (policy, _))| !case.decided.contains(policy));
    let difference = |(kind, (policy, certificate)): (ProposalKind, &Held)| Difference {
        kind,
        policy: policy.clone(),
        session_id: None,
        certificate: Some(certificate.clone()),
        had_minor: 0,
        due_minor: 0,
        amount_minor: 0,
        held: false,
        gates: Vec::new(),
        place: None,
    };
    open.map(difference).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::rewards::entitlement::{CertificateAward, MoneyAward};

    fn limits(take_back: TakeBack, person_cap_minor: Option<i64>) -> Limits<'static> {
        Limits { order: BTreeMap::from([("bonus", 0), ("first", 1)]), take_back, person_cap_minor, held: false }
    }

    fn due(policy: &str, amount_minor: i64) -> RewardLine {
        let award = Award::Money(MoneyAward { amount_minor });
        line(policy, award)
    }

    fn line(policy: &str, award: Award) -> RewardLine {
        RewardLine {
            policy: policy.to_owned(),
            employee_id: Uuid::nil(),
            award,
            held: false,
            session_id: None,
            held_reasons: Vec::new(),
            over_budget: false,
            place: None,
        }
    }

    fn certificate(policy: &str, certificate: &str) -> RewardLine {
        let award = Award::Certificate(CertificateAward { certificate: certificate.to_owned() });
        line(policy, award)
    }

    fn had(policy: &str, computed_minor: i64, rejected_minor: i64, by_hand_minor: i64) -> Had {
        Had {
            employee_id: Uuid::nil(),
            policy_code: policy.to_owned(),
            session_id: None,
            computed_minor,
            rejected_minor,
            by_hand_minor,
            is_gated: false,
            is_waiting: true,
        }
    }

    /// Kind, policy and amount of each proposal.
    fn found(
        limits: &Limits<'_>,
        due: &[RewardLine],
        had: &[Had],
        decided: &[&str],
    ) -> Vec<(ProposalKind, String, i64)> {
        let decided = decided.iter().map(|policy| (*policy).to_owned()).collect();
        let case = Case { due, had, certificates: &BTreeMap::new(), decided: &decided, before: &BySession::new() };
        differences(limits, case).into_iter().map(|own| (own.kind, own.policy, own.amount_minor)).collect()
    }

    #[test]
    fn more_is_granted_and_less_is_kept_or_taken_back() {
        use ProposalKind::{Grant, Keep, TakeBack as Back};
        let (due, had) = ([due("bonus", 500), due("first", 900)], [had("bonus", 800, 0, 0), had("first", 600, 0, 0)]);
        let first = (Grant, "first".to_owned(), 300);
        let none = limits(TakeBack::None, None);
        assert_eq!(found(&none, &due, &had, &[]), [(Keep, "bonus".to_owned(), 0), first.clone()]);
        let adjust = limits(TakeBack::Adjust, None);
        assert_eq!(found(&adjust, &due, &had, &[]), [(Back, "bonus".to_owned(), -300), first.clone()]);
        // The cap leaves less if the lecturer keeps what is not due any more.
        assert_eq!(found(&limits(TakeBack::None, Some(1_500)), &due, &had, &[]).last().unwrap().2, 100);
        assert_eq!(found(&limits(TakeBack::Adjust, Some(1_400)), &due, &had, &[]).last(), Some(&first));
        assert_eq!(found(&limits(TakeBack::None, Some(1_400)), &due, &had, &[]).len(), 1);
    }

    #[test]
    fn what_was_decided_stays_and_else_what_was_rejected_is_not_there() {
        let adjust = limits(TakeBack::Adjust, None);
        let (due, had) = ([due("bonus", 500)], [had("bonus", 0, 500, 0), had("first", 600, 0, -100)]);
        assert!(found(&adjust, &due, &had, &["bonus", "first"]).is_empty());
        let all = [(ProposalKind::Grant, "bonus".to_owned(), 500), (ProposalKind::TakeBack, "first".to_owned(), -500)];
        assert_eq!(found(&adjust, &due, &had, &[]), all);
    }

    /// Each session by itself: what has not changed of one was decided, whatever has of another.
    #[test]
    fn fees_are_compared_per_session() {
        use ProposalKind::{Grant, Hold, Keep, Release, TakeBack as Back};
        let [first, second, third, fourth, moved, missed, back] = [1, 2, 3, 4, 5, 6, 7].map(Uuid::from_u128);
        let late = vec![HoldReason::LateContent];
        let of = |session, amount: i64, gates: &[HoldReason]| RewardLine {
            session_id: Some(session),
            held_reasons: gates.to_vec(),
            ..due("bonus", amount)
        };
        let there =
            |session, amount: i64, is_gated| Had { session_id: Some(session), is_gated, ..had("bonus", amount, 0, 0) };
        let given = |session, amount_minor: i64, gates: &[HoldReason]| {
            (("bonus".to_owned(), session), Given { amount_minor, gates: gates.to_vec() })
        };
        let due = [
            of(fourth, 100, &[]),
            of(first, 100, &[]),
            of(second, 300, &late),
            of(third, 100, &late),
            of(back, 90, &[]),
        ];
        // The first was rejected, and nothing about it has changed; the third is held, and was released since. What was held of a session
        // that was missed stays held, until the session counts again and nothing holds it.
        let had = [
            there(second, 200, false),
            there(third, 100, false),
            there(fourth, 100, true),
            there(moved, 50, false),
            there(missed, 300, true),
            there(back, 90, true),
        ];
        let before = BySession::from([
            given(first, 100, &[]),
            given(second, 200, &[]),
            given(third, 100, &late),
            given(fourth, 100, &late),
            given(moved, 50, &[]),
            given(missed, 300, &late),
        ]);
        let decided = BTreeSet::new();
        let case = Case { due: &due, had: &had, certificates: &BTreeMap::new(), decided: &decided, before: &before };
        let found = |take_back| {
            let found = differences(&limits(take_back, None), case).into_iter();
            found.map(|own| (own.kind, own.session_id.unwrap(), own.amount_minor, own.gates)).collect::<Vec<_>>()
        };
        let stand: [(ProposalKind, Uuid, i64, Vec<HoldReason>); 4] = [
            (Release, fourth, 0, Vec::new()),
            (Hold, second, 0, late.clone()),
            (Grant, second, 100, late.clone()),
            (Release, back, 0, Vec::new()),
        ];
        let adjusted = [(Back, moved, -50, Vec::new()), (Back, missed, -300, Vec::new())];
        assert_eq!(found(TakeBack::Adjust), [&stand[..], &adjusted[..]].concat());
        let kept = [(Keep, moved, 0, Vec::new()), (Keep, missed, 0, Vec::new())];
        assert_eq!(found(TakeBack::None), [&stand[..], &kept[..]].concat());
    }

    #[test]
    fn certificates_are_issued_and_never_taken_back() {
        let held = |policy: &str, code: &str| (policy.to_owned(), code.to_owned());
        let issued = [(held("most", "old"), true), (held("best", "same"), true), (held("best", "revoked"), false)];
        let held = BTreeMap::from(issued);
        let due = [certificate("best", "same"), certificate("best", "revoked"), certificate("most", "new")];
        let (decided, before) = (BTreeSet::new(), BySession::new());
        let case = Case { due: &due, had: &[], certificates: &held, decided: &decided, before: &before };
        let kinds = differences(&limits(TakeBack::Adjust, None), case);
        let kinds: Vec<_> = kinds.iter().map(|own| (own.kind, own.certificate.as_deref())).collect();
        assert_eq!(kinds, [(ProposalKind::Certificate, Some("new")), (ProposalKind::Task, Some("old"))]);
    }

    proptest! {
        /// What is there after everything was accepted is what is due, up to the cap; nobody falls below 0, and nothing is left to propose.
        #[test]
        fn accepted_differences_leave_none(
            amounts in proptest::collection::vec((0_i64..2_000, 0_i64..2_000), 2), cap in proptest::option::of(0_i64..3_000),
        ) {
            let limits = limits(TakeBack::Adjust, cap);
            let codes = ["bonus", "first"];
            // The computation keeps what is due within the cap.
            let mut left = cap.unwrap_or(i64::MAX);
            let dues: Vec<i64> = amounts.iter().map(|(due, _)| { let own = (*due).min(left); left -= own; own }).collect();
            let lines: Vec<RewardLine> = codes.iter().zip(&dues).map(|(code, amount)| due(code, *amount)).collect();
            let mut there: Vec<i64> = amounts.iter().map(|(_, had)| *had).collect();
            let case = |there: &[i64]| codes.iter().zip(there).map(|(code, sum)| had(code, *sum, 0, 0)).collect::<Vec<_>>();
            for (_, policy, amount) in found(&limits, &lines, &case(&there), &[]) {
                let at = codes.iter().position(|code| *code == policy).unwrap();
                there[at] += amount;
                prop_assert!(there[at] >= 0);
            }
            prop_assert_eq!(&there, &dues);
            prop_assert!(found(&limits, &lines, &case(&there), &[]).is_empty());
        }
    }
}
