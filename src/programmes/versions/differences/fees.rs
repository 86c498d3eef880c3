//! Teaching fees in words.

use super::labels::{Value, What, all, or_none, yes_or_no};
use super::policies::{by_code, money};
use super::{Naming, Term, term};
use crate::calendar::DayKind;
use crate::kernel::code_list::CodeList;
use crate::kernel::language::Language;
use crate::kernel::message::{Param, Phrase, Words, data};
use crate::programmes::documents::fee::{FactorBand, FactorBy, FeeBase, FeeFactor, SessionFee, TimeSlot};
use crate::programmes::{SessionKind, SessionRole};

/// Weekdays from Monday on.
const WEEKDAYS: [(&str, &str); 7] =
    [("一", "Mon"), ("二", "Tue"), ("三", "Wed"), ("四", "Thu"), ("五", "Fri"), ("六", "Sat"), ("日", "Sun")];

/// The members that only a fee has.
pub(super) fn terms(fee: &SessionFee, naming: &Naming) -> Vec<Term> {
    let base = match fee.base {
        FeeBase::PerUnit => Value::PerUnit,
        FeeBase::PerSession => Value::PerSession,
    };
    let roles = fee.roles.iter().map(|(role, factor)| of_code(role_name(role), factor)).collect();
    let kind = |kind: &SessionKind| -> Phrase {
        match kind {
            SessionKind::Assigned => Value::Assigned.into(),
            SessionKind::Voluntary => Value::Voluntary.into(),
        }
    };
    let gates = &fee.gates;
    vec![
        term("base", What::Base, base),
        term("unit_minutes", What::UnitMinutes, fee.unit_minutes),
        term("unit_decimals", What::UnitDecimals, fee.unit_decimals.map_or_else(|| Value::Exact.into(), Param::from)),
        term("rates_minor", What::Rates, by_code(CodeList::Levels, &fee.rates_minor, naming)),
        term("default_rate_minor", What::DefaultRate, or_none(fee.default_rate_minor, |rate| money(rate, naming))),
        term("roles", What::Roles, one_line(roles)),
        term("factors", What::Factors, all(fee.factors.iter().map(table).collect())),
        term("kinds", What::Kinds, all(fee.kinds.iter().map(kind).collect())),
        term("gates/min_session_rating", What::MinSessionRating, or_none(gates.min_session_rating, data)),
        term("gates/attendance_hours", What::AttendanceHours, yes_or_no(gates.attendance_hours)),
        term("gates/certificate", What::Competence, or_none(gates.certificate.as_deref(), data)),
        term("gates/submitted_on_time", What::LateContent, yes_or_no(gates.submitted_on_time)),
    ]
}

fn role_name(role: &str) -> Words {
    let name = match SessionRole::of(role) {
        Some(SessionRole::Lead) => Value::Lead,
        Some(SessionRole::Co) => Value::Co,
        Some(SessionRole::Assistant) => Value::Assistant,
        None => return Words::same(role),
    };
    said(&name.into())
}

fn table(table: &FeeFactor) -> Phrase {
    let by = match table.by {
        FactorBy::Difficulty => Value::Difficulty,
        FactorBy::DayKind => Value::DayKind,
        FactorBy::Run => Value::Run,
        FactorBy::Attendees => Value::Attendees,
        FactorBy::SessionRating => Value::SessionRating,
        FactorBy::TimeSlot => Value::TimeSlot,
    };
    let code = |code: &str| match (table.by, DayKind::of(code)) {
        (FactorBy::DayKind, Some(DayKind::Workday)) => said(&Value::Workday.into()),
        (FactorBy::DayKind, Some(DayKind::RestDay)) => said(&Value::RestDay.into()),
        (FactorBy::DayKind, Some(DayKind::Holiday)) => said(&Value::Holiday.into()),
        _ => Words::same(code),
    };
    let values = table.values.iter().map(|(name, factor)| of_code(code(name), factor));
    let entries = values.chain(table.bands.iter().map(band)).chain(table.slots.iter().map(slot));
    Value::Table.with("by", Phrase::from(by)).with("entries", one_line(entries.collect()))
}

fn of_code(code: Words, factor: &impl ToString) -> Words {
    let factor = factor.to_string();
    Words { zh: format!("{} {factor}", code.zh), en: format!("{} {factor}", code.en) }
}

fn band(band: &FactorBand) -> Words {
    let FactorBand { at_least, factor } = band;
    Words { zh: format!("{at_least} 起 {factor}"), en: format!("{factor} from {at_least}") }
}

fn slot(slot: &TimeSlot) -> Words {
    let TimeSlot { weekdays, from, to, factor } = slot;
    let named = |weekday: &u32| {
        let place = usize::try_from(*weekday).ok().and_then(|weekday| weekday.checked_sub(1));
        let number = weekday.to_string();
        place
            .and_then(|place| WEEKDAYS.get(place))
            .map_or_else(|| Words::same(&number), |(zh, en)| Words { zh: (*zh).to_owned(), en: (*en).to_owned() })
    };
    let names: Vec<Words> = weekdays.iter().map(named).collect();
    let zh: Vec<&str> = names.iter().map(|name| name.zh.as_str()).collect();
    let en: Vec<&str> = names.iter().map(|name| name.en.as_str()).collect();
    Words {
        zh: format!("周{} {from}–{to} {factor}", zh.join("、")),
        en: format!("{} {from}–{to} {factor}", en.join(" ")),
    }
}

/// The text of a phrase in both languages.
fn said(phrase: &Phrase) -> Words {
    Words { zh: phrase.text(Language::ZhCn), en: phrase.text(Language::En) }
}

/// Entries one after the other, or that there are none.
fn one_line(entries: Vec<Words>) -> Param {
    if entries.is_empty() {
        return Value::Nothing.into();
    }
    let (zh, en): (Vec<String>, Vec<String>) = entries.into_iter().map(|entry| (entry.zh, entry.en)).unzip();
    Words { zh: zh.join("，"), en: en.join(", ") }.into()
}
