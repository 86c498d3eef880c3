//! A pilot beside the company's programme: ten lecturers present new products to sales. Two sessions a month earn full points, and eight of
//! the ten give them: the article's case of a target that four fifths reach, where the advisor proposes three. A pilot scores, and
//! pays nothing.

use super::learning::LAST_MONTH;
use super::people::{Lecturer, Part, People, employee_number};
use super::programme::{DemoProgramme, component, rule_frame, session_gate};
use super::story::{Calendar, ZONE, at};
use crate::imports::rows::{SessionRow, Share};
use crate::kernel::decimal::Decimal;
use crate::kernel::period::Cycle;
use crate::kernel::text::Clean;
use crate::scoring::metric::Metric;
use crate::scoring::rule::ScoringRule;
use crate::sessions::{SessionRole, SessionState};

/// The code of the pilot.
pub const PROGRAMME: &str = "LAUNCH";
/// Code, name and description of its lecturer group.
pub const GROUP: (&str, &str, &str) = ("new-products", "新品宣讲讲师群", "面向销售一线的新品宣讲（试点）");
/// The first month of the pilot: three of its months are closed.
const FIRST_MONTH: usize = LAST_MONTH - 3;
/// So many lecturers take part.
const LECTURERS: usize = 10;
/// Index into [`super::people::GROUPS`] of the group that they come from: those who work with customers.
const THEIR_GROUP: usize = 1;
/// So many of them give two sessions a month; the others give one.
const KEEN: u32 = 8;
/// A second session comes so many working days after the first.
const LATER: u32 = 9;
/// After work, when no other sessions are held.
const EVENING: u32 = 19 * 60 + 30;

const TITLES: [&str; 4] = [
    "新品上手：三分钟讲清价值",
    "新品问答：客户最常问的十个问题",
    "新品对比：与旧版本的差别",
    "新品案例：首批客户怎样使用",
];

/// The lecturers of the pilot, as indexes.
fn lecturers(people: &People) -> impl Iterator<Item = usize> {
    let is_asked =
        |(_, lecturer): &(usize, &Lecturer)| lecturer.part == Part::Ordinary && lecturer.group == THEIR_GROUP;
    people.lecturers.iter().enumerate().filter(is_asked).map(|(at, _)| at).take(LECTURERS)
}

/// Makes them members of the pilot's group.
pub fn join(people: &mut People) {
    for at in lecturers(people).collect::<Vec<_>>() {
        if let Some(row) = people.lecturer_rows.get_mut(at) {
            row.group_codes.push(Clean::trusted(GROUP.0));
        }
    }
}

/// None only if the calendar has no such months.
pub fn programme(calendar: Calendar) -> Option<DemoProgramme> {
    Some(DemoProgramme {
        code: PROGRAMME.to_owned(),
        name: "新品宣讲试点".to_owned(),
        description: "新品上市期间的宣讲，每月两次得满分。试点：只计分，不发奖。".to_owned(),
        time_zone: ZONE.name().to_owned(),
        currency: "CNY".to_owned(),
        cycle: Cycle::Month,
        feedback_mode: "confidential".to_owned(),
        live_feedback_from_on: calendar.period(LAST_MONTH)?.next()?.first_day(),
        group_codes: vec![GROUP.0.to_owned()],
        rules: vec![(calendar.period(FIRST_MONTH)?, rule())],
        draft: None,
        policies: Vec::new(),
    })
}

/// Sessions alone: two a month are full points.
fn rule() -> ScoringRule {
    ScoringRule {
        components: vec![component(Metric::SessionCount, 10_000, 2)],
        gates: vec![session_gate()],
        appraisal_weight_bp: 0,
        ..rule_frame()
    }
}

/// All of them took place.
pub fn sessions(calendar: Calendar, people: &People) -> Vec<SessionRow> {
    let mut rows = Vec::new();
    for month in FIRST_MONTH..=LAST_MONTH {
        for (place, lecturer) in (0..).zip(lecturers(people)) {
            let slots = if place < KEEN { vec![place, place + LATER] } else { vec![place] };
            for slot in slots {
                rows.push(session(calendar, people, (month, slot), lecturer, rows.len()));
            }
        }
    }
    rows
}

fn session(
    calendar: Calendar,
    people: &People,
    (month, slot): (usize, u32),
    lecturer: usize,
    before: usize,
) -> SessionRow {
    let start = at(calendar.working_day(month, slot), EVENING);
    let title = TITLES.get(before % TITLES.len()).copied().unwrap_or_default();
    let employee = people.lecturers.get(lecturer).map(|lecturer| lecturer.employee).unwrap_or_default();
    let code = Clean::trusted(format!("N{:05}", before + 1));
    SessionRow {
        topic: Some(Clean::trusted("新品")),
        state: SessionState::Delivered,
        delivered_start: Some(start),
        delivered_minutes: Some(45),
        head_count: Some(12),
        lecturers: vec![Share {
            employee_number: employee_number(employee),
            credit: Decimal::from(1),
            role: SessionRole::Lead,
        }],
        ..SessionRow::planned(code, Clean::trusted(PROGRAMME), Clean::trusted(title), start)
    }
}
