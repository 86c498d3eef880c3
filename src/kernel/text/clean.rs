//! What counts as clean text. It is decided here alone: the types, the documents and the import ask this module, and the
//! patterns of the contract come from it.
//!
//! A text is brought to NFC, because canonically equivalent texts are the same text: a Mac sends names of files in NFD, and
//! nobody sees the difference. Everything else is refused, never mended silently.

use unicode_normalization::{UnicodeNormalization as _, is_nfc};
use unicode_properties::emoji::{EmojiStatus, is_regional_indicator, is_zwj};
use unicode_properties::{GeneralCategory, UnicodeEmoji as _, UnicodeGeneralCategory as _};

use super::TextFault;

/// The text in NFC.
pub fn compose(text: String) -> String {
    if is_nfc(&text) { text } else { text.nfc().collect() }
}

/// The text with LF as its only line break.
pub fn unify_breaks(text: String) -> String {
    if text.contains('\r') { text.replace("\r\n", "\n").replace('\r', "\n") } else { text }
}

/// What one kind of text takes beyond visible characters, marks and spaces.
#[derive(Debug, Clone, Copy)]
pub struct Rules {
    /// Line breaks and tabs, and white space at the ends.
    pub breaks: bool,
    /// Joiners and variation selectors where they belong: invisible by themselves, they choose between glyphs.
    pub sequences: bool,
}

/// The first thing that makes the text unclean; `text` is in NFC.
pub fn check(text: &str, rules: Rules) -> Result<(), TextFault> {
    check_characters(text, rules)?;
    if !rules.breaks && text.trim() != text {
        return Err(TextFault::SpaceAround);
    }
    if text.chars().any(|c| kind(c) == Kind::Visible) { Ok(()) } else { Err(TextFault::NothingVisible) }
}

fn check_characters(text: &str, rules: Rules) -> Result<(), TextFault> {
    let mut before = Kind::Space;
    // Whether an emoji, its skin tone and variation selector included, ends here.
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

/// What a character is to a reader.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Visible,
    /// A combining mark, which is nothing without its base.
    Mark,
    Space,
    /// It takes room at most: the fillers of Hangul, the empty Braille cell, what no version of Unicode known here assigns.
    Blank,
    Joiner,
    Selector,
    /// Controls, and the separators of lines and paragraphs.
    Control,
    /// Format characters, those of bidirectional text among them, and noncharacters.
    Format,
}

fn kind(c: char) -> Kind {
    match c {
        '\u{115f}' | '\u{1160}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}' | '\u{1d159}' => return Kind::Blank,
        // Those of Mongolian, the general ones, and those of ideographs.
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

/// Code points that Unicode keeps for the insides of programs: U+FDD0 to U+FDEF, and the last two of each plane.
fn is_noncharacter(c: char) -> bool {
    let code = u32::from(c);
    (0xfdd0..=0xfdef).contains(&code) || code & 0xfffe == 0xfffe
}

/// An emoji that a joiner may follow: no digit, and no half of a flag.
fn is_pictograph(c: char) -> bool {
    let is_emoji = !matches!(
        c.emoji_status(),
        EmojiStatus::NonEmoji | EmojiStatus::NonEmojiButEmojiComponent | EmojiStatus::EmojiOtherAndEmojiComponent
    );
    is_emoji && !is_regional_indicator(c)
}

/// An emoji that may follow a joiner: a skin tone belongs to what stands before it.
fn starts_emoji(c: char) -> bool {
    is_pictograph(c) && c.emoji_status() != EmojiStatus::EmojiPresentationAndModifierAndEmojiComponent
}

/// The white space of the Basic Multilingual Plane that a line may hold inside, for character classes.
const SPACES: &str = r"\u0020\u00A0\u1680\u2000-\u200A\u202F\u205F\u3000";

/// The format characters and noncharacters of the Basic Multilingual Plane, for character classes. What lies beyond it
/// cannot be written so that every reader of patterns takes it.
const FORMATS: &str = r"\u00AD\u0600-\u0605\u061C\u06DD\u070F\u0890\u0891\u08E2\u180E\u200B\u200C\u200E\u200F\u2028-\u202E\u2060-\u2064\u2066-\u206F\uFDD0-\uFDEF\uFEFF\uFFF9-\uFFFB\uFFFE\uFFFF";

/// The variation selectors of the Basic Multilingual Plane and the joiner, for character classes.
const SEQUENCES: &str = r"\u180B-\u180D\u180F\u200D\uFE00-\uFE0F";

/// A pattern for JSON Schema that every text of these rules has. Others may have it too: that a text is in NFC, that its
/// joiners stand between emoji and that something in it can be seen, no pattern says.
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
