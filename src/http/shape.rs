//! What is wrong with the structure of a request: every fault, each with what its place takes.
//!
//! The parser stops at the first fault, and its words are English. So it is only asked where that is. What the place takes is then
//! found by trying: the sample with which the parser goes on says it, and leads to the next fault.

use serde_json::{Value, json};

use crate::kernel::fault::{Fault, FaultCode, pointer_segment};
use crate::kernel::message::{data, listed};
use crate::kernel::money::MAX_EXACT;
use crate::kernel::phrases::{Form, RequestProblem};

/// At most so many faults are looked for.
const MAX_FAULTS: usize = 20;
/// At most so often is a document parsed for that.
const MAX_TRIES: usize = 300;

/// The first fault of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub pointer: String,
    /// What the parser says.
    pub words: String,
}

/// What the parser's words mean.
#[derive(Debug, PartialEq, Eq)]
enum Meaning {
    Missing(String),
    Unknown {
        name: String,
        known: Vec<String>,
    },
    NoWord {
        given: String,
        allowed: Vec<String>,
    },
    /// What the members of the object are depends on its kind.
    NoKind {
        allowed: Vec<String>,
    },
    Wrong,
}

impl Found {
    fn meaning(&self) -> Meaning {
        let quoted: Vec<String> = self.words.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        let starts = |words: &str| self.words.starts_with(words);
        match quoted.as_slice() {
            [name, ..] if starts("missing field `") => Meaning::Missing(name.clone()),
            [name, known @ ..] if starts("unknown field `") => {
                Meaning::Unknown { name: name.clone(), known: known.to_vec() }
            }
            [given, allowed @ ..] if starts("unknown variant `") => {
                Meaning::NoWord { given: given.clone(), allowed: allowed.to_vec() }
            }
            [_, allowed @ ..] if starts("unknown kind `") => Meaning::NoKind { allowed: allowed.to_vec() },
            _ => Meaning::Wrong,
        }
    }
}

/// A form with a value that has it. A more general form comes before a narrower one.
fn samples() -> [(Form, Value); 13] {
    [
        (Form::Object, json!({})),
        (Form::List, json!([])),
        (Form::String, json!("x")),
        (Form::Boolean, json!(true)),
        (Form::Decimal, json!("1.5")),
        (Form::WholeNumber, json!(1)),
        (Form::Day, json!("2000-01-01")),
        (Form::Instant, json!("2000-01-01T00:00:00Z")),
        (Form::Id, json!("00000000-0000-0000-0000-000000000000")),
        (Form::Period, json!("2000-01")),
        (Form::AssignedCurrency, json!("CNY")),
        (Form::TimeZone, json!("Asia/Shanghai")),
        (Form::Metric, json!("session_count")),
    ]
}

/// All faults of the document's structure, as far as they can be found. `first_fault` parses a document.
pub fn shape_faults(document: Value, first_fault: &dyn Fn(&Value) -> Option<Found>) -> Vec<Fault> {
    search(document, samples().into(), first_fault)
}

/// The faults of a query, whose values are all texts.
pub fn query_faults(parameters: Value, first_fault: &dyn Fn(&Value) -> Option<Found>) -> Vec<Fault> {
    let as_text = |(form, sample): (Form, Value)| match sample {
        Value::Object(_) | Value::Array(_) => None,
        Value::String(text) => Some((form, text.into())),
        other => Some((form, other.to_string().into())),
    };
    search(parameters, samples().into_iter().filter_map(as_text).collect(), first_fault)
}

fn search(document: Value, samples: Vec<(Form, Value)>, first_fault: &dyn Fn(&Value) -> Option<Found>) -> Vec<Fault> {
    let mut search = Search { document, first_fault, samples, tries: MAX_TRIES, invented: Vec::new() };
    let mut faults: Vec<Fault> = Vec::new();
    while faults.len() < MAX_FAULTS
        && let Some(found) = search.first()
    {
        let before = search.invented.clone();
        let (fault, goes_on) = search.explain(&found);
        let is_known = faults.iter().any(|known| known.pointer == fault.pointer && known.code == fault.code);
        if !is_within(&fault.pointer, &before) && !is_known {
            faults.push(fault);
        }
        if !goes_on || is_known {
            break;
        }
    }
    faults
}

/// Whether the pointer is one of these places, or inside one.
pub fn is_within(pointer: &str, places: &[String]) -> bool {
    let is_in = |rest: &str| rest.is_empty() || rest.starts_with('/');
    places.iter().any(|place| pointer.strip_prefix(place.as_str()).is_some_and(is_in))
}

