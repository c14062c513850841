//! Rewrites the source of a Nunjucks template into MiniJinja source that prints the same.
//!
//! Here are the rules for tags; `expression.rs` has those for expressions. The rules are general: no component and no
//! file of the package is mentioned. Tags the package does not use are refused with their line.

use crate::expression::Reader;
use crate::lexer::tokens;
use crate::segments::{Inside, Segment, segments};
use std::fmt;

/// Why a template could not be rewritten, with the line in its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RewriteError {
    line: usize,
    reason: String,
}

impl RewriteError {
    pub(crate) fn new(line: usize, reason: impl Into<String>) -> RewriteError {
        RewriteError {
            line,
            reason: reason.into(),
        }
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
    let mut writer = Writer {
        out: String::with_capacity(source.len() * 2),
        ..Writer::default()
    };
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

/// A tag, as far as the rules for tags must understand it. Expressions are already MiniJinja's.
enum Tag<'s> {
    For {
        names: Vec<&'s str>,
        over: String,
    },
    EndFor,
    /// `{% set a = expression %}`.
    Set {
        name: &'s str,
        value: String,
    },
    /// `{% set a %}...{% endset %}`.
    SetBlock {
        name: &'s str,
    },
    EndSet,
    /// The names of the parameters, and the parameters as they are written, with defaults.
    Macro {
        name: &'s str,
        names: Vec<&'s str>,
        parameters: String,
    },
    EndMacro,
    /// The call, without its closing bracket.
    Call {
        open_call: String,
    },
    EndCall,
    Include {
        template: String,
    },
    /// A tag that is written as it was, with its expression translated.
    Plain(String),
}

fn output(inside: &Inside<'_>) -> Result<String, RewriteError> {
    let tokens = tokens(inside.body, inside.line)?;
    let mut reader = Reader::new(&tokens, inside.line);
    let value = reader.expression()?;
    reader.expect_end()?;
    Ok(value)
}

fn tag<'s>(inside: &Inside<'s>) -> Result<Tag<'s>, RewriteError> {
    let tokens = tokens(inside.body, inside.line)?;
    let mut reader = Reader::new(&tokens, inside.line);
    let keyword = reader.name()?;
    let tag = match keyword {
        "if" => Tag::Plain(format!("if {}", reader.expression()?)),
        "elif" | "elseif" => Tag::Plain(format!("elif {}", reader.expression()?)),
        "extends" => Tag::Plain(format!("extends {}", reader.expression()?)),
        "else" | "endif" => Tag::Plain(keyword.to_owned()),
        "block" => Tag::Plain(format!("block {}", reader.name()?)),
        "endblock" => {
            // The block's name may be repeated.
            let name = if reader.is_at_end() {
                ""
            } else {
                reader.name()?
            };
            Tag::Plain(format!("endblock {name}").trim_end().to_owned())
        }
        "from" => from(&mut reader)?,
        "for" => for_loop(&mut reader)?,
        "endfor" => Tag::EndFor,
        "set" => {
            let name = reader.name()?;
            if reader.is_at_end() {
                Tag::SetBlock { name }
            } else {
                reader.expect_symbol("=")?;
                Tag::Set {
                    name,
                    value: reader.expression()?,
                }
            }
        }
        "endset" => Tag::EndSet,
        "macro" => macro_declaration(&mut reader)?,
        "endmacro" => Tag::EndMacro,
        "call" => {
            let call = reader.expression()?;
            let open_call = call
                .strip_suffix(')')
                .ok_or_else(|| reader.unexpected("a call"))?;
            Tag::Call {
                open_call: open_call.to_owned(),
            }
        }
        "endcall" => Tag::EndCall,
        "include" => Tag::Include {
            template: reader.expression()?,
        },
        _ => {
            return Err(RewriteError::new(
                inside.line,
                format!("the tag `{keyword}` is not provided"),
            ));
        }
    };
    reader.expect_end()?;
    Ok(tag)
}

fn from<'s>(reader: &mut Reader<'_, 's>) -> Result<Tag<'s>, RewriteError> {
    let template = reader.expression()?;
    reader.expect_word("import")?;
    let mut names = Vec::new();
    loop {
        let name = reader.name()?;
        names.push(if reader.eat_word("as") {
            format!("{name} as {}", reader.name()?)
        } else {
            name.to_owned()
        });
        if !reader.eat_symbol(",") {
            return Ok(Tag::Plain(format!(
                "from {template} import {}",
                names.join(", ")
            )));
        }
    }
}

/// Nunjucks loops over the pairs of a dictionary when two names are given, and over nothing when the value is missing.
fn for_loop<'s>(reader: &mut Reader<'_, 's>) -> Result<Tag<'s>, RewriteError> {
    let mut names = vec![reader.name()?];
    while reader.eat_symbol(",") {
        names.push(reader.name()?);
    }
    reader.expect_word("in")?;
    let filter = if names.len() > 1 {
        "nunjucks_pairs"
    } else {
        "nunjucks_each"
    };
    Ok(Tag::For {
        names,
        over: format!("({})|{filter}", reader.expression()?),
    })
}

