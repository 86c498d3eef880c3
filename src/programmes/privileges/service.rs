//! Operations on privileges.

use std::collections::BTreeMap;

use serde_json::json;
use uuid::Uuid;

use super::model::{Privileges, Stored};
use super::queries;
use crate::error::Result;
use crate::http::Precondition;
use crate::journal::{Record, Tx};
use crate::kernel::fault::Faults;
use crate::kernel::phrases::Thing;
use crate::kernel::text::Code;
use crate::names::{hold_grades, unknown_grade};
use crate::programmes::queries::{find, find_for_update};

/// The version before anything was set.
const UNSET_VERSION: i64 = 0;

/// The privileges of a programme, for other features.
pub async fn of_programme(tx: &mut Tx<'_>, programme: Uuid) -> Result<Privileges> {
    let stored = queries::find_of(tx, programme).await?;
    Ok(stored.map_or_else(|| Privileges::unset(programme), |stored| stored.privileges))
}

/// Those of these programmes in which the content of others is earned, with the grade that is set.
pub async fn earned_content(tx: &mut Tx<'_>, programmes: &[Uuid]) -> Result<BTreeMap<Uuid, Option<Code>>> {
    let stored = queries::with_earned_content(tx, programmes).await?;
    Ok(stored.into_iter().map(|one| (one.privileges.programme_id, one.privileges.content_grade)).collect())
}

/// The privileges of a programme with their version.
pub async fn get(tx: &mut Tx<'_>, programme: Uuid) -> Result<(Privileges, i64)> {
    Thing::Programme.require(find(tx, programme).await?)?;
    let stored = queries::find_of(tx, programme).await?;
    Ok(stored.map_or_else(|| (Privileges::unset(programme), UNSET_VERSION), versioned))
}

fn versioned(stored: Stored) -> (Privileges, i64) {
    (stored.privileges, stored.version)
}

/// Sets them as a whole. No score and no amount moves by them.
pub async fn put(
    tx: &mut Tx<'_>,
    precondition: &Precondition,
    wanted: Privileges,
    mut faults: Faults,
) -> Result<(Privileges, i64)> {
    let programme = wanted.programme_id;
    // The row may be missing: the programme's is locked in its place.
    Thing::Programme.require(find_for_update(tx, programme).await?)?;
    let stored = queries::find_of(tx, programme).await?;
    precondition.check(stored.as_ref().map_or(UNSET_VERSION, |stored| stored.version))?;
    hold_grades(tx).await?;
    for (pointer, grade) in [("/content_grade", &wanted.content_grade), ("/mentor_grade", &wanted.mentor_grade)] {
        if let Some(grade) = grade.as_ref().filter(|_| !faults.has(pointer)) {
            faults.extend(unknown_grade(tx, pointer, grade).await?);
        }
    }
    faults.check()?;
    let before = stored.as_ref().map_or_else(|| Privileges::unset(programme), |stored| stored.privileges.clone());
    let fields = before.changed_fields(&wanted);
    let after = match stored {
        Some(stored) if fields.is_empty() => return Ok(versioned(stored)),
        Some(stored) => queries::update(tx, stored.id, &wanted).await?,
        None => queries::create(tx, &wanted).await?,
    };
    let details = json!({
        "id": programme, "content_access": wanted.content_access, "content_grade": wanted.content_grade,
        "mentor_grade": wanted.mentor_grade, "mentor_capacity": wanted.mentor_capacity,
    });
    let record = Record::told("put_programme_privileges", "programme.privileges_set", "programme", programme);
    tx.record(record.fields(fields).details(details));
    Ok(versioned(after))
}
