//! What a programme's rule and policies must satisfy before they are drafted and published.

use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use uuid::Uuid;

use super::earliest::Starts;
use super::fulfilment;
use super::model::{PolicyVersion, RuleVersion, Start};
use super::queries::{self, Serving, pay_items};
use super::{Rules, check};
use crate::auth::rights::ProgrammesWrite;
use crate::db::Constraint as _;
use crate::error::{Code, Error, Result};
use crate::journal::Tx;
use crate::kernel::fault::{Fault, Faults, pointer_segment};
use crate::kernel::message::data;
use crate::kernel::period::Period;
use crate::kernel::phrases::{Condition, Thing};
use crate::names::{grade_order, title_codes, unknown_competence, unknown_level};
use crate::programmes::documents::policy::{RewardPolicy, RewardPolicySet};
use crate::programmes::documents::rule::ScoringRule;
use crate::programmes::service::{check_groups, groups};
use crate::programmes::{Programme, queries as programmes};
use crate::versioned::{self, Commands, Version, Versioned, refuse, version_queries};

/// The statements on a table of versions that start with a period of a programme.
macro_rules! start_queries {
    ($document:ty, $table:ident) => {
        version_queries!(
            $document, $table,
            heading: (programme_id, starts_period),
            written: |start| {
                programme_id: start.programme_id,
                starts_period: start.starts_period.to_string(),
                starts_on: start.starts_period.first_day(),
            },
            numbered_within: programme_id,
            listed: |page, programme| page.filter(versions::programme_id.eq(programme)),
            by: version,
        );
    };
}

impl Versioned for ScoringRule {
    type Heading = Start;
    type Filter = Uuid;
    type Cursor = i32;
    type Maintain = ProgrammesWrite;

    const NAME: Thing = Thing::ScoringRule;
    const SUBJECT: &'static str = "scoring_rule";
    const COMMANDS: Commands = Commands {
        create: "create_scoring_rule",
        replace: "replace_scoring_rule",
        delete: "delete_scoring_rule",
        publish: "publish_scoring_rule",
    };
    const PUBLISHED: &'static str = "scoring_rule.published";
    const NUMBER_KEY: &'static str = "scoring_rules_version_key";

    async fn completed(mut self, tx: &mut Tx<'_>, programme: &Programme) -> Result<Self> {
        if self.groups.is_none() {
            self.groups = Some(groups(tx, programme.id).await?);
        }
        Ok(self)
    }

    async fn check(&self, tx: &mut Tx<'_>, programme: &Programme, start: &Start) -> Result<Faults> {
        let mut faults = Faults::default();
        check::start(&mut faults, &start.starts_period, programme.cycle);
        check::rule(&mut faults, self, &grade_order(tx).await?);
        check_groups(tx, self.scored_groups(), "/rule/groups", &mut faults).await?;
        if let Some(k) = self.feedback.min_k {
            let present = Rules::of(tx, programme.id).await?.min_ratings(programme, &start.starts_period);
            check::min_k(&mut faults, k, present, programme.feedback_mode);
        }
        Ok(faults)
    }

    async fn check_publication(tx: &mut Tx<'_>, programme: &Programme, draft: &RuleVersion) -> Result<()> {
        check_start::<Self>(tx, programme, draft.heading.starts_period).await?;
        check_scored_once(tx, programme, draft).await?;
        check_raised_k(tx, programme, draft).await?;
        let mut faults = draft.document.check(tx, programme, &draft.heading).await?;
        fulfilment::rule(&mut faults, &draft.document);
        check_needs(tx, &mut faults, programme.id, draft).await?;
        refuse(tx, faults).await?;
        check_tried(tx, programme, draft).await
    }

    fn published(outcome: QueryResult<RuleVersion>, draft: &RuleVersion) -> Result<RuleVersion> {
        outcome.on_constraint("scoring_rules_starts_on_key", || starts_twice(draft))
    }

    /// Everybody is scored anew from its first period on.
    async fn follow(tx: &mut Tx<'_>, version: &RuleVersion) -> Result<()> {
        let Start { programme_id, starts_period } = &version.heading;
        Ok(tx.mark_everybody(Some(*programme_id), Some(starts_period.first_day()), None).await?)
    }

