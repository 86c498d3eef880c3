//! The demonstration company: the technology company of the article, with one year of history, as the files of an import and
//! the documents of its programme and of a pilot.
//!
//! Everything is generated from one fixed seed and whole numbers, so that the company is always the same. Only its calendar
//! moves, by whole months, so that the last of its twelve months is the requested one. [`story`] defines the results of the
//! months. All dates are within the twelve months or before them, so that a demonstration on the first day of the next month
//! contains nothing in the future.

mod fees;
mod learning;
mod names;
mod people;
mod pilot;
mod programme;
mod random;
mod reuse;
pub mod story;
mod teaching;
mod texts;

pub use programme::{DemoPayItem, DemoProgramme, DemoPromotionPolicy, SUPERVISOR};

use chrono_tz::Tz;
use serde_json::Value;

use crate::imports::row::Row;
use crate::imports::rows::{LecturerGroupRow, SessionRow};
use crate::imports::{KnownKeys, Reading, Reference, Style, write_file_in};
use crate::kernel::language::Language;
use crate::kernel::period::Period;
use crate::kernel::text::Clean;

/// The company, ready to be imported.
#[derive(Debug, Clone, PartialEq)]
pub struct DemoCompany {
    /// The company's short name, used for the tenant.
    pub code: String,
    pub name: String,
    /// The first and the last month of its history.
    pub first: Period,
    pub last: Period,
    /// The files of the import: name and content.
    pub files: Vec<(String, Vec<u8>)>,
    /// They must exist before the files are imported, because sessions refer to them.
    pub programmes: Vec<DemoProgramme>,
    pub promotion_policies: Vec<DemoPromotionPolicy>,
    pub pay_items: Vec<DemoPayItem>,
    /// What it calls its codes, as a request.
    pub display_names: Value,
}

/// Creates the company whose history ends with this month. None if the period is not a month, or if it is at the ends of the
/// calendar.
#[must_use]
pub fn generate(last: Period) -> Option<DemoCompany> {
    generate_in(last, Language::En)
}

/// The same with the files in a language.
#[must_use]
pub fn generate_in(last: Period, language: Language) -> Option<DemoCompany> {
    let calendar = story::Calendar::ending_with(last)?;
    let mut people = people::people(calendar);
    pilot::join(&mut people);
    let mut teaching = teaching::teaching(calendar, &people);
    let learning = learning::learning(calendar, &people, &mut teaching);
    let reuse = reuse::reuse(calendar, &people, &teaching);
    let mut sessions: Vec<SessionRow> = teaching.sessions.into_iter().map(|session| session.row).collect();
    sessions.extend(pilot::sessions(calendar, &people));
    let contents: Vec<_> = teaching.contents.into_iter().map(|content| content.row).collect();
    let files = vec![
        file(&people.departments, language),
        file(&people.employees, language),
        file(&groups(), language),
        file(&people.lecturer_rows, language),
        file(&people.absences, language),
        file(&fees::calendar(calendar.day(0, 0), last.last_day()), language),
        file(&sessions, language),
        file(&contents, language),
        file(&teaching.submissions, language),
        file(&learning.attendance, language),
        file(&learning.ratings, language),
        file(&reuse, language),
        file(&learning.cases, language),
    ];
    Some(DemoCompany {
        code: "yunling".to_owned(),
        name: "云岭科技有限公司".to_owned(),
        first: calendar.period(0)?,
        last,
        files,
        programmes: vec![programme::programme(calendar)?, pilot::programme(calendar)?],
        promotion_policies: programme::promotion_policies(),
        pay_items: programme::pay_items(),
        display_names: programme::display_names(),
    })
}

impl DemoCompany {
    /// How its files must be read.
    #[must_use]
    pub fn reading(&self) -> Reading {
        Reading::new(story::ZONE)
    }

    /// What must exist before its files are imported.
    #[must_use]
    pub fn known(&self) -> KnownKeys {
        let codes = self.programmes.iter().map(|programme| programme.code.as_str());
        KnownKeys::default().with(Reference::Programme, codes)
    }

    /// The company's time zone.
    #[must_use]
    pub fn zone(&self) -> Tz {
        story::ZONE
    }
}

fn groups() -> Vec<LecturerGroupRow> {
    let row = |(code, name, description): &(&str, &str, &str)| LecturerGroupRow {
        code: Clean::trusted(*code),
        name: Clean::trusted(*name),
        description: Some(Clean::trusted(*description)),
    };
    people::GROUPS.iter().chain([&pilot::GROUP]).map(row).collect()
}

fn file<T: Row>(rows: &[T], language: Language) -> (String, Vec<u8>) {
    (T::KIND.file_name_in(language), write_file_in(rows, Style { zone: story::ZONE, language }))
}

#[cfg(test)]
mod tests;
