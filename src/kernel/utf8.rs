//! Whether bytes that come in pieces are UTF-8. A character may begin in one piece and end in the next.

/// What was seen of the text.
#[derive(Debug, Default)]
pub struct Utf8Pieces {
    /// The beginning of a character.
    begun: Vec<u8>,
    line_feeds: u64,
}

/// The line on which the first byte stands that is not UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ForeignLine(pub u64);

impl Utf8Pieces {
    /// Takes the next piece.
    pub fn take(&mut self, piece: &[u8]) -> Result<(), ForeignLine> {
        let joined: Vec<u8>;
        let bytes = if self.begun.is_empty() {
            piece
        } else {
            joined = [self.begun.as_slice(), piece].concat();
            self.begun.clear();
            &joined
        };
        let Err(error) = std::str::from_utf8(bytes) else {
            self.line_feeds += line_feeds(bytes);
            return Ok(());
        };
        let (sound, rest) = bytes.split_at(error.valid_up_to());
        self.line_feeds += line_feeds(sound);
        if error.error_len().is_some() {
            return Err(ForeignLine(self.line_feeds + 1));
        }
        self.begun.extend_from_slice(rest);
        Ok(())
    }

    /// There is no further piece.
    pub fn end(&self) -> Result<(), ForeignLine> {
        if self.begun.is_empty() { Ok(()) } else { Err(ForeignLine(self.line_feeds + 1)) }
    }
}

fn line_feeds(bytes: &[u8]) -> u64 {
    bytes.iter().map(|byte| u64::from(*byte == b'\n')).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn in_pieces(bytes: &[u8], size: usize) -> Result<(), ForeignLine> {
        let mut pieces = Utf8Pieces::default();
        bytes.chunks(size).try_for_each(|piece| pieces.take(piece))?;
        pieces.end()
    }

    #[test]
    fn a_text_is_one_however_it_is_cut() {
        for size in 1..8 {
            assert_eq!(in_pieces("工号,姓名\nE1,𠮷田\n".as_bytes(), size), Ok(()), "{size}");
            assert_eq!(in_pieces(b"", size), Ok(()));
            assert_eq!(in_pieces(b"a\nb\xff\n", size), Err(ForeignLine(2)), "{size}");
            assert_eq!(in_pieces(b"a\n\xe5\xb7\nb", size), Err(ForeignLine(2)), "{size}");
            assert_eq!(in_pieces(b"a\n\n\xe5\xb7", size), Err(ForeignLine(3)), "a character without its end, {size}");
        }
    }
}
