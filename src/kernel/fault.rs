//! The faults of an input or a rule document: all at once, each with its place in the document.

use std::fmt;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::language::Language;
use super::last_day::LastDay;
use super::message::{Param, Params, Phrase, Words, data, fill_in, listed};
use super::phrases::{Order, Thing};

/// One thing that is wrong or questionable in an input or a rule document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// JSON pointer (RFC 6901) into the document; empty for the whole document.
    pub pointer: String,
    pub code: FaultCode,
    /// The parameters of its text.
    pub params: Params,
}

/// Declares the closed list of faults: the meaning, the name on the wire, and the text in English and Chinese of each code.
macro_rules! fault_codes {
    ($($(#[doc = $doc:literal])+ $code:ident = $slug:literal, $en:literal, $zh:literal;)+) => {
        /// The closed list of what can be wrong with a value in an input or a rule document.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
        pub enum FaultCode {
            $($(#[doc = $doc])+ #[serde(rename = $slug)] $code,)+
        }

        impl FaultCode {
            /// All codes.
            pub const ALL: &[Self] = &[$(Self::$code),+];

            /// The code on the wire: stable, never reused, never translated.
            #[must_use]
            pub fn slug(self) -> &'static str {
                match self { $(Self::$code => $slug,)+ }
            }

            /// The text for people, with `{param}` for each parameter.
            #[must_use]
            pub fn template(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$code, Language::En) => $en, (Self::$code, Language::ZhCn) => $zh,)+
                }
            }
        }
    };
}

