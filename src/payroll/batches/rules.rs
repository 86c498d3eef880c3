//! Who is in a batch and who is left out.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text, Uuid as SqlUuid};
use uuid::Uuid;

use super::model::ExclusionReason;

/// The largest amount, in minor units, that a JSON reader with double precision reads exactly (RFC 8785, RFC 7493).
pub const MAX_EXACT_MINOR: i64 = (1 << 53) - 1;

/// Maximum length of an exclusion's detail, in characters.
const MAX_DETAIL_CHARS: usize = 500;

/// What is known of a person with entries that could be in a batch: approved, and in no other live batch.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct PersonFacts {
    #[diesel(sql_type = SqlUuid)]
    pub employee_id: Uuid,
    #[diesel(sql_type = Integer)]
    pub entry_count: i32,
    /// Number of entries that the batch that is judged has claimed already.
    #[diesel(sql_type = Integer)]
    pub claimed_count: i32,
    /// The sum of the entries, cut off at 64 bits.
    #[diesel(sql_type = BigInt)]
    pub total_minor: i64,
    /// Whether every amount is at most [`MAX_EXACT_MINOR`] in either direction.
    #[diesel(sql_type = Bool)]
    pub has_exact_amounts: bool,
    /// Whether the person has a pay group. If so, it is always the group of the batch.
    #[diesel(sql_type = Bool)]
    pub has_pay_group: bool,
    #[diesel(sql_type = Bool)]
    pub has_employee_number: bool,
    /// The pay items of the entries that are not defined, in the order of their codes.
    #[diesel(sql_type = Nullable<Text>)]
    pub undefined_items: Option<String>,
    /// A digest of which entries they are. That of a union is the exclusive or.
    #[diesel(sql_type = BigInt)]
    pub mark: i64,
}

/// A person who is left out with all entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaysOut {
    pub employee_id: Uuid,
    pub reason: ExclusionReason,
    /// The pay items that are not defined, if that is the reason.
    pub detail: Option<String>,
    pub total_minor: i64,
    pub entry_count: i32,
    pub claimed_count: i32,
}

/// The people whom a batch pays, in numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    pub entry_count: i32,
    pub claimed_count: i32,
    pub people_count: i32,
    pub total_minor: i64,
}

/// The people whom a batch pays, and those whom it leaves out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Division {
    pub taken: Taken,
    /// Ordered by person.
    pub out: Vec<StaysOut>,
    /// A digest of all entries that were judged.
    pub mark: i64,
}

impl Division {
    /// Judges the next person in the order of their ids. Either all entries of a person are in the batch, or all are left out. A
    /// negative total is neither offset against anything else nor split. It is in the batch only if the group's payroll can
    /// recover money. None: the batch's total would be beyond 64 bits.
    #[must_use]
    pub fn with(mut self, person: PersonFacts, recoverable: bool) -> Option<Self> {
        self.mark ^= person.mark;
        match reason_to_stay_out(&person, recoverable) {
            None => self.taken = self.taken.with(&person)?,
            Some((reason, detail)) => self.out.push(StaysOut {
                employee_id: person.employee_id,
                reason,
                detail,
                total_minor: person.total_minor,
                entry_count: person.entry_count,
                claimed_count: person.claimed_count,
            }),
        }
        Some(self)
    }

    /// The number of entries that were judged.
    #[must_use]
    pub fn entry_count(&self) -> i64 {
        let out: i64 = self.out.iter().map(|out| i64::from(out.entry_count)).sum();
        out + i64::from(self.taken.entry_count)
    }
}

impl Taken {
    fn with(self, person: &PersonFacts) -> Option<Self> {
        Some(Self {
            entry_count: self.entry_count.checked_add(person.entry_count)?,
            claimed_count: self.claimed_count.checked_add(person.claimed_count)?,
            people_count: self.people_count.checked_add(1)?,
            total_minor: self.total_minor.checked_add(person.total_minor)?,
        })
    }
}

