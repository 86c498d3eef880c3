//! The parameters of a message: data, which is the same in every language, or phrases, which exist in both languages.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use serde::{Serialize, Serializer};

use super::code_list::CodeList;
use super::language::Language;

/// The parameters of a message, by their names in the template's braces.
pub type Params = BTreeMap<&'static str, Param>;

/// One parameter of a message. It cannot be a plain text, so that no English gets into a Chinese message: it is either
/// [`data`] or a phrase from a closed list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Param {
    /// A name, a number, an id, or a text from elsewhere.
    Data(String),
    /// A JSON pointer (RFC 6901) to another place of the same document.
    Place(String),
    Phrase(Phrase),
    /// What a company calls something.
    Words(Words),
    /// Codes of the company's own. They are said with their names once `names` has put these here.
    Codes(CodeList, Vec<String>),
    /// Any of these.
    AnyOf(Vec<Phrase>),
    /// All of these, one after the other.
    AllOf(Vec<Phrase>),
}

/// A text in both languages that is data: what a company calls something, a list, a local time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    pub zh: String,
    pub en: String,
}

impl Words {
    /// A text that is the same in both languages.
    #[must_use]
    pub fn same(text: impl Into<String>) -> Self {
        let text = text.into();
        Self { zh: text.clone(), en: text }
    }

    #[must_use]
    pub fn text(&self, language: Language) -> &str {
        match language {
            Language::En => &self.en,
            Language::ZhCn => &self.zh,
        }
    }
}

/// A list of names that are the same in both languages, written as each language writes a list.
pub fn listed<T: ToString>(names: impl IntoIterator<Item = T>) -> Words {
    let names: Vec<String> = names.into_iter().map(|name| name.to_string()).collect();
    Words { zh: names.join("、"), en: names.join(", ") }
}

/// With a capital at its start, where the language has such.
#[must_use]
pub fn capitalised(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

/// An instant as the clocks of the zone show it.
#[must_use]
pub fn local_time(at: DateTime<Utc>, zone: Tz) -> Words {
    let local = at.with_timezone(&zone).format("%Y-%m-%d %H:%M");
    Words { zh: format!("{local}（{}）", zone.name()), en: format!("{local} ({})", zone.name()) }
}

impl From<Words> for Param {
    fn from(words: Words) -> Self {
        Self::Words(words)
    }
}

/// Codes of the company's own.
pub fn codes<C: ToString>(list: CodeList, codes: impl IntoIterator<Item = C>) -> Param {
    Param::Codes(list, codes.into_iter().map(|code| code.to_string()).collect())
}

/// Something that is the same in every language.
pub fn data(value: impl fmt::Display) -> Param {
    Param::Data(value.to_string())
}

impl Param {
    /// The text of the parameter by itself.
    #[must_use]
    pub fn text(&self, language: Language) -> String {
        match self {
            Self::Data(text) | Self::Place(text) => text.clone(),
            Self::Phrase(phrase) => phrase.text(language),
            Self::Words(words) => words.text(language).to_owned(),
            Self::Codes(_, codes) => listed(codes).text(language).to_owned(),
            Self::AnyOf(phrases) => {
                let (comma, or) = match language {
                    Language::En => (", ", " or "),
                    Language::ZhCn => ("、", "或"),
                };
                match texts(phrases, language).as_slice() {
                    [before @ .., last] if !before.is_empty() => format!("{}{or}{last}", before.join(comma)),
                    one => one.concat(),
                }
            }
            Self::AllOf(phrases) => texts(phrases, language).join(match language {
                Language::En => "; ",
                Language::ZhCn => "；",
            }),
        }
    }
}

/// Its English text.
impl Serialize for Param {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text(Language::En))
    }
}

fn texts(phrases: &[Phrase], language: Language) -> Vec<String> {
    phrases.iter().map(|phrase| phrase.text(language)).collect()
}

