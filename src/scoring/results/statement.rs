//! Scorecards: a page of them, and one scorecard with all the facts that it is based on.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::dto::{
    AppliedRule, AppliedSnapshot, ScorecardResponse, StatementContent, StatementExternalValue, StatementItem,
    StatementRatings, StatementResponse, StatementSession,
};
use super::fees::{self, FeesOfSessions};
use super::named::Named;
use super::own_card::{CardFound, CardQuestion, frozen_card};
use super::{Basis, Carded};
use crate::appeals::{StatementAppeals, on_statement};
use crate::auth::rights::{FeedbackRead, ScoresRead};
use crate::call::Question as _;
use crate::error::Result;
use crate::feedback::{FeedbackText, MAX_TEXTS};
use crate::http::{Next, Paging};
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::kernel::phrases::Thing;
use crate::people;
use crate::scoring::inputs::{LecturerInputs, SessionInputs};
use crate::scoring::metrics::qualifies;
use crate::scoring::queries::texts;
use crate::scoring::rank::Standing;
use crate::scoring::rule::ScoringRule;
use crate::scoring::scorecard::Scorecard;
use crate::scoring::sums::SessionSums;
use crate::scoring::titles::{Titles, paper_ratings};

/// The scorecards that the caller may see, ordered by lecturer id.
pub async fn list(
    tx: &mut Tx<'_>,
    programme: Uuid,
    period: Period,
    paging: &Paging,
) -> Result<(Vec<ScorecardResponse>, Next)> {
    let basis = Basis::find(tx, programme, period).await?;
    let visible = people::visible::<ScoresRead>(tx).await?;
    let after: Option<Uuid> = paging.after()?;
    let rows = basis.cards(tx, visible.ids(), after, paging.fetch()).await?;
    let (rows, next) = paging.cut(rows, |own: &Carded| own.employee_id)?;
    let scorecard = |own: Carded| basis.scorecard(&own.named, own.card, own.standing);
    Ok((rows.into_iter().map(scorecard).collect(), next))
}

/// The scorecards that the caller may see of so many lecturers who follow one, and the last of these.
pub async fn part(
    tx: &mut Tx<'_>,
    (programme, period): (Uuid, Period),
    after: Option<Uuid>,
    fetch: i64,
) -> Result<(Vec<ScorecardResponse>, Option<Uuid>)> {
    let basis = Basis::find(tx, programme, period).await?;
    let visible = people::visible::<ScoresRead>(tx).await?;
    let rows = basis.cards(tx, visible.ids(), after, fetch).await?;
    let last = rows.last().map(|own| own.employee_id);
    let scorecard = |own: Carded| basis.scorecard(&own.named, own.card, own.standing);
    Ok((rows.into_iter().map(scorecard).collect(), last))
}

/// The statement of one lecturer. 404 if the caller may not see the lecturer, or the lecturer is not in the population.
pub async fn get(tx: &mut Tx<'_>, programme: Uuid, period: Period, employee: Uuid) -> Result<StatementResponse> {
    let found = CardQuestion { programme, period, employee }.ask(tx.asking()).await?;
    told(tx, employee, found).await
}

/// The same with what was asked before.
pub async fn told(tx: &mut Tx<'_>, employee: Uuid, found: CardFound) -> Result<StatementResponse> {
    let CardFound { basis, live } = found;
    let basis = Basis::of(tx, basis).await?;
    let seen = people::visible::<ScoresRead>(tx).await?;
    Thing::Scorecard.require(seen.includes(employee).then_some(()))?;
    let own = match &basis.snapshot {
        Some(frozen) => frozen_card(tx, frozen, employee).await?,
        None => live,
    };
    let mut own = Thing::Scorecard.require(own)?;
    let titles = own.titles(tx).await?;
    let until = basis.snapshot.as_ref().map_or(tx.now, |frozen| frozen.closed_at);
    let paper_ratings = paper_ratings(tx.asking(), &titles, &own.inputs, until).await?;
    let (mut sums, standing) = (own.sums(&basis)?, own.standing(&basis)?);
    let fees = fees::find(tx, &basis, &own.inputs).await?;
    let sessions = statement_sessions(&basis.rule, &own.inputs, &titles, (&mut sums.apart, fees));
    let contents = statement_contents(&basis.rule, &own.inputs, &titles);
    let may_read = tx.actor.reach::<FeedbackRead>().is_ok();
    let texts = if may_read { texts(tx, &sums.batches, MAX_TEXTS).await? } else { Vec::new() };
    let external_values =
        own.inputs.external.iter().map(|(key, value)| StatementExternalValue { key: key.clone(), value: *value });
    Ok(StatementResponse {
        appeals: appeals(tx, &basis, employee).await?,
        external_values: external_values.collect(),
        sessions,
        ratings_together: sums.together.ratings.into_iter().map(StatementRatings::from).collect(),
        items_together: sums.together.items.into_iter().map(StatementItem::from).collect(),
        texts_together: texts.into_iter().map(|row| FeedbackText { text: row.comment }).collect(),
        paper_ratings,
        contents,
        scorecard: basis.scorecard(&own.named, own.card.0, standing),
    })
}

