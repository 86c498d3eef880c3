//! Types of texts from outside. The length and the characters of a text are defined once, by its type. The type then
//! determines how the text is read from JSON, how the contract describes it, and how it is stored (`db::clean`).
//!
//! A text in a request is brought to its normal form while it is read. `#[validate(nested)]` then checks it together with all
//! other members of the request, so that all faults are reported at once.

use std::borrow::Cow;
use std::marker::PhantomData;

use diesel::deserialize::FromSqlRow;
use diesel::expression::AsExpression;
use serde::{Deserialize, Deserializer};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{Object, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};
use validator::{Validate, ValidationError, ValidationErrors};

use super::fault::{Fault, FaultCode, Faults};
use super::phrases;
pub use forms::{Form, Identifying, Mail, Marking, OneLine, OwnCode, SeveralLines};
pub use kinds::*;

mod clean;
mod forms;
mod kinds;
mod like_str;
#[cfg(test)]
mod tests;

/// One line for people.
pub type Line<const MAX: usize> = Clean<OneLine, 1, MAX>;
/// Several lines for people.
pub type Text<const MAX: usize> = Clean<SeveralLines, 1, MAX>;
/// One line that identifies something, also in other systems. Marks that look the same must be the same.
pub type Mark<const MAX: usize, const MIN: usize = 1> = Clean<Marking, MIN, MAX>;
/// A mark by which another system knows somebody or something: an employee number, a department's code. Such marks come from
/// spreadsheets and input methods, so wide and narrow forms of a character are the same.
pub type Identity<const MAX: usize> = Clean<Identifying, 1, MAX>;
/// A code or key defined in Lectern: letters, digits, `.`, `_` and `-`, starting with a letter or digit.
pub type Code<const MAX: usize = MAX_CODE_CHARS> = Clean<OwnCode, 1, MAX>;

/// The maximum length of a code or key.
pub const MAX_CODE_CHARS: usize = 64;

/// A text of `MIN` to `MAX` characters (code points in NFC, as Postgres counts them) of one form.
///
/// A text in a request is clean once the request is validated. [`Clean::parse`] returns only clean texts.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, AsExpression, FromSqlRow)]
#[diesel(sql_type = diesel::sql_types::Text)]
pub struct Clean<F, const MIN: usize, const MAX: usize> {
    text: String,
    form: PhantomData<F>,
}

/// What is wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TextFault {
    /// It is blank: empty, or only white space.
    Empty,
    TooShort {
        min: usize,
    },
    TooLong {
        max: usize,
    },
    NotACode,
    NotAMailAddress,
    /// A line contains a control character or line break.
    ControlInLine,
    /// A text contains a control character other than a line break or tab.
    ControlInText,
    /// It contains a noncharacter or a format character, such as one that changes the writing direction.
    Invisible,
    SpaceAround,
    /// A zero-width joiner that is not between emoji.
    StrayJoiner,
    /// A variation selector after something that cannot vary.
    StraySelector,
    /// A joiner or variation selector in a mark.
    Sequence,
    /// An apostrophe or equals sign with which a spreadsheet keeps digits as a text.
    SpreadsheetSign,
    NothingVisible,
}

impl TextFault {
    /// The fault at `pointer`, with its code in the catalogue.
    #[must_use]
    pub fn at(self, pointer: impl Into<String>) -> Fault {
        match self {
            Self::TooShort { min } => Fault::new(pointer, self.code()).with("min", min),
            Self::TooLong { max } => Fault::new(pointer, self.code()).with("max", max),
            _ => match self.expected() {
                Some(form) => Fault::bad_format(pointer, form),
                None => Fault::new(pointer, self.code()),
            },
        }
    }

    /// The code in the catalogue.
    #[must_use]
    pub fn code(self) -> FaultCode {
        match self {
            Self::Empty => FaultCode::Empty,
            Self::TooShort { .. } => FaultCode::TooShort,
            Self::TooLong { .. } => FaultCode::TooLong,
            Self::NotACode => FaultCode::BadCharacters,
            _ => FaultCode::BadFormat,
        }
    }

    /// The required form of a badly formatted text.
    #[must_use]
    pub fn expected(self) -> Option<phrases::Form> {
        use phrases::Form;
        Some(match self {
            Self::Empty | Self::TooShort { .. } | Self::TooLong { .. } | Self::NotACode => return None,
            Self::NotAMailAddress => Form::Email,
            Self::ControlInLine => Form::Line,
            Self::ControlInText => Form::Text,
            Self::Invisible => Form::WithoutInvisible,
            Self::SpaceAround => Form::WithoutSpaceAround,
            Self::StrayJoiner => Form::JoinersInEmoji,
            Self::StraySelector => Form::SelectorsAfterVisible,
            Self::Sequence => Form::WithoutSequences,
            Self::SpreadsheetSign => Form::WithoutSpreadsheetSigns,
            Self::NothingVisible => Form::Visible,
        })
    }
}