macro_rules! numbers_are_data {
    ($($number:ty)+) => {$(
        impl From<$number> for Param {
            fn from(number: $number) -> Self {
                data(number)
            }
        }
    )+};
}

numbers_are_data! { i32 i64 u32 u64 usize }

/// A text in both languages, with `{param}` for each parameter of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phrase {
    en: &'static str,
    zh: &'static str,
    params: Params,
}

impl Phrase {
    #[must_use]
    pub fn new(en: &'static str, zh: &'static str) -> Self {
        Self { en, zh, params: Params::new() }
    }

    #[must_use]
    pub fn with_params(self, params: Params) -> Self {
        Self { params, ..self }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Param>) -> Self {
        self.params.insert(name, value.into());
        self
    }

    #[must_use]
    pub fn text(&self, language: Language) -> String {
        let template = match language {
            Language::En => self.en,
            Language::ZhCn => self.zh,
        };
        fill_in(template, &self.params, language)
    }
}

impl<P: Into<Phrase>> From<P> for Param {
    fn from(phrase: P) -> Self {
        Self::Phrase(phrase.into())
    }
}

impl<P: Into<Phrase>, const N: usize> From<[P; N]> for Param {
    fn from(phrases: [P; N]) -> Self {
        Self::AnyOf(phrases.map(Into::into).to_vec())
    }
}

/// Declares closed lists of phrases, each with its English and Chinese text.
macro_rules! phrases {
    ($($(#[$about:meta])+ $visibility:vis enum $name:ident {
        $($(#[$meaning:meta])* $phrase:ident = $en:literal, $zh:literal;)+
    })+) => {$(
        $(#[$about])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        $visibility enum $name { $($(#[$meaning])* $phrase,)+ }

        impl From<$name> for $crate::kernel::message::Phrase {
            fn from(phrase: $name) -> Self {
                match phrase { $($name::$phrase => Self::new($en, $zh),)+ }
            }
        }

        #[allow(dead_code, reason = "not every list is looked up, nor has every one phrases with parameters")]
        impl $name {
            /// The name of the phrase, for places where only a text can be passed on.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$phrase => stringify!($phrase),)+ }
            }

            /// The phrase with this name.
            #[must_use]
            pub fn named(name: &str) -> Option<Self> {
                [$(Self::$phrase),+].into_iter().find(|phrase| phrase.name() == name)
            }

            /// The phrase with a parameter of its own.
            #[must_use]
            pub fn with(
                self,
                name: &'static str,
                value: impl Into<$crate::kernel::message::Param>,
            ) -> $crate::kernel::message::Phrase {
                $crate::kernel::message::Phrase::from(self).with(name, value)
            }
        }
    )+};
}

pub(crate) use phrases;

/// Lets messages use every word of a vocabulary: the English text is its name, the Chinese text is given here.
macro_rules! in_chinese {
    ($vocabulary:ident { $($word:ident = $zh:literal),+ }) => {
        impl From<$vocabulary> for $crate::kernel::message::Phrase {
            fn from(word: $vocabulary) -> Self {
                match word { $($vocabulary::$word => Self::new(word.slug(), $zh),)+ }
            }
        }
    };
}

pub(crate) use in_chinese;

/// Replaces the parameters that a template names in braces; phrases are put in `language`. In Chinese, a parameter is set off by
/// a blank only where Chinese meets Latin letters or digits, whatever the template has there.
#[must_use]
pub fn fill_in(template: &str, params: &Params, language: Language) -> String {
    let join: fn(&mut String, &str) = match language {
        Language::En => String::push_str,
        Language::ZhCn => join_chinese,
    };
    let whole = template.to_owned();
    params.iter().fold(whole, |text, (name, value)| set(&text, name, &value.text(language), join))
}

/// Puts a value wherever the template names it.
fn set(template: &str, name: &str, value: &str, join: fn(&mut String, &str)) -> String {
    let placeholder = format!("{{{name}}}");
    let mut parts = template.split(&placeholder);
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        join(&mut text, value);
        join(&mut text, part);
    }
    text
}

fn join_chinese(text: &mut String, next: &str) {
    let blank = match (text.trim_end_matches(' ').chars().next_back(), next.trim_start_matches(' ').chars().next()) {
        (Some(left), Some(right)) if is_full_width(left) && is_full_width(right) => "",
        (Some(left), Some(right))
            if (is_chinese(left) && right.is_ascii_alphanumeric())
                || (left.is_ascii_alphanumeric() && is_chinese(right)) =>
        {
            " "
        }
        _ => return text.push_str(next),
    };
    text.truncate(text.trim_end_matches(' ').len());
    text.push_str(blank);
    text.push_str(next.trim_start_matches(' '));
}

fn is_chinese(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}')
}

