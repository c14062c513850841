//! TLS to PostgreSQL, against real servers on loopback with certificates made for the purpose. The same on whichever engine
//! the other tests run: these start servers of their own, and where PostgreSQL is not installed hold the error to that.

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, date_time_ymd};
use std::path::PathBuf;
use store::{Error, Location, Store};
use tempfile::TempDir;
use testing::postgres::{self, Certificates, Server};

/// An authority that signs certificates.
struct Authority {
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

/// A certificate and its key, in PEM.
struct Certified {
    certificate: String,
    key: String,
}

impl Authority {
    fn new(name: &str) -> Self {
        let mut parameters = CertificateParams::new(Vec::<String>::new()).unwrap();
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        parameters.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate().unwrap();
        let pem = parameters.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(parameters, key) }
    }

    fn sign(&self, name: &str, until: i32) -> Certified {
        let mut parameters = CertificateParams::new(vec![name.to_owned()]).unwrap();
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.not_before = date_time_ymd(2020, 1, 1);
        parameters.not_after = date_time_ymd(until, 1, 1);
        let key = KeyPair::generate().unwrap();
        let certificate = parameters.signed_by(&key, &self.issuer).unwrap().pem();
        Certified { certificate, key: key.serialize_pem() }
    }
}

/// A server whose certificate says `db.commonhold.example`, and what its clients need as files.
struct World {
    server: Server,
    authority: Authority,
    files: TempDir,
}

impl World {
    /// `None` where PostgreSQL is not installed.
    fn until(year: i32) -> Option<Self> {
        let authority = Authority::new("Ashmere's own authority");
        let Certified { certificate, key } = authority.sign(NAME, year);
        let shown = Certificates { certificate, key, authority: authority.pem.clone() };
        let server = started(Server::start_on_loopback(Some(&shown)))?;
        let world = Self { server, authority, files: TempDir::new().unwrap() };
        world.file("ca.pem", &world.authority.pem);
        world.file("other.pem", &Authority::new("Somebody else").pem);
        Some(world)
    }

    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.files.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// Opens the database by a name, with further settings. `{}` stands for the folder with the files.
    fn open(&self, host: &str, user: &str, settings: &str) -> Result<(), String> {
        let settings = settings.replace("{}", &self.files.path().display().to_string());
        let port = self.server.port();
        open(&format!("host={host} hostaddr=127.0.0.1 port={port} dbname=postgres user={user} {settings}"))
    }
}

const NAME: &str = "db.commonhold.example";

pub(crate) fn started(server: Result<Server, postgres::Error>) -> Option<Server> {
    match server {
        Ok(server) => Some(server),
        Err(postgres::Error::NotInstalled) if std::env::var_os(testing::POSTGRES).is_none() => None,
        Err(error) => panic!("{error}"),
    }
}

fn open(address: &str) -> Result<(), String> {
    match Store::open(&Location::Postgres(address.to_owned()), &[]) {
        Ok(store) => {
            store.close();
            Ok(())
        }
        Err(Error::Unavailable { message }) => Err(message),
        Err(other) => panic!("{other:?}"),
    }
}

#[test]
fn a_server_elsewhere_proves_who_it_is() {
    let Some(world) = World::until(4000) else { return };
    let verified = "sslrootcert={}/ca.pem";
    assert_eq!(world.open(NAME, "commonhold", verified), Ok(()), "the default is enough");
    // Nobody trusts it who was not told to.
    let unknown = world.open(NAME, "commonhold", "").unwrap_err();
    assert!(unknown.contains("is not known on this machine; name its certificate with sslrootcert=FILE"), "{unknown}");
    let unknown = world.open(NAME, "commonhold", "sslrootcert={}/other.pem").unwrap_err();
    assert!(unknown.contains("is not in ") && unknown.contains("other.pem"), "{unknown}");
    // Another name: only the full proof minds.
    let wrong = world.open("files.commonhold.example", "commonhold", verified).unwrap_err();
    assert!(wrong.contains("is not for files.commonhold.example, but for"), "{wrong}");
    assert!(wrong.contains(NAME), "{wrong}");
    assert_eq!(world.open("files.commonhold.example", "commonhold", "sslmode=verify-ca sslrootcert={}/ca.pem"), Ok(()));
    let unknown = world.open("x.example", "commonhold", "sslmode=verify-ca sslrootcert={}/other.pem").unwrap_err();
    assert!(unknown.contains("the authority that signed its certificate"), "{unknown}");
    let unknown = world.open("x.example", "commonhold", "sslmode=require sslrootcert={}/other.pem").unwrap_err();
    assert!(unknown.contains("the authority that signed its certificate"), "an authority is named to be asked");
    // Whoever wants no proof gets none.
    for lax in ["sslmode=require", "sslmode=prefer", "sslmode=disable"] {
        assert_eq!(world.open("files.commonhold.example", "commonhold", lax), Ok(()), "{lax}");
    }
}

