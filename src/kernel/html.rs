//! HTML for people to print. Tags are written in the code; every text is escaped.

use super::language::Language;

/// A piece of HTML.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// Tags of our own.
    #[must_use]
    pub fn tags(mut self, tags: &'static str) -> Self {
        self.0.push_str(tags);
        self
    }

    /// A text from anywhere, as it stands.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        for character in text.chars() {
            match character {
                '&' => self.0.push_str("&amp;"),
                '<' => self.0.push_str("&lt;"),
                '>' => self.0.push_str("&gt;"),
                '"' => self.0.push_str("&quot;"),
                '\'' => self.0.push_str("&#39;"),
                other => self.0.push(other),
            }
        }
        self
    }

    /// An element with a text in it.
    #[must_use]
    pub fn element(mut self, name: &'static str, text: &str) -> Self {
        self.0.push_str(&format!("<{name}>"));
        let mut whole = self.text(text);
        whole.0.push_str(&format!("</{name}>"));
        whole
    }

    /// Puts another piece here.
    #[must_use]
    pub fn piece(mut self, piece: &Self) -> Self {
        self.0.push_str(&piece.0);
        self
    }

    /// What was put together.
    #[must_use]
    pub fn into_text(self) -> String {
        self.0
    }

    /// A row of a table. A day or a period at the start of a cell is set apart, so that a style can keep it on one line.
    #[must_use]
    pub fn row<T: AsRef<str>>(self, cell: &'static str, texts: impl IntoIterator<Item = T>) -> Self {
        let row = texts.into_iter().fold(self.tags("<tr>"), |row, text| row.cell(cell, text.as_ref()));
        row.tags("</tr>\n")
    }

    fn cell(mut self, name: &'static str, text: &str) -> Self {
        let first = text.split(' ').next().filter(|first| is_day_or_period(first));
        let Some((first, rest)) = first.and_then(|first| Some((first, text.strip_prefix(first)?))) else {
            return self.element(name, text);
        };
        self.0.push_str(&format!("<{name}>"));
        let mut whole = self.element("span", first).text(rest);
        whole.0.push_str(&format!("</{name}>"));
        whole
    }

    /// A table with a head. `open` begins it.
    #[must_use]
    pub fn table<H, R>(
        self,
        open: &'static str,
        heads: impl IntoIterator<Item = H>,
        rows: impl IntoIterator<Item = R>,
    ) -> Self
    where
        H: AsRef<str>,
        R: IntoIterator<Item: AsRef<str>>,
    {
        let table = self.tags(open).tags("<thead>").row("th", heads).tags("</thead>\n<tbody>\n");
        rows.into_iter().fold(table, |table, row| table.row("td", row)).tags("</tbody></table>\n")
    }

    /// What a page is about: a name and a text in each row.
    #[must_use]
    pub fn about(self, rows: impl IntoIterator<Item = (String, String)>) -> Self {
        let row = |body: Self, (name, text): (String, String)| {
            body.tags("<tr>").element("th", &name).element("td", &text).tags("</tr>\n")
        };
        rows.into_iter().fold(self.tags("<table class=\"about\">\n"), row).tags("</table>\n")
    }

    /// A whole page with this as its body. It needs nothing from elsewhere, and search engines leave it out.
    #[must_use]
    pub fn page(self, language: Language, title: &str, style: &'static str) -> String {
        let head = Self::default().tags("<!DOCTYPE html>\n<html lang=\"").tags(language.tag());
        let head = head
            .tags("\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n")
            .tags("<meta name=\"robots\" content=\"noindex\">\n");
        let head = head.element("title", title).tags("\n<style>").tags(style).tags("</style>\n</head>\n<body>\n");
        format!("{}{}</body>\n</html>\n", head.0, self.0)
    }
}

/// 2026-09-30, 2026-09, 2026-Q3.
fn is_day_or_period(word: &str) -> bool {
    let (year, rest) = word.split_once('-').unwrap_or_default();
    let is_year = year.len() == 4 && year.bytes().all(|byte| byte.is_ascii_digit());
    is_year && rest.len() >= 2 && rest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'-' | b'A'..=b'Z'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_at_the_start_of_a_cell_stays_on_one_line() {
        let row = |text: &str| Html::default().row("td", [text]).0;
        for (text, shown) in [
            ("2026-09", "<span>2026-09</span>"),
            ("2026-Q3", "<span>2026-Q3</span>"),
            ("2026-09-30 10:00 (UTC)", "<span>2026-09-30</span> 10:00 (UTC)"),
            ("E2026-09", "E2026-09"),
            ("2026-", "2026-"),
            ("—", "—"),
        ] {
            assert_eq!(row(text), format!("<tr><td>{shown}</td></tr>\n"));
        }
    }

    #[test]
    fn texts_are_no_tags() {
        let evil = "<script>alert('1')</script> & \"x\"";
        let escaped = "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;x&quot;";
        let made = Html::default().element("p", evil).row("td", ["<b>", "王芳"]);
        assert_eq!(made.0, format!("<p>{escaped}</p><tr><td>&lt;b&gt;</td><td>王芳</td></tr>\n"));
    }

    #[test]
    fn a_page_says_its_language_and_carries_its_style() {
        let page = Html::default().tags("<h1>A</h1>").page(Language::ZhCn, "</title>", "p{}");
        assert!(page.starts_with("<!DOCTYPE html>\n<html lang=\"zh-CN\">"), "{page}");
        assert!(page.contains("<title>&lt;/title&gt;</title>\n<style>p{}</style>"), "{page}");
        assert!(page.ends_with("<h1>A</h1></body>\n</html>\n"), "{page}");
    }
}
