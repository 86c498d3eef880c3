//! The canonical form of a closed period, and its digest.
//!
//! It is the RFC 8785 JSON of the terms, the rule, the policies and, for each lecturer, the frozen inputs and the results.
//! Left out are times, actors and ids that the service made up, and every list whose order carries no meaning is sorted, so
//! that the same facts under the same rule give the same bytes whenever and wherever they are computed.
//!
//! The members of the whole stand in the order that RFC 8785 asks for, `lecturers` first, so that a period of any size is
//! written one lecturer at a time.

use std::io::{self, Write};

use aws_lc_rs::digest::{Context, SHA256};
use serde::Serialize;
use serde_json::Value;

use crate::kernel::limits::SpendingLimits;
use crate::kernel::money::Currency;
use crate::kernel::period::Period;
use crate::kernel::scope::Scope;
use crate::rewards::policy::RewardPolicySet;
use crate::rewards::rules::{RewardDecision, RewardLine};
use crate::scoring::inputs::LecturerInputs;
use crate::scoring::rank::Standing;
use crate::scoring::rule::ScoringRule;
use crate::scoring::scorecard::Scorecard;

/// What holds for the whole period.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct PeriodTerms<'a> {
    pub period: Period,
    pub policies: &'a RewardPolicySet,
    pub programme: ProgrammeTerms,
    pub rule: &'a ScoringRule,
}

/// The programme's settings that a result depends on.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct ProgrammeTerms {
    pub currency: Currency,
    pub rank_scope: Scope,
    pub appraisal_weight_bp: u32,
    pub limits: SpendingLimits,
}

/// One lecturer's frozen inputs and results.
#[derive(Debug, Clone, Copy)]
pub struct LecturerResult<'a> {
    pub inputs: &'a LecturerInputs,
    pub card: &'a Scorecard,
    pub standing: Option<Standing>,
    /// The lecturer's own lines and decisions.
    pub rewards: &'a [RewardLine],
    pub decisions: &'a [RewardDecision],
}

/// The whole canonical form, whatever the order of the lecturers.
///
/// # Errors
/// Only if a part cannot be written as JSON, which no valid part does.
pub fn canonical_form(terms: &PeriodTerms<'_>, lecturers: &[LecturerResult<'_>]) -> io::Result<Vec<u8>> {
    let mut by_number = lecturers.to_vec();
    by_number.sort_by_key(|lecturer| &lecturer.inputs.employee_number);
    let mut writer = CanonicalWriter::new(Vec::new());
    for lecturer in &by_number {
        writer.write_lecturer(lecturer)?;
    }
    writer.finish(terms)
}

/// SHA-256 of the canonical form, 64 lower-case hexadecimal digits.
#[must_use]
pub fn digest(canonical: &[u8]) -> String {
    let mut sha = Sha256Writer::default();
    sha.0.update(canonical);
    sha.finish()
}

/// Writes the canonical form one lecturer at a time, in the order of their employee numbers.
#[derive(Debug)]
pub struct CanonicalWriter<W: Write> {
    out: W,
    /// The number of the lecturers in `pending`.
    number: Option<String>,
    /// Lecturers with the same number (none, say): they go out sorted by their bytes.
    pending: Vec<Vec<u8>>,
    separator: &'static [u8],
}