fault_codes! {
    /// A list or text that must not be empty is empty.
    Empty = "empty", "must not be empty", "不能为空";
    /// A required member is missing.
    Required = "required", "must be given", "必须提供";
    /// A null in a merge patch for a member that always has a value.
    NotNull = "not_null", "cannot be removed (null): leave it out to keep it as it is", "不能清除（null）；如不修改，请省略此项";
    /// A minimum above `max`, the greatest value that there can be.
    NeverReached = "never_reached", "can never be reached: the greatest value is {max}", "永远达不到：最大值为 {max}";
    /// A feedback item (`key`) that is not on the form of the rule.
    UnknownItem = "unknown_item", "the feedback form has no item {key}", "反馈表中没有“{key}”这一项";
    /// A pay item (`code`) that is not defined.
    UnknownPayItem = "unknown_pay_item", "the pay item {code} is not defined", "薪资项目“{code}”未定义";
    /// The request has no member or parameter with this name; `hint` has the ones that look like it.
    UnknownField = "unknown_field", "is not a known name: {hint}", "名称未知，{hint}";
    /// A value of another type than `expected`.
    WrongType = "wrong_type", "has the wrong type: it must be {expected}", "类型不正确，应为：{expected}";
    /// A text that does not have the form `expected`.
    BadFormat = "bad_format", "must be {expected}", "格式应为：{expected}";
    /// A value that is not one of `allowed`.
    NotAllowed = "not_allowed", "must be one of: {allowed}", "只能是：{allowed}";
    /// More than `max` elements.
    TooMany = "too_many", "must have at most {max} elements", "最多 {max} 项";
    /// Fewer than `min` elements.
    TooFew = "too_few", "must have at least {min} elements", "至少 {min} 项";
    /// A text longer than `max` characters.
    TooLong = "too_long", "must have at most {max} characters", "最多 {max} 个字符";
    /// A text shorter than `min` characters.
    TooShort = "too_short", "must have at least {min} characters", "至少 {min} 个字符";
    /// A code or key with characters other than letters, digits, `.`, `_` and `-`, or one that does not start with a letter
    /// or digit.
    BadCharacters = "bad_characters", "may contain only letters, digits, '.', '_' and '-', and must start with a letter or digit", "只能包含字母、数字、“.”、“_”和“-”，并以字母或数字开头";
    /// A text with the character NUL, which the database cannot store.
    NulCharacter = "nul_character", "must not contain the character NUL", "不能包含空字符（NUL）";
    /// A number or date outside `min`..`max`, of which one may be absent.
    OutOfRange = "out_of_range", "must be between {min} and {max}", "必须在 {min} 与 {max} 之间";
    /// A last day before the first day: `order` names the member and the day that it must agree with.
    EndsBeforeStart = "ends_before_start", "must not be {order}", "不得{order}";
    /// A number with more than `max` decimals.
    TooManyDecimals = "too_many_decimals", "may have at most {max} decimals", "最多 {max} 位小数";
    /// The same as the element at `first`.
    Duplicate = "duplicate", "repeats {first}", "与 {first} 重复";
    /// A value that another row already has and that must be unique.
    Taken = "taken", "is already taken by {by}", "已被{by}占用";
    /// An end of the employment of the last person who can give access (`clients:write`).
    LastAccessHolder = "last_access_holder", "{name} is the last person who can give access (clients:write); give somebody else the role first", "{name}是最后一位可以授予权限（clients:write）的人员；请先将该角色授予他人";
    /// A reference to something that does not exist or that the caller may not see.
    NotFound = "not_found", "does not exist", "不存在";
    /// A reference to something that exists but is not allowed here; `reason` has the details.
    NotEligible = "not_eligible", "is not allowed here: {reason}", "不符合条件：{reason}";
    /// A fact about somebody on a day on which the person is not employed.
    NotEmployed = "not_employed", "{person} is not employed on {day}", "{person}在 {day} 不在职";
    /// A number that belongs or belonged to somebody with another name, who has left or has another number: it must be said whether
    /// this is the same person.
    NumberOfALeaver = "number_of_a_leaver", "is or was the number of {person}, who has left or has another number now: say with same_person whether this is the same person (true) or another one, who gets a new record (false)", "是{person}的工号或曾用工号，此人已离职或已更换工号：请用 same_person 说明是同一人（true）还是另一人（false，将新建记录）";
    /// An amount of 0 where something must be moved.
    Zero = "zero", "must not be 0", "不能为 0";
    /// A correction that takes back more than `left`, what is left of the reward that it corrects.
    BeyondGranted = "beyond_granted", "takes back more than what is left of the reward: {left}", "超出该奖励的剩余金额 {left}";
    /// A record that was merged into `kept`, another one of the same person.
    MergedRecord = "merged_record", "was merged into the record {kept} of the same person: use that one", "该记录已并入同一人的记录 {kept}，请改用后者";
    /// Both records have a card of the closed period `period` of the programme `programme`.
    ClosedInBoth = "closed_in_both", "both records have a card of the closed period {period} of {programme}", "两条记录在方案 {programme} 已关账的周期 {period} 中都有得分卡";
    /// One record checked (approved, confirmed, decided, published, rated) what the other one made: the `what` with this `id`.
    CheckedByOther = "checked_by_other", "one record checked what the other made: {what} {id}", "一条记录审核了另一条记录提出的{what}（{id}）";
    /// One record gives the session `session`, and the other one gives it too or takes part in it.
    InOneSession = "in_one_session", "one record gives the session {session}, and the other gives it too or takes part in it", "一条记录主讲分享{session}，另一条记录也主讲或参加了该分享";
    /// One record is or was the mentor of the other one, or is asked to be: the mentorship with this `id`.
    MentorOfOther = "mentor_of_other", "one record is or was the mentor of the other, or is asked to be: mentorship {id}", "一条记录是或曾是另一条记录的导师，或已被申请为其导师（导师带教 {id}）";
    /// Both records are to give a session at the same time: `session` and `other`.
    PlannedAtOnce = "planned_at_once", "both are to give a session at the same time: {session} and {other}", "两条记录在同一时间都计划了分享：{session}与{other}";
    /// A dated fact that overlaps another one of the same kind.
    Overlaps = "overlaps", "overlaps an existing record", "与已有记录的时间重叠";
    /// A tree that would contain itself.
    Cycle = "cycle", "would create a cycle", "会形成循环";
    /// The weights sum to `sum` instead of `expected`.
    WeightsSum = "weights_sum", "the weights sum to {sum} instead of {expected}", "权重合计为 {sum}，应为 {expected}";
    /// The credits of a session's lecturers sum to `sum` instead of `expected`.
    CreditsSum = "credits_sum", "the credits sum to {sum} instead of {expected}", "讲师份额合计为 {sum}，应为 {expected}";
    /// A linear curve whose two ends are equal.
    EqualEnds = "equal_ends", "the two ends of the curve are equal", "曲线两端相等";
    /// No grade starts at 0.
    LowestNotZero = "lowest_not_zero", "the lowest grade must start at 0", "最低等级必须从 0 开始";
    /// A grade that is not one of `known`: those of the company or of the rule.
    UnknownGrade = "unknown_grade", "there is no grade {grade}; the grades here are: {known}", "没有等级“{grade}”；此处的等级有：{known}";
    /// A level of lecturers that is not one of `known`, those that the company has named.
    UnknownLevel = "unknown_level", "there is no level {level}; the levels of the company are: {known}", "没有级别“{level}”；公司的级别有：{known}";
    /// A kind of certificate of competence that is not one of `known`, those of the company.
    UnknownCompetence = "unknown_competence", "there is no kind of certificate {kind}; the kinds of the company are: {known}", "没有证书种类“{kind}”；公司的证书种类有：{known}";
    /// A title that is not one of `known`, those that the company has listed.
    UnknownTitle = "unknown_title", "the company has no title {title}; its titles are: {known}", "公司没有称号“{title}”；公司的称号有：{known}";
    /// A grade that needs more points than `better`, which the company ranks above it.
    GradeOrder = "grade_order", "needs more points than {better}, which the company ranks above it", "所需分数高于公司排序更靠前的等级“{better}”";
    /// A grade that published rules or policies use and that is left out of the company's list.
    GradeInUse = "grade_in_use", "the grade {grade} must stay: published rules or policies use it", "等级“{grade}”须保留：已发布的规则或政策正在使用";
    /// A grade above `better`, although published rules or policies rely on the opposite order.
    GradeOrderInUse = "grade_order_in_use", "must stay below {better}: published rules or policies rely on this order", "须排在“{better}”之后：已发布的规则或政策依赖此顺序";
    /// A prior weight without a prior mean.
    PriorMeanMissing = "prior_mean_missing", "a prior weight needs a prior mean", "设置先验权重时必须给出先验均值";
    /// A minimum number of facts for the score, which has no facts of its own.
    MinNWithScore = "min_n_with_score", "the score cannot have a minimum number of facts", "总分不能设置最少样本数";
    /// A policy that gives a certificate or a title names an exclusive group.
    CertificateInGroup = "certificate_in_group", "a certificate or title costs nothing, so its policy stands in no exclusive group", "证书和称号不涉及金额，其政策不能加入互斥组";
    /// A notice for the company's best grade, which no period can leave behind.
    NothingBetter = "nothing_better", "is the best grade: no period could close the notice", "已是最高等级，提醒将永远无法关闭";
    /// A lowest grade for a teaching fee, which is earned whatever the grade.
    GradeOfFee = "grade_of_fee", "a teaching fee is earned whatever the grade", "课酬与考核等级无关，不能设置最低等级";
    /// Entries of another table than the one that the attribute asks for.
    OtherTable = "other_table", "belongs to a table over another attribute", "与所选属性的系数表类型不符";
    /// Hours that end when they begin, or before.
    SlotWithoutTime = "slot_without_time", "must be later than the beginning", "必须晚于开始时间";
    /// At least one of several members must be given.
    AtLeastOne = "at_least_one", "at least one of {members} must be given", "{members} 中至少须提供一个";
    /// Exactly one of several members must be given.
    ExactlyOne = "exactly_one", "exactly one of {members} must be given", "{members} 中必须且只能提供一个";
    /// A grade that a rule does not give, and that published reward policies need (`policy`, in force with the rule from `period` on).
    PolicyNeedsGrade = "policy_needs_grade", "do not include {grade}, which the reward policy {policy}, in force from {period} on, needs", "缺少自 {period} 起生效的奖励政策“{policy}”所需的等级“{grade}”";
    /// An item that a feedback form lacks, and that published reward policies need (`policy`, in force with the rule from `period` on).
    PolicyNeedsItem = "policy_needs_item", "have no item {key}, which the reward policy {policy}, in force from {period} on, needs", "缺少自 {period} 起生效的奖励政策“{policy}”所需的项“{key}”";
    /// Warning: a draft starts before `earliest`, the first period with which it could be published now.
    StartsTooEarly = "starts_too_early", "it cannot be published now: the earliest period that it can start with is {earliest}", "目前无法发布：最早可自 {earliest} 起生效";
    /// Warning: a published version starts with the period of a draft.
    PeriodTaken = "period_taken", "it cannot be published: a published version already starts with this period", "无法发布：已有自该周期起生效的已发布版本";
    /// Warning: a lecturer with hardly any data may be rated.
    NoMinWeightPresent = "no_min_weight_present", "a lecturer with hardly any data may be rated", "数据极少的讲师也可能被评分";
    /// Warning: a lecturer without a session may reach any grade.
    NoSessionGate = "no_session_gate", "a lecturer without a session may reach any grade", "没有授课的讲师也可能获得任意等级";
    /// Warning: a gate that caps at the best grade has no effect.
    GateWithoutEffect = "gate_without_effect", "the gate caps at the best grade and has no effect", "门槛封顶为最高等级，不起作用";
}

