//! What two versions of a rule or of policies differ in, in words.
//!
//! A document is told as parts (a component, a grade, a policy), each with its members as words. Two documents are compared part by
//! part, so that a part that moved to another place of its list is no difference. The structures are taken apart member by member:
//! whoever adds one has to say here how it is told.

mod dto;
mod fees;
mod labels;
mod policies;
pub mod routes;
mod rule;
mod service;

use std::collections::BTreeMap;

use uuid::Uuid;

use self::labels::Saying;
use crate::kernel::code_list::CodeList;
use crate::kernel::language::Language;
use crate::kernel::message::{Param, Phrase, capitalised};
use crate::kernel::money::Currency;
use crate::kernel::words::words;
use crate::names::Names;

words! {
    /// What became of something from one version to the other.
    pub enum DifferenceKind {
        /// The later version has it, the earlier one had it not.
        Added = "added",
        /// Both have it with different values.
        Changed = "changed",
        /// The earlier version had it, the later one has it no longer.
        Removed = "removed",
    }
}

/// What documents name by id or code.
#[derive(Debug)]
struct Naming {
    names: Names,
    groups: BTreeMap<Uuid, String>,
    currency: Currency,
}

impl Naming {
    fn of(&self, list: CodeList, code: &str) -> Param {
        self.names.of(list, code).into()
    }
}

/// A member of a part, told.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    /// Its name in the document.
    member: &'static str,
    what: Phrase,
    value: Param,
}

fn term(member: &'static str, what: impl Into<Phrase>, value: impl Into<Param>) -> Term {
    Term { member, what: what.into(), value: value.into() }
}

/// A part of a document, told.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    /// The same in two documents if it is the same part.
    key: String,
    /// Where it is in the document.
    pointer: String,
    /// None: its members are told by themselves, and every document has it.
    name: Option<Phrase>,
    terms: Vec<Term>,
}

impl Part {
    /// What a member of it is called.
    fn what(&self, term: &Term) -> Phrase {
        match &self.name {
            Some(of) => Saying::Of.with("of", of.clone()).with("what", term.what.clone()),
            None => term.what.clone(),
        }
    }

    /// All of it in one line.
    fn whole(&self) -> Param {
        let told = |term: &Term| Saying::Whole.with("what", term.what.clone()).with("value", term.value.clone());
        labels::all(self.terms.iter().map(told).collect())
    }

    fn place(&self, term: &Term) -> String {
        format!("{}/{}", self.pointer, term.member)
    }
}

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Difference {
    /// Where it is in the later document, or in the earlier one if it is gone.
    pointer: String,
    what: Phrase,
    before: Option<Param>,
    after: Option<Param>,
}

impl Difference {
    fn kind(&self) -> DifferenceKind {
        match (&self.before, &self.after) {
            (None, _) => DifferenceKind::Added,
            (Some(_), Some(_)) => DifferenceKind::Changed,
            (Some(_), None) => DifferenceKind::Removed,
        }
    }

    fn text(&self, language: Language) -> String {
        let saying = match self.kind() {
            DifferenceKind::Added => Saying::Added,
            DifferenceKind::Changed => Saying::Changed,
            DifferenceKind::Removed => Saying::Removed,
        };
        let mut phrase = saying.with("what", self.what.clone());
        for (name, value) in [("before", &self.before), ("after", &self.after)] {
            if let Some(value) = value {
                phrase = phrase.with(name, value.clone());
            }
        }
        capitalised(&phrase.text(language))
    }
}

/// All differences, in the order of the later document; what is gone comes last.
fn compare(before: &[Part], after: &[Part]) -> Vec<Difference> {
    let earlier: BTreeMap<&str, &Part> = before.iter().map(|part| (part.key.as_str(), part)).collect();
    let mut found = Vec::new();
    for part in after {
        match earlier.get(part.key.as_str()) {
            Some(earlier) => compare_terms(&mut found, earlier, part),
            None => found.extend(only(part, |value| (None, Some(value)))),
        }
    }
    let is_gone = |part: &&Part| after.iter().all(|later| later.key != part.key);
    for part in before.iter().filter(is_gone) {
        found.extend(only(part, |value| (Some(value), None)));
    }
    found
}

fn compare_terms(found: &mut Vec<Difference>, before: &Part, after: &Part) {
    let of = |part: &Part, member: &str| part.terms.iter().find(|term| term.member == member).cloned();
    for term in &after.terms {
        let earlier = of(before, term.member);
        if earlier.as_ref().is_none_or(|earlier| earlier.value != term.value) {
            found.push(Difference {
                pointer: after.place(term),
                what: after.what(term),
                before: earlier.map(|earlier| earlier.value),
                after: Some(term.value.clone()),
            });
        }
    }
    for term in before.terms.iter().filter(|term| of(after, term.member).is_none()) {
        let (pointer, what) = (before.place(term), before.what(term));
        found.push(Difference { pointer, what, before: Some(term.value.clone()), after: None });
    }
}

/// A part that only one document has: in one line if it has a name.
fn only(part: &Part, sides: impl Fn(Param) -> (Option<Param>, Option<Param>)) -> Vec<Difference> {
    let difference = |pointer: String, what: Phrase, value: Param| {
        let (before, after) = sides(value);
        Difference { pointer, what, before, after }
    };
    match &part.name {
        Some(name) => vec![difference(part.pointer.clone(), name.clone(), part.whole())],
        None => {
            let alone = part.terms.iter();
            alone.map(|term| difference(part.place(term), part.what(term), term.value.clone())).collect()
        }
    }
}

#[cfg(test)]
mod tests;
