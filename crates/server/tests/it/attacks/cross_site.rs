//! Another site in the browser of somebody who has signed in: forms and scripts of it write nothing here, and reading
//! writes nothing at all.

use scraper::{Html, Selector};
use web::Endpoint;

use super::{Answer, Demonstration, Known, Somebody, encoded, filled};
use crate::addresses::pattern;

/// Everybody whose writes are tried, with where they begin to look.
struct People {
    editor: Somebody,
    steward: Somebody,
    operator: Somebody,
    keeper: Somebody,
}

impl People {
    fn of(demonstration: &Demonstration) -> People {
        let somebody = |label: &str| demonstration.somebody(label);
        People {
            editor: somebody("Editor at Ashmere"),
            steward: somebody("Steward at Ashmere"),
            operator: somebody("Operator at Colne"),
            keeper: somebody("Steward at Colneshire"),
        }
    }

    fn known(&self, demonstration: &Demonstration) -> Known {
        let looking =
            [(&self.steward, "/"), (&self.editor, "/"), (&self.operator, "/operator"), (&self.keeper, "/shared-list")];
        Known::by_looking(&demonstration.endpoints, &looking)
    }

    /// Whoever may do most of what an address is for.
    fn fit(&self, who: &str) -> &Somebody {
        match who {
            who if who.contains("keep") => &self.keeper,
            who if who.contains("operator") => &self.operator,
            who if who.contains("steward") => &self.steward,
            _ => &self.editor,
        }
    }

    fn all(&mut self) -> [&mut Somebody; 4] {
        [&mut self.editor, &mut self.steward, &mut self.operator, &mut self.keeper]
    }
}

/// The one read that is written down: who took an organisation's file along is on record.
const RECORDED: &str = "/organisations/{id}/leave/file";
const FORM: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