impl Thing {
    /// The one with this code.
    #[must_use]
    pub fn with_code(self, code: &str, id: Uuid) -> Phrase {
        Thing::WithCode.with("what", self).with("code", data(code)).with("id", data(id))
    }
}

impl Fault {
    #[must_use]
    pub fn new(pointer: impl Into<String>, code: FaultCode) -> Self {
        let fault = Self { pointer: pointer.into(), code, params: Params::new() };
        if code == FaultCode::Taken { fault.with("by", Thing::Another) } else { fault }
    }

    /// A text that does not have this form.
    pub fn bad_format(pointer: impl Into<String>, expected: impl Into<Phrase>) -> Self {
        Self::new(pointer, FaultCode::BadFormat).with("expected", expected.into())
    }

    /// A value that must be unique and that this holder already has.
    pub fn taken(pointer: impl Into<String>, what: Thing, holder: Uuid) -> Self {
        Self::new(pointer, FaultCode::Taken).with("by", Thing::Holder.with("what", what).with("id", data(holder)))
    }

    /// A value that must be unique and that the holder with this code already has.
    pub fn taken_by_code(pointer: impl Into<String>, what: Thing, code: &str, holder: Uuid) -> Self {
        Self::new(pointer, FaultCode::Taken).with("by", what.with_code(code, holder))
    }

