//! Characters that hide: text that reads otherwise than it is stored is made to read as it is.

use std::borrow::Cow;

/// Whether a character is invisible or turns the direction of text: control characters but tab and line break, marks
/// and overrides of direction (Unicode TR9), characters without width, fillers and tags.
fn hides(character: char) -> bool {
    match character {
        '\t' | '\n' | '\r' => false,
        '\u{ad}'
        | '\u{34f}'
        | '\u{61c}'
        | '\u{115f}'
        | '\u{1160}'
        | '\u{17b4}'
        | '\u{17b5}'
        | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{2800}'
        | '\u{3164}'
        | '\u{feff}'
        | '\u{ffa0}'
        | '\u{fff0}'..='\u{fffb}'
        | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}' => true,
        other => other.is_control(),
    }
}

/// The text without hidden characters, borrowed when there were none.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    match text.contains(hides) {
        false => Cow::Borrowed(text),
        true => Cow::Owned(text.chars().filter(|character| !hides(*character)).collect()),
    }
}

/// Whether removing hidden characters from this text deserves a word: a soft hyphen or a byte order mark does not.
pub(super) fn deceives(text: &str) -> bool {
    text.chars().any(|character| hides(character) && !matches!(character, '\u{ad}' | '\u{feff}' | '\u{200b}'))
}

/// One line: every run of white space is one space.
pub(super) fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Several lines, each without spaces at its ends, and no more than one blank line together.
pub(super) fn lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut blank = 0;
    for part in text.split(['\n', '\r']).map(line) {
        if part.is_empty() {
            blank += 1;
            continue;
        }
        if !out.is_empty() {
            out.push_str(if blank > 0 { "\n\n" } else { "\n" });
        }
        blank = 0;
        out.push_str(&part);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_characters_go_and_others_stay() {
        assert_eq!(visible("Pay\u{202e}roll\u{200b}\u{0}"), "Payroll");
        assert_eq!(visible("Caf\u{e9} \u{a3} \u{1f600}\n\u{627}"), "Caf\u{e9} \u{a3} \u{1f600}\n\u{627}");
        assert!(deceives("a\u{202e}b") && deceives("a\u{7}b") && !deceives("\u{feff}ab"));
        assert_eq!(line("  a\u{a0}\n b  "), "a b");
        assert_eq!(lines("a \r\n\r\n\n b\nc"), "a\n\nb\nc");
    }
}
