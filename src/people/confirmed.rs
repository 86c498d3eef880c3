//! What a second person has confirmed: it is locked, compared with what the proposal showed, and written.

use serde_json::{Map, Value};
use uuid::Uuid;

use super::employees::{self, UpdateEmployeeRequest};
use super::{departments, lecturers};
use crate::error::{Error, Result};
use crate::journal::Tx;
use crate::kernel::fault::Faults;
use crate::sign_in::{AccessChange, AccessField};

/// Locks what the change is about. Every door locks that first and what waits about it afterwards; so does who confirms or withdraws.
pub async fn lock_changed(tx: &mut Tx<'_>, change: &AccessChange) -> Result<()> {
    match change.field {
        AccessField::DepartmentManager => drop(departments::find_for_update(tx, department_of(change)?).await?),
        AccessField::DepartmentParent => drop(departments::lock_tree(tx).await?),
        AccessField::LecturerLevel | AccessField::Appointment => lecturers::lock_changed(tx, change).await?,
        AccessField::Role | AccessField::SignIn => {}
        AccessField::Merge => {
            let both: Vec<Uuid> = std::iter::once(change.employee_id).chain(change.duplicate()).collect();
            employees::find_for_merge(tx, &both).await?;
        }
        _ => drop(employees::find_for_update(tx, change.employee_id).await?),
    }
    Ok(())
}

/// Whether a change of a person or a department would replace what its proposal shows: nobody confirms what they did not see. (An
/// appointment is compared where its change is written, a merge looks for what stands against it anew.)
pub async fn is_as_proposed(tx: &mut Tx<'_>, change: &AccessChange) -> Result<bool> {
    let standing = match change.field {
        AccessField::EmployeeNumber | AccessField::Email | AccessField::ExternalId | AccessField::Employment => {
            employees::standing(tx, change).await?
        }
        field if field.is_of_department() => departments::standing(tx, department_of(change)?, field).await?,
        _ => return Ok(true),
    };
    Ok(standing == change.present)
}

/// Writes the change if it is one of an employee, an appointment or a department.
pub async fn apply_access_change(tx: &mut Tx<'_>, change: &AccessChange) -> Result<()> {
    match change.field {
        AccessField::EmployeeNumber | AccessField::Email => {
            let patch = Map::from_iter([(change.field.slug().to_owned(), change.proposed.clone())]);
            update_employee(tx, change, patch).await
        }
        AccessField::Employment => {
            let proposed = change.proposed.as_object().into_iter().flatten();
            let differs = |part: &str, value: &Value| change.present.get(part) != Some(value);
            let patch = proposed
                .filter(|(part, value)| differs(part, value))
                .map(|(part, value)| (part.clone(), value.clone()));
            update_employee(tx, change, patch.collect()).await
        }
        AccessField::ExternalId => employees::replace_confirmed_ids(tx, change).await,
        AccessField::DepartmentManager => {
            let manager: Option<Uuid> = serde_json::from_value(change.proposed.clone()).map_err(Error::internal)?;
            departments::update_manager(tx, department_of(change)?, manager).await
        }
        AccessField::DepartmentParent => {
            let parent: Option<Uuid> = serde_json::from_value(change.proposed.clone()).map_err(Error::internal)?;
            departments::update_parent(tx, department_of(change)?, parent).await
        }
        AccessField::LecturerLevel | AccessField::Appointment => lecturers::apply_confirmed(tx, change).await,
        AccessField::Role | AccessField::SignIn | AccessField::Merge => Ok(()),
    }
}

async fn update_employee(tx: &mut Tx<'_>, change: &AccessChange, patch: Map<String, Value>) -> Result<()> {
    let request: UpdateEmployeeRequest = serde_json::from_value(Value::Object(patch)).map_err(Error::internal)?;
    let mut faults = Faults::default();
    let change_of_row = request.into_change(&mut faults);
    faults.check()?;
    employees::update_confirmed(tx, change.employee_id, change_of_row).await
}

/// Gives the employee, appointment or department a new version, because what waits for it has changed.
pub async fn touch_changed(tx: &mut Tx<'_>, change: &AccessChange) -> Result<()> {
    match change.field {
        field if field.is_of_department() => departments::touch(tx, department_of(change)?).await?,
        field if field.is_of_lecturer() => lecturers::touch(tx, change).await?,
        field if field.is_of_employee() => {
            employees::touch(tx, &[change.employee_id]).await?;
        }
        _ => {}
    }
    Ok(())
}

fn department_of(change: &AccessChange) -> Result<Uuid> {
    change.target.parse().map_err(Error::internal)
}
