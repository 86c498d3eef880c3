//! What counts as clean text. Only this module decides it: the text types, documents and imports use it, and the patterns in
//! the contract are derived from it.
//!
//! A text is brought to NFC, because canonically equivalent texts are the same text: a Mac sends file names in NFD, and
//! nobody sees the difference. Marks of other systems are narrowed too, because they are compared. Everything else is refused and
//! never corrected silently.

use unicode_normalization::{UnicodeNormalization as _, is_nfc};
use unicode_properties::emoji::{EmojiStatus, is_regional_indicator, is_zwj};
use unicode_properties::{GeneralCategory, UnicodeEmoji as _, UnicodeGeneralCategory as _};

use super::TextFault;

/// The text in NFC.
pub fn compose(text: String) -> String {
    if is_nfc(&text) { text } else { text.nfc().collect() }
}

/// The text with narrow letters, digits and signs for the full-width ones of input methods, and plain spaces.
pub fn narrow(text: String) -> String {
    if text.is_ascii() { text } else { text.chars().map(narrow_form).collect() }
}

fn narrow_form(c: char) -> char {
    match u32::from(c) {
        code @ 0xff01..=0xff5e => char::from_u32(code - 0xfee0).unwrap_or(c),
        _ if c.general_category() == GeneralCategory::SpaceSeparator => ' ',
        _ => c,
    }
}

/// What stands in a spreadsheet's cell as text: `="00123"` and `'00123` are 00123.
pub fn without_signs(cell: &str) -> &str {
    let quoted = cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
    let marked = cell.strip_prefix('\'').filter(|rest| !rest.is_empty());
    quoted.or(marked).unwrap_or(cell).trim()
}

/// The text with LF as its only line break.
pub fn unify_breaks(text: String) -> String {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text }
}

/// What a kind of text may contain in addition to visible characters, marks and spaces.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Line breaks and tabs, and white space at either end.
    pub breaks: bool,
    /// Joiners and variation selectors in their proper places. They are invisible and select glyphs.
    pub sequences: bool,
}

/// The first fault that makes the text unclean. `text` is in NFC.
pub fn check(text: &str, rules: Rules) -> Result<(), TextFault> {
    check_characters(text, rules)?;
    if !rules.breaks && text.trim() != text {
        return Err(TextFault::SpaceAround);
    }
    if text.chars().any(|c| kind(c) == Kind::Visible) { Ok(()) } else { Err(TextFault::NothingVisible) }
}

fn check_characters(text: &str, rules: Rules) -> Result<(), TextFault> {
    let mut before = Kind::Space;
    // Whether an emoji ends here, including its skin tone and variation selector.
    let mut ends_emoji = false;
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        let kind = kind(c);
        match kind {
            Kind::Control if rules.breaks && matches!(c, '\n' | '\t') => {}
            Kind::Control if rules.breaks => return Err(TextFault::ControlInText),
            Kind::Control => return Err(TextFault::ControlInLine),
            Kind::Format => return Err(TextFault::Invisible),
            Kind::Joiner | Kind::Selector if !rules.sequences => return Err(TextFault::Sequence),
            Kind::Joiner if !(ends_emoji && characters.peek().is_some_and(|next| starts_emoji(*next))) => {
                return Err(TextFault::StrayJoiner);
            }
            Kind::Selector if before != Kind::Visible => return Err(TextFault::StraySelector),
            _ => {}
        }
        ends_emoji = is_pictograph(c) || ends_emoji && kind == Kind::Selector;
        before = kind;
    }
    Ok(())
}

/// The role of a character for a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Visible,
    /// A combining mark, which needs a base character.
    Mark,
    Space,
    /// It takes up space at most: the fillers of Hangul, the empty Braille cell, and code points that no known version of
    /// Unicode assigns.
    Blank,
    Joiner,
    Selector,
    /// Control characters, and the separators of lines and paragraphs.
    Control,
    /// Format characters, including those of bidirectional text, and noncharacters.
    Format,
}

