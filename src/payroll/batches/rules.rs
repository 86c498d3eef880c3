//! Who is in a batch and who is left out.

use std::collections::BTreeMap;

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Integer, Text, Uuid as SqlUuid};
use uuid::Uuid;

use super::model::ExclusionReason;

/// The largest amount, in minor units, that a JSON reader with double precision reads exactly (RFC 8785, RFC 7493).
pub const MAX_EXACT_MINOR: i64 = (1 << 53) - 1;

/// Maximum length of an exclusion's detail, in characters.
const MAX_DETAIL_CHARS: usize = 500;

/// An entry that could be in a batch: approved and in no other live batch.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Candidate {
    #[diesel(sql_type = SqlUuid)]
    pub entry_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub maker_id: Uuid,
    /// Number of the last event in its history.
    #[diesel(sql_type = Integer)]
    pub seq: i32,
    #[diesel(sql_type = BigInt)]
    pub amount_minor: i64,
    #[diesel(sql_type = Text)]
    pub pay_item_code: String,
    #[diesel(sql_type = Bool)]
    pub has_employee_number: bool,
    #[diesel(sql_type = Bool)]
    pub has_pay_item: bool,
    /// Whether the batch that is judged has claimed it already.
    #[diesel(sql_type = Bool)]
    pub is_claimed: bool,
    /// Whether the person has a pay group. If so, it is always the group of the batch.
    #[diesel(sql_type = Bool)]
    pub has_pay_group: bool,
}

/// A person who is left out with all entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaysOut {
    pub employee_id: Uuid,
    pub reason: ExclusionReason,
    /// The pay items that are not defined, if that is the reason.
    pub detail: Option<String>,
    pub total_minor: i64,
    pub entries: Vec<Candidate>,
}

/// The people whom a batch pays, and those whom it leaves out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Division {
    /// Ordered by person.
    pub taken: Vec<Candidate>,
    pub out: Vec<StaysOut>,
}

/// Divides the candidates person by person: either all entries of a person are in the batch, or all are left out. A negative
/// total is neither offset against anything else nor split. It is in the batch only if the group's payroll can recover money.
#[must_use]
pub fn divide(candidates: Vec<Candidate>, recoverable: bool) -> Division {
    let mut people: BTreeMap<Uuid, Vec<Candidate>> = BTreeMap::new();
    for candidate in candidates {
        people.entry(candidate.employee_id).or_default().push(candidate);
    }
    let mut division = Division::default();
    for (employee_id, entries) in people {
        let total: i128 = entries.iter().map(|entry| i128::from(entry.amount_minor)).sum();
        match reason_to_stay_out(&entries, total, recoverable) {
            None => division.taken.extend(entries),
            Some((reason, detail)) => {
                let limit = i128::from(i64::MAX);
                let total_minor = i64::try_from(total.clamp(-limit, limit)).unwrap_or_default();
                division.out.push(StaysOut { employee_id, reason, detail, total_minor, entries });
            }
        }
    }
    division
}

fn reason_to_stay_out(
    entries: &[Candidate],
    total: i128,
    recoverable: bool,
) -> Option<(ExclusionReason, Option<String>)> {
    if entries.iter().any(|entry| !entry.has_pay_group) {
        return Some((ExclusionReason::NoPayGroup, None));
    }
    if entries.iter().any(|entry| !entry.has_employee_number) {
        return Some((ExclusionReason::NoEmployeeNumber, None));
    }
    let mut undefined: Vec<&str> =
        entries.iter().filter(|entry| !entry.has_pay_item).map(|entry| entry.pay_item_code.as_str()).collect();
    undefined.sort_unstable();
    undefined.dedup();
    if !undefined.is_empty() {
        let detail = undefined.join(", ").chars().take(MAX_DETAIL_CHARS).collect();
        return Some((ExclusionReason::NotPayable, Some(detail)));
    }
    let exact = |minor: u128| minor <= u128::from(MAX_EXACT_MINOR.unsigned_abs());
    if !exact(total.unsigned_abs()) || entries.iter().any(|e| !exact(u128::from(e.amount_minor.unsigned_abs()))) {
        return Some((ExclusionReason::NotPayable, None));
    }
    (total < 0 && !recoverable).then_some((ExclusionReason::NegativeTotal, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: u128, person: u128, amount_minor: i64) -> Candidate {
        Candidate {
            entry_id: Uuid::from_u128(id),
            employee_id: Uuid::from_u128(person),
            maker_id: Uuid::nil(),
            seq: 2,
            amount_minor,
            pay_item_code: "bonus".to_owned(),
            has_employee_number: true,
            has_pay_item: true,
            is_claimed: false,
            has_pay_group: true,
        }
    }

    fn taken(division: &Division) -> Vec<u128> {
        division.taken.iter().map(|entry| entry.entry_id.as_u128()).collect()
    }

    #[test]
    fn a_negative_total_stays_out_whole_unless_it_can_be_recovered() {
        let candidates = vec![entry(1, 7, 500), entry(2, 7, -900), entry(3, 8, 100), entry(4, 9, 50), entry(5, 9, -50)];
        let division = divide(candidates.clone(), false);
        assert_eq!(taken(&division), [3, 4, 5]);
        let [out] = division.out.as_slice() else { panic!("{:?}", division.out) };
        assert_eq!((out.reason, out.total_minor, out.entries.len()), (ExclusionReason::NegativeTotal, -400, 2));
        assert_eq!(taken(&divide(candidates, true)), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn who_cannot_be_paid_stays_out_with_the_reason() {
        let nameless = Candidate { has_employee_number: false, ..entry(1, 7, -5) };
        let undefined =
            |id, code: &str| Candidate { has_pay_item: false, pay_item_code: code.to_owned(), ..entry(id, 8, 5) };
        let huge = entry(6, 9, MAX_EXACT_MINOR + 1);
        let stray = Candidate { has_pay_group: false, ..entry(7, 10, 5) };
        let undefined = [undefined(2, "z"), undefined(3, "a"), undefined(4, "z")];
        let division = divide([nameless, entry(5, 8, 1), huge, stray].into_iter().chain(undefined).collect(), true);
        let found: Vec<_> = division.out.iter().map(|out| (out.reason, out.detail.as_deref())).collect();
        let expected = [
            (ExclusionReason::NoEmployeeNumber, None),
            (ExclusionReason::NotPayable, Some("a, z")),
            (ExclusionReason::NotPayable, None),
            (ExclusionReason::NoPayGroup, None),
        ];
        assert_eq!(found, expected);
        assert!(division.taken.is_empty());
    }
}
