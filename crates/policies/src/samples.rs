//! The pages with invented content.

use std::num::NonZeroU32;
use std::sync::Arc;

use ledger::Kept;
use web::{DeclaredCookie, SamplePage, say};

use crate::own::Words;
use crate::policy::page;
use crate::{OwnText, Policies, Policy, Texts};

const OWN: &str = "---
updated: 2026-03-03
---

# What we promise

{name} runs this service. Write to {contact}.

## What is kept

{kept}

## Cookies

{cookies}

## Who works for us

|Company|Where|Days|
|---|---|--:|
|Fennel Hosting|Leeds|30|

1. First
2. Then

### One more thing

> Read [the terms](/terms).
";

/// Nobody said who runs it.
pub(crate) fn bare() -> Policies {
    let kept = || {
        vec![Kept {
            tables: &[],
            what: say!("Your name, your email address, and the month in which you were last signed in"),
            why: say!("To know who you are, to write to you, and to find accounts that nobody uses"),
            how_long: say!(
                "{days} after the day",
                days = web::say_period(vocabulary::Retention::default().readings.length())
            ),
        }]
    };
    let cookies = || {
        vec![DeclaredCookie {
            name: "__Host-commonhold".to_owned(),
            purpose: say!("Keeps you signed in. It holds a random number and nothing about you."),
            set_when: say!("When you sign in"),
            lasts: "7 days".to_owned(),
            seconds: 604_800,
            path: "/".to_owned(),
            http_only: true,
            secure: true,
            same_site: "Lax".to_owned(),
        }]
    };
    Policies {
        name: None,
        contact: None,
        address: "https://commonhold.example".to_owned(),
        demonstration: false,
        version: "0.1.0".to_owned(),
        requests_a_minute: None,
        providers: vec![],
        kept: Arc::new(kept),
        cookies: Arc::new(cookies),
        texts: Texts::default(),
    }
}

/// Everything that can be said is.
pub(crate) fn said() -> Policies {
    Policies {
        name: Some("Ashmere Borough Council".to_owned()),
        contact: Some("help@ashmere.example".to_owned()),
        requests_a_minute: NonZeroU32::new(600),
        providers: vec!["Ashmere Borough Council".to_owned(), "Brackford District Council".to_owned()],
        ..bare()
    }
}

pub(crate) fn with_own_texts() -> Policies {
    let said = said();
    let words = Words { name: said.name.clone(), contact: said.contact.clone(), address: said.address.clone() };
    // A test holds that this text is good.
    let texts = OwnText::read(OWN.as_bytes(), &words).map(|text| Texts::all(&text)).unwrap_or_default();
    Policies { texts, ..said }
}

pub(crate) fn samples() -> Vec<SamplePage> {
    let (bare, said, own) = (bare(), said(), with_own_texts());
    let demonstration = Policies { demonstration: true, ..said.clone() };
    let sample = |name, policies: &Policies, policy| SamplePage { name, page: page(policies, policy) };
    vec![
        sample("privacy notice, nobody said who runs it", &bare, Policy::Privacy),
        sample("privacy notice", &said, Policy::Privacy),
        sample("privacy notice of a demonstration", &demonstration, Policy::Privacy),
        sample("cookies", &said, Policy::Cookies),
        sample("accessibility statement, nobody said who runs it", &bare, Policy::Accessibility),
        sample("accessibility statement", &said, Policy::Accessibility),
        sample("terms", &said, Policy::Terms),
        sample("an operator's own text", &own, Policy::Privacy),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::own::Part;

    #[test]
    fn the_sample_of_an_own_text_is_one() {
        let own = with_own_texts();
        for policy in Policy::ALL {
            assert!(
                own.texts
                    .of(policy)
                    .is_some_and(|text| text.parts.contains(&Part::Kept) && text.parts.contains(&Part::Cookies)),
                "{policy:?}"
            );
        }
    }
}
