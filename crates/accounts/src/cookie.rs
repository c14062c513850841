//! The cookies: one carries a session's token, one a token of somebody who is away at a provider of sign-in. Nothing else
//! is in them.
//!
//! Over HTTPS its name begins with `__Host-`, which browsers accept only with `Secure`, for this host alone and for every
//! path, so that no neighbouring host can plant one. Plain HTTP on the own computer gets the name without it.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::Response,
};
use cookie::{Cookie, SameSite, time::Duration};

use crate::{oidc, session, token::Token};

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
        let lasts = match self.purpose {
            Purpose::Session => session::LONGEST,
            Purpose::Away => oidc::AWAY,
        };
        self.written(token.as_str().to_owned(), Duration::microseconds(lasts))
    }

    /// The header that takes it away.
    pub(crate) fn clear(self) -> Option<HeaderValue> {
        self.written(String::new(), Duration::ZERO)
    }

    fn written(self, value: String, lasts: Duration) -> Option<HeaderValue> {
        let cookie = Cookie::build((self.name(), value))
            .http_only(true)
            .secure(self.secure)
            .same_site(SameSite::Lax)
            .path("/")
            .max_age(lasts);
        HeaderValue::from_str(&cookie.build().to_string()).ok()
    }
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
