//! Provisional rewards and the preview of a close on the wire.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::closing::computation::Outcome;
use crate::growth::streaks::rules::{Happening, OpenNotice};
use crate::http::Page;
use crate::kernel::limits::OverBudget;
use crate::kernel::money::{Currency, Money};
use crate::kernel::period::Period;
use crate::kernel::text::Title;
use crate::kernel::words::words;
use crate::people::EmployeeRef;
use crate::programmes::documents::metric::Metric;
use crate::programmes::documents::policy::{RewardPolicy, RewardPolicySet};
use crate::programmes::documents::runs::{Given, RatedPeriod};
use crate::rewards::entitlement::Award;
use crate::rewards::fees::HoldReason;
use crate::rewards::rules::RewardLine;
use crate::scoring::scorecard::ScoreStatus;
use crate::scoring::{MetricValue, Score};

words! {
    /// What a provisional reward depends on, besides the facts that are still to come.
    pub enum RewardCondition {
        /// The grade stays as it is.
        Grade = "grade",
        /// Nobody else comes before the lecturer or draws level.
        Place = "place",
        /// Enough lecturers take part.
        Contenders = "contenders",
        /// No other policy of the same group is worth more to the person.
        ExclusiveGroup = "exclusive_group",
        /// The person's rewards stay within the cap.
        PersonCap = "person_cap",
        /// All rewards together stay within the budget.
        Budget = "budget",
    }

    /// Who can clear what a close waits for.
    pub enum WhomToAsk {
        /// The lecturers of the sessions, who report what became of them; or HR.
        Lecturers = "lecturers",
        /// HR, or the system that records attendance.
        Hr = "hr",
        /// Nobody: time passes.
        Nobody = "nobody",
    }
}

/// What a lecturer would get as things stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProvisionalResult {
    pub status: ScoreStatus,
    /// Null if not rated.
    pub score: Option<Score>,
    #[schema(min_length = 1, max_length = 64)]
    pub grade: Option<String>,
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub rank: Option<u32>,
    /// Number of rated lecturers on the same board.
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub ranked_of: Option<u32>,
    /// What the policies would grant: of a fee, each session in its order.
    #[schema(max_items = 10_000)]
    pub rewards: Vec<ProvisionalGrant>,
    /// The title or the precedence that good periods in a row would bring, the improvement notice that poor ones would open, or the one that this period
    /// would close.
    #[schema(max_items = 100)]
    pub runs: Vec<ExpectedRun>,
}

words! {
    /// What periods in a row would bring about.
    pub enum RunOutcome {
        /// A title.
        Title = "title",
        /// Precedence for a training opportunity.
        Precedence = "precedence",
        /// An improvement notice.
        Notice = "notice",
        /// The end of an improvement notice.
        NoticeClosed = "notice_closed",
    }
}

/// What periods in a row would bring about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ExpectedRun {
    /// The policy's code.
    #[schema(min_length = 1, max_length = 64)]
    pub policy: String,
    pub outcome: RunOutcome,
    /// The title's code; null for others.
    #[schema(min_length = 1, max_length = 64)]
    pub title: Option<String>,
    /// Code of the training opportunities that the precedence is good for; null for others.
    #[schema(min_length = 1, max_length = 64)]
    pub opportunity: Option<String>,
    /// The periods in a row with their grades, earliest first; the last one is provisional. Empty for a notice that would end.
    #[schema(max_items = 120)]
    pub periods: Vec<RatedPeriod>,
}

impl ExpectedRun {
    #[must_use]
    pub fn new(happening: Happening<'_>) -> Self {
        let due = match happening {
            Happening::Passed(OpenNotice { policy, .. }) => {
                let outcome = RunOutcome::NoticeClosed;
                return Self { policy, outcome, title: None, opportunity: None, periods: Vec::new() };
            }
            Happening::Fired(due) => due,
        };
        let (outcome, title, opportunity) = match due.given {
            Given::Title(code) => (RunOutcome::Title, Some(code.to_owned()), None),
            Given::Opportunity(code) => (RunOutcome::Precedence, None, Some(code.to_owned())),
            Given::Notice(_) => (RunOutcome::Notice, None, None),
        };
        Self { policy: due.policy.to_owned(), outcome, title, opportunity, periods: due.run }
    }
}

/// What a policy would grant: money or a certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ProvisionalGrant {
    /// The policy's code.
    #[schema(min_length = 1, max_length = 64)]
    pub policy: String,
    /// Null for a certificate.
    pub amount: Option<Money>,
    /// The certificate's code; null for money.
    #[schema(min_length = 1, max_length = 64)]
    pub certificate: Option<String>,
    /// Whether it would be granted, but not payable: until the budget is raised, or as long as a gate of the fee holds it.
    pub held: bool,
    /// The session of a fee; null for others.
    pub session_id: Option<Uuid>,
    /// The gates of the fee that would hold it, in their order.
    #[schema(max_items = 4)]
    pub held_reasons: Vec<HoldReason>,
    /// In a contest with places; 1 is the first. Null otherwise.
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub place: Option<usize>,
    #[schema(max_items = 6)]
    pub depends_on: Vec<RewardCondition>,
}

