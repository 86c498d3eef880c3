//! The faults of an import: every fault with its file, line and column.

use std::fmt;

use serde::Serialize;

use crate::kernel::message::{Param, Params, data, phrases};

/// One fault at one place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportFault {
    /// The name of the file as it was sent.
    pub file: String,
    /// The line on which the row starts; 1 is the header. Line breaks within quotes are counted.
    pub line: u64,
    /// The column, by its name in the file's header, or by its name in the layout if the file does not have it. None for a
    /// whole row or file.
    pub column: Option<String>,
    pub code: ImportFaultCode,
    /// The parameters of its text.
    pub params: Params,
}

phrases! {
    /// Why a cell must be blank.
    pub enum Blank {
        NeverPublished = "the content was never published", "内容从未发布";
        NotDecided = "the case has not been decided", "案例尚未处理";
        NotDelivered = "the session was not delivered", "分享未完成";
        NotOff = "the session was neither missed nor cancelled", "分享既未缺讲也未取消";
    }

    /// Where something to which a row refers must be.
    pub enum LookedFor {
        InCompany = "in the company", "系统中";
        InContents = "in contents.csv of this import", "此次导入的内容.csv中";
        InImportOrCompany = "in this import or in the company", "此次导入和系统中";
        InSessions = "in sessions.csv of this import", "此次导入的分享.csv中";
    }
}

