//! Texts of any length set into a drawing, which does not break lines by itself. Widths are estimated: fonts differ from reader to reader.

/// A text in lines that fit.
#[derive(Debug, PartialEq, Eq)]
pub struct Set {
    /// The size of the letters, in units of the drawing.
    pub size: u32,
    pub lines: Vec<String>,
}

/// Sets a text into a width: in the first of the sizes in which it takes so many lines at most. What does not fit even so is cut.
pub fn set(text: &str, width: u32, sizes: &[(u32, usize)]) -> Set {
    let mut tried = Set { size: 0, lines: Vec::new() };
    for (size, most) in sizes {
        tried = Set { size: *size, lines: broken(text, width * 100 / size) };
        if tried.lines.len() <= *most {
            return tried;
        }
    }
    tried.lines.truncate(sizes.last().map_or(1, |(_, most)| *most));
    if let Some(last) = tried.lines.last_mut() {
        last.pop();
        last.push('…');
    }
    tried
}

/// Whether it is a letter as wide as it is high.
fn is_wide(letter: char) -> bool {
    matches!(letter, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{20000}'..='\u{3fffd}' | '“' | '”' | '‘' | '’' | '…' | '—')
}

/// Whether it is a Chinese character.
pub fn is_han(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3fffd}')
}

/// The width of a letter in hundredths of its size.
fn width(letter: char) -> u32 {
    if is_wide(letter) {
        100
    } else if letter.is_uppercase() {
        70
    } else {
        55
    }
}

/// Closing marks do not begin a line.
const CLOSING: &str = "，。、；：？！”’）》」』】…,.;:?!)]";

/// Breaks a text into lines of a width in hundredths of the letters' size: at blanks, before wide letters, and within a word only if
/// the word is longer than a line.
fn broken(text: &str, most: u32) -> Vec<String> {
    let (mut lines, mut line, mut used) = (Vec::new(), String::new(), 0);
    for piece in pieces(text) {
        let wide: u32 = piece.chars().map(width).sum();
        let trimmed: u32 = piece.trim_end().chars().map(width).sum();
        if used + trimmed > most && !line.is_empty() {
            lines.push(std::mem::take(&mut line).trim_end().to_owned());
            used = 0;
        }
        if trimmed <= most {
            line.push_str(&piece);
            used += wide;
            continue;
        }
        for letter in piece.chars() {
            if used + width(letter) > most && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            line.push(letter);
            used += width(letter);
        }
    }
    let last = line.trim_end();
    if !last.is_empty() {
        lines.push(last.to_owned());
    }
    lines
}

/// What stays on one line: a word with the blank after it, or a wide letter, with the closing marks that follow.
fn pieces(text: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let (mut may_break, mut must_stay) = (true, false);
    for letter in text.chars() {
        let begins = (may_break || is_wide(letter)) && !must_stay && !CLOSING.contains(letter) && letter != ' ';
        match pieces.last_mut() {
            Some(piece) if !begins => piece.push(letter),
            _ => pieces.push(letter.to_string()),
        }
        must_stay = OPENING.contains(letter);
        may_break = letter == ' ' || is_wide(letter);
    }
    pieces
}

/// Opening marks do not end a line.
const OPENING: &str = "“‘（《「『【([";

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, width: u32) -> Vec<String> {
        broken(text, width)
    }

    #[test]
    fn chinese_breaks_between_characters_and_no_mark_begins_a_line() {
        assert_eq!(lines("知识贡献奖", 300), ["知识贡", "献奖"]);
        assert_eq!(lines("知识贡，献奖", 300), ["知识", "贡，献", "奖"]);
        assert_eq!(lines("在“方案”中", 200), ["在", "“方", "案”", "中"]);
    }

    #[test]
    fn english_breaks_at_blanks_unless_a_word_is_too_long() {
        assert_eq!(lines("knowledge contribution award", 700), ["knowledge", "contribution", "award"]);
        assert_eq!(lines("abcdefgh", 220), ["abcd", "efgh"]);
        assert_eq!(lines("  ", 100), Vec::<String>::new());
    }

    #[test]
    fn a_long_text_gets_smaller_and_at_last_is_cut() {
        assert_eq!(set("王芳", 400, &[(60, 1), (40, 1)]), Set { size: 60, lines: vec!["王芳".to_owned()] });
        assert_eq!(set("一二三四五六七八九", 400, &[(60, 1), (40, 1)]).size, 40);
        assert_eq!(set(&"长".repeat(50), 400, &[(60, 1), (40, 2)]).lines[1], format!("{}…", "长".repeat(9)));
    }
}
