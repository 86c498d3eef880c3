//! Compares a snapshot with today's facts, a chunk of lecturers after the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::spawn_blocking;
use uuid::Uuid;

use super::changes::{late_facts, without_money};
use super::comparison::{Comparison, Late};
use super::dto::{LateLecturerResponse, LateResult};
use super::sides::{Pair, Sides};
use crate::auth::Reach;
use crate::auth::rights::ScoresRead;
use crate::closing::computation::Terms;
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
use crate::scoring::rule::ScoringRule;

/// The lecturers whom the caller may see, ordered by id.
pub async fn list(
    tx: &mut Tx<'_>,
    programme: Uuid,
    period: Period,
    paging: &Paging,
) -> Result<(Vec<LateLecturerResponse>, Next)> {
    let programme = Thing::Programme.require(programmes::find(tx, programme).await?)?;
    interval_of(&programme, &period)?;
    let snapshot = queries::find_latest(tx, programme.id, &period).await?;
    let snapshot = snapshot.ok_or_else(|| Error::state(Thing::Period, Condition::Open, Condition::Closed))?;
    let terms = Arc::new(replay::terms(tx, &snapshot).await?);
    let k = shown_from(tx, &programme, &terms).await?;
    let rule = terms.rule.needing_ratings(k);
    let sides = Sides::find(tx, snapshot.id, &programme, &terms, k).await?;
    let everyone = sides.everyone();
    let comparison = compare(tx, &sides, &terms, &rule).await?;
    let seen = visible::<ScoresRead>(tx).await?;
    let after: Option<Uuid> = paging.after()?;
    let fetch = usize::try_from(paging.fetch()).unwrap_or(usize::MAX);
    let shown = move |employee: Uuid| seen.includes(employee) && after.is_none_or(|at| employee > at);
    let found = spawn_blocking(move || comparison.late(&everyone, shown, fetch));
    let (late, next) = paging.cut(found.await.map_err(Error::internal)?, |own: &Late| own.employee)?;
    Ok((respond(tx, &sides, &rule, late).await?, next))
}

/// So many ratings show at the least: the snapshot may have asked for fewer than the programme does now.
pub async fn shown_from(tx: &mut Tx<'_>, programme: &Programme, terms: &Terms) -> Result<u32> {
    let now = programmes::min_ratings(tx, programme, &terms.settings.period).await?;
    Ok(now.max(terms.settings.min_ratings))
}

async fn compare(tx: &mut Tx<'_>, sides: &Sides<'_>, terms: &Arc<Terms>, rule: &ScoringRule) -> Result<Comparison> {
    let mut comparison = Comparison::new(terms, rule.clone());
    for chunk in sides.everyone().chunks(CHUNK) {
        let pairs = sides.pairs(tx, chunk).await?;
        comparison = spawn_blocking(move || comparison.with(pairs)).await.map_err(Error::internal)??;
    }
    Ok(comparison)
}

/// How many lecturers of a closed period have late facts, or another result because of those of others.
pub async fn count_moving(tx: &mut Tx<'_>, programme: &Programme, period: Period) -> Result<usize> {
    let Some(snapshot) = queries::find_latest(tx, programme.id, &period).await? else { return Ok(0) };
    let terms = Arc::new(replay::terms(tx, &snapshot).await?);
    let k = shown_from(tx, programme, &terms).await?;
    let rule = terms.rule.needing_ratings(k);
    let sides = Sides::find(tx, snapshot.id, programme, &terms, k).await?;
    let everyone = sides.everyone();
    let comparison = compare(tx, &sides, &terms, &rule).await?;
    let moving = spawn_blocking(move || comparison.late(&everyone, |_| true, usize::MAX).len());
    moving.await.map_err(Error::internal)
}

async fn respond(
    tx: &mut Tx<'_>,
    sides: &Sides<'_>,
    rule: &ScoringRule,
    late: Vec<Late>,
) -> Result<Vec<LateLecturerResponse>> {
    let all_money = tx.actor.reach::<ScoresRead>()? == Reach::All;
    let caller = tx.actor.person();
    let ids: Vec<Uuid> = late.iter().map(|own| own.employee).collect();
    let people = employee_refs(tx, &ids).await?;
    let mut pairs: BTreeMap<Uuid, Pair> =
        sides.pairs(tx, &ids).await?.into_iter().map(|pair| (pair.employee, pair)).collect();
    let response = |own: Late| {
        let with_money = all_money || caller == Some(own.employee);
        let result = |found: Option<LateResult>| if with_money { found } else { found.map(LateResult::without_money) };
        let facts = match pairs.remove(&own.employee) {
            Some(Pair { was, is, .. }) if was != is => late_facts(rule, was.as_ref(), is.as_ref())?,
            _ => Vec::new(),
        };
        Ok(LateLecturerResponse {
            employee: people.get(own.employee)?,
            facts: if with_money { facts } else { without_money(facts) },
            before: result(own.before),
            after: result(own.after),
        })
    };
    late.into_iter().map(response).collect()
}
