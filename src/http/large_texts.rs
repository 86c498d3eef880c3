//! Takes the large texts out of a JSON document while it arrives, so that no whole text is ever in memory.
//!
//! What remains is the same document with a number in place of each text, in their order; it is parsed as usual. A text that is none
//! (a wrong escape, a control character, bytes that are not UTF-8) leaves a wrong escape in the document, which is then refused.

use crate::kernel::utf8::Utf8Pieces;

/// A part of a text. Its bytes are UTF-8, but a character may go on in the next part.
#[derive(Debug, PartialEq, Eq)]
pub struct TextPart {
    /// The number of the text, from 0.
    pub text: i32,
    /// The number of the part, from 0.
    pub part: i32,
    pub bytes: Vec<u8>,
}

/// The document so far.
pub struct LargeTexts {
    /// The member whose texts are taken out.
    member: &'static str,
    /// How many bytes a part has.
    part_bytes: usize,
    document: Vec<u8>,
    place: Place,
    /// Where the last string begins in the document, if nothing has followed it.
    last_string: Option<usize>,
    /// Whether the value of the member follows.
    is_next: bool,
    texts: i32,
    text: Text,
}

/// Where the next byte stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Outside,
    /// In a string that stays, which begins here in the document.
    Kept(usize),
    KeptEscape(usize),
    Taken,
    TakenEscape,
    /// In the digits of an escape: how many, and their value.
    TakenUnicode(u8, u32),
}

/// The text that is being taken out.
#[derive(Default)]
struct Text {
    bytes: Vec<u8>,
    parts: i32,
    checked: Utf8Pieces,
    /// The first half of a character that is escaped as two.
    half: Option<u32>,
}

impl LargeTexts {
    #[must_use]
    pub fn of(member: &'static str, part_bytes: usize) -> Self {
        Self {
            member,
            part_bytes,
            document: Vec::new(),
            place: Place::Outside,
            last_string: None,
            is_next: false,
            texts: 0,
            text: Text::default(),
        }
    }

    /// What remains of the document so far.
    #[must_use]
    pub fn document(&self) -> &[u8] {
        &self.document
    }

    #[must_use]
    pub fn into_document(self) -> Vec<u8> {
        self.document
    }

    /// Takes the next bytes of the document. `parts` gets what is complete.
    pub fn take(&mut self, mut bytes: &[u8], parts: &mut Vec<TextPart>) {
        while let Some((&byte, rest)) = bytes.split_first() {
            let is_plain = self.place == Place::Taken && self.text.half.is_none();
            let plain = if is_plain { plain_length(bytes) } else { 0 };
            if plain > 0 {
                let room = self.part_bytes.saturating_sub(self.text.bytes.len()).max(1);
                let (run, rest) = bytes.split_at(plain.min(room));
                self.text.bytes.extend_from_slice(run);
                self.cut(parts);
                bytes = rest;
                continue;
            }
            self.step(byte, parts);
            bytes = rest;
        }
    }

    fn step(&mut self, byte: u8, parts: &mut Vec<TextPart>) {
        match self.place {
            Place::Outside => self.step_outside(byte),
            Place::Kept(start) => {
                self.document.push(byte);
                match byte {
                    b'\\' => self.place = Place::KeptEscape(start),
                    b'"' => {
                        self.last_string = Some(start);
                        self.place = Place::Outside;
                    }
                    _ => {}
                }
            }
            Place::KeptEscape(start) => {
                self.document.push(byte);
                self.place = Place::Kept(start);
            }
            Place::Taken => match byte {
                b'"' => self.end_text(parts),
                b'\\' => self.place = Place::TakenEscape,
                _ => self.give_back(),
            },
            Place::TakenEscape => self.step_escape(byte),
            Place::TakenUnicode(digits, value) => self.step_unicode(byte, digits, value),
        }
        self.cut(parts);
    }

