//! Periods over HTTP.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::dto::{PeriodPage, PeriodResponse};
use super::queries;
use super::span::span;
use crate::auth::rights::ProgrammesRead;
use crate::call::{Answer, Call, answer};
use crate::error::Result;
use crate::http::{Paged, Path, Reply, operations};
use crate::kernel::period::Period;
use crate::kernel::phrases::Thing;
use crate::programmes::find;
use crate::programmes::versions::Rules;

operations! { list_periods, get_period }

/// List periods
///
/// Newest first: from the current period back to the first one with a scoring rule.
#[utoipa::path(get, path = "/v1/programmes/{id}/periods", responses((status = 200, body = PeriodPage)))]
async fn list_periods(call: Call<ProgrammesRead>, Path(id): Path<Uuid>, query: Paged) -> Answer {
    answer!(call.list(query), |tx, _, paging| {
        let programme = Thing::Programme.require(find(tx, id).await?)?;
        let after: Option<Period> = paging.after()?;
        let fetch = usize::try_from(paging.fetch()).unwrap_or_default();
        let (first, last) = span(tx, &programme).await?;
        let newest = after.map_or(Some(last), Period::previous);
        let periods: Vec<Period> = std::iter::successors(newest, |period| period.previous())
            .take_while(|period| *period >= first)
            .take(fetch)
            .collect();
        let rows = queries::find_all(tx, id, &periods).await?;
        let rows: BTreeMap<Period, _> = rows.into_iter().map(|row| (row.period, row)).collect();
        let (periods, next) = paging.cut(periods, |period| *period)?;
        let rules = Rules::of(tx, id).await?;
        let item = |period: &Period| PeriodResponse::new(&programme, &rules, *period, rows.get(period), tx.now);
        Reply::page(periods.iter().map(item).collect::<Result<Vec<_>>>()?, next)
    })
}

/// Get a period
///
/// Its interval, its state, and the instant from which it may be closed. 404 if the period does not belong to the programme's
/// cycle.
#[utoipa::path(
    get, path = "/v1/programmes/{id}/periods/{period}",
    params(("period" = Period, Path, description = "The period: `2026-03`, `2026-Q1` or `2026`.")),
    responses((status = 200, body = PeriodResponse, headers(("ETag"))))
)]
async fn get_period(call: Call<ProgrammesRead>, Path((id, period)): Path<(Uuid, Period)>) -> Answer {
    answer!(call.read(), |tx| {
        let programme = Thing::Programme.require(find(tx, id).await?)?;
        let row = queries::find(tx, id, &period).await?;
        let rules = Rules::of(tx, id).await?;
        Reply::projection(&PeriodResponse::new(&programme, &rules, period, row.as_ref(), tx.now)?)
    })
}
