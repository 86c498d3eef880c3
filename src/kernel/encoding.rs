//! The encoding of files. Chinese spreadsheets save CSV as GB18030 unless told otherwise.

use std::io::{self, BufRead, Read};

use encoding_rs::{Decoder, DecoderResult, GB18030};

use super::utf8::Utf8Pieces;

/// How a file is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// In UTF-8, or in neither of the two: then it has a fault.
    AsItIs,
    Gb18030,
}

/// The encoding of a file, which is read to its end. What is both is UTF-8.
pub fn encoding_of(mut input: impl BufRead) -> io::Result<Encoding> {
    let (mut utf8, mut is_utf8) = (Utf8Pieces::default(), true);
    let (mut chinese, mut is_chinese) = (FromGb18030::new(io::empty()), true);
    loop {
        let bytes = input.fill_buf()?;
        let (used, is_end) = (bytes.len(), bytes.is_empty());
        if is_utf8 {
            let seen = if is_end { utf8.end() } else { utf8.take(bytes) };
            is_utf8 = seen.is_ok();
        }
        is_chinese = is_chinese && chinese.decode(bytes, is_end).is_ok_and(|()| chinese.is_written_by_people());
        input.consume(used);
        if is_end || !(is_utf8 || is_chinese) {
            return Ok(if is_chinese && !is_utf8 { Encoding::Gb18030 } else { Encoding::AsItIs });
        }
    }
}

/// The line on which the first byte stands that is not UTF-8. None if all are.
pub fn first_foreign_line(mut input: impl BufRead) -> io::Result<Option<u64>> {
    let mut pieces = Utf8Pieces::default();
    loop {
        let bytes = input.fill_buf()?;
        let (used, is_end) = (bytes.len(), bytes.is_empty());
        let seen = if is_end { pieces.end() } else { pieces.take(bytes) };
        input.consume(used);
        if let Err(foreign) = seen {
            return Ok(Some(foreign.0));
        }
        if is_end {
            return Ok(None);
        }
    }
}

/// Reads a file in GB18030 as UTF-8.
pub struct FromGb18030<R> {
    input: R,
    decoder: Decoder,
    text: Vec<u8>,
    /// How much of the text was read.
    read: usize,
    has_ended: bool,
}

impl<R> FromGb18030<R> {
    pub fn new(input: R) -> Self {
        let decoder = GB18030.new_decoder_without_bom_handling();
        Self { input, decoder, text: Vec::new(), read: 0, has_ended: false }
    }

    /// Decodes the next bytes in place of the last text. Fails if they are not GB18030.
    fn decode(&mut self, mut bytes: &[u8], is_end: bool) -> io::Result<()> {
        let needed = self.decoder.max_utf8_buffer_length_without_replacement(bytes.len());
        self.text.resize(needed.ok_or_else(|| io::Error::other("too much at once"))?, 0);
        self.read = 0;
        let mut length = 0;
        loop {
            let room = self.text.get_mut(length..).unwrap_or_default();
            let (result, read, written) = self.decoder.decode_to_utf8_without_replacement(bytes, room, is_end);
            length += written;
            bytes = bytes.get(read..).unwrap_or_default();
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => self.text.resize(self.text.len() + bytes.len() + 16, 0),
                DecoderResult::Malformed(..) => return Err(io::Error::other("not GB18030")),
            }
        }
        self.text.truncate(length);
        Ok(())
    }

    /// Bytes of other encodings often make characters that no file has: NUL (UTF-16) or those for private use.
    fn is_written_by_people(&self) -> bool {
        let is_unlikely = |character: char| character == '\0' || ('\u{e000}'..='\u{f8ff}').contains(&character);
        std::str::from_utf8(&self.text).is_ok_and(|text| !text.chars().any(is_unlikely))
    }
}

impl<R: BufRead> BufRead for FromGb18030<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        // Bytes may only begin a character.
        while self.read >= self.text.len() && !self.has_ended {
            let bytes = self.input.fill_buf()?.to_vec();
            self.has_ended = bytes.is_empty();
            self.decode(&bytes, self.has_ended)?;
            self.input.consume(bytes.len());
        }
        Ok(self.text.get(self.read..).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        self.read += amount;
    }
}

impl<R: BufRead> Read for FromGb18030<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut text = self.fill_buf()?;
        let read = text.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    /// The file as it is read, in pieces of this size.
    fn read(bytes: &[u8], size: usize) -> Vec<u8> {
        let pieces = || BufReader::with_capacity(size, bytes);
        let mut text = Vec::new();
        match encoding_of(pieces()).unwrap() {
            Encoding::AsItIs => text.extend_from_slice(bytes),
            Encoding::Gb18030 => {
                FromGb18030::new(pieces()).read_to_end(&mut text).unwrap();
            }
        }
        text
    }

    #[test]
    fn what_a_chinese_spreadsheet_saves_is_read() {
        let text = "工号,姓名\r\nE1,王芳\r\nE2,𠮷田\r\n";
        let (bytes, _, _) = GB18030.encode(text);
        assert_ne!(&*bytes, text.as_bytes());
        for size in [1, 2, 3, 5, 1000] {
            assert_eq!(read(&bytes, size), text.as_bytes(), "{size}");
            assert_eq!(read(text.as_bytes(), size), text.as_bytes(), "{size}");
        }
    }

    #[test]
    fn other_encodings_stay_as_they_are_and_the_line_is_named() {
        let utf16: Vec<u8> = "code,name\nA,王".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [utf16, b"code,name\nA,Ren\xe9,\n".to_vec()] {
            for size in [1, 3, 1000] {
                assert_eq!(read(&bytes, size), bytes, "{size}");
            }
        }
        assert_eq!(first_foreign_line(&b"code,name\nA,Ren\xe9,\n"[..]).unwrap(), Some(2));
        assert_eq!(first_foreign_line("编码\n".as_bytes()).unwrap(), None);
    }
}
