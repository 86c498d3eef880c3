//! The months of the demonstration company: every month but the last is closed as soon as it can be, and a rule that HR thinks of is
//! tried on them.

use chrono::TimeDelta;
use futures_util::FutureExt as _;
use tokio::sync::watch;
use uuid::Uuid;

use super::demo_steps::Steps;
use crate::auth::Actor;
use crate::closing::what_if::{self, OrderWhatIfRequest};
use crate::closing::{ClosePeriod, close};
use crate::demo::{DemoCompany, DemoProgramme};
use crate::error::{Error, Result};
use crate::journal::{Circumstances, read_tx, snapshot_tx, write_tx};
use crate::kernel::clock::Clock;
use crate::kernel::fault::Faults;
use crate::kernel::period::Period;
use crate::programmes;
use crate::programmes::documents::rule::DEFAULT_SETTLE_DAYS;
use crate::programmes::versions::Start;
use crate::scoring::CHUNK;
use crate::state::State;
use crate::versioned::{self, Proposal};

pub(super) fn out_of_calendar() -> Error {
    Error::internal("the system clock is outside the calendar")
}

/// Closes every month but the last, in each programme from its first rule on.
pub(super) async fn close_months(
    state: &State,
    tenant: Uuid,
    admins: &[Actor],
    company: &DemoCompany,
    made: &[(Uuid, &DemoProgramme)],
    clock: &Clock,
    steps: &Steps,
) -> Result<()> {
    let mut period = company.first;
    while period < company.last {
        steps.next(&format!("closing {period}"));
        for (programme, own) in made {
            if own.rules.as_slice().first().is_some_and(|(from, _)| *from <= period) {
                close_month(state, tenant, admins, (*programme, period), clock).await?;
            }
        }
        period = period.next().ok_or_else(out_of_calendar)?;
    }
    Ok(())
}

async fn close_month(
    state: &State,
    tenant: Uuid,
    admins: &[Actor],
    (programme, period): (Uuid, Period),
    clock: &Clock,
) -> Result<()> {
    let found = read_tx(state, tenant, Actor::system(), move |tx| {
        async move { Ok(programmes::find(tx, programme).await?) }.boxed()
    });
    let found = found.await?.ok_or_else(|| Error::internal("the new programme does not exist"))?;
    let closable = programmes::closable_at(&found, DEFAULT_SETTLE_DAYS, &period).ok_or_else(out_of_calendar)?;
    clock.set(closable + TimeDelta::hours(9));
    let closer = admins.first().cloned().unwrap_or_else(Actor::system);
    let command = ClosePeriod {
        programme,
        period,
        force: false,
        reason: None,
        with_earlier: false,
        answerable: None,
        chunk: CHUNK,
    };
    let (progress, _) = watch::channel((0, None));
    snapshot_tx(state, tenant, closer, Circumstances::default(), move |tx| {
        async move { close(tx, &command, &progress).await }.boxed()
    })
    .await?;
    Ok(())
}

/// Drafts the rule that HR thinks of, if it thinks of any, and tries it on the closed months.
pub(super) async fn try_draft(
    state: &State,
    tenant: Uuid,
    maker: &Actor,
    (id, programme): (Uuid, &DemoProgramme),
    current: Option<Period>,
) -> Result<()> {
    let Some(document) = programme.draft.clone() else { return Ok(()) };
    let starts_period = current.and_then(Period::next).ok_or_else(out_of_calendar)?;
    let proposal = Proposal { heading: Start { programme_id: id, starts_period }, document };
    let ordered = write_tx(state, tenant, maker.clone(), Circumstances::default(), move |tx| {
        async move {
            let draft = versioned::create(tx, proposal).await?;
            let request =
                OrderWhatIfRequest { scoring_rule_id: Some(draft.id), reward_policy_set_id: None, periods: None };
            Ok(what_if::order(tx, id, request, Faults::default()).await?.1)
        }
        .boxed()
    });
    what_if::run(state, tenant, ordered.await?).await
}
