//! The rows of a file: lines, or sums of lines.

use uuid::Uuid;

use super::dto::{LayoutAmounts, LayoutRows};
use crate::error::{Error, Result};
use crate::payroll::lines::dto::PayrollLineResponse;

/// A row: a line, or the sum of several lines of one person and pay item, with the first of them.
#[derive(Debug)]
pub struct LayoutRow {
    pub line: PayrollLineResponse,
    pub amount_minor: i64,
    pub line_ids: Vec<Uuid>,
}

impl LayoutRow {
    fn of(line: PayrollLineResponse) -> Self {
        Self { amount_minor: line.amount_minor, line_ids: vec![line.id], line }
    }

    fn add(&mut self, line: &PayrollLineResponse) -> Result<()> {
        let sum = self.amount_minor.checked_add(line.amount_minor);
        self.amount_minor = sum.ok_or_else(|| Error::internal("a sum beyond 64 bits"))?;
        self.line_ids.push(line.id);
        Ok(())
    }
}

/// Makes rows of lines that come in their order, in which a person's lines follow each other. It holds one person's rows at a time.
#[derive(Debug)]
pub struct Gathering {
    rows: LayoutRows,
    amounts: LayoutAmounts,
    /// Sums that are not complete yet.
    waiting: Vec<LayoutRow>,
    /// Number of rows of earlier parts of the file that are still to come.
    skip: usize,
    /// Number of rows that are still wanted.
    left: usize,
}

impl Gathering {
    /// Leaves out the first `skip` rows, and those after `left` further ones.
    pub fn new(rows: LayoutRows, amounts: LayoutAmounts, skip: usize, left: usize) -> Self {
        Self { rows, amounts, waiting: Vec::new(), skip, left }
    }

    /// The rows that are complete with these lines.
    pub fn take(&mut self, lines: Vec<PayrollLineResponse>) -> Result<Vec<LayoutRow>> {
        let mut complete = Vec::new();
        let amounts = self.amounts;
        for line in lines.into_iter().filter(|line| is_in(amounts, line.amount_minor)) {
            match self.rows {
                LayoutRows::Lines => complete.push(LayoutRow::of(line)),
                LayoutRows::Sums => self.sum(line, &mut complete)?,
            }
        }
        Ok(self.cut(complete))
    }

    /// Adds a line to its sum. The sums of the person before are then complete.
    fn sum(&mut self, line: PayrollLineResponse, complete: &mut Vec<LayoutRow>) -> Result<()> {
        let number = &line.employee.employee_number;
        if self.waiting.first().is_some_and(|row| row.line.employee.employee_number != *number) {
            complete.append(&mut self.waiting);
        }
        match self.waiting.iter_mut().find(|row| row.line.pay_item_code == line.pay_item_code) {
            Some(row) => row.add(&line)?,
            None => self.waiting.push(LayoutRow::of(line)),
        }
        Ok(())
    }

    /// The rows that are complete because no line follows.
    pub fn rest(&mut self) -> Vec<LayoutRow> {
        let rest = std::mem::take(&mut self.waiting);
        self.cut(rest)
    }

    /// Whether no further row is wanted.
    pub fn is_full(&self) -> bool {
        self.left == 0
    }

    fn cut(&mut self, rows: Vec<LayoutRow>) -> Vec<LayoutRow> {
        let skipped = self.skip.min(rows.len());
        self.skip -= skipped;
        let rows: Vec<LayoutRow> = rows.into_iter().skip(skipped).take(self.left).collect();
        self.left -= rows.len();
        rows
    }
}

