//! A check of template sources: words that people would read but that do not pass through `_()` or `_n()`.
//!
//! It reads MiniJinja and HTML loosely, as text; it knows nothing of what a variable holds.

/// Macro options and attributes whose text people read.
const READ: [&str; 17] = [
    "text",
    "html",
    "titleText",
    "titleHtml",
    "summaryText",
    "summaryHtml",
    "labelText",
    "visuallyHiddenText",
    "visuallyHiddenTitle",
    "landmarkLabel",
    "menuButtonText",
    "menuButtonLabel",
    "navigationLabel",
    "ariaLabel",
    "descriptionText",
    "iconFallbackText",
    "serviceName",
];
const ATTRIBUTES: [&str; 5] = ["aria-label", "title", "alt", "placeholder", "aria-description"];

/// Bare words of an application template outside `_()` and `_n()`: text between tags, readable attributes, and literal
/// options (`"text": "Search"`) of macros. Empty when all is translated.
pub fn untranslated_text(source: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut html = String::new();
    let mut rest = source;
    while let Some(at) = ["{{", "{%", "{#"].iter().filter_map(|open| rest.find(open)).min() {
        let (before, from) = rest.split_at(at);
        html.push_str(before);
        let (code, after) = from.split_at(tag_end(from));
        if !code.starts_with("{#") {
            options(code, &mut found);
        }
        // An output stands for a value, so that an attribute around it stays an attribute without words.
        html.push('\u{1}');
        rest = after;
    }
    html.push_str(rest);
    markup(&html, &mut found);
    found
}

/// How long the tag at the beginning of `from` is: its end is outside strings and, for outputs, outside dictionaries.
fn tag_end(from: &str) -> usize {
    if from.starts_with("{#") {
        return from.find("#}").map_or(from.len(), |end| end + 2);
    }
    let output = from.starts_with("{{");
    let (mut quote, mut depth) = (None, 0_usize);
    let mut bytes = from.bytes().enumerate().skip(2).peekable();
    while let Some((at, byte)) = bytes.next() {
        let next = bytes.peek().map(|(_, byte)| *byte);
        match (quote, byte) {
            (Some(open), _) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, b'%') if !output && next == Some(b'}') => return at + 2,
            (None, b'}') if output && depth == 0 && next == Some(b'}') => return at + 2,
            (None, b'{') => depth += 1,
            (None, b'}') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    from.len()
}

/// Literals after the name of a readable option, unless a call of `_` stands between.
fn options(code: &str, found: &mut Vec<String>) {
    let mut last_key = String::new();
    let mut rest = code;
    while let Some(at) = rest.find(['"', '\'']) {
        let quote = if rest.as_bytes().get(at) == Some(&b'"') { '"' } else { '\'' };
        let before = &rest[..at];
        let Some((literal, after)) = rest[at + 1..].split_once(quote) else {
            return;
        };
        let named = before.trim_end().trim_end_matches(['(', ' ']);
        let as_keyword = named.strip_suffix('=').map(|head| {
            head.trim_end().rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default().to_owned()
        });
        let as_value = before.trim() == ":";
        let key = if as_value { Some(std::mem::take(&mut last_key)) } else { as_keyword };
        if key.is_some_and(|key| READ.contains(&key.as_str())) && has_words(literal) {
            found.push(literal.trim().to_owned());
        }
        literal.clone_into(&mut last_key);
        rest = after;
    }
}

fn markup(html: &str, found: &mut Vec<String>) {
    let mut rest = html;
    while let Some((text, after)) = rest.split_once('<') {
        words(text, found);
        if let Some(comment) = after.strip_prefix("!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
            continue;
        }
        let Some((tag, after)) = after.split_once('>') else {
            return;
        };
        for attribute in ATTRIBUTES {
            let value = tag.split_once(&format!(" {attribute}=\"")).and_then(|(_, value)| value.split_once('"'));
            if let Some((value, _)) = value {
                words(value, found);
            }
        }
        let name = tag.split([' ', '\n', '/']).next().unwrap_or_default();
        rest = match name {
            "script" | "style" | "code" | "pre" => after
                .split_once(&format!("</{name}"))
                .map_or("", |(_, rest)| rest)
                .split_once('>')
                .map_or("", |(_, rest)| rest),
            _ => after,
        };
    }
    words(rest, found);
}

fn words(text: &str, found: &mut Vec<String>) {
    for piece in text.split('\u{1}') {
        if has_words(piece) {
            found.push(piece.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
}

/// Two letters in a row that are not part of a character reference.
fn has_words(text: &str) -> bool {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        plain.push_str(before);
        rest = match after.split_once(';') {
            Some((name, after)) if name.len() < 10 && name.chars().all(|c| c.is_alphanumeric() || c == '#') => after,
            _ => after,
        };
    }
    plain.push_str(rest);
    plain.split(|c: char| !c.is_alphabetic()).any(|word| word.chars().count() > 1)
}

#[cfg(test)]
mod tests {
    use super::untranslated_text;

    #[test]
    fn bare_words_are_found_wherever_people_read_them() {
        let cases = [
            ("<h1>Systems</h1>", "Systems"),
            ("<p>{{ count }} systems</p>", "systems"),
            ("<nav aria-label=\"Views\">{{ x }}</nav>", "Views"),
            ("{{ govukButton({\"text\": \"Apply\"}) }}", "Apply"),
            ("{{ govukButton({'text': 'Apply'}) }}", "Apply"),
            ("{{ govukButton(dict(text=\"Apply\")) }}", "Apply"),
            ("{% if a %}Yes{% endif %}", "Yes"),
        ];
        for (source, words) in cases {
            assert_eq!(untranslated_text(source), [words], "{source}");
        }
    }

    #[test]
    fn translated_words_and_code_are_left_alone() {
        let good = r##"{% extends "web/page.html" %}{# a comment #}{% block main %}
            <h1 class="govuk-heading-l">{{ title }}</h1>&nbsp;·&rarr;
            <!-- why --><nav aria-label="{{ _("Views") }}">{{ _n("1 system", "{count} systems", n) }}</nav>
            {{ f({"slots": {"end": {"html": x}} if y}) }}{{ govukTable({"caption": "}}" ~ x, "rows": rows, "classes": "ch-dense", "text": _("All of it"), "html": made}) }}
            <code>GET /systems</code>{% endblock %}"##;
        assert_eq!(untranslated_text(good), Vec::<String>::new());
    }
}
