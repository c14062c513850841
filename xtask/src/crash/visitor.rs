//! Requests to the program, and whether their outcome is known: a connection that breaks leaves it open.

use std::time::Duration;

use anyhow::{Result, anyhow, bail};
use serde_json::Value;
use ureq::Agent;
use ureq::http::Response;

/// Somebody with a session, or without one.
#[derive(Clone)]
pub struct Visitor {
    agent: Agent,
    address: String,
    cookie: Option<String>,
    /// Whom it comes from, where the program believes who hands requests on.
    from: Option<String>,
}

/// What came back.
pub enum Answer {
    /// A whole answer: status, where it leads, the session that it gives, what it says.
    Whole(Seen),
    /// None, or a part of one, or that the database is away: it may have been done or not.
    Unknown,
}

/// A whole answer.
#[derive(Debug)]
pub struct Seen {
    pub status: u16,
    /// Seconds after which to come again, if it says so.
    pub retry_after: Option<u32>,
    pub location: String,
    pub cookie: Option<String>,
    pub body: String,
}

impl Seen {
    /// What it says, as data.
    pub fn json(&self) -> Result<Value> {
        serde_json::from_str(&self.body).map_err(|error| anyhow!("{error} in {}", self.body))
    }
}

impl Visitor {
    pub fn new(address: &str, cookie: Option<String>) -> Visitor {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .new_agent();
        Visitor { agent, address: address.to_owned(), cookie, from: None }
    }

    /// The same as if handed on by a web server for somebody of this address.
    pub fn from(mut self, address: String) -> Visitor {
        self.from = Some(address);
        self
    }

    pub fn get(&self, path: &str) -> Answer {
        let mut request = self.agent.get(format!("{}{path}", self.address));
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        if let Some(from) = &self.from {
            request = request.header("x-forwarded-for", from);
        }
        whole(request.call())
    }

    /// Asks for data that must be there.
    pub fn data(&self, path: &str) -> Result<Value> {
        match self.get(path) {
            Answer::Whole(seen) if seen.status == 200 => seen.json(),
            Answer::Whole(seen) => bail!("{path} answered {}: {}", seen.status, seen.body),
            Answer::Unknown => bail!("{path} was not answered"),
        }
    }

    pub fn post(&self, path: &str, kind: &str, body: &[u8]) -> Answer {
        let request = self.agent.post(format!("{}{path}", self.address));
        let mut request = request.header("origin", &self.address).header("content-type", kind);
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        if let Some(from) = &self.from {
            request = request.header("x-forwarded-for", from);
        }
        whole(request.send(body))
    }

    pub fn post_json(&self, path: &str, value: &Value) -> Answer {
        self.post(path, "application/json", value.to_string().as_bytes())
    }

    pub fn post_form(&self, path: &str, form: &str) -> Answer {
        self.post(path, "application/x-www-form-urlencoded", form.as_bytes())
    }

    /// Sends a file as a browser does.
    pub fn post_file(&self, path: &str, name: &str, content: &str) -> Answer {
        let body = format!(
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: text/csv\r\n\r\n{content}\r\n--b--\r\n"
        );
        self.post(path, "multipart/form-data; boundary=b", body.as_bytes())
    }
}

fn whole(response: Result<Response<ureq::Body>, ureq::Error>) -> Answer {
    let Ok(mut response) = response else { return Answer::Unknown };
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let retry_after = header("retry-after").and_then(|seconds| seconds.parse().ok());
    let location = header("location").unwrap_or_default();
    let cookie = header("set-cookie").and_then(|cookie| cookie.split(';').next().map(str::to_owned));
    let status = response.status().as_u16();
    match response.body_mut().with_config().limit(50_000_000).read_to_string() {
        Ok(body) => Answer::Whole(Seen { status, retry_after, location, cookie, body }),
        Err(_) => Answer::Unknown,
    }
}
