//! One request as a handler sees it: who reads, which address, which format.

use std::convert::Infallible;

use axum::{extract::FromRequestParts, http::request::Parts};
use vocabulary::Reader;

use crate::{Format, Limits, NavigationItem, Parameters, Problem, SeeAs};

/// One request.
#[derive(Clone, Debug)]
pub struct Visit {
    /// Who asks: a visitor unless somebody signed in. While somebody sees as another reader, that other reader.
    pub reader: Reader,
    /// Whether the reader is another than the person who asks.
    pub see_as: SeeAs,
    /// As in [`crate::Asking`].
    pub behind: Option<Reader>,
    /// Further items of the service navigation, for whoever asks alone.
    pub items: Vec<NavigationItem>,
    /// The path without format suffix and language.
    pub path: String,
    /// The host that the request named, if it is one: for addresses within files, never for decisions.
    pub host: Option<String>,
    /// The format asked for.
    pub format: Format,
    /// Names this request in logs and, when something went wrong, to the reader.
    pub request_id: String,
    /// The raw query, without `?`.
    pub query: String,
}

/// What the outermost layer learned about a request, for the extractors within.
#[derive(Clone, Debug)]
pub(crate) struct Arrival {
    pub visit: Visit,
    pub limits: Limits,
}

impl Visit {
    /// The query parameters, if all of them are among `known`.
    ///
    /// # Errors
    /// A problem that names what is not known, and lists what is. `after` and `before` must be listed too.
    pub fn parameters(&self, known: &[&str]) -> Result<Parameters, Problem> {
        Parameters::read(&self.path, &self.query, known)
    }

    /// A visitor reading `path`: for rendering without a request, in tests and samples.
    pub fn of(path: impl Into<String>) -> Visit {
        Visit {
            reader: Reader::visitor(),
            see_as: SeeAs::NotOffered,
            behind: None,
            items: Vec::new(),
            path: path.into(),
            host: None,
            format: Format::Html,
            request_id: String::new(),
            query: String::new(),
        }
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Visit, Infallible> {
        Ok(match parts.extensions.get::<Arrival>() {
            Some(arrival) => arrival.visit.clone(),
            None => {
                let mut visit = Visit::of(parts.uri.path());
                visit.query = parts.uri.query().unwrap_or_default().to_owned();
                visit
            }
        })
    }
}