impl ProvisionalResult {
    pub fn new(outcome: &Outcome<'_>, set: &RewardPolicySet, currency: Currency, runs: Vec<ExpectedRun>) -> Self {
        Self {
            runs,
            status: if outcome.own.is_rated { ScoreStatus::Rated } else { ScoreStatus::NotRated },
            score: outcome.own.score,
            grade: outcome.own.grade.clone(),
            rank: outcome.standing.map(|standing| standing.rank),
            ranked_of: outcome.standing.map(|standing| standing.ranked_of),
            rewards: outcome.lines.iter().map(|line| ProvisionalGrant::new(line, set, currency)).collect(),
        }
    }
}

impl ProvisionalGrant {
    fn new(line: &RewardLine, set: &RewardPolicySet, currency: Currency) -> Self {
        let (amount, certificate) = match &line.award {
            Award::Money(money) => (Some(Money::new(money.amount_minor, currency)), None),
            Award::Certificate(award) => (None, Some(award.certificate.clone())),
        };
        let policy = set.policies.iter().find(|policy| policy.terms().code == line.policy);
        Self {
            policy: line.policy.clone(),
            depends_on: policy.map(|policy| conditions(policy, set, amount.is_some())).unwrap_or_default(),
            amount,
            certificate,
            held: line.held,
            session_id: line.session_id,
            held_reasons: line.held_reasons.clone(),
            place: line.place,
        }
    }
}

fn conditions(policy: &RewardPolicy, set: &RewardPolicySet, is_money: bool) -> Vec<RewardCondition> {
    let terms = policy.terms();
    let (is_contest, least) = match policy {
        RewardPolicy::TopN(contest) => (true, contest.min_contenders),
        RewardPolicy::Highest(contest) => (true, contest.min_contenders),
        _ => (false, None),
    };
    let is_fee = matches!(policy, RewardPolicy::SessionFee(_));
    let found = [
        (!is_fee && !is_contest || terms.grade_at_least.is_some(), RewardCondition::Grade),
        (is_contest, RewardCondition::Place),
        (least.is_some(), RewardCondition::Contenders),
        (terms.exclusive_group.is_some(), RewardCondition::ExclusiveGroup),
        (is_money && set.person_cap_minor.is_some(), RewardCondition::PersonCap),
        (is_money && set.budget_minor.is_some(), RewardCondition::Budget),
    ];
    found.into_iter().filter(|(depends, _)| *depends).map(|(_, on)| on).collect()
}

/// What a period comes to as things stand, as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ProvisionalSummary {
    pub lecturer_count: usize,
    pub rated_count: usize,
    pub grades: Vec<GradeCount>,
    pub policies: Vec<PolicySum>,
    pub cost: Money,
    pub budget: Option<Money>,
    pub over_budget: OverBudget,
    pub near_gates: Vec<NearGate>,
    pub near_places: Vec<NearPlace>,
    pub runs: Vec<RunOf>,
    // What the last release stored has no counts.
    #[serde(default)]
    pub title_count: usize,
    #[serde(default)]
    pub precedence_count: usize,
    #[serde(default)]
    pub notice_count: usize,
    #[serde(default)]
    pub closed_notice_count: usize,
}

/// What periods in a row would bring to somebody, as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunOf {
    pub employee_id: Uuid,
    pub run: ExpectedRun,
}

/// How many lecturers have a grade.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct GradeCount {
    /// Null: not rated.
    #[schema(min_length = 1, max_length = 64)]
    pub grade: Option<String>,
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub count: usize,
}

/// What a policy would grant.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PolicySum {
    /// The policy's code.
    #[schema(min_length = 1, max_length = 64)]
    pub policy: String,
    pub amount: Money,
    /// To how many.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub granted: usize,
}

/// Somebody who has just failed a gate, as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NearGate {
    pub employee_id: Uuid,
    pub metric: Metric,
    pub value: MetricValue,
    pub at_least: MetricValue,
    pub else_grade: String,
}

/// Somebody who comes next after the last paid place, as it is stored.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NearPlace {
    pub employee_id: Uuid,
    pub policy: String,
    pub value: MetricValue,
    pub last_paid: MetricValue,
}

/// The provisional rewards of a lecturer.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProvisionalRewardsResponse {
    pub programme_id: Uuid,
    pub period: Period,
    pub employee: EmployeeRef,
    /// Always true: nothing is granted before the close.
    pub provisional: bool,
    /// The instant of the results that they follow from. Null: they have not been computed yet.
    pub as_of: Option<DateTime<Utc>>,
    /// Null: they have not been computed yet.
    #[schema(value_type = Option<ProvisionalResult>)]
    pub result: Option<Value>,
}

