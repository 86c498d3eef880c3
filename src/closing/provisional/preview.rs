//! What a close would find, put together from what is stored.

use uuid::Uuid;

use super::dto::{
    BlockingSession, CloseBlock, ClosePreviewLecturerResponse, ClosePreviewResponse, NearGateResponse,
    NearPlaceResponse, ProvisionalPeriodSummary, ProvisionalRewardsResponse, RunOfResponse, WhomToAsk,
};
use super::model::{ProvisionalPeriod, ProvisionalReward};
use super::queries;
use crate::auth::rights::RewardsRead;
use crate::closing::obstacles::{Obstacle, Open, obstacles};
use crate::error::{Code, Result};
use crate::http::{Next, Paging};
use crate::journal::Tx;
use crate::kernel::language::Language;
use crate::kernel::period::{Interval, Period};
use crate::kernel::phrases::{Condition, Thing};
use crate::people::{employee_refs, visible};
use crate::programmes::documents::rule::DEFAULT_SETTLE_DAYS;
use crate::programmes::periods::interval_of;
use crate::programmes::{self, PeriodState, Programme, closable_at, find_period, rule_in_force};

/// How many sessions a block names.
const NAMED: i64 = 50;

/// The programme and the interval of an open period. 404 if there is no such period; refused if it is closed.
async fn open_period(tx: &mut Tx<'_>, programme: Uuid, period: &Period) -> Result<(Programme, Interval)> {
    let programme = Thing::Programme.require(programmes::find(tx, programme).await?)?;
    let interval = interval_of(&programme, period)?;
    let row = find_period(tx, programme.id, period).await?;
    let is_closed = row.is_some_and(|row| row.state == PeriodState::Closed);
    Thing::Period.refuse_if(is_closed, Condition::Closed, Condition::Open)?;
    Ok((programme, interval))
}

pub async fn get(tx: &mut Tx<'_>, programme: Uuid, period: Period, language: Language) -> Result<ClosePreviewResponse> {
    let (programme, interval) = open_period(tx, programme, &period).await?;
    let rule = rule_in_force(tx, programme.id, &period).await?;
    let settle_days = rule.map_or(DEFAULT_SETTLE_DAYS, |rule| rule.document.settle_days);
    let closable_at = Thing::Period.require(closable_at(&programme, settle_days, &period))?;
    let mut blocks = Vec::new();
    for obstacle in obstacles(tx, &programme, period).await? {
        blocks.push(block(tx, programme.id, interval, obstacle, language).await?);
    }
    let provisional = match queries::find(tx, programme.id, &period).await? {
        Some(row) => Some(summary(tx, row).await?),
        None => None,
    };
    Ok(ClosePreviewResponse { programme_id: programme.id, period, closable_at, blocks, provisional })
}

async fn block(
    tx: &mut Tx<'_>,
    programme: Uuid,
    interval: Interval,
    Obstacle { refusal, sessions }: Obstacle,
    language: Language,
) -> Result<CloseBlock> {
    let ask = match sessions {
        Some((Open::Undecided, _)) => WhomToAsk::Lecturers,
        Some((Open::Rated, _)) => WhomToAsk::Nobody,
        None if refusal.code == Code::PeriodNotOver => WhomToAsk::Nobody,
        // Without sessions, the period before is to be closed.
        Some((Open::Unconfirmed, _)) | None => WhomToAsk::Hr,
    };
    let found = match sessions {
        Some((open, _)) => open.sessions(tx, programme, interval, NAMED).await?,
        None => Vec::new(),
    };
    let ids: Vec<Uuid> = found.iter().flat_map(|session| session.lecturers.iter().copied()).collect();
    let people = employee_refs(tx, &ids).await?;
    let named = found.into_iter().map(|session| {
        let lecturers = session.lecturers.into_iter().map(|person| people.get(person)).collect::<Result<Vec<_>>>()?;
        Ok(BlockingSession {
            id: session.id,
            title: session.title,
            starts_at: session.starts_at,
            feedback_until: session.window_ends_at,
            lecturers,
        })
    });
    Ok(CloseBlock {
        code: refusal.code.slug(),
        detail: refusal.detail(language),
        ask,
        count: sessions.map(|(_, count)| count),
        sessions: named.collect::<Result<Vec<_>>>()?,
    })
}

