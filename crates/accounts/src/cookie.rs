//! The cookies: one carries a session's token, one a token of somebody who is away at a provider of sign-in, or about to use
//! a passkey. Nothing else is in them.
//!
//! Over HTTPS its name begins with `__Host-`, which browsers accept only with `Secure`, for this host alone and for every
//! path, so that no neighbouring host can plant one. Plain HTTP on the own computer gets the name without it.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use cookie::{Cookie, SameSite, time::Duration};

use jiff::SignedDuration;
use web::{DeclaredCookie, say, say_period};

use crate::{Accounts, oidc, session, token::Token};

/// Which cookie this copy sets and reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TokenCookie {
    purpose: Purpose,
    secure: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Session,
    Away,
}

impl TokenCookie {
    /// That of sessions, for a site that people reach at this address.
    pub(crate) fn session(public_address: &str) -> TokenCookie {
        TokenCookie { purpose: Purpose::Session, secure: public_address.starts_with("https://") }
    }

    /// That of browsers whose owner is away at a provider.
    pub(crate) fn away(public_address: &str) -> TokenCookie {
        TokenCookie { purpose: Purpose::Away, ..TokenCookie::session(public_address) }
    }

    fn name(self) -> &'static str {
        match (self.purpose, self.secure) {
            (Purpose::Session, true) => "__Host-commonhold",
            (Purpose::Session, false) => "commonhold",
            (Purpose::Away, true) => "__Host-commonhold-away",
            (Purpose::Away, false) => "commonhold-away",
        }
    }

    /// The token that a request carries, if it has the shape of one.
    pub(crate) fn read(self, headers: &HeaderMap) -> Option<Token> {
        let all = headers.get_all(header::COOKIE).iter();
        // Another program of the same host may have set cookies in whatever bytes.
        let texts = all.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let cookies = texts.flat_map(Cookie::split_parse);
        let mut named = cookies.filter_map(Result::ok).filter(|cookie| cookie.name() == self.name());
        Token::read(named.next()?.value())
    }

    /// The header that gives the browser a token.
    pub(crate) fn set(self, token: &Token) -> Option<HeaderValue> {
        written(&self.cookie(token.as_str().to_owned(), self.lasts()))
    }

    /// The header that takes it away.
    pub(crate) fn clear(self) -> Option<HeaderValue> {
        written(&self.cookie(String::new(), Duration::ZERO))
    }

    fn lasts(self) -> Duration {
        Duration::microseconds(match self.purpose {
            Purpose::Session => session::LONGEST,
            Purpose::Away => oidc::AWAY,
        })
    }

    fn cookie(self, value: String, lasts: Duration) -> Cookie<'static> {
        Cookie::build((self.name(), value))
            .http_only(true)
            .secure(self.secure)
            .same_site(SameSite::Lax)
            .path("/")
            .max_age(lasts)
            .build()
    }

    /// What people are told of it, from what browsers are told.
    fn declared(self, purpose: String, set_when: String) -> DeclaredCookie {
        let cookie = self.cookie(String::new(), self.lasts());
        let seconds = self.lasts().whole_seconds();
        let period = say_period(SignedDuration::from_secs(seconds));
        DeclaredCookie {
            name: cookie.name().to_owned(),
            purpose,
            set_when,
            lasts: match self.purpose {
                Purpose::Session => say!(
                    "{period} at most. It ends when you sign out, or {idle} after your last request",
                    period = period,
                    idle = say_period(SignedDuration::from_micros(session::IDLE))
                ),
                Purpose::Away => say!("{period}, or until you are signed in", period = period),
            },
            seconds,
            path: cookie.path().unwrap_or_default().to_owned(),
            http_only: cookie.http_only().unwrap_or_default(),
            secure: cookie.secure().unwrap_or_default(),
            same_site: cookie.same_site().map(|site| site.to_string()).unwrap_or_default(),
        }
    }
}

fn written(cookie: &Cookie<'_>) -> Option<HeaderValue> {
    HeaderValue::from_str(&cookie.to_string()).ok()
}

/// Every cookie that this copy may set: there are no others.
pub fn cookies(accounts: &Accounts) -> Vec<DeclaredCookie> {
    let session = accounts.cookie().declared(
        say!("Keeps you signed in. It holds a random number and nothing about you."),
        match accounts.demonstration {
            true => say!("When you sign in, or choose who to be"),
            false => say!("When you sign in"),
        },
    );
    let (passkeys, elsewhere) = (accounts.place().is_some(), !accounts.sign_in.choices().is_empty());
    let begun = match (passkeys, elsewhere) {
        (false, false) => None,
        (true, false) => Some(say!("When you begin to use a passkey")),
        (false, true) => Some(say!("When you go to an account elsewhere to sign in")),
        (true, true) => Some(say!("When you begin to use a passkey, or go to an account elsewhere to sign in")),
    };
    let purpose =
        say!("Recognises your browser while you prove who you are. It holds a random number and nothing about you.");
    let away = begun.map(|begun| accounts.away_cookie().declared(purpose, begun));
    std::iter::once(session).chain(away).collect()
}

/// A response that also carries this cookie.
pub(crate) fn carried_by(mut response: Response, cookie: Option<HeaderValue>) -> Response {
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    #[test]
    fn the_cookie_is_as_closed_as_its_address_allows() {
        let token = Token::read(&"a".repeat(64)).unwrap();
        let set = |address| TokenCookie::session(address).set(&token).unwrap();
        assert_eq!(
            set("https://commonhold.example"),
            format!("__Host-commonhold={}; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=604800", "a".repeat(64))
        );
        assert_eq!(
            set("http://127.0.0.1:8080"),
            format!("commonhold={}; HttpOnly; SameSite=Lax; Path=/; Max-Age=604800", "a".repeat(64))
        );
        let cleared = TokenCookie::session("http://127.0.0.1").clear().unwrap();
        assert_eq!(cleared, "commonhold=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0");
    }

    #[test]
    fn whoever_is_away_has_another_cookie_for_ten_minutes() {
        let token = Token::read(&"a".repeat(64)).unwrap();
        let set = TokenCookie::away("https://commonhold.example").set(&token).unwrap();
        let expected = "HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=600";
        assert_eq!(set, format!("__Host-commonhold-away={}; {expected}", "a".repeat(64)));
    }

    #[test]
    fn only_a_token_of_the_right_name_is_read() {
        let read = |address, cookie: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::COOKIE, HeaderValue::from_str(cookie).unwrap());
            TokenCookie::session(address).read(&headers).is_some()
        };
        let token = "0123456789abcdef".repeat(4);
        assert!(read("https://x.example", &format!("a=b; __Host-commonhold={token}")));
        assert!(!read("https://x.example", &format!("commonhold={token}")), "planted without the prefix");
        assert!(read("http://localhost", &format!("commonhold={token}")));
        assert!(read("http://localhost", &format!("neighbour=é\u{ff}; commonhold={token}")));
        assert!(!read("http://localhost", &format!("commonhold={token}0")));
        assert!(!read("http://localhost", "commonhold=' OR 1=1"));
    }
}
