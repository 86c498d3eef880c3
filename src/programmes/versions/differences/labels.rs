//! The words of differences.

use crate::kernel::limits::OverBudget;
use crate::kernel::message::{Param, Phrase, Words, data, listed, phrases};
use crate::kernel::scope::Scope;
use crate::programmes::documents::policy::Ties;
use crate::programmes::documents::rule::{RankStyle, WhenMissing};
use crate::programmes::{ReuseKind, TakeBack};

phrases! {
    /// How a difference is said.
    pub enum Saying {
        Added = "{what}: {after} (new)", "{what}：{after}（新增）";
        Changed = "{what}: {after} instead of {before}", "{what}：由“{before}”改为“{after}”";
        Of = "{of}, {what}", "{of}的{what}";
        Removed = "{what}: no longer ({before} before)", "{what}：取消（原为 {before}）";
        Whole = "{what} {value}", "{what}：{value}";
    }

    /// A part of a document.
    pub enum PartName {
        Component = "{metric}", "{metric}";
        Gate = "minimum of {metric}", "{metric}门槛";
        Grade = "grade {grade}", "等级“{grade}”";
        Policy = "policy {policy}", "政策“{policy}”";
        Question = "question {key}", "评价项“{key}”";
    }

    /// A member of a document.
    pub enum What {
        Amounts = "amounts", "金额";
        AppraisalWeight = "weight in the appraisal", "在绩效考核中的占比";
        AtLeast = "lowest value", "最低值";
        AttendanceHours = "held if longer than the longest attendance", "超过最长签到时长时暂挂";
        Base = "is for", "计费方式";
        Budget = "budget of a period", "每周期预算";
        CaseAge = "days after a session in which an application case counts", "应用案例的有效天数";
        Certificate = "certificate", "证书";
        Competence = "held without the certificate of competence", "缺少该能力证书时暂挂";
        ContentWindow = "months for which content is current", "内容的有效月数";
        Contenders = "contenders needed", "最少参评人数";
        Curve = "points", "得分曲线";
        DefaultRate = "rate of other levels", "其他级别的课酬标准";
        ElseGrade = "grade at best below it", "未达标时的最高等级";
        ExclusiveGroup = "exclusive group", "互斥组";
        Factors = "tables of factors", "系数表";
        GradeAtLeast = "lowest grade that takes part", "最低参与等级";
        GradeAtMost = "best grade that counts", "计入的最高等级";
        Groups = "groups whose members are scored", "参评讲师群";
        Items = "questions in this order", "评价项及其顺序";
        Kind = "kind", "类型";
        Kinds = "kinds of sessions", "计酬的分享类型";
        Length = "consecutive months", "连续月数";
        Metric = "by", "排名依据";
        MinAttendees = "attendees from which a session counts", "分享计次的最少人数";
        MinFacts = "facts needed", "最少记录数";
        MinK = "ratings shown together at least", "合并显示的最少评价数";
        MinResponses = "ratings needed for a rating", "得出评分的最少评价数";
        LateContent = "held if content is late", "课件逾期时暂挂";
        MinSession = "minutes from which a session counts", "分享计次的最少分钟数";
        MinSessionRating = "held if the session is rated below", "单场评分低于此值时暂挂";
        MinWeight = "weight that must be present", "计分所需的最低权重";
        NameEn = "text in English", "英文题目";
        NameZh = "text in Chinese", "中文题目";
        Opportunity = "opportunity", "培训机会";
        OverBudget = "over budget", "超出预算时的处理";
        PayItem = "pay item", "薪资项目";
        PeriodsInRow = "consecutive rated periods", "连续评级周期数";
        PersonCap = "most that a person can get in a period", "每人每周期上限";
        Places = "amounts by place", "各名次金额";
        PriorMean = "prior mean", "先验均值";
        PriorWeight = "weight of the prior mean", "先验均值的权重";
        Priority = "priority", "优先级";
        RankScope = "ranked in", "排名范围";
        RankStyle = "ranks after equal scores", "同分后的名次";
        Rates = "rates by level", "各级别的课酬标准";
        Required = "whether an answer is needed", "是否必答";
        RequiredMetric = "fails if there is no value", "缺失时是否视为未达标";
        ReuseKinds = "kinds of reuse that count", "计入的复用方式";
        Roles = "factors of roles", "角色系数";
        Scale = "scale", "满分";
        Settle = "days to settle before a close", "关账前的等待天数";
        TakeBack = "money granted in excess", "多发款项的处理";
        TieBreakers = "between equals", "同值时的比较顺序";
        Ties = "tied places", "并列名次";
        Title = "title", "称号";
        UnitDecimals = "decimals of the units", "课时保留的小数位数";
        UnitMinutes = "minutes of a unit", "每课时分钟数";
        WeightBp = "weight", "权重";
        WhenMissing = "without a value", "缺失时的处理";
        Window = "minutes in which feedback is taken", "接受评价的分钟数";
    }

    /// A value that is no number and no code.
    pub enum Value {
        AdjustBack = "taken back", "扣回";
        Assigned = "assigned", "指派";
        Assistant = "assistant", "助教";
        Attendees = "attendees", "听课人数";
        Co = "co-lecturer", "联合讲师";
        Competition = "skipped (1, 2, 2, 4)", "跳过（1、2、2、4）";
        DayKind = "kind of day", "日期类型";
        Dense = "not skipped (1, 2, 2, 3)", "不跳过（1、2、2、3）";
        DepartmentScope = "the department", "部门";
        Difficulty = "difficulty", "难度";
        Download = "download", "下载";
        Exact = "exact", "不取整";
        ExcludeMissing = "left out", "不计入";
        FailMissing = "0 points and the lowest grade", "记 0 分且评为最低级";
        FeeKind = "session fee", "课酬";
        Forward = "forward", "转发";
        GradeBonusKind = "bonus by grade", "等级奖金";
        HighestKind = "certificate for the highest value", "最高者证书";
        Holiday = "holiday", "法定节假日";
        Hold = "held until somebody raises the budget", "暂挂，待追加预算";
        Keep = "stays", "不追回";
        Lead = "lead", "主讲";
        Linear = "0 at {from} to 100 at {to}", "{from} 得 0 分，{to} 得 100 分，按比例";
        No = "no", "否";
        Nothing = "none", "无";
        NoticeKind = "improvement notice", "改进提醒";
        OfGrade = "{grade} {amount}", "{grade} {amount}";
        PerSession = "each session", "按场次";
        PerUnit = "each unit of time", "按课时";
        ProgrammeScope = "the programme", "整个方案";
        RestDay = "rest day", "休息日";
        Run = "run (1 first, 2 repeated)", "讲次（1 首讲，2 复讲）";
        ScaleDown = "scaled down to the budget", "按预算等比缩减";
        SessionRating = "rating of the session", "单场评分";
        ShareAll = "each gets the amount of the place", "各得该名次金额";
        SplitPool = "share the amounts of their places", "平分所占名次的金额";
        Step = "{points} from {at_least}", "达到 {at_least} 得 {points} 分";
        StreakKind = "streak", "连续达标";
        Table = "by {by}: {entries}", "按{by}：{entries}";
        Taught = "taught by others", "他人讲授";
        TimeSlot = "weekday and time", "星期与时段";
        TopNKind = "award for the first places", "名次奖";
        Voluntary = "voluntary", "自愿";
        Workday = "workday", "工作日";
        Yes = "yes", "是";
        ZeroMissing = "0 points", "记 0 分";
    }
}

