//! The file of a batch in a layout.

use std::sync::Arc;

use actix_web::web::Bytes;
use aws_lc_rs::digest::{SHA256, digest};
use futures_util::{Stream, TryStreamExt as _, stream};
use serde_json::Value;
use uuid::Uuid;

use super::dto::{LayoutAmounts, LayoutColumn, LayoutRows, LayoutSource};
use super::model::Layout;
use super::rows::{Gathering, LayoutRow};
use super::{queries, refusals, service};
use crate::error::{Code, Error, Result};
use crate::http::tables::{Cell, Table, beside};
use crate::journal::Tx;
use crate::kernel::hex::hex;
use crate::kernel::language::Language;
use crate::kernel::message::data;
use crate::kernel::money::{Currency, Money};
use crate::kernel::phrases::Thing;
use crate::payroll::batches::Batch;
use crate::payroll::lines::dto::PayrollLineResponse;

/// A batch in a layout, or a part of it.
#[derive(Debug, Clone)]
pub struct LayoutFile {
    layout: Layout,
    currency: Currency,
    exponent: u32,
    decimals: u32,
    /// From 1; none for the whole file.
    part: Option<i32>,
    parts: i64,
}

impl LayoutFile {
    /// 404 if there is no such layout or part. 409 if the layout is for another pay group, or cannot write an amount, or needs an id that
    /// somebody does not have, or if its payroll system does not take an amount, or would lose what another batch pays.
    pub async fn find(tx: &mut Tx<'_>, id: Uuid, batch: &Batch, part: Option<i32>) -> Result<Self> {
        let layout = service::get(tx, id).await?;
        if layout.pay_group_id.is_some_and(|group| group != batch.pay_group_id) {
            return Err(Error::new(Code::LayoutOfOtherGroup).with("layout", data(&layout.name)));
        }
        let currency: Currency = batch.currency.parse().map_err(Error::internal)?;
        let exponent = currency.exponent().ok_or_else(|| Error::internal("a currency without minor units"))?;
        let decimals = layout.decimals.map_or(Ok(exponent), u32::try_from).map_err(Error::internal)?;
        let smallest = unit(exponent, decimals)?;
        let measure = queries::measure(tx, batch.id, layout.row_kind, layout.amount_kind, smallest).await?;
        if measure.has_remainder {
            let refused = Error::new(Code::LayoutNotExact).with("layout", data(&layout.name));
            return Err(refused.with("decimals", data(decimals)).with("needed", data(exponent)));
        }
        refusals::refuse_missing_ids(tx, batch, &layout).await?;
        refusals::refuse_out_of_bounds(tx, batch, &layout, currency, unit(exponent, 0)?).await?;
        refusals::refuse_replaced(tx, batch, &layout).await?;
        let chunk = layout.chunk_size.map_or(i64::MAX, i64::from);
        let parts = (measure.row_count - 1).max(0) / chunk + 1;
        Thing::PayrollPart.require(part.is_none_or(|part| i64::from(part) <= parts).then_some(()))?;
        Ok(Self { layout, currency, exponent, decimals, part, parts })
    }

    /// Identifies the file beside its format: what follows from the lines, whose digest this is.
    pub fn tag(&self, lines_sha256: &str) -> String {
        let Self { layout, part, .. } = self;
        let of = format!("{lines_sha256} {} {} {}", layout.id, layout.version, part.unwrap_or_default());
        hex(digest(&SHA256, of.as_bytes()).as_ref())
    }

    /// What the name of the file ends with.
    pub fn name(&self) -> String {
        let part = self.part.map(|part| format!("-{part}")).unwrap_or_default();
        format!("-{}{part}", self.layout.code)
    }

    /// The next part, if this is one that another one follows.
    pub fn next_part(&self) -> Option<i32> {
        self.part.filter(|part| i64::from(*part) < self.parts).and_then(|part| part.checked_add(1))
    }

    /// The number after which the lines of this part begin.
    pub fn after(&self) -> i32 {
        if self.is_counted_by_lines() { self.before_part() } else { 0 }
    }

    /// Number of rows before this part.
    fn before_part(&self) -> i32 {
        let earlier = self.part.unwrap_or(1) - 1;
        earlier.saturating_mul(self.layout.chunk_size.unwrap_or_default())
    }