    /// A value that must be unique and that this person has, by name, number and id.
    pub fn taken_by_person(pointer: impl Into<String>, name: &str, number: Option<&str>, id: Uuid) -> Self {
        let marks =
            |what: &str| number.map_or_else(|| format!("{what} {id}"), |number| format!("{number}, {what} {id}"));
        let by = Words {
            zh: format!("{name}（{}）", marks("ID").replace(", ", "，")),
            en: format!("{name} ({})", marks("id")),
        };
        Self::new(pointer, FaultCode::Taken).with("by", by)
    }

    /// A last day before the first day, which is in this member.
    pub fn ends_before_start(pointer: impl Into<String>, member: &'static str, first_day: NaiveDate) -> Self {
        let order = Order::Before.with("member", data(member)).with("day", data(first_day));
        Self::new(pointer, FaultCode::EndsBeforeStart).with("order", order)
    }

    /// A first day after the last day, which is in this member.
    pub fn starts_after_end(pointer: impl Into<String>, member: &'static str, last_day: LastDay) -> Self {
        let order = Order::After.with("member", data(member)).with("day", data(last_day.day()));
        Self::new(pointer, FaultCode::EndsBeforeStart).with("order", order)
    }

    /// A reference that is not allowed here, for this reason.
    pub fn not_eligible(pointer: impl Into<String>, reason: impl Into<Phrase>) -> Self {
        Self::new(pointer, FaultCode::NotEligible).with("reason", reason.into())
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Param>) -> Self {
        self.params.insert(name, value.into());
        self
    }

    /// The members of which one must be given, and no other with it.
    #[must_use]
    pub fn exactly_one(pointer: impl Into<String>, members: &[&str]) -> Self {
        Self::new(pointer, FaultCode::ExactlyOne).with("members", listed(members))
    }

    /// The members of which one must be given at the least.
    #[must_use]
    pub fn at_least_one(pointer: impl Into<String>, members: &[&str]) -> Self {
        Self::new(pointer, FaultCode::AtLeastOne).with("members", listed(members))
    }

    /// The fault of a document that is nested under `place` in another document.
    #[must_use]
    pub fn under(mut self, place: &str) -> Self {
        self.pointer.insert_str(0, place);
        for param in self.params.values_mut() {
            if let Param::Place(pointer) = param {
                pointer.insert_str(0, place);
            }
        }
        self
    }