#[test]
fn no_other_site_writes_and_nothing_is_written_by_reading() {
    let mut demonstration = Demonstration::start();
    let mut people = People::of(&demonstration);
    let known = people.known(&demonstration);
    assert!(known.all().count() > 70, "only {} kinds of addresses", known.all().count());
    let before = demonstration.contents(&mut people.all());
    let host = demonstration.wire.host.clone();
    let own = format!("http://{host}");
    let neighbour = format!("http://{}:1", host.split(':').next().unwrap());
    let prefixed = format!("http://{host}.evil.example");
    let userinfo = format!("http://{host}@evil.example");
    let sent_by: [(&str, Vec<(&str, &str)>); 14] = [
        ("nobody says where from", vec![FORM]),
        ("a referrer only", vec![FORM, ("Referer", &own)]),
        ("another site", vec![FORM, ("Origin", "https://evil.example")]),
        ("a frame without an origin", vec![FORM, ("Origin", "null")]),
        ("another port", vec![FORM, ("Origin", &neighbour)]),
        ("a host that begins so", vec![FORM, ("Origin", &prefixed)]),
        ("a host that is called so", vec![FORM, ("Origin", &userinfo)]),
        ("no scheme", vec![FORM, ("Origin", &host)]),
        ("an empty origin", vec![FORM, ("Origin", "")]),
        ("another site, with our origin", vec![FORM, ("Origin", &own), ("Sec-Fetch-Site", "cross-site")]),
        ("a neighbouring host, with our origin", vec![FORM, ("Origin", &own), ("Sec-Fetch-Site", "same-site")]),
        ("typed in, with our origin", vec![FORM, ("Origin", &own), ("Sec-Fetch-Site", "none")]),
        ("plain text of another site", vec![("Content-Type", "text/plain"), ("Origin", "https://evil.example")]),
        ("JSON of another site", vec![("Content-Type", "application/json"), ("Origin", "https://evil.example")]),
    ];
    let mut faults = Vec::new();
    for endpoint in demonstration.writes() {
        let address = known.address(endpoint.path);
        let who = people.fit(endpoint.access.who());
        let fields = filled(endpoint);
        let pairs = || fields.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let form = encoded(pairs());
        for (site, headers) in &sent_by {
            let seen = who.send(&address, headers, form.as_bytes());
            if seen.status != 403 || !seen.text().contains("did not come from a page of this site") {
                faults.push(format!("POST {address}, {site}: {}", seen.status));
            }
            for header in ["access-control-allow-origin", "set-cookie", "location"] {
                if !seen.all(header).is_empty() {
                    faults.push(format!("POST {address}, {site}: {header}"));
                }
            }
        }
        // A page of ours sends forms or JSON; what a form of another site could send besides is not read.
        if !endpoint.fields.is_empty() {
            let seen = who.send(&address, &[("Content-Type", "text/plain"), ("Origin", &own)], form.as_bytes());
            if seen.status != 415 {
                faults.push(format!("POST {address} as plain text: {}", seen.status));
            }
        }
        // A script of another site asks first whether it may, and is not told so.
        let asks = [
            ("Origin", "https://evil.example"),
            ("Access-Control-Request-Method", "POST"),
            ("Access-Control-Request-Headers", "authorization, content-type"),
        ];
        let seen = demonstration.wire.ask("OPTIONS", &address, &[who.cookie(), asks.to_vec()].concat(), b"");
        if seen.headers.iter().any(|(name, _)| name.starts_with("access-control-")) || seen.status < 400 {
            faults.push(format!("OPTIONS {address}: {} {:?}", seen.status, seen.headers));
        }
        // What is a write stays none of these, whatever it calls itself.
        for (method, more) in [
            ("GET", vec![]),
            ("GET", vec![("X-HTTP-Method-Override", "POST")]),
            ("HEAD", vec![]),
            ("PUT", vec![("Origin", own.as_str()), FORM]),
            ("PATCH", vec![("Origin", own.as_str()), FORM]),
            ("DELETE", vec![("Origin", own.as_str()), FORM]),
        ] {
            let target = format!("{address}?{form}");
            let reads = matches!(method, "GET" | "HEAD");
            let body = if reads { &b""[..] } else { form.as_bytes() };
            let target = if reads { &target } else { &address };
            let seen = demonstration.wire.ask(method, target, &[who.cookie(), more].concat(), body);
            let page_of_its_own = reads && demonstration.reads().any(|other| other.path == endpoint.path);
            if seen.status >= 500 || (!page_of_its_own && seen.status < 300) {
                faults.push(format!("{method} {target}: {}", seen.status));
            }
        }
    }
    // Every page, by everybody: looking is never doing, not even for whoever is led there by another site's link. And what
    // a page sends goes to an address of this site that takes it.
    let mut forms = 0;
    for endpoint in demonstration.reads().filter(|endpoint| endpoint.path != RECORDED) {
        let address = known.address(endpoint.path);
        for who in [&people.editor, &people.steward, &people.operator, &people.keeper] {
            let headers = [who.cookie(), vec![("Sec-Fetch-Site", "cross-site")]].concat();
            let seen = demonstration.wire.ask("GET", &address, &headers, b"");
            if seen.status >= 500 {
                faults.push(format!("GET {address}, {}: {}", who.name, seen.status));
            }
            let found = sent(&seen, &address, &demonstration.endpoints);
            forms += found.len();
            faults.extend(found.into_iter().filter_map(Result::err));
        }
    }
    assert!(forms > 200, "only {forms} forms");
    let after = demonstration.contents(&mut people.all());
    let changed: Vec<_> = before.iter().filter(|(table, rows)| after[*table] != **rows).collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert!(changed.is_empty(), "something was written: {changed:#?}");
    for who in people.all() {
        assert_eq!(who.get("/account").status, 200, "{} was signed out", who.name);
    }
    demonstration.stop();
}

/// The forms of a page, and those that are sent to another site or to an address that nothing answers.
fn sent(seen: &Answer, address: &str, endpoints: &[Endpoint]) -> Vec<Result<(), String>> {
    if !seen.is_page() {
        return Vec::new();
    }
    let page = Html::parse_document(&seen.text());
    let check = |form: scraper::ElementRef<'_>| {
        let method = form.attr("method").unwrap_or("get").to_ascii_uppercase();
        let action = form.attr("action").unwrap_or(address);
        match pattern(&method, action, endpoints).filter(|_| action.starts_with('/')) {
            Some(_) => Ok(()),
            None => Err(format!("a form of {address} is sent to {method} {action}, which nothing answers")),
        }
    };
    page.select(&Selector::parse("form").unwrap()).map(check).collect()
}