fn reason_to_stay_out(person: &PersonFacts, recoverable: bool) -> Option<(ExclusionReason, Option<String>)> {
    if !person.has_pay_group {
        return Some((ExclusionReason::NoPayGroup, None));
    }
    if !person.has_employee_number {
        return Some((ExclusionReason::NoEmployeeNumber, None));
    }
    if let Some(undefined) = &person.undefined_items {
        let detail = undefined.chars().take(MAX_DETAIL_CHARS).collect();
        return Some((ExclusionReason::NotPayable, Some(detail)));
    }
    if !person.has_exact_amounts || person.total_minor.unsigned_abs() > MAX_EXACT_MINOR.unsigned_abs() {
        return Some((ExclusionReason::NotPayable, None));
    }
    (person.total_minor < 0 && !recoverable).then_some((ExclusionReason::NegativeTotal, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A person who can be paid, with entries of these amounts.
    fn person(id: u128, amounts: &[i64]) -> PersonFacts {
        PersonFacts {
            employee_id: Uuid::from_u128(id),
            entry_count: i32::try_from(amounts.len()).unwrap(),
            claimed_count: 0,
            total_minor: amounts.iter().sum(),
            has_exact_amounts: amounts.iter().all(|amount| *amount <= MAX_EXACT_MINOR),
            has_pay_group: true,
            has_employee_number: true,
            undefined_items: None,
            mark: 1 << id,
        }
    }

    fn divide(people: impl IntoIterator<Item = PersonFacts>, recoverable: bool) -> Division {
        people.into_iter().fold(Division::default(), |division, person| division.with(person, recoverable).unwrap())
    }

    #[test]
    fn a_negative_total_stays_out_whole_unless_it_can_be_recovered() {
        let people = [person(7, &[500, -900]), person(8, &[100]), person(9, &[50, -50])];
        let division = divide(people.clone(), false);
        let taken =
            |entry_count, people_count, total_minor| Taken { entry_count, claimed_count: 0, people_count, total_minor };
        assert_eq!(division.taken, taken(3, 2, 100));
        let [out] = division.out.as_slice() else { panic!("{:?}", division.out) };
        assert_eq!((out.reason, out.total_minor, out.entry_count), (ExclusionReason::NegativeTotal, -400, 2));
        assert_eq!((division.entry_count(), division.mark), (5, 0b11_1000_0000));
        assert_eq!(divide(people, true).taken, taken(5, 3, -300));
    }

    #[test]
    fn who_cannot_be_paid_stays_out_with_the_reason() {
        let nameless = PersonFacts { has_employee_number: false, ..person(7, &[-5]) };
        let undefined = PersonFacts { undefined_items: Some("a, z".to_owned()), ..person(8, &[1, 5, 5, 5]) };
        let huge = person(9, &[MAX_EXACT_MINOR + 1]);
        let huge_in_all = person(10, &[MAX_EXACT_MINOR, 1]);
        let stray = PersonFacts { has_pay_group: false, ..person(11, &[5]) };
        let division = divide([nameless, undefined, huge, huge_in_all, stray], true);
        let found: Vec<_> = division.out.iter().map(|out| (out.reason, out.detail.as_deref())).collect();
        let expected = [
            (ExclusionReason::NoEmployeeNumber, None),
            (ExclusionReason::NotPayable, Some("a, z")),
            (ExclusionReason::NotPayable, None),
            (ExclusionReason::NotPayable, None),
            (ExclusionReason::NoPayGroup, None),
        ];
        assert_eq!(found, expected);
        assert_eq!(division.taken, Taken::default());
    }

    #[test]
    fn a_long_list_of_items_is_cut() {
        let items = PersonFacts { undefined_items: Some("码".repeat(600)), ..person(7, &[5]) };
        let division = divide([items], false);
        assert_eq!(division.out[0].detail.as_ref().unwrap().chars().count(), MAX_DETAIL_CHARS);
    }
}
