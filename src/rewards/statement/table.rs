//! A yearly statement as a table: a row for each reward and each sum.

use super::dto::{RewardStatementLine, RewardStatementPart, RewardStatementResponse};
use crate::http::tables::{Cell, Column};
use crate::kernel::language::Language;
use crate::kernel::money::Money;
use crate::kernel::text::OutsideCode;
use crate::kernel::words::words;

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

/// A row of the table, with its texts in one language.
#[derive(Debug)]
pub struct Row {
    part: Part,
    amount: Money,
    /// Code and name of the pay item; none in a sum of all.
    pay_item: Option<(OutsideCode, String)>,
    /// The reward, and why it was granted; none in a sum.
    reward: Option<(RewardStatementLine, String)>,
}

/// The columns. A cell without meaning in a row is empty.
pub const COLUMNS: &[Column<Row>] = &[
    Column::new("part", "Part", "部分", |row| Cell::text(row.part.slug())),
    Column::new("paid_on", "Paid on", "发放日期", |row| of_reward(row, |line| Cell::maybe(line.paid_on))),
    Column::new("amount", "Amount", "金额", |row| Cell::Number(row.amount.to_major())),
    Column::new("currency", "Currency", "币种", |row| Cell::text(row.amount.currency)),
    Column::new("amount_minor", "Amount in minor units", "金额（最小货币单位）", |row| {
        Cell::number(row.amount.amount_minor)
    }),
    Column::new("pay_item_code", "Pay item", "薪资项目", |row| {
        Cell::maybe(row.pay_item.as_ref().map(|(code, _)| code))
    }),
    Column::new("pay_item_name", "Name of the pay item", "薪资项目名称", |row| {
        Cell::maybe(row.pay_item.as_ref().map(|(_, name)| name))
    }),
    Column::new("reason", "Reason", "事由", |row| Cell::maybe(row.reward.as_ref().map(|(_, reason)| reason))),
    Column::new("kind", "Kind", "类别", |row| of_reward(row, |line| Cell::text(line.kind.slug()))),
    Column::new("programme", "Programme", "激励方案", |row| {
        of_reward(row, |line| Cell::text(&line.programme.name))
    }),
    Column::new("earned_period", "Earned in", "奖励所属周期", |row| {
        of_reward(row, |line| Cell::text(line.earned_period))
    }),
    Column::new("granted_on", "Granted on", "授予日期", |row| of_reward(row, |line| Cell::text(line.granted_on))),
    Column::new("state", "State", "状态", |row| of_reward(row, |line| Cell::text(line.state.slug()))),
    Column::new("pay_period", "Pay period", "发放周期", |row| of_reward(row, |line| Cell::maybe(line.pay_period))),
    Column::new("external_reference", "Payment", "付款编号", |row| {
        of_reward(row, |line| Cell::maybe(line.external_reference.as_ref()))
    }),
    Column::new("reward_id", "Reward id", "奖励 ID", |row| of_reward(row, |line| Cell::text(line.reward_id))),
    Column::new("corrects_id", "Corrects", "更正的奖励", |row| {
        of_reward(row, |line| Cell::maybe(line.corrects_id))
    }),
];

fn of_reward(row: &Row, cell: impl FnOnce(&RewardStatementLine) -> Cell) -> Cell {
    row.reward.as_ref().map_or(Cell::Nothing, |(line, _)| cell(line))
}

/// The rows: what was paid, with its sums, then what was not.
pub fn rows(statement: RewardStatementResponse, language: Language) -> Vec<Row> {
    let paid = [Part::Paid, Part::PaidByPayItem, Part::PaidTotal];
    let unpaid = [Part::Unpaid, Part::UnpaidByPayItem, Part::UnpaidTotal];
    let mut rows = of_part(statement.paid, paid, language);
    rows.extend(of_part(statement.unpaid, unpaid, language));
    rows
}

fn of_part(part: RewardStatementPart, [of_line, of_item, of_all]: [Part; 3], language: Language) -> Vec<Row> {
    let lines = part.lines.into_iter().map(|line| {
        let name = super::in_language(line.pay_item_name_zh.as_ref(), line.pay_item_name_en.as_ref(), language);
        let pay_item = Some((line.pay_item_code.clone(), name.to_owned()));
        let reason = super::reason(&line, language).to_owned();
        Row { part: of_line, amount: line.amount, pay_item, reward: Some((line, reason)) }
    });
    let items = part.by_pay_item.into_iter().map(|sum| {
        let name = super::in_language(sum.pay_item_name_zh.as_ref(), sum.pay_item_name_en.as_ref(), language);
        let pay_item = Some((sum.pay_item_code.clone(), name.to_owned()));
        Row { part: of_item, amount: sum.amount, pay_item, reward: None }
    });
    let totals = part.totals.into_iter().map(|amount| Row { part: of_all, amount, pay_item: None, reward: None });
    lines.chain(items).chain(totals).collect()
}