    start_queries!(ScoringRule, scoring_rules);
}

impl Versioned for RewardPolicySet {
    type Heading = Start;
    type Filter = Uuid;
    type Cursor = i32;
    type Maintain = ProgrammesWrite;

    const NAME: Thing = Thing::RewardPolicies;
    const SUBJECT: &'static str = "reward_policies";
    const COMMANDS: Commands = Commands {
        create: "create_reward_policy_set",
        replace: "replace_reward_policy_set",
        delete: "delete_reward_policy_set",
        publish: "publish_reward_policy_set",
    };
    const PUBLISHED: &'static str = "reward_policies.published";
    const NUMBER_KEY: &'static str = "reward_policy_sets_version_key";

    async fn check(&self, tx: &mut Tx<'_>, programme: &Programme, start: &Start) -> Result<Faults> {
        let mut faults = Faults::default();
        check::start(&mut faults, &start.starts_period, programme.cycle);
        let grades = grade_order(tx).await?;
        let rule = ScoringRule::in_force(tx, programme.id, start.starts_period.first_day()).await?;
        check::policies(&mut faults, self, rule.as_ref().map(|version| &*version.document), &grades);
        for (i, fee) in self.policies.iter().enumerate() {
            let RewardPolicy::SessionFee(fee) = fee else { continue };
            for level in fee.rates_minor.keys() {
                let pointer = format!("/policies/{i}/rates_minor/{}", pointer_segment(level));
                faults.extend(unknown_level(tx, &pointer, level).await?);
            }
            if let Some(kind) = &fee.gates.certificate {
                faults.extend(unknown_competence(tx, &format!("/policies/{i}/gates/certificate"), kind).await?);
            }
        }
        Ok(faults)
    }

    async fn check_publication(tx: &mut Tx<'_>, programme: &Programme, draft: &PolicyVersion) -> Result<()> {
        let starts_period = draft.heading.starts_period;
        check_start::<Self>(tx, programme, starts_period).await?;
        let rule = ScoringRule::in_force(tx, programme.id, starts_period.first_day()).await?;
        Thing::Programme.refuse_if(rule.is_none(), Condition::WithoutRuleForPeriod, Condition::WithRule)?;
        let mut faults = draft.document.check(tx, programme, &draft.heading).await?;
        let (document, pay_items) = (rule.as_ref().map(|rule| &*rule.document), pay_items(tx).await?);
        let (grades, titles) = (grade_order(tx).await?, title_codes(tx).await?);
        fulfilment::policies(&mut faults, &draft.document, document, &grades, &pay_items, &titles);
        refuse(tx, faults).await?;
        check_tried(tx, programme, draft).await
    }

    fn published(outcome: QueryResult<PolicyVersion>, draft: &PolicyVersion) -> Result<PolicyVersion> {
        outcome.on_constraint("reward_policy_sets_starts_on_key", || starts_twice(draft))
    }

    /// What fees depend on is read from its first period on, or no longer.
    async fn follow(tx: &mut Tx<'_>, version: &PolicyVersion) -> Result<()> {
        let Start { programme_id, starts_period } = &version.heading;
        let first = starts_period.first_day();
        let before = RewardPolicySet::in_force(tx, *programme_id, first.pred_opt().unwrap_or(first)).await?;
        if version.document.pays_fees() != before.is_some_and(|before| before.document.pays_fees()) {
            tx.mark_everybody(Some(*programme_id), Some(first), None).await?;
        }
        Ok(())
    }

    start_queries!(RewardPolicySet, reward_policy_sets);
}

/// A page of a programme's versions that the caller may see, highest number first.
pub async fn list<D: Serving>(
    tx: &mut Tx<'_>,
    programme: Uuid,
    published: Option<bool>,
    after: Option<i32>,
    fetch: i64,
) -> Result<Vec<Version<D>>> {
    Thing::Programme.require(programmes::find(tx, programme).await?)?;
    versioned::list(tx, &programme, published, after, fetch).await
}

