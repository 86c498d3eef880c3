//! The names of a company's codes, for texts.

use std::collections::BTreeMap;

use super::built_in;
use super::lists::Lists;
use crate::kernel::code_list::CodeList;
use crate::kernel::fault::Fault;
use crate::kernel::message::{Param, Words};

/// What a company calls its codes. By default: what we call them.
#[derive(Debug, Clone, Default)]
pub struct Names {
    lists: BTreeMap<CodeList, BTreeMap<String, Words>>,
    /// What learners are asked, by the key of the item.
    items: BTreeMap<String, Words>,
}

impl From<&Lists> for Names {
    fn from(lists: &Lists) -> Self {
        let named = |list: CodeList| {
            let entries = lists.get(list).iter().map(|entry| {
                (entry.code.to_string(), Words { zh: entry.name_zh.to_string(), en: entry.name_en.to_string() })
            });
            let names: BTreeMap<String, Words> = entries.collect();
            (list, names)
        };
        Self { lists: CodeList::ALL.into_iter().map(named).collect(), items: BTreeMap::new() }
    }
}

impl Names {
    /// With what learners are asked: the metric of an item that the company has not named has the name of its question.
    #[must_use]
    pub fn with_items(self, items: BTreeMap<String, Words>) -> Self {
        Self { items, ..self }
    }

    /// The name of a code; the code itself if nobody has named it.
    #[must_use]
    pub fn of(&self, list: CodeList, code: &str) -> Words {
        let own = self.given(list, code).cloned();
        own.or_else(|| self.question(list, code))
            .or_else(|| built_in::name(list, code))
            .unwrap_or_else(|| Words::same(code))
    }

    /// The name that the company has given to a code. A code that is its own name in both languages has none: lists of companies that
    /// named nothing were made of the codes in use.
    #[must_use]
    pub fn given(&self, list: CodeList, code: &str) -> Option<&Words> {
        let name = self.lists.get(&list).and_then(|names| names.get(code));
        name.filter(|name| built_in::has_names(list) || name.zh != code || name.en != code)
    }

    fn question(&self, list: CodeList, code: &str) -> Option<Words> {
        let item = built_in::item_key(code).filter(|_| list == CodeList::Metrics)?;
        let Words { zh, en } = self.items.get(item)?;
        Some(Words { zh: format!("“{zh}”"), en: format!("“{en}”") })
    }

    /// Names with their codes, where people have to write the codes: 优秀（excellent）、良好（good）.
    fn with_codes(&self, list: CodeList, codes: &[String]) -> Words {
        let mut zh = Vec::with_capacity(codes.len());
        let mut en = Vec::with_capacity(codes.len());
        for code in codes {
            let name = self.of(list, code);
            zh.push(if name.zh == *code { name.zh } else { format!("{}（{code}）", name.zh) });
            en.push(if name.en == *code { name.en } else { format!("{} ({code})", name.en) });
        }
        Words { zh: zh.join("、"), en: en.join(", ") }
    }

    /// Puts the names into the texts of faults.
    pub fn put_into(&self, faults: &mut [Fault]) {
        for param in faults.iter_mut().flat_map(|fault| fault.params.values_mut()) {
            if let Param::Codes(list, codes) = param {
                *param = Param::Words(self.with_codes(*list, codes));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::fault::FaultCode;
    use crate::kernel::language::Language;
    use crate::kernel::message::{codes, data};
    use crate::names::lists::DisplayName;

    #[test]
    fn a_fault_says_the_names_with_their_codes() {
        let grades = ["excellent", "B"];
        let fault = Fault::new("/grades", FaultCode::UnknownGrade).with("grade", data("superb"));
        let mut faults = [fault.with("known", codes(CodeList::Grades, grades))];
        assert_eq!(faults[0].detail(Language::ZhCn), "没有等级“superb”；此处的等级有：excellent、B");
        Names::default().put_into(&mut faults);
        assert_eq!(faults[0].detail(Language::ZhCn), "没有等级“superb”；此处的等级有：优秀（excellent）、B");
        assert_eq!(
            faults[0].detail(Language::En),
            "there is no grade superb; the grades here are: Excellent (excellent), B"
        );
    }

    #[test]
    fn the_metric_of_an_item_is_called_after_its_question() {
        let asked = Words { zh: "内容实用".to_owned(), en: "It was useful".to_owned() };
        let names = Names::default().with_items(BTreeMap::from([("useful".to_owned(), asked)]));
        assert_eq!(names.of(CodeList::Metrics, "feedback_item:useful").zh, "“内容实用”");
        assert_eq!(names.of(CodeList::Metrics, "feedback_item:clear").zh, "学员评价项“clear”");
        assert_eq!(names.of(CodeList::Titles, "feedback_item:useful").zh, "feedback_item:useful");
    }

    #[test]
    fn the_companys_names_come_first() {
        let mut lists = Lists::new(&["excellent".to_owned()]);
        assert_eq!(Names::from(&lists).of(CodeList::Grades, "excellent").zh, "优秀");
        let mut grades = lists.grades.0.clone();
        grades[0].name_zh = crate::kernel::text::Line::trusted("卓越");
        lists.replace(CodeList::Grades, grades);
        let names = Names::from(&lists);
        assert_eq!(names.of(CodeList::Grades, "excellent").zh, "卓越");
        assert_eq!(names.of(CodeList::Grades, "good").zh, "良好");
        assert_eq!(names.of(CodeList::Titles, "senior").zh, "senior");
    }

    #[test]
    fn a_policy_that_is_called_by_its_code_has_no_name() {
        let mut lists = Lists::new(&[]);
        let bonus = DisplayName::of(CodeList::Policies, "bonus");
        let named = DisplayName { name_zh: crate::kernel::text::Line::trusted("奖金"), ..bonus.clone() };
        for (entry, given) in [(bonus, None), (named, Some("奖金"))] {
            lists.replace(CodeList::Policies, vec![entry]);
            let names = Names::from(&lists);
            assert_eq!(names.given(CodeList::Policies, "bonus").map(|name| name.zh.as_str()), given);
            assert_eq!(names.of(CodeList::Policies, "bonus").en, "bonus");
        }
    }
}