    fn step_outside(&mut self, byte: u8) {
        let start = self.document.len();
        self.document.push(byte);
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => return,
            b':' => {
                let name =
                    self.last_string.and_then(|start| self.document.get(start..start.max(self.document.len() - 1)));
                let name =
                    name.map(<[u8]>::trim_ascii_end).and_then(|name| serde_json::from_slice::<String>(name).ok());
                self.is_next = name.as_deref() == Some(self.member);
            }
            b'"' => {
                self.place = if self.is_next { Place::Taken } else { Place::Kept(start) };
                self.is_next = false;
            }
            _ => self.is_next = false,
        }
        self.last_string = None;
    }

    fn step_escape(&mut self, byte: u8) {
        let character = match byte {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'b' => 8,
            b'f' => 12,
            b'"' | b'\\' | b'/' => byte,
            b'u' => {
                self.place = Place::TakenUnicode(0, 0);
                return;
            }
            _ => return self.give_back(),
        };
        if self.text.half.is_some() {
            return self.give_back();
        }
        self.text.bytes.push(character);
        self.place = Place::Taken;
    }

    fn step_unicode(&mut self, byte: u8, digits: u8, value: u32) {
        let Some(digit) = char::from(byte).to_digit(16) else { return self.give_back() };
        let value = value * 16 + digit;
        if digits < 3 {
            self.place = Place::TakenUnicode(digits + 1, value);
            return;
        }
        self.place = Place::Taken;
        match (self.text.half.take(), value) {
            // It stays in the document, where it is found and refused.
            (None, 0) => self.document.extend_from_slice(b"\\u0000"),
            (None, 0xd800..=0xdbff) => self.text.half = Some(value),
            (Some(first), 0xdc00..=0xdfff) => self.push(0x10000 + (first - 0xd800) * 0x400 + (value - 0xdc00)),
            (None, _) => self.push(value),
            (Some(_), _) => self.give_back(),
        }
    }

    fn push(&mut self, value: u32) {
        match char::from_u32(value) {
            Some(character) => self.text.bytes.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            None => self.give_back(),
        }
    }

    /// The text is none: the document gets an escape that JSON does not have, and the rest of the text.
    fn give_back(&mut self) {
        self.document.extend_from_slice(b"\\x");
        self.text = Text::default();
        self.place = Place::Kept(self.document.len());
    }

    /// Completes the part if it is long enough.
    fn cut(&mut self, parts: &mut Vec<TextPart>) {
        if self.text.bytes.len() >= self.part_bytes {
            self.complete(parts);
        }
    }

    fn complete(&mut self, parts: &mut Vec<TextPart>) {
        if self.text.bytes.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.text.bytes);
        if self.text.checked.take(&bytes).is_err() {
            return self.give_back();
        }
        parts.push(TextPart { text: self.texts, part: self.text.parts, bytes });
        self.text.parts += 1;
    }

    fn end_text(&mut self, parts: &mut Vec<TextPart>) {
        if self.text.half.is_some() {
            self.give_back();
        } else {
            self.complete(parts);
        }
        if self.place == Place::Taken && self.text.checked.end().is_err() {
            self.give_back();
        }
        // An empty text stays one.
        if self.place == Place::Taken && self.text.parts > 0 {
            self.document.extend_from_slice(self.texts.to_string().as_bytes());
        }
        self.document.push(b'"');
        self.place = Place::Outside;
        self.text = Text::default();
        self.texts += 1;
    }
}

/// The number of bytes that stand for themselves in a string.
fn plain_length(bytes: &[u8]) -> usize {
    bytes.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=0x1f)).unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// What remains of the document, and the texts, if the document comes in pieces of this size.
    fn taken(document: &[u8], size: usize) -> (Vec<u8>, Vec<String>) {
        let (mut large, mut parts) = (LargeTexts::of("content", 5), Vec::new());
        document.chunks(size).for_each(|piece| large.take(piece, &mut parts));
        let mut texts: Vec<Vec<u8>> = Vec::new();
        for TextPart { text, part, bytes } in parts {
            let text = usize::try_from(text).unwrap();
            texts.resize(texts.len().max(text + 1), Vec::new());
            assert!(part > 0 || texts[text].is_empty());
            texts[text].extend(bytes);
        }
        (large.into_document(), texts.into_iter().map(|text| String::from_utf8(text).unwrap()).collect())
    }

    #[test]
    fn texts_are_taken_out_whole_and_numbers_stay_in_their_place() {
        let long = "工号,\"姓名\"\r\n\u{8}\u{c}𠮷/\\ ".repeat(5);
        let document = json!({"files": [{"name": "content", "content": long}, {"content": "b", "name": "\"content\":\"x"}], "n": [1, "c"]});
        let escaped = r#"{"c\u006fntent" : "\u5de5\ud842\udfb7\/","content":"","x":"content","content":null}"#;
        for size in [1, 2, 3, 7, 1000] {
            let (rest, texts) = taken(document.to_string().as_bytes(), size);
            let rest: Value = serde_json::from_slice(&rest).unwrap();
            let expected = json!({"files": [{"name": "content", "content": "0"}, {"content": "1", "name": "\"content\":\"x"}], "n": [1, "c"]});
            assert_eq!((rest, texts), (expected, vec![long.clone(), "b".to_owned()]), "{size}");
            let (rest, texts) = taken(escaped.as_bytes(), size);
            let expected = r#"{"c\u006fntent" : "0","content":"","x":"content","content":null}"#;
            assert_eq!(
                (String::from_utf8(rest).unwrap().as_str(), texts),
                (expected, vec!["工𠮷/".to_owned()]),
                "{size}"
            );
        }
    }

    #[test]
    fn what_is_wrong_with_a_text_stays_in_the_document() {
        for wrong in [
            &b"{\"content\":\"abcdefgh\\x\"}"[..],
            b"{\"content\":\"a\nb\"}",
            b"{\"content\":\"abcdefghij\xff\"}",
            b"{\"content\":\"\xe5\xb7\"}",
            b"{\"content\":\"\\ud800x\"}",
            b"{\"content\":\"\\ud800\\n\"}",
            b"{\"content\":\"\\udc00\"}",
            b"{\"content\":\"\\u12g4\"}",
            b"{\"content\":\"abc",
        ] {
            for size in [1, 3, 1000] {
                assert!(serde_json::from_slice::<Value>(wrong).is_err(), "{wrong:?}");
                let (mut large, mut parts) = (LargeTexts::of("content", 5), Vec::new());
                wrong.chunks(size).for_each(|piece| large.take(piece, &mut parts));
                let rest = large.into_document();
                assert!(
                    serde_json::from_slice::<Value>(&rest).is_err(),
                    "{wrong:?}: {}",
                    String::from_utf8_lossy(&rest)
                );
            }
        }
        let (rest, texts) = taken(b"{\"content\":\"a\\u0000b\"}", 4);
        assert_eq!((rest.as_slice(), texts), (&b"{\"content\":\"\\u00000\"}"[..], vec!["ab".to_owned()]));
    }
}