    /// Whether the rows are the lines, so that it is known where a part begins.
    fn is_counted_by_lines(&self) -> bool {
        (self.layout.row_kind, self.layout.amount_kind) == (LayoutRows::Lines, LayoutAmounts::All)
    }

    /// The rows of this part, of the lines that follow [`after`](Self::after).
    pub fn rows<S>(&self, lines: S) -> Result<impl Stream<Item = Result<Vec<LayoutRow>>> + 'static + use<S>>
    where
        S: Stream<Item = Result<Vec<PayrollLineResponse>>> + 'static,
    {
        let skip = if self.is_counted_by_lines() { 0 } else { self.before_part() };
        let skip = usize::try_from(skip).map_err(Error::internal)?;
        let left = match self.part.and(self.layout.chunk_size) {
            Some(chunk) => usize::try_from(chunk).map_err(Error::internal)?,
            None => usize::MAX,
        };
        Ok(gathered(Gathering::new(self.layout.row_kind, self.layout.amount_kind, skip, left), lines))
    }

    /// The file as a table. The columns have the names of the layout, in every language.
    pub fn table(self: Arc<Self>, name: String, language: Language) -> Table<LayoutRow> {
        let headings = self.layout.column_list.iter().map(|column| column.name.to_string()).collect();
        Table::new(name, headings, language, move |row| self.cells(row))
    }

    /// The file as JSON lines: an object for each row, with texts as values.
    pub fn json_lines(
        self: Arc<Self>,
        rows: impl Stream<Item = Result<Vec<LayoutRow>>> + 'static,
    ) -> impl Stream<Item = Result<Bytes>> + 'static {
        rows.and_then(move |rows| {
            let file = Arc::clone(&self);
            beside(move || {
                let objects: Vec<String> = rows.iter().map(|row| file.object(row)).collect::<Result<_>>()?;
                Ok(Bytes::from(objects.concat()))
            })
        })
    }

    fn object(&self, row: &LayoutRow) -> Result<String> {
        let member = |(column, cell): (&LayoutColumn, Cell)| {
            let value = match cell {
                Cell::Nothing => Value::Null,
                Cell::Text(text) | Cell::Number(text) => Value::String(text),
            };
            format!("{}:{value}", Value::from(column.name.as_str()))
        };
        let cells = self.cells(row)?;
        let members: Vec<String> = self.layout.column_list.iter().zip(cells).map(member).collect();
        Ok(format!("{{{}}}\n", members.join(",")))
    }

    fn cells(&self, row: &LayoutRow) -> Result<Vec<Cell>> {
        self.layout.column_list.iter().map(|column| Ok(mapped(column, self.cell(column, row)?))).collect()
    }

    fn cell(&self, column: &LayoutColumn, row: &LayoutRow) -> Result<Cell> {
        let line = &row.line;
        Ok(match column.source {
            LayoutSource::LineId => Cell::text(line.id),
            LayoutSource::LineIds => {
                let ids: Vec<String> = row.line_ids.iter().map(Uuid::to_string).collect();
                Cell::Text(ids.join(" "))
            }
            LayoutSource::BatchId => Cell::text(line.batch_id),
            LayoutSource::Number => Cell::number(line.number),
            LayoutSource::EmployeeId => Cell::text(line.employee.id),
            LayoutSource::EmployeeNumber => Cell::text(&line.employee.employee_number),
            LayoutSource::EmployeeName => Cell::text(&line.employee.name),
            LayoutSource::ExternalId => external_id(column, line),
            LayoutSource::PayItemCode => Cell::text(&line.pay_item_code),
            LayoutSource::Kind => Cell::text(line.kind.slug()),
            LayoutSource::Amount => Cell::Number(self.amount(row.amount_minor)?),
            LayoutSource::AmountWithoutSign => {
                let size = row.amount_minor.checked_abs().ok_or_else(|| Error::internal("an amount without a sign"))?;
                Cell::Number(self.amount(size)?)
            }
            LayoutSource::AmountMinor => Cell::number(row.amount_minor),
            LayoutSource::Currency => Cell::text(line.currency),
            LayoutSource::EarnedStartsOn => Cell::text(line.earned_starts_on),
            LayoutSource::EarnedEndsOn => Cell::text(line.earned_ends_on),
            LayoutSource::PayPeriod => Cell::text(line.pay_period),
            LayoutSource::PayPeriodStartsOn => Cell::text(line.pay_period.first_day()),
            LayoutSource::PayPeriodEndsOn => Cell::text(line.pay_period.last_day()),
            LayoutSource::IssuanceWay => Cell::text(line.issuance_way.slug()),
            LayoutSource::TaxMode => Cell::maybe(line.tax_mode.as_ref()),
            LayoutSource::TaxCategory => Cell::maybe(line.tax_category.as_ref()),
            LayoutSource::CostCentre => Cell::maybe(line.cost_centre.as_ref()),
            LayoutSource::ReasonZh => Cell::text(&line.reason.zh),
            LayoutSource::ReasonEn => Cell::text(&line.reason.en),
            LayoutSource::CorrectsLineId => Cell::maybe(line.corrects_line_id),
            LayoutSource::PreviousLineId => Cell::maybe(line.previous_line_id),
            LayoutSource::FixedText => Cell::maybe(column.text.as_ref()),
        })
    }

    fn amount(&self, amount_minor: i64) -> Result<String> {
        in_decimals(Money::new(amount_minor, self.currency), self.exponent, self.decimals)
    }
}

