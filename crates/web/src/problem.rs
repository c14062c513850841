//! What was refused or failed, in words for people and programs. Only this crate turns a kind into a status.

use std::error::Error;

use axum::{
    http::{HeaderName, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use vocabulary::Kind;

use crate::{FieldError, answer::Carried, say};

/// A refusal or failure on its way to the reader: an HTML page for people, RFC 9457 JSON for programs.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Which of the few kinds it is; decides the status.
    pub kind: Kind,
    /// The heading. The kind's own words unless a subject knows better.
    pub title: String,
    /// What happened, where and why.
    pub detail: String,
    /// What to do next.
    pub next: Option<String>,
    /// What was wrong with which field, if it was about a form or parameters.
    pub errors: Vec<FieldError>,
    /// A status that the kind alone does not tell (401, 405, 406, 408, 415, 429, 504).
    pub(crate) status: Option<StatusCode>,
    /// What only some problems have. Boxed to keep what every `Result` carries small.
    beside: Option<Box<Beside>>,
}

/// What a problem carries besides its words.
#[derive(Clone, Debug, Default)]
struct Beside {
    /// For the log only, said once when the problem is answered.
    cause: Option<String>,
    /// Where people are led instead of being told.
    people_go_to: Option<String>,
    /// Headers that belong to it, such as when to try again.
    headers: Vec<(HeaderName, HeaderValue)>,
}

impl Problem {
    /// A problem of a kind, with one or two sentences about what happened. Errors of subjects become problems by this.
    pub fn of_kind(kind: Kind, detail: impl Into<String>) -> Problem {
        Problem {
            kind,
            title: title_of(kind),
            detail: detail.into(),
            next: None,
            errors: Vec::new(),
            status: None,
            beside: None,
        }
    }

    /// The one answer for "not found" and "not yours", which are never told apart.
    pub fn missing() -> Problem {
        Problem::of_kind(Kind::Missing, say!("It does not exist, or it is not shared with you."))
            .next(say!("Check the address, or search for what you need."))
    }

    /// What stood at this address is over: the status is 410.
    pub fn gone(title: impl Into<String>, detail: impl Into<String>) -> Problem {
        Problem::of_kind(Kind::Missing, detail).title(title).with_status(StatusCode::GONE)
    }

    /// The reader may see this but may not do it.
    pub fn forbidden(detail: impl Into<String>) -> Problem {
        Problem::of_kind(Kind::Forbidden, detail)
    }

    /// It clashes with what is there now.
    pub fn conflicting(detail: impl Into<String>) -> Problem {
        Problem::of_kind(Kind::Conflicting, detail)
    }

    /// What was sent cannot be understood or breaks a rule.
    pub fn invalid(detail: impl Into<String>) -> Problem {
        Problem::of_kind(Kind::Invalid, detail)
    }

    /// Larger than a stated limit.
    pub fn too_large(detail: impl Into<String>) -> Problem {
        Problem::of_kind(Kind::TooLarge, detail)
    }

    /// Too much is going on; trying again later may succeed.
    pub fn busy() -> Problem {
        Problem::of_kind(Kind::Busy, say!("Too many people are using this."))
            .next(say!("Try again in 30 seconds."))
            .again_in(30)
    }

    /// The database cannot be reached, or was lost in the middle. The cause goes to the log once; trying again later may
    /// succeed, and what was being saved may have been saved.
    pub fn away(cause: &dyn Error) -> Problem {
        let detail = say!("The database cannot be reached at the moment.");
        let mut problem = Problem::of_kind(Kind::Busy, detail)
            .title(say!("This service is not available at the moment"))
            .next(say!(
                "Try again in 30 seconds. If you were saving something, look whether it is there before you save it again."
            ))
            .again_in(30);
        problem.beside.get_or_insert_default().cause = Some(causes(cause));
        problem
    }

    /// A program gave a token that is none, or is none any more. `detail` does not say which: whoever found it need not know.
    pub fn not_recognised(detail: impl Into<String>) -> Problem {
        let challenge = HeaderValue::from_static("Bearer realm=\"commonhold\", error=\"invalid_token\"");
        Problem::of_kind(Kind::Forbidden, detail)
            .title(say!("This token is not good"))
            .with_status(StatusCode::UNAUTHORIZED)
            .headers(vec![(header::WWW_AUTHENTICATE, challenge)])
    }

    /// This is for people who have signed in with their browser. People are led to `path`, of this site; programs are told.
    pub fn sign_in(path: impl Into<String>) -> Problem {
        let challenge = HeaderValue::from_static("Bearer realm=\"commonhold\"");
        let detail = say!("This is for people who have signed in with a browser. A token does not open it.");
        let mut problem = Problem::of_kind(Kind::Forbidden, detail)
            .title(say!("Sign in first"))
            .next(say!("Open this address in a browser, and sign in there."))
            .with_status(StatusCode::UNAUTHORIZED)
            .headers(vec![(header::WWW_AUTHENTICATE, challenge)]);
        problem.beside.get_or_insert_default().people_go_to = Some(path.into());
        problem
    }

    /// A fault on our side. The cause goes to the log once; the reader gets the request's reference.
    pub fn internal(cause: &dyn Error) -> Problem {
        Problem::unexpected(causes(cause))
    }

    /// A fault on our side, with its cause as text for the log.
    pub(crate) fn unexpected(cause: String) -> Problem {
        let mut problem = Problem::of_kind(Kind::Unexpected, "");
        problem.beside.get_or_insert_default().cause = Some(cause);
        problem
    }

    /// With a heading of one's own.
    pub fn title(mut self, title: impl Into<String>) -> Problem {
        self.title = title.into();
        self
    }

    /// With what to do next.
    pub fn next(mut self, next: impl Into<String>) -> Problem {
        self.next = Some(next.into());
        self
    }

    /// With what was wrong with which field. Then the status is 422.
    pub fn errors(mut self, errors: Vec<FieldError>) -> Problem {
        self.errors = errors;
        self
    }

    /// Says after how many seconds trying again makes sense.
    pub(crate) fn again_in(self, seconds: u64) -> Problem {
        self.headers(vec![(header::RETRY_AFTER, HeaderValue::from(seconds))])
    }

    pub(crate) fn headers(mut self, headers: Vec<(HeaderName, HeaderValue)>) -> Problem {
        self.beside.get_or_insert_default().headers.extend(headers);
        self
    }

    /// What the log is told.
    pub(crate) fn cause(&self) -> Option<&str> {
        self.beside.as_ref()?.cause.as_deref()
    }

    /// Where people are led instead of being told.
    pub(crate) fn people_go_to(&self) -> Option<&str> {
        self.beside.as_ref()?.people_go_to.as_deref()
    }

    /// The headers that belong to it.
    pub(crate) fn own_headers(&self) -> &[(HeaderName, HeaderValue)] {
        self.beside.as_ref().map(|beside| beside.headers.as_slice()).unwrap_or_default()
    }

    pub(crate) fn with_status(mut self, status: StatusCode) -> Problem {
        self.status = Some(status);
        self
    }

    pub(crate) fn status(&self) -> StatusCode {
        self.status.unwrap_or(match self.kind {
            Kind::Missing => StatusCode::NOT_FOUND,
            Kind::Forbidden => StatusCode::FORBIDDEN,
            Kind::Conflicting => StatusCode::CONFLICT,
            Kind::Invalid if self.errors.is_empty() => StatusCode::BAD_REQUEST,
            Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Kind::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Kind::Unexpected => StatusCode::INTERNAL_SERVER_ERROR,
        })
    }

    /// The `type` member of RFC 9457: a name, not an address that could be opened.
    pub(crate) fn name(&self) -> &'static str {
        match self.status().as_u16() {
            401 => "urn:commonhold:problem:token",
            405 => "urn:commonhold:problem:method",
            406 => "urn:commonhold:problem:format",
            408 | 504 => "urn:commonhold:problem:slow",
            415 => "urn:commonhold:problem:media-type",
            429 => "urn:commonhold:problem:too-many",
            _ => match self.kind {
                Kind::Missing => "urn:commonhold:problem:missing",
                Kind::Forbidden => "urn:commonhold:problem:forbidden",
                Kind::Conflicting => "urn:commonhold:problem:conflicting",
                Kind::Invalid => "urn:commonhold:problem:invalid",
                Kind::TooLarge => "urn:commonhold:problem:too-large",
                Kind::Busy => "urn:commonhold:problem:busy",
                Kind::Unexpected => "urn:commonhold:problem:unexpected",
            },
        }
    }
}

/// An error and what is beneath it, in one line.
pub(crate) fn causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(deeper) = source {
        text.push_str(": ");
        text.push_str(&deeper.to_string());
        source = deeper.source();
    }
    text
}

fn title_of(kind: Kind) -> String {
    match kind {
        Kind::Missing => say!("Page not found"),
        Kind::Forbidden => say!("You cannot do this"),
        Kind::Conflicting => say!("This clashes with what is here now"),
        Kind::Invalid => say!("There is a problem with this request"),
        Kind::TooLarge => say!("This is too large"),
        Kind::Busy => say!("This service is busy"),
        Kind::Unexpected => say!("Something went wrong on our side"),
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Carried::problem(self));
        response
    }
}
