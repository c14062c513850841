//! Just enough of SQL's grammar to find parameters and ends of statements outside strings and comments.
//!
//! It is no parser: it knows nothing of expressions. PostgreSQL's dollar quotes, `E''` strings and nested comments
//! are not in the subset that both engines speak, so they are not known here either.

use crate::Error;

/// What a piece of SQL is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A keyword, a name or a number.
    Word,
    /// `'text'` or `"name"`, quotes included.
    Quoted,
    /// White space or a comment.
    Blank,
    /// `$n`.
    Parameter(usize),
    /// Any other single character.
    Symbol,
}

/// One piece of SQL; all pieces in a row are the text again.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Token<'a> {
    pub(crate) kind: Kind,
    pub(crate) text: &'a str,
}

impl Token<'_> {
    /// Whether this is the given keyword, in any case.
    pub(crate) fn is(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }

    /// Whether this is the given character.
    pub(crate) fn is_symbol(&self, symbol: &str) -> bool {
        self.kind == Kind::Symbol && self.text == symbol
    }
}

/// Cuts SQL into tokens.
pub(crate) fn tokens(sql: &str) -> impl Iterator<Item = Token<'_>> {
    let mut rest = sql;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let (kind, length) = match first {
            '\'' | '"' => (Kind::Quoted, quoted(rest, first)),
            '-' if rest.starts_with("--") => (Kind::Blank, rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => (Kind::Blank, rest.find("*/").map_or(rest.len(), |at| at + 2)),
            '$' => {
                let digits = run(&rest[1..], |c| c.is_ascii_digit());
                match rest[1..=digits].parse() {
                    Ok(number) => (Kind::Parameter(number), digits + 1),
                    Err(_) => (Kind::Symbol, 1),
                }
            }
            c if c.is_whitespace() => (Kind::Blank, run(rest, char::is_whitespace)),
            c if in_word(c) => (Kind::Word, run(rest, |c| in_word(c) || c == '$')),
            c => (Kind::Symbol, c.len_utf8()),
        };
        let (text, after) = rest.split_at(length);
        rest = after;
        Some(Token { kind, text })
    })
}

fn in_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn run(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

/// The length of a quoted piece; a doubled quote stands for itself, and an unclosed one runs to the end.
fn quoted(text: &str, quote: char) -> usize {
    let mut at = 1;
    while let Some(found) = text[at..].find(quote) {
        at += found + 1;
        if !text[at..].starts_with(quote) {
            return at;
        }
        at += 1;
    }
    text.len()
}

/// A statement made ready for SQLite, with the number of parameters that it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Numbered {
    /// The statement with `?1` for `$1`.
    pub(crate) question_marks: String,
    /// The highest parameter number.
    pub(crate) count: usize,
}

/// Numbers the parameters, and refuses a statement that leaves one out: PostgreSQL could not tell its type.
pub(crate) fn number(sql: &str) -> Result<Numbered, Error> {
    let mut question_marks = String::with_capacity(sql.len());
    let mut used = Vec::new();
    for token in tokens(sql) {
        match token.kind {
            Kind::Parameter(number) => {
                if number == 0 || number > MOST_PARAMETERS {
                    return Err(Error::refused(format!(
                        "${number} is no parameter; they are numbered from $1 to ${MOST_PARAMETERS}"
                    )));
                }
                if used.len() < number {
                    used.resize(number, false);
                }
                used[number - 1] = true;
                question_marks.push('?');
                question_marks.push_str(&token.text[1..]);
            }
            _ => question_marks.push_str(token.text),
        }
    }
    if let Some(missing) = used.iter().position(|used| !used) {
        return Err(Error::refused(format!("the statement uses ${} but never ${}", used.len(), missing + 1)));
    }
    Ok(Numbered { question_marks, count: used.len() })
}

/// SQLite's limit, the lower of the two (PostgreSQL: 65,535).
pub(crate) const MOST_PARAMETERS: usize = 32_766;

/// The statements of a migration, without the semicolons between them; pieces with nothing but comments are left out.
pub(crate) fn split(sql: &str) -> Vec<String> {
    let mut statements = Vec::new();
    let mut current = String::new();
    let mut any = false;
    for token in tokens(sql) {
        if token.is_symbol(";") {
            if any {
                statements.push(current.trim().to_owned());
            }
            current.clear();
            any = false;
        } else {
            any |= token.kind != Kind::Blank;
            current.push_str(token.text);
        }
    }
    if any {
        statements.push(current.trim().to_owned());
    }
    statements
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    #[test]
    fn parameters_are_numbered_outside_strings_names_and_comments() {
        let sql = r#"SELECT '$1 it''s $2', "a$1" -- $9
            /* $8 ; */ FROM t$3 WHERE x = $2 OR y = $1 OR z = $2"#;
        let numbered = number(sql).unwrap();
        assert_eq!(numbered.count, 2);
        assert!(numbered.question_marks.contains("x = ?2 OR y = ?1 OR z = ?2"));
        assert!(numbered.question_marks.contains(r#"'$1 it''s $2', "a$1" -- $9"#));
        assert!(numbered.question_marks.contains("/* $8 ; */ FROM t$3"));
    }

    #[test]
    fn a_parameter_left_out_is_refused() {
        let error = number("SELECT $1, $3").unwrap_err();
        assert!(error.to_string().contains("never $2"), "{error}");
        assert!(number("SELECT $0").is_err());
        assert!(number("SELECT $40000").is_err());
    }

    #[test]
    fn statements_end_at_semicolons_that_are_no_part_of_strings_or_comments() {
        let sql =
            "CREATE TABLE a (x TEXT DEFAULT ';');\n-- one; two\n;;/* ; */ INSERT INTO a VALUES ('it''s;');-- end;";
        assert_eq!(split(sql), ["CREATE TABLE a (x TEXT DEFAULT ';')", "/* ; */ INSERT INTO a VALUES ('it''s;')"]);
    }

    #[test]
    fn tokens_are_the_whole_text_again() {
        for sql in ["", "é'ü", "\"", "$", "$x", "/* open", "--", "a'b''", "x::y;£"] {
            let again: String = tokens(sql).map(|token| token.text).collect();
            assert_eq!(again, sql);
        }
    }
}
