//! What a handler gives back, and how it travels to the outermost layer.

use std::sync::Arc;

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};

use crate::{Page, Problem, headers::Keeping};

/// What every handler returns.
pub type Outcome = Result<Answer, Problem>;

/// An answer to a request.
#[derive(Debug)]
pub enum Answer {
    /// A page, in whichever format was asked for.
    Page(Box<Page>),
    /// Go to this path of the same site (status 303), usually after a form.
    Redirect(String),
    /// Something new has this path of the same site (status 201 with `Location`), and this is its page: for programs.
    /// People are led there by [`Answer::Redirect`].
    Made(String, Box<Page>),
    /// A file of its own format.
    File(File),
    /// Done, with nothing to say (status 204).
    Empty,
}

impl From<Page> for Answer {
    fn from(page: Page) -> Answer {
        Answer::Page(Box::new(page))
    }
}

impl From<File> for Answer {
    fn from(file: File) -> Answer {
        Answer::File(file)
    }
}

/// A file to download, or to show in place.
#[derive(Debug)]
pub struct File {
    name: String,
    content_type: &'static str,
    body: Body,
    inline: bool,
    private: bool,
}

impl File {
    /// A file with this name (made safe for a header) and content: bytes, text, or a stream as [`Body`].
    pub fn new(name: impl Into<String>, content_type: &'static str, body: impl Into<Body>) -> File {
        File { name: name.into(), content_type, body: body.into(), inline: false, private: false }
    }

    /// Shown by the browser instead of downloaded. Only for formats that cannot run script.
    pub fn inline(mut self) -> File {
        self.inline = true;
        self
    }

    /// Never kept by any cache, the reader's own browser included.
    pub fn private(mut self) -> File {
        self.private = true;
        self
    }
}

/// What travels in a response's extensions.
#[derive(Clone)]
pub(crate) enum Carried {
    Page(Arc<Page>),
    Problem(Arc<Problem>),
}

impl Carried {
    pub(crate) fn problem(problem: Problem) -> Carried {
        Carried::Problem(Arc::new(problem))
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        match self {
            Answer::Page(page) => {
                let mut response = StatusCode::OK.into_response();
                response.extensions_mut().insert(Carried::Page(Arc::new(*page)));
                response
            }
            Answer::Redirect(path) => redirect(&path),
            Answer::Made(path, page) => {
                let mut response = Answer::Page(page).into_response();
                match location(&path) {
                    Some(value) => {
                        *response.status_mut() = StatusCode::CREATED;
                        response.headers_mut().insert(header::LOCATION, value);
                        response
                    }
                    None => odd_location(),
                }
            }
            Answer::File(file) => {
                let mut response = Response::new(file.body);
                if file.private {
                    response.extensions_mut().insert(Keeping::Never);
                }
                let headers = response.headers_mut();
                headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(file.content_type));
                headers.insert(
                    header::CONTENT_DISPOSITION,
                    disposition(if file.inline { "inline" } else { "attachment" }, &file.name),
                );
                response
            }
            Answer::Empty => StatusCode::NO_CONTENT.into_response(),
        }
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        Answer::from(self).into_response()
    }
}

/// A redirect that cannot leave this site.
pub(crate) fn redirect(path: &str) -> Response {
    match location(path) {
        Some(value) => (StatusCode::SEE_OTHER, [(header::LOCATION, value)]).into_response(),
        None => odd_location(),
    }
}

/// A path of this site: it starts with one slash, and a browser reads `\` as `/`.
fn location(path: &str) -> Option<HeaderValue> {
    let mut after = path.bytes().skip(1);
    let own = path.starts_with('/') && !matches!(after.next(), Some(b'/' | b'\\'));
    let plain = path.bytes().all(|byte| byte.is_ascii_graphic());
    HeaderValue::from_str(path).ok().filter(|_| own && plain)
}

fn odd_location() -> Response {
    Problem::unexpected("an address that is not a path of this site".to_owned()).into_response()
}

/// `Content-Disposition` by RFC 6266: a plain ASCII name for old programs, the true one percent-encoded beside it.
pub(crate) fn disposition(kind: &str, name: &str) -> HeaderValue {
    let stem = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let clean: String = stem.chars().filter(|c| !c.is_control()).take(150).collect();
    let clean = if clean.trim_matches(['.', ' ']).is_empty() { "file".to_owned() } else { clean };
    let ascii: String =
        clean.chars().map(|c| if c.is_ascii_alphanumeric() || " .-_()".contains(c) { c } else { '_' }).collect();
    let mut text = format!("{kind}; filename=\"{ascii}\"");
    if ascii != clean {
        text.push_str("; filename*=UTF-8''");
        for byte in clean.bytes() {
            if byte.is_ascii_alphanumeric() || b".-_".contains(&byte) {
                text.push(char::from(byte));
            } else {
                text.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    HeaderValue::from_str(&text).unwrap_or_else(|_| HeaderValue::from_static("attachment"))
}