struct Search<'f> {
    document: Value,
    first_fault: &'f dyn Fn(&Value) -> Option<Found>,
    samples: Vec<(Form, Value)>,
    tries: usize,
    /// Places with a sample. What is wrong inside is not the caller's fault.
    invented: Vec<String>,
}

impl Search<'_> {
    fn first(&mut self) -> Option<Found> {
        self.tries = self.tries.checked_sub(1)?;
        (self.first_fault)(&self.document)
    }

    /// The fault, and whether the document is now such that the parser goes on.
    fn explain(&mut self, found: &Found) -> (Fault, bool) {
        match found.meaning() {
            Meaning::Missing(name) => {
                let place = format!("{}/{}", found.pointer, pointer_segment(&name));
                let goes_on = self.fill(&place, &place).is_some();
                (Fault::new(place, FaultCode::Required), goes_on)
            }
            Meaning::Unknown { name, known } => {
                let segment = format!("/{}", pointer_segment(&name));
                let within = found.pointer.strip_suffix(&segment).unwrap_or(&found.pointer);
                let holder = self.document.pointer_mut(within).and_then(Value::as_object_mut);
                let goes_on = holder.is_some_and(|holder| holder.remove(&name).is_some());
                (unknown(format!("{within}{segment}"), &name, &known), goes_on)
            }
            Meaning::NoWord { given, allowed } => {
                let is_it = |leaf: &String| self.document.pointer(leaf).and_then(Value::as_str) == Some(given.as_str());
                let place =
                    self.leaves(&found.pointer).into_iter().find(is_it).unwrap_or_else(|| found.pointer.clone());
                let goes_on = allowed.first().is_some_and(|word| self.put(&place, word.as_str().into()));
                let fault = Fault::new(place, FaultCode::NotAllowed).with("allowed", listed(allowed));
                (fault, goes_on)
            }
            Meaning::NoKind { allowed } => {
                let goes_on = allowed.first().is_some_and(|kind| self.put_kind(&found.pointer, kind));
                let fault = Fault::new(found.pointer.clone(), FaultCode::NotAllowed).with("allowed", listed(allowed));
                (fault, goes_on)
            }
            Meaning::Wrong => self.explain_wrong(found),
        }
    }

    /// Puts a kind into an object that has none, or an unknown one. What is missing for this kind is not the caller's fault.
    fn put_kind(&mut self, place: &str, kind: &str) -> bool {
        self.invented.extend(place.rsplit_once('/').map(|(holder, _)| holder.to_owned()));
        self.put(place, kind.into())
    }

    /// Inside a value of several kinds, the parser names only the place of the whole: what is wrong there is found by trying too.
    fn explain_wrong(&mut self, found: &Found) -> (Fault, bool) {
        for place in self.leaves(&found.pointer) {
            let given = self.document.pointer(&place).cloned().unwrap_or_default();
            if let Some((form, sample)) = self.fill(&place, &found.pointer) {
                return (wrong(place, form, &given, &sample, &found.words), true);
            }
        }
        let fault = Fault::new(found.pointer.clone(), FaultCode::WrongType).with("expected", Form::AsDocumented);
        (fault, false)
    }

    /// The values within a place that have no parts; the place itself if it has none.
    fn leaves(&self, place: &str) -> Vec<String> {
        let mut leaves = Vec::new();
        if let Some(value) = self.document.pointer(place) {
            collect_leaves(value, place, &mut leaves);
        }
        leaves
    }

    /// Puts the first sample at the place that the parser accepts. `told_at` is where it would tell that it does not.
    fn fill(&mut self, place: &str, told_at: &str) -> Option<(Form, Value)> {
        let given = self.document.pointer(place).cloned();
        let is_whole = place == told_at;
        for (form, sample) in self.samples.clone() {
            if !self.put(place, sample.clone()) {
                break;
            }
            let next = self.first();
            let own = next.as_ref().filter(|next| is_whole && next.pointer == told_at);
            let is_put = match own.map(Found::meaning) {
                Some(Meaning::NoWord { allowed, .. }) => {
                    allowed.first().map(|word| self.put(place, word.as_str().into()))
                }
                Some(Meaning::NoKind { allowed }) => allowed.first().map(|kind| self.put_kind(place, kind)),
                _ => None,
            };
            let next = if is_put.is_some() { self.first() } else { next };
            if self.tries == 0 {
                break;
            }
            let goes_on =
                |next: Found| next.pointer != told_at || is_whole && matches!(next.meaning(), Meaning::Missing(_));
            if next.is_none_or(goes_on) {
                self.invented.push(place.to_owned());
                return Some((form, sample));
            }
        }
        match given {
            Some(given) => self.put(place, given),
            None => self.put(place, Value::Null),
        };
        None
    }

    /// Puts a value at a place whose parent exists.
    fn put(&mut self, place: &str, value: Value) -> bool {
        if let Some(present) = self.document.pointer_mut(place) {
            *present = value;
            return true;
        }
        let Some((within, name)) = place.rsplit_once('/') else { return false };
        let name = name.replace("~1", "/").replace("~0", "~");
        let holder = self.document.pointer_mut(within).and_then(Value::as_object_mut);
        holder.map(|holder| holder.insert(name, value)).is_some()
    }
}