/// A Chinese character or a mark as wide as one.
fn is_full_width(c: char) -> bool {
    is_chinese(c) || matches!(c, '\u{3000}'..='\u{303f}' | '\u{ff00}'..='\u{ffef}')
}

/// Replaces the parameters that a template names in braces.
pub fn fill<'a>(template: &str, params: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    params.into_iter().fold(template.to_owned(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    phrases! {
        /// What there is to say.
        pub enum Saying {
            Late = "it comes {count} days late", "晚了 {count} 天";
            Open = "open", "开放";
            Shut = "shut", "关闭";
            Ajar = "ajar", "半开";
        }
    }

    #[test]
    fn chinese_has_blanks_only_between_chinese_and_latin() {
        let filled = |template: &str, value: &str| {
            fill_in(template, &Params::from([("what", data(value)), ("day", data("2026-03"))]), Language::ZhCn)
        };
        assert_eq!(filled("该 {what} 已关闭", "分享"), "该分享已关闭");
        assert_eq!(filled("该 {what} 已关闭", "P1"), "该 P1 已关闭");
        assert_eq!(filled("{what}在 {day} 不在职", "王芳"), "王芳在 2026-03 不在职");
        assert_eq!(filled("{what}在 {day} 不在职", "E1"), "E1 在 2026-03 不在职");
        assert_eq!(filled("无效：{what}。", "分享"), "无效：分享。");
        assert_eq!(filled("无效： {what} （{day}）", "分享"), "无效：分享（2026-03）");
        assert_eq!(filled("{what} {day}", "A b"), "A b 2026-03");
    }

    #[test]
    fn lists_and_times_are_written_as_the_language_does() {
        let names = listed(["a", "b"]);
        assert_eq!((names.text(Language::En), names.text(Language::ZhCn)), ("a, b", "a、b"));
        let at = local_time(DateTime::UNIX_EPOCH, chrono_tz::Asia::Shanghai);
        assert_eq!(at.text(Language::En), "1970-01-01 08:00 (Asia/Shanghai)");
        assert_eq!(at.text(Language::ZhCn), "1970-01-01 08:00（Asia/Shanghai）");
    }

    fn said(param: impl Into<Param>) -> (String, String) {
        let param = param.into();
        (param.text(Language::En), param.text(Language::ZhCn))
    }

    fn both(en: &str, zh: &str) -> (String, String) {
        (en.to_owned(), zh.to_owned())
    }

    #[test]
    fn a_phrase_is_said_in_both_languages_and_data_in_one() {
        assert_eq!(said(Saying::Open), both("open", "开放"));
        assert_eq!(said(Saying::Late.with("count", 3)), both("it comes 3 days late", "晚了 3 天"));
        assert_eq!(said(data("open")), both("open", "open"));
    }

    #[test]
    fn several_words_are_listed() {
        assert_eq!(said([Saying::Open]), both("open", "开放"));
        assert_eq!(said([Saying::Open, Saying::Shut]), both("open or shut", "开放或关闭"));
        let all = [Saying::Open, Saying::Shut, Saying::Ajar];
        assert_eq!(said(all), both("open, shut or ajar", "开放、关闭或半开"));
    }
}
