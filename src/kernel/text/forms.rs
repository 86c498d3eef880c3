//! The forms of texts: which characters a text may contain, and how it is stored.

use utoipa::openapi::schema::KnownFormat;
use validator::ValidateEmail as _;

use super::TextFault;
use super::clean::{self, Rules};

/// Which characters a text may contain.
pub trait Form: 'static {
    /// The name of the form in the names of schemas.
    const SLUG: &'static str;
    const FORMAT: Option<KnownFormat> = None;

    /// The text as it is checked and stored.
    #[must_use]
    fn normalize(text: String) -> String {
        clean::compose(text)
    }

    /// The text that a spreadsheet means by a cell.
    #[must_use]
    fn in_cell(cell: &str) -> &str {
        cell
    }

    /// Whether the characters are allowed. `text` is in its normal form and not blank.
    fn check(text: &str) -> Result<(), TextFault>;

    /// The pattern of the text in the contract.
    fn pattern() -> Option<String>;
}

/// Declares the forms that differ only in their rules.
macro_rules! forms {
    ($($(#[doc = $doc:literal])+ $name:ident = $slug:literal, $rules:expr, $normalize:expr;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {}

        impl Form for $name {
            const SLUG: &'static str = $slug;

            fn normalize(text: String) -> String {
                $normalize(text)
            }

            fn check(text: &str) -> Result<(), TextFault> {
                clean::check(text, $rules)
            }

            fn pattern() -> Option<String> {
                Some(clean::pattern($rules))
            }
        }
    )+};
}

forms! {
    /// No control characters, and no white space at either end.
    OneLine = "Line", Rules { breaks: false, sequences: true }, clean::compose;
    /// Line breaks (LF) and tabs are also allowed.
    SeveralLines = "Text", Rules { breaks: true, sequences: true }, |text| clean::compose(clean::unify_breaks(text));
    /// A line without joiners and variation selectors, because nobody can see whether they are there.
    Marking = "Mark", Rules { breaks: false, sequences: false }, clean::compose;
}

/// Letters, digits, `.`, `_` and `-`, starting with a letter or digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OwnCode {}

impl Form for OwnCode {
    const SLUG: &'static str = "Code";

    fn check(text: &str) -> Result<(), TextFault> {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
        let is_code = text.chars().all(allowed) && !text.starts_with(['.', '_', '-']);
        if is_code { Ok(()) } else { Err(TextFault::NotACode) }
    }

    fn pattern() -> Option<String> {
        Some("^[A-Za-z0-9][A-Za-z0-9._-]*$".to_owned())
    }
}

/// A mark of another system. It is compared and stored in its narrow form, and without the signs with which spreadsheets keep
/// digits as a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Identifying {}

impl Form for Identifying {
    const SLUG: &'static str = "Identity";

    fn normalize(text: String) -> String {
        clean::narrow(clean::compose(text))
    }

    fn in_cell(cell: &str) -> &str {
        clean::without_signs(cell)
    }

    fn check(text: &str) -> Result<(), TextFault> {
        Marking::check(text)?;
        if text.starts_with(['\'', '=']) { Err(TextFault::SpreadsheetSign) } else { Ok(()) }
    }

    fn pattern() -> Option<String> {
        Marking::pattern()
    }
}

/// An email address, which must also be a mark. Its case means nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mail {}

impl Form for Mail {
    const SLUG: &'static str = "Mail";
    const FORMAT: Option<KnownFormat> = Some(KnownFormat::Email);

    fn normalize(text: String) -> String {
        clean::narrow(clean::compose(text)).to_lowercase()
    }

    fn in_cell(cell: &str) -> &str {
        clean::without_signs(cell)
    }

    fn check(text: &str) -> Result<(), TextFault> {
        // The check of addresses alone accepts characters that map to a valid domain: soft hyphens, joiners.
        Marking::check(text)?;
        if text.validate_email() { Ok(()) } else { Err(TextFault::NotAMailAddress) }
    }

    fn pattern() -> Option<String> {
        None
    }
}