fn collect_leaves(value: &Value, place: &str, leaves: &mut Vec<String>) {
    match value {
        Value::Object(members) if !members.is_empty() => {
            for (name, member) in members {
                collect_leaves(member, &format!("{place}/{}", pointer_segment(name)), leaves);
            }
        }
        Value::Array(items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                collect_leaves(item, &format!("{place}/{index}"), leaves);
            }
        }
        _ => leaves.push(place.to_owned()),
    }
}

/// A value of another type, a text of another form, or a number that is too large.
fn wrong(place: String, form: Form, given: &Value, sample: &Value, words: &str) -> Fault {
    let is_same_type = std::mem::discriminant(given) == std::mem::discriminant(sample);
    match form {
        Form::WholeNumber if given.is_i64() || given.is_u64() => {
            let (min, max) = bounds(words);
            Fault::new(place, FaultCode::OutOfRange).with("min", data(min)).with("max", data(max))
        }
        Form::Object | Form::List | Form::String if is_same_type => {
            Fault::new(place, FaultCode::WrongType).with("expected", Form::AsDocumented)
        }
        _ if given.is_string() && is_same_type => Fault::bad_format(place, form),
        _ => Fault::new(place, FaultCode::WrongType).with("expected", form),
    }
}

/// The range of the integer that the parser expected. Other numbers are amounts.
fn bounds(words: &str) -> (i64, i64) {
    let ranges = [
        (" u8", 0, u8::MAX.into()),
        (" i16", i16::MIN.into(), i16::MAX.into()),
        (" u16", 0, u16::MAX.into()),
        (" i32", i32::MIN.into(), i32::MAX.into()),
        (" u32", 0, u32::MAX.into()),
        (" i64", i64::MIN, i64::MAX),
        (" u64", 0, i64::MAX),
    ];
    let range = ranges.into_iter().find(|(name, ..)| words.ends_with(name));
    range.map_or((-MAX_EXACT, MAX_EXACT), |(_, min, max)| (min, max))
}

/// An unknown name, with the known ones that look like it; with all if none does.
pub fn unknown(pointer: String, name: &str, known: &[String]) -> Fault {
    let near: Vec<&str> = known.iter().map(String::as_str).filter(|other| is_near(name, other)).collect();
    let hint = match (near.as_slice(), known) {
        ([], []) => RequestProblem::NoNames.into(),
        ([], _) => RequestProblem::KnownNames.with("names", listed(known)),
        _ => RequestProblem::DidYouMean.with("names", listed(near)),
    };
    Fault::new(pointer, FaultCode::UnknownField).with("hint", hint)
}

/// Whether the names differ only in their spelling, or in few letters.
fn is_near(one: &str, other: &str) -> bool {
    let plain = |name: &str| -> Vec<char> {
        name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let (one, other) = (plain(one), plain(other));
    let shorter = one.len().min(other.len());
    let is_part = shorter >= 4 && (one.starts_with(&other) || other.starts_with(&one));
    is_part || distance(&one, &other) <= shorter.div_ceil(4)
}

/// How many letters must be put in, left out or changed (Levenshtein).
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (i, own) in one.iter().enumerate() {
        let mut before = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (letter, above) in other.iter().zip(row.iter().skip(1)) {
            let changed = before + usize::from(own != letter);
            left = changed.min(above + 1).min(left + 1);
            before = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_near_that_differ_in_spelling_or_few_letters() {
        for (one, other, expected) in [
            ("employeeNumber", "employee_number", true),
            ("limt", "limit", true),
            ("updated", "updated_since", true),
            ("mail", "email", true),
            ("name", "hired_on", false),
            ("x", "name", false),
        ] {
            assert_eq!(is_near(one, other), expected, "{one} {other}");
        }
    }
}
