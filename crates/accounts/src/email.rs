//! E-mail addresses that can stand in a header of a message: nothing in one can end the line or add a recipient.

use std::fmt;

/// Longest address that mail systems carry (RFC 5321, 4.5.3.1.3).
const LONGEST: usize = 254;

/// An e-mail address, in lower case.
///
/// Stricter than RFC 5321: one `@`, a domain with a dot, and of ASCII only letters, digits and ``.!#$%&'*+/=?^_`{|}~-``
/// before it. Quoted names, comments and addresses in other scripts are refused; no public body here uses them.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress(String);

/// A text that is no e-mail address. It does not carry the text: that may be somebody's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not an e-mail address; write it like name@example.gov.uk")]
pub struct NoEmailAddress;

impl EmailAddress {
    /// Reads an address; white space around it does not count.
    ///
    /// # Errors
    /// [`NoEmailAddress`].
    pub fn parse(text: &str) -> Result<EmailAddress, NoEmailAddress> {
        let text = text.trim();
        let (local, domain) = text.split_once('@').ok_or(NoEmailAddress)?;
        let local_good = |b: u8| b.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&b);
        let label_good = |label: &str| {
            !label.is_empty()
                && label.len() <= 63
                && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let good = text.len() <= LONGEST
            && !local.is_empty()
            && local.len() <= 64
            && local.bytes().all(local_good)
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && domain.contains('.')
            && domain.split('.').all(label_good);
        match good {
            true => Ok(EmailAddress(text.to_ascii_lowercase())),
            false => Err(NoEmailAddress),
        }
    }

    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_in_lower_case() {
        let read = |text| EmailAddress::parse(text).map(|address| address.0);
        assert_eq!(read(" Priya.O'Neil+IT@Ashmere.GOV.uk\n"), Ok("priya.o'neil+it@ashmere.gov.uk".to_owned()));
    }

    #[test]
    fn nothing_that_could_change_a_header_is_an_address() {
        let long = format!("{}@example.org", "a".repeat(65));
        for bad in [
            "",
            "a",
            "@example.org",
            "a@",
            "a@localhost",
            "a@b@example.org",
            "a b@example.org",
            "a@example.org\r\nBcc: all@example.org",
            "a@exa\nmple.org",
            "a\r@example.org",
            "a\0@example.org",
            "<a@example.org>",
            "a@example.org, b@example.org",
            "a@example.org;b@example.org",
            "\"a b\"@example.org",
            "a..b@example.org",
            ".a@example.org",
            "a@example..org",
            "a@-example.org",
            "a@[127.0.0.1]",
            "é@example.org",
            "a@exämple.org",
            "a@example.org\u{2028}b",
            &long,
        ] {
            assert_eq!(EmailAddress::parse(bad), Err(NoEmailAddress), "{bad:?}");
        }
    }
}
