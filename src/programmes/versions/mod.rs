//! Versioned documents of a programme: its scoring rule (规则版本) and its reward policies.
//!
//! A published version is in force from its first period until a later one starts.

mod check;
mod differences;
mod dto;
mod earliest;
mod fulfilment;
mod model;
mod queries;
mod routes_policies;
mod routes_rules;
mod service;
mod templates;
mod warnings;

pub use model::{PolicyVersion, RuleVersion, Start};

use crate::http::Operations;
use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;
use diesel::QueryResult;
use uuid::Uuid;

use self::queries::Serving as _;
use crate::db::Document;
use crate::journal::Tx;
use crate::kernel::period::Period;
use crate::programmes::documents::form::FeedbackForm;
use crate::programmes::documents::policy::RewardPolicySet;
use crate::programmes::documents::rule::{DEFAULT_SETTLE_DAYS, ScoringRule};
use crate::programmes::settings::ANONYMOUS_MIN_K;
use crate::programmes::{FeedbackMode, Programme};

pub fn routes(operations: &mut Operations<'_>) {
    routes_rules::routes(operations);
    routes_policies::routes(operations);
    differences::routes::routes(operations);
    templates::routes::routes(operations);
}

/// The feedback terms of the rule that serves for the session `s` of the programme `p`, as `terms (rule_id, window_minutes, form)`:
/// part of the `FROM` of a statement with `:tenant`. Without a rule, the usual window, and no rule and form.
pub const FEEDBACK_TERMS: &str = "
  LEFT JOIN LATERAL (
    SELECT v.id, v.document -> 'feedback' AS feedback
      FROM scoring_rules v
     WHERE v.tenant_id = :tenant AND v.programme_id = p.id AND v.published_at IS NOT NULL
       AND v.starts_on <= (coalesce(s.delivered_start, s.scheduled_start) AT TIME ZONE p.time_zone)::date
     ORDER BY v.starts_on DESC LIMIT 1) serving ON true
 CROSS JOIN LATERAL (
    SELECT serving.id AS rule_id, coalesce((serving.feedback ->> 'window_minutes')::integer, 1440) AS window_minutes,
           serving.feedback -> 'form' AS form) terms";

/// The feedback forms of a programme, by the first day of each published rule.
#[derive(Debug, Clone, Default)]
pub struct Forms(pub Vec<(NaiveDate, Arc<FeedbackForm>)>);

impl Forms {
    /// The form of the rule that serves on the day. Before the first rule, that of the first: history is brought before it is scored.
    /// Without a day, the last one. None: there is no rule.
    #[must_use]
    pub fn on(&self, day: Option<NaiveDate>) -> Option<Arc<FeedbackForm>> {
        let serving = self.0.iter().rfind(|(starts_on, _)| day.is_none_or(|day| *starts_on <= day));
        serving.or(self.0.first()).map(|(_, form)| Arc::clone(form))
    }
}

/// The feedback forms of each programme that has a published rule.
pub async fn feedback_forms(tx: &mut Tx<'_>) -> QueryResult<BTreeMap<Uuid, Forms>> {
    let mut forms: BTreeMap<Uuid, Forms> = BTreeMap::new();
    for (programme, starts_on, rule) in queries::all_published_rules(tx).await? {
        forms.entry(programme).or_default().0.push((starts_on, Arc::new(rule.0.feedback.form)));
    }
    Ok(forms)
}

/// The first day for which a programme has a published rule.
pub async fn first_rule_start(tx: &mut Tx<'_>, programme: Uuid) -> QueryResult<Option<NaiveDate>> {
    Ok(ScoringRule::starts(tx, programme).await?.first().copied())
}

