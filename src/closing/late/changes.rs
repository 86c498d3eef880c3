//! The facts of one lecturer that came, changed or went since the snapshot.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::kernel::words::words;
use crate::scoring::inputs::LecturerInputs;
use crate::scoring::metric::Metric;
use crate::scoring::metrics::{Measurements, measure};
use crate::scoring::rule::ScoringRule;

words! {
    /// What a late fact is about.
    pub enum LateFactKind {
        /// The lecturer: exempt days, department, employee number.
        Lecturer = "lecturer",
        /// A session that counts: its outcome, minutes, attendees, credit, punctuality and confirmed cases, and what fees depend on.
        Session = "session",
        /// A content that is there, and its reuse.
        Content = "content",
        /// The value of an external metric.
        ExternalValue = "external_value",
        /// The ratings of all sessions, or the answers to one item of the form.
        Ratings = "ratings",
    }

    /// What became of a fact since the snapshot.
    pub enum LateChange {
        /// It is not in the snapshot.
        Came = "came",
        /// It is in the snapshot with other values.
        Changed = "changed",
        /// It is in the snapshot and counts no longer.
        Went = "went",
    }
}

/// A fact that came, changed or went since the snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LateFact {
    pub kind: LateFactKind,
    pub change: LateChange,
    /// The session or content; null for other kinds.
    pub id: Option<Uuid>,
    /// The key of the external metric or of the item of the form; null for other kinds, and for the rating itself.
    #[schema(min_length = 1, max_length = 64)]
    pub key: Option<String>,
    /// What differs.
    #[schema(max_items = 30)]
    pub fields: Vec<LateField>,
}

/// What fees granted in other periods, by its name in the inputs: money.
const GRANTED_BEFORE: &str = "granted_before_minor";

/// For whoever does not see the money of the lecturer. A fact of which nothing else differs is left out.
#[must_use]
pub fn without_money(facts: Vec<LateFact>) -> Vec<LateFact> {
    let shown = |fact: LateFact| {
        let fields: Vec<LateField> = fact.fields.into_iter().filter(|field| field.name != GRANTED_BEFORE).collect();
        (!fields.is_empty()).then_some(LateFact { fields, ..fact })
    };
    facts.into_iter().filter_map(shown).collect()
}

/// A value that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LateField {
    #[schema(min_length = 1, max_length = 64, pattern = "^[a-z_]+$")]
    pub name: String,
    /// As frozen; null if there was none.
    #[schema(max_length = 200)]
    pub before: Option<String>,
    /// As it is today; null if there is none.
    #[schema(max_length = 200)]
    pub after: Option<String>,
}

type Key = (LateFactKind, Option<Uuid>, Option<String>);
type Facts = BTreeMap<Key, BTreeMap<String, String>>;

/// The differences, ordered by kind.
pub fn late_facts(
    rule: &ScoringRule,
    before: Option<&LecturerInputs>,
    after: Option<&LecturerInputs>,
) -> Result<Vec<LateFact>> {
    let facts = |inputs: Option<&LecturerInputs>| {
        inputs.map(|inputs| facts(&measure(rule, inputs), inputs)).transpose().map(Option::unwrap_or_default)
    };
    let (before, after): (Facts, Facts) = (facts(before)?, facts(after)?);
    let keys: BTreeSet<&Key> = before.keys().chain(after.keys()).collect();
    Ok(keys.into_iter().filter_map(|key| late_fact(key, before.get(key), after.get(key))).collect())
}

fn late_fact(
    key: &Key,
    before: Option<&BTreeMap<String, String>>,
    after: Option<&BTreeMap<String, String>>,
) -> Option<LateFact> {
    let change = match (before, after) {
        (None, _) => LateChange::Came,
        (Some(_), None) => LateChange::Went,
        (Some(_), Some(_)) => LateChange::Changed,
    };
    let names: BTreeSet<&String> = before.into_iter().chain(after).flat_map(BTreeMap::keys).collect();
    let value = |of: Option<&BTreeMap<String, String>>, name: &str| of.and_then(|values| values.get(name)).cloned();
    let fields: Vec<LateField> = names
        .into_iter()
        .map(|name| LateField { name: name.clone(), before: value(before, name), after: value(after, name) })
        .filter(|field| field.before != field.after)
        .collect();
    let (kind, id, key) = key.clone();
    (!fields.is_empty()).then_some(LateFact { kind, change, id, key, fields })
}

fn facts(metrics: &Measurements, inputs: &LecturerInputs) -> Result<Facts> {
    let mut facts = Facts::new();
    let mut own = BTreeMap::from([
        ("exempt_days".to_owned(), inputs.exempt_days.to_string()),
        ("employee_number".to_owned(), inputs.employee_number.clone()),
    ]);
    own.extend(inputs.department.as_ref().map(|department| ("department".to_owned(), department.code.clone())));
    facts.insert((LateFactKind::Lecturer, None, None), own);
    for session in &inputs.sessions {
        let mut values = scalars(session, "session_id")?;
        if let Some(fee) = &session.fee {
            values.extend(scalars(fee, "")?);
            values.extend(
                (!fee.certificates.is_empty()).then(|| ("certificates".to_owned(), fee.certificates.join(" "))),
            );
        }
        facts.insert((LateFactKind::Session, Some(session.session_id), None), values);
    }
    for content in &inputs.contents {
        facts.insert((LateFactKind::Content, Some(content.content_id), None), scalars(content, "content_id")?);
    }
    for (key, value) in &inputs.external {
        let values = BTreeMap::from([("value".to_owned(), value.to_string())]);
        facts.insert((LateFactKind::ExternalValue, None, Some(key.clone())), values);
    }
    for (metric, measured) in metrics.iter() {
        let key = match metric {
            Metric::FeedbackRating => None,
            Metric::FeedbackItem(key) => Some(key.clone()),
            _ => continue,
        };
        let mut values = BTreeMap::from([("n".to_owned(), measured.n.to_string())]);
        values.extend(measured.value.map(|value| ("value".to_owned(), value.to_string())));
        if measured.n > 0 {
            facts.insert((LateFactKind::Ratings, None, key), values);
        }
    }
    Ok(facts)
}

/// The plain members of a fact, without its id, so that a fact added to the inputs later is listed automatically.
fn scalars(fact: &impl Serialize, id: &str) -> Result<BTreeMap<String, String>> {
    let Value::Object(members) = serde_json::to_value(fact).map_err(Error::internal)? else {
        return Ok(BTreeMap::new());
    };
    let text = |value: Value| match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is) => Some(is.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    };
    let plain = members.into_iter().filter(|(name, _)| name != id);
    Ok(plain.filter_map(|(name, value)| Some((name, text(value)?))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_other_periods_granted_is_money() {
        let fact = |names: &[&str]| LateFact {
            kind: LateFactKind::Session,
            change: LateChange::Changed,
            id: Some(Uuid::nil()),
            key: None,
            fields: names
                .iter()
                .map(|name| LateField { name: (*name).to_owned(), before: None, after: None })
                .collect(),
        };
        let facts = vec![fact(&["granted_before_minor", "minutes"]), fact(&["granted_before_minor"])];
        assert_eq!(without_money(facts), [fact(&["minutes"])]);
    }
}
