//! Where a link of an operator's text may lead: this website, other websites, mail and telephone. Anything else is refused,
//! scripts and data first of all.

/// The address as it is shown, or why it is refused and what to write instead.
pub(super) fn checked(address: &str) -> Result<(), String> {
    if address.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(format!(
            "the address of this link has spaces or control characters: {address:?}; write %20 for a space"
        ));
    }
    // A browser reads a backslash as a slash.
    let leaves = |rest: &str| rest.starts_with(['/', '\\']);
    let of_this_site = address.strip_prefix('/').is_some_and(|rest| !leaves(rest)) || address.starts_with('#');
    if of_this_site {
        return Ok(());
    }
    let scheme = address.split_once(':').map(|(scheme, rest)| (scheme.to_ascii_lowercase(), rest));
    match scheme {
        Some((scheme, rest)) if ["http", "https"].contains(&scheme.as_str()) => {
            let host = rest.strip_prefix("//").is_some_and(|host| !host.is_empty() && !leaves(host));
            host.then_some(())
                .ok_or_else(|| format!("the link to \"{address}\" names no website; write https:// and its name"))
        }
        Some((scheme, rest)) if ["mailto", "tel"].contains(&scheme.as_str()) && !rest.is_empty() => Ok(()),
        _ => Err(format!(
            "a link to \"{address}\" is not taken; links begin with https://, http://, mailto:, tel:, / (a page here) or # (a heading here)"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::checked;

    #[test]
    fn links_lead_to_pages_mail_and_telephones_only() {
        for good in [
            "/privacy",
            "/",
            "#your-rights",
            "https://ico.org.uk/make-a-complaint/",
            "HTTP://ashmere.example",
            "mailto:help@ashmere.example",
            "tel:+441632960000",
            "/search?q=a:b",
        ] {
            assert_eq!(checked(good), Ok(()), "{good}");
        }
        for bad in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java\nscript:alert(1)",
            "\u{1}javascript:alert(1)",
            " javascript:alert(1)",
            "data:text/html,x",
            "vbscript:x",
            "file:///etc/passwd",
            "ftp://ashmere.example",
            "//ashmere.example",
            "/\\ashmere.example",
            "\\\\ashmere.example",
            "https:ashmere.example",
            "https:///ashmere.example",
            "https://",
            "mailto:",
            "privacy",
            "privacy.md",
            "",
        ] {
            assert!(checked(bad).is_err(), "{bad:?}");
        }
    }
}