fn is_in(amounts: LayoutAmounts, amount_minor: i64) -> bool {
    match amounts {
        LayoutAmounts::All => true,
        LayoutAmounts::NotNegative => amount_minor >= 0,
        LayoutAmounts::Negative => amount_minor < 0,
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::auth::{ActorKind, ActorRef};
    use crate::kernel::text::{EmployeeNumber, Name, OutsideCode};
    use crate::payroll::items::IssuanceWay;
    use crate::payroll::lines::dto::PayrollEmployee;
    use crate::rewards::ledger::RewardKind;
    use crate::rewards::ledger::dto::RewardReason;

    /// A line that pays a person so much for a pay item.
    fn line(employee_number: &str, pay_item_code: &str, amount_minor: i64) -> PayrollLineResponse {
        let id = Uuid::nil();
        let day = NaiveDate::default();
        PayrollLineResponse {
            id,
            batch_id: id,
            number: 1,
            employee: PayrollEmployee {
                id,
                employee_number: EmployeeNumber::trusted(employee_number),
                name: Name::trusted("N"),
                external_ids: Vec::new(),
            },
            pay_item_code: OutsideCode::trusted(pay_item_code),
            kind: RewardKind::Award,
            amount_minor,
            amount: String::new(),
            currency: "CNY".parse().unwrap(),
            earned_starts_on: day,
            earned_ends_on: day,
            pay_period: "2026-03".parse().unwrap(),
            issuance_way: IssuanceWay::WithSalary,
            tax_mode: None,
            tax_category: None,
            cost_centre: None,
            reason: RewardReason { code: String::new(), zh: String::new(), en: String::new() },
            sources: Vec::new(),
            corrects_line_id: None,
            previous_line_id: None,
            made_by: ActorRef { kind: ActorKind::System, id },
            approved_by_id: id,
            status: None,
            rejection_reason: None,
            external_reference: None,
        }
    }

    fn told(rows: Vec<LayoutRow>) -> Vec<String> {
        let told = |row: LayoutRow| {
            let (number, item) = (row.line.employee.employee_number.to_string(), row.line.pay_item_code.to_string());
            format!("{number} {item} {} of {}", row.amount_minor, row.line_ids.len())
        };
        rows.into_iter().map(told).collect()
    }

    /// Lines that come in parts which split people.
    fn parts() -> Vec<Vec<PayrollLineResponse>> {
        vec![
            vec![line("E1", "a", 100), line("E1", "b", 1)],
            vec![line("E1", "a", 20), line("E1", "a", -5), line("E2", "a", 7)],
            vec![line("E2", "a", 3)],
        ]
    }

    fn all(mut gathering: Gathering) -> Vec<String> {
        let mut rows = Vec::new();
        for part in parts() {
            rows.extend(gathering.take(part).unwrap());
        }
        rows.extend(gathering.rest());
        told(rows)
    }

    #[test]
    fn the_lines_of_a_person_and_item_become_one_sum() {
        let of = |rows, amounts| all(Gathering::new(rows, amounts, 0, usize::MAX));
        assert_eq!(of(LayoutRows::Sums, LayoutAmounts::NotNegative), ["E1 a 120 of 2", "E1 b 1 of 1", "E2 a 10 of 2"]);
        assert_eq!(of(LayoutRows::Sums, LayoutAmounts::Negative), ["E1 a -5 of 1"]);
        assert_eq!(of(LayoutRows::Sums, LayoutAmounts::All), ["E1 a 115 of 3", "E1 b 1 of 1", "E2 a 10 of 2"]);
        assert_eq!(of(LayoutRows::Lines, LayoutAmounts::All).len(), 6);
    }

    #[test]
    fn parts_of_a_file_are_all_of_it_once() {
        let whole = all(Gathering::new(LayoutRows::Sums, LayoutAmounts::All, 0, usize::MAX));
        let parts = (0..2).flat_map(|part| all(Gathering::new(LayoutRows::Sums, LayoutAmounts::All, part * 2, 2)));
        assert_eq!(parts.collect::<Vec<String>>(), whole);
    }

    #[test]
    fn a_sum_beyond_what_is_exact_is_a_failure() {
        let mut gathering = Gathering::new(LayoutRows::Sums, LayoutAmounts::All, 0, usize::MAX);
        assert!(gathering.take(vec![line("E1", "a", i64::MAX), line("E1", "a", 1)]).is_err());
    }
}
