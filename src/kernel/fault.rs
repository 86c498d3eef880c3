//! What is wrong with a rule document: every fault at once, each with the place where it stands.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// One thing wrong with, or questionable about, a rule document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleFault {
    /// JSON pointer (RFC 6901) into the document; empty for the document as a whole.
    pub pointer: String,
    pub code: FaultKind,
    /// The numbers and names that a message about it needs.
    pub params: BTreeMap<&'static str, String>,
}

/// The closed list of what can be wrong with a rule document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// A list or text that must have something in it has nothing.
    Empty,
    /// More than `max` elements.
    TooMany,
    /// A text longer than `max` characters.
    TooLong,
    /// A code or key with other characters than letters, digits, `.`, `_` and `-`, or not starting with a letter or digit.
    BadCharacters,
    /// A number outside `min`..`max`.
    OutOfRange,
    /// A number with more than `max` decimals.
    TooManyDecimals,
    /// The same as the element at `first`.
    Duplicate,
    /// The weights sum to `sum` instead of `expected`.
    WeightsSum,
    /// A linear curve whose two ends are equal.
    EqualEnds,
    /// No grade starts at 0.
    LowestNotZero,
    /// A grade, `grade`, that the rule does not define.
    UnknownGrade,
    /// A prior weight without a prior mean.
    PriorMeanMissing,
    /// A minimum number of facts for the score, which rests on no facts of its own.
    MinNWithScore,
    /// Exactly one of two members must be given.
    ExactlyOne,
    /// A kind that is read but not evaluated yet.
    NotSupportedYet,
    /// Warning: a lecturer with hardly any data may be rated on it.
    NoMinWeightPresent,
    /// Warning: a lecturer without a session may reach any grade.
    NoSessionGate,
    /// Warning: a gate that caps at the best grade never changes anything.
    GateWithoutEffect,
}

impl RuleFault {
    #[must_use]
    pub fn new(pointer: impl Into<String>, code: FaultKind) -> Self {
        Self { pointer: pointer.into(), code, params: BTreeMap::new() }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.params.insert(name, value.to_string());
        self
    }
}

/// The longest code or key.
pub const MAX_CODE_CHARS: usize = 64;

/// Collects the faults of one document.
#[derive(Debug, Default)]
pub struct Faults(Vec<RuleFault>);

impl Faults {
    pub fn push(&mut self, fault: RuleFault) {
        self.0.push(fault);
    }

    /// Refuses a code (of a grade, a policy) or a key (of a metric) that is empty, too long or of other characters than
    /// letters, digits, `.`, `_` and `-`.
    pub fn check_code(&mut self, pointer: &str, code: &str) {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        if code.is_empty() {
            self.push(RuleFault::new(pointer, FaultKind::Empty));
        } else if code.chars().count() > MAX_CODE_CHARS {
            self.push(RuleFault::new(pointer, FaultKind::TooLong).with("max", MAX_CODE_CHARS));
        } else if !code.chars().all(allowed) || !code.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            self.push(RuleFault::new(pointer, FaultKind::BadCharacters));
        }
    }

    /// Refuses a code of another system: anything goes but nothing and too much.
    pub fn check_label(&mut self, pointer: &str, label: &str) {
        if label.trim().is_empty() {
            self.push(RuleFault::new(pointer, FaultKind::Empty));
        } else if label.chars().count() > MAX_CODE_CHARS {
            self.push(RuleFault::new(pointer, FaultKind::TooLong).with("max", MAX_CODE_CHARS));
        }
    }

    /// Refuses a number outside `min..=max`.
    pub fn check_range<T: PartialOrd + fmt::Display + Copy>(&mut self, pointer: &str, number: T, min: T, max: T) {
        if number < min || number > max {
            self.push(RuleFault::new(pointer, FaultKind::OutOfRange).with("min", min).with("max", max));
        }
    }

    /// Refuses a list of fewer than `min` (0 or 1) or more than `max` elements.
    pub fn check_length(&mut self, pointer: &str, length: usize, min: usize, max: usize) {
        if length < min {
            self.push(RuleFault::new(pointer, FaultKind::Empty));
        } else if length > max {
            self.push(RuleFault::new(pointer, FaultKind::TooMany).with("max", max));
        }
    }

    /// Refuses every element that equals an earlier one; `pointer` makes the place of element `i`.
    pub fn check_distinct<T: PartialEq>(&mut self, elements: &[T], pointer: impl Fn(usize) -> String) {
        for (i, element) in elements.iter().enumerate() {
            if let Some(first) = elements.iter().take(i).position(|earlier| earlier == element) {
                self.push(RuleFault::new(pointer(i), FaultKind::Duplicate).with("first", pointer(first)));
            }
        }
    }

    #[must_use]
    pub fn into_vec(self) -> Vec<RuleFault> {
        self.0
    }
}

/// Escapes one segment of a JSON pointer (RFC 6901): a grade code or a level is a member's name in some documents.
#[must_use]
pub fn pointer_segment(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
