//! Complete statements on the wire.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::db::text::text_column;
use crate::kernel::scope::Scope;
use crate::kernel::words::words;
use crate::programmes::documents::runs::RatedPeriod;
use crate::scoring::metric::Metric;
use crate::scoring::results::dto::{BoardDepartment, StatementResponse};
use crate::scoring::{MetricValue, Score};

/// A complete statement (得分明细单): the result with every fact that counted and every one that did not, where the lecturer stands,
/// and what would lift them. All texts are in the caller's language.
#[derive(Debug, Serialize, ToSchema)]
pub struct CompleteStatementResponse {
    /// The result in one line.
    #[schema(max_length = 1000, examples("张三讲师，本月分享2次，学员评分8.5分，内容被复用3次，排名部门第2，方案第5"))]
    pub summary: String,
    /// The card, and every fact that counted.
    pub statement: StatementResponse,
    /// The ranks that the caller may see: in the department, and in the programme. Empty if the lecturer is not rated.
    #[schema(max_items = 2)]
    pub standings: Vec<StatementStanding>,
    /// Every metric, in the order of the card.
    #[schema(max_items = 2000)]
    pub metrics: Vec<StatementMetric>,
    /// Every fact that did not count, or only in part, with the reason. Of a closed period too it is looked up among the facts as they
    /// are now; what the close counted is in `statement`.
    #[schema(max_items = 100_000)]
    pub not_counted: Vec<StatementFact>,
    /// Absences in the period. A day in several of them is one exempt day.
    #[schema(max_items = 1000)]
    pub absences: Vec<StatementAbsence>,
    /// What the next better grade takes. Null if the lecturer has the best one or is not rated.
    pub next_grade: Option<StatementNextGrade>,
    /// What the next better place takes, on the board on which the lecturer is ranked. Null if there is none above, or the lecturer is
    /// not rated.
    pub next_place: Option<StatementNextPlace>,
    /// How many good periods in a row there are so far for a title, and how many poor ones for an improvement notice: with this period,
    /// by the policies that serve for it. Empty if no policy counts periods in a row.
    #[schema(max_items = 50)]
    pub runs: Vec<StatementRun>,
    /// The statement in sentences, in the order in which one reads it.
    #[schema(max_items = 110_000)]
    pub sentences: Vec<StatementSentence>,
}

/// A rank on one board.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatementStanding {
    pub scope: Scope,
    /// The department of the board, in scope `department`; null for the board of those without a department.
    pub department: Option<BoardDepartment>,
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub rank: u32,
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub ranked_of: u32,
    /// How many lecturers have this score and so share the rank, this one included.
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub shared_by: u32,
}

/// Good or poor periods in a row.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatementRun {
    /// The policy's code.
    #[schema(max_length = 64, examples("senior"))]
    pub policy: String,
    pub kind: RunKind,
    /// Code of the title; null for others.
    #[schema(max_length = 64, examples("senior-lecturer"))]
    pub title_code: Option<String>,
    /// Name of the title; null for others.
    #[schema(max_length = 100, examples("高级讲师"))]
    pub title: Option<String>,
    /// Code of the training opportunities that the precedence is good for; null for others.
    #[schema(max_length = 64, examples("industry-summit"))]
    pub opportunity_code: Option<String>,
    /// The grade that each period must have: this one or a better one; for a notice this one or a worse one.
    #[schema(max_length = 64, examples("excellent"))]
    pub grade: String,
    /// How many are asked for: months for a title or a precedence (a quarter counts as 3, a year as 12), rated periods for a notice.
    #[schema(minimum = 1, maximum = 120)]
    pub length: u32,
    /// How many there are in a row. Periods in which the lecturer was not rated neither count nor interrupt.
    #[schema(minimum = 0, maximum = 10_000)]
    pub count: u32,
    /// Whether the run is complete with this period. The next one begins anew.
    pub is_complete: bool,
    /// The periods in a row with their grades, earliest first.
    #[schema(max_items = 120)]
    pub periods: Vec<RatedPeriod>,
}

/// A metric with what it is based on.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatementMetric {
    pub metric: Metric,
    #[schema(max_length = 300, examples("学员评分"))]
    pub name: String,
    /// Null if the metric is missing.
    pub value: Option<MetricValue>,
    /// The number of facts that the value is based on.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    pub n: u64,
    /// Of `feedback_rating`: the plain mean of the ratings on a scale of 10, before the rule's prior pulls it. Null for others, and if
    /// the metric is missing.
    pub raw_mean: Option<MetricValue>,
    /// What its component adds to the score: weight × points / the counted weight, rounded for display. Null if no component counts it.
    pub contribution: Option<MetricValue>,
}

/// A fact that did not count, or only in part.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatementFact {
    pub kind: FactKind,
    pub reason: FactReason,
    pub effect: FactEffect,
    /// The session or content that it is or belongs to; null for what belongs to none.
    pub subject_id: Option<Uuid>,
    /// How many such facts there are. Null where that is not told.
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64)]
    pub count: Option<i64>,
    #[schema(max_length = 2000, examples("“老客户维护三步法”已取消，不计入任何指标。"))]
    pub text: String,
}

