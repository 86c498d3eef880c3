//! What-ifs on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{WhatIf, WhatIfLecturer};
use crate::auth::ActorRef;
use crate::closing::late::LateResult;
use crate::closing::provisional::ExpectedRun;
use crate::error::{Error, Result};
use crate::http::{ETag, Page};
use crate::kernel::hex::Sha256;
use crate::kernel::money::Money;
use crate::kernel::period::Period;
use crate::kernel::words::words;
use crate::people::EmployeeRef;

/// How many periods are tried at most.
pub const MAX_PERIODS: usize = 24;

words! {
    /// A setting of a rule that a what-if cannot try, as a JSON pointer into the request.
    pub enum Untried {
        /// Whom other groups bring in is not known.
        Groups = "/rule/groups",
        /// Reuse of a kind that did not count was not counted.
        ReuseKinds = "/rule/reuse_kinds",
        /// Application cases of another age were not counted.
        CaseAge = "/rule/case_max_age_days",
        /// Ratings outside the window of that time were not taken.
        Window = "/rule/feedback/window_minutes",
        /// A question that was not asked has no answers.
        Items = "/rule/feedback/form/items",
    }

    /// State of a what-if.
    pub enum WhatIfState {
        /// Its job waits or works. If it fails, the job says why.
        Running = "running",
        /// The report is complete. Final.
        Done = "done",
    }
}

/// What to try on which closed periods.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({"scoring_rule_id": "0195c3a0-0000-7000-8000-000000000001"}))]
pub struct OrderWhatIfRequest {
    /// A version of the programme's scoring rule, usually a draft. If absent or null: each period under its own rule. One of the two
    /// must be given.
    pub scoring_rule_id: Option<Uuid>,
    /// A version of the programme's reward policies, usually a draft. If absent or null: each period under its own policies.
    pub reward_policy_set_id: Option<Uuid>,
    /// Closed periods. If absent or null: the latest three.
    #[schema(min_items = 1, max_items = 24)]
    pub periods: Option<Vec<Period>>,
}

/// A draft of rules or policies tried on closed periods (试算), with what it would have changed. Nothing but this report is stored.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhatIfResponse {
    pub id: Uuid,
    pub programme_id: Uuid,
    pub state: WhatIfState,
    /// The scoring rule that was tried. Null: each period under its own rule.
    pub scoring_rule_id: Option<Uuid>,
    /// SHA-256 of the canonical form of that rule: a draft that was changed since has another one.
    pub rule_digest: Option<Sha256>,
    /// The reward policies that were tried. Null: each period under its own policies.
    pub reward_policy_set_id: Option<Uuid>,
    /// SHA-256 of the canonical form of those policies.
    pub policies_digest: Option<Sha256>,
    /// The periods to try.
    #[schema(max_items = 24)]
    pub periods: Vec<Period>,
    /// The job that does the work.
    pub job_id: Uuid,
    pub requested_by: ActorRef,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    /// What all periods together granted; null until the first one is done.
    pub cost_before: Option<Money>,
    /// What they would have granted; null until the first one is done.
    pub cost_after: Option<Money>,
    /// What was found for each period that is done, the earliest first. Person by person: `list_what_if_lecturers`.
    #[schema(max_items = 24)]
    pub reports: Vec<PeriodReport>,
    pub etag: ETag,
}

/// A page of what-ifs.
pub type WhatIfPage = Page<WhatIfResponse>;

/// What a what-if found for a period: `before` is the snapshot, `after` what was tried.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PeriodReport {
    pub period: Period,
    /// The snapshot whose frozen inputs were used.
    #[schema(minimum = 1, format = "int32")]
    pub snapshot_number: i32,
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub lecturer_count: usize,
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub rated_before: usize,
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub rated_after: usize,
    /// How many have another score.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub moved_in_score: usize,
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub moved_in_grade: usize,
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub moved_in_rank: usize,
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub moved_in_rewards: usize,
    /// How many would get other titles or improvement notices.
    #[schema(minimum = 0, maximum = 10_000_000)]
    #[serde(default)]
    pub moved_in_runs: usize,
    /// How many titles runs of good periods bring with this one. Both sides are counted as if their policies had been in force from the
    /// first closed period on; periods that were tried before it in the same what-if count with the grades found for them.
    #[schema(minimum = 0, maximum = 10_000_000)]
    #[serde(default)]
    pub titles_before: usize,
    #[schema(minimum = 0, maximum = 10_000_000)]
    #[serde(default)]
    pub titles_after: usize,
    /// How many precedences for training opportunities they bring with this one.
    #[schema(minimum = 0, maximum = 10_000_000)]
    #[serde(default)]
    pub precedences_before: usize,
    #[schema(minimum = 0, maximum = 10_000_000)]
    #[serde(default)]
    pub precedences_after: usize,
    /// How many improvement notices it opens, counted in the same way.
    #[schema(minimum = 0, maximum = 10_000_000)]
    #[serde(default)]
    pub notices_before: usize,
    #[schema(minimum = 0, maximum = 10_000_000)]
    #[serde(default)]
    pub notices_after: usize,
    /// How the grades spread, best first.
    #[schema(max_items = 100)]
    pub grades: Vec<CountOfGrade>,
    /// What the policies grant.
    pub cost_before: Money,
    pub cost_after: Money,
    /// The budget of the policies; null: no limit.
    pub budget_before: Option<Money>,
    pub budget_after: Option<Money>,
    /// What each policy grants, by its code: money, certificates, titles or improvement notices.
    #[schema(max_items = 100)]
    pub policies: Vec<SumOfPolicy>,
    /// Settings of the rule that the frozen inputs cannot show, because they were frozen by those of that time: the result is as if
    /// they had stayed.
    #[schema(max_items = 10)]
    pub untried: Vec<Untried>,
}

