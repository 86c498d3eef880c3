//! What is wrong with an input or a rule document: every fault at once, each with the place where it stands.

use std::fmt;

use serde::Serialize;
use utoipa::ToSchema;

use super::language::Language;
use super::message::{Param, Params, Phrase, data, fill_in};

/// One thing wrong with, or questionable about, an input or a rule document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// JSON pointer (RFC 6901) into the document; empty for the document as a whole.
    pub pointer: String,
    pub code: FaultCode,
    /// What a message about it needs.
    pub params: Params,
}

/// Declares the closed list of faults: per code its meaning, its name on the wire, and its words in English and Chinese.
macro_rules! fault_codes {
    ($($(#[doc = $doc:literal])+ $code:ident = $slug:literal, $en:literal, $zh:literal;)+) => {
        /// The closed list of what can be wrong with a value in an input or a rule document.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
        pub enum FaultCode {
            $($(#[doc = $doc])+ #[serde(rename = $slug)] $code,)+
        }

        impl FaultCode {
            /// Every code there is.
            pub const ALL: &[Self] = &[$(Self::$code),+];

            /// The code as it stands on the wire: stable, never reused, never translated.
            #[must_use]
            pub fn slug(self) -> &'static str {
                match self { $(Self::$code => $slug,)+ }
            }

            /// The words for people, with `{param}` where a parameter goes.
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
    /// A list or text that must have something in it has nothing.
    Empty = "empty", "must not be empty", "不能为空";
    /// A member that must be given is absent.
    Required = "required", "must be given", "必须提供";
    /// A member that the request does not have.
    UnknownField = "unknown_field", "is not a known member", "是未知字段";
    /// A value of another type: `problem` says which.
    WrongType = "wrong_type", "is of another type: {problem}", "类型不正确：{problem}";
    /// A text that does not have the form `expected`.
    BadFormat = "bad_format", "must be {expected}", "格式应为：{expected}";
    /// A value that is none of `allowed`.
    NotAllowed = "not_allowed", "must be one of: {allowed}", "只能是：{allowed}";
    /// More than `max` elements.
    TooMany = "too_many", "must have at most {max} elements", "最多 {max} 项";
    /// Fewer than `min` elements.
    TooFew = "too_few", "must have at least {min} elements", "至少 {min} 项";
    /// A text longer than `max` characters.
    TooLong = "too_long", "must have at most {max} characters", "最多 {max} 个字符";
    /// A text shorter than `min` characters.
    TooShort = "too_short", "must have at least {min} characters", "至少 {min} 个字符";
    /// A code or key with other characters than letters, digits, `.`, `_` and `-`, or not starting with a letter or digit.
    BadCharacters = "bad_characters", "may hold letters, digits, '.', '_' and '-' only, and starts with a letter or digit", "只能包含字母、数字、“.”、“_”和“-”，并以字母或数字开头";
    /// A text with the character NUL, which no database can keep.
    NulCharacter = "nul_character", "must not contain the character NUL", "不能包含空字符（NUL）";
    /// A number or date outside `min`..`max`.
    OutOfRange = "out_of_range", "must be between {min} and {max}", "必须在 {min} 与 {max} 之间";
    /// An end that does not come after its start.
    EndsBeforeStart = "ends_before_start", "must come after the start", "必须晚于开始时间";
    /// A number with more than `max` decimals.
    TooManyDecimals = "too_many_decimals", "may have at most {max} decimals", "最多 {max} 位小数";
    /// The same as the element at `first`.
    Duplicate = "duplicate", "repeats {first}", "与 {first} 重复";
    /// A value that another row has already and that may be there once only.
    Taken = "taken", "is taken already", "已被占用";
    /// A reference to something that does not exist, or that the caller may not see.
    NotFound = "not_found", "does not exist", "不存在";
    /// A reference to something that exists and may not be used here: `reason` says why.
    NotEligible = "not_eligible", "may not be used here: {reason}", "不符合条件：{reason}";
    /// A dated fact that overlaps another one of the same kind.
    Overlaps = "overlaps", "overlaps what is recorded already", "与已有记录的时间重叠";
    /// A tree that would contain itself.
    Cycle = "cycle", "would make a cycle", "会形成循环";
    /// The weights sum to `sum` instead of `expected`.
    WeightsSum = "weights_sum", "the weights sum to {sum} instead of {expected}", "权重合计为 {sum}，应为 {expected}";
    /// The credits of a session's lecturers sum to `sum` instead of `expected`.
    CreditsSum = "credits_sum", "the credits sum to {sum} instead of {expected}", "讲师份额合计为 {sum}，应为 {expected}";
    /// A linear curve whose two ends are equal.
    EqualEnds = "equal_ends", "the two ends of the curve are equal", "曲线两端相等";
    /// No grade starts at 0.
    LowestNotZero = "lowest_not_zero", "the lowest grade must start at 0", "最低等级必须从 0 开始";
    /// A grade that is none of `known`: the company's, or those of the rule.
    UnknownGrade = "unknown_grade", "there is no grade {grade}; the grades here are: {known}", "没有等级 {grade}；此处的等级有：{known}";
    /// A grade that needs more points than `better`, which the company ranks above it.
    GradeOrder = "grade_order", "needs more points than {better}, which the company ranks above it", "所需分数高于公司排序更靠前的等级 {better}";
    /// A prior weight without a prior mean.
    PriorMeanMissing = "prior_mean_missing", "a prior weight needs a prior mean", "设置先验权重时必须给出先验均值";
    /// A minimum number of facts for the score, which rests on no facts of its own.
    MinNWithScore = "min_n_with_score", "a minimum number of facts cannot be asked of the score", "总分不能设置最少样本数";
    /// Exactly one of some members must be given.
    ExactlyOne = "exactly_one", "exactly one of them must be given", "必须且只能提供其中一个";
    /// A kind that is read but not evaluated yet.
    NotSupportedYet = "not_supported_yet", "is not supported yet", "尚未支持";
    /// Warning: a lecturer with hardly any data may be rated on it.
    NoMinWeightPresent = "no_min_weight_present", "a lecturer with hardly any data may be rated on it", "数据极少的讲师也可能被评分";
    /// Warning: a lecturer without a session may reach any grade.
    NoSessionGate = "no_session_gate", "a lecturer without a session may reach any grade", "没有授课的讲师也可能获得任意等级";
    /// Warning: a gate that caps at the best grade never changes anything.
    GateWithoutEffect = "gate_without_effect", "the gate caps at the best grade and never changes anything", "门槛封顶为最高等级，不起作用";
}

impl Fault {
    #[must_use]
    pub fn new(pointer: impl Into<String>, code: FaultCode) -> Self {
        Self { pointer: pointer.into(), code, params: Params::new() }
    }

    /// A text that does not have this form.
    pub fn bad_format(pointer: impl Into<String>, expected: impl Into<Phrase>) -> Self {
        Self::new(pointer, FaultCode::BadFormat).with("expected", expected.into())
    }

    /// A reference that may not be used here, for this reason.
    pub fn not_eligible(pointer: impl Into<String>, reason: impl Into<Phrase>) -> Self {
        Self::new(pointer, FaultCode::NotEligible).with("reason", reason.into())
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Param>) -> Self {
        self.params.insert(name, value.into());
        self
    }

    /// The fault of a document that stands under `place` in another one.
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

    /// The words for people, in `language`.
    #[must_use]
    pub fn detail(&self, language: Language) -> String {
        fill_in(self.code.template(language), &self.params, language)
    }
}

/// What a fault says, without its place.
impl From<Fault> for Phrase {
    fn from(fault: Fault) -> Self {
        let template = |language| fault.code.template(language);
        Self::new(template(Language::En), template(Language::ZhCn)).with_params(fault.params)
    }
}

/// Collects the faults of one document.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    pub fn push(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Refuses a number outside `min..=max`.
    pub fn check_range<T: PartialOrd + fmt::Display + Copy>(&mut self, pointer: &str, number: T, min: T, max: T) {
        if number < min || number > max {
            self.push(Fault::new(pointer, FaultCode::OutOfRange).with("min", data(min)).with("max", data(max)));
        }
    }

    /// Refuses a list of fewer than `min` (0 or 1) or more than `max` elements.
    pub fn check_length(&mut self, pointer: &str, length: usize, min: usize, max: usize) {
        if length < min {
            self.push(Fault::new(pointer, FaultCode::Empty));
        } else if length > max {
            self.push(Fault::new(pointer, FaultCode::TooMany).with("max", max));
        }
    }

    /// Refuses every element that equals an earlier one; `pointer` makes the place of element `i`.
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

/// The faults of the items of a batch, each at its place in the request.
pub fn of_items<'f>(items: impl IntoIterator<Item = &'f [Fault]>) -> Vec<Fault> {
    let placed = |(index, faults): (usize, &'f [Fault])| {
        faults.iter().map(move |fault| Fault { pointer: format!("/items/{index}{}", fault.pointer), ..fault.clone() })
    };
    items.into_iter().enumerate().flat_map(placed).collect()
}

/// Escapes one segment of a JSON pointer (RFC 6901): a grade code or a level is a member's name in some documents.
#[must_use]
pub fn pointer_segment(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}
