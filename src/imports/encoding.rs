//! The encoding of files. Chinese spreadsheets save CSV as GB18030 unless told otherwise.

use encoding_rs::GB18030;

/// The file in UTF-8. A file that is in UTF-8 or in neither of the two encodings is returned as it is.
#[must_use]
pub fn as_utf8(bytes: Vec<u8>) -> Vec<u8> {
    if std::str::from_utf8(&bytes).is_ok() {
        return bytes;
    }
    match GB18030.decode_without_bom_handling_and_without_replacement(&bytes) {
        Some(text) if text.chars().all(is_written_by_people) => text.into_owned().into_bytes(),
        _ => bytes,
    }
}

/// Bytes of other encodings often make characters that no file has: NUL (UTF-16) or those for private use.
fn is_written_by_people(character: char) -> bool {
    character != '\0' && !('\u{e000}'..='\u{f8ff}').contains(&character)
}

/// The line on which the first byte stands that is not UTF-8. None if all are.
pub(super) fn first_foreign_line(bytes: &[u8]) -> Option<u64> {
    let sound = std::str::from_utf8(bytes).err()?.valid_up_to();
    let feeds = bytes.iter().take(sound).filter(|byte| **byte == b'\n').count();
    u64::try_from(feeds).ok().map(|feeds| feeds + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_chinese_spreadsheet_saves_is_read() {
        let text = "工号,姓名\r\nE1,王芳\r\nE2,𠮷田\r\n";
        let (bytes, _, _) = GB18030.encode(text);
        assert_ne!(&*bytes, text.as_bytes());
        assert_eq!(as_utf8(bytes.into_owned()), text.as_bytes());
        assert_eq!(as_utf8(text.as_bytes().to_vec()), text.as_bytes());
    }

    #[test]
    fn other_encodings_stay_as_they_are_and_the_line_is_named() {
        let utf16: Vec<u8> = "code,name\nA,王".encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [utf16, b"code,name\nA,Ren\xe9,\n".to_vec()] {
            assert_eq!(as_utf8(bytes.clone()), bytes);
        }
        assert_eq!(first_foreign_line(b"code,name\nA,Ren\xe9,\n"), Some(2));
        assert_eq!(first_foreign_line("编码\n".as_bytes()), None);
    }
}
