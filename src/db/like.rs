//! Patterns of LIKE.

/// The pattern of texts that contain this one, in which `%`, `_` and `\` are characters like others.
#[must_use]
pub fn containing(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_a_pattern_is_escaped() {
        assert_eq!(containing("王芳"), "%王芳%");
        assert_eq!(containing(r"100%_\"), r"%100\%\_\\%");
    }
}
