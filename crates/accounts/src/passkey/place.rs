//! Where passkeys belong: the origin that browsers must name, and the host that keys are bound to.
//!
//! Browsers make and use passkeys over HTTPS, or on `localhost`, and never for an address by number. So a copy that is
//! reached in another way has none.

use std::net::IpAddr;

use sha2::{Digest, Sha256};

/// The address of a copy at which passkeys can work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    origin: String,
    host: String,
}

impl Place {
    /// That of a public address. None where browsers refuse passkeys.
    pub(crate) fn of(public_address: &str) -> Option<Place> {
        let (scheme, rest) = public_address.split_once("://")?;
        let rest = rest.trim_end_matches('/').to_ascii_lowercase();
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) => (host, Some(port.parse::<u16>().ok()?)),
            None => (rest.as_str(), None),
        };
        let local = host == "localhost" || host.ends_with(".localhost");
        let usual = match scheme {
            "https" => 443,
            "http" if local => 80,
            _ => return None,
        };
        if !is_a_name(host) {
            return None;
        }
        // Browsers leave the usual port out.
        let port = port.filter(|port| *port != usual).map(|port| format!(":{port}")).unwrap_or_default();
        Some(Place { origin: format!("{scheme}://{host}{port}"), host: host.to_owned() })
    }

    /// What browsers say where they are.
    pub(crate) fn origin(&self) -> &str {
        &self.origin
    }

    /// What keys are bound to: the relying party's id.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// Its SHA-256, with which everything begins that an authenticator signs.
    pub(crate) fn host_hash(&self) -> [u8; 32] {
        Sha256::digest(self.host.as_bytes()).into()
    }
}

/// Whether a host is a name as browsers write it (in ASCII), and no address by number.
fn is_a_name(host: &str) -> bool {
    let part = |part: &str| {
        !part.is_empty()
            && part.len() <= 63
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    // A last part of digits makes the whole an address by number, in whichever of its spellings.
    let numeric = host.rsplit('.').next().is_none_or(|last| last.bytes().all(|b| b.is_ascii_digit()));
    host.len() <= 253 && host.parse::<IpAddr>().is_err() && !numeric && host.split('.').all(part)
}

/// Whether browsers make and use passkeys for a copy that people reach at this address.
pub fn passkeys_work_at(public_address: &str) -> bool {
    Place::of(public_address).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_work_where_browsers_have_them() {
        let at = |address| Place::of(address).map(|place| (place.origin, place.host));
        let both = |origin: &str, host: &str| Some((origin.to_owned(), host.to_owned()));
        assert_eq!(at("https://commonhold.example"), both("https://commonhold.example", "commonhold.example"));
        assert_eq!(at("https://Commonhold.Example:443/"), both("https://commonhold.example", "commonhold.example"));
        assert_eq!(at("https://intranet:8443"), both("https://intranet:8443", "intranet"));
        assert_eq!(at("http://localhost:8080"), both("http://localhost:8080", "localhost"));
        assert_eq!(at("http://localhost:80"), both("http://localhost", "localhost"));
        assert_eq!(at("http://county.localhost:80"), both("http://county.localhost", "county.localhost"));
        for nowhere in [
            "http://commonhold.example",
            "http://127.0.0.1:8080",
            "https://192.0.2.7",
            "https://2130706433",
            "https://1.2.3",
            "https://[::1]:8443",
            "https://commonhold.example.",
            "https://rätsel.example",
            "https://a..b",
            "https://host:port",
            "commonhold.example",
            "",
        ] {
            assert_eq!(at(nowhere), None, "{nowhere}");
        }
    }
}
