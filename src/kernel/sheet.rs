//! Tables for spreadsheets: CSV as they read it.

/// Tells spreadsheets that the file is UTF-8.
pub const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The media type of a table.
pub const CSV: &str = "text/csv; charset=utf-8";

/// The characters by which a spreadsheet recognizes a formula.
const FORMULA_STARTS: [char; 11] = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n'];

/// Writes rows after what there is.
#[must_use]
pub fn writer(begun: Vec<u8>) -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(begun)
}

/// Makes sure that no spreadsheet reads the text as a formula. Only for texts: a negative amount stays a number.
#[must_use]
pub fn text(text: impl Into<String>) -> String {
    let text = text.into();
    if text.starts_with(FORMULA_STARTS) { format!("'{text}") } else { text }
}

/// What a cell says that was made by [`text`].
#[must_use]
pub fn meant(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|text| text.starts_with(FORMULA_STARTS)).unwrap_or(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_texts_are_kept_from_being_formulas() {
        for (given, expected) in [
            ("=1+1", "'=1+1"),
            ("-2", "'-2"),
            ("@x", "'@x"),
            ("＝1+1", "'＝1+1"),
            ("＋1", "'＋1"),
            ("－1", "'－1"),
            ("＠x", "'＠x"),
            ("\t=1", "'\t=1"),
            ("王芳", "王芳"),
            ("", ""),
            ("a=1", "a=1"),
        ] {
            assert_eq!(text(given.to_owned()), expected, "{given:?}");
            assert_eq!(meant(expected), given, "{given:?}");
        }
    }
}
