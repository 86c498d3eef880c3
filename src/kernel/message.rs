//! The parameters of a message: data, which is the same in every language, or phrases, which exist in both languages.

use std::collections::BTreeMap;
use std::fmt;

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

/// A text in both languages that is data: what a company calls something.
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
    fn text(&self, language: Language) -> String {
        match self {
            Self::Data(text) | Self::Place(text) => text.clone(),
            Self::Phrase(phrase) => phrase.text(language),
            Self::Words(words) => words.text(language).to_owned(),
            Self::Codes(_, codes) => codes.join(match language {
                Language::En => ", ",
                Language::ZhCn => "、",
            }),
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

/// Replaces the parameters that a template names in braces; phrases are put in `language`.
#[must_use]
pub fn fill_in(template: &str, params: &Params, language: Language) -> String {
    let params: Vec<(&str, String)> = params.iter().map(|(name, value)| (*name, value.text(language))).collect();
    fill(template, params.iter().map(|(name, value)| (*name, value.as_str())))
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
