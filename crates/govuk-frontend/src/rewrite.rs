//! Rewrites the source of a Nunjucks template into MiniJinja source that prints the same.
//!
//! Here are the rules for tags; `expression.rs` has those for expressions. The rules are general: no component and no
//! file of the package is mentioned.

use crate::lexer::tokens;
use crate::reader::Reader;
use crate::segments::{Inside, Segment, segments};
use crate::tags::{Tag, tag};
use std::fmt;

/// Why a template could not be rewritten, with the line in its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RewriteError {
    line: usize,
    reason: String,
}

impl RewriteError {
    pub(crate) fn new(line: usize, reason: impl Into<String>) -> RewriteError {
        RewriteError { line, reason: reason.into() }
    }
}

impl fmt::Display for RewriteError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "line {}: {}", self.line, self.reason)
    }
}

impl std::error::Error for RewriteError {}

/// Rewrites a whole template. Fails when it uses something of Nunjucks that has no rule here.
pub(crate) fn rewrite(source: &str) -> Result<String, RewriteError> {
    let mut pieces = Vec::new();
    for segment in segments(source)? {
        pieces.push(match segment {
            Segment::Text(text) | Segment::Comment(text) => Piece::Verbatim(text),
            Segment::Output(inside) => Piece::Output(output(&inside)?, inside),
            Segment::Tag(inside) => Piece::Tag(tag(&inside)?, inside),
        });
    }
    let carried = carried_names(&pieces);
    let mut writer = Writer { out: String::with_capacity(source.len() * 2), ..Writer::default() };
    for (piece, carried) in pieces.iter().zip(carried) {
        writer.piece(piece, carried)?;
    }
    Ok(writer.out)
}

/// A segment whose expressions are translated.
enum Piece<'s> {
    Verbatim(&'s str),
    Output(String, Inside<'s>),
    Tag(Tag<'s>, Inside<'s>),
}

fn output(inside: &Inside<'_>) -> Result<String, RewriteError> {
    let tokens = tokens(inside.body, inside.line)?;
    let mut reader = Reader::new(&tokens, inside.line);
    let value = reader.expression()?;
    reader.expect_end()?;
    Ok(value)
}

/// For each piece that begins a loop, the names that are set inside it and were known before it.
///
/// In Nunjucks such a `set` changes the outer variable; in MiniJinja it ends with the loop.
fn carried_names<'s>(pieces: &[Piece<'s>]) -> Vec<Vec<&'s str>> {
    struct Loop<'s> {
        piece: usize,
        depth: usize,
        known: Vec<&'s str>,
    }
    let mut carried = vec![Vec::new(); pieces.len()];
    // The names known in each macro or call around this place; variables do not leave those.
    let mut scopes: Vec<Vec<&str>> = vec![Vec::new()];
    let mut loops: Vec<Loop<'s>> = Vec::new();
    for (piece, tag) in pieces.iter().enumerate().filter_map(|(place, piece)| match piece {
        Piece::Tag(tag, _) => Some((place, tag)),
        _ => None,
    }) {
        match tag {
            Tag::Macro { names, .. } => scopes.push(names.clone()),
            Tag::Call { .. } => scopes.push(Vec::new()),
            Tag::EndMacro | Tag::EndCall => {
                scopes.pop();
            }
            Tag::For { .. } => {
                loops.push(Loop { piece, depth: scopes.len(), known: scopes.last().cloned().unwrap_or_default() });
            }
            Tag::EndFor => {
                loops.pop();
            }
            Tag::Set { name, .. } | Tag::SetBlock { name } => {
                for around in loops.iter().filter(|around| around.depth == scopes.len()) {
                    if around.known.contains(name) && !carried[around.piece].contains(name) {
                        carried[around.piece].push(*name);
                    }
                }
                if let Some(scope) = scopes.last_mut() {
                    scope.push(name);
                }
            }
            _ => {}
        }
    }
    carried
}

