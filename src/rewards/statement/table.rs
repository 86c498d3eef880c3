//! A yearly statement as a table: a row for each reward and each sum.

use super::Told;
use super::dto::{RewardStatementLine, RewardStatementPart, RewardStatementSum};
use crate::error::{Error, Result};
use crate::kernel::language::Language;
use crate::kernel::money::Money;
use crate::kernel::sheet::{self, BYTE_ORDER_MARK, text};
use crate::kernel::words::words;

/// The columns. A cell without meaning in a row is empty.
const COLUMNS: [&str; 17] = [
    "part",
    "paid_on",
    "amount",
    "currency",
    "amount_minor",
    "pay_item_code",
    "pay_item_name",
    "reason",
    "kind",
    "programme",
    "earned_period",
    "granted_on",
    "state",
    "pay_period",
    "external_reference",
    "reward_id",
    "corrects_id",
];

words! {
    /// What a row of the table is.
    enum Part {
        /// A reward that was paid in the year.
        Paid = "paid",
        /// The sum of a pay item of these.
        PaidByPayItem = "paid_by_pay_item",
        /// The sum of these.
        PaidTotal = "paid_total",
        /// A reward that was not paid by the end of the year.
        Unpaid = "unpaid",
        /// The sum of a pay item of these.
        UnpaidByPayItem = "unpaid_by_pay_item",
        /// The sum of these.
        UnpaidTotal = "unpaid_total",
    }
}

type Cells = [String; COLUMNS.len()];

/// The table as CSV in UTF-8.
pub fn csv(told: &Told, language: Language) -> Result<Vec<u8>> {
    let mut writer = sheet::writer(BYTE_ORDER_MARK.to_vec());
    writer.write_record(COLUMNS).map_err(Error::internal)?;
    let (paid, unpaid) = (&told.statement.paid, &told.statement.unpaid);
    let parts = [
        (paid, [Part::Paid, Part::PaidByPayItem, Part::PaidTotal]),
        (unpaid, [Part::Unpaid, Part::UnpaidByPayItem, Part::UnpaidTotal]),
    ];
    for (part, names) in parts {
        for cells in rows(part, names, language) {
            writer.write_record(&cells).map_err(Error::internal)?;
        }
    }
    writer.into_inner().map_err(|error| Error::internal(error.to_string()))
}

fn rows(part: &RewardStatementPart, [of_line, of_item, of_all]: [Part; 3], language: Language) -> Vec<Cells> {
    let lines = part.lines.iter().map(|line| line_cells(of_line, line, language));
    let items = part.by_pay_item.iter().map(|sum| {
        let RewardStatementSum { pay_item_code, pay_item_name_zh, pay_item_name_en, amount } = sum;
        let name = super::in_language(pay_item_name_zh.as_ref(), pay_item_name_en.as_ref(), language);
        let [part, day, major, currency, minor, ..] = sum_cells(of_item, *amount);
        let mut cells = Cells::default();
        let own = [part, day, major, currency, minor, text(pay_item_code.as_str()), text(name)];
        cells.iter_mut().zip(own).for_each(|(cell, own)| *cell = own);
        cells
    });
    let totals = part.totals.iter().map(|total| sum_cells(of_all, *total));
    lines.chain(items).chain(totals).collect()
}

fn sum_cells(part: Part, amount: Money) -> Cells {
    let own = [
        part.slug().to_owned(),
        String::new(),
        amount.to_major(),
        amount.currency.to_string(),
        amount.amount_minor.to_string(),
    ];
    let mut cells = Cells::default();
    cells.iter_mut().zip(own).for_each(|(cell, own)| *cell = own);
    cells
}

fn line_cells(part: Part, line: &RewardStatementLine, language: Language) -> Cells {
    let name = super::in_language(line.pay_item_name_zh.as_ref(), line.pay_item_name_en.as_ref(), language);
    let shown = |value: Option<String>| value.unwrap_or_default();
    [
        part.slug().to_owned(),
        shown(line.paid_on.map(|day| day.to_string())),
        line.amount.to_major(),
        line.amount.currency.to_string(),
        line.amount.amount_minor.to_string(),
        text(line.pay_item_code.as_str()),
        text(name),
        text(super::reason(line, language)),
        line.kind.slug().to_owned(),
        text(line.programme.name.as_str()),
        line.earned_period.to_string(),
        line.granted_on.to_string(),
        line.state.slug().to_owned(),
        shown(line.pay_period.map(|period| period.to_string())),
        text(shown(line.external_reference.as_ref().map(ToString::to_string))),
        line.reward_id.to_string(),
        shown(line.corrects_id.map(|id| id.to_string())),
    ]
}