impl<W: Write> CanonicalWriter<W> {
    pub fn new(out: W) -> Self {
        Self { out, number: None, pending: Vec::new(), separator: br#"{"lecturers":["# }
    }

    /// # Errors
    /// When the employee number comes before the last one (by code point), and whatever writing answers.
    pub fn write_lecturer(&mut self, lecturer: &LecturerResult<'_>) -> io::Result<()> {
        self.write_bytes(&lecturer.inputs.employee_number, canonical_lecturer(lecturer)?)
    }

    /// Writes a lecturer whose bytes [`canonical_lecturer`] made, on another thread, say.
    ///
    /// # Errors
    /// As [`Self::write_lecturer`].
    pub fn write_bytes(&mut self, number: &str, lecturer: Vec<u8>) -> io::Result<()> {
        if self.number.as_deref().is_some_and(|last| number < last) {
            let message = "lecturers out of the order of their employee numbers";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        if self.number.as_deref() != Some(number) {
            self.flush_pending()?;
            self.number = Some(number.to_owned());
        }
        self.pending.push(lecturer);
        Ok(())
    }

    /// Writes what holds for the whole period, and hands the output back.
    ///
    /// # Errors
    /// Whatever writing answers.
    pub fn finish(mut self, terms: &PeriodTerms<'_>) -> io::Result<W> {
        self.flush_pending()?;
        if self.number.is_none() {
            self.out.write_all(self.separator)?;
        }
        let terms = serde_json_canonicalizer::to_vec(terms)?;
        // The terms are an object whose members all come after `lecturers`: their opening brace becomes a comma.
        self.out.write_all(b"],")?;
        self.out.write_all(terms.strip_prefix(b"{").unwrap_or(&terms))?;
        Ok(self.out)
    }

    fn flush_pending(&mut self) -> io::Result<()> {
        self.pending.sort();
        for bytes in self.pending.drain(..) {
            self.out.write_all(self.separator)?;
            self.out.write_all(&bytes)?;
            self.separator = b",";
        }
        Ok(())
    }
}

/// A sink that keeps only the SHA-256 of what is written to it.
#[derive(Clone)]
pub struct Sha256Writer(Context);

impl Default for Sha256Writer {
    fn default() -> Self {
        Self(Context::new(&SHA256))
    }
}

impl Sha256Writer {
    /// 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn finish(self) -> String {
        self.0.finish().as_ref().iter().fold(String::with_capacity(64), |mut hex, byte| {
            hex.extend(
                [byte >> 4, byte & 0x0f].map(|digit| char::from_digit(u32::from(digit), 16).unwrap_or_default()),
            );
            hex
        })
    }
}

impl Write for Sha256Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One lecturer as RFC 8785 JSON. It rests on this lecturer alone, so that a large period is written on many threads.
///
/// # Errors
/// Only if a part cannot be written as JSON, which no valid part does.
pub fn canonical_lecturer(lecturer: &LecturerResult<'_>) -> serde_json::Result<Vec<u8>> {
    #[derive(Serialize)]
    struct CanonicalLecturer<'a> {
        inputs: Value,
        card: &'a Scorecard,
        standing: Option<Standing>,
        rewards: Value,
        decisions: Value,
    }
    serde_json_canonicalizer::to_vec(&CanonicalLecturer {
        inputs: inputs_without_ids(lecturer.inputs)?,
        card: lecturer.card,
        standing: lecturer.standing,
        rewards: without_employee(lecturer.rewards)?,
        decisions: without_employee(lecturer.decisions)?,
    })
}

/// The inputs without the ids that the service made up. It is named what goes, not what stays, so that a fact added to the
/// inputs is digested without anybody thinking of it.
fn inputs_without_ids(inputs: &LecturerInputs) -> serde_json::Result<Value> {
    let mut value = serde_json::to_value(inputs)?;
    remove_member(&mut value, "employee_id");
    if let Some(department) = value.get_mut("department") {
        remove_member(department, "department_id");
    }
    for session in elements(&mut value, "sessions") {
        remove_member(session, "session_id");
        sort_member(session, "ratings")?;
        sort_member(session, "items")?;
    }
    sort_member(&mut value, "sessions")?;
    for content in elements(&mut value, "contents") {
        remove_member(content, "content_id");
    }
    sort_member(&mut value, "contents")?;
    Ok(value)
}

fn without_employee<T: Serialize>(records: &[T]) -> serde_json::Result<Value> {
    let mut values = records.iter().map(serde_json::to_value).collect::<Result<Vec<Value>, _>>()?;
    for value in &mut values {
        remove_member(value, "employee_id");
    }
    sort(&mut values)?;
    Ok(Value::Array(values))
}

fn remove_member(value: &mut Value, name: &str) {
    if let Some(object) = value.as_object_mut() {
        object.remove(name);
    }
}

fn elements<'a>(value: &'a mut Value, name: &str) -> impl Iterator<Item = &'a mut Value> {
    value.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten()
}

fn sort_member(value: &mut Value, name: &str) -> serde_json::Result<()> {
    value.get_mut(name).and_then(Value::as_array_mut).map_or(Ok(()), sort)
}

