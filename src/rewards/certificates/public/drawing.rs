//! The certificate as it is framed: a drawing (SVG) in Chinese or English, on a sheet of A4 across.
//!
//! It needs no fonts of ours: the reader's are named in the order in which they are good at Chinese, and every text says its language,
//! because the same character is drawn differently in Chinese and in Japanese.

use qrcode::{Color, EcLevel, QrCode};

use super::dto::PublicCertificate;
use super::lines::{is_han, set};
use super::words::{Label, day};
use crate::error::{Error, Result};
use crate::kernel::html::Html;
use crate::kernel::language::Language;
use crate::kernel::message::{Phrase, data};

/// For texts in Chinese.
const SERIF: &str =
    "'Noto Serif CJK SC', 'Source Han Serif SC', 'Songti SC', STSong, SimSun, 'WenQuanYi Zen Hei', serif";
/// For others: in a Chinese font their quotation marks would be as wide as characters.
const LATIN: &str = "Georgia, 'Noto Serif', 'Liberation Serif', 'Times New Roman', 'Noto Serif CJK SC', serif";
const SANS: &str = "'Noto Sans CJK SC', 'Source Han Sans SC', 'PingFang SC', 'Microsoft YaHei', 'WenQuanYi Zen Hei', 'WenQuanYi Micro Hei', sans-serif";

/// The middle of the sheet.
const MIDDLE: u32 = 561;
/// How wide a text in the middle may be.
const WIDTH: u32 = 860;

const INK: &str = "#2b2a28";
const GOLD: &str = "#9a7427";
const QUIET: &str = "#6d675c";

/// The background with its frame, ornaments in the corners and a rosette.
const SHEET: &str = r##"
<rect width="1123" height="794" fill="#fffdf7"/>
<rect x="26" y="26" width="1071" height="742" fill="none" stroke="#b08d3f" stroke-width="3"/>
<rect x="36" y="36" width="1051" height="722" fill="none" stroke="#d9c48a" stroke-width="1"/>
<g fill="none" stroke="#b08d3f" stroke-width="2">
<path d="M36 108H76V76H108V36M1087 108H1047V76H1015V36M36 686H76V718H108V758M1087 686H1047V718H1015V758"/>
<path d="M52 92V52H92M1071 92V52H1031M52 702V742H92M1071 702V742H1031" stroke="#d9c48a"/>
</g>
<g transform="translate(561 118)">
<path d="M-16 22L-26 66L0 52L26 66L16 22Z" fill="#b23a2e"/>
<path d="M0-38L9-30L21-32L25-20L36-14L33-2L38 9L29 17L27 29L15 30L6 38L-4 32L-16 34L-22 24L-33 19L-32 7L-38-3L-31-13L-29-25L-17-27L-8-36Z" fill="#c9a24a"/>
<circle r="24" fill="#fffdf7"/><circle r="20" fill="#c9a24a"/>
<path d="M0-13L4-4L13-4L6 2L9 12L0 6L-9 12L-6 2L-13-4L-4-4Z" fill="#fffdf7"/>
</g>
"##;

/// The whole drawing. `url` leads to the page that checks it. A credential in it makes the picture itself verifiable (Open Badges 3.0, 5.3).
pub fn svg(shown: &PublicCertificate, url: &str, credential: Option<&str>) -> Result<String> {
    Ok(format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}", drawn(shown, url, credential)?.into_text()))
}

/// The drawing as a part of a page.
pub fn drawn(shown: &PublicCertificate, url: &str, credential: Option<&str>) -> Result<Html> {
    let language = shown.language;
    let said = |phrase: Phrase| phrase.text(language);
    let tag = language.tag();
    let root = Html::default()
        .tags("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 1123 794\" width=\"1123\" height=\"794\" role=\"img\" lang=\"")
        .tags(tag)
        .tags("\" xml:lang=\"")
        .tags(tag)
        .tags("\">\n");
    let root = match credential {
        Some(credential) => root
            .tags("<openbadges:credential xmlns:openbadges=\"https://purl.imsglobal.org/ob/v3p0\" verify=\"")
            .text(credential)
            .tags("\"/>\n"),
        None => root,
    };
    let title = said(Label::Drawn.with("title", data(&shown.title)).with("holder", data(&shown.holder)));
    let body = root.element("title", &title).tags(SHEET);
    let spaced = if language == Language::ZhCn { 20 } else { 3 };
    let size = if language == Language::ZhCn { 52 } else { 40 };
    let body =
        Line { y: 248, size, fill: GOLD, spacing: spaced, ..Line::SERIF }.draw(body, &said(Label::Heading.into()));
    let body = middle(body, shown);
    foot(body, shown, url).map(|body| stamp(body, shown).tags("</svg>\n"))
}

