//! Cuts a template into text, comments, outputs and tags, with their white space marks.
//!
//! It knows where an output or a tag ends (strings and braces may hold `}}` and `%}`), and nothing of what is inside.

use crate::rewrite::RewriteError;

/// A piece of a template, in the order of the source. Together the pieces are the whole source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Segment<'s> {
    /// Text that is printed as it stands.
    Text(&'s str),
    /// A comment with its delimiters.
    Comment(&'s str),
    /// `{{ ... }}`.
    Output(Inside<'s>),
    /// `{% ... %}`.
    Tag(Inside<'s>),
}

/// What stands between two delimiters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inside<'s> {
    /// The white space mark after the opening delimiter: `-` or nothing.
    pub left: &'static str,
    /// The white space mark before the closing delimiter: `-` or nothing.
    pub right: &'static str,
    /// The source between the marks.
    pub body: &'s str,
    /// The line the opening delimiter is on, from 1.
    pub line: usize,
}

/// Cuts a template into its segments. Fails when a comment, an output, a tag or a string is not closed.
pub(crate) fn segments(source: &str) -> Result<Vec<Segment<'_>>, RewriteError> {
    let mut found = Vec::new();
    let mut rest = source;
    loop {
        let Some(start) = opening(rest) else {
            if !rest.is_empty() {
                found.push(Segment::Text(rest));
            }
            return Ok(found);
        };
        let (text, at_delimiter) = rest.split_at(start);
        if !text.is_empty() {
            found.push(Segment::Text(text));
        }
        let line = 1 + source[..source.len() - at_delimiter.len()].matches('\n').count();
        let unclosed = |what| RewriteError::new(line, format!("{what} is not closed"));
        if at_delimiter.starts_with("{#") {
            let end = at_delimiter.find("#}").ok_or_else(|| unclosed("a comment"))? + 2;
            found.push(Segment::Comment(&at_delimiter[..end]));
            rest = &at_delimiter[end..];
        } else {
            let output = at_delimiter.starts_with("{{");
            let inside = &at_delimiter[2..];
            let closing = if output { "}}" } else { "%}" };
            let what = if output { "an output" } else { "a tag" };
            let end = end_of(inside, closing).ok_or_else(|| unclosed(what))?;
            let inside_marks = marked(&inside[..end], line);
            found.push(if output { Segment::Output(inside_marks) } else { Segment::Tag(inside_marks) });
            rest = &inside[end + 2..];
        }
    }
}

fn opening(text: &str) -> Option<usize> {
    ["{{", "{%", "{#"].iter().filter_map(|delimiter| text.find(delimiter)).min()
}

/// Where the closing delimiter is, passing over strings and over braces that are opened inside.
fn end_of(inside: &str, closing: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    let mut escaped = false;
    for (place, character) in inside.char_indices() {
        if let Some(open) = quote {
            if escaped {
                escaped = false;
            } else if character == '\\' {
                escaped = true;
            } else if character == open {
                quote = None;
            }
            continue;
        }
        if depth == 0 && inside[place..].starts_with(closing) {
            return Some(place);
        }
        match character {
            '"' | '\'' => quote = Some(character),
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

fn marked(inside: &str, line: usize) -> Inside<'_> {
    let (left, body) = inside.strip_prefix('-').map_or(("", inside), |body| ("-", body));
    let (right, body) = body.strip_suffix('-').map_or(("", body), |body| ("-", body));
    Inside { left, right, body, line }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::*;

    fn inside(left: &'static str, body: &'static str, right: &'static str, line: usize) -> Inside<'static> {
        Inside { left, right, body, line }
    }

    #[test]
    fn text_comments_outputs_and_tags_are_told_apart() {
        let found = segments("a{# b #}\n{{- c }}{% d -%}e").unwrap();
        assert_eq!(
            found,
            [
                Segment::Text("a"),
                Segment::Comment("{# b #}"),
                Segment::Text("\n"),
                Segment::Output(inside("-", " c ", "", 2)),
                Segment::Tag(inside("", " d ", "-", 2)),
                Segment::Text("e"),
            ]
        );
    }

    #[test]
    fn closing_delimiters_inside_strings_and_braces_do_not_close() {
        let found = segments(r#"{{ f({a: {b: "}}\"%}"}}) }}"#).unwrap();
        assert_eq!(found, [Segment::Output(inside("", r#" f({a: {b: "}}\"%}"}}) "#, "", 1))]);
    }

    #[test]
    fn what_is_not_closed_is_refused_with_its_line() {
        for (source, message) in [
            ("\n\n{# a", "line 3: a comment is not closed"),
            ("\n{{ 'a }}", "line 2: an output is not closed"),
            ("{% if a", "line 1: a tag is not closed"),
        ] {
            assert_eq!(segments(source).unwrap_err().to_string(), message);
        }
    }
}
