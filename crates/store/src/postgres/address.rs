//! The address of a database: what of it concerns TLS is read here, the rest by the client.
//!
//! Names and meanings are those of PostgreSQL's own client (`sslmode`, `sslrootcert`, `sslcert`, `sslkey`), in an address
//! as well as in `host=… dbname=…`. One default differs: a server on another machine has to prove who it is.

use crate::Error;
use ::postgres::Config;
use ::postgres::config::{Host, SslMode};
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// Where a database is, and how the way there is kept secret.
#[derive(Clone)]
pub(crate) struct Address {
    pub(crate) config: Config,
    pub(crate) tls: Wanted,
}

/// How much TLS has to prove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// Nothing: there is no TLS.
    Disable,
    /// Nothing: TLS is used where the server offers it.
    Prefer,
    /// Nothing: but there must be TLS.
    Require,
    /// That the certificate is of a known authority, for whatever name.
    VerifyCa,
    /// That it is of a known authority and for this name.
    VerifyFull,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) proof: Proof,
    /// Certificates of the authority, instead of those that the machine knows.
    pub(crate) root: Option<PathBuf>,
    /// Our own certificate and its key.
    pub(crate) own: Option<(PathBuf, PathBuf)>,
}

/// The settings that are ours to read, as they were written.
#[derive(Default)]
struct Written {
    mode: Option<String>,
    root: Option<String>,
    certificate: Option<String>,
    key: Option<String>,
}

impl Address {
    /// Reads it. No error repeats any of it but what concerns TLS: the rest may be a password.
    pub(crate) fn read(text: &str) -> Result<Self, Error> {
        let mut written = Written::default();
        // The client tells the two forms apart in this way; a password may hold "://".
        let rest = if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            written.taken_from_url(text)
        } else {
            written.taken_from_words(text)
        };
        let mut config = Config::from_str(&rest).map_err(|_| {
            unreadable("its address could not be read; write postgres://user:password@host:5432/database".to_owned())
        })?;
        let tls = written.wanted(&config)?;
        config.ssl_mode(match tls.proof {
            Proof::Disable => SslMode::Disable,
            Proof::Prefer => SslMode::Prefer,
            Proof::Require | Proof::VerifyCa | Proof::VerifyFull => SslMode::Require,
        });
        Ok(Self { config, tls })
    }

    /// Hosts, ports and database, without user and password.
    pub(crate) fn whereabouts(&self) -> String {
        let ports = self.config.get_ports();
        let port = |at: usize| ports.get(at).or(ports.first()).copied().unwrap_or(5432);
        let hosts = self.config.get_hosts().iter().enumerate().map(|(at, host)| match host {
            Host::Tcp(name) if port(at) == 5432 => name.clone(),
            Host::Tcp(name) => format!("{name}:{}", port(at)),
            #[cfg(unix)]
            Host::Unix(path) => path.display().to_string(),
        });
        let mut hosts: Vec<String> = hosts.collect();
        if hosts.is_empty() {
            hosts.extend(self.config.get_hostaddrs().iter().map(ToString::to_string));
        }
        let database = self.config.get_dbname().unwrap_or("of the user's name");
        format!("{}, database {database}", hosts.join(", "))
    }
}

impl Written {
    /// Where a setting of this name goes, if it is ours.
    fn place(&mut self, name: &str) -> Option<&mut Option<String>> {
        match name {
            "sslmode" => Some(&mut self.mode),
            "sslrootcert" => Some(&mut self.root),
            "sslcert" => Some(&mut self.certificate),
            "sslkey" => Some(&mut self.key),
            _ => None,
        }
    }

    /// Takes ours out of the query of an address, and gives the address without them.
    fn taken_from_url(&mut self, url: &str) -> String {
        let Some((before, query)) = url.split_once('?') else {
            return url.to_owned();
        };
        let mut others = Vec::new();
        for part in query.split('&') {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            match self.place(name) {
                Some(place) => *place = Some(decoded(value)),
                None => others.push(part),
            }
        }
        if others.is_empty() { before.to_owned() } else { format!("{before}?{}", others.join("&")) }
    }

