//! Rendering one component from Rust, as the package's fixtures do.
//!
//! Pages are better written as templates that import the components' macros.

use crate::environment::packaged;
use minijinja::value::Serde;
use minijinja::{Environment, Value};

/// Why a component was not rendered.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The package has no component of this name.
    #[error(
        "the package govuk-frontend has no component called `{0}`; names are written as in its documentation, such as `date-input`"
    )]
    UnknownComponent(String),
    /// The component's template failed.
    #[error(transparent)]
    Template(#[from] minijinja::Error),
}

/// Renders one component, named as in the package's documentation (`button`, `date-input`), with its options.
///
/// The environment is one made by [`environment`](crate::environment()).
pub fn render(environment: &Environment<'_>, component: &str, options: &serde_json::Value) -> Result<String, Error> {
    let template = format!("govuk/components/{component}/macro.njk");
    if packaged(&template).is_none() {
        return Err(Error::UnknownComponent(component.to_owned()));
    }
    let mut captured = environment.get_template(&template)?.render_captured(())?;
    let options = Value::from(Serde(options));
    Ok(captured.with_state_mut(|state| state.call_macro(&macro_name(component), &[options]))?)
}

/// `govukDateInput` for `date-input`.
fn macro_name(component: &str) -> String {
    let words = component.split('-').map(|word| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    });
    format!("govuk{}", words.collect::<String>())
}