/// Only what is closed is disputed.
async fn appeals(tx: &mut Tx<'_>, basis: &Basis, employee: Uuid) -> Result<Option<StatementAppeals>> {
    match &basis.snapshot {
        Some(_) => on_statement(tx, basis.programme.id, &basis.period, employee).await,
        None => Ok(None),
    }
}

fn statement_sessions(
    rule: &ScoringRule,
    inputs: &LecturerInputs,
    titles: &Titles,
    (sums, mut fees): (&mut BTreeMap<Uuid, SessionSums>, Option<FeesOfSessions>),
) -> Vec<StatementSession> {
    let named = |session: &SessionInputs| {
        let own = sums.remove(&session.session_id).unwrap_or_default();
        let fees = fees.as_mut().map(|fees| fees.remove(&session.session_id).unwrap_or_default());
        StatementSession { fees, ..statement_session(rule, session, own, titles) }
    };
    let mut sessions: Vec<StatementSession> = inputs.sessions.iter().map(named).collect();
    sessions.sort_by_key(|session| (session.starts_at, session.session_id));
    sessions
}

fn statement_contents(rule: &ScoringRule, inputs: &LecturerInputs, titles: &Titles) -> Vec<StatementContent> {
    let contents = inputs.contents.iter().map(|content| StatementContent {
        content_id: content.content_id,
        title: title(titles, content.content_id),
        months_old: content.months_old,
        reused_by: content.reused_by,
        reused_before: content.reused_before,
        current: content.is_current(rule.content_window_months),
    });
    contents.collect()
}

/// Empty if it is not known.
fn title(titles: &Titles, id: Uuid) -> String {
    titles.get(&id).map(|named| named.title.clone()).unwrap_or_default()
}

fn statement_session(
    rule: &ScoringRule,
    session: &SessionInputs,
    sums: SessionSums,
    titles: &Titles,
) -> StatementSession {
    StatementSession {
        session_id: session.session_id,
        title: title(titles, session.session_id),
        starts_at: titles.get(&session.session_id).and_then(|named| named.starts_at),
        outcome: session.state,
        kind: session.kind,
        qualifies: qualifies(rule, session),
        minutes: session.minutes,
        attendees: session.attendees,
        credit: session.credit,
        on_time: session.on_time,
        confirmed_cases: session.confirmed_cases,
        ratings: sums.ratings.into_iter().map(StatementRatings::from).collect(),
        items: sums.items.into_iter().map(StatementItem::from).collect(),
        fees: None,
    }
}

impl Basis {
    fn scorecard(&self, named: &Named, card: Scorecard, standing: Option<Standing>) -> ScorecardResponse {
        ScorecardResponse {
            programme_id: self.programme.id,
            period: self.period,
            employee: named.employee(),
            department: named.department(),
            provisional: self.snapshot.is_none(),
            as_of: self.as_of,
            rule: self.applied_rule(),
            snapshot: self.applied_snapshot(),
            card,
            rank_scope: self.rule.rank_scope,
            rank: standing.map(|standing| standing.rank),
            ranked_of: standing.map(|standing| standing.ranked_of),
        }
    }

    pub fn applied_rule(&self) -> AppliedRule {
        AppliedRule { id: self.rule_id, version: self.rule_version }
    }

    pub fn applied_snapshot(&self) -> Option<AppliedSnapshot> {
        self.snapshot.clone()
    }
}