words! {
    /// What periods in a row lead to.
    pub enum RunKind {
        /// A title.
        Title = "title",
        /// Precedence for a training opportunity.
        Precedence = "precedence",
        /// An improvement notice.
        Notice = "notice",
    }

    /// What a fact is.
    pub enum FactKind {
        /// A session.
        Session = "session",
        /// A content.
        Content = "content",
        /// Somebody's use of a content.
        Reuse = "reuse",
        /// An application case.
        ApplicationCase = "application_case",
        /// A learner's rating.
        Rating = "rating",
        /// A value that an outside system sent.
        ExternalValue = "external_value",
    }

    /// How far a fact counts.
    pub enum FactEffect {
        /// It counts for no metric.
        NotCounted = "not_counted",
        /// It counts for some metrics and not for others.
        InPart = "in_part",
        /// It counts so far, but not at a close unless something is done.
        SoFar = "so_far",
    }

    /// Why a fact does not count, or only in part.
    pub enum FactReason {
        /// The session was called off.
        Cancelled = "cancelled",
        /// Nobody has decided: whether the session took place, or about the case.
        Undecided = "undecided",
        /// Only the lecturer has reported the delivery.
        Unconfirmed = "unconfirmed",
        /// The session was missed: it counts for the timeliness of submissions only.
        Missed = "missed",
        /// The session was shorter than the rule asks for.
        TooShort = "too_short",
        /// The session had fewer attendees than the rule asks for.
        TooFewAttendees = "too_few_attendees",
        /// It came, or was changed, after the close.
        AfterClose = "after_close",
        /// Nothing was submitted for the content's template.
        NotSubmitted = "not_submitted",
        /// The content was made for a session that is cancelled.
        OfCancelledSession = "of_cancelled_session",
        /// The content was withdrawn before the period.
        Withdrawn = "withdrawn",
        /// The content is older than the rule's window and was not reused in the period.
        NotCurrent = "not_current",
        /// HR has voided it.
        Voided = "voided",
        /// The case was rejected.
        Rejected = "rejected",
        /// The case is further from its session than the rule allows.
        TooOld = "too_old",
        /// The same person has used the same content in the period before.
        Repeated = "repeated",
        /// An author used their own content.
        ByAuthor = "by_author",
        /// A kind of use that the rule does not count, such as a view.
        OtherKind = "other_kind",
        /// A rating that was not admissible when it was taken.
        NotAdmissible = "not_admissible",
        /// Outside the feedback mode `named`: ratings that still wait for others to be shown with. Whether there are any is not told.
        HeldBack = "held_back",
        /// A later value has replaced it.
        Superseded = "superseded",
    }
}

text_column!(FactReason);

/// An absence, as far as it is in the period.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatementAbsence {
    pub starts_on: NaiveDate,
    /// Last day, inclusive.
    pub ends_on: NaiveDate,
}

/// What the next better grade takes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatementNextGrade {
    #[schema(min_length = 1, max_length = 64)]
    pub grade: String,
    #[schema(max_length = 300, examples("优秀"))]
    pub name: String,
    /// The least score that gives it.
    pub score: Score,
    /// By how much the score is short of that; 0.00 if something else is in the way.
    pub lacking: Score,
    /// The metrics of failed gates that would still cap the grade below it.
    #[schema(max_items = 30)]
    pub capped_by: Vec<Metric>,
    #[schema(max_items = 60)]
    pub lifts: Vec<StatementLift>,
}

/// What the next better place takes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatementNextPlace {
    pub scope: Scope,
    #[schema(minimum = 1, maximum = 10_000_000)]
    pub rank: u32,
    /// The score of that place. Whoever reaches it shares the place.
    pub score: Score,
    /// By how much the lecturer's score is short of that.
    pub lacking: Score,
    #[schema(max_items = 60)]
    pub lifts: Vec<StatementLift>,
}

/// How far one metric alone must change, everything else staying as it is. Computed exactly, by the rule itself: with the needed value
/// the target is reached, with one step less it is not. A step is a whole session, minute or reuse; of other metrics 0.000001.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatementLift {
    pub metric: Metric,
    #[schema(max_length = 300, examples("学员评分"))]
    pub name: String,
    /// Null if the metric is missing.
    pub value: Option<MetricValue>,
    /// The nearest value that reaches the target; of a missing metric, the one that is easiest to reach. Null if no value of this metric
    /// alone does.
    pub needed: Option<MetricValue>,
    /// The needed value less the value; negative where less is better. Null if either is.
    pub change: Option<MetricValue>,
}

/// A sentence of a statement.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct StatementSentence {
    pub about: SentenceAbout,
    #[schema(max_length = 10_000, examples("得分 83.20，等级“良好”。"))]
    pub text: String,
}

words! {
    /// What a sentence of a statement is about.
    pub enum SentenceAbout {
        /// Whether the result is final.
        Status = "status",
        /// Days on which the lecturer was excused.
        Absence = "absence",
        /// A component of the score.
        Component = "component",
        /// A gate of the grade.
        Gate = "gate",
        /// Score and grade, or why there is none.
        Grade = "grade",
        /// A rank.
        Rank = "rank",
        /// What the overall appraisal takes over.
        Appraisal = "appraisal",
        /// What a teaching fee grants for a session, and why it is held.
        Fee = "fee",
        /// Until when the lecturer may appeal, or an appeal and how it stands.
        Appeal = "appeal",
        /// Good or poor periods in a row.
        Run = "run",
        /// A fact that did not count, or only in part.
        NotCounted = "not_counted",
        /// What the next grade takes.
        NextGrade = "next_grade",
        /// What the next place takes.
        NextPlace = "next_place",
    }
}

/// A complete statement as a table.
#[derive(ToSchema)]
#[schema(max_length = 100_000_000)]
pub struct StatementTable(#[expect(dead_code, reason = "names the schema")] String);

/// A complete statement as a page.
#[derive(ToSchema)]
#[schema(max_length = 100_000_000)]
pub struct StatementPage(#[expect(dead_code, reason = "names the schema")] String);
