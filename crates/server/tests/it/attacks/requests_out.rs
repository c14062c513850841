//! Requests to other machines: an address that somebody types, uploads or sends is never asked, and neither is one that a
//! provider of sign-in names and that is not its own.

use std::{
    net::TcpListener,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use testing::provider::{Fault, Provider};
use vocabulary::Clock;

use super::{Demonstration, Known, Wire, encoded, filled, uploads};
use crate::place::Place;

/// A port on which nobody should knock.
struct Trap {
    port: u16,
    knocks: Arc<AtomicUsize>,
}

impl Trap {
    fn set() -> Trap {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, knocks) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
        let counted = Arc::clone(&knocks);
        thread::spawn(move || {
            for stream in listener.incoming() {
                counted.fetch_add(1, Ordering::SeqCst);
                drop(stream);
            }
        });
        Trap { port, knocks }
    }

    fn knocks(&self) -> usize {
        self.knocks.load(Ordering::SeqCst)
    }
}

#[test]
fn no_address_that_somebody_gives_is_ever_asked() {
    let trap = Trap::set();
    let demonstration = Demonstration::start();
    let (steward, operator) =
        (demonstration.somebody("Steward at Ashmere"), demonstration.somebody("Operator at Colne"));
    let known = Known::by_looking(&demonstration.endpoints, &[(&steward, "/"), (&operator, "/operator")]);
    let address = format!("http://127.0.0.1:{}/latest/meta-data", trap.port);
    let leaves = ["/sign-out", "/account/sign-out-elsewhere", "/account/erase"];
    for endpoint in demonstration.writes().filter(|endpoint| !leaves.contains(&endpoint.path)) {
        let who = if endpoint.access.who().contains("operator") { &operator } else { &steward };
        for name in endpoint.fields {
            let fields = filled(endpoint);
            let value = |known: &str, value: &str| if known == *name { address.clone() } else { value.to_owned() };
            let fields: Vec<(String, String)> =
                fields.iter().map(|(known, own)| (known.clone(), value(known, own))).collect();
            let form = encoded(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            assert!(who.post(&known.address(endpoint.path), &form).status < 500, "{} with {name}", endpoint.path);
        }
    }
    let made = steward.post("/organisations/ashmere/systems/new", "name=Zyxomma");
    let system = made.header("location").split('?').next().unwrap().to_owned();
    let kept =
        steward.post(&format!("{system}/edit"), &encoded([("website", address.as_str()), ("notes", address.as_str())]));
    assert_eq!(kept.status, 303, "{}", kept.text());
    for endpoint in demonstration.reads() {
        for name in endpoint.parameters {
            let target = format!("{}?{name}={}", known.address(endpoint.path), super::percent(&address));
            assert!(steward.get(&target).status < 500, "{target}");
        }
        assert!(steward.get(&known.address(endpoint.path)).status < 500);
    }
    // In files: links, formulas that ask, external books, templates, entities and document types.
    let cells = ["System", "Zyxomma", &format!("=WEBSERVICE(&quot;{address}&quot;)"), &address];
    let relations = format!(
        "<?xml version=\"1.0\"?><Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" \
         Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/externalLinkPath\" Target=\"{address}\" TargetMode=\"External\"/></Relationships>"
    );
    let outside = format!(
        "<!DOCTYPE x SYSTEM \"{address}\" [<!ENTITY a SYSTEM \"{address}\"><!ENTITY % b SYSTEM \"{address}\">%b;]>"
    );
    for document_type in ["", &outside] {
        let more: [(&str, &[u8]); 2] = [
            ("xl/externalLinks/_rels/externalLink1.xml.rels", relations.as_bytes()),
            ("xl/worksheets/_rels/sheet1.xml.rels", relations.as_bytes()),
        ];
        let file = uploads::workbook(&uploads::sheet(document_type, &cells), &more);
        let seen = steward.upload("ashmere", "linked.xlsx", &file);
        assert!(seen.status < 500, "{}", seen.status);
        if seen.status == 303 {
            let at = seen.header("location").trim_end_matches("/mapping").to_owned();
            assert!(["/mapping", "/preview"].iter().all(|below| steward.get(&format!("{at}{below}")).status < 500));
        }
    }
    // Being told to go elsewhere, as a proxy or a gateway would be.
    let host = format!("127.0.0.1:{}", trap.port);
    for (method, target) in [("GET", address.as_str()), ("CONNECT", host.as_str()), ("GET", "/")] {
        let headers =
            [("Host", host.as_str()), ("X-Forwarded-Host", &host), ("X-Original-URL", &address), ("Referer", &address)];
        assert!(demonstration.wire.ask(method, target, &headers, b"").status < 500, "{method} {target}");
    }
    // Work that was left for later is done before it ends.
    demonstration.stop();
    assert_eq!(trap.knocks(), 0, "the program asked an address that somebody gave");
    drop(std::net::TcpStream::connect(("127.0.0.1", trap.port)).unwrap());
    while trap.knocks() == 0 {
        thread::yield_now();
    }
}

#[test]
fn a_provider_cannot_send_the_program_elsewhere() {
    let place = Place::with_people();
    let provider = Provider::start(&Clock::System);
    let path = place.file(
        "sign-in.toml",
        format!(
            "[[provider]]\nid = \"ashmere\"\nlabel = \"Ashmere\"\nissuer = \"{}\"\nclient_id = \"commonhold\"\n\
             authentication = \"client_secret_post\"\nsecret_file = \"secret\"\n",
            provider.issuer()
        ),
    );
    place.file("secret", "s3cret\n");
    for fault in [Fault::KeysElsewhere, Fault::DescribesAnother] {
        provider.misbehave(fault);
        let serving = place.serve(&["serve", "--sign-in", &path]);
        let seen = Wire::to(&serving.address).ask("GET", "/sign-in/with/ashmere", &[], b"");
        assert!(seen.status >= 400 && seen.all("location").is_empty(), "{fault:?}: {} {:?}", seen.status, seen.headers);
        assert!(!seen.text().contains("10.0.0.1"), "what a provider says of its network is not passed on");
        serving.stop().with(0);
    }
    provider.misbehave(None);
    let serving = place.serve(&["serve", "--sign-in", &path]);
    let seen = Wire::to(&serving.address).ask("GET", "/sign-in/with/ashmere", &[], b"");
    assert_eq!(seen.status, 303, "a good one is gone to");
    serving.stop().with(0);
}