impl<F: Form, const MIN: usize, const MAX: usize> Clean<F, MIN, MAX> {
    /// Minimum and maximum number of characters, as in the CHECK of the column.
    pub const LENGTHS: (usize, usize) = (MIN, MAX);

    /// The text in its normal form.
    ///
    /// # Errors
    /// The first fault of the text.
    pub fn parse(text: impl Into<String>) -> Result<Self, TextFault> {
        let read = Self::read(text.into());
        match read.faults().next() {
            None => Ok(read),
            Some(fault) => Err(fault),
        }
    }

    /// The text in the form in which such texts are stored, to look one up. It need not be a text of this type.
    #[must_use]
    pub fn comparable(text: impl Into<String>) -> Self {
        Self::read(text.into())
    }

    /// The text in its normal form, not yet checked.
    fn read(text: String) -> Self {
        Self { text: F::normalize(text), form: PhantomData }
    }

    /// All faults of the text; none if it is clean.
    pub fn faults(&self) -> impl Iterator<Item = TextFault> + use<F, MIN, MAX> {
        Self::faults_of(&self.text)
    }

    /// All faults of a text that should be of this type.
    pub fn faults_of(text: &str) -> impl Iterator<Item = TextFault> + use<F, MIN, MAX> {
        let length = match text.chars().count() {
            _ if text.trim().is_empty() => return [Some(TextFault::Empty), None].into_iter().flatten(),
            length if length < MIN => Some(TextFault::TooShort { min: MIN }),
            length if length > MAX => Some(TextFault::TooLong { max: MAX }),
            _ => None,
        };
        [length, F::check(text).err()].into_iter().flatten()
    }
}

impl<F, const MIN: usize, const MAX: usize> Clean<F, MIN, MAX> {
    /// A text that needs no check, because it was checked when it was stored or comes from the service itself.
    #[must_use]
    pub fn trusted(text: impl Into<String>) -> Self {
        Self { text: text.into(), form: PhantomData }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    #[must_use]
    pub fn into_string(self) -> String {
        self.text
    }
}

impl Faults {
    /// Records the faults found in the text at `pointer`.
    pub fn check_text(&mut self, pointer: &str, found: impl Iterator<Item = TextFault>) {
        for fault in found {
            self.push(fault.at(pointer));
        }
    }
}

impl<F: Form, const MIN: usize, const MAX: usize> Validate for Clean<F, MIN, MAX> {
    fn validate(&self) -> Result<(), ValidationErrors> {
        let mut errors = ValidationErrors::new();
        for fault in self.faults() {
            let mut error = ValidationError::new(fault.expected().map_or(fault.code().slug(), phrases::Form::name));
            match fault {
                TextFault::TooShort { min } => error.add_param("min".into(), &min),
                TextFault::TooLong { max } => error.add_param("max".into(), &max),
                _ => {}
            }
            // The validator's name for faults of a value as a whole.
            errors.add("__all__", error);
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

impl<'de, F: Form, const MIN: usize, const MAX: usize> Deserialize<'de> for Clean<F, MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::read)
    }
}

impl<F: Form, const MIN: usize, const MAX: usize> PartialSchema for Clean<F, MIN, MAX> {
    fn schema() -> RefOr<Schema> {
        RefOr::T(Schema::Object(describe::<F>(MIN, MAX)))
    }
}

/// The contract has no components with these names: `app::contract` replaces each reference by the schema.
impl<F: Form, const MIN: usize, const MAX: usize> ToSchema for Clean<F, MIN, MAX> {
    fn name() -> Cow<'static, str> {
        format!("{}.{MIN}.{MAX}", F::SLUG).into()
    }
}

/// The schema of a text type, by the schema's name.
#[must_use]
pub fn schema_of(name: &str) -> Option<Object> {
    let mut parts = name.split('.');
    let (slug, min, max) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let describe = match slug {
        OneLine::SLUG => describe::<OneLine>,
        SeveralLines::SLUG => describe::<SeveralLines>,
        Marking::SLUG => describe::<Marking>,
        Identifying::SLUG => describe::<Identifying>,
        OwnCode::SLUG => describe::<OwnCode>,
        Mail::SLUG => describe::<Mail>,
        _ => return None,
    };
    Some(describe(min, max))
}

fn describe<F: Form>(min: usize, max: usize) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(F::FORMAT.map(SchemaFormat::KnownFormat))
        .min_length(Some(min))
        .max_length(Some(max))
        .pattern(F::pattern())
        .build()
}
