//! The two languages of texts for people. Codes are never translated.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A language of texts for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, ToSchema)]
pub enum Language {
    #[default]
    #[serde(rename = "en")]
    En,
    #[serde(rename = "zh-CN")]
    ZhCn,
}

impl Language {
    /// The language tag (BCP 47).
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::ZhCn => "zh-CN",
        }
    }

    /// The best supported language for an `Accept-Language` header (RFC 9110, 12.5.4); English if none fits.
    #[must_use]
    pub fn negotiate(accept_language: &str) -> Self {
        let mut best = (0, Self::En);
        for range in accept_language.split(',') {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
            let quality = parts.find_map(|part| part.trim().strip_prefix("q=").map(thousandths)).unwrap_or(1000);
            let language = match tag.split('-').next() {
                Some("zh") => Self::ZhCn,
                Some("en" | "*") => Self::En,
                _ => continue,
            };
            if quality > best.0 {
                best = (quality, language);
            }
        }
        best.1
    }
}

/// A quality value (`0.8`) in thousandths; an unreadable one counts as 0.
fn thousandths(quality: &str) -> u32 {
    let (whole, decimals) = quality.split_once('.').unwrap_or((quality, ""));
    let digits: String = format!("{decimals:0<3}").chars().take(3).collect();
    match (whole.parse::<u32>(), digits.parse::<u32>()) {
        (Ok(whole), Ok(decimals)) => (whole * 1000 + decimals).min(1000),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_with_the_highest_quality_wins_and_the_first_of_equals() {
        for (header, expected) in [
            ("", Language::En),
            ("zh", Language::ZhCn),
            ("zh-CN", Language::ZhCn),
            ("zh-Hans", Language::ZhCn),
            ("ZH-tw", Language::ZhCn),
            ("zh-Hans-CN;q=0.9, en;q=0.8", Language::ZhCn),
            ("en;q=0.9,zh;q=0.95", Language::ZhCn),
            ("fr, zh;q=0.1", Language::ZhCn),
            ("de", Language::En),
            ("*", Language::En),
            ("zh;q=0, en;q=0.1", Language::En),
        ] {
            assert_eq!(Language::negotiate(header), expected, "{header}");
        }
    }
}