    /// The text for people, in `language`.
    #[must_use]
    pub fn detail(&self, language: Language) -> String {
        fill_in(self.template(language), &self.params, language)
    }

    /// The template of its text. A bound that is an end of the calendar tells nobody anything: only the other one is said. Of a number, one
    /// bound alone may be given.
    fn template(&self, language: Language) -> &'static str {
        let is_end = |name: &str, end: &str| {
            self.params.get(name).is_some_and(|bound| bound.text(Language::En).starts_with(end))
        };
        let is_open = (is_end("min", "1900-01-01"), is_end("max", "9999-12-31"));
        let is_given = (self.params.contains_key("min"), self.params.contains_key("max"));
        match (self.code, is_given, is_open, language) {
            (FaultCode::OutOfRange, (true, false), _, Language::En) => "must be at least {min}",
            (FaultCode::OutOfRange, (true, false), _, Language::ZhCn) => "不得小于 {min}",
            (FaultCode::OutOfRange, (false, true), _, Language::En) => "must be at most {max}",
            (FaultCode::OutOfRange, (false, true), _, Language::ZhCn) => "不得大于 {max}",
            (FaultCode::OutOfRange, _, (true, false), Language::En) => "must not be after {max}",
            (FaultCode::OutOfRange, _, (true, false), Language::ZhCn) => "不得晚于 {max}",
            (FaultCode::OutOfRange, _, (false, true), Language::En) => "must not be before {min}",
            (FaultCode::OutOfRange, _, (false, true), Language::ZhCn) => "不得早于 {min}",
            (code, ..) => code.template(language),
        }
    }
}

/// The text of a fault without its place.
impl From<Fault> for Phrase {
    fn from(fault: Fault) -> Self {
        let template = |language| fault.template(language);
        Self::new(template(Language::En), template(Language::ZhCn)).with_params(fault.params)
    }
}

/// Collects the faults of one document.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Extend<Fault> for Faults {
    fn extend<I: IntoIterator<Item = Fault>>(&mut self, faults: I) {
        self.0.extend(faults);
    }
}

impl Faults {
    pub fn push(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is one at this place.
    #[must_use]
    pub fn has(&self, pointer: &str) -> bool {
        self.0.iter().any(|fault| fault.pointer == pointer)
    }

    /// Refuses a number outside `min..=max`.
    pub fn check_range<T: PartialOrd + fmt::Display + Copy>(&mut self, pointer: &str, number: T, min: T, max: T) {
        if number < min || number > max {
            self.push(Fault::new(pointer, FaultCode::OutOfRange).with("min", data(min)).with("max", data(max)));
        }
    }

    /// Refuses a list with fewer than `min` (0 or 1) or more than `max` elements.
    pub fn check_length(&mut self, pointer: &str, length: usize, min: usize, max: usize) {
        if length < min {
            self.push(Fault::new(pointer, FaultCode::Empty));
        } else if length > max {
            self.push(Fault::new(pointer, FaultCode::TooMany).with("max", max));
        }
    }

    /// Refuses every element that equals an earlier one; `pointer` gives the place of element `i`.
    pub fn check_distinct<T: PartialEq>(&mut self, elements: &[T], pointer: impl Fn(usize) -> String) {
        for (i, element) in elements.iter().enumerate() {
            if let Some(first) = elements.iter().take(i).position(|earlier| earlier == element) {
                self.push(Fault::new(pointer(i), FaultCode::Duplicate).with("first", Param::Place(pointer(first))));
            }
        }
    }

    #[must_use]
    pub fn into_vec(self) -> Vec<Fault> {
        self.0
    }
}

impl From<Vec<Fault>> for Faults {
    fn from(faults: Vec<Fault>) -> Self {
        Self(faults)
    }
}

/// The faults of the items of a batch, each with its place in the request.
pub fn of_items<'f>(items: impl IntoIterator<Item = &'f [Fault]>) -> Vec<Fault> {
    let placed = |(index, faults): (usize, &'f [Fault])| {
        faults.iter().map(move |fault| Fault { pointer: format!("/items/{index}{}", fault.pointer), ..fault.clone() })
    };
    items.into_iter().enumerate().flat_map(placed).collect()
}

/// Escapes one segment of a JSON pointer (RFC 6901). Some documents use a grade code or a level as the name of a member.
#[must_use]
pub fn pointer_segment(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
