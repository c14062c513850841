//! From which address a request comes: that of the connection, or what a trusted proxy in front says.
//!
//! Anyone can write `X-Forwarded-For`, so it is believed only as far as the proxies go that the operator named: read from
//! the right, the first address that is no trusted proxy is the client's. `Forwarded`, `X-Real-IP` and their like are not read.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

/// Most addresses of one `X-Forwarded-For` that are looked at.
const MOST_HOPS: usize = 20;

/// The other end of the connection, put into each request by [`crate::serve`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer(pub(crate) SocketAddr);

/// Whom a request is counted against, and by what it is known again, when nobody has signed in: an IPv4 address, or the /64 network of an IPv6 address, which is
/// what one household or office is given. In the extensions of each request whose address is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Client(IpAddr);

impl Client {
    fn of(address: IpAddr) -> Client {
        match address.to_canonical() {
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Client(IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0)))
            }
            address => Client(address),
        }
    }
}

/// The proxies whose `X-Forwarded-For` is believed. None by default.
#[derive(Clone, Debug, Default)]
pub struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Reads addresses and networks with commas between them: `127.0.0.1, 10.0.0.0/8, ::1`.
    ///
    /// # Errors
    /// The part that is neither.
    pub fn read(text: &str) -> Result<TrustedProxies, String> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        let network = |part: &str| {
            let address = part.parse::<IpAddr>().map(IpNet::from);
            address.or_else(|_| part.parse::<IpNet>()).map_err(|_| part.to_owned())
        };
        parts.map(network).collect::<Result<_, _>>().map(TrustedProxies)
    }

    /// Whether this address is one of them.
    pub(crate) fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Who is behind a request. A part that is no address ends the look: the proxy that wrote it is the client then.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Client {
        let mut client = peer.to_canonical();
        let lines = headers.get_all("x-forwarded-for").iter().rev();
        let hops = lines.flat_map(|line| line.to_str().unwrap_or("?").rsplit(','));
        for hop in hops.take(MOST_HOPS) {
            if !self.trusts(client) {
                break;
            }
            match address(hop.trim()) {
                Some(address) => client = address.to_canonical(),
                None => break,
            }
        }
        Client::of(client)
    }
}

/// An address as proxies write it: alone, in brackets, or with a port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    bare.parse().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    fn client(trusted: &str, peer: &str, forwarded: &[&str]) -> Client {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        TrustedProxies::read(trusted).unwrap().client(peer.parse().unwrap(), &headers)
    }

    fn of(address: &str) -> Client {
        Client::of(address.parse().unwrap())
    }

    #[test]
    fn nobody_is_believed_who_was_not_named() {
        assert_eq!(client("", "127.0.0.1", &["9.9.9.9"]), of("127.0.0.1"));
        assert_eq!(client("10.0.0.0/8", "192.0.2.1", &["9.9.9.9"]), of("192.0.2.1"));
    }

    #[test]
    fn what_a_client_wrote_before_the_proxy_did_counts_for_nothing() {
        assert_eq!(client("127.0.0.1", "127.0.0.1", &["1.1.1.1, 9.9.9.9"]), of("9.9.9.9"));
        assert_eq!(client("127.0.0.1", "127.0.0.1", &["1.1.1.1", "9.9.9.9"]), of("9.9.9.9"), "lines are one list");
        assert_eq!(client("127.0.0.1, 10.0.0.0/8", "127.0.0.1", &["1.1.1.1, 9.9.9.9, 10.1.2.3"]), of("9.9.9.9"));
        assert_eq!(client("127.0.0.1", "127.0.0.1", &["9.9.9.9, unknown"]), of("127.0.0.1"));
        assert_eq!(client("127.0.0.1", "127.0.0.1", &["9.9.9.9, \u{e9}"]), of("127.0.0.1"));
        assert_eq!(client("127.0.0.1", "127.0.0.1", &[]), of("127.0.0.1"));
        let long = vec!["127.0.0.1"; 5_000].join(",");
        assert_eq!(client("127.0.0.1", "127.0.0.1", &[&long]), of("127.0.0.1"));
    }

    #[test]
    fn spellings_of_one_address_are_one_client() {
        assert_eq!(client("::1", "::1", &["[2001:db8::7]:443"]), of("2001:db8::ffff:1"), "one /64");
        assert_ne!(of("2001:db8:0:1::1"), of("2001:db8:0:2::1"));
        assert_eq!(client("127.0.0.1", "::ffff:127.0.0.1", &["9.9.9.9:1234"]), of("9.9.9.9"));
        assert_eq!(of("::ffff:9.9.9.9"), of("9.9.9.9"));
    }

    #[test]
    fn what_is_no_network_is_named() {
        assert_eq!(TrustedProxies::read("127.0.0.1, proxy.example").unwrap_err(), "proxy.example");
        assert_eq!(TrustedProxies::read("10.0.0.0/33").unwrap_err(), "10.0.0.0/33");
    }
}
