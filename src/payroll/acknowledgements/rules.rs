//! What may be reported about a line.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use super::model::{KnownLine, Outcome};
use crate::kernel::decimal::Decimal;
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::message::{Param, data};
use crate::kernel::money::{Currency, Money};
use crate::kernel::phrases::Refusal;
use crate::kernel::text::{PaymentRef, Reason};

/// What an acknowledgement reports about one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub line_id: Uuid,
    pub outcome: Outcome,
    pub reason: Option<Reason>,
    pub external_reference: Option<PaymentRef>,
}

/// How the lines were sent.
#[derive(Debug, Clone)]
pub enum Sent {
    /// In the list of the request.
    List,
    /// In a file: where each stands.
    File(Vec<Stated>),
}

/// A row of a file.
#[derive(Debug, Clone)]
pub struct Stated {
    /// The line of the file on which it starts, from 1.
    pub line: u64,
    /// The amounts beside the line, where the file has them: in minor and in major units.
    pub amount_minor: Option<i64>,
    pub amount: Option<Decimal>,
}

impl Sent {
    /// The place of a whole file.
    pub const FILE: &str = "/content_base64";

    /// The place of all lines.
    #[must_use]
    pub fn all(&self) -> &'static str {
        match self {
            Self::List => "/lines",
            Self::File(_) => Self::FILE,
        }
    }

    /// The place of a member of line `i`.
    #[must_use]
    pub fn place(&self, i: usize, member: &str) -> String {
        let Self::File(rows) = self else { return format!("/lines/{i}/{member}") };
        let column = match member {
            "line_id" => "id",
            "reason" => "rejection_reason",
            other => other,
        };
        format!("{}/{}/{column}", Self::FILE, rows.get(i).map_or(0, |row| row.line))
    }
}

/// The latest outcome of each line. A final outcome replaces one that is not final.
#[must_use]
pub fn last_words(said: impl IntoIterator<Item = (Uuid, Outcome)>) -> BTreeMap<Uuid, Outcome> {
    let mut last = BTreeMap::new();
    for (line, outcome) in said {
        let word = last.entry(line).or_insert(outcome);
        *word = outcome.max(*word);
    }
    last
}

/// Refuses repeated lines, a rejection without a reason, a reason without a rejection, and a payment without a reference.
pub fn check_shape(said: &[Said], sent: &Sent, faults: &mut Faults) {
    let mut first: HashMap<Uuid, usize> = HashMap::new();
    for (i, line) in said.iter().enumerate() {
        let at = |member: &str| sent.place(i, member);
        if let Some(first) = first.get(&line.line_id) {
            let fault = Fault::new(at("line_id"), FaultCode::Duplicate);
            faults.push(fault.with("first", Param::Place(sent.place(*first, "line_id"))));
        }
        first.entry(line.line_id).or_insert(i);
        match (line.outcome, &line.reason) {
            (Outcome::Rejected, None) => faults.push(Fault::new(at("reason"), FaultCode::Required)),
            (Outcome::Accepted | Outcome::Paid, Some(_)) => {
                faults.push(Fault::not_eligible(at("reason"), Refusal::ReasonOfRejectedOnly));
            }
            _ => {}
        }
        if line.outcome == Outcome::Paid && line.external_reference.is_none() {
            faults.push(Fault::new(at("external_reference"), FaultCode::Required));
        }
    }
}

/// Refuses lines that are not in the batch, and outcomes that contradict an earlier final one.
pub fn check_words(
    said: &[Said],
    sent: &Sent,
    is_known: impl Fn(Uuid) -> bool,
    last: &BTreeMap<Uuid, Outcome>,
    faults: &mut Faults,
) {
    for (i, line) in said.iter().enumerate() {
        if !is_known(line.line_id) {
            faults.push(Fault::new(sent.place(i, "line_id"), FaultCode::NotFound));
            continue;
        }
        if let Some(before @ (Outcome::Paid | Outcome::Rejected)) = last.get(&line.line_id)
            && *before != line.outcome
        {
            let reason = Refusal::InStateAlready.with("state", *before);
            faults.push(Fault::not_eligible(sent.place(i, "status"), reason));
        }
    }
}

/// Refuses a row of a file whose amounts are not those of its line: the file was changed, or belongs to something else.
pub fn check_amounts(
    said: &[Said],
    sent: &Sent,
    (known, currency): (&BTreeMap<Uuid, KnownLine>, Currency),
    faults: &mut Faults,
) {
    let Sent::File(rows) = sent else { return };
    for (i, (line, row)) in said.iter().zip(rows).enumerate() {
        let Some(known) = known.get(&line.line_id) else { continue };
        let own = Money::new(known.amount_minor, currency);
        let mut refuse = |column: &str| {
            let reason = Refusal::OtherAmount.with("amount", data(own));
            faults.push(Fault::not_eligible(sent.place(i, column), reason));
        };
        if row.amount_minor.is_some_and(|minor| minor != own.amount_minor) {
            refuse("amount_minor");
        }
        if row.amount.is_some_and(|amount| Some(amount) != own.in_major_units()) {
            refuse("amount");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: u128, outcome: Outcome) -> Said {
        let reason = (outcome == Outcome::Rejected).then(|| Reason::trusted("no account"));
        let external_reference = (outcome == Outcome::Paid).then(|| PaymentRef::trusted("R1"));
        Said { line_id: Uuid::from_u128(line), outcome, reason, external_reference }
    }

    fn found(faults: Faults) -> Vec<(String, FaultCode)> {
        faults.into_vec().into_iter().map(|fault| (fault.pointer, fault.code)).collect()
    }

    #[test]
    fn final_words_stand() {
        use Outcome::{Accepted, Paid, Rejected};
        let line = Uuid::from_u128(1);
        for (before, now, good) in [
            (None, Rejected, true),
            (Some(Accepted), Accepted, true),
            (Some(Accepted), Paid, true),
            (Some(Accepted), Rejected, true),
            (Some(Paid), Paid, true),
            (Some(Paid), Accepted, false),
            (Some(Paid), Rejected, false),
            (Some(Rejected), Accepted, false),
            (Some(Rejected), Paid, false),
            (Some(Rejected), Rejected, true),
        ] {
            let last = before.map(|outcome| (line, outcome)).into_iter().collect();
            let mut faults = Faults::default();
            check_words(&[said(1, now)], &Sent::List, |_| true, &last, &mut faults);
            assert_eq!(found(faults).is_empty(), good, "{before:?} → {now:?}");
        }
        assert_eq!(last_words([(line, Paid), (line, Accepted)]), BTreeMap::from([(line, Paid)]));
    }

    #[test]
    fn every_fault_of_shape_is_named() {
        let mut lines = vec![said(1, Outcome::Rejected), said(1, Outcome::Paid), said(2, Outcome::Accepted)];
        lines[0].reason = None;
        lines[1].external_reference = None;
        lines[2].reason = Some(Reason::trusted("why"));
        let mut faults = Faults::default();
        check_shape(&lines, &Sent::List, &mut faults);
        check_words(&lines, &Sent::List, |line| line != Uuid::from_u128(2), &BTreeMap::new(), &mut faults);
        let expected = [
            ("/lines/0/reason", FaultCode::Required),
            ("/lines/1/line_id", FaultCode::Duplicate),
            ("/lines/1/external_reference", FaultCode::Required),
            ("/lines/2/reason", FaultCode::NotEligible),
            ("/lines/2/line_id", FaultCode::NotFound),
        ];
        assert_eq!(found(faults), expected.map(|(pointer, code)| (pointer.to_owned(), code)));
    }
}