/// Declares the closed list of codes: the meaning, the name on the wire, and the text in English and Chinese of each code.
macro_rules! import_fault_codes {
    ($($(#[doc = $doc:literal])+ $code:ident = $slug:literal, $en:literal, $zh:literal;)+) => {
        /// The closed list of what can be wrong in the files of an import.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum ImportFaultCode {
            $($(#[doc = $doc])+ #[serde(rename = $slug)] $code,)+
        }

        impl ImportFaultCode {
            /// All codes.
            pub const ALL: &[Self] = &[$(Self::$code),+];

            /// The code on the wire: stable, never reused, never translated.
            #[must_use]
            pub fn slug(self) -> &'static str {
                match self { $(Self::$code => $slug,)+ }
            }

            /// The text for people in English and Chinese, with `{param}` for each parameter.
            #[must_use]
            pub fn templates(self) -> (&'static str, &'static str) {
                match self { $(Self::$code => ($en, $zh),)+ }
            }
        }
    };
}

import_fault_codes! {
    /// A file that is not one of the files of an import.
    UnknownFile = "unknown_file", "is not a file of an import, which are: {known}", "不是可导入的文件；可导入的文件有：{known}";
    /// The same file again.
    RepeatedFile = "repeated_file", "repeats the file {first}", "与文件 {first} 重复";
    /// A file that cannot be read to its end; `problem` has the details.
    UnreadableFile = "unreadable_file", "cannot be read: {problem}", "无法读取：不是有效的 CSV 文件（编码、引号或列数有误）";
    /// A file without a header.
    NoHeader = "no_header", "has no header", "缺少表头";
    /// A column that this file cannot have.
    UnknownColumn = "unknown_column", "is not a column of this file, which has: {known}", "不是此文件的列；此文件的列有：{known}";
    /// A second column with the same meaning.
    RepeatedColumn = "repeated_column", "has the same meaning as the column {first}", "与列“{first}”含义相同";
    /// A required column that is missing.
    MissingColumn = "missing_column", "the column {names} is missing", "缺少“{names}”列";
    /// A file in another encoding than UTF-8 and GB18030.
    NotUtf8 = "not_utf8", "is neither UTF-8 nor GB18030: save it as \"CSV UTF-8\"", "既不是 UTF-8 也不是 GB18030 编码：请另存为“CSV UTF-8”";
    /// A row with a different number of cells than the header.
    CellCount = "cell_count", "the row has {found} cells instead of {expected}", "该行有 {found} 个单元格，应为 {expected} 个";
    /// A cell with a value in a column without a name.
    NamelessColumn = "nameless_column", "{value} is in a column without a name", "“{value}”所在的列没有列名";
    /// A quote that is not closed before the file ends.
    OpenQuote = "open_quote", "a quote is not closed", "引号未闭合";
    /// Text between a closing quote and the next comma.
    StrayQuote = "stray_quote", "a quoted cell has text after its closing quote", "引号闭合后仍有文字";
    /// A row of more than `max` bytes.
    RowTooLong = "row_too_long", "the row has more than {max} bytes", "该行超过 {max} 字节";
    /// A cell that must not be blank.
    MissingValue = "missing_value", "must have a value", "不能为空";
    /// A value that the rest of the row does not allow; `reason` has the details.
    UnexpectedValue = "unexpected_value", "must be blank: {reason}", "必须为空：{reason}";
    /// A text longer than `max` characters.
    TooLong = "too_long", "must have at most {max} characters", "最多 {max} 个字符";
    /// A text shorter than `min` characters.
    TooShort = "too_short", "must have at least {min} characters", "至少 {min} 个字符";
    /// A list of more than `max` entries.
    TooMany = "too_many", "must have at most {max} entries", "最多 {max} 项";
    /// A character that the text must not contain: a line break in a one-line text, a control or invisible character in any text.
    BadCharacter = "bad_character", "contains a line break or another character that is not allowed", "含有换行或其他不允许的字符";
    /// A code of Lectern with characters that are not allowed.
    BadCode = "bad_code", "may contain only letters, digits, '.', '_' and '-', and must start with a letter or digit", "只能包含字母、数字、“.”、“_”和“-”，并以字母或数字开头";
    /// Not an email address.
    BadEmail = "bad_email", "{value} is not an email address", "“{value}”不是邮箱地址";
    /// Not a whole number.
    BadInteger = "bad_integer", "{value} is not a whole number", "“{value}”不是整数";
    /// Not a decimal number, or with too many decimals.
    BadDecimal = "bad_decimal", "{value} is not a decimal number with at most {max} decimals", "“{value}”不是最多 {max} 位小数的数字";
    /// Not a date.
    BadDate = "bad_date", "{value} is not a date such as 2026-03-05", "“{value}”不是日期（例如 2026-03-05）";
    /// Neither a local date and time nor an instant (RFC 3339).
    BadDateTime = "bad_date_time", "{value} is not a date and time such as 2026-03-05 14:00", "“{value}”不是日期时间（例如 2026-03-05 14:00）";
    /// A local time that does not exist because the clocks go forward.
    NoSuchLocalTime = "no_such_local_time", "{value} does not exist in {zone}, because the clocks go forward then", "“{value}”在时区 {zone} 中不存在（因时钟拨快）";
    /// A number outside `min`..`max`.
    OutOfRange = "out_of_range", "must be between {min} and {max}", "必须在 {min} 与 {max} 之间";
    /// A word that is not one of `allowed`.
    UnknownWord = "unknown_word", "{value} is not one of: {allowed}", "“{value}”不在可选值之内：{allowed}";
    /// A key that the row on line `first` already has.
    DuplicateKey = "duplicate_key", "line {first} already has this key", "第 {first} 行已有相同的键";
    /// A list that contains `value` twice.
    RepeatedEntry = "repeated_entry", "contains {value} twice", "重复列出“{value}”";
    /// A reference to something that is neither in the import nor in the company; for a session or content: not in the import.
    UnknownReference = "unknown_reference", "there is no {kind} {value} {place}", "{place}没有{kind}“{value}”";
    /// A level that the company does not have; `known` are those that it has named.
    UnknownLevel = "unknown_level", "there is no level {value}; the levels of the company are: {known}", "没有级别“{value}”；公司的级别有：{known}";
    /// A group that does not belong to the session's programme.
    NotOfProgramme = "not_of_programme", "the programme {programme} does not have the group {value}", "方案“{programme}”不含讲师群“{value}”";
    /// Something that already belongs to another person in the company.
    Taken = "taken", "{value} already belongs to another person", "“{value}”已属于他人";
    /// A fact about somebody on a day on which the person is not employed.
    NotEmployed = "not_employed", "{value} is not employed on {day}", "“{value}”在 {day} 不在职";
    /// A plan of a lecturer whose appointments are over on its day.
    NoLongerAppointed = "no_longer_appointed", "{value} is no longer appointed as a lecturer on {day}", "“{value}”在 {day} 已不再受聘为讲师";
    /// A number that belongs or belonged to somebody with another name, who has left or has another number.
    NumberOfALeaver = "number_of_a_leaver", "{value} is or was the number of {person}, who has left or has another number now: say in the column same_person whether this is the same person (yes) or another one, who gets a new record (no)", "“{value}”是{person}的工号或曾用工号，此人已离职或已更换工号：请在“是否同一人”列说明是同一人（是）还是另一人（否，将新建记录）";
    /// Departments that contain each other.
    Cycle = "cycle", "the department contains itself", "部门形成循环";
    /// An end that is before its start, or equal to it where it must be later.
    EndsBeforeStart = "ends_before_start", "ends before it starts ({start})", "早于开始时间（{start}）";
    /// A dated fact that overlaps the one on line `first`.
    Overlap = "overlap", "overlaps line {first}", "与第 {first} 行时间重叠";
    /// A dated fact that contradicts the one recorded since `start`.
    OverlapsStored = "overlaps_stored", "contradicts the record that starts on {start}", "与自 {start} 起的已有记录冲突";
    /// A value other than the recorded one, which has a history of its own in the company.
    DiffersFromStored = "differs_from_stored", "{value} is already recorded, and an import cannot say when it changed", "系统中已记录为“{value}”，导入无法说明变更日期";
    /// An end of an appointment that takes or gives days of which money has left.
    MoneyHasLeft = "money_has_left", "what the lecturer earned from {first} to {last} is in a locked payroll batch, so the appointment can no longer change on these days", "该讲师 {first} 至 {last} 所得的奖励已在锁定的薪酬批次中，任命在这些日期不能再变更";
    /// Credits of a session's lecturers that do not sum to 1.
    CreditSum = "credit_sum", "the credits sum to {sum} instead of 1", "讲师份额合计为 {sum}，应为 1";
    /// Credits for only some of a session's lecturers.
    CreditMissing = "credit_missing", "give a credit for all lecturers of the session or for none", "须为全部讲师填写份额或全部不填";
    /// A rating or a decision in the name of somebody who gives it in the service itself.
    LiveFeedback = "live_feedback", "from {start} on, the programme takes feedback from people themselves, and files bring no ratings and no decided cases", "自 {start} 起，该方案由本人在线评价和处理，文件不得带入评分或已处理的案例";
    /// A rating in a programme whose feedback is anonymous: the file says who gave it.
    AnonymousFeedback = "anonymous_feedback", "the programme's feedback is anonymous, and files that say who gave which rating bring none", "该方案采用匿名评价，写明评价人的文件不得带入评分";
    /// A rating or an answer above its scale.
    AboveScale = "above_scale", "{value} is outside the scale 0 to {scale}", "{value} 超出评分范围 0 至 {scale}";
    /// A second rating of a session by the same person.
    SecondRating = "second_rating", "line {first} already has this person's rating of the session", "第 {first} 行已是该学员对本次分享的评分";
    /// A rating or case by a person who is a lecturer of the session.
    OwnSession = "own_session", "is a lecturer of the session", "是本次分享的讲师";
    /// Attendance at, or a case from, a session that was not delivered.
    NotDelivered = "not_delivered", "the session was not delivered", "本次分享未完成";
    /// Something that is said to have happened after the instant of the import.
    InFuture = "in_future", "is in the future (it is {now})", "晚于当前时间（{now}）";
    /// Something that follows from the session but is dated before its start.
    BeforeSession = "before_session", "is before the session ({start})", "早于本次分享（{start}）";
}

impl ImportFault {
    /// A fault of a whole row or, with line 1, of a whole file.
    pub fn new(file: impl Into<String>, line: u64, code: ImportFaultCode) -> Self {
        Self { file: file.into(), line, column: None, code, params: Params::new() }
    }

    #[must_use]
    pub fn at(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into());
        self
    }

    #[must_use]
    pub fn with(self, name: &'static str, value: impl fmt::Display) -> Self {
        self.saying(name, data(value))
    }

    /// With a parameter that each language says in its own way.
    #[must_use]
    pub fn saying(mut self, name: &'static str, value: impl Into<Param>) -> Self {
        self.params.insert(name, value.into());
        self
    }
}
