//! Who reuses the contents of others, and how.

use chrono::{Datelike, Duration};

use super::people::{Part, People, employee_number};
use super::random::Random;
use super::story::{Calendar, MONTHS, at, part_of, target};
use super::teaching::{Content, Teaching};
use crate::content::ReuseEventKind;
use crate::imports::rows::ReuseRow;
use crate::kernel::text::{Clean, EmployeeNumber};

/// How many contents of each twin are reused in the last month.
const TWIN_REUSED: usize = 15;

pub fn reuse(calendar: Calendar, people: &People, teaching: &Teaching) -> Vec<ReuseRow> {
    let mut random = Random::for_part(7);
    let mut rows = Vec::new();
    for month in 0..MONTHS {
        let chosen = choose(&mut random, people, &teaching.contents, month);
        for (place, content) in chosen.iter().enumerate() {
            // Contents at the head of the list are reused by several people.
            let people_wanted = if place * 4 < chosen.len() { 2 + random.index(4) } else { 1 + random.index(2) };
            use_content(&mut random, calendar, people, content, month, people_wanted, &mut rows);
        }
        view_some(&mut random, calendar, people, &teaching.contents, month, &mut rows);
    }
    for (i, row) in rows.iter_mut().enumerate() {
        row.source_ref = Some(Clean::trusted(format!("KM-{:06}", i + 1)));
    }
    rows
}

/// Whether a content is available in a month.
fn is_there(content: &Content, month: usize) -> bool {
    let month = i32::try_from(month).unwrap_or_default();
    content.row.published_at.is_some()
        && content.month <= month
        && content.withdrawn.is_none_or(|withdrawn| month <= withdrawn)
}

/// The share of contents that the month's target requires: new contents and those of good lecturers first.
fn choose<'a>(random: &mut Random, people: &People, contents: &'a [Content], month: usize) -> Vec<&'a Content> {
    let there: Vec<&Content> = contents.iter().filter(|content| is_there(content, month)).collect();
    let wanted = part_of(there.len(), target(month).reuse_percent);
    let mut ranked: Vec<(i64, &Content)> = Vec::new();
    let mut twins = [0; 2];
    let last_twin = people.lecturers.iter().rposition(|lecturer| lecturer.part == Part::Twin);
    for content in there.into_iter().rev() {
        let lecturer = content.lecturers.iter().filter_map(|at| people.lecturers.get(*at)).max_by_key(|l| l.quality);
        let age = i64::try_from(month).unwrap_or_default() - i64::from(content.month);
        let quality = lecturer.map_or(0, |lecturer| i64::from(lecturer.quality));
        let mut weight = quality + i64::from(random.below(600)) - age * 25;
        if lecturer.is_some_and(|lecturer| lecturer.part == Part::Star) {
            weight += 250;
        }
        if lecturer.is_some_and(|lecturer| lecturer.part == Part::Twin) && month + 1 == MONTHS {
            // The newest contents of each twin are included and the others are not: equally many for both.
            let which = usize::from(content.lecturers.first().copied() == last_twin);
            let count = twins.get_mut(which);
            let is_in = count.is_some_and(|count| {
                *count += 1;
                *count <= TWIN_REUSED
            });
            weight = if is_in { 10_000 } else { -10_000 };
        }
        ranked.push((weight, content));
    }
    ranked.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
    ranked.into_iter().take(wanted).map(|(_, content)| content).collect()
}

fn use_content(
    random: &mut Random,
    calendar: Calendar,
    people: &People,
    content: &Content,
    month: usize,
    wanted: usize,
    rows: &mut Vec<ReuseRow>,
) {
    let mut users: Vec<usize> = Vec::new();
    while users.len() < wanted {
        let user = random.index(people.employees.len());
        let is_author = content.row.author_numbers.contains(&employee_number(user));
        if !is_author && !users.contains(&user) && people.works_in(user, month) {
            users.push(user);
        }
    }
    for user in users {
        let kind = match random.below(5) {
            0..=2 => ReuseEventKind::Download,
            3 => ReuseEventKind::Forward,
            _ => ReuseEventKind::Taught,
        };
        push(random, calendar, content, month, employee_number(user), kind, rows);
        // A second reuse by the same person in the month does not count.
        if random.chance(12) {
            push(random, calendar, content, month, employee_number(user), ReuseEventKind::Download, rows);
        }
    }
}

/// Events that do not count: views, and authors who download their own content.
fn view_some(
    random: &mut Random,
    calendar: Calendar,
    people: &People,
    contents: &[Content],
    month: usize,
    rows: &mut Vec<ReuseRow>,
) {
    for content in contents.iter().filter(|content| is_there(content, month)) {
        if random.chance(20) {
            let viewer = random.index(people.employees.len());
            if people.works_in(viewer, month) {
                push(random, calendar, content, month, employee_number(viewer), ReuseEventKind::View, rows);
            }
        }
        if random.chance(2)
            && let Some(author) = content.row.author_numbers.first()
        {
            push(random, calendar, content, month, author.clone(), ReuseEventKind::Download, rows);
        }
    }
}

/// An event between the publication and the end of the month.
fn push(
    random: &mut Random,
    calendar: Calendar,
    content: &Content,
    month: usize,
    employee_number: EmployeeNumber,
    kind: ReuseEventKind,
    rows: &mut Vec<ReuseRow>,
) {
    let (day, time) = (random.below(10_000), 8 * 60 + random.below(13 * 60));
    let is_new = i32::try_from(month) == Ok(content.month);
    let published = content.row.published_at.filter(|_| is_new).map(|moment| moment + Duration::hours(8));
    let first = published.map_or(1, |moment| (moment + Duration::days(1)).day());
    let last = if content.withdrawn == i32::try_from(month).ok() { 9 } else { calendar.last_day(month).day() };
    let day = first + day * (last.saturating_sub(first)) / 10_000;
    let date = calendar.day(i32::try_from(month).unwrap_or_default(), 0).with_day(day).unwrap_or_default();
    rows.push(ReuseRow {
        content_code: content.row.content_code.clone(),
        employee_number,
        kind,
        occurred_at: at(date, time),
        source_ref: None,
    });
}
