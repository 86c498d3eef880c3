//! Names of what every company has: the metrics, the score, the usual grades, the usual title, and the usual certificate of
//! competence.

use crate::kernel::code_list::CodeList;
use crate::kernel::message::{Words, fill};
use crate::kernel::text::Code;

/// Raise it by one with every change of a name below: then answers that show these names get another ETag.
pub const EDITION: i64 = 1;

/// Code, then the name in Chinese and in English.
type Named = (&'static str, &'static str, &'static str);

const METRICS: &[Named] = &[
    ("score", "总分", "score"),
    ("session_count", "授课次数", "number of sessions"),
    ("teaching_minutes", "授课时长", "teaching minutes"),
    ("submission_timeliness", "课件提交及时率", "timeliness of submissions"),
    ("feedback_rating", "学员评分", "feedback rating"),
    ("response_rate", "评分回收率", "response rate"),
    ("reuse_count", "内容复用人次", "number of reuses"),
    ("reuse_rate", "内容复用率", "rate of reuse"),
    ("knowledge_conversion_rate", "知识转化率", "rate of knowledge conversion"),
    ("voluntary_share", "主动授课占比", "share of voluntary sessions"),
];

const GRADES: &[Named] = &[
    ("excellent", "优秀", "Excellent"),
    ("good", "良好", "Good"),
    ("pass", "合格", "Pass"),
    ("fail", "不合格", "Fail"),
];

/// Kinds of certificates of competence that every company knows.
const COMPETENCES: &[Named] = &[("ttt", "培训师认证（TTT）", "Train the trainer (TTT)")];
const TITLES: &[Named] = &[("senior-lecturer", "高级讲师", "Senior lecturer")];

/// Families of metrics that have a key: prefix, then Chinese and English, with `{key}` where the key goes.
const FAMILIES: &[Named] = &[
    ("feedback_item:", "学员评价项“{key}”", "the feedback item {key}"),
    ("external:", "外部指标“{key}”", "the external metric {key}"),
];

fn all(list: CodeList) -> &'static [Named] {
    match list {
        CodeList::Grades => GRADES,
        CodeList::Metrics => METRICS,
        CodeList::Competences => COMPETENCES,
        CodeList::Titles => TITLES,
        CodeList::Policies | CodeList::Levels => &[],
    }
}

/// Whether some codes of the list have names of ours.
#[must_use]
pub fn has_names(list: CodeList) -> bool {
    !all(list).is_empty()
}

/// The metrics without a key, and the score, in the order in which they are listed.
pub fn metrics() -> impl Iterator<Item = &'static str> {
    METRICS.iter().map(|(code, ..)| *code)
}

/// The codes of ours in a list, in the order in which they are listed: those that every company has, or the usual ones.
pub fn codes(list: CodeList) -> impl Iterator<Item = &'static str> {
    all(list).iter().map(|(code, ..)| *code)
}

/// Whether this names a metric or the score.
#[must_use]
pub fn is_metric(code: &str) -> bool {
    let key = FAMILIES.iter().find_map(|(prefix, ..)| code.strip_prefix(prefix));
    key.map_or_else(|| metrics().any(|own| own == code), |key| <Code>::faults_of(key).next().is_none())
}

/// The key of an item of the feedback form, if this is the metric of one.
#[must_use]
pub fn item_key(code: &str) -> Option<&str> {
    code.strip_prefix("feedback_item:")
}

/// Our name of the code, if it has one. A metric with a key has the name of its family.
#[must_use]
pub fn name(list: CodeList, code: &str) -> Option<Words> {
    if let Some((_, zh, en)) = all(list).iter().find(|(own, ..)| *own == code) {
        return Some(Words { zh: (*zh).to_owned(), en: (*en).to_owned() });
    }
    let families = if list == CodeList::Metrics { FAMILIES } else { &[] };
    families.iter().find_map(|(prefix, zh, en)| {
        let key = code.strip_prefix(prefix)?;
        Some(Words { zh: fill(zh, [("key", key)]), en: fill(en, [("key", key)]) })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_known_with_their_keys() {
        for (code, known) in [
            ("score", true),
            ("session_count", true),
            ("feedback_item:practicality", true),
            ("external:exam.2", true),
            ("external:", false),
            ("external:a b", false),
            ("sessions", false),
            ("", false),
        ] {
            assert_eq!(is_metric(code), known, "{code}");
        }
    }

    #[test]
    fn a_code_has_the_name_of_its_list() {
        assert_eq!(name(CodeList::Grades, "pass").unwrap().zh, "合格");
        assert_eq!(name(CodeList::Metrics, "external:exam").unwrap().en, "the external metric exam");
        for list in [CodeList::Metrics, CodeList::Titles] {
            assert_eq!(name(list, "pass"), None, "{list:?}");
        }
    }
}
