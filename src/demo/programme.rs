//! The company's programme and the documents that define its scoring and rewards.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde_json::{Value, json};

use super::fees;
use super::learning::LAST_MONTH;
use super::people::GROUPS;
use super::story::{Calendar, SCHEME_START, ZONE};
use super::teaching::PROGRAMME;
use crate::kernel::decimal::Decimal;
use crate::kernel::limits::OverBudget;
use crate::kernel::period::{Cycle, Period};
use crate::kernel::scope::Scope;
use crate::kernel::text::{Code, Line, OutsideCode};
use crate::programmes::documents::form::{FeedbackForm, FeedbackItem};
use crate::programmes::{ReuseKind, TakeBack};
use crate::rewards::policy::{
    Criterion, GradeBonus, Highest, Notice, RewardPolicy, RewardPolicySet, Streak, Ties, TopN,
};
use crate::scoring::metric::Metric;
use crate::scoring::rule::{
    Component, Curve, DEFAULT_CONTENT_WINDOW, DEFAULT_SETTLE_DAYS, FeedbackTerms, Gate, GradeBand, LinearCurve,
    RankStyle, ScoringRule, WhenMissing,
};

/// A programme with its versions of rules and policies, each with the first period that it applies to.
#[derive(Debug, Clone, PartialEq)]
pub struct DemoProgramme {
    pub code: String,
    pub name: String,
    pub description: String,
    /// IANA name.
    pub time_zone: String,
    /// ISO 4217.
    pub currency: String,
    pub cycle: Cycle,
    /// `confidential`.
    pub feedback_mode: String,
    /// The day after the history that the files bring.
    pub live_feedback_from_on: NaiveDate,
    /// The lecturer groups of its population.
    pub group_codes: Vec<String>,
    pub rules: Vec<(Period, ScoringRule)>,
    /// A draft that HR tries on the closed months.
    pub draft: Option<ScoringRule>,
    pub policies: Vec<(Period, RewardPolicySet)>,
}

/// What a position requires.
#[derive(Debug, Clone, PartialEq)]
pub struct DemoPromotionPolicy {
    pub target_code: String,
    pub name: String,
    pub criteria: Value,
}

/// The pay item that payroll books rewards under.
#[derive(Debug, Clone, PartialEq)]
pub struct DemoPayItem {
    pub code: String,
    pub name_zh: String,
    pub name_en: String,
}

/// None only if the calendar has no such months.
pub fn programme(calendar: Calendar) -> Option<DemoProgramme> {
    let (first, scheme) = (calendar.period(0)?, calendar.period(SCHEME_START)?);
    Some(DemoProgramme {
        code: PROGRAMME.to_owned(),
        name: "内部讲师分享激励方案".to_owned(),
        description: "专业知识与客户维护两个讲师群的轮流分享、学员评分与即时奖励。".to_owned(),
        time_zone: ZONE.name().to_owned(),
        currency: "CNY".to_owned(),
        cycle: Cycle::Month,
        feedback_mode: "confidential".to_owned(),
        live_feedback_from_on: calendar.period(LAST_MONTH)?.next()?.first_day(),
        group_codes: GROUPS.iter().map(|(code, ..)| (*code).to_owned()).collect(),
        rules: vec![(first, first_rule()), (scheme, scheme_rule())],
        draft: Some(draft_rule()),
        policies: vec![
            (first, RewardPolicySet::default()),
            (scheme, scheme_policies()),
            (calendar.period(LAST_MONTH)?, fees::with_fees(scheme_policies())?),
        ],
    })
}

/// Department manager: six months as a lecturer, and excellent in all of the latest six. Training supervisor: a good mean is enough, or a
/// certificate of competence; with sessions, and without an open notice.
#[must_use]
pub fn promotion_policies() -> Vec<DemoPromotionPolicy> {
    let tenure = json!({"kind": "tenure", "months": 6});
    let excellent = json!({"kind": "grades", "periods": 6, "every": "excellent", "within_months": 12});
    let able = json!({"kind": "any", "criteria": [
        {"kind": "score_average", "periods": 3, "at_least": 75, "within_months": 6}, {"kind": "external", "key": "ttt"}
    ]});
    let taught = json!({"kind": "sessions_total", "at_least": 6});
    let policy = |target_code: &str, name: &str, criteria: Value| DemoPromotionPolicy {
        target_code: target_code.to_owned(),
        name: name.to_owned(),
        criteria: json!({"kind": "all", "criteria": criteria}),
    };
    vec![
        policy("department-manager", "部门经理晋升条件", json!([tenure, excellent])),
        policy(SUPERVISOR, "培训主管晋升条件", json!([tenure, able, taught, {"kind": "no_open_notice"}])),
    ]
}

