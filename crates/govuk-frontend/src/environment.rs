//! The MiniJinja environment in which the package's templates and an application's own templates work together.
//!
//! It serves the package's templates from the binary and nothing from the file system.

use crate::embedded::TEMPLATES;
use crate::nunjucks;
use crate::rewrite::rewrite;
use crate::values::text;
use minijinja::value::ValueKind;
use minijinja::{AutoEscape, Environment, Error, ErrorKind, Output, State, UndefinedBehavior, Value, escape_formatter};
use std::borrow::Cow;

/// An environment that finds the package's templates under names such as `govuk/template.njk` and
/// `govuk/components/button/macro.njk`.
///
/// Add your own templates with [`Environment::add_template`] or [`Environment::add_template_owned`], under any other
/// name and in plain MiniJinja. For all templates:
///
/// * output is escaped for HTML, whatever the template is called;
/// * missing values print nothing, and so do their members ([`UndefinedBehavior::Chainable`]);
/// * values print as in Nunjucks: `true`, a list with commas between its items, a dictionary as `[object Object]`;
/// * a line break after a tag and white space before a tag are dropped (`trim_blocks`, `lstrip_blocks`), and a final
///   line break is kept;
/// * a name beginning with `./` or `../` is looked for beside the template that mentions it.
///
/// Do not call [`Environment::set_loader`], [`Environment::set_formatter`] or [`Environment::set_syntax`] on it.
pub fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    let syntax =
        environment.syntax().to_builder().trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true).build();
    // Building fails only for delimiters that clash, and these are the standard ones.
    if let Ok(syntax) = syntax {
        environment.set_syntax(syntax);
    }
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.set_loader(load);
    environment.set_path_join_callback(join);
    environment.set_formatter(print);
    nunjucks::register(&mut environment);
    environment
}

/// The source of one of the package's templates, as the package has it.
pub(crate) fn packaged(name: &str) -> Option<&'static str> {
    let place = TEMPLATES.binary_search_by(|(candidate, _)| (*candidate).cmp(name)).ok()?;
    TEMPLATES.get(place).map(|(_, source)| *source)
}

fn load(name: &str) -> Result<Option<String>, Error> {
    let Some(source) = packaged(name) else {
        return Ok(None);
    };
    rewrite(source).map(Some).map_err(|error| {
        Error::new(ErrorKind::SyntaxError, format!("{name} of the package govuk-frontend could not be rewritten"))
            .with_source(error)
    })
}

fn join<'n>(name: &'n str, parent: &'n str) -> Cow<'n, str> {
    if !name.starts_with("./") && !name.starts_with("../") {
        return Cow::Borrowed(name);
    }
    let mut folders: Vec<&str> = parent.split('/').collect();
    folders.pop();
    for part in name.split('/') {
        match part {
            "." => {}
            ".." => {
                folders.pop();
            }
            _ => folders.push(part),
        }
    }
    Cow::Owned(folders.join("/"))
}

/// Prints as Nunjucks does: nothing for missing values, and `&#39;` but no reference for `/`.
fn print(out: &mut Output, state: &mut State, value: &Value) -> Result<(), Error> {
    if value.kind() == ValueKind::Invalid {
        return escape_formatter(out, state, value);
    }
    match state.auto_escape() {
        AutoEscape::None => out.write_str(&text(value))?,
        AutoEscape::Html if value.is_safe() => out.write_str(&text(value))?,
        AutoEscape::Html => nunjucks::write_escaped(&text(value), |part| out.write_str(part))?,
        _ => escape_formatter(out, state, value)?,
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_names_are_joined_and_others_kept() {
        let parent = "govuk/components/button/macro.njk";
        assert_eq!(join("./template.njk", parent), "govuk/components/button/template.njk");
        assert_eq!(join("../../macros/logo.njk", parent), "govuk/macros/logo.njk");
        assert_eq!(join("govuk/template.njk", parent), "govuk/template.njk");
        assert_eq!(join(".hidden.html", parent), ".hidden.html");
    }

    #[test]
    fn every_template_of_the_package_is_rewritten_and_compiles() {
        let environment = environment();
        let failures: Vec<String> = TEMPLATES
            .iter()
            .filter_map(|(name, _)| environment.get_template(name).err().map(|error| format!("{error:#}")))
            .collect();
        assert_eq!(failures, Vec::<String>::new());
        assert!(TEMPLATES.len() > 70, "only {} templates are embedded", TEMPLATES.len());
    }
}