/// Who has earned what.
fn middle(body: Html, shown: &PublicCertificate) -> Html {
    let said = |phrase: Phrase| phrase.text(shown.language);
    let body = Line { y: 300, size: 22, fill: QUIET, ..Line::SERIF }.draw(body, &said(Label::Certifies.into()));
    let name = set(&shown.holder, WIDTH, &[(62, 1), (48, 1), (36, 1)]);
    let mut body = body;
    for text in &name.lines {
        let line = Line { y: 382, size: name.size, spacing: name_spacing(text, name.size), ..Line::SERIF };
        body = line.draw(body, text);
    }
    let earned = Label::Earned.with("programme", data(&shown.programme)).with("period", shown.period.named());
    let earned = set(&said(earned), WIDTH, &[(24, 1), (20, 1), (18, 2)]);
    let mut y = 444;
    for text in &earned.lines {
        body = Line { y, size: earned.size, ..Line::SERIF }.draw(body, text);
        y += earned.size * 3 / 2;
    }
    let title = set(&shown.title, WIDTH, &[(46, 1), (38, 1), (32, 2), (26, 2), (22, 2)]);
    y += title.size / 2 + 10;
    for text in &title.lines {
        body = Line { y, size: title.size, fill: "#a3342a", weight: "700", ..Line::SERIF }.draw(body, text);
        y += title.size * 5 / 4;
    }
    Line { y: (y + 6).min(616), size: 22, fill: QUIET, ..Line::SERIF }.draw(body, &said(Label::Honour.into()))
}

/// Who has issued it and when, and how it is checked.
fn foot(body: Html, shown: &PublicCertificate, url: &str) -> Result<Html> {
    let said = |phrase: Phrase| phrase.text(shown.language);
    let issuer = set(&shown.issuer, 520, &[(24, 1), (20, 1), (18, 2)]);
    let left = |y, size, fill| Line { x: 130, y, size, fill, anchor: "start", ..Line::SERIF };
    let mut y = 664;
    let mut body = body.tags("<path d=\"M130 634H520\" stroke=\"#d9c48a\"/>\n");
    for text in &issuer.lines {
        body = left(y, issuer.size, INK).draw(body, text);
        y += issuer.size * 5 / 4;
    }
    let body = left(y + 4, 18, QUIET).draw(body, day(shown.issued_on).text(shown.language));
    let check = Line { x: 872, y: 690, size: 15, fill: QUIET, anchor: "end", font: SANS, ..Line::SERIF };
    let body = check.draw(body, &said(Label::Scan.into()));
    qr(body, url, (888, 612), 112)
}

/// Across the sheet, if it is no longer valid.
fn stamp(body: Html, shown: &PublicCertificate) -> Html {
    if shown.revoked_on.is_none() {
        return body;
    }
    let body = body.tags("<g transform=\"rotate(-18 561 400)\" opacity=\"0.6\">\n");
    let line = Line { y: 450, size: 150, fill: "#b3261e", weight: "700", font: SANS, spacing: 24, ..Line::SERIF };
    line.draw(body, &Phrase::from(Label::Stamp).text(shown.language)).tags("</g>\n")
}

/// A Chinese name of two or three characters is set wider, so that it looks as long as others.
fn name_spacing(name: &str, size: u32) -> u32 {
    if !name.chars().all(is_han) {
        return 0;
    }
    match name.chars().count() {
        2 => size / 2,
        3 => size / 5,
        _ => 0,
    }
}

/// A line of text.
struct Line {
    x: u32,
    y: u32,
    size: u32,
    fill: &'static str,
    weight: &'static str,
    font: &'static str,
    anchor: &'static str,
    /// Between letters.
    spacing: u32,
}

