//! Operations on layouts.

use diesel::QueryResult;
use serde_json::json;
use uuid::Uuid;

use super::dto::{CreatePayrollLayoutRequest, PayrollLayout};
use super::model::{Layout, NewLayout};
use super::{queries, rules};
use crate::db::{Constraint as _, id_of_code};
use crate::error::{Error, Result};
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::fault::{Fault, FaultCode, Faults};
use crate::kernel::phrases::Thing;
use crate::payroll::groups;

pub async fn create(tx: &mut Tx<'_>, request: CreatePayrollLayoutRequest, mut faults: Faults) -> Result<Layout> {
    check(tx, "/layout", &request.layout, &mut faults).await?;
    faults.and(
        Thing::PayrollLayout.refuse_code(&request.code, id_of_code!(tx, payroll_layouts, &request.code, Uuid::nil())),
    )?;
    let new = NewLayout { code: request.code, content: request.layout.into() };
    let layout = explain(queries::create(tx, &new).await)?;
    note(tx, ("create_payroll_layout", "payroll_layout.created"), &layout);
    Ok(layout)
}

pub async fn get(tx: &mut Tx<'_>, id: Uuid) -> Result<Layout> {
    Thing::PayrollLayout.require(queries::find(tx, id).await?)
}

pub async fn replace(
    tx: &mut Tx<'_>,
    id: Uuid,
    precondition: &Precondition,
    request: PayrollLayout,
    mut faults: Faults,
) -> Result<Layout> {
    precondition.admit(Thing::PayrollLayout, queries::find_for_update(tx, id).await?, |layout| layout.version)?;
    check(tx, "", &request, &mut faults).await?;
    faults.check()?;
    let layout = queries::update(tx, id, &request.into()).await?;
    note(tx, ("replace_payroll_layout", "payroll_layout.updated"), &layout);
    Ok(layout)
}

pub async fn delete(tx: &mut Tx<'_>, id: Uuid, precondition: &Precondition) -> Result<()> {
    let found = queries::find_for_update(tx, id).await?;
    let layout = precondition.admit(Thing::PayrollLayout, found, |layout| layout.version)?;
    queries::delete(tx, id).await?;
    note(tx, ("delete_payroll_layout", "payroll_layout.deleted"), &layout);
    Ok(())
}

/// Adds the faults of a layout, which is at `place` in the request.
async fn check(tx: &mut Tx<'_>, place: &str, layout: &PayrollLayout, faults: &mut Faults) -> Result<()> {
    if let Some(group) = layout.pay_group_id
        && groups::find(tx, group).await?.is_none()
    {
        faults.push(Fault::new(format!("{place}/pay_group_id"), FaultCode::NotFound));
    }
    for fault in rules::faults(layout).into_vec().into_iter().map(|fault| fault.under(place)) {
        if !faults.has(&fault.pointer) {
            faults.push(fault);
        }
    }
    Ok(())
}

fn note(tx: &mut Tx<'_>, (command, topic): (&'static str, &'static str), layout: &Layout) {
    let record = Record::told(command, topic, "payroll_layout", layout.id);
    tx.record(record.details(json!({ "code": layout.code, "pay_group_id": layout.pay_group_id })));
}

fn explain(outcome: QueryResult<Layout>) -> Result<Layout> {
    outcome.on_constraint("payroll_layouts_code_key", || Error::already_exists(Thing::PayrollLayout))
}