fn gathered(
    gathering: Gathering,
    lines: impl Stream<Item = Result<Vec<PayrollLineResponse>>> + 'static,
) -> impl Stream<Item = Result<Vec<LayoutRow>>> + 'static {
    stream::try_unfold(Some((Box::pin(lines), gathering)), |next| async move {
        let Some((mut lines, mut gathering)) = next else { return Ok(None) };
        if gathering.is_full() {
            return Ok(None);
        }
        let (rows, next) = match lines.try_next().await? {
            Some(part) => (gathering.take(part)?, Some((lines, gathering))),
            None => (gathering.rest(), None),
        };
        Ok::<_, Error>(Some((rows, next)))
    })
}

/// The person's id that the column asks for.
fn external_id(column: &LayoutColumn, line: &PayrollLineResponse) -> Cell {
    let wanted = (column.system.as_deref(), column.kind.as_deref());
    let found = line.employee.external_ids.iter().find(|id| (Some(&*id.system), Some(&*id.kind)) == wanted);
    Cell::maybe(found.map(|id| &id.value))
}

/// What the payroll system has instead.
fn mapped(column: &LayoutColumn, cell: Cell) -> Cell {
    let (Cell::Text(own) | Cell::Number(own)) = &cell else { return cell };
    match column.values.iter().find(|value| value.from.as_str() == own) {
        Some(value) => Cell::text(&value.to),
        None => cell,
    }
}

/// The smallest amount that so many decimals can write, in minor units of the currency.
fn unit(exponent: u32, decimals: u32) -> Result<i64> {
    let unit = 10_i64.checked_pow(exponent.saturating_sub(decimals));
    unit.ok_or_else(|| Error::internal("a currency with too many decimals"))
}

/// The amount in major units, exactly.
fn in_decimals(amount: Money, exponent: u32, decimals: u32) -> Result<String> {
    let unit = unit(exponent, decimals)?;
    if amount.amount_minor % unit != 0 {
        return Err(Error::internal("an amount that the layout cannot write"));
    }
    let text = Money::new(amount.amount_minor / unit, amount.currency).to_major_string(exponent.min(decimals));
    let more = usize::try_from(decimals.saturating_sub(exponent)).map_err(Error::internal)?;
    let point = if exponent == 0 && more > 0 { "." } else { "" };
    Ok(format!("{text}{point}{}", "0".repeat(more)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_written_with_its_decimals_or_not_at_all() {
        let written =
            |minor, exponent, decimals| in_decimals(Money::new(minor, "CNY".parse().unwrap()), exponent, decimals).ok();
        for (minor, exponent, decimals, expected) in [
            (80_000, 2, 2, Some("800.00")),
            (80_000, 2, 0, Some("800")),
            (80_050, 2, 1, Some("800.5")),
            (80_005, 2, 1, None),
            (-5, 2, 4, Some("-0.0500")),
            (500, 0, 2, Some("500.00")),
            (500, 0, 0, Some("500")),
            (-1_234, 3, 3, Some("-1.234")),
            (-1_230, 3, 2, Some("-1.23")),
            (i64::MIN, 2, 2, Some("-92233720368547758.08")),
        ] {
            assert_eq!(written(minor, exponent, decimals).as_deref(), expected, "{minor} {exponent} {decimals}");
        }
    }
}