/// The position for which somebody has applied.
pub const SUPERVISOR: &str = "training-supervisor";

/// The pay items that the programme's policies refer to.
pub fn pay_items() -> Vec<DemoPayItem> {
    let item = |(code, name_zh, name_en): &(&str, &str, &str)| DemoPayItem {
        code: (*code).to_owned(),
        name_zh: (*name_zh).to_owned(),
        name_en: (*name_en).to_owned(),
    };
    let all = [
        (LECTURER_BONUS, "内部讲师奖金", "Lecturer bonus"),
        (TRAINING_ALLOWANCE, "培训津贴", "Training allowance"),
        (fees::PAY_ITEM, "课酬", "Teaching fee"),
    ];
    all.iter().map(item).collect()
}

const LECTURER_BONUS: &str = "LECTURER_BONUS";
const TRAINING_ALLOWANCE: &str = "TRAINING_ALLOWANCE";

/// The codes of the policies.
const EXCELLENT_BONUS: &str = "excellent-bonus";
const ALLOWANCE: &str = "training-allowance";
const CONTRIBUTION: &str = "knowledge-contribution";
const SENIOR: &str = "senior-lecturer";
const NOTICE: &str = "improvement-notice";
const SUMMIT: &str = "summit-precedence";

/// Before the scheme: rating 50 %, reuse 30 %, timeliness 20 %.
fn first_rule() -> ScoringRule {
    ScoringRule {
        components: vec![
            component(Metric::FeedbackRating, 5000, 10),
            component(Metric::ReuseRate, 3000, 100),
            component(Metric::SubmissionTimeliness, 2000, 100),
        ],
        gates: vec![session_gate()],
        ..rule_frame()
    }
}

/// With the scheme: sessions 20 % (3 a month), rating 40 %, reuse 30 %, timeliness 10 %; a rating below 7 fails.
fn scheme_rule() -> ScoringRule {
    let rating_gate =
        Gate { metric: Metric::FeedbackRating, at_least: 7.into(), else_grade: "fail".to_owned(), required: false };
    ScoringRule {
        components: vec![
            component(Metric::SessionCount, 2000, 3),
            component(Metric::FeedbackRating, 4000, 10),
            component(Metric::ReuseRate, 3000, 100),
            component(Metric::SubmissionTimeliness, 1000, 100),
        ],
        gates: vec![session_gate(), rating_gate],
        ..rule_frame()
    }
}

/// What HR thinks of: sessions 30 % (4 a month), rating 40 %, reuse 20 %, timeliness 10 %.
fn draft_rule() -> ScoringRule {
    ScoringRule {
        components: vec![
            component(Metric::SessionCount, 3000, 4),
            component(Metric::FeedbackRating, 4000, 10),
            component(Metric::ReuseRate, 2000, 100),
            component(Metric::SubmissionTimeliness, 1000, 100),
        ],
        ..scheme_rule()
    }
}

/// What all rules of the company have in common; without components.
pub fn rule_frame() -> ScoringRule {
    let band = |code: &str, at_least: i32| GradeBand { code: Code::trusted(code), at_least: at_least.into() };
    ScoringRule {
        // Those of the programme.
        groups: None,
        components: Vec::new(),
        grades: vec![band("excellent", 90), band("good", 75), band("pass", 60), band("fail", 0)],
        gates: Vec::new(),
        feedback: FeedbackTerms { min_responses: 3, form: form(), ..FeedbackTerms::default() },
        min_session_minutes: 30,
        min_attendees: 0,
        min_weight_present_bp: 5000,
        content_window_months: DEFAULT_CONTENT_WINDOW,
        rank_scope: Scope::Department,
        rank_style: RankStyle::Competition,
        appraisal_weight_bp: 1500,
        reuse_kinds: ReuseKind::ALL.to_vec(),
        case_max_age_days: None,
        settle_days: DEFAULT_SETTLE_DAYS,
    }
}

/// A rating of 10, and three questions of 5 as the older system asked them.
fn form() -> FeedbackForm {
    let item = |key: &str, zh: &str, en: &str, required: bool| FeedbackItem {
        key: Code::trusted(key),
        name_zh: Line::trusted(zh),
        name_en: Line::trusted(en),
        scale: 5,
        required,
    };
    FeedbackForm {
        scale: 10,
        items: vec![
            item("practicality", "内容实用，能用到工作中", "I can use it in my work", true),
            item("clarity", "讲解清楚，容易理解", "It was clear and easy to follow", false),
            item("relevance", "切合岗位需要", "It fits what my job needs", false),
        ],
    }
}

