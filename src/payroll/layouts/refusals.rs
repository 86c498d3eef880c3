//! What a payroll system would not take of a file, or would lose by it. It is found before the file begins, by one question of each
//! kind, so no such file is ever made.

use serde_json::json;
use uuid::Uuid;

use super::dto::{LayoutColumn, LayoutSource, PayeeWithoutId, PayrollRowOutOfBounds, ReplacedPayrollValue};
use super::model::Layout;
use super::queries;
use crate::error::{Code, Error, Result};
use crate::journal::Tx;
use crate::kernel::message::{Phrase, data};
use crate::kernel::money::{Currency, Money};
use crate::kernel::phrases::{AmountsTaken, Counted, counted};
use crate::payroll::batches::Batch;
use crate::people::employee_refs;

/// The greatest number of people, rows or values that a refusal lists.
pub const MAX_NAMED_ROWS: usize = 10_000;

/// 409 if the payroll system could not tell whom some row pays: a column of its ids would be empty.
pub async fn refuse_missing_ids(tx: &mut Tx<'_>, batch: &Batch, layout: &Layout) -> Result<()> {
    let is_id = |column: &&LayoutColumn| column.source == LayoutSource::ExternalId;
    let columns: Vec<&LayoutColumn> = layout.column_list.iter().filter(is_id).collect();
    if columns.is_empty() {
        return Ok(());
    }
    let found = queries::missing_ids(tx, batch.id, layout.amount_kind, &columns, limit()?).await?;
    let Some(count) = found.first().map(|person| person.found) else { return Ok(()) };
    let people: Vec<Uuid> = found.iter().map(|person| person.employee_id).collect();
    let people = employee_refs(tx, &people).await?;
    let named = |person: queries::MissingIds| -> Result<PayeeWithoutId> {
        Ok(PayeeWithoutId {
            employee_id: person.employee_id,
            employee: people.get(person.employee_id)?,
            columns: person.columns,
        })
    };
    let named = found.into_iter().map(named).collect::<Result<Vec<_>>>()?;
    let refused = Error::new(Code::LayoutIdsMissing).with("layout", data(&layout.name));
    let refused = refused.with("people", counted(count, [Counted::OnePerson, Counted::People]));
    Err(refused.member("count", json!(count)).member("ids_missing", json!(named)))
}

/// 409 if the payroll system does not take the amount of some row. `scale`: number of minor units of a major one.
pub async fn refuse_out_of_bounds(
    tx: &mut Tx<'_>,
    batch: &Batch,
    layout: &Layout,
    currency: Currency,
    scale: i64,
) -> Result<()> {
    let Some(bounds) = bounds(layout) else { return Ok(()) };
    let minor = (in_minor(layout.min_amount, scale)?, in_minor(layout.max_amount, scale)?);
    let found = queries::out_of_bounds(tx, batch.id, layout, minor, limit()?).await?;
    let Some(count) = found.first().map(|row| row.found) else { return Ok(()) };
    let people: Vec<Uuid> = found.iter().map(|row| row.employee_id).collect();
    let people = employee_refs(tx, &people).await?;
    let named = |row: queries::OutOfBounds| -> Result<PayrollRowOutOfBounds> {
        Ok(PayrollRowOutOfBounds {
            employee_id: row.employee_id,
            employee: people.get(row.employee_id)?,
            pay_item_code: row.pay_item_code,
            amount: Money::new(row.amount_minor, currency),
            line_ids: row.line_ids,
        })
    };
    let named = found.into_iter().map(named).collect::<Result<Vec<_>>>()?;
    let refused = Error::new(Code::LayoutOutOfBounds).with("layout", data(&layout.name)).with("bounds", bounds);
    let refused = refused.with("rows", counted(count, [Counted::OneRow, Counted::Rows]));
    Err(refused.member("count", json!(count)).member("out_of_bounds", json!(named)))
}

/// 409 if the payroll system would lose what another batch pays.
pub async fn refuse_replaced(tx: &mut Tx<'_>, batch: &Batch, layout: &Layout) -> Result<()> {
    if !layout.replaces {
        return Ok(());
    }
    let found = queries::replaced(tx, batch, layout.amount_kind, limit()?).await?;
    let Some(count) = found.first().map(|value| value.found) else { return Ok(()) };
    let people: Vec<Uuid> = found.iter().map(|value| value.employee_id).collect();
    let people = employee_refs(tx, &people).await?;
    let named = |value: queries::Replaced| -> Result<ReplacedPayrollValue> {
        Ok(ReplacedPayrollValue {
            employee_id: value.employee_id,
            employee: people.get(value.employee_id)?,
            pay_item_code: value.pay_item_code,
            batch_id: value.batch_id,
        })
    };
    let named = found.into_iter().map(named).collect::<Result<Vec<_>>>()?;
    let refused = Error::new(Code::LayoutReplaces).with("layout", data(&layout.name));
    let refused = refused.with("pay_period", data(&batch.pay_period));
    let refused = refused.with("values", counted(count, [Counted::OneValue, Counted::Values]));
    Err(refused.member("count", json!(count)).member("replaced", json!(named)))
}

/// Which amounts the payroll system takes; none if it takes all.
fn bounds(layout: &Layout) -> Option<Phrase> {
    match (layout.min_amount, layout.max_amount) {
        (None, None) => None,
        (Some(min), None) => Some(AmountsTaken::NotBelow.with("min", data(min))),
        (None, Some(max)) => Some(AmountsTaken::NotAbove.with("max", data(max))),
        (Some(min), Some(max)) => Some(AmountsTaken::Between.with("min", data(min)).with("max", data(max))),
    }
}

fn in_minor(major: Option<i64>, scale: i64) -> Result<Option<i64>> {
    let minor = |major: i64| major.checked_mul(scale).ok_or_else(|| Error::internal("a bound beyond 64 bits"));
    major.map(minor).transpose()
}

fn limit() -> Result<i64> {
    i64::try_from(MAX_NAMED_ROWS).map_err(Error::internal)
}
