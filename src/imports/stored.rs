//! What the dated rows of a file mean compared with what is stored: already there, to be added, to get another end, or a
//! contradiction that only the company can resolve.

use chrono::NaiveDate;

use crate::kernel::last_day::LastDay;
use crate::kernel::text::{Label, OutsideCode};
use crate::people::import_store::{EmployeeRow, LecturerRow};

/// A dated fact of a person, `[from, to)` in days, about a department or group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub code: OutsideCode,
    pub from: NaiveDate,
    pub to: Option<NaiveDate>,
}

/// What to do with a dated row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// Nothing: it is already stored.
    Keep,
    Add,
    /// The stored row that starts on this day gets the end of the new row.
    EndOtherwise(NaiveDate),
    /// The stored row that starts on this day and has no end ends where the new row starts; the new row is added.
    Follow(NaiveDate),
}

/// A row that contradicts what is stored since this day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clash {
    pub since: NaiveDate,
}

fn overlap(from: NaiveDate, to: Option<NaiveDate>, other_from: NaiveDate, other_to: Option<NaiveDate>) -> bool {
    other_to.is_none_or(|end| from < end) && to.is_none_or(|end| other_from < end)
}

impl Span {
    fn overlaps(&self, from: NaiveDate, to: Option<NaiveDate>) -> bool {
        overlap(self.from, self.to, from, to)
    }

    /// Whether it is valid on every day of `[from, to)`.
    fn covers(&self, from: NaiveDate, to: Option<NaiveDate>) -> bool {
        self.from <= from && self.to.is_none_or(|end| to.is_some_and(|to| to <= end))
    }
}

/// The day from which a person is in a department if the file does not give it: the stored day, or otherwise the day of hiring.
/// None if the person is known to have been in another department since. Moves into others that are planned for days after today
/// are withdrawn, because the file does not know them.
pub fn department_since(
    stored: &[Span],
    code: &str,
    hired_on: Option<NaiveDate>,
    today: Option<NaiveDate>,
) -> Option<NaiveDate> {
    let is_planned = |span: &&Span| today.is_some_and(|today| span.from > today);
    let known = stored.iter().filter(|span| span.code == code || !is_planned(span));
    let Some(last) = known.max_by_key(|span| span.from) else { return hired_on };
    let hired_again = hired_on.filter(|hired| last.to.is_some_and(|end| end <= *hired));
    hired_again.or_else(|| (last.code == code).then_some(last.from))
}

/// The department membership that a row requests, until the day of leaving.
pub fn placement(row: &EmployeeRow) -> Option<Span> {
    Some(Span {
        code: row.department_code.clone()?,
        from: row.department_since?,
        to: row.left_on.map(LastDay::day_after),
    })
}

/// What to do with the department memberships of a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placing {
    pub plan: Plan,
    /// Moves planned for days after today that the file does not know: they are withdrawn.
    pub withdrawn: Vec<Span>,
    /// The stored memberships, by their first days, that get another end because a move after them is withdrawn.
    pub extended: Vec<(NaiveDate, Option<NaiveDate>)>,
}

/// What to do so that the person is in the department of the file and no other move is planned. What was valid before a move that
/// is withdrawn lasts on.
pub fn place(stored: &[Span], asked: &Span, today: Option<NaiveDate>) -> Result<Placing, Clash> {
    let mut spans: Vec<&Span> = stored.iter().collect();
    spans.sort_by_key(|span| span.from);
    let (mut kept, mut withdrawn): (Vec<Span>, Vec<Span>) = (Vec::new(), Vec::new());
    for span in spans {
        if today.is_none_or(|today| span.from <= today) || span.from == asked.from {
            kept.push(span.clone());
            continue;
        }
        if let Some(before) = kept.last_mut().filter(|before| before.to == Some(span.from)) {
            before.to = span.to;
        }
        withdrawn.push(span.clone());
    }
    let plan = plan_membership(&kept, asked)?;
    let is_ended = |from: NaiveDate| matches!(plan, Plan::EndOtherwise(since) | Plan::Follow(since) if since == from);
    let was = |from: NaiveDate| stored.iter().find(|span| span.from == from).and_then(|span| span.to);
    let extended = kept.iter().filter(|span| span.to != was(span.from) && !is_ended(span.from));
    let extended = extended.map(|span| (span.from, span.to)).collect();
    Ok(Placing { plan, withdrawn, extended })
}

