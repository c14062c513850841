//! Somebody with a browser: visits, follows links, sends forms, keeps one cookie.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

use scraper::{Html, Selector};
use ureq::Agent;

/// A visitor, until they have become somebody.
pub struct Browser {
    agent: Agent,
    address: String,
    cookie: Option<String>,
    /// Every cookie that came, as its header says, with the path that was asked.
    given: RefCell<Vec<(String, String)>>,
}

/// What came back.
#[derive(Debug)]
pub struct Seen {
    pub status: u16,
    pub kind: String,
    pub location: Option<String>,
    pub body: String,
}

impl Browser {
    pub fn new(address: &str) -> Browser {
        let agent = Agent::config_builder().http_status_as_error(false).max_redirects(0).build().new_agent();
        Browser { agent, address: address.to_owned(), cookie: None, given: RefCell::default() }
    }

    /// Opens a page.
    pub fn get(&self, path: &str) -> Seen {
        let mut request = self.agent.get(format!("{}{path}", self.address));
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        let response = request.call().unwrap_or_else(|error| panic!("{path}: {error}"));
        self.note(path, &response);
        Browser::seen(response)
    }

    fn note(&self, path: &str, response: &ureq::http::Response<ureq::Body>) {
        let given = response.headers().get_all("set-cookie").iter();
        self.given.borrow_mut().extend(given.map(|header| (path.to_owned(), header.to_str().unwrap().to_owned())));
    }

    /// Every cookie that came so far: the path that was asked, and the header.
    pub fn given(&self) -> Vec<(String, String)> {
        self.given.borrow().clone()
    }

    /// Where this site is.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// This site is elsewhere now; the cookie stays.
    pub fn moved(&mut self, address: &str) {
        address.clone_into(&mut self.address);
    }

    /// The cookie that it keeps.
    pub fn cookie(&self) -> Option<&str> {
        self.cookie.as_deref()
    }

    /// Asks as a program that has a token.
    pub fn get_with(&self, path: &str, token: &str) -> Seen {
        let request =
            self.agent.get(format!("{}{path}", self.address)).header("authorization", format!("Bearer {token}"));
        Browser::seen(request.call().unwrap_or_else(|error| panic!("{path}: {error}")))
    }

    /// Sends no fields as a program that has a token.
    pub fn post_with(&self, path: &str, token: &str) -> Seen {
        let request =
            self.agent.post(format!("{}{path}", self.address)).header("authorization", format!("Bearer {token}"));
        let request = request.header("content-type", "application/json");
        Browser::seen(request.send("{}").unwrap_or_else(|error| panic!("{path}: {error}")))
    }

    /// Sends a form as a browser would, and keeps the cookie that it is given.
    pub fn post(&mut self, path: &str, form: &[(&str, &str)]) -> Seen {
        let mut request = self.agent.post(format!("{}{path}", self.address)).header("origin", &self.address);
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        let response = request.send_form(form.iter().copied()).unwrap_or_else(|error| panic!("{path}: {error}"));
        self.note(path, &response);
        if let Some(given) = response.headers().get("set-cookie") {
            let given = given.to_str().unwrap();
            self.cookie = given.split(';').next().map(str::to_owned);
        }
        Browser::seen(response)
    }

    /// Sends fields as a program would, with the cookie that it has.
    pub fn post_json(&self, path: &str, fields: &serde_json::Value) -> Seen {
        let mut request = self.agent.post(format!("{}{path}", self.address)).header("origin", &self.address);
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        let request = request.header("content-type", "application/json");
        Browser::seen(request.send(fields.to_string()).unwrap_or_else(|error| panic!("{path}: {error}")))
    }

    fn seen(mut response: ureq::http::Response<ureq::Body>) -> Seen {
        let header = |name: &str| {
            let value = response.headers().get(name)?;
            Some(value.to_str().ok()?.to_owned())
        };
        let (kind, location) = (header("content-type").unwrap_or_default(), header("location"));
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(50_000_000).read_to_string().unwrap_or_default();
        Seen { status, kind, location, body }
    }

    /// In the demonstration: becomes the person whose choice is labelled so.
    pub fn become_somebody(&mut self, label: &str) {
        let page = Html::parse_document(&self.get("/choose-role").body);
        let labels = Selector::parse("label").unwrap();
        let matching = |wanted: &scraper::ElementRef<'_>| wanted.text().collect::<String>().trim().starts_with(label);
        let found = page.select(&labels).find(matching).unwrap_or_else(|| panic!("nobody is labelled \"{label}\""));
        let id = found.value().attr("for").unwrap();
        let input = page.select(&Selector::parse(&format!("[id=\"{id}\"]")).unwrap()).next().unwrap();
        let (name, value) = (input.value().attr("name").unwrap(), input.value().attr("value").unwrap());
        let seen = self.post("/choose-role", &[(name, value)]);
        assert_eq!(seen.status, 303, "{seen:?}");
        assert!(self.cookie.is_some());
    }

    /// Follows links of this site from `start` and gives what each address answered: of every kind of address, which
    /// `kind` tells, at most `most`. Addresses that differ in their query only count once, so that filters do not multiply.
    pub fn follow_links(&self, start: &str, most: usize, kind: impl Fn(&str) -> String) -> BTreeMap<String, Seen> {
        let mut seen: BTreeMap<String, Seen> = BTreeMap::new();
        let mut known: BTreeSet<String> = BTreeSet::from([start.to_owned()]);
        let mut of_kind: BTreeMap<String, usize> = BTreeMap::new();
        let mut waiting: VecDeque<String> = VecDeque::from([start.to_owned()]);
        while let Some(path) = waiting.pop_front() {
            let mut page = self.get(&path);
            // Who is signed in is led on from the page that signs in.
            if let (303, Some(to)) = (page.status, page.location.clone()) {
                page = self.get(&to);
            }
            if page.kind.starts_with("text/html") {
                for link in links(&page.body) {
                    let address = link.split(['?', '#']).next().unwrap_or_default().to_owned();
                    let count = of_kind.entry(kind(&address)).or_default();
                    if *count < most && known.insert(address) {
                        *count += 1;
                        waiting.push_back(link.split('#').next().unwrap_or_default().to_owned());
                    }
                }
            }
            seen.insert(path, page);
        }
        seen
    }
}

/// Every link to this site on a page.
pub fn links(html: &str) -> Vec<String> {
    let page = Html::parse_document(html);
    let with_address = Selector::parse("a[href]").unwrap();
    let links = page.select(&with_address).filter_map(|link| link.value().attr("href"));
    links.filter(|link| link.starts_with('/') && !link.starts_with("//")).map(str::to_owned).collect()
}
