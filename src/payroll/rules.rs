//! Who is paid by a batch and who stays out: a pure function of the pool.

use std::collections::BTreeMap;

use uuid::Uuid;

/// An approved entry that is in no batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PoolEntry {
    pub entry_id: Uuid,
    pub employee_id: Uuid,
    /// Minor units of the currency of the batch.
    pub amount_minor: i64,
    /// None: payroll does not know the person.
    pub employee_number: Option<String>,
    /// The entry's pay item, if nobody has defined it.
    pub undefined_pay_item: Option<String>,
}

/// Why a person stays out of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExclusionReason {
    NoEmployeeNumber,
    /// All together the person would owe; carried forward (结转).
    NegativeTotal,
    /// What is missing, in words.
    NotPayable(String),
}

/// A person who stays out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion {
    pub employee_id: Uuid,
    pub reason: ExclusionReason,
    pub entries: Vec<Uuid>,
    pub total_minor: i128,
}

/// What becomes of a pool.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Entries that the batch pays.
    pub entries: Vec<Uuid>,
    pub exclusions: Vec<Exclusion>,
}

/// Decides person by person: all of a person's entries go in, or all stay out. No entry is netted or split.
#[must_use]
pub fn select(pool: &[PoolEntry], recoverable: bool) -> Selection {
    let mut people: BTreeMap<Uuid, Vec<&PoolEntry>> = BTreeMap::new();
    for entry in pool {
        people.entry(entry.employee_id).or_default().push(entry);
    }
    let mut selection = Selection::default();
    for (employee_id, entries) in people {
        let ids = entries.iter().map(|entry| entry.entry_id);
        let total_minor = entries.iter().map(|entry| i128::from(entry.amount_minor)).sum();
        match reason_to_exclude(&entries, total_minor, recoverable) {
            None => selection.entries.extend(ids),
            Some(reason) => {
                selection.exclusions.push(Exclusion { employee_id, reason, entries: ids.collect(), total_minor });
            }
        }
    }
    selection
}

fn reason_to_exclude(entries: &[&PoolEntry], total_minor: i128, recoverable: bool) -> Option<ExclusionReason> {
    if entries.iter().any(|entry| entry.employee_number.is_none()) {
        return Some(ExclusionReason::NoEmployeeNumber);
    }
    let mut undefined: Vec<&str> = entries.iter().filter_map(|entry| entry.undefined_pay_item.as_deref()).collect();
    undefined.sort_unstable();
    undefined.dedup();
    if !undefined.is_empty() {
        let words = format!("pay item not defined: {}", undefined.join(", "));
        return Some(ExclusionReason::NotPayable(words.chars().take(500).collect()));
    }
    (total_minor < 0 && !recoverable).then_some(ExclusionReason::NegativeTotal)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(id: u128, person: u128, amount_minor: i64) -> PoolEntry {
        PoolEntry {
            entry_id: Uuid::from_u128(id),
            employee_id: Uuid::from_u128(person),
            amount_minor,
            employee_number: Some(format!("E{person}")),
            undefined_pay_item: None,
        }
    }

    #[test]
    fn a_negative_person_stays_out_whole_unless_it_can_be_recovered() {
        let pool = [entry(1, 1, 100), entry(2, 1, -300), entry(3, 2, -50), entry(4, 2, 50)];
        let found = select(&pool, false);
        assert_eq!(found.entries, [Uuid::from_u128(3), Uuid::from_u128(4)]);
        let [out] = found.exclusions.as_slice() else { panic!("{found:?}") };
        assert_eq!((&out.reason, out.total_minor, out.entries.len()), (&ExclusionReason::NegativeTotal, -200, 2));
        assert_eq!(select(&pool, true).entries.len(), 4);
    }

    #[test]
    fn who_cannot_be_paid_is_listed_with_the_reason() {
        let nobody = PoolEntry { employee_number: None, ..entry(1, 1, 100) };
        let unknown = PoolEntry { undefined_pay_item: Some("x".to_owned()), ..entry(2, 2, 100) };
        let reasons: Vec<_> = select(&[nobody, unknown], true).exclusions.into_iter().map(|out| out.reason).collect();
        let expected = ExclusionReason::NotPayable("pay item not defined: x".to_owned());
        assert_eq!(reasons, [ExclusionReason::NoEmployeeNumber, expected]);
    }

    proptest! {
        /// Every entry is either paid or stays out, once; a person is never split.
        #[test]
        fn nothing_is_lost_and_nobody_is_split(amounts in proptest::collection::vec((0_u128..6, -100_i64..100, any::<bool>()), 0..40), recoverable: bool) {
            let pool: Vec<PoolEntry> = amounts.iter().zip(1..).map(|((person, amount, known), id)| PoolEntry {
                employee_number: known.then(|| "E".to_owned()), ..entry(id, *person, *amount)
            }).collect();
            let found = select(&pool, recoverable);
            let mut all: Vec<Uuid> = found.entries.clone();
            all.extend(found.exclusions.iter().flat_map(|out| out.entries.clone()));
            all.sort();
            prop_assert_eq!(all, pool.iter().map(|entry| entry.entry_id).collect::<Vec<_>>());
            for out in &found.exclusions {
                let of_person = pool.iter().filter(|entry| entry.employee_id == out.employee_id);
                prop_assert_eq!(of_person.count(), out.entries.len());
            }
        }
    }
}