/// What to do with a department membership. One without a day adds nothing.
fn plan_membership(stored: &[Span], asked: &Span) -> Result<Plan, Clash> {
    let (from, to) = (asked.from, asked.to);
    if to.is_some_and(|to| to <= from) {
        let present = stored.iter().find(|span| span.to.is_none_or(|end| from < end));
        return present.map_or(Ok(Plan::Keep), |span| Err(Clash { since: span.from }));
    }
    let mut overlapping = stored.iter().filter(|span| span.overlaps(from, to));
    let Some(span) = overlapping.next() else { return Ok(Plan::Add) };
    if let Some(second) = overlapping.next() {
        return Err(Clash { since: second.from });
    }
    let same = span.code == asked.code;
    if same && span.from <= from {
        Ok(if span.to == to { Plan::Keep } else { Plan::EndOtherwise(span.from) })
    } else if !same && span.from < from && span.to.is_none() {
        Ok(Plan::Follow(span.from))
    } else {
        Err(Clash { since: span.from })
    }
}

/// A stored appointment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Appointment {
    pub from: NaiveDate,
    pub to: Option<NaiveDate>,
    /// All levels that it has had.
    pub levels: Vec<Label>,
}

/// A person's stored history as a lecturer. Rows of the file are added to it as they are planned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Career {
    pub appointments: Vec<Appointment>,
    pub groups: Vec<Span>,
    /// The days, each from the first to the day after the last, of which money has left.
    pub paid: Vec<(NaiveDate, NaiveDate)>,
}

/// What to do with a row of `lecturers`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CareerPlan {
    pub appointment: Plan,
    pub adds_level: bool,
    /// In the order of the row's groups.
    pub groups: Vec<Plan>,
}

/// Why a row of `lecturers` contradicts what is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contradiction {
    Appointment(Clash),
    /// The appointment has a different level.
    Level(Label),
    Group(Clash),
}

impl Career {
    /// The end of the appointment that started on this day.
    pub fn ended_on(&self, appointed_on: NaiveDate) -> Option<NaiveDate> {
        self.appointments.iter().find(|one| one.from == appointed_on)?.to
    }

    /// The paid days before `today` that an appointment loses or gets if it ends on one of these days instead of the other.
    pub fn paid_between(
        &self,
        ends: [Option<NaiveDate>; 2],
        today: Option<NaiveDate>,
    ) -> Option<(NaiveDate, NaiveDate)> {
        let first = ends.into_iter().flatten().min()?;
        let end = if ends.contains(&None) { today } else { today.min(ends.into_iter().flatten().max()) }?;
        self.paid.iter().copied().find(|(from, to)| first < end && first < *to && *from < end)
    }

    /// What to do with the row, or everything that contradicts it. Afterwards the career is as the row says.
    pub fn take(&mut self, row: &LecturerRow) -> Result<CareerPlan, Vec<Contradiction>> {
        let mut contradictions = Vec::new();
        let appointment = self.plan_appointment(row).unwrap_or_else(|clash| {
            contradictions.push(Contradiction::Appointment(clash));
            Plan::Keep
        });
        let adds_level = self.adds_level(row).unwrap_or_else(|stored| {
            contradictions.push(Contradiction::Level(stored));
            false
        });
        let before = self.ended_on(row.appointed_on);
        let mut groups = Vec::with_capacity(row.group_codes.len());
        for code in &row.group_codes {
            match self.plan_group(row, code, appointment, before) {
                Ok(plan) => groups.push(plan),
                Err(clash) => contradictions.push(Contradiction::Group(clash)),
            }
        }
        if !contradictions.is_empty() {
            return Err(contradictions);
        }
        let plan = CareerPlan { appointment, adds_level, groups };
        self.note(row, &plan);
        Ok(plan)
    }

    fn plan_appointment(&self, row: &LecturerRow) -> Result<Plan, Clash> {
        let (from, to) = (row.appointed_on, row.ended_on.map(LastDay::day_after));
        let mut overlapping = self.appointments.iter().filter(|one| overlap(one.from, one.to, from, to));
        let Some(one) = overlapping.next() else { return Ok(Plan::Add) };
        if let Some(second) = overlapping.next() {
            return Err(Clash { since: second.from });
        }
        match one.from == from {
            true if one.to == to => Ok(Plan::Keep),
            true => Ok(Plan::EndOtherwise(from)),
            false => Err(Clash { since: one.from }),
        }
    }

    fn adds_level(&self, row: &LecturerRow) -> Result<bool, Label> {
        let Some(level) = &row.level else { return Ok(false) };
        let stored = self.appointments.iter().find(|one| one.from == row.appointed_on).map(|one| &one.levels);
        match stored.and_then(|levels| levels.last().map(|last| (levels, last))) {
            None => Ok(true),
            Some((levels, _)) if levels.contains(level) => Ok(false),
            Some((_, last)) => Err(last.clone()),
        }
    }

