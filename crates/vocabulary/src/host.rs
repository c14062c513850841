//! Which names of hosts are this machine's own. Nothing is looked up.

use std::net::IpAddr;

/// Whether a host, as an address has it, is this machine: `localhost`, or an address by number that never leaves it, with or
/// without the brackets of version 6.
pub fn is_this_machine(host: &str) -> bool {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    host.eq_ignore_ascii_case("localhost") || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machines_names_are_its_own() {
        for own in ["localhost", "LocalHost", "127.0.0.1", "127.9.9.9", "::1", "[::1]"] {
            assert!(is_this_machine(own), "{own}");
        }
        for other in [
            "",
            "localhost.example",
            "a.localhost",
            "127.0.0.1.example",
            "10.0.0.1",
            "[::2]",
            "[::1",
            "::1]",
            "[[::1]]",
            "0.0.0.0",
        ] {
            assert!(!is_this_machine(other), "{other}");
        }
    }
}
