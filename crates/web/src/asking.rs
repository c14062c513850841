//! Whoever asks, as the front door learns it: the reader whose rights hold for this request, and whether that is the
//! person's own or another's as whom they look.

use axum::http::Method;
use vocabulary::{Reader, Scope};

use crate::{NavigationItem, Problem, quota::CountedAs, say};

/// Where one stops seeing as another reader.
const STOP: &str = "/see-as/stop";
/// What may be sent while one sees as another reader: stopping, and signing out.
const SENT_ALL_THE_SAME: [&str; 2] = [STOP, "/sign-out"];

/// Whoever asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asking {
    /// Whose rights hold: while somebody sees as another reader, that other reader's, for every page and format.
    pub reader: Reader,
    /// Whether the reader is another than the person who asks.
    pub see_as: SeeAs,
    /// The person's own rights, while that other reader is shown more than everybody is: who reads is written down.
    pub behind: Option<Reader>,
    /// The number of the API token by which a program asks. Such a request comes from no browser, so other sites cannot cause it.
    pub token: Option<u128>,
    /// Further items of the service navigation, for them alone.
    pub items: Vec<NavigationItem>,
}

impl Asking {
    /// Against whom the request counts, if not against an address.
    pub(crate) fn counted_as(&self) -> Option<CountedAs> {
        let person = self.behind.as_ref().unwrap_or(&self.reader).person;
        self.token.map(CountedAs::Token).or(person.map(CountedAs::Person))
    }

    /// Refuses a write by a token that only reads.
    pub(crate) fn check_scope(&self, method: &Method) -> Result<(), Problem> {
        match self.reader.scope {
            Some(Scope::Public | Scope::Read) if !reads(method) => {
                let detail = say!("This token only reads, so nothing was changed.");
                Err(Problem::forbidden(detail).next(say!("Send a token with the scope \"edit\".")))
            }
            _ => Ok(()),
        }
    }
}

/// Whether somebody sees pages as another reader would.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SeeAs {
    /// They see as themselves, and may not see as others.
    #[default]
    NotOffered,
    /// They see as themselves; every page offers to see it as others would.
    Offered,
    /// They see as another: "You are seeing this as the public would." Nothing can be changed meanwhile.
    Now(String),
}

impl From<Reader> for Asking {
    /// Somebody who sees as themselves.
    fn from(reader: Reader) -> Asking {
        Asking { reader, see_as: SeeAs::NotOffered, behind: None, token: None, items: Vec::new() }
    }
}

impl SeeAs {
    /// Whether the pages are those of another reader.
    pub fn is_now(&self) -> bool {
        matches!(self, SeeAs::Now(_))
    }

    /// Refuses what would change something while one sees as another reader.
    pub(crate) fn check(&self, method: &Method, path: &str) -> Result<(), Problem> {
        match self {
            SeeAs::Now(sentence) if !reads(method) && !SENT_ALL_THE_SAME.contains(&path) => {
                let detail = say!("{seeing} Nothing can be changed, so this was not done.", seeing = sentence);
                Err(Problem::forbidden(detail).next(say!("Stop seeing as another reader, then send it again.")))
            }
            _ => Ok(()),
        }
    }
}

fn reads(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS | Method::TRACE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_sent_while_one_sees_as_another_but_stopping_and_signing_out() {
        let now = SeeAs::Now("You are seeing this as the public would.".to_owned());
        for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
            for path in ["/account", "/see-as", "/see-as/stop/", "/sign-out/x", "/organisations/ashmere/imports"] {
                assert!(now.check(&method, path).is_err(), "{method} {path}");
                assert!(SeeAs::Offered.check(&method, path).is_ok());
            }
            assert!(now.check(&method, STOP).is_ok() && now.check(&method, "/sign-out").is_ok());
        }
        assert!(now.check(&Method::GET, "/account").is_ok());
    }
}
