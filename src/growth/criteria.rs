//! What a position requires: one document for the wire and the database, and what makes it valid.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::kernel::code_list::CodeList;
use crate::kernel::decimal::Decimal;
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::message::{codes, data};
use crate::kernel::tagged::read_by_kind;
use crate::kernel::text::Code;

/// Maximum nesting depth of criteria.
const MAX_DEPTH: usize = 5;
/// Maximum number of criteria in one list.
const MAX_CRITERIA: usize = 20;
/// Maximum number of months that any criterion looks back.
pub const MAX_MONTHS: u32 = 120;

/// One criterion, or several combined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PromotionCriterion {
    All(AllCriteria),
    Any(AnyCriterion),
    Tenure(TenureCriterion),
    Grades(GradesCriterion),
    Title(TitleCriterion),
    SessionsTotal(SessionsTotalCriterion),
    ScoreAverage(ScoreAverageCriterion),
    NoOpenNotice(NoOpenNoticeCriterion),
    External(ExternalCriterion),
}

read_by_kind!(PromotionCriterion { "all" => All, "any" => Any, "tenure" => Tenure, "grades" => Grades, "title" => Title, "sessions_total" => SessionsTotal, "score_average" => ScoreAverage, "no_open_notice" => NoOpenNotice, "external" => External });

/// Every criterion in it must be met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AllCriteria {
    #[schema(no_recursion, min_items = 1, max_items = 20)]
    pub criteria: Vec<PromotionCriterion>,
}

/// At least one criterion in it must be met.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnyCriterion {
    #[schema(no_recursion, min_items = 1, max_items = 20)]
    pub criteria: Vec<PromotionCriterion>,
}

/// A minimum number of months since the appointment as lecturer. Days of suspension do not count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TenureCriterion {
    #[schema(minimum = 1, maximum = 600)]
    pub months: u32,
}

/// The latest rated months within a span must all have a grade or a better one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GradesCriterion {
    /// Number of rated months.
    #[schema(minimum = 1, maximum = 120)]
    pub periods: u32,
    /// The grade that each month must reach: this one or a better one in the company's order.
    #[schema(min_length = 1, max_length = 64)]
    pub every: String,
    /// How many calendar months before the month of the check are looked at.
    #[serde(default = "a_year")]
    #[schema(minimum = 1, maximum = 120, default = 12)]
    pub within_months: u32,
    /// Only this programme. If absent, every programme that rated the person in a month must agree.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub programme_id: Option<Uuid>,
}

/// A title that must be held on the day of the check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TitleCriterion {
    pub code: Code,
}

/// A minimum of credits for qualifying sessions in closed periods since the appointment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SessionsTotalCriterion {
    pub at_least: Decimal,
    /// Only this programme. If absent, every programme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub programme_id: Option<Uuid>,
}

/// A minimum mean of the scores of the latest rated months within a span.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScoreAverageCriterion {
    /// Number of rated months.
    #[schema(minimum = 1, maximum = 120)]
    pub periods: u32,
    /// 0 to 100. The mean is rounded to 2 decimals before it is compared.
    pub at_least: Decimal,
    /// How many calendar months before the month of the check are looked at.
    #[serde(default = "a_year")]
    #[schema(minimum = 1, maximum = 120, default = 12)]
    pub within_months: u32,
    /// Only this programme. If absent, a month counts with the mean of its scores.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub programme_id: Option<Uuid>,
}

/// No improvement notice of any programme may be in force on the day of the check: acknowledged or answered, it counts until it is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoOpenNoticeCriterion {}

/// Something that was shown outside of Lectern: a certificate of competence of this kind that is valid on the day of the check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExternalCriterion {
    /// Kind of the certificate: one of the company's (`competences` in `GET /v1/display-names`).
    #[schema(examples("ttt"))]
    pub key: Code,
}

fn a_year() -> u32 {
    12
}

impl PromotionCriterion {
    /// All faults of the document at `pointer`. `grades` are those of the company.
    #[must_use]
    pub fn validate(&self, pointer: &str, grades: &[String]) -> Vec<Fault> {
        let mut faults = Faults::default();
        self.check(&mut faults, pointer, grades, MAX_DEPTH);
        faults.into_vec()
    }

    fn check(&self, faults: &mut Faults, pointer: &str, grades: &[String], depth: usize) {
        match self {
            Self::All(AllCriteria { criteria }) | Self::Any(AnyCriterion { criteria }) => {
                let list = format!("{pointer}/criteria");
                if depth == 0 {
                    faults.push(Fault::new(list, FaultCode::TooMany).with("max", MAX_DEPTH));
                    return;
                }
                faults.check_length(&list, criteria.len(), 1, MAX_CRITERIA);
                for (i, criterion) in criteria.iter().enumerate() {
                    criterion.check(faults, &format!("{list}/{i}"), grades, depth - 1);
                }
            }
            Self::Tenure(tenure) => faults.check_range(&format!("{pointer}/months"), tenure.months, 1, 600),
            Self::Grades(asked) => {
                check_span(faults, pointer, asked.periods, asked.within_months);
                if !grades.contains(&asked.every) {
                    let fault = Fault::new(format!("{pointer}/every"), FaultCode::UnknownGrade);
                    faults.push(fault.with("grade", data(&asked.every)).with("known", codes(CodeList::Grades, grades)));
                }
            }
            Self::Title(title) => faults.check_text(&format!("{pointer}/code"), title.code.faults()),
            Self::SessionsTotal(total) => {
                let (least, most) = (Decimal::ZERO, Decimal::from(1_000_000));
                faults.check_range(&format!("{pointer}/at_least"), total.at_least, least, most);
            }
            Self::ScoreAverage(asked) => {
                check_span(faults, pointer, asked.periods, asked.within_months);
                let (least, most) = (Decimal::ZERO, Decimal::from(100));
                faults.check_range(&format!("{pointer}/at_least"), asked.at_least, least, most);
            }
            Self::NoOpenNotice(_) => {}
            Self::External(external) => faults.check_text(&format!("{pointer}/key"), external.key.faults()),
        }
    }