/// How many lecturers have a grade.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CountOfGrade {
    /// Null: not rated.
    #[schema(min_length = 1, max_length = 64)]
    pub grade: Option<String>,
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub before: usize,
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub after: usize,
}

/// What a policy grants.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SumOfPolicy {
    /// The policy's code.
    #[schema(min_length = 1, max_length = 64)]
    pub policy: String,
    pub amount_before: Money,
    pub amount_after: Money,
    /// To how many it grants something.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub granted_before: usize,
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub granted_after: usize,
}

/// Filters for the lecturers of a what-if.
#[derive(Debug, Deserialize, Validate, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListWhatIfLecturersQuery {
    /// Only those of this period.
    pub period: Option<Period>,
    /// Only this lecturer.
    pub employee_id: Option<Uuid>,
    /// Only those whose result differs, or only those whose result is the same.
    pub moved: Option<bool>,
}

/// What a what-if found for a lecturer in a period.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhatIfLecturerResponse {
    pub period: Period,
    pub employee: EmployeeRef,
    /// Whether score, grade, rank, rewards, titles or notices differ.
    pub moved: bool,
    /// The result of the snapshot.
    #[schema(value_type = LateResult)]
    pub before: Value,
    /// The result under what was tried.
    #[schema(value_type = LateResult)]
    pub after: Value,
    /// The title or the improvement notice that periods in a row bring with this one.
    #[schema(value_type = Vec<ExpectedRun>, max_items = 100)]
    pub runs_before: Value,
    /// The same under what was tried.
    #[schema(value_type = Vec<ExpectedRun>, max_items = 100)]
    pub runs_after: Value,
}

/// A page of lecturers of a what-if.
pub type WhatIfLecturerPage = Page<WhatIfLecturerResponse>;

impl WhatIfResponse {
    pub fn new(row: WhatIf, reports: Vec<PeriodReport>) -> Result<Self> {
        let (is_done, job_id) = (row.finished_at.is_some(), row.job_id);
        Ok(Self {
            id: row.id,
            programme_id: row.programme_id,
            state: if is_done { WhatIfState::Done } else { WhatIfState::Running },
            scoring_rule_id: row.rule_id,
            rule_digest: row.rule_digest.map(Sha256::from),
            reward_policy_set_id: row.policy_set_id,
            policies_digest: row.policies_digest.map(Sha256::from),
            periods: row.periods.0,
            job_id,
            requested_by: ActorRef { kind: row.requested_by_kind, id: row.requested_by_id },
            created_at: row.created_at,
            finished_at: row.finished_at,
            cost_before: sum(reports.iter().map(|report| report.cost_before))?,
            cost_after: sum(reports.iter().map(|report| report.cost_after))?,
            // It changes with each period that is done, and once more at its end.
            etag: ETag(1 + i64::try_from(reports.len()).map_err(Error::internal)? + i64::from(is_done)),
            reports,
        })
    }
}

fn sum(amounts: impl Iterator<Item = Money>) -> Result<Option<Money>> {
    let mut total: Option<Money> = None;
    for amount in amounts {
        total = Some(match total {
            Some(total) => total.checked_add(amount).map_err(Error::internal)?,
            None => amount,
        });
    }
    Ok(total)
}

/// The member of a stored result that has titles and notices.
pub const RUNS: &str = "runs";

/// Takes titles and notices out of a stored result. What the last release stored has none.
fn take_runs(result: &mut Value) -> Value {
    let runs = result.as_object_mut().and_then(|members| members.remove(RUNS));
    runs.unwrap_or_else(|| Value::Array(Vec::new()))
}

impl WhatIfLecturerResponse {
    pub fn new(row: WhatIfLecturer, period: Period, employee: EmployeeRef) -> Self {
        let WhatIfLecturer { moved, mut before, mut after, .. } = row;
        let (runs_before, runs_after) = (take_runs(&mut before), take_runs(&mut after));
        Self { period, employee, moved, before, after, runs_before, runs_after }
    }
}