/// What the company calls its policies, levels and titles. Its grades and metrics have the usual names.
#[must_use]
pub fn display_names() -> Value {
    let list = |entries: &[(&str, &str, &str)]| -> Value {
        entries.iter().map(|(code, zh, en)| json!({"code": code, "name_zh": zh, "name_en": en})).collect()
    };
    json!({
        "policies": list(&[
            (EXCELLENT_BONUS, "优秀讲师奖", "Excellence bonus"),
            (ALLOWANCE, "前三名培训津贴", "Training allowance for the best three"),
            (CONTRIBUTION, "知识贡献奖", "Knowledge contribution award"),
            (SENIOR, "连续三个月优秀", "Three excellent months in a row"),
            (NOTICE, "改进提醒", "Improvement notice"),
            (SUMMIT, "行业峰会优先名额", "Precedence for the industry summit"),
            (fees::TEACHING_FEE, "课酬", "Teaching fee"),
        ]),
        "levels": list(&[
            ("junior", "初级讲师", "Junior lecturer"),
            ("intermediate", "中级讲师", "Intermediate lecturer"),
            ("senior", "高级讲师", "Senior lecturer"),
        ]),
        "titles": list(&[(SENIOR, "高级讲师", "Senior lecturer")]),
    })
}

/// From 0 to the value that earns full points.
pub fn component(metric: Metric, weight_bp: u32, full_at: i32) -> Component {
    let curve = Curve::Linear(LinearCurve { from: Decimal::ZERO, to: full_at.into() });
    Component { metric, weight_bp, curve, when_missing: WhenMissing::Exclude }
}

/// A lecturer without a session fails, even if old contents are still reused.
pub fn session_gate() -> Gate {
    Gate { metric: Metric::SessionCount, at_least: 1.into(), else_grade: "fail".to_owned(), required: true }
}

/// 1000 yuan for an excellent month; 1000, 800 and 500 yuan for the three best rated; a certificate for the most reused
/// contents; a title for three excellent months in a row, and a notice after two failed ones.
fn scheme_policies() -> RewardPolicySet {
    let bonus = GradeBonus {
        code: Code::trusted(EXCELLENT_BONUS),
        priority: 1,
        exclusive_group: None,
        grade_at_least: None,
        pay_item_code: Some(OutsideCode::trusted(LECTURER_BONUS)),
        amounts_minor: BTreeMap::from([("excellent".to_owned(), 100_000)]),
    };
    let top = TopN {
        code: Code::trusted(ALLOWANCE),
        priority: 2,
        exclusive_group: None,
        grade_at_least: Some("pass".to_owned()),
        pay_item_code: Some(OutsideCode::trusted(TRAINING_ALLOWANCE)),
        metric: Criterion::Metric(Metric::FeedbackRating),
        scope: Scope::Programme,
        places_minor: vec![100_000, 80_000, 50_000],
        min_n: Some(10),
        min_value: None,
        min_contenders: Some(3),
        ties: Ties::SplitPool,
        tie_breakers: Vec::new(),
    };
    let award = Highest {
        code: Code::trusted(CONTRIBUTION),
        priority: 3,
        exclusive_group: None,
        grade_at_least: None,
        metric: Metric::ReuseCount,
        scope: Scope::Programme,
        min_value: Some(1.into()),
        min_contenders: Some(3),
        certificate: Code::trusted("knowledge-contribution-award"),
    };
    let mut policies = vec![RewardPolicy::GradeBonus(bonus), RewardPolicy::TopN(top), RewardPolicy::Highest(award)];
    policies.extend(run_policies());
    RewardPolicySet {
        policies,
        budget_minor: Some(6_000_000),
        over_budget: OverBudget::Hold,
        person_cap_minor: None,
        take_back: TakeBack::None,
    }
}

/// Three excellent months in a row make a senior lecturer, and give precedence for the next industry summit; two failed ones bring an
/// improvement notice.
fn run_policies() -> [RewardPolicy; 3] {
    let streak = Streak {
        code: Code::trusted(SENIOR),
        priority: 4,
        exclusive_group: None,
        grade_at_least: "excellent".to_owned(),
        length: 3,
        title: Some(SENIOR.to_owned()),
        opportunity: None,
    };
    let notice = Notice { code: Code::trusted(NOTICE), priority: 5, grade_at_most: "fail".to_owned(), length: 2 };
    let ahead = Streak {
        code: Code::trusted(SUMMIT),
        priority: 7,
        title: None,
        opportunity: Some("industry-summit".to_owned()),
        ..streak.clone()
    };
    [RewardPolicy::Streak(streak), RewardPolicy::Notice(notice), RewardPolicy::Streak(ahead)]
}
