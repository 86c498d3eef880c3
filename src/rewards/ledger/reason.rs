//! Why an amount was granted, in both languages: a code with parameters is stored, and the words are made of them.

use serde_json::Value;

use crate::kernel::fault::fill;

/// Words in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    pub zh: String,
    pub en: String,
}

/// The longest text that a payroll line holds, in characters.
const MAX_CHARS: usize = 500;

/// Code, then the words in Chinese and English, with a parameter's name in braces.
const TEMPLATES: &[(&str, &str, &str)] = &[
    ("grade_bonus", "{period} 考核等级“{grade}”奖金", "Bonus for the grade {grade} in {period}"),
    ("top_n", "{period} 按{metric}排名奖金（{value}）", "Award for the first places by {metric} in {period} ({value})"),
    ("session_fee", "{period} 课酬", "Session fee for {period}"),
    ("restatement", "{period} 重新关账差额", "Difference found when {period} was closed again"),
];

/// Names of the metrics: on the wire, in Chinese, in English.
const METRICS: &[(&str, &str, &str)] = &[
    ("score", "总分", "score"),
    ("session_count", "授课次数", "number of sessions"),
    ("teaching_minutes", "授课时长", "teaching minutes"),
    ("submission_timeliness", "课件提交及时率", "timeliness of submissions"),
    ("feedback_rating", "学员评分", "feedback rating"),
    ("response_rate", "评分回收率", "response rate"),
    ("reuse_count", "课程复用人次", "number of reuses"),
    ("reuse_rate", "课程复用率", "rate of reuse"),
    ("knowledge_conversion_rate", "知识转化率", "rate of knowledge conversion"),
    ("voluntary_share", "主动授课占比", "share of voluntary sessions"),
];

/// The words for a reason: what the maker wrote if anything, else the code's template with its parameters, else the code.
#[must_use]
pub fn words(code: &str, params: &Value, text: Option<&str>) -> Words {
    if let Some(text) = text {
        return Words { zh: text.to_owned(), en: text.to_owned() };
    }
    let Some((_, zh, en)) = TEMPLATES.iter().find(|(own, _, _)| *own == code) else {
        return Words { zh: code.to_owned(), en: code.to_owned() };
    };
    let fill_in = |template: &str, name_of: fn(&'static (&str, &str, &str)) -> &'static str| {
        let params = params.as_object().into_iter().flatten().map(|(name, value)| {
            let value = value.as_str().unwrap_or_default();
            let metric = METRICS.iter().find(|(wire, _, _)| name == "metric" && *wire == value);
            (name.as_str(), metric.map_or(value, name_of))
        });
        fill(template, params).chars().take(MAX_CHARS).collect()
    };
    Words { zh: fill_in(zh, |metric| metric.1), en: fill_in(en, |metric| metric.2) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_code_has_words_in_both_languages() {
        let found = words("grade_bonus", &json!({"period": "2026-03", "grade": "excellent"}), None);
        assert_eq!(found.zh, "2026-03 考核等级“excellent”奖金");
        assert_eq!(found.en, "Bonus for the grade excellent in 2026-03");
        let found = words("top_n", &json!({"period": "2026-03", "metric": "feedback_rating", "value": "9.5"}), None);
        assert_eq!(found.zh, "2026-03 按学员评分排名奖金（9.5）");
        assert_eq!(found.en, "Award for the first places by feedback rating in 2026-03 (9.5)");
    }

    #[test]
    fn what_the_maker_wrote_comes_first_and_an_unknown_code_stands_for_itself() {
        assert_eq!(words("manual", &json!({}), Some("thanks")).zh, "thanks");
        assert_eq!(words("manual", &json!({}), None).en, "manual");
    }
}
