//! What is wrong with the files of an import: every fault with its file, line and column.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

/// One thing wrong with one place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ImportFault {
    /// The name of the file as it was given.
    pub file: String,
    /// The line on which the row starts; 1 is the header. Line breaks within quotes count.
    pub line: u64,
    /// The column as the file's header calls it (as the layout does where the file lacks it); none: the row or file as a whole.
    pub column: Option<String>,
    pub code: ImportFaultCode,
    /// The numbers and names that a message about it needs.
    pub params: BTreeMap<&'static str, String>,
}

/// Declares the closed list: per code its meaning, its name on the wire, and its words in English and Chinese.
macro_rules! import_fault_codes {
    ($($(#[doc = $doc:literal])+ $code:ident = $slug:literal, $en:literal, $zh:literal;)+) => {
        /// The closed list of what can be wrong with the files of an import.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        pub enum ImportFaultCode {
            $($(#[doc = $doc])+ #[serde(rename = $slug)] $code,)+
        }

        impl ImportFaultCode {
            /// Every code there is.
            pub const ALL: &[Self] = &[$(Self::$code),+];

            /// The code as it stands on the wire: stable, never reused, never translated.
            #[must_use]
            pub fn slug(self) -> &'static str {
                match self { $(Self::$code => $slug,)+ }
            }

            /// The words for people in English and in Chinese, with `{param}` where a parameter goes.
            #[must_use]
            pub fn templates(self) -> (&'static str, &'static str) {
                match self { $(Self::$code => ($en, $zh),)+ }
            }
        }
    };
}

import_fault_codes! {
    /// A file that an import does not have.
    UnknownFile = "unknown_file", "is not a file of an import", "不是可导入的文件";
    /// The same file a second time.
    RepeatedFile = "repeated_file", "repeats the file {first}", "与文件 {first} 重复";
    /// A file that cannot be read to its end; `problem` says why.
    UnreadableFile = "unreadable_file", "cannot be read: {problem}", "无法读取：{problem}";
    /// A file without a header.
    NoHeader = "no_header", "has no header", "缺少表头";
    /// A column that the file does not have.
    UnknownColumn = "unknown_column", "is not a column of this file, which has: {known}", "不是此文件的列；此文件的列有：{known}";
    /// A second column with the same meaning.
    RepeatedColumn = "repeated_column", "means the same as the column {first}", "与列 {first} 含义相同";
    /// A column that the file must have.
    MissingColumn = "missing_column", "the column is missing", "缺少该列";
    /// Bytes that are not UTF-8.
    NotUtf8 = "not_utf8", "is not UTF-8: save it as \"CSV UTF-8\"", "不是 UTF-8 编码：请另存为“CSV UTF-8”";
    /// A row with another number of cells than the header.
    CellCount = "cell_count", "the row has {found} cells instead of {expected}", "该行有 {found} 个单元格，应为 {expected} 个";
    /// A quote that is not closed before the file ends.
    OpenQuote = "open_quote", "a quote is never closed", "引号未闭合";
    /// Text between a closing quote and the next comma.
    StrayQuote = "stray_quote", "a quoted cell goes on after its closing quote", "引号闭合后仍有文字";
    /// A row of more than `max` bytes.
    RowTooLong = "row_too_long", "the row has more than {max} bytes", "该行超过 {max} 字节";
    /// A blank cell that must have a value.
    MissingValue = "missing_value", "must have a value", "不能为空";
    /// A value where the rest of the row allows none; `reason` says why.
    UnexpectedValue = "unexpected_value", "must be blank: {reason}", "必须为空：{reason}";
    /// A text longer than `max` characters.
    TooLong = "too_long", "must have at most {max} characters", "最多 {max} 个字符";
    /// A text shorter than `min` characters.
    TooShort = "too_short", "must have at least {min} characters", "至少 {min} 个字符";
    /// A list of more than `max` entries.
    TooMany = "too_many", "must have at most {max} entries", "最多 {max} 项";
    /// A character that the text may not have: a line break in one line, a control character or an invisible one in any text.
    BadCharacter = "bad_character", "has a line break or another character that does not belong there", "含有换行或其他不允许的字符";
    /// A code that is to be one of Lectern's own, with other characters.
    BadCode = "bad_code", "may hold letters, digits, '.', '_' and '-' only, and starts with a letter or digit", "只能包含字母、数字、“.”、“_”和“-”，并以字母或数字开头";
    /// Not a mail address.
    BadEmail = "bad_email", "{value} is not a mail address", "{value} 不是邮箱地址";
    /// Not a whole number.
    BadInteger = "bad_integer", "{value} is not a whole number", "{value} 不是整数";
    /// Not a decimal number, or with too many decimals.
    BadDecimal = "bad_decimal", "{value} is not a decimal number of at most {max} decimals", "{value} 不是最多 {max} 位小数的数字";
    /// Not a date.
    BadDate = "bad_date", "{value} is not a date such as 2026-03-05", "{value} 不是日期（例如 2026-03-05）";
    /// Neither a local date and time nor an instant (RFC 3339).
    BadDateTime = "bad_date_time", "{value} is not a date and time such as 2026-03-05 14:00", "{value} 不是日期时间（例如 2026-03-05 14:00）";
    /// A local time that the zone's clocks leave out.
    NoSuchLocalTime = "no_such_local_time", "{value} does not exist in {zone}: the clocks go forward over it", "{value} 在时区 {zone} 中不存在";
    /// A number outside `min`..`max`.
    OutOfRange = "out_of_range", "must be between {min} and {max}", "必须在 {min} 与 {max} 之间";
    /// A word that is none of `allowed`.
    UnknownWord = "unknown_word", "{value} is none of: {allowed}", "{value} 不在可选值之内：{allowed}";
    /// A key that the row on line `first` has already.
    DuplicateKey = "duplicate_key", "line {first} has this key already", "第 {first} 行已有相同的键";
    /// A list that names `value` twice.
    RepeatedEntry = "repeated_entry", "names {value} twice", "重复列出 {value}";
    /// A reference to something that neither the import nor the company has.
    UnknownReference = "unknown_reference", "there is no {kind} {value}", "不存在 {kind} {value}";
    /// A group that the session's programme does not have.
    NotOfProgramme = "not_of_programme", "the programme {programme} does not have the group {value}", "方案 {programme} 不含讲师群 {value}";
    /// Something that the company has given to another person.
    Taken = "taken", "{value} is another person's already", "{value} 已属于他人";
    /// Departments that contain each other.
    Cycle = "cycle", "the department contains itself", "部门形成循环";
    /// An end that lies before its start, or on it where something must lie between.
    EndBeforeStart = "end_before_start", "ends before it starts ({start})", "早于开始时间（{start}）";
    /// A dated fact that overlaps the one on line `first`.
    Overlap = "overlap", "overlaps line {first}", "与第 {first} 行时间重叠";
    /// A dated fact that cannot be true together with the one that the company has since `start`.
    OverlapsStored = "overlaps_stored", "contradicts what is recorded since {start}", "与自 {start} 起的已有记录冲突";
    /// Another value than the one that the company has, which has a history of its own there.
    DiffersFromStored = "differs_from_stored", "{value} is recorded already, and an import cannot say since when it changed", "系统中已记录为 {value}，导入无法说明变更日期";
    /// Shares of a session that do not sum to 1.
    CreditSum = "credit_sum", "the credits sum to {sum} instead of 1", "学分合计为 {sum}，应为 1";
    /// Credits given for some of the lecturers only.
    CreditMissing = "credit_missing", "give a credit to all lecturers of the session or to none", "须为全部讲师填写学分或全部不填";
    /// A rating or an answer above its scale.
    AboveScale = "above_scale", "{value} lies outside the scale 0 to {scale}", "{value} 超出评分范围 0 至 {scale}";
    /// A second rating of a session by the same person.
    SecondRating = "second_rating", "line {first} is this person's rating of the session already", "第 {first} 行已是该学员对本次分享的评分";
    /// A rating or case by a lecturer of the session.
    OwnSession = "own_session", "is a lecturer of the session", "是本次分享的讲师";
    /// Somebody present at, or a case from, a session that did not take place.
    NotDelivered = "not_delivered", "the session was not delivered", "本次分享未完成";
    /// Something that only the session could have brought about, before it began.
    BeforeSession = "before_session", "lies before the session ({start})", "早于本次分享（{start}）";
}

impl ImportFault {
    /// A fault of a whole row; with line 1, of a whole file.
    pub fn new(file: impl Into<String>, line: u64, code: ImportFaultCode) -> Self {
        Self { file: file.into(), line, column: None, code, params: BTreeMap::new() }
    }

    #[must_use]
    pub fn at(mut self, column: impl Into<String>) -> Self {
        self.column = Some(column.into());
        self
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl fmt::Display) -> Self {
        self.params.insert(name, value.to_string());
        self
    }
}

/// The faults of an import, of which only the first are kept and all are counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FaultLog {
    faults: Vec<ImportFault>,
    total: u64,
    keep: usize,
}

impl FaultLog {
    #[must_use]
    pub fn keeping(keep: usize) -> Self {
        Self { faults: Vec::new(), total: 0, keep }
    }

    pub fn push(&mut self, fault: ImportFault) {
        self.total += 1;
        if self.faults.len() < self.keep {
            self.faults.push(fault);
        }
    }

    pub fn extend(&mut self, faults: impl IntoIterator<Item = ImportFault>) {
        faults.into_iter().for_each(|fault| self.push(fault));
    }

    /// Adds the faults of another log, those that it did not keep to the count alone.
    pub fn absorb(&mut self, other: Self) {
        self.total += other.total - u64::try_from(other.faults.len()).unwrap_or(other.total);
        self.extend(other.faults);
    }

    /// The first faults, in the order in which they were found.
    #[must_use]
    pub fn faults(&self) -> &[ImportFault] {
        &self.faults
    }

    /// How many there are, those not kept included.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.total == 0
    }
}
