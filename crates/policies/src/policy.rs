//! The four pages: their addresses and titles, and showing one.

use axum::extract::State;
use ledger::Kept;
use serde_json::json;
use web::{Cell, DeclaredCookie, NavigationItem, Outcome, Page, Table, Visit, say};

use crate::section::Section;
use crate::{Policies, accessibility, cookies, privacy, terms};

pub(crate) const TEMPLATE: &str = "policies/policy.html";

/// One of the pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Policy {
    /// What is kept about people.
    Privacy,
    /// Which cookies are set.
    Cookies,
    /// What works for whom, and what does not.
    Accessibility,
    /// On what terms the copy may be used.
    Terms,
}

impl Policy {
    /// All of them.
    pub const ALL: [Policy; 4] = [Policy::Privacy, Policy::Cookies, Policy::Accessibility, Policy::Terms];

    /// Its address without the slash, and the name of the file of an operator's own text without its ending.
    pub const fn word(self) -> &'static str {
        match self {
            Policy::Privacy => "privacy",
            Policy::Cookies => "cookies",
            Policy::Accessibility => "accessibility",
            Policy::Terms => "terms",
        }
    }

    /// Its link in the footer.
    pub(crate) const fn item(self) -> NavigationItem {
        let (text, href) = match self {
            Policy::Privacy => ("Privacy", "/privacy"),
            Policy::Cookies => ("Cookies", "/cookies"),
            Policy::Accessibility => ("Accessibility", "/accessibility"),
            Policy::Terms => ("Terms", "/terms"),
        };
        NavigationItem { id: self.word(), text, href }
    }

    /// What stands at its top where the operator's text has no heading of its own.
    pub(crate) fn title(self) -> String {
        match self {
            Policy::Privacy => say!("Privacy notice"),
            Policy::Cookies => say!("Cookies"),
            Policy::Accessibility => say!("Accessibility statement"),
            Policy::Terms => say!("Terms of use"),
        }
    }

    /// What the program says by itself.
    fn made(self, policies: &Policies) -> (String, Vec<Section>) {
        match self {
            Policy::Privacy => privacy::made(policies),
            Policy::Cookies => cookies::made(policies),
            Policy::Accessibility => accessibility::made(policies),
            Policy::Terms => terms::made(policies),
        }
    }
}

pub(crate) async fn privacy(State(policies): State<Policies>, visit: Visit) -> Outcome {
    show(&policies, &visit, Policy::Privacy)
}

pub(crate) async fn cookies(State(policies): State<Policies>, visit: Visit) -> Outcome {
    show(&policies, &visit, Policy::Cookies)
}

pub(crate) async fn accessibility(State(policies): State<Policies>, visit: Visit) -> Outcome {
    show(&policies, &visit, Policy::Accessibility)
}

pub(crate) async fn terms(State(policies): State<Policies>, visit: Visit) -> Outcome {
    show(&policies, &visit, Policy::Terms)
}

fn show(policies: &Policies, visit: &Visit, policy: Policy) -> Outcome {
    visit.parameters(&[])?;
    Ok(page(policies, policy).into())
}

/// The page: the operator's own text, or what the program says. Facts stand in its data either way.
pub(crate) fn page(policies: &Policies, policy: Policy) -> Page {
    let (kept, cookies) = ((policies.kept)(), (policies.cookies)());
    let own = policies.texts.of(policy);
    let (lead, sections) = match own {
        Some(_) => (None, None),
        None => {
            let (lead, sections) = policy.made(policies);
            (Some(lead), Some(sections))
        }
    };
    let title = own.and_then(|text| text.title.clone()).unwrap_or_else(|| policy.title());
    let mut data = json!({
        "title": title,
        "run_by": policies.name,
        "contact": policies.contact,
        "own_text": own.is_some(),
        "updated": own.map(|text| text.updated),
        "lead": lead,
        "sections": sections,
        "markdown": own.map(|text| &text.markdown),
    });
    match policy {
        Policy::Privacy => data["kept"] = json!(kept),
        Policy::Cookies => data["cookies"] = json!(cookies),
        Policy::Accessibility | Policy::Terms => {}
    }
    let page = Page::new(TEMPLATE, title).crumb(say!("Home"), "/").reading().data(data);
    let page = page.extra("parts", own.map(|text| &text.parts)).extra("kept", &kept).extra("cookies", &cookies);
    match policy {
        Policy::Privacy => page.table(kept_table(&kept)),
        Policy::Cookies => page.table(cookies_table(&cookies)),
        Policy::Accessibility | Policy::Terms => page,
    }
}

fn kept_table(kept: &[Kept]) -> Table {
    let rows =
        kept.iter().map(|kept| [&kept.what, &kept.why, &kept.how_long].map(|text| Cell::from(text.clone())).into());
    Table { name: "what-is-kept".to_owned(), columns: vec!["what", "why", "how_long"], rows: rows.collect() }
}

fn cookies_table(cookies: &[DeclaredCookie]) -> Table {
    let row = |cookie: &DeclaredCookie| {
        vec![
            cookie.name.clone().into(),
            cookie.purpose.clone().into(),
            cookie.set_when.clone().into(),
            cookie.seconds.into(),
        ]
    };
    let columns = vec!["name", "purpose", "set_when", "seconds"];
    Table { name: "cookies".to_owned(), columns, rows: cookies.iter().map(row).collect() }
}