    /// Takes ours out of `name=value` words, where a value with spaces stands in quotation marks and `\` keeps the next
    /// character as it is.
    fn taken_from_words(&mut self, text: &str) -> String {
        let mut others = String::new();
        let mut rest = text.trim_start();
        while let Some((name, after)) = rest.split_once('=') {
            let after = after.trim_start();
            let (value, length) = word(after);
            match self.place(name.trim()) {
                Some(place) => *place = Some(value),
                None => {
                    let as_written = after.get(..length).unwrap_or(after);
                    others.push_str(&format!("{}={as_written} ", name.trim()));
                }
            }
            rest = after.get(length..).unwrap_or_default().trim_start();
        }
        // What is no setting is left to the client, which refuses it.
        others + rest
    }

    fn wanted(self, config: &Config) -> Result<Wanted, Error> {
        let root = self.root.filter(|root| !root.is_empty() && root != "system").map(PathBuf::from);
        let proof = match self.mode.as_deref() {
            None => usual(config),
            Some("disable") => Proof::Disable,
            // PostgreSQL's "allow" tries without TLS first; trying with it first is no less secret.
            Some("allow" | "prefer") => Proof::Prefer,
            // As with PostgreSQL's own client: an authority is named in order to be asked.
            Some("require") if root.is_some() => Proof::VerifyCa,
            Some("require") => Proof::Require,
            Some("verify-ca") => Proof::VerifyCa,
            Some("verify-full") => Proof::VerifyFull,
            Some(other) => {
                return Err(unreadable(format!(
                    "its address says sslmode={other}; write disable, prefer, require, verify-ca or verify-full"
                )));
            }
        };
        let own = match (self.certificate, self.key) {
            (None, None) => None,
            (Some(certificate), Some(key)) => Some((PathBuf::from(certificate), PathBuf::from(key))),
            (Some(_), None) => return Err(unreadable("its address has sslcert, but no sslkey; give both".to_owned())),
            (None, Some(_)) => return Err(unreadable("its address has sslkey, but no sslcert; give both".to_owned())),
        };
        Ok(Wanted { proof, root, own })
    }
}

/// Everything for another machine, whether it stands there by name or by address; what the server offers on the own machine;
/// without TLS over a socket, where nobody can listen.
fn usual(config: &Config) -> Proof {
    let named = config.get_hosts().iter().filter_map(|host| match host {
        Host::Tcp(name) => Some(vocabulary::is_this_machine(name)),
        #[cfg(unix)]
        Host::Unix(_) => None,
    });
    let own: Vec<bool> = named.chain(config.get_hostaddrs().iter().map(IpAddr::is_loopback)).collect();
    match own.as_slice() {
        [] => Proof::Disable,
        own if own.iter().all(|own| *own) => Proof::Prefer,
        _ => Proof::VerifyFull,
    }
}

/// The value at the beginning of a text, and how many bytes it takes there.
fn word(text: &str) -> (String, usize) {
    let quoted = text.starts_with('\'');
    let mut value = String::new();
    let mut characters = text.char_indices().skip(usize::from(quoted));
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => value.extend(characters.next().map(|(_, kept)| kept)),
            '\'' if quoted => return (value, at + 1),
            _ if !quoted && character.is_whitespace() => return (value, at),
            _ => value.push(character),
        }
    }
    (value, text.len())
}

