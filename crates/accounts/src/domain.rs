//! E-mail domains of organisations: whoever proves to have an address in one may sign in without having been invited, with an
//! account without a role, and a request to join waits for whoever manages the organisation's people.
//!
//! A steward proposes a domain, an operator confirms it: nobody lets people in by naming a domain that is not theirs. A
//! domain counts as it is written; one below it is another. What is not here: a check of the domain's own records. The
//! program asks no address that a user gave.

pub(crate) mod list;
pub(crate) mod newcomer;
pub(crate) mod samples;
pub(crate) mod store;

use std::fmt;

use vocabulary::Timestamp;

use crate::EmailAddress;

/// Most domains of one organisation.
pub(crate) const MOST: i64 = 20;
/// Longest domain (RFC 1035, 2.3.4, without the last dot).
const LONGEST: usize = 253;

/// Domains in which anybody can have an address. The list is short on purpose: an operator looks at each domain.
const ANYBODYS: &[&str] = &[
    "163.com",
    "aol.co.uk",
    "aol.com",
    "blueyonder.co.uk",
    "btinternet.com",
    "fastmail.com",
    "gmail.com",
    "gmx.co.uk",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.co.uk",
    "hotmail.com",
    "icloud.com",
    "live.co.uk",
    "live.com",
    "mac.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "ntlworld.com",
    "outlook.com",
    "pm.me",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "rocketmail.com",
    "sky.com",
    "talk21.com",
    "talktalk.net",
    "tiscali.co.uk",
    "tutanota.com",
    "virginmedia.com",
    "web.de",
    "yahoo.co.uk",
    "yahoo.com",
    "yandex.com",
    "yandex.ru",
    "ymail.com",
    "zoho.com",
];

/// The domain of e-mail addresses, in lower case and ASCII.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Domain(String);

/// Why a text is no domain of an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoDomain {
    /// It cannot stand after the @ of an address.
    Odd,
    /// Anybody can have an address there.
    Anybodys,
}

impl NoDomain {
    /// What is wrong and what to do.
    pub(crate) fn sentence(self) -> String {
        match self {
            NoDomain::Odd => web::say!("Write a domain like ashmere.gov.uk: what comes after the @ of your addresses"),
            NoDomain::Anybodys => web::say!(
                "Anybody can have an address there, so it says of nobody that they work for you. Write a domain of your own"
            ),
        }
    }
}

impl Domain {
    /// Reads a domain as people type it: with or without an @ before it, in any case, in any script.
    pub(crate) fn read(typed: &str) -> Result<Domain, NoDomain> {
        let typed = typed.trim();
        let typed = typed.strip_prefix('@').unwrap_or(typed);
        // In other scripts it becomes what stands in addresses (UTS 46); what would show as another domain is refused there.
        let ascii = idna::domain_to_ascii_strict(typed).map_err(|_| NoDomain::Odd)?;
        let address = EmailAddress::parse(&format!("a@{ascii}")).map_err(|_| NoDomain::Odd)?;
        let domain = Domain::of(&address);
        let top = domain.0.rsplit('.').next().unwrap_or_default();
        match domain.0.len() > LONGEST || top.bytes().all(|byte| byte.is_ascii_digit()) {
            true => Err(NoDomain::Odd),
            false if ANYBODYS.contains(&domain.0.as_str()) => Err(NoDomain::Anybodys),
            false => Ok(domain),
        }
    }

    /// The domain of an address.
    pub(crate) fn of(address: &EmailAddress) -> Domain {
        Domain(address.as_str().rsplit('@').next().unwrap_or_default().to_owned())
    }

    /// As it stands in addresses.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// As people of its script write it, where that differs.
    pub(crate) fn in_script(&self) -> Option<String> {
        let (text, read) = idna::domain_to_unicode(&self.0);
        read.ok().map(|()| text).filter(|text| *text != self.0)
    }
}

impl fmt::Display for Domain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A domain of an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OfOrganisation {
    pub(crate) domain: Domain,
    pub(crate) proposed_at: Timestamp,
    /// Since when people are recognised by it; none until an operator has confirmed it.
    pub(crate) confirmed_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    #[test]
    fn domains_are_read_as_people_type_them() {
        for (typed, read) in [
            (" Ashmere.GOV.uk ", "ashmere.gov.uk"),
            ("@ashmere.example", "ashmere.example"),
            ("köln.example", "xn--kln-sna.example"),
            ("xn--kln-sna.example", "xn--kln-sna.example"),
            ("ashmere．example", "ashmere.example"),
        ] {
            assert_eq!(Domain::read(typed).map(|domain| domain.0), Ok(read.to_owned()), "{typed}");
        }
        assert_eq!(Domain::read("KÖLN.example").unwrap().in_script().as_deref(), Some("köln.example"));
        assert_eq!(Domain::read("ashmere.example").unwrap().in_script(), None);
    }

    #[test]
    fn what_is_no_domain_of_an_organisation_is_refused() {
        let long = format!("{}.example", "a.".repeat(130));
        for bad in [
            "",
            "@",
            "ashmere",
            "a b.example",
            "priya@ashmere.example",
            "https://ashmere.example",
            "ashmere.example/x",
            "ashmere.example.",
            "-a.example",
            "a..example",
            "192.0.2.1",
            "xn--a.example",
            "a_b.example",
            "a\r\nb.example",
            &long,
        ] {
            assert_eq!(Domain::read(bad), Err(NoDomain::Odd), "{bad:?}");
        }
        for anybodys in ["gmail.com", "@Outlook.COM", "yahoo.co.uk"] {
            assert_eq!(Domain::read(anybodys), Err(NoDomain::Anybodys));
        }
    }

    #[test]
    fn the_list_of_anybodys_domains_is_in_order_and_readable() {
        assert!(ANYBODYS.is_sorted());
        for domain in ANYBODYS {
            assert_eq!(Domain::read(domain), Err(NoDomain::Anybodys), "{domain}");
        }
    }
}