/// Writes the rewritten template, remembering what is open.
#[derive(Default)]
struct Writer<'s> {
    out: String,
    /// The loops around this place, each with its number and the names it carries out. A macro begins with none.
    loops: Vec<(usize, Vec<&'s str>)>,
    /// The loops around each open macro.
    loops_outside: Vec<Vec<(usize, Vec<&'s str>)>>,
    set_blocks: Vec<&'s str>,
    /// What each open call block prints when it ends.
    calls: Vec<String>,
    /// Numbers the loops and calls of the template, for the names of what is added.
    numbered: usize,
}

impl<'s> Writer<'s> {
    fn piece(&mut self, piece: &Piece<'s>, carried: Vec<&'s str>) -> Result<(), RewriteError> {
        match piece {
            Piece::Verbatim(text) => self.out.push_str(text),
            Piece::Output(value, Inside { left, right, .. }) => {
                self.out.push_str(&format!("{{{{{left} {value} {right}}}}}"));
            }
            Piece::Tag(tag, inside) => self.tag(tag, inside, carried)?,
        }
        Ok(())
    }

    fn tag(&mut self, tag: &Tag<'s>, inside: &Inside<'s>, carried: Vec<&'s str>) -> Result<(), RewriteError> {
        let stray = || RewriteError::new(inside.line, "this tag closes nothing that is open");
        match tag {
            Tag::Plain(body) => self.tags(inside, std::slice::from_ref(body)),
            Tag::For { names, over } => {
                self.numbered += 1;
                let number = self.numbered;
                let mut series = Vec::new();
                if !carried.is_empty() {
                    let kept: Vec<String> = carried.iter().map(|name| format!("{name}={name}")).collect();
                    series.push(format!("set nunjucks_loop_{number} = namespace({})", kept.join(", ")));
                }
                series.push(format!("for {} in {over}", names.join(", ")));
                series.extend(carried.iter().map(|name| format!("set {name} = nunjucks_loop_{number}.{name}")));
                self.tags(inside, &series);
                self.loops.push((number, carried));
            }
            Tag::EndFor => {
                let (number, carried) = self.loops.pop().ok_or_else(stray)?;
                let mut series = vec!["endfor".to_owned()];
                for name in carried {
                    series.push(format!("set {name} = nunjucks_loop_{number}.{name}"));
                    series.extend(self.carry_out(name));
                }
                self.tags(inside, &series);
            }
            Tag::Set { name, value } => {
                let mut series = vec![format!("set {name} = {value}")];
                series.extend(self.carry_out(name));
                self.tags(inside, &series);
            }
            Tag::SetBlock { name } => {
                self.tags(inside, &[format!("set {name}")]);
                self.set_blocks.push(name);
            }
            Tag::EndSet => {
                let name = self.set_blocks.pop().ok_or_else(stray)?;
                let mut series = vec!["endset".to_owned()];
                series.extend(self.carry_out(name));
                self.tags(inside, &series);
            }
            // Whatever an application passes must have JavaScript's truth inside the macro.
            Tag::Macro { name, names, parameters } => {
                let mut series = vec![format!("macro {name}({parameters})")];
                series.extend(names.iter().map(|name| format!("set {name} = nunjucks_object({name})")));
                self.tags(inside, &series);
                self.loops_outside.push(std::mem::take(&mut self.loops));
            }
            Tag::EndMacro => {
                self.tags(inside, &["endmacro".to_owned()]);
                self.loops = self.loops_outside.pop().ok_or_else(stray)?;
            }
            // MiniJinja gives a macro its caller only if the macro itself mentions it, not if an included file does.
            Tag::Include { template } => {
                self.tags(inside, &["if caller".to_owned(), "endif".to_owned(), format!("include {template}")]);
            }
            // MiniJinja allows no blocks inside a call: print first, then hand over a caller that gives what was printed.
            Tag::Call { name, arguments } => {
                self.numbered += 1;
                let comma = if arguments.is_empty() { "" } else { ", " };
                let printed = format!("nunjucks_call_{}", self.numbered);
                self.tags(inside, &[format!("set {printed}")]);
                self.calls.push(format!("{name}({arguments}{comma}caller=nunjucks_caller({printed}))"));
            }
            Tag::EndCall => {
                let call = self.calls.pop().ok_or_else(stray)?;
                let Inside { left, right, .. } = inside;
                self.out.push_str(&format!("{{%{left} endset %}}{{{{ {call} {right}}}}}"));
            }
        }
        Ok(())
    }

    /// Writes several tags in the place of one; the white space marks stay at the two ends.
    fn tags(&mut self, inside: &Inside<'_>, series: &[String]) {
        for (place, body) in series.iter().enumerate() {
            let left = if place == 0 { inside.left } else { "" };
            let right = if place + 1 == series.len() { inside.right } else { "" };
            self.out.push_str(&format!("{{%{left} {body} {right}%}}"));
        }
    }

    /// The tag body that hands a variable, just set, to the innermost loop that carries it out.
    fn carry_out(&self, name: &str) -> Option<String> {
        let (number, _) = self.loops.iter().rev().find(|(_, carried)| carried.contains(&name))?;
        Some(format!("set nunjucks_loop_{number}.{name} = {name}"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::*;
    use minijinja::value::Serde;
    use serde_json::json;

    /// What a Nunjucks template prints with some values, without line breaks and indents.
    fn printed(source: &str, values: &serde_json::Value) -> String {
        let environment = crate::environment();
        let text = environment.render_str(&rewrite(source).unwrap(), minijinja::Value::from(Serde(values))).unwrap();
        text.lines().map(str::trim).collect()
    }

    fn refused(source: &str) -> String {
        rewrite(source).unwrap_err().to_string()
    }

    #[test]
    fn text_comments_and_white_space_marks_stay() {
        let source = "a {#- b -#} {{- c -}} {%- if d -%} e {%- endif -%} f";
        let expected = "a {#- b -#} {{- c -}} {%- if d -%} e {%- endif -%} f";
        assert_eq!(rewrite(source).unwrap(), expected);
    }

    #[test]
    fn elseif_is_elif() {
        let source = "{% if a %}1{% elseif b %}2{% elif c %}3{% else %}4{% endif %}";
        assert_eq!(printed(source, &json!({"b": true})), "2");
        assert_eq!(printed(source, &json!({"c": true})), "3");
        assert_eq!(printed(source, &json!({})), "4");
    }

    #[test]
    fn a_loop_with_two_names_runs_over_pairs() {
        let source = "{% for key, value in a %}{{ key }}={{ value }};{% endfor %}";
        assert_eq!(printed(source, &json!({"a": {"x": 1, "y": 2}})), "x=1;y=2;");
        assert_eq!(printed(source, &json!({"a": [["x", 1]]})), "x=1;");
        assert_eq!(printed(source, &json!({"a": null})), "");
    }

    #[test]
    fn a_loop_over_nothing_or_over_no_list_prints_nothing() {
        let source = "{% for item in a %}[{{ item }}]{% endfor %}";
        for none in [json!({}), json!({"a": null}), json!({"a": 3}), json!({"a": {"x": 1}})] {
            assert_eq!(printed(source, &none), "");
        }
        assert_eq!(printed(source, &json!({"a": [1, 2]})), "[1][2]");
    }

    #[test]
    fn a_variable_set_in_a_loop_is_carried_out() {
        let source = "{% set last = 'none' %}{% for item in a %}{{ last }},{% set last = item %}{% endfor %}{{ last }}";
        assert_eq!(printed(source, &json!({"a": [1, 2]})), "none,1,2");
        assert_eq!(printed(source, &json!({"a": []})), "none");
    }

    #[test]
    fn a_variable_set_as_a_block_in_a_loop_is_carried_out() {
        let source =
            "{% set b %}-{% endset %}{% for item in a %}{% set b %}{{ b }}{{ item }}{% endset %}{% endfor %}{{ b }}";
        assert_eq!(printed(source, &json!({"a": [1, 2]})), "-12");
    }

    #[test]
    fn a_variable_is_carried_out_of_all_loops_it_was_known_before() {
        let source = "{% set n = 0 %}{% for row in a %}{% for cell in row %}{% if cell %}{% set n = n + 1 %}{% endif %}\
                      {% endfor %}{% endfor %}{{ n }}";
        assert_eq!(printed(source, &json!({"a": [[1, 0, 1], [1]]})), "3");
    }

    #[test]
    fn a_variable_first_set_in_a_loop_stays_in_it() {
        let source = "{% for item in a %}{% set b = item %}{{ b }}{% endfor %}[{{ b }}]";
        assert_eq!(printed(source, &json!({"a": [1]})), "1[]");
    }

    #[test]
    fn a_macro_does_not_change_the_variables_around_it() {
        let source = "{% set b = 1 %}{% for item in a %}{% macro m(b) %}{% set b = 9 %}{{ b }}{% endmacro %}\
                      {% set b = 2 %}{{ m(5) }}{% endfor %}{{ b }}";
        assert_eq!(printed(source, &json!({"a": [1]})), "92");
    }

    #[test]
    fn what_a_macro_receives_has_the_truth_of_javascript() {
        let source =
            "{% macro m(a, b='x') %}{{ 'true' if a else 'false' }}{{ b }}{% endmacro %}{{ m(v) }} {{ m(v.w, 1) }}";
        assert_eq!(printed(source, &json!({"v": {"w": []}})), "truex true1");
        assert_eq!(printed(source, &json!({"v": {"w": 0}})), "truex false1");
    }

    #[test]
    fn a_call_hands_over_what_its_block_prints() {
        let source = "{% macro m(a) %}<{{ a }}{{ caller() }}>{% endmacro %}{% call m('&') %}{% block b %}{{ v }}{% endblock %}{% endcall %}";
        assert_eq!(printed(source, &json!({"v": "<"})), "<&amp;&lt;>");
        let source = "{% macro m() %}<{{ caller() }}>{% endmacro %}{% call m() %}x{% endcall %}";
        assert_eq!(printed(source, &json!({})), "<x>");
    }

    #[test]
    fn an_included_template_may_use_the_caller() {
        assert_eq!(
            rewrite("{%- include './a.njk' -%}").unwrap(),
            "{%- if caller %}{% endif %}{% include './a.njk' -%}"
        );
    }

    #[test]
    fn imports_keep_their_names() {
        assert_eq!(rewrite("{% from './a.njk' import b, c as d %}").unwrap(), "{% from './a.njk' import b, c as d %}");
    }

    #[test]
    fn tags_without_a_rule_and_stray_ends_are_refused() {
        assert_eq!(refused("\n{% switch a %}"), "line 2: the tag `switch` is not provided");
        assert_eq!(refused("{% endfor %}"), "line 1: this tag closes nothing that is open");
        assert_eq!(refused("{% set a, b = c %}"), "line 1: expected `=`, found `,`");
        assert_eq!(refused("{% include 'a' ignore missing %}"), "line 1: expected the end, found `ignore`");
        assert_eq!(refused("{% call(a) m() %}{% endcall %}"), "line 1: expected a name, found `(`");
    }
}