/// What a close of a period would find now (关账预览).
#[derive(Debug, Serialize, ToSchema)]
pub struct ClosePreviewResponse {
    pub programme_id: Uuid,
    pub period: Period,
    /// From this instant on, the period can be closed without force, if nothing else blocks it.
    pub closable_at: DateTime<Utc>,
    /// What the close waits for, in the order in which it looks. Empty: it can be closed.
    #[schema(max_items = 10)]
    pub blocks: Vec<CloseBlock>,
    /// What the close would grant, as things stand. Null: it has not been computed yet.
    pub provisional: Option<ProvisionalPeriodSummary>,
}

/// Something that a close waits for.
#[derive(Debug, Serialize, ToSchema)]
pub struct CloseBlock {
    /// The code of the problem with which the close would be refused.
    #[schema(max_length = 64, pattern = "^[a-z_]+$", examples("sessions_undecided"))]
    pub code: &'static str,
    #[schema(max_length = 2000)]
    pub detail: String,
    pub ask: WhomToAsk,
    /// Number of sessions that it waits for; null if it does not wait for sessions.
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    pub count: Option<i64>,
    /// The first of these sessions, earliest first.
    #[schema(max_items = 50)]
    pub sessions: Vec<BlockingSession>,
}

/// A session that a close waits for.
#[derive(Debug, Serialize, ToSchema)]
pub struct BlockingSession {
    pub id: Uuid,
    pub title: Title,
    pub starts_at: DateTime<Utc>,
    /// When its time for feedback is over; null while it has not taken place.
    pub feedback_until: Option<DateTime<Utc>>,
    #[schema(max_items = 100)]
    pub lecturers: Vec<EmployeeRef>,
}

/// What a period comes to as things stand.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProvisionalPeriodSummary {
    /// When it was computed. It is computed anew once a minute at most, for a large programme more seldom.
    pub as_of: DateTime<Utc>,
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub lecturer_count: usize,
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub rated_count: usize,
    /// How the grades spread, best first.
    #[schema(max_items = 100)]
    pub grades: Vec<GradeCount>,
    /// What each policy would grant, by its code: money, certificates, titles or improvement notices. Person by person:
    /// `list_close_preview_lecturers`.
    #[schema(max_items = 100)]
    pub policies: Vec<PolicySum>,
    /// What all of it costs: so much of the budget is reserved.
    pub reserved: Money,
    /// The budget of the period; null: no limit.
    pub budget: Option<Money>,
    pub over_budget: OverBudget,
    /// Who has just failed a gate: by one session, or with nine tenths of the minimum. At most 100 are named.
    #[schema(max_items = 100)]
    pub near_gates: Vec<NearGateResponse>,
    /// Who comes next after the last place that is paid. At most 100 are named.
    #[schema(max_items = 100)]
    pub near_places: Vec<NearPlaceResponse>,
    /// Who would get a title, a precedence or an improvement notice, and whose notice would end: the first of them.
    #[schema(max_items = 100)]
    pub runs: Vec<RunOfResponse>,
    /// How many would get a title; each policy has its own number among `policies`.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub title_count: usize,
    /// How many would get precedence for a training opportunity.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub precedence_count: usize,
    /// How many would get an improvement notice.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub notice_count: usize,
    /// How many notices would end.
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub closed_notice_count: usize,
}

/// What periods in a row would bring to somebody.
#[derive(Debug, Serialize, ToSchema)]
pub struct RunOfResponse {
    pub employee: EmployeeRef,
    pub run: ExpectedRun,
}

/// Somebody who has just failed a gate.
#[derive(Debug, Serialize, ToSchema)]
pub struct NearGateResponse {
    pub employee: EmployeeRef,
    pub metric: Metric,
    pub value: MetricValue,
    /// The minimum after leave.
    pub at_least: MetricValue,
    /// The best grade possible below it.
    #[schema(min_length = 1, max_length = 64)]
    pub else_grade: String,
}

/// Somebody who comes next after the last place that is paid.
#[derive(Debug, Serialize, ToSchema)]
pub struct NearPlaceResponse {
    pub employee: EmployeeRef,
    /// The policy's code.
    #[schema(min_length = 1, max_length = 64)]
    pub policy: String,
    pub value: MetricValue,
    /// The value of the last place that is paid.
    pub last_paid: MetricValue,
}

/// The provisional result of a lecturer.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClosePreviewLecturerResponse {
    pub employee: EmployeeRef,
    #[schema(value_type = ProvisionalResult)]
    pub result: Value,
}

/// A page of provisional results.
pub type ClosePreviewLecturerPage = Page<ClosePreviewLecturerResponse>;