/// A value of an address's query, where `%2F` stands for a slash.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let pair = after.get(..2).filter(|_| *first == b'%').and_then(|pair| std::str::from_utf8(pair).ok());
        match pair.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn unreadable(message: String) -> Error {
    Error::Unavailable { message }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    fn proof(text: &str) -> Proof {
        Address::read(text).unwrap().tls.proof
    }

    #[test]
    fn another_machine_has_to_prove_who_it_is_unless_told_otherwise() {
        assert_eq!(proof("postgres://commonhold@db.example/commonhold"), Proof::VerifyFull);
        assert_eq!(proof("postgres://commonhold@10.0.0.7/commonhold"), Proof::VerifyFull);
        assert_eq!(proof("host=db.example hostaddr=127.0.0.1 user=a"), Proof::VerifyFull, "the name counts");
        assert_eq!(proof("hostaddr=10.0.0.7 user=a"), Proof::VerifyFull);
        assert_eq!(proof("host=localhost hostaddr=10.0.0.7 user=a"), Proof::VerifyFull, "that is where it goes");
        assert_eq!(proof("host=localhost hostaddr=127.0.0.1 user=a"), Proof::Prefer);
        assert_eq!(proof("hostaddr=127.0.0.1 user=a"), Proof::Prefer);
        assert_eq!(proof("postgres://a@localhost,db.example/a"), Proof::VerifyFull, "one of them is elsewhere");
        for own in ["postgres://a@localhost/a", "postgres://a@127.0.0.1:5433/a", "postgres://a@[::1]/a"] {
            assert_eq!(proof(own), Proof::Prefer, "{own}");
        }
        assert_eq!(proof("postgres://a@%2Frun%2Fpostgresql/a"), Proof::Disable);
        assert_eq!(proof("host=/run/postgresql user=a"), Proof::Disable);
        assert_eq!(proof("postgres://a@db.example/a?sslmode=disable"), Proof::Disable);
        assert_eq!(proof("postgres://a@db.example/a?sslmode=require"), Proof::Require);
        assert_eq!(proof("postgres://a@db.example/a?sslmode=require&sslrootcert=/ca.pem"), Proof::VerifyCa);
        assert_eq!(proof("postgres://a@localhost/a?sslmode=verify-full"), Proof::VerifyFull);
    }

    #[test]
    fn what_concerns_tls_is_taken_out_of_either_form() {
        let url =
            "postgres://a:b@db.example/c?sslcert=%2Fetc%2Fa%20b.pem&connect_timeout=3&sslkey=/k&sslrootcert=system";
        let words = "host=db.example user=a sslcert='/etc/a b.pem' connect_timeout=3 sslkey=/k dbname=c";
        for text in [url, words] {
            let Address { config, tls } = Address::read(text).unwrap();
            assert_eq!(tls.own, Some((PathBuf::from("/etc/a b.pem"), PathBuf::from("/k"))));
            assert_eq!(tls.root, None);
            assert_eq!(config.get_connect_timeout(), Some(&std::time::Duration::from_secs(3)));
            assert_eq!(config.get_dbname(), Some("c"));
        }
        let words = r"host=db.example user=a password='b \'c\\' sslmode = verify-ca dbname=c";
        let Address { config, tls } = Address::read(words).unwrap();
        assert_eq!((config.get_password(), tls.proof), (Some(&br"b 'c\"[..]), Proof::VerifyCa));
        assert_eq!(Address::read(words).unwrap().whereabouts(), "db.example, database c");
        assert_eq!(proof("host=db.example user=a password=a://b?c sslmode=require"), Proof::Require);
        assert_eq!(proof("postgresql://a@db.example/a?sslmode=require"), Proof::Require);
    }

    #[test]
    fn what_cannot_be_read_is_told_without_the_password() {
        let said = |text: &str| Address::read(text).err().unwrap().to_string();
        assert!(said("postgres://a:hunter2@db.example/c?sslmode=full").contains("sslmode=full; write disable"));
        assert!(said("postgres://a:hunter2@db.example/c?sslcert=/a").contains("no sslkey"));
        assert!(said("postgres://a:hunter2@db.example/c?sslkey=/a").contains("no sslcert"));
        for bad in ["postgres://a:hunter2@db.example/c?nonsense=1", "host=db password=hunter2 nonsense"] {
            assert!(said(bad).contains("postgres://user:password@host"), "{}", said(bad));
            assert!(!said(bad).contains("hunter2"));
        }
    }
}