fn kind(c: char) -> Kind {
    match c {
        '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' | '\u{1d159}' => return Kind::Blank,
        // The variation selectors of Mongolian, the general ones, and those of ideographs.
        '\u{180b}'..='\u{180d}' | '\u{180f}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => {
            return Kind::Selector;
        }
        c if is_zwj(c) => return Kind::Joiner,
        c if is_noncharacter(c) => return Kind::Format,
        _ => {}
    }
    match c.general_category() {
        GeneralCategory::Control | GeneralCategory::LineSeparator | GeneralCategory::ParagraphSeparator => {
            Kind::Control
        }
        GeneralCategory::Format | GeneralCategory::Surrogate => Kind::Format,
        GeneralCategory::NonspacingMark | GeneralCategory::SpacingMark | GeneralCategory::EnclosingMark => Kind::Mark,
        GeneralCategory::SpaceSeparator => Kind::Space,
        GeneralCategory::Unassigned => Kind::Blank,
        _ => Kind::Visible,
    }
}

/// Code points that Unicode reserves for internal use: U+FDD0 to U+FDEF, and the last two of each plane.
fn is_noncharacter(c: char) -> bool {
    let code = u32::from(c);
    (0xfdd0..=0xfdef).contains(&code) || code & 0xfffe == 0xfffe
}

/// An emoji that can be followed by a joiner: not a digit, and not one half of a flag.
fn is_pictograph(c: char) -> bool {
    let is_emoji = !matches!(
        c.emoji_status(),
        EmojiStatus::NonEmoji | EmojiStatus::NonEmojiButEmojiComponent | EmojiStatus::EmojiOtherAndEmojiComponent
    );
    is_emoji && !is_regional_indicator(c)
}

/// An emoji that can follow a joiner. A skin tone belongs to the character before it.
fn starts_emoji(c: char) -> bool {
    is_pictograph(c) && c.emoji_status() != EmojiStatus::EmojiPresentationAndModifierAndEmojiComponent
}

/// The white space in the Basic Multilingual Plane that a line may contain, for character classes.
const SPACES: &str = r"\u0020\u00A0\u1680\u2000-\u200A\u202F\u205F\u3000";

/// The format characters and noncharacters in the Basic Multilingual Plane, for character classes. Characters beyond it
/// cannot be written in a way that every pattern reader accepts.
const FORMATS: &str = r"\u00AD\u0600-\u0605\u061C\u06DD\u070F\u0890\u0891\u08E2\u180E\u200B\u200C\u200E\u200F\u2028-\u202E\u2060-\u2064\u2066-\u206F\uFDD0-\uFDEF\uFEFF\uFFF9-\uFFFB\uFFFE\uFFFF";

/// The variation selectors in the Basic Multilingual Plane and the joiner, for character classes.
const SEQUENCES: &str = r"\u180B-\u180D\u180F\u200D\uFE00-\uFE0F";

/// A pattern for JSON Schema that every text with these rules matches. Other texts may match too: a pattern cannot say that a
/// text is in NFC, that its joiners are between emoji, or that it contains something visible.
pub fn pattern(rules: Rules) -> String {
    if rules.breaks {
        let controls = r"\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F";
        let any = format!("[^{controls}{FORMATS}]");
        return format!(r"^[\t\n\r{SPACES}]*[^{controls}\t\n\r{SPACES}{FORMATS}]{any}*$");
    }
    let controls = r"\u0000-\u001F\u007F-\u009F";
    let (inside, first, last) = if rules.sequences {
        (String::new(), SEQUENCES, r"\u200D")
    } else {
        (SEQUENCES.to_owned(), SEQUENCES, SEQUENCES)
    };
    let first = format!("[^{controls}{SPACES}{FORMATS}{first}]");
    let last = format!("[^{controls}{SPACES}{FORMATS}{last}]");
    format!("^{first}([^{controls}{FORMATS}{inside}]*{last})?$")
}
