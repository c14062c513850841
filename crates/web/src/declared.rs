//! What an address says of itself: its parameters and fields, what these mean, and who may ask. The API's description is
//! made from it, and the front holds requests to it, so the description cannot promise what is not so.
//!
//! It decides nothing about who may do what: [`Access`] is what is *said*; subjects decide, and a test compares the two.

use axum::{
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::{Form, Format, Parameters, Problem, answer::Carried, form::unknown_field, visit::Arrival};

/// One address and method, as documentation lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// The path, with `{names}`.
    pub path: &'static str,
    /// What it is for, in a few words.
    pub what: &'static str,
    /// The query parameters that it knows. Others are refused before it is asked.
    pub parameters: &'static [&'static str],
    /// The query is somebody else's, such as a provider's of sign-in: whatever else comes is let in.
    pub any_parameters: bool,
    /// The fields of its form. Others are refused before it is asked. `column-*` stands for all that begin so.
    pub fields: &'static [&'static str],
    /// Whether it takes a file, as `multipart/form-data`, in the first of its fields.
    pub takes_file: bool,
    /// Who may ask.
    pub access: Access,
    /// With which statuses a write is answered to a program when it was done. What reads answer shows by asking.
    pub done: &'static [u16],
    /// What names mean, the most particular first.
    pub words: &'static [Word],
}

/// Who may ask an address. The words are those of the description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Anyone, as far as what is asked for is shown to them.
    Anyone,
    /// These people, in a browser or by a token of theirs.
    Token(&'static str),
    /// These people in their browser, signed in: a token is refused.
    Browser(&'static str),
    /// Whoever comes, signed in or not, in a browser: a token counts for nothing.
    Visitor(&'static str),
}

impl Access {
    /// In words.
    pub fn who(self) -> &'static str {
        match self {
            Access::Anyone => "anyone",
            Access::Token(who) | Access::Browser(who) | Access::Visitor(who) => who,
        }
    }
}

/// What the name of a parameter, of a part of a path or of a field means, and what values it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// The one path where it means this; empty: wherever no other word is given.
    pub at: &'static str,
    /// The name. `column-*` stands for all that begin so.
    pub name: &'static str,
    /// One sentence without its full stop.
    pub what: &'static str,
    /// What values it takes.
    pub shape: Shape,
    /// Whether it may come several times.
    pub several: bool,
    /// Values that stand for others in examples: none where any text does, more than one only where it may come several times.
    pub examples: &'static [&'static str],
}

/// What values a name takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Any text.
    Text,
    /// One of these.
    OneOf(&'static [&'static str]),
    /// A whole number from one to another.
    Number(u64, u64),
    /// A day such as `2027-03-31`.
    Day,
    /// A place in a list, as an answer gave it.
    Cursor,
}

/// A text called `name`.
pub const fn word(name: &'static str, what: &'static str) -> Word {
    Word { at: "", name, what, shape: Shape::Text, several: false, examples: &[] }
}

impl Word {
    /// At this path only.
    pub const fn at(mut self, path: &'static str) -> Word {
        self.at = path;
        self
    }

    /// One of these values and nothing else.
    pub const fn one_of(mut self, values: &'static [&'static str]) -> Word {
        self.shape = Shape::OneOf(values);
        self
    }

    /// A whole number in these bounds.
    pub const fn number(mut self, least: u64, most: u64) -> Word {
        self.shape = Shape::Number(least, most);
        self
    }

    /// A day.
    pub const fn day(mut self) -> Word {
        self.shape = Shape::Day;
        self
    }

    /// It may come several times.
    pub const fn several(mut self) -> Word {
        self.several = true;
        self
    }

    /// Values for examples.
    pub const fn examples(mut self, values: &'static [&'static str]) -> Word {
        self.examples = values;
        self
    }
}

/// What holds in every list.
pub(crate) const OF_LISTS: &[Word] = &[
    Word {
        shape: Shape::Cursor,
        ..word("after", "Goes on after this place: the value that `next` of an answer holds")
    },
    Word {
        shape: Shape::Cursor,
        ..word("before", "Goes back from this place: the value that `previous` of an answer holds")
    },
];

impl Endpoint {
    /// What a name means here: at this path, else wherever.
    pub fn word(&self, name: &str) -> Option<&Word> {
        let same = |word: &&Word| stands_for(word.name, name);
        let known = || self.words.iter().chain(OF_LISTS).filter(same);
        known().find(|word| word.at == self.path).or_else(|| known().find(|word| word.at.is_empty()))
    }

    /// The names in its path, in order.
    pub fn path_names(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('{').skip(1).filter_map(|rest| rest.split('}').next())
    }

    /// Refuses parameters that are not declared.
    fn check(&self, request: &Request) -> Result<(), Problem> {
        if self.any_parameters {
            return Ok(());
        }
        let query = request.uri().query().unwrap_or_default();
        Parameters::read(request.uri().path(), query, self.parameters).map(|_| ())
    }

    /// Whether a write was answered as declared. A form in a browser may always lead on.
    fn answered(&self, format: Option<Format>, response: &Response) -> bool {
        let status = response.status();
        let carried = response.extensions().get::<Carried>();
        let refused = matches!(carried, Some(Carried::Page(page)) if !page.errors.is_empty());
        let leads_on = status == StatusCode::SEE_OTHER && format != Some(Format::Json);
        let done = status.is_success() || status == StatusCode::SEE_OTHER;
        self.method != "POST" || refused || leads_on || !done || self.done.contains(&status.as_u16())
    }

    /// Refuses fields that are not declared.
    pub(crate) fn check_form(&self, form: &Form) -> Result<(), Problem> {
        form.pairs().iter().try_for_each(|(name, _)| self.check_field(name))
    }

    /// The same of one field.
    pub(crate) fn check_field(&self, name: &str) -> Result<(), Problem> {
        match self.fields.iter().any(|field| stands_for(field, name)) {
            true => Ok(()),
            false => Err(unknown_field(name, self.fields)),
        }
    }
}

/// Whether a name is the one that is written, or begins as `column-*` says.
fn stands_for(written: &str, name: &str) -> bool {
    match written.strip_suffix('*') {
        Some(start) => name.len() > start.len() && name.starts_with(start),
        None => written == name,
    }
}

/// Before every handler: what was asked is what is declared.
pub(crate) async fn hold(endpoint: Endpoint, mut request: Request, next: Next) -> Response {
    if let Err(problem) = endpoint.check(&request) {
        return problem.into_response();
    }
    request.extensions_mut().insert(endpoint);
    let format = request.extensions().get::<Arrival>().map(|arrival| arrival.visit.format);
    let response = next.run(request).await;
    // Every test of every subject looks at this; whoever was answered is not served worse for a fault of the description.
    debug_assert!(
        endpoint.answered(format, &response),
        "{} {} answers {} to {format:?}, which it does not declare",
        endpoint.method,
        endpoint.path,
        response.status()
    );
    response
}
