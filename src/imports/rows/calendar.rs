//! Days of the company's calendar.

use std::collections::HashMap;

use chrono::NaiveDate;

use super::CalendarRow;
use crate::imports::cells::Cells;
use crate::imports::fault::ImportFaultCode as Code;
use crate::imports::row::columns;
use crate::imports::values::{Problem, date, text, word};

columns! { CalendarRow of Calendar, none, past ListedDays, |cells|
    day: must ["date", "日期"] (date);
    kind: must ["type", "类型", "日期类型"] (word);
    name: may ["名称", "节日", "说明"] (text);
}

/// The days of earlier rows, with their lines.
#[derive(Debug, Default)]
pub struct ListedDays(HashMap<NaiveDate, u64>);

impl ListedDays {
    fn compare(&mut self, row: &CalendarRow, cells: &mut Cells<'_>) {
        let line = cells.line();
        let first = *self.0.entry(row.day).or_insert(line);
        if first != line {
            cells.note("day", Problem::new(Code::DuplicateKey).with("first", first));
        }
    }
}