impl Line {
    const SERIF: Self =
        Self { x: MIDDLE, y: 0, size: 20, fill: INK, weight: "400", font: SERIF, anchor: "middle", spacing: 0 };

    fn draw(&self, body: Html, text: &str) -> Html {
        // The space after the last letter counts, too.
        let x = if self.anchor == "middle" { self.x + self.spacing / 2 } else { self.x };
        let body = body.tags("<text x=\"").text(&x.to_string()).tags("\" y=\"").text(&self.y.to_string());
        let body = body.tags("\" font-size=\"").text(&self.size.to_string()).tags("\" fill=\"").tags(self.fill);
        let chinese = text.chars().filter(|letter| is_han(*letter)).count();
        // A few Chinese words in an English sentence do not make its quotation marks wide.
        let font = if self.font == SERIF && chinese * 2 < text.chars().count() { LATIN } else { self.font };
        let body = body.tags("\" font-weight=\"").tags(self.weight).tags("\" font-family=\"").tags(font);
        let body = body.tags("\" text-anchor=\"").tags(self.anchor);
        let body = match self.spacing {
            0 => body,
            spacing => body.tags("\" letter-spacing=\"").text(&spacing.to_string()),
        };
        let body = if chinese > 0 { body.tags("\" lang=\"zh-CN\" xml:lang=\"zh-CN") } else { body };
        body.tags("\">").text(text).tags("</text>\n")
    }
}

/// The address as a square to scan, at a place and in a width.
fn qr(body: Html, url: &str, (x, y): (u32, u32), width: usize) -> Result<Html> {
    let code = QrCode::with_error_correction_level(url, EcLevel::M)
        .map_err(|fault| Error::internal(format!("the address fits into no square: {fault}")))?;
    let count = code.width();
    let mut path = String::new();
    for (row, modules) in code.to_colors().chunks(count).enumerate() {
        for (column, module) in modules.iter().enumerate() {
            if *module == Color::Dark {
                path.push_str(&format!("M{column} {row}h1v1h-1z"));
            }
        }
    }
    let place = format!("translate({x} {y}) scale({} {})", scale(width, count), scale(width, count));
    let body =
        body.tags("<path shape-rendering=\"crispEdges\" fill=\"#2b2a28\" transform=\"").text(&place).tags("\" d=\"");
    Ok(body.text(&path).tags("\"/>\n"))
}

/// A width shared by so many, in thousandths.
fn scale(width: usize, count: usize) -> String {
    let thousandths = width * 1000 / count.max(1);
    format!("{}.{:03}", thousandths / 1000, thousandths % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(holder: &str, language: Language) -> PublicCertificate {
        PublicCertificate::example(holder, language)
    }

    #[test]
    fn texts_are_escaped_and_the_picture_carries_its_credential() {
        let evil = "</text><script>alert(1)</script>";
        let drawing = svg(&shown(evil, Language::En), "https://a.example/certificates/x", Some("a.b.c")).unwrap();
        assert!(!drawing.contains("<script>") && drawing.contains("&lt;script&gt;"), "{drawing}");
        assert!(drawing.contains("verify=\"a.b.c\"") && drawing.ends_with("</svg>\n"));
    }

    #[test]
    fn a_chinese_name_is_set_wide_and_says_its_language() {
        let drawing = svg(&shown("王芳", Language::En), "https://a.example/certificates/x", None).unwrap();
        assert!(drawing.contains("letter-spacing=\"31\" lang=\"zh-CN\" xml:lang=\"zh-CN\">王芳<"), "{drawing}");
        assert_eq!(name_spacing("Ann", 60), 0);
        assert_eq!(name_spacing("欧阳明月", 60), 0);
    }

    #[test]
    fn the_square_has_its_finders_in_three_corners() {
        let drawing = qr(Html::default(), "https://a.example/certificates/x", (0, 0), 100).unwrap().into_text();
        assert!(drawing.contains("M0 0h1v1h-1zM1 0h1v1h-1z"), "{drawing}");
        assert_eq!(scale(100, 33), "3.030");
    }
}