async fn summary(tx: &mut Tx<'_>, row: ProvisionalPeriod) -> Result<ProvisionalPeriodSummary> {
    let (as_of, summary) = (row.as_of, row.summary.0);
    let of_gates = summary.near_gates.iter().map(|own| own.employee_id);
    let of_places = summary.near_places.iter().map(|own| own.employee_id);
    let of_runs = summary.runs.iter().map(|own| own.employee_id);
    let ids: Vec<Uuid> = of_gates.chain(of_places).chain(of_runs).collect();
    let people = employee_refs(tx, &ids).await?;
    let near_gates = summary.near_gates.into_iter().map(|own| {
        let (metric, value, at_least, else_grade) = (own.metric, own.value, own.at_least, own.else_grade);
        Ok(NearGateResponse { employee: people.get(own.employee_id)?, metric, value, at_least, else_grade })
    });
    let near_places = summary.near_places.into_iter().map(|own| {
        let (policy, value, last_paid) = (own.policy, own.value, own.last_paid);
        Ok(NearPlaceResponse { employee: people.get(own.employee_id)?, policy, value, last_paid })
    });
    let runs =
        summary.runs.into_iter().map(|own| Ok(RunOfResponse { employee: people.get(own.employee_id)?, run: own.run }));
    Ok(ProvisionalPeriodSummary {
        as_of,
        lecturer_count: summary.lecturer_count,
        rated_count: summary.rated_count,
        grades: summary.grades,
        policies: summary.policies,
        reserved: summary.cost,
        budget: summary.budget,
        over_budget: summary.over_budget,
        near_gates: near_gates.collect::<Result<Vec<_>>>()?,
        near_places: near_places.collect::<Result<Vec<_>>>()?,
        runs: runs.collect::<Result<Vec<_>>>()?,
        title_count: summary.title_count,
        precedence_count: summary.precedence_count,
        notice_count: summary.notice_count,
        closed_notice_count: summary.closed_notice_count,
    })
}

/// A page of the lecturers of an open period, by id; none before their rewards were computed.
pub async fn list_lecturers(
    tx: &mut Tx<'_>,
    programme: Uuid,
    period: Period,
    paging: &Paging,
) -> Result<(Vec<ClosePreviewLecturerResponse>, Next)> {
    let (programme, _) = open_period(tx, programme, &period).await?;
    let Some(known) = queries::find(tx, programme.id, &period).await? else {
        return Ok((Vec::new(), Next::default()));
    };
    let (rows, next) = queries::list_page(tx, known.id, paging).await?;
    let ids: Vec<Uuid> = rows.iter().map(|row| row.employee_id).collect();
    let people = employee_refs(tx, &ids).await?;
    let response = |row: ProvisionalReward| {
        Ok(ClosePreviewLecturerResponse { employee: people.get(row.employee_id)?, result: row.result })
    };
    Ok((rows.into_iter().map(response).collect::<Result<Vec<_>>>()?, next))
}

/// The provisional rewards of one lecturer. 404 if the caller may not see them, or the lecturer is not in the population.
pub async fn rewards_of(
    tx: &mut Tx<'_>,
    programme: Uuid,
    period: Period,
    employee: Uuid,
) -> Result<ProvisionalRewardsResponse> {
    let (programme, _) = open_period(tx, programme, &period).await?;
    let seen = visible::<RewardsRead>(tx).await?;
    Thing::Reward.require(seen.includes(employee).then_some(()))?;
    let person = employee_refs(tx, &[employee]).await?.find(employee);
    let person = Thing::Employee.require(person)?;
    let known = queries::find(tx, programme.id, &period).await?;
    let result = match &known {
        Some(known) => {
            let own = queries::stored(tx, known.id, &[employee]).await?.into_iter().next();
            Some(Thing::Reward.require(own)?.result)
        }
        None => None,
    };
    Ok(ProvisionalRewardsResponse {
        programme_id: programme.id,
        period,
        employee: person,
        provisional: true,
        as_of: known.map(|known| known.as_of),
        result,
    })
}
