//! The lists as they are stored: one row for a company.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::built_in;
use crate::db::Document;
use crate::kernel::code_list::CodeList;
use crate::kernel::message::Words;
use crate::kernel::text::Line;
use crate::schema::display_names;

/// A code and what people read instead of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"code": "senior-lecturer", "name_zh": "高级讲师", "name_en": "Senior lecturer"}))]
pub struct DisplayName {
    /// The code, as documents and answers have it.
    pub code: Line<80>,
    /// Name in Chinese.
    pub name_zh: Line<100>,
    /// Name in English.
    pub name_en: Line<100>,
}

/// A list in its order.
pub type Entries = Vec<DisplayName>;

impl DisplayName {
    /// The entry of a code that the company has not named.
    #[must_use]
    pub fn of(list: CodeList, code: &str) -> Self {
        let Words { zh, en } = built_in::name(list, code).unwrap_or_else(|| Words::same(code));
        Self { code: Line::trusted(code), name_zh: Line::trusted(zh), name_en: Line::trusted(en) }
    }
}

/// All lists of a company.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = display_names)]
pub struct Lists {
    pub grades: Document<Entries>,
    pub metrics: Document<Entries>,
    pub policies: Document<Entries>,
    pub levels: Document<Entries>,
    pub titles: Document<Entries>,
    pub competences: Document<Entries>,
}

/// The lists with their version.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = display_names)]
pub struct Stored {
    pub id: Uuid,
    #[diesel(embed)]
    pub lists: Lists,
    pub version: i64,
}

impl Lists {
    /// The lists of a company that has changed nothing: the grades that it was created with.
    #[must_use]
    pub fn new(grades: &[String]) -> Self {
        let none = || Document(Entries::new());
        let grades = grades.iter().map(|code| DisplayName::of(CodeList::Grades, code)).collect();
        Self {
            grades: Document(grades),
            metrics: none(),
            policies: none(),
            levels: none(),
            titles: none(),
            competences: none(),
        }
    }

    #[must_use]
    pub fn get(&self, list: CodeList) -> &Entries {
        match list {
            CodeList::Grades => &self.grades,
            CodeList::Metrics => &self.metrics,
            CodeList::Policies => &self.policies,
            CodeList::Levels => &self.levels,
            CodeList::Titles => &self.titles,
            CodeList::Competences => &self.competences,
        }
    }

    pub fn replace(&mut self, list: CodeList, entries: Entries) {
        let own = match list {
            CodeList::Grades => &mut self.grades,
            CodeList::Metrics => &mut self.metrics,
            CodeList::Policies => &mut self.policies,
            CodeList::Levels => &mut self.levels,
            CodeList::Titles => &mut self.titles,
            CodeList::Competences => &mut self.competences,
        };
        own.0 = entries;
    }

    /// The codes of the grades, best first.
    #[must_use]
    pub fn grade_order(&self) -> Vec<String> {
        self.grades.iter().map(|grade| grade.code.to_string()).collect()
    }

    /// The codes of the levels of lecturers. None while each is called by its code: lists of companies that named nothing were made
    /// of the codes in use.
    #[must_use]
    pub fn declared_levels(&self) -> Vec<String> {
        let is_named = |level: &DisplayName| *level.name_zh != *level.code || *level.name_en != *level.code;
        let known = if self.levels.iter().any(is_named) { self.levels.0.as_slice() } else { &[] };
        known.iter().map(|level| level.code.to_string()).collect()
    }

    /// The codes of the titles; that of the usual one while none is listed.
    #[must_use]
    pub fn title_codes(&self) -> Vec<String> {
        if self.titles.is_empty() {
            return built_in::codes(CodeList::Titles).map(str::to_owned).collect();
        }
        self.titles.iter().map(|title| title.code.to_string()).collect()
    }

    /// Adds the metrics and kinds of certificates that every company has and that this one has not named, after its own.
    #[must_use]
    pub fn complete(mut self) -> Self {
        for list in [CodeList::Metrics, CodeList::Competences] {
            let mut entries = self.get(list).clone();
            for code in built_in::codes(list) {
                if entries.iter().all(|own| own.code != code) {
                    entries.push(DisplayName::of(list, code));
                }
            }
            self.replace(list, entries);
        }
        self
    }

    /// The codes of the kinds of certificates of competence, those that every company has included.
    #[must_use]
    pub fn competences(&self) -> Vec<String> {
        self.clone().complete().competences.iter().map(|kind| kind.code.to_string()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_company_has_names_for_its_grades_and_every_metric() {
        let lists = Lists::new(&["excellent".to_owned(), "B".to_owned()]).complete();
        assert_eq!(lists.grade_order(), ["excellent", "B"]);
        let named = |entry: &DisplayName| (entry.name_zh.to_string(), entry.name_en.to_string());
        assert_eq!(named(&lists.grades[0]), ("优秀".to_owned(), "Excellent".to_owned()));
        assert_eq!(named(&lists.grades[1]), ("B".to_owned(), "B".to_owned()));
        assert_eq!(named(&lists.metrics[1]), ("授课次数".to_owned(), "number of sessions".to_owned()));
        assert_eq!(lists.metrics.len(), built_in::metrics().count());
    }

    #[test]
    fn a_metric_with_a_name_of_the_companys_keeps_it() {
        let mut lists = Lists::new(&[]);
        let own =
            DisplayName { name_zh: Line::trusted("口碑"), ..DisplayName::of(CodeList::Metrics, "feedback_rating") };
        lists.replace(CodeList::Metrics, vec![own.clone()]);
        let lists = lists.complete();
        assert_eq!((&lists.metrics[0], lists.metrics.len()), (&own, built_in::metrics().count()));
    }
}
