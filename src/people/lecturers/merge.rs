//! The appointments of two records that become one: those of the record that is given up fill the days on which the kept one is not
//! appointed.

use super::model::{Lecturer, LecturerLevel};
use super::queries;
use super::service::new_level;
use crate::error::Result;
use crate::journal::Tx;
use crate::people::timeline::{Stretch, outside, within};
use crate::sign_in::Merge;

pub async fn take_over(tx: &mut Tx<'_>, merge: Merge) -> Result<()> {
    let rows = queries::find_all(tx, &[merge.kept, merge.duplicate]).await?;
    let (own, others): (Vec<Lecturer>, Vec<Lecturer>) = rows.into_iter().partition(|row| row.employee_id == merge.kept);
    let taken: Vec<Stretch> = own.iter().map(days).collect();
    for lecturer in others {
        pass_on(tx, merge, lecturer, &taken).await?;
    }
    Ok(())
}

fn days(lecturer: &Lecturer) -> Stretch {
    (lecturer.appointed_on, lecturer.ended_on)
}

/// What lies outside the days of the kept record: the appointment itself goes on as the first part of it. The levels of the days that
/// it keeps stay.
async fn pass_on(tx: &mut Tx<'_>, merge: Merge, lecturer: Lecturer, taken: &[Stretch]) -> Result<()> {
    let levels = queries::levels(tx, &[lecturer.id]).await?.remove(&lecturer.id).unwrap_or_default();
    for level in &levels {
        queries::delete_level(tx, level.id).await?;
    }
    let mut parts = outside(days(&lecturer), taken).into_iter();
    let Some(first) = parts.next() else {
        queries::delete(tx, lecturer.id).await?;
        return Ok(());
    };
    let moved = queries::pass_on(tx, lecturer.id, merge.kept, first).await?;
    insert_levels(tx, &moved, &levels).await?;
    for (appointed_on, ended_on) in parts {
        let (id, created_at, updated_at) = (tx.id(), tx.now, tx.now);
        let part = Lecturer { id, appointed_on, ended_on, created_at, updated_at, version: 1, ..moved.clone() };
        let part = queries::insert(tx, &part).await?;
        insert_levels(tx, &part, &levels).await?;
    }
    Ok(())
}

async fn insert_levels(tx: &mut Tx<'_>, lecturer: &Lecturer, levels: &[LecturerLevel]) -> Result<()> {
    for level in levels {
        if let Some((from, to)) = within((level.valid_from, level.valid_to), days(lecturer)) {
            let part = new_level(tx, lecturer, &level.level, from, to);
            queries::insert_level(tx, &part).await?;
        }
    }
    Ok(())
}