fn macro_declaration<'s>(reader: &mut Reader<'_, 's>) -> Result<Tag<'s>, RewriteError> {
    let name = reader.name()?;
    let (mut names, mut parameters) = (Vec::new(), Vec::new());
    reader.expect_symbol("(")?;
    while !reader.eat_symbol(")") {
        let parameter = reader.name()?;
        names.push(parameter);
        parameters.push(if reader.eat_symbol("=") {
            format!("{parameter}={}", reader.expression()?)
        } else {
            parameter.to_owned()
        });
        if !reader.eat_symbol(",") {
            reader.expect_symbol(")")?;
            break;
        }
    }
    Ok(Tag::Macro {
        name,
        names,
        parameters: parameters.join(", "),
    })
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
    for (piece, tag) in pieces
        .iter()
        .enumerate()
        .filter_map(|(place, piece)| match piece {
            Piece::Tag(tag, _) => Some((place, tag)),
            _ => None,
        })
    {
        match tag {
            Tag::Macro { names, .. } => scopes.push(names.clone()),
            Tag::Call { .. } => scopes.push(Vec::new()),
            Tag::EndMacro | Tag::EndCall => {
                scopes.pop();
            }
            Tag::For { .. } => {
                loops.push(Loop {
                    piece,
                    depth: scopes.len(),
                    known: scopes.last().cloned().unwrap_or_default(),
                });
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
    /// The loops around this place, each with its number and the names it carries out.
    loops: Vec<(usize, Vec<&'s str>)>,
    set_blocks: Vec<&'s str>,
    calls: Vec<(usize, String)>,
    /// Numbers the loops and calls of the template, for the names of what is added.
    numbered: usize,
}

impl<'s> Writer<'s> {
    fn piece(&mut self, piece: &Piece<'s>, carried: Vec<&'s str>) -> Result<(), RewriteError> {
        match piece {
            Piece::Verbatim(text) => self.out.push_str(text),
            Piece::Output(value, Inside { left, right, .. }) => {
                self.out
                    .push_str(&format!("{{{{{left} {value} {right}}}}}"));
            }
            Piece::Tag(tag, inside) => self.tag(tag, inside, carried)?,
        }
        Ok(())
    }

    fn tag(
        &mut self,
        tag: &Tag<'s>,
        inside: &Inside<'s>,
        carried: Vec<&'s str>,
    ) -> Result<(), RewriteError> {
        let stray = || RewriteError::new(inside.line, "this tag closes nothing that is open");
        match tag {
            Tag::Plain(body) => self.tags(inside, &[body.clone()]),
            Tag::For { names, over } => {
                self.numbered += 1;
                let number = self.numbered;
                let mut series = Vec::new();
                if !carried.is_empty() {
                    let kept: Vec<String> = carried
                        .iter()
                        .map(|name| format!("{name}={name}"))
                        .collect();
                    series.push(format!(
                        "set nunjucks_loop_{number} = namespace({})",
                        kept.join(", ")
                    ));
                }
                series.push(format!("for {} in {over}", names.join(", ")));
                series.extend(
                    carried
                        .iter()
                        .map(|name| format!("set {name} = nunjucks_loop_{number}.{name}")),
                );
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
            Tag::Macro {
                name,
                names,
                parameters,
            } => {
                let mut series = vec![format!("macro {name}({parameters})")];
                series.extend(
                    names
                        .iter()
                        .map(|name| format!("set {name} = nunjucks_object({name})")),
                );
                self.tags(inside, &series);
            }
            Tag::EndMacro => self.tags(inside, &["endmacro".to_owned()]),
            // MiniJinja gives a macro its caller only if the macro itself mentions it, not if an included file does.
            Tag::Include { template } => {
                self.tags(
                    inside,
                    &[
                        "if caller".to_owned(),
                        "endif".to_owned(),
                        format!("include {template}"),
                    ],
                );
            }
            // MiniJinja allows no blocks inside a call: print first, then hand over a caller that gives what was printed.
            Tag::Call { open_call } => {
                self.numbered += 1;
                self.tags(inside, &[format!("set nunjucks_call_{}", self.numbered)]);
                self.calls.push((self.numbered, open_call.clone()));
            }
            Tag::EndCall => {
                let (number, open_call) = self.calls.pop().ok_or_else(stray)?;
                let comma = if open_call.ends_with('(') { "" } else { ", " };
                let Inside { left, right, .. } = inside;
                self.out.push_str(&format!(
                    "{{%{left} endset %}}{{{{ {open_call}{comma}caller=nunjucks_caller(nunjucks_call_{number})) {right}}}}}"
                ));
            }
        }
        Ok(())
    }

    /// Writes several tags in the place of one; the white space marks stay at the two ends.
    fn tags(&mut self, inside: &Inside<'_>, series: &[String]) {
        for (place, body) in series.iter().enumerate() {
            let left = if place == 0 { inside.left } else { "" };
            let right = if place + 1 == series.len() {
                inside.right
            } else {
                ""
            };
            self.out.push_str(&format!("{{%{left} {body} {right}%}}"));
        }
    }

    /// The tag body that hands a variable, just set, to the innermost loop that carries it out.
    fn carry_out(&self, name: &str) -> Option<String> {
        let (number, _) = self
            .loops
            .iter()
            .rev()
            .find(|(_, carried)| carried.contains(&name))?;
        Some(format!("set nunjucks_loop_{number}.{name} = {name}"))
    }
}
