//! Why an amount was granted, in both languages. A code with parameters is stored, and the text is generated from them.

use serde_json::Value;

use crate::kernel::code_list::CodeList;
use crate::kernel::language::Language;
use crate::kernel::message::{Words, fill};
use crate::names::Names;

/// Maximum length of the text on a payroll line, in characters.
const MAX_CHARS: usize = 500;

/// Code, then the text in Chinese and English, with parameter names in braces.
type Template = (&'static str, &'static str, &'static str);

const TEMPLATES: &[Template] = &[
    ("grade_bonus", "{period} 考核等级“{grade}”奖金", "Bonus for the grade {grade} in {period}"),
    ("top_n", "{period} 按{metric}排名奖金（{value}）", "Award for the first places by {metric} in {period} ({value})"),
    (
        "top_n_place",
        "{period} 按{metric}排名第 {place} 名奖金（{value}）",
        "Award for place {place} by {metric} in {period} ({value})",
    ),
    ("session_fee", "{period} 课酬", "Session fee for {period}"),
    ("session_fee_day", "{period} 课酬（{day} 的分享）", "Session fee for {period} (session of {day})"),
    ("restatement", "{period} 重新核算差额", "Difference found by the restatement of {period}"),
];

/// Those of a policy to which the company has given a name.
const TEMPLATES_OF_NAMED: &[Template] = &[
    ("grade_bonus", "{period} {policy}：考核等级“{grade}”", "{policy} for {period}: grade {grade}"),
    (
        "top_n",
        "{period} {policy}：按{metric}排名（{value}）",
        "{policy} for {period}: first places by {metric} ({value})",
    ),
    (
        "top_n_place",
        "{period} {policy}：按{metric}排名第 {place} 名（{value}）",
        "{policy} for {period}: place {place} by {metric} ({value})",
    ),
    ("session_fee", "{period} {policy}", "{policy} for {period}"),
    ("session_fee_day", "{period} {policy}（{day} 的分享）", "{policy} for {period} (session of {day})"),
    ("restatement", "{period} {policy}：重新核算差额", "{policy}: difference found by the restatement of {period}"),
];

/// A stored code, as the templates have it.
#[must_use]
pub fn known(code: &str) -> Option<&'static str> {
    TEMPLATES.iter().map(|(own, _, _)| *own).find(|own| *own == code)
}

/// Why an amount was granted, as it is stored.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'g> {
    pub code: &'g str,
    pub params: &'g Value,
    /// What its maker wrote.
    pub text: Option<&'g str>,
    pub policy: Option<&'g str>,
}

impl Ground<'_> {
    /// The text: what its maker wrote, or else the code's template with its parameters, or else the code.
    #[must_use]
    pub fn words(&self, names: &Names) -> Words {
        if let Some(text) = self.text {
            return Words::same(text);
        }
        let policy = self.policy.and_then(|code| names.given(CodeList::Policies, code));
        let templates = if policy.is_some() { TEMPLATES_OF_NAMED } else { TEMPLATES };
        // Awards of the first releases do not know their place.
        let has_place = self.code == "top_n" && self.params.get("place").is_some_and(Value::is_string);
        let has_day = self.code == "session_fee" && self.params.get("day").is_some_and(Value::is_string);
        let template = match (has_place, has_day) {
            (true, _) => "top_n_place",
            (_, true) => "session_fee_day",
            _ => self.code,
        };
        let Some((_, zh, en)) = templates.iter().find(|(own, _, _)| *own == template) else {
            return Words::same(self.code);
        };
        let fill_in = |template: &str, language: Language| {
            let mut spoken: Vec<(&str, String)> = self.spoken(names, language);
            spoken.extend(policy.map(|policy| ("policy", policy.text(language).to_owned())));
            fill(template, spoken.iter().map(|(name, words)| (*name, words.as_str()))).chars().take(MAX_CHARS).collect()
        };
        Words { zh: fill_in(zh, Language::ZhCn), en: fill_in(en, Language::En) }
    }

    /// The parameters with their names instead of codes.
    fn spoken(&self, names: &Names, language: Language) -> Vec<(&str, String)> {
        let spoken = self.params.as_object().into_iter().flatten().map(|(name, value)| {
            let value = value.as_str().unwrap_or_default();
            let words = match name.as_str() {
                "metric" => names.of(CodeList::Metrics, value).text(language).to_owned(),
                "grade" => names.of(CodeList::Grades, value).text(language).to_owned(),
                "value" => without_trailing_zeros(value).to_owned(),
                _ => value.to_owned(),
            };
            (name.as_str(), words)
        });
        spoken.collect()
    }
}

/// A decimal as people write it: 9.000000 becomes 9.
fn without_trailing_zeros(decimal: &str) -> &str {
    if decimal.contains('.') { decimal.trim_end_matches('0').trim_end_matches('.') } else { decimal }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// With the names that every company has.
    fn words(code: &str, params: &Value, text: Option<&str>) -> Words {
        Ground { code, params, text, policy: Some("unnamed") }.words(&Names::default())
    }

    #[test]
    fn a_code_has_words_in_both_languages() {
        let found = words("grade_bonus", &json!({"period": "2026-03", "grade": "excellent"}), None);
        assert_eq!(found.zh, "2026-03 考核等级“优秀”奖金");
        assert_eq!(found.en, "Bonus for the grade Excellent in 2026-03");
        let found = words("top_n", &json!({"period": "2026-03", "metric": "feedback_rating", "value": "9.5"}), None);
        assert_eq!(found.zh, "2026-03 按学员评分排名奖金（9.5）");
        assert_eq!(found.en, "Award for the first places by feedback rating in 2026-03 (9.5)");
        let params = json!({"period": "2026-03", "metric": "feedback_rating", "value": "9.5", "place": "2"});
        let found = words("top_n", &params, None);
        assert_eq!(found.zh, "2026-03 按学员评分排名第 2 名奖金（9.5）");
        assert_eq!(found.en, "Award for place 2 by feedback rating in 2026-03 (9.5)");
        assert_eq!(words("grade_bonus", &json!({"period": "2026", "grade": "A"}), None).zh, "2026 考核等级“A”奖金");
    }

    #[test]
    fn keyed_metrics_have_names_and_values_no_empty_decimals() {
        let said = |metric: &str, value: &str| {
            words("top_n", &json!({"period": "2026-03", "metric": metric, "value": value}), None)
        };
        let item = said("feedback_item:practicality", "9.000000");
        assert_eq!(item.zh, "2026-03 按学员评价项“practicality”排名奖金（9）");
        assert_eq!(item.en, "Award for the first places by the feedback item practicality in 2026-03 (9)");
        let external = said("external:exam", "92.500000");
        assert_eq!(external.zh, "2026-03 按外部指标“exam”排名奖金（92.5）");
        assert_eq!(external.en, "Award for the first places by the external metric exam in 2026-03 (92.5)");
        assert!(said("teaching_minutes", "120.000000").en.ends_with("(120)"));
        assert!(said("teaching_minutes", "120").en.ends_with("(120)"));
    }

    #[test]
    fn what_the_maker_wrote_comes_first_and_an_unknown_code_stands_for_itself() {
        assert_eq!(words("manual", &json!({}), Some("thanks")).zh, "thanks");
        assert_eq!(words("manual", &json!({}), None).en, "manual");
    }
}