/// Refuses a start that is too early.
async fn check_start<D: Serving>(tx: &mut Tx<'_>, programme: &Programme, starts_period: Period) -> Result<()> {
    let starts = Starts::of::<D>(tx, programme).await?;
    let refused = starts.earliest_after(starts_period).map(|earliest| starts_too_early(starts_period, earliest));
    refused.map_or(Ok(()), Err)
}

/// Refuses a rule that lacks what published policies need while it serves: those in force when it starts, and those that start
/// before the next rule does.
async fn check_needs(tx: &mut Tx<'_>, faults: &mut Faults, programme: Uuid, draft: &RuleVersion) -> Result<()> {
    let first = draft.heading.starts_period.first_day();
    let next = ScoringRule::starts(tx, programme).await?.into_iter().find(|start| *start > first);
    let mut policies = RewardPolicySet::starting_between(tx, programme, first, next).await?;
    policies.extend(RewardPolicySet::in_force(tx, programme, first).await?);
    let grades = grade_order(tx).await?;
    for version in &policies {
        fulfilment::needs(faults, &draft.document, (&*version.document, version.heading.starts_period), &grades);
    }
    Ok(())
}

/// A group is scored by one programme at a time: the version starts once others no longer score its groups.
async fn check_scored_once(tx: &mut Tx<'_>, programme: &Programme, draft: &RuleVersion) -> Result<()> {
    let (groups, starts_period) = (draft.document.scored_groups(), draft.heading.starts_period);
    programmes::lock_groups(tx, groups).await?;
    let elsewhere = programmes::scored_elsewhere(tx, programme.id, groups, starts_period.first_day()).await?;
    let mut faults = Faults::default();
    for taken in elsewhere.iter().filter(|taken| taken.until.is_none()) {
        let place = groups.iter().position(|group| *group == taken.group_id).unwrap_or_default();
        let pointer = format!("/rule/groups/{place}");
        faults.push(Fault::taken_by_code(pointer, Thing::Programme, &taken.programme_code, taken.programme_id));
    }
    refuse(tx, faults).await?;
    let Some(until) = elsewhere.iter().filter_map(|taken| taken.until).max() else { return Ok(()) };
    let within = until.pred_opt().and_then(|last| Period::containing(last, programme.cycle));
    let earliest = within.and_then(Period::next).ok_or_else(|| Error::not_found(Thing::Period))?;
    Err(starts_too_early(starts_period, earliest))
}

/// Where a period is closed, a draft has been tried on closed periods before it is published: this very draft, as it stands.
async fn check_tried<D: Serving>(tx: &mut Tx<'_>, programme: &Programme, draft: &Version<D>) -> Result<()> {
    let digest = draft.digest()?;
    let tried = queries::tried(tx, programme.id, draft.id, &digest).await?;
    match (tried.can_be, tried.so, tried.otherwise) {
        (false, ..) | (_, true, _) => Ok(()),
        (true, false, true) => Err(Error::new(Code::WhatIfOfAnotherDraft)),
        (true, false, false) => Err(Error::new(Code::WhatIfMissing)),
    }
}

/// Ratings of a period that runs were given under its k: it rises with the next one.
async fn check_raised_k(tx: &mut Tx<'_>, programme: &Programme, draft: &RuleVersion) -> Result<()> {
    let starts_period = draft.heading.starts_period;
    let present = Rules::of(tx, programme.id).await?.min_ratings(programme, &starts_period);
    let rises = draft.document.feedback.min_k.is_some_and(|k| k > present);
    let next = programme.period_at(tx.now).and_then(Period::next).ok_or_else(|| Error::not_found(Thing::Period))?;
    if rises && starts_period < next && programmes::has_feedback(tx, programme.id).await? {
        return Err(starts_too_early(starts_period, next));
    }
    Ok(())
}

fn starts_too_early(starts_period: Period, earliest: Period) -> Error {
    Error::new(Code::StartsTooEarly).with("period", data(starts_period)).with("earliest", data(earliest))
}

fn starts_twice<D: Serving>(draft: &Version<D>) -> Error {
    Error::already_exists(Thing::VersionFor.with("what", D::NAME).with("period", data(draft.heading.starts_period)))
}
