//! The faults of an import as they are told. What is wrong with ten thousand rows is one fault with its count and its first places,
//! so that the log stays small however large the files are.

use std::collections::HashMap;

use super::fault::{ImportFault, ImportFaultCode};

/// How many places of one fault are named.
pub const FIRST_PLACES: usize = 5;

/// How many texts of the same fault in the same column are told apart, for example unknown numbers. If there are more, the column is
/// wrong rather than its values, and that is one fault.
const TOLD_APART: usize = 20;

/// A fault that one row has, or many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldFault {
    /// As the first row has it.
    pub first: ImportFault,
    /// How many rows have it.
    pub count: u64,
    /// The lines of the first of these rows, in the order in which they were found.
    pub lines: Vec<u64>,
    /// Its place among all.
    number: usize,
}

/// The faults of an import. Only the first places are kept; all are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultLog {
    /// Those whose places are kept.
    faults: Vec<ImportFault>,
    told: HashMap<Kind, Told>,
    total: u64,
    /// How many places are kept of all faults together.
    keep: usize,
    /// How many of one fault.
    places: usize,
    /// How many faults were told so far, and how many more there would be.
    numbers: usize,
    untold: u64,
}

/// What the faults have in common that may be one.
type Kind = (String, Option<String>, ImportFaultCode);

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Told {
    faults: Vec<ToldFault>,
    /// Whether there are too many texts to tell them apart.
    is_one: bool,
}

impl FaultLog {
    /// Keeps this many places, and of one fault its first ones.
    #[must_use]
    pub fn keeping(keep: usize) -> Self {
        Self { faults: Vec::new(), told: HashMap::new(), total: 0, keep, places: FIRST_PLACES, numbers: 0, untold: 0 }
    }

    /// Keeps as many places of each fault as of all together: where rows are left out, each of them is named.
    #[must_use]
    pub fn naming_all(self) -> Self {
        Self { places: self.keep, ..self }
    }

    pub fn push(&mut self, fault: ImportFault) {
        self.total += 1;
        let may_begin = self.faults.len() < self.keep;
        let kind = (fault.file.clone(), fault.column.clone(), fault.code);
        if !may_begin && !self.told.contains_key(&kind) {
            self.untold += 1;
            return;
        }
        let told = self.told.entry(kind).or_default();
        let is_one = told.is_one;
        let known = told.faults.iter_mut().find(|known| is_one || known.first.params == fault.params);
        let is_new = known.is_none();
        let kept = match known {
            Some(known) => known.add(&fault, self.places, may_begin),
            None if may_begin => {
                told.faults.push(ToldFault::new(fault.clone(), self.numbers));
                self.numbers += 1;
                true
            }
            None => {
                self.untold += 1;
                false
            }
        };
        if is_new && told.faults.len() > TOLD_APART {
            told.become_one(self.places);
        }
        if kept {
            self.faults.push(fault);
        }
    }

    /// Counts further rows with a fault that has been told for many rows, without their places.
    pub fn count_more(&mut self, like: &ImportFault, more: u64) {
        self.total += more;
        let kind = (like.file.clone(), like.column.clone(), like.code);
        match self.told.get_mut(&kind).and_then(|told| told.faults.first_mut()) {
            Some(known) => known.count += more,
            None => self.untold += more,
        }
    }

    pub fn extend(&mut self, faults: impl IntoIterator<Item = ImportFault>) {
        faults.into_iter().for_each(|fault| self.push(fault));
    }

    /// The faults whose places are kept, one for each place, in the order in which they were found.
    #[must_use]
    pub fn faults(&self) -> &[ImportFault] {
        &self.faults
    }

    /// The faults as they are told, in the order in which they were first found.
    #[must_use]
    pub fn told(&self) -> Vec<&ToldFault> {
        let mut told: Vec<&ToldFault> = self.told.values().flat_map(|told| &told.faults).collect();
        told.sort_by_key(|fault| fault.number);
        told
    }

    /// Whether there are faults that are not told at all.
    #[must_use]
    pub fn has_untold(&self) -> bool {
        self.untold > 0
    }

    /// The number of all faults, including those not kept.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Whether each fault is named with its place.
    #[must_use]
    pub fn names_all(&self) -> bool {
        u64::try_from(self.faults.len()).is_ok_and(|named| named == self.total)
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }
}

impl ToldFault {
    fn new(first: ImportFault, number: usize) -> Self {
        Self { count: 1, lines: vec![first.line], number, first }
    }

    /// Counts another row. Returns whether its place is kept.
    fn add(&mut self, fault: &ImportFault, places: usize, may_keep: bool) -> bool {
        self.count += 1;
        let is_kept = may_keep && self.lines.len() < places;
        self.lines.extend(is_kept.then_some(fault.line));
        is_kept
    }
}

impl Told {
    /// Tells all of them as the first one.
    fn become_one(&mut self, places: usize) {
        let mut faults = std::mem::take(&mut self.faults).into_iter();
        let Some(mut one) = faults.next() else { return };
        for other in faults {
            one.count += other.count;
            one.lines.extend(other.lines);
        }
        one.lines.sort_unstable();
        one.lines.truncate(places);
        self.faults.push(one);
        self.is_one = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unknown(line: u64, value: &str) -> ImportFault {
        ImportFault::new("ratings.csv", line, ImportFaultCode::UnknownReference)
            .at("employee_number")
            .with("value", value)
    }

    /// Text, count and lines of each fault.
    fn told(log: &FaultLog) -> Vec<(String, u64, Vec<u64>)> {
        let told = log.told().into_iter();
        told.map(|fault| (format!("{:?}", fault.first.params["value"]), fault.count, fault.lines.clone())).collect()
    }

    #[test]
    fn what_many_rows_have_is_one_fault_with_its_first_places() {
        let mut log = FaultLog::keeping(1000);
        log.push(unknown(2, "E9"));
        log.extend((0..10_000).map(|n| unknown(3 + n, "E7")));
        log.push(unknown(20_000, "E9"));
        let shown = |value: &str| format!("{:?}", crate::kernel::message::data(value));
        let expected = [(shown("E9"), 2, vec![2, 20_000]), (shown("E7"), 10_000, vec![3, 4, 5, 6, 7])];
        assert_eq!(told(&log), expected);
        assert_eq!((log.total(), log.faults().len(), log.has_untold(), log.names_all()), (10_002, 7, false, false));
    }

    #[test]
    fn a_wrong_column_is_one_fault_whatever_its_values() {
        let mut log = FaultLog::keeping(1000);
        log.push(ImportFault::new("ratings.csv", 1, ImportFaultCode::UnknownColumn).at("colour").with("value", ""));
        log.extend((2..1_000_002).map(|line| unknown(line, &format!("E{line}"))));
        let shown = crate::kernel::message::data("E2");
        let expected = (format!("{shown:?}"), 1_000_000, vec![2, 3, 4, 5, 6]);
        assert_eq!(told(&log)[1..], [expected]);
        assert_eq!(log.total(), 1_000_001);
        assert!(log.faults().len() <= 200, "{}", log.faults().len());
    }

    #[test]
    fn where_rows_are_left_out_every_place_is_named_up_to_the_limit() {
        let mut log = FaultLog::keeping(8).naming_all();
        log.extend((2..10).map(|line| unknown(line, "E7")));
        assert!(log.names_all());
        assert_eq!(told(&log)[0].2, (2..10).collect::<Vec<u64>>());
        log.extend([unknown(10, "E7"), unknown(11, "E8")]);
        assert_eq!((log.names_all(), log.has_untold(), told(&log).len(), told(&log)[0].1), (false, true, 1, 9));
    }
}