/// Sorts by the canonical bytes of the elements: an order that rests on nothing but their content.
fn sort(values: &mut Vec<Value>) -> serde_json::Result<()> {
    if values.len() < 2 {
        return Ok(());
    }
    let keyed = std::mem::take(values).into_iter().map(|value| Ok((serde_json_canonicalizer::to_vec(&value)?, value)));
    let mut keyed = keyed.collect::<serde_json::Result<Vec<(Vec<u8>, Value)>>>()?;
    keyed.sort_by(|(a, _), (b, _)| a.cmp(b));
    values.extend(keyed.into_iter().map(|(_, value)| value));
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::num::NonZeroU32;

    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::scoring::rules::score;

    fn rule() -> ScoringRule {
        serde_json::from_value(json!({
            "components": [{"metric": "external:x", "weight_bp": 10000, "curve": {"kind": "linear", "to": 100}}],
            "grades": [{"code": "pass", "at_least": 0}],
        }))
        .unwrap()
    }

    fn inputs(number: &str, x: i32) -> LecturerInputs {
        LecturerInputs {
            employee_id: Uuid::from_u128(1),
            employee_number: number.into(),
            department: None,
            days: NonZeroU32::new(31).unwrap(),
            exempt_days: 0,
            sessions: Vec::new(),
            contents: Vec::new(),
            external: BTreeMap::from([("employee_id".to_owned(), x.into())]),
        }
    }

    fn form(people: &[LecturerInputs]) -> String {
        let (rule, policies) = (rule(), RewardPolicySet::default());
        let cards: Vec<Scorecard> = people.iter().map(|inputs| score(&rule, inputs, 0)).collect();
        let results = people.iter().zip(&cards).map(|(inputs, card)| LecturerResult {
            inputs,
            card,
            standing: None,
            rewards: &[],
            decisions: &[],
        });
        let programme = ProgrammeTerms {
            currency: "CNY".parse().unwrap(),
            rank_scope: Scope::Programme,
            appraisal_weight_bp: 0,
            limits: SpendingLimits::default(),
        };
        let terms = PeriodTerms { period: "2026-03".parse().unwrap(), policies: &policies, programme, rule: &rule };
        String::from_utf8(canonical_form(&terms, &results.collect::<Vec<_>>()).unwrap()).unwrap()
    }

    #[test]
    fn a_period_without_lecturers_has_a_form() {
        assert!(form(&[]).starts_with(r#"{"lecturers":[],"period":"2026-03","policies":{"#));
    }

    #[test]
    fn lecturers_stand_by_number_and_equal_numbers_by_content() {
        let sorted = form(&[inputs("", 1), inputs("", 2), inputs("E1", 0), inputs("E1000", 0), inputs("E999", 0)]);
        let mixed = form(&[inputs("E999", 0), inputs("", 2), inputs("E1000", 0), inputs("E1", 0), inputs("", 1)]);
        assert_eq!(sorted, mixed);
        let parsed: Value = serde_json::from_str(&sorted).unwrap();
        let numbers: Vec<&str> = parsed["lecturers"]
            .as_array()
            .unwrap()
            .iter()
            .map(|l| l["inputs"]["employee_number"].as_str().unwrap())
            .collect();
        assert_eq!(numbers, ["", "", "E1", "E1000", "E999"]);
        // A key that is called like an id is a fact all the same.
        assert_eq!(parsed["lecturers"][0]["inputs"]["external"], json!({"employee_id": "1"}));
        assert!(parsed["lecturers"][0]["inputs"].get("employee_id").is_none());
    }

    #[test]
    fn any_fact_changes_the_digest() {
        let first = form(&[inputs("E1", 1)]);
        for other in [
            form(&[inputs("E1", 2)]),
            form(&[inputs("E2", 1)]),
            form(&[LecturerInputs { exempt_days: 1, ..inputs("E1", 1) }]),
        ] {
            assert_ne!(digest(first.as_bytes()), digest(other.as_bytes()));
        }
        assert_eq!(digest(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn streaming_out_of_order_is_refused() {
        let (rule, late, early) = (rule(), inputs("E2", 0), inputs("E1", 0));
        let card = score(&rule, &late, 0);
        let mut writer = CanonicalWriter::new(Sha256Writer::default());
        let result = |inputs| LecturerResult { inputs, card: &card, standing: None, rewards: &[], decisions: &[] };
        assert!(writer.write_lecturer(&result(&late)).is_ok());
        assert!(writer.write_lecturer(&result(&early)).is_err());
    }
}
