//! Compares a snapshot with today's facts, a chunk of lecturers after the other.

use std::sync::Arc;

use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::changes::without_money;
use super::comparison::Comparison;
use super::dto::{LateLecturerResponse, LateResult};
use super::sides::Sides;
use super::walk::{Late, page};
use crate::auth::Reach;
use crate::auth::rights::ScoresRead;
use crate::closing::computation::Terms;
use crate::closing::model::Snapshot;
use crate::closing::{queries, replay};
use crate::error::{Error, Result};
use crate::http::{Next, Paging};
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::kernel::phrases::{Condition, Thing};
use crate::people::{employee_refs, visible};
use crate::programmes::periods::interval_of;
use crate::programmes::{self, Programme};
use crate::scoring::CHUNK;
use crate::state::{Part, Walks};

/// The lecturers whom the caller may see, ordered by id. What the first page has compared the next ones show.
pub async fn list(
    tx: &mut Tx<'_>,
    walks: &Walks,
    (programme, period): (Uuid, Period),
    paging: &Paging,
) -> Result<(Vec<LateLecturerResponse>, Next)> {
    let programme = Thing::Programme.require(programmes::find(tx, programme).await?)?;
    interval_of(&programme, &period)?;
    let snapshot = queries::find_latest(tx, programme.id, &period).await?;
    let snapshot = snapshot.ok_or_else(|| Error::state(Thing::Period, Condition::Open, Condition::Closed))?;
    let at: Option<(Uuid, Uuid)> = paging.after()?;
    let (walk, after) = at.unzip();
    let (walk, of) = (walk.unwrap_or_else(|| tx.id()), (tx.tenant, snapshot.id));
    let kept = after.and_then(|_| walks.find(walk, of, tx.now));
    let is_kept = kept.is_some();
    let parts = match kept {
        Some(parts) => parts,
        None => Arc::new(compared(tx, &programme, &snapshot).await?),
    };
    let seen = visible::<ScoresRead>(tx).await?;
    let fetch = usize::try_from(paging.fetch()).unwrap_or(usize::MAX);
    let found = spawn_blocking({
        let parts = Arc::clone(&parts);
        move || page(&parts, after, |employee| seen.includes(employee), fetch)
    });
    let (late, next) = paging.cut(found.await.map_err(Error::internal)??, |own: &Late| (walk, own.employee))?;
    if !is_kept && next.cursor.is_some() {
        walks.keep(walk, of, tx.now, parts);
    }
    Ok((respond(tx, late).await?, next))
}

/// Everybody with late facts or another result since a snapshot.
async fn compared(tx: &mut Tx<'_>, programme: &Programme, snapshot: &Snapshot) -> Result<Vec<Part>> {
    let (comparison, everyone) = comparison(tx, programme, snapshot).await?;
    spawn_blocking(move || comparison.packed(&everyone)).await.map_err(Error::internal)?
}

/// So many ratings show at the least: the snapshot may have asked for fewer than the programme does now.
pub async fn shown_from(tx: &mut Tx<'_>, programme: &Programme, terms: &Terms) -> Result<u32> {
    let now = programmes::min_ratings(tx, programme, &terms.settings.period).await?;
    Ok(now.max(terms.settings.min_ratings))
}

/// The comparison of a snapshot with today's facts, and everybody on one of its sides.
async fn comparison(tx: &mut Tx<'_>, programme: &Programme, snapshot: &Snapshot) -> Result<(Comparison, Vec<Uuid>)> {
    let terms = Arc::new(replay::terms(tx, snapshot).await?);
    let k = shown_from(tx, programme, &terms).await?;
    let rule = terms.rule.needing_ratings(k);
    let sides = Sides::find(tx, snapshot.id, programme, &terms, k).await?;
    let everyone = sides.everyone();
    let mut comparison = Comparison::new(&terms, rule);
    for chunk in everyone.chunks(CHUNK) {
        let pairs = sides.pairs(tx, chunk).await?;
        comparison = spawn_blocking(move || comparison.with(pairs)).await.map_err(Error::internal)??;
    }
    Ok((comparison, everyone))
}

/// How many lecturers of a closed period have late facts, or another result because of those of others.
pub async fn count_moving(tx: &mut Tx<'_>, programme: &Programme, period: Period) -> Result<usize> {
    let Some(snapshot) = queries::find_latest(tx, programme.id, &period).await? else { return Ok(0) };
    let (comparison, everyone) = comparison(tx, programme, &snapshot).await?;
    spawn_blocking(move || comparison.count(&everyone)).await.map_err(Error::internal)?
}

async fn respond(tx: &mut Tx<'_>, late: Vec<Late>) -> Result<Vec<LateLecturerResponse>> {
    let all_money = tx.actor.reach::<ScoresRead>()? == Reach::All;
    let caller = tx.actor.person();
    let ids: Vec<Uuid> = late.iter().map(|own| own.employee).collect();
    let people = employee_refs(tx, &ids).await?;
    let response = |own: Late| {
        let with_money = all_money || caller == Some(own.employee);
        let result = |found: Option<LateResult>| if with_money { found } else { found.map(LateResult::without_money) };
        Ok(LateLecturerResponse {
            employee: people.get(own.employee)?,
            facts: if with_money { own.facts } else { without_money(own.facts) },
            before: result(own.before),
            after: result(own.after),
        })
    };
    late.into_iter().map(response).collect()
}
