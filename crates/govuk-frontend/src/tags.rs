//! Reads a tag, as far as its rewriting must understand it.
//!
//! Expressions are translated on the way. Tags the package does not use are refused with their line.

use crate::lexer::tokens;
use crate::reader::Reader;
use crate::rewrite::RewriteError;
use crate::segments::Inside;

/// A tag, as far as the rules for tags must understand it. Expressions are already MiniJinja's.
pub(crate) enum Tag<'s> {
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
    Call {
        name: &'s str,
        arguments: String,
    },
    EndCall,
    Include {
        template: String,
    },
    /// A tag that is written as it was, with its expression translated.
    Plain(String),
}

/// Reads the tag inside the delimiters.
pub(crate) fn tag<'s>(inside: &Inside<'s>) -> Result<Tag<'s>, RewriteError> {
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
            let name = if reader.is_at_end() { "" } else { reader.name()? };
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
                Tag::Set { name, value: reader.expression()? }
            }
        }
        "endset" => Tag::EndSet,
        "macro" => macro_declaration(&mut reader)?,
        "endmacro" => Tag::EndMacro,
        "call" => {
            let name = reader.name()?;
            reader.expect_symbol("(")?;
            Tag::Call { name, arguments: reader.arguments(")")? }
        }
        "endcall" => Tag::EndCall,
        "include" => Tag::Include { template: reader.expression()? },
        _ => {
            return Err(RewriteError::new(inside.line, format!("the tag `{keyword}` is not provided")));
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
        names.push(if reader.eat_word("as") { format!("{name} as {}", reader.name()?) } else { name.to_owned() });
        if !reader.eat_symbol(",") {
            return Ok(Tag::Plain(format!("from {template} import {}", names.join(", "))));
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
    let filter = if names.len() > 1 { "nunjucks_pairs" } else { "nunjucks_each" };
    Ok(Tag::For { names, over: format!("({})|{filter}", reader.expression()?) })
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
    Ok(Tag::Macro { name, names, parameters: parameters.join(", ") })
}