#[test]
fn an_expired_certificate_is_refused() {
    let Some(world) = World::until(2021) else { return };
    let expired = world.open(NAME, "commonhold", "sslrootcert={}/ca.pem").unwrap_err();
    assert!(expired.contains("its certificate has expired; renew it on the server"), "{expired}");
    assert_eq!(world.open(NAME, "commonhold", "sslmode=require"), Ok(()));
}

#[test]
fn a_server_without_tls_is_refused_where_tls_is_wanted() {
    let Some(server) = started(Server::start_on_loopback(None)) else { return };
    let port = server.port();
    let at = |settings: &str| {
        open(&format!(
            "host={NAME} hostaddr=127.0.0.1 port={port} dbname=postgres user=worded password=hunter2 {settings}"
        ))
    };
    for wanted in ["", "sslmode=require", "sslmode=verify-full"] {
        let refused = at(wanted).unwrap_err();
        assert!(refused.contains("offers no TLS, and its address asks for it"), "{refused}");
        assert!(!refused.contains("hunter2"), "{refused}");
    }
    assert_eq!(at("sslmode=prefer"), Ok(()));
    assert_eq!(at("sslmode=disable"), Ok(()));
    assert_eq!(open(&format!("postgres://worded:hunter2@127.0.0.1:{port}/postgres")), Ok(()), "on the own machine");
}

#[test]
fn a_password_is_bound_to_the_channel_and_told_to_nobody() {
    let Some(world) = World::until(4000) else { return };
    let bound = "password=hunter2 sslrootcert={}/ca.pem channel_binding=require";
    assert_eq!(world.open(NAME, "worded", bound), Ok(()));
    let unbound = world.open(NAME, "worded", "password=hunter2 sslmode=disable channel_binding=require").unwrap_err();
    assert!(!unbound.contains("hunter2"), "{unbound}");
    let wrong = world.open(NAME, "worded", "password=hunter3 sslrootcert={}/ca.pem").unwrap_err();
    assert!(wrong.contains("password authentication failed") && !wrong.contains("hunter3"), "{wrong}");
}

#[test]
fn our_own_certificate_lets_us_in() {
    let Some(world) = World::until(4000) else { return };
    let Certified { certificate, key } = world.authority.sign("certified", 4000);
    world.file("own.pem", &certificate);
    world.file("own.key", &key);
    let own = "sslrootcert={}/ca.pem sslcert={}/own.pem sslkey={}/own.key";
    assert_eq!(world.open(NAME, "certified", own), Ok(()));
    let without = world.open(NAME, "certified", "sslrootcert={}/ca.pem").unwrap_err();
    assert!(without.contains("certificate"), "{without}");

    let Certified { certificate, key } = Authority::new("Somebody else").sign("certified", 4000);
    world.file("own.pem", &certificate);
    world.file("own.key", &key);
    let strange = world.open(NAME, "certified", own).unwrap_err();
    assert!(strange.contains("it does not accept our certificate (sslcert)"), "{strange}");
    world.file("own.key", &world.authority.sign("certified", 4000).key);
    let apart = world.open(NAME, "certified", own).unwrap_err();
    assert!(apart.contains("do not belong together"), "{apart}");
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let Some(world) = World::until(4000) else { return };
    world.file("empty.pem", "");
    for (settings, name) in [
        ("sslrootcert={}/none.pem", "none.pem (sslrootcert"),
        ("sslrootcert={}/empty.pem", "empty.pem (sslrootcert"),
        ("sslrootcert={}/ca.pem sslcert={}/none.pem sslkey={}/none.key", "none.pem (sslcert"),
        ("sslrootcert={}/ca.pem sslcert={}/ca.pem sslkey={}/none.key", "none.key (sslkey"),
    ] {
        let refused = world.open(NAME, "commonhold", settings).unwrap_err();
        assert!(refused.contains(name) && refused.contains("PEM"), "{refused}");
    }
}

#[test]
fn the_certificate_of_an_authority_is_no_server_s() {
    let mut parameters = CertificateParams::new(vec![NAME.to_owned()]).unwrap();
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().unwrap();
    let certificate = parameters.self_signed(&key).unwrap().pem();
    let shown =
        Certificates { certificate: certificate.clone(), key: key.serialize_pem(), authority: certificate.clone() };
    let Some(server) = started(Server::start_on_loopback(Some(&shown))) else { return };
    let files = TempDir::new().unwrap();
    let root = files.path().join("root.pem");
    std::fs::write(&root, certificate).unwrap();
    let refused = open(&format!(
        "host={NAME} hostaddr=127.0.0.1 port={} dbname=postgres user=commonhold sslrootcert={}",
        server.port(),
        root.display()
    ));
    let refused = refused.unwrap_err();
    assert!(refused.contains("its certificate is that of an authority"), "{refused}");
}
