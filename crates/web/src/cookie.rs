//! A cookie as it is told to people: what the page of cookies says, and what a test holds every answer against.
//!
//! Nothing is set or read here. Whoever sets a cookie makes this from what it sets.

use serde::Serialize;

/// A cookie that may be set, in the words of whoever reads about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeclaredCookie {
    /// Its name.
    pub name: String,
    /// What it is for: "Keeps you signed in".
    pub purpose: String,
    /// What somebody does before it is set.
    pub set_when: String,
    /// How long it lasts, in words.
    pub lasts: String,
    /// The same as a browser is told it, in seconds.
    pub seconds: i64,
    /// The path that it is sent to.
    pub path: String,
    /// Whether scripts cannot read it.
    pub http_only: bool,
    /// Whether it is sent over HTTPS only.
    pub secure: bool,
    /// To which sites' requests it is added: `Lax`.
    pub same_site: String,
}
