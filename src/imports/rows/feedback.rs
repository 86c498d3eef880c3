//! Ratings with their answers to items.

use super::{ItemAnswer, LEARNER, RatingRow, SESSION};
use crate::imports::cells::Cells;
use crate::imports::fault::ImportFaultCode as Code;
use crate::imports::layout::OpenColumn;
use crate::imports::row::{OpenCell, columns};
use crate::imports::values::{Problem, Value, integer, text, unsigned};
use crate::kernel::text::Code as OwnCode;

/// The largest allowed scale.
const MAX_SCALE: u32 = 100;

// Whether a rating counts is derived and no reason to refuse it, because past sessions may have their state corrected later. It
// counts for a delivered session, unless attendance records call the person absent. Its window was checked by the older system,
// which accepted it, and registrations are not known. A rating was given on a form of that system: it keeps the scales that the
// file gives, and has those of its session's form where the file gives none.
columns! { RatingRow of Ratings, pair SecondRating, |cells|
    session_code: must SESSION (text) => Session {
        cells.not_live("session_code", session_code.as_deref());
        cells.not_anonymous("session_code", session_code.as_deref());
    };
    employee_number: must LEARNER (cells.number()) => Employee {
        cells.not_own("employee_number", session_code.as_deref(), employee_number.as_deref());
        cells.employed_at("employee_number", employee_number.as_deref(), session_code.as_deref());
    };
    received_at: must ["submitted_at", "rated_at", "评分时间", "提交时间"] (cells.moment()) {
        cells.not_before("received_at", cells.began(session_code.as_deref()), received_at);
        cells.not_to_come("received_at", received_at);
    };
    scale: may ["满分", "分制"] (by read_scale(cells, session_code.as_deref()));
    rating: must ["score", "评分", "分数", "总评"] (on_scale(0, scale));
    comment: may ["text", "feedback", "文字反馈", "评语", "反馈", "意见"] (text);
    .. items: ItemAnswer = read_items(cells, session_code.as_deref(), scale);
}

fn read_scale(cells: &mut Cells<'_>, session: Option<&str>) -> Option<i32> {
    match cells.get("scale") {
        Some(_) => cells.optional("scale", integer(1, MAX_SCALE)),
        None => Some(cells.form_of(session).map_or(cells.scope.reading.default_scale, |form| form.scale)),
    }
}

/// A whole number from the least one to the scale. If the scale is faulty, any whole number, because the scale has its own fault.
fn on_scale(least: u32, scale: Option<i32>) -> impl Fn(&str) -> Value<i32> {
    move |cell| {
        let value = unsigned(cell, 0, u32::MAX)?;
        match scale {
            Some(scale) if value < least => Err(Problem::new(Code::OutOfRange).with("min", least).with("max", scale)),
            Some(scale) if value > scale.unsigned_abs() => {
                Err(Problem::of(Code::AboveScale, cell).with("scale", scale))
            }
            _ => Ok(value.try_into().unwrap_or(i32::MAX)),
        }
    }
}

fn read_items(cells: &mut Cells<'_>, session: Option<&str>, row_scale: Option<i32>) -> Vec<ItemAnswer> {
    let form = cells.form_of(session);
    let mut items = Vec::new();
    for (column, cell, i) in cells.open().collect::<Vec<_>>() {
        let OpenColumn::Item { key, scale } = column else { continue };
        let on_form = form.and_then(|form| form.item(key));
        let scale = scale.or(on_form.map(|item| item.scale)).or(row_scale);
        // What the form asks is answered from 1; what another system asked may be answered with 0.
        let least = u32::from(on_form.is_some());
        match (on_scale(least, scale)(cell), scale) {
            (Ok(value), Some(scale)) => items.push(ItemAnswer { key: key.clone(), value, scale }),
            (Err(problem), _) => cells.note_cell(i, problem),
            _ => {}
        }
    }
    items
}

/// What Chinese forms call the usual items.
const ITEM_NAMES: &[(&str, &str)] = &[
    ("清晰度", "clarity"),
    ("实用性", "practicality"),
    ("针对性", "relevance"),
    ("案例", "cases"),
    ("互动", "interaction"),
];

impl OpenCell for ItemAnswer {
    const ABOUT: Option<&'static str> = Some("`item:KEY` or `item:KEY/SCALE` (the answer to an item of the form)");

    fn column_of(name: &str) -> Option<OpenColumn> {
        let rest = name.strip_prefix("item:").or_else(|| name.strip_prefix("评分项:"))?;
        let (key, scale) = match rest.split_once('/') {
            Some((key, scale)) => (key, Some(integer(1, MAX_SCALE)(scale).ok()?)),
            None => (rest, None),
        };
        let key = ITEM_NAMES.iter().find(|(name, _)| *name == key).map_or(key, |(_, key)| key);
        let key = <OwnCode>::parse(key).ok()?;
        Some(OpenColumn::Item { key, scale })
    }

    fn column(&self) -> OpenColumn {
        OpenColumn::Item { key: self.key.clone(), scale: Some(self.scale) }
    }

    fn text(&self) -> String {
        self.value.to_string()
    }
}