/// How many ratings are shown together at least in the period of the session `s` of the programme `p`, outside the mode `named`: an
/// expression in a statement with `:tenant`. What a rule has raised never falls again. Of anonymous ratings it is never fewer than
/// [`ANONYMOUS_MIN_K`].
pub const FEEDBACK_K: &str = "greatest(CASE WHEN p.feedback_mode = 'anonymous' THEN 5 END, p.feedback_min_k, (
    SELECT max((v.document #>> '{feedback,min_k}')::integer)
      FROM scoring_rules v
     WHERE v.tenant_id = :tenant AND v.programme_id = p.id AND v.published_at IS NOT NULL
       AND v.starts_on <= (coalesce(s.delivered_start, s.scheduled_start) AT TIME ZONE p.time_zone)::date))";

/// The published rules of a programme with their first days, earliest first.
pub struct Rules(Vec<(NaiveDate, Document<ScoringRule>)>);

impl Rules {
    pub async fn of(tx: &mut Tx<'_>, programme: Uuid) -> QueryResult<Self> {
        Ok(Self(queries::published_rules(tx, programme).await?))
    }

    /// Those that start with the period or before it.
    fn until(&self, period: &Period) -> impl DoubleEndedIterator<Item = &ScoringRule> {
        let first_day = period.first_day();
        self.0.iter().filter(move |(starts_on, _)| *starts_on <= first_day).map(|(_, rule)| &**rule)
    }

    /// The days to settle of the rule that serves for the period.
    #[must_use]
    pub fn settle_days(&self, period: &Period) -> u32 {
        self.until(period).next_back().map_or(DEFAULT_SETTLE_DAYS, |rule| rule.settle_days)
    }

    /// How many ratings a lecturer needs in the period before there is a rating, and how many are shown together at least: 1 if they
    /// are given under a name. What a rule has raised never falls again.
    #[must_use]
    pub fn min_ratings(&self, programme: &Programme, period: &Period) -> u32 {
        let raised = self.until(period).filter_map(|rule| rule.feedback.min_k).max();
        let k = raised.unwrap_or_default().max(u32::try_from(programme.feedback_min_k).unwrap_or(u32::MAX));
        match programme.feedback_mode {
            FeedbackMode::Named => 1,
            FeedbackMode::Confidential => k,
            FeedbackMode::Anonymous => k.max(ANONYMOUS_MIN_K),
        }
    }
}

/// [`Rules::min_ratings`] of one period.
pub async fn min_ratings(tx: &mut Tx<'_>, programme: &Programme, period: &Period) -> QueryResult<u32> {
    if programme.feedback_mode == FeedbackMode::Named {
        return Ok(1);
    }
    Ok(Rules::of(tx, programme.id).await?.min_ratings(programme, period))
}

/// The scoring rule in force for the whole of a period: the published version with the latest start on or before its first day.
pub async fn rule_in_force(tx: &mut Tx<'_>, programme: Uuid, period: &Period) -> QueryResult<Option<RuleVersion>> {
    ScoringRule::in_force(tx, programme, period.first_day()).await
}

/// The programme and the rule that serves for a period, both at once.
pub async fn programme_with_rule(
    tx: &mut Tx<'_>,
    programme: Uuid,
    period: &Period,
) -> QueryResult<Option<(Programme, Document<ScoringRule>)>> {
    queries::programme_with_rule(tx, programme, period.first_day()).await
}

/// The published scoring rule that starts last, whether or not it has begun.
pub async fn latest_rule(tx: &mut Tx<'_>, programme: Uuid) -> QueryResult<Option<RuleVersion>> {
    ScoringRule::in_force(tx, programme, NaiveDate::MAX).await
}

/// The published reward policies that start last.
pub async fn latest_policies(tx: &mut Tx<'_>, programme: Uuid) -> QueryResult<Option<PolicyVersion>> {
    RewardPolicySet::in_force(tx, programme, NaiveDate::MAX).await
}

/// The reward policies in force for the whole of a period.
pub async fn policies_in_force(
    tx: &mut Tx<'_>,
    programme: Uuid,
    period: &Period,
) -> QueryResult<Option<PolicyVersion>> {
    RewardPolicySet::in_force(tx, programme, period.first_day()).await
}
