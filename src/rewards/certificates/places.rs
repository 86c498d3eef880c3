//! Places in the status lists (W3C Bitstring Status List 1.0): each certificate has one bit of its own, chosen at random, so that its
//! number tells neither when it was issued nor how many there are.

use std::collections::BTreeSet;

use aws_lc_rs::rand;
use futures_util::FutureExt as _;
use uuid::Uuid;

use super::queries;
use crate::auth::Actor;
use crate::error::{Error, Result};
use crate::journal::{Circumstances, Record, Tx, write_tx};
use crate::kernel::phrases::Thing;
use crate::state::State;

/// The places of one list: the least that the standard allows (16 KiB).
pub const PLACES: i32 = 131_072;

/// How many certificates a list takes. Half of its places stay free, so that a free one is soon found.
const TAKEN_AT_MOST: i64 = 65_536;

/// The number of the list that has this place, from 0.
#[must_use]
pub fn list_of(place: i32) -> i32 {
    place / PLACES
}

/// The number of the place within its list.
#[must_use]
pub fn place_in_list(place: i32) -> i32 {
    place % PLACES
}

/// So many places that nobody has, in the order in which they were drawn: sorted, they would tell in which order a set was issued. Others
/// who choose places wait until the commit.
pub async fn choose(tx: &mut Tx<'_>, count: usize) -> Result<Vec<i32>> {
    queries::lock_places(tx).await?;
    let before = queries::count(tx).await?;
    let mut chosen = Vec::with_capacity(count);
    while chosen.len() < count {
        let drawn = (chosen.len()..count).map(|nth| draw(list_for(before, nth)?)).collect::<Result<Vec<_>>>()?;
        let taken = queries::taken(tx, drawn.clone()).await?;
        add_free(&mut chosen, drawn, taken);
    }
    Ok(chosen)
}

/// The place of a certificate. One that an older service issued gets it now.
pub async fn of(state: &State, tenant: Uuid, id: Uuid, place: Option<i32>) -> Result<i32> {
    if let Some(place) = place {
        return Ok(place);
    }
    write_tx(state, tenant, Actor::system(), Circumstances::default(), move |tx| {
        async move {
            let row = Thing::Certificate.require(queries::find_for_update(tx, id).await?)?;
            if let Some(place) = row.status_index {
                return Ok(place);
            }
            let chosen = choose(tx, 1).await?;
            let place = chosen.first().copied().ok_or_else(|| Error::internal("no place was chosen"))?;
            queries::give_place(tx, id, place).await?;
            tx.record(Record::logged("place_certificate", "certificate", id));
            Ok(place)
        }
        .boxed()
    })
    .await
}

/// Adds what was drawn, each place once, if nobody has it.
fn add_free(chosen: &mut Vec<i32>, drawn: Vec<i32>, mut taken: BTreeSet<i32>) {
    taken.extend(chosen.iter().copied());
    chosen.extend(drawn.into_iter().filter(|place| taken.insert(*place)));
}

/// The list for the certificate that comes after so many of the company, and of this set.
fn list_for(before: i64, nth: usize) -> Result<i32> {
    let before = i64::try_from(nth).ok().and_then(|nth| before.checked_add(nth));
    let list = before.and_then(|before| i32::try_from(before / TAKEN_AT_MOST).ok());
    list.ok_or_else(|| Error::internal("the company has more certificates than there are places"))
}

/// A place of the list, each as likely as another.
fn draw(list: i32) -> Result<i32> {
    let mut bytes = [0; 4];
    rand::fill(&mut bytes).map_err(|_| Error::internal("the system provides no random bytes"))?;
    // The number of places is a power of two, so no place is drawn more often.
    let place = i32::from_be_bytes(bytes).rem_euclid(PLACES);
    let first = list.checked_mul(PLACES).and_then(|first| first.checked_add(place));
    first.ok_or_else(|| Error::internal("the company has more certificates than there are places"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_half_filled_before_the_next_begins() {
        assert_eq!(list_for(0, 0).unwrap(), 0);
        assert_eq!(list_for(65_535, 0).unwrap(), 0);
        assert_eq!(list_for(65_535, 1).unwrap(), 1);
        let place = draw(3).unwrap();
        assert_eq!(list_of(place), 3);
        assert!((0..PLACES).contains(&place_in_list(place)));
        assert!(draw(i32::MAX / PLACES + 1).is_err());
    }

    #[test]
    fn places_keep_the_order_in_which_they_were_drawn() {
        let mut chosen = vec![9];
        add_free(&mut chosen, vec![7, 3, 9, 7, 5], BTreeSet::from([3]));
        assert_eq!(chosen, [9, 7, 5]);
    }
}
