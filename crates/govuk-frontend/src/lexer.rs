//! Reads what stands inside an output or a tag as words, numbers, strings and symbols.
//!
//! It gives every token as its piece of the source and knows no grammar.

use crate::rewrite::RewriteError;

/// A token, holding its piece of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Token<'s> {
    /// A name or a keyword.
    Word(&'s str),
    /// A number without sign.
    Number(&'s str),
    /// A string with its quotes and escapes.
    Text(&'s str),
    /// An operator or punctuation, the longest that fits.
    Symbol(&'s str),
}

/// Longest first, since the first that fits is taken.
const SYMBOLS: [&str; 27] = [
    "===", "!==", "==", "!=", "<=", ">=", "//", "**", "+", "-", "*", "/", "%", "~", "<", ">", "=", ".", ",", ":", "|",
    "(", ")", "[", "]", "{", "}",
];

/// Reads all tokens of `source`, which begins on `line`. Fails at a character that begins no token.
pub(crate) fn tokens(source: &str, line: usize) -> Result<Vec<Token<'_>>, RewriteError> {
    let mut found = Vec::new();
    let mut rest = source.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = if first.is_alphabetic() || first == '_' {
            let length = length_while(rest, |character| character.is_alphanumeric() || character == '_');
            (Token::Word(&rest[..length]), length)
        } else if first.is_ascii_digit() {
            let length = number_length(rest);
            (Token::Number(&rest[..length]), length)
        } else if first == '"' || first == '\'' {
            let length = text_length(rest, first).ok_or_else(|| RewriteError::new(line, "a string is not closed"))?;
            (Token::Text(&rest[..length]), length)
        } else if let Some(symbol) = SYMBOLS.iter().find(|symbol| rest.starts_with(**symbol)) {
            (Token::Symbol(symbol), symbol.len())
        } else {
            return Err(RewriteError::new(line, format!("the character {first:?} has no meaning in an expression")));
        };
        found.push(token);
        rest = rest[length..].trim_start();
    }
    Ok(found)
}

fn length_while(text: &str, accepts: impl Fn(char) -> bool) -> usize {
    text.find(|character| !accepts(character)).unwrap_or(text.len())
}

/// Digits, and a fraction only if digits follow its point, so that `1.length` stays a member of 1.
fn number_length(text: &str) -> usize {
    let digits = |text: &str| length_while(text, |character| character.is_ascii_digit());
    let whole = digits(text);
    match text[whole..].strip_prefix('.').map(digits) {
        Some(fraction) if fraction > 0 => whole + 1 + fraction,
        _ => whole,
    }
}

fn text_length(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (place, character) in text.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if character == '\\' {
            escaped = true;
        } else if character == quote {
            return Some(place + 1);
        }
    }
    None
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::Token::{Number, Symbol, Text, Word};
    use super::*;

    #[test]
    fn words_numbers_strings_and_symbols_are_told_apart() {
        let found = tokens("a_1!==2.5 .b['it\\'s']\n", 1).unwrap();
        let expected = [
            Word("a_1"),
            Symbol("!=="),
            Number("2.5"),
            Symbol("."),
            Word("b"),
            Symbol("["),
            Text("'it\\'s'"),
            Symbol("]"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_point_without_digits_after_it_is_no_fraction() {
        assert_eq!(tokens("1.length", 1).unwrap(), [Number("1"), Symbol("."), Word("length")]);
    }

    #[test]
    fn strange_characters_and_open_strings_are_refused() {
        assert_eq!(
            tokens("a ? b", 7).unwrap_err().to_string(),
            "line 7: the character '?' has no meaning in an expression"
        );
        assert_eq!(tokens("'a", 1).unwrap_err().to_string(), "line 1: a string is not closed");
    }
}