    /// `before` is the end that the appointment had. A membership ends with its appointment, and continues if the appointment
    /// does.
    fn plan_group(
        &self,
        row: &LecturerRow,
        code: &str,
        appointment: Plan,
        before: Option<NaiveDate>,
    ) -> Result<Plan, Clash> {
        let (from, to) = (row.appointed_on, row.ended_on.map(LastDay::day_after));
        let mut overlapping = self.groups.iter().filter(|span| span.code == code && span.overlaps(from, to));
        let Some(span) = overlapping.next() else { return Ok(Plan::Add) };
        if let Some(second) = overlapping.next() {
            return Err(Clash { since: second.from });
        }
        let ends_otherwise = matches!(appointment, Plan::EndOtherwise(_)) && span.from <= from && span.to == before;
        if ends_otherwise && span.to != to {
            Ok(Plan::EndOtherwise(span.from))
        } else if span.covers(from, to) {
            Ok(Plan::Keep)
        } else {
            Err(Clash { since: span.from })
        }
    }

    fn note(&mut self, row: &LecturerRow, plan: &CareerPlan) {
        let (from, to) = (row.appointed_on, row.ended_on.map(LastDay::day_after));
        if plan.appointment == Plan::Add {
            self.appointments.push(Appointment { from, to, levels: Vec::new() });
        }
        if let Some(one) = self.appointments.iter_mut().find(|one| one.from == from) {
            one.to = to;
            one.levels.extend(row.level.clone().filter(|_| plan.adds_level));
        }
        for (code, plan) in row.group_codes.iter().zip(&plan.groups) {
            match plan {
                Plan::Add => self.groups.push(Span { code: code.clone(), from, to }),
                Plan::EndOtherwise(since) => {
                    let stored = self.groups.iter_mut().find(|span| span.code == *code && span.from == *since);
                    if let Some(span) = stored {
                        span.to = to;
                    }
                }
                Plan::Keep | Plan::Follow(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn span(code: &str, from: &str, to: Option<&str>) -> Span {
        Span { code: code.parse().unwrap(), from: day(from), to: to.map(day) }
    }

    #[test]
    fn a_membership_is_kept_added_ended_followed_or_refused() {
        let stored = [span("A", "2020-01-01", Some("2024-01-01")), span("B", "2024-01-01", None)];
        let clash = |since| Err(Clash { since: day(since) });
        for (row, expected) in [
            (span("B", "2024-01-01", None), Ok(Plan::Keep)),
            (span("B", "2025-01-01", None), Ok(Plan::Keep)),
            (span("A", "2020-01-01", Some("2024-01-01")), Ok(Plan::Keep)),
            (span("C", "2019-01-01", Some("2020-01-01")), Ok(Plan::Add)),
            (span("B", "2024-01-01", Some("2026-03-01")), Ok(Plan::EndOtherwise(day("2024-01-01")))),
            (span("C", "2025-01-01", None), Ok(Plan::Follow(day("2024-01-01")))),
            (span("C", "2024-01-01", None), clash("2024-01-01")),
            (span("A", "2020-01-01", None), clash("2024-01-01")),
            (span("C", "2023-01-01", Some("2023-06-01")), clash("2020-01-01")),
            (span("B", "2024-01-01", Some("2024-01-01")), clash("2024-01-01")),
        ] {
            assert_eq!(plan_membership(&stored, &row), expected, "{row:?}");
        }
        assert_eq!(plan_membership(&[], &span("A", "2024-01-01", Some("2024-01-01"))), Ok(Plan::Keep));
        assert_eq!(plan_membership(&[], &span("A", "2024-01-01", None)), Ok(Plan::Add));
    }

    #[test]
    fn a_department_without_a_day_holds_since_the_company_has_it_so() {
        let stored = [span("A", "2020-01-01", Some("2024-01-01")), span("B", "2024-01-01", Some("2025-01-01"))];
        let hired = |text| Some(day(text));
        let since = |stored, code, hired_on| department_since(stored, code, hired(hired_on), None);
        assert_eq!(since(&[], "A", "2019-01-01"), hired("2019-01-01"));
        assert_eq!(since(&stored, "B", "2020-01-01"), hired("2024-01-01"));
        assert_eq!(since(&stored, "B", "2025-06-01"), hired("2025-06-01"), "hired again");
        assert_eq!(since(&stored, "A", "2020-01-01"), None);
        let planned = |code| department_since(&stored, code, hired("2020-01-01"), hired("2023-06-01"));
        assert_eq!((planned("A"), planned("B")), (hired("2020-01-01"), hired("2024-01-01")));
    }

    #[test]
    fn a_planned_move_that_the_file_does_not_know_is_withdrawn() {
        let stored = [span("A", "2020-01-01", Some("2024-01-01")), span("B", "2024-01-01", None)];
        let today = Some(day("2023-06-01"));
        let (b, start) = (stored[1].clone(), day("2020-01-01"));
        let placed = |asked: Span| place(&stored, &asked, today).unwrap();
        let stays = Placing { plan: Plan::Keep, withdrawn: vec![b.clone()], extended: vec![(start, None)] };
        assert_eq!(placed(span("A", "2020-01-01", None)), stays);
        let known = Placing { plan: Plan::Keep, withdrawn: vec![], extended: vec![] };
        assert_eq!(placed(span("B", "2024-01-01", None)), known, "the file knows it");
        let other = Placing { plan: Plan::Follow(start), withdrawn: vec![b.clone()], extended: vec![] };
        assert_eq!(placed(span("C", "2023-05-01", None)), other);
        let leaves = Placing { plan: Plan::EndOtherwise(start), withdrawn: vec![b], extended: vec![] };
        assert_eq!(placed(span("A", "2020-01-01", Some("2023-09-01"))), leaves);
        let clash = place(&stored, &span("A", "2020-01-01", None), None);
        assert_eq!(clash, Err(Clash { since: day("2024-01-01") }), "what is not planned is a contradiction");
    }

    fn lecturer(from: &str, to: Option<&str>, level: Option<&str>, groups: &[&str]) -> LecturerRow {
        LecturerRow {
            employee_number: "E1".parse().unwrap(),
            appointed_on: day(from),
            ended_on: to.map(|to| LastDay::before(day(to))),
            level: level.map(|level| level.parse().unwrap()),
            group_codes: groups.iter().map(|code| code.parse().unwrap()).collect(),
        }
    }

    fn career() -> Career {
        let levels = ["L1", "L2"].map(|level| level.parse().unwrap()).into();
        Career {
            appointments: vec![Appointment { from: day("2025-01-01"), to: None, levels }],
            groups: vec![span("PK", "2025-01-01", None), span("CM", "2025-01-01", Some("2025-06-01"))],
            paid: vec![(day("2026-01-01"), day("2026-03-01"))],
        }
    }

    #[test]
    fn an_appointment_is_kept_ended_or_refused_with_its_level_and_groups() {
        let kept = career().take(&lecturer("2025-01-01", None, Some("L2"), &["PK", "XX"])).unwrap();
        assert_eq!((kept.appointment, kept.adds_level, kept.groups), (Plan::Keep, false, vec![Plan::Keep, Plan::Add]));
        let mut ending = career();
        let ended = ending.take(&lecturer("2025-01-01", Some("2026-01-01"), None, &["PK"])).unwrap();
        let otherwise = Plan::EndOtherwise(day("2025-01-01"));
        assert_eq!((ended.appointment, ended.groups), (otherwise, vec![otherwise]));
        // The next row of the same file sees the result of this one.
        let next = ending.take(&lecturer("2026-01-01", None, Some("L3"), &["PK"])).unwrap();
        assert_eq!((next.appointment, next.adds_level, next.groups), (Plan::Add, true, vec![Plan::Add]));
        let wrong = career().take(&lecturer("2025-03-01", None, None, &[])).unwrap_err();
        assert_eq!(wrong, [Contradiction::Appointment(Clash { since: day("2025-01-01") })]);
        let wrong = career().take(&lecturer("2025-01-01", None, Some("L9"), &["CM"])).unwrap_err();
        let group = Contradiction::Group(Clash { since: day("2025-01-01") });
        assert_eq!(wrong, [Contradiction::Level("L2".parse().unwrap()), group]);
    }

    #[test]
    fn an_end_moves_paid_days_between_the_old_and_the_new_one() {
        let between = |ends: [&str; 2]| {
            let end = |text: &str| (!text.is_empty()).then(|| day(text));
            career().paid_between(ends.map(end), Some(day("2026-06-01"))).is_some()
        };
        assert!(between(["", "2026-02-15"]) && between(["2026-02-15", ""]));
        assert!(!between(["2026-01-01", "2025-12-01"]) && between(["2026-01-02", "2025-12-01"]));
        assert!(!between(["", "2026-03-01"]) && !between(["2026-09-01", "2026-07-01"]));
        assert_eq!(career().paid_between([None, Some(day("2026-02-15"))], Some(day("2026-02-15"))), None, "to come");
    }
}