    /// The criteria that it combines; none if it is a single one.
    #[must_use]
    pub fn parts(&self) -> &[Self] {
        match self {
            Self::All(AllCriteria { criteria }) | Self::Any(AnyCriterion { criteria }) => criteria,
            _ => &[],
        }
    }

    /// The single criteria in it, each with its place in the document.
    #[must_use]
    pub fn singles(&self, pointer: &str) -> Vec<(String, &Self)> {
        let parts = self.parts();
        if parts.is_empty() {
            return vec![(pointer.to_owned(), self)];
        }
        parts.iter().enumerate().flat_map(|(i, part)| part.singles(&format!("{pointer}/criteria/{i}"))).collect()
    }

    /// The programmes that it refers to, each with its place in the document.
    #[must_use]
    pub fn programmes(&self, pointer: &str) -> Vec<(String, Uuid)> {
        let named = self.singles(pointer).into_iter().filter_map(|(place, single)| match single {
            Self::Grades(GradesCriterion { programme_id, .. })
            | Self::SessionsTotal(SessionsTotalCriterion { programme_id, .. })
            | Self::ScoreAverage(ScoreAverageCriterion { programme_id, .. }) => {
                programme_id.map(|id| (format!("{place}/programme_id"), id))
            }
            _ => None,
        });
        named.collect()
    }

    /// The kinds of certificates of competence that it asks for, each with its place in the document.
    #[must_use]
    pub fn competences(&self, pointer: &str) -> Vec<(String, &Code)> {
        let named = self.singles(pointer).into_iter().filter_map(|(place, single)| match single {
            Self::External(external) => Some((format!("{place}/key"), &external.key)),
            _ => None,
        });
        named.collect()
    }

    /// The titles that it asks for, each with its place in the document.
    #[must_use]
    pub fn titles(&self, pointer: &str) -> Vec<(String, &Code)> {
        let named = self.singles(pointer).into_iter().filter_map(|(place, single)| match single {
            Self::Title(title) => Some((format!("{place}/code"), &title.code)),
            _ => None,
        });
        named.collect()
    }
}

/// More months than the span contains could never be met.
fn check_span(faults: &mut Faults, pointer: &str, periods: u32, within_months: u32) {
    faults.check_range(&format!("{pointer}/within_months"), within_months, 1, MAX_MONTHS);
    faults.check_range(&format!("{pointer}/periods"), periods, 1, within_months.clamp(1, MAX_MONTHS));
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_fault_is_reported_at_once() {
        let criterion: PromotionCriterion = serde_json::from_value(json!({"kind": "all", "criteria": [
            {"kind": "tenure", "months": 0},
            {"kind": "grades", "periods": 13, "every": "superb"},
            {"kind": "any", "criteria": []},
            {"kind": "title", "code": "a b"},
            {"kind": "score_average", "periods": 3, "at_least": "100.5", "within_months": 2},
            {"kind": "external", "key": "an exam"},
            {"kind": "no_open_notice"},
        ]}))
        .unwrap();
        let faults = criterion.validate("/criteria", &["excellent".to_owned()]);
        let found: Vec<_> = faults.iter().map(|fault| (fault.pointer.as_str(), fault.code)).collect();
        assert_eq!(
            found,
            [
                ("/criteria/criteria/0/months", FaultCode::OutOfRange),
                ("/criteria/criteria/1/periods", FaultCode::OutOfRange),
                ("/criteria/criteria/1/every", FaultCode::UnknownGrade),
                ("/criteria/criteria/2/criteria", FaultCode::Empty),
                ("/criteria/criteria/3/code", FaultCode::BadCharacters),
                ("/criteria/criteria/4/periods", FaultCode::OutOfRange),
                ("/criteria/criteria/4/at_least", FaultCode::OutOfRange),
                ("/criteria/criteria/5/key", FaultCode::BadCharacters),
            ]
        );
    }

    #[test]
    fn criteria_are_not_nested_without_end() {
        let mut criterion = json!({"kind": "tenure", "months": 6});
        for _ in 0..=MAX_DEPTH {
            criterion = json!({"kind": "all", "criteria": [criterion]});
        }
        let criterion: PromotionCriterion = serde_json::from_value(criterion).unwrap();
        let faults = criterion.validate("", &[]);
        assert_eq!(faults.iter().map(|fault| fault.code).collect::<Vec<_>>(), [FaultCode::TooMany]);
    }

    #[test]
    fn a_document_survives_writing_and_refuses_what_it_does_not_know() {
        let document = json!({"kind": "grades", "periods": 6, "every": "excellent", "within_months": 12});
        let criterion: PromotionCriterion = serde_json::from_value(document.clone()).unwrap();
        assert_eq!(serde_json::to_value(criterion).unwrap(), document);
        for wrong in [json!({"kind": "no_open_notice", "x": 1}), json!({"kind": "luck"}), json!({"kind": "tenure"})] {
            assert!(serde_json::from_value::<PromotionCriterion>(wrong.clone()).is_err(), "{wrong}");
        }
    }
}