/// Basis points as people write them: 1550 is 15.5 %.
pub fn percent(bp: u32) -> Param {
    let whole = format!("{}.{:02}", bp / 100, bp % 100);
    let short = whole.trim_end_matches('0').trim_end_matches('.');
    Words { zh: format!("{short}%"), en: format!("{short} %") }.into()
}

pub fn yes_or_no(is: bool) -> Param {
    if is { Value::Yes.into() } else { Value::No.into() }
}

/// Something, or that there is none.
pub fn or_none<T>(value: Option<T>, said: impl Fn(T) -> Param) -> Param {
    value.map_or_else(|| Value::Nothing.into(), said)
}

/// Names or codes one after the other, or that there are none.
pub fn list<T: ToString>(names: &[T]) -> Param {
    if names.is_empty() { Value::Nothing.into() } else { listed(names.iter().map(T::to_string)).into() }
}

/// Words one after the other, or that there are none.
pub fn all(phrases: Vec<Phrase>) -> Param {
    if phrases.is_empty() { Value::Nothing.into() } else { Param::AllOf(phrases) }
}

pub fn text(value: Option<&str>) -> Param {
    or_none(value, data)
}

pub fn scope(scope: Scope) -> Param {
    match scope {
        Scope::Programme => Value::ProgrammeScope.into(),
        Scope::Department => Value::DepartmentScope.into(),
    }
}

pub fn rank_style(style: RankStyle) -> Param {
    match style {
        RankStyle::Competition => Value::Competition.into(),
        RankStyle::Dense => Value::Dense.into(),
    }
}

pub fn when_missing(what: WhenMissing) -> Param {
    match what {
        WhenMissing::Exclude => Value::ExcludeMissing.into(),
        WhenMissing::Zero => Value::ZeroMissing.into(),
        WhenMissing::Fail => Value::FailMissing.into(),
    }
}

pub fn reuse_kind(kind: ReuseKind) -> Phrase {
    match kind {
        ReuseKind::Download => Value::Download.into(),
        ReuseKind::Forward => Value::Forward.into(),
        ReuseKind::Taught => Value::Taught.into(),
    }
}

pub fn ties(ties: Ties) -> Param {
    match ties {
        Ties::SplitPool => Value::SplitPool.into(),
        Ties::ShareAll => Value::ShareAll.into(),
    }
}

pub fn over_budget(what: OverBudget) -> Param {
    match what {
        OverBudget::Scale => Value::ScaleDown.into(),
        OverBudget::Hold => Value::Hold.into(),
    }
}

pub fn take_back(what: TakeBack) -> Param {
    match what {
        TakeBack::None => Value::Keep.into(),
        TakeBack::Adjust => Value::AdjustBack.into(),
    }
}
