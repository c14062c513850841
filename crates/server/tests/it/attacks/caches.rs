//! Caches between people and this site: what one asks must not be what others get, nothing of somebody's is kept where others
//! find it, and no private page passes for a file.

use super::{Answer, Demonstration, Known, NOBODY};

/// What a request may say that its answer must not depend on.
const UNKEYED: &[(&str, &str)] = &[
    ("X-Forwarded-Host", "poisoned.example"),
    ("X-Forwarded-Proto", "http"),
    ("X-Forwarded-Scheme", "nothttps"),
    ("X-Forwarded-Port", "1"),
    ("X-Forwarded-Prefix", "/poisoned"),
    ("X-Forwarded-For", "10.9.8.7"),
    ("Forwarded", "for=10.9.8.7;host=poisoned.example;proto=http"),
    ("X-Host", "poisoned.example"),
    ("X-Original-URL", "/account"),
    ("X-Rewrite-URL", "/account"),
    ("X-HTTP-Method-Override", "POST"),
    ("X-Requested-With", "poisoned"),
    ("Origin", "https://poisoned.example"),
    ("Referer", "https://poisoned.example/"),
    ("User-Agent", "poisoned"),
    ("Accept-Language", "cy, fr;q=0.9"),
    ("Accept-Charset", "utf-7"),
    ("Range", "bytes=0-3"),
    ("If-Range", "W/\"poisoned\""),
    ("Sec-Fetch-Site", "cross-site"),
    ("Cf-Connecting-Ip", "10.9.8.7"),
    ("Content-Type", "text/poisoned"),
];

/// Two answers to the same question differ, but for what is each request's own.
fn differ(one: &Answer, other: &Answer) -> Option<String> {
    let own = ["date", "x-request-id", "content-length"];
    let head = |answer: &Answer| -> Vec<(String, String)> {
        answer.headers.iter().filter(|(name, _)| !own.contains(&name.as_str())).cloned().collect()
    };
    let body = |answer: &Answer| answer.text().replace(answer.header("x-request-id"), "");
    match () {
        () if one.status != other.status => Some(format!("{} and {}", one.status, other.status)),
        () if head(one) != head(other) => Some(format!("{:?} and {:?}", head(one), head(other))),
        () if body(one) != body(other) => Some("the bodies differ".to_owned()),
        () => None,
    }
}

/// What an answer says of being kept, word by word.
fn keeping(seen: &Answer) -> Vec<String> {
    seen.header("cache-control").split(',').map(|word| word.trim().to_owned()).collect()
}

#[test]
fn nobody_gets_from_a_cache_what_another_asked() {
    let demonstration = Demonstration::start();
    let visitor = demonstration.visitor();
    let known = Known::by_looking(&demonstration.endpoints, &[(&visitor, "/")]);
    let people = [
        demonstration.somebody("Editor at Ashmere"),
        demonstration.somebody("Steward at Brackford"),
        demonstration.somebody("Operator at Colne"),
        demonstration.somebody("Staff of"),
    ];
    let mut faults = Vec::new();
    let mut compared = 0;
    let with_suffixes = |address: &str| -> Vec<String> {
        match address == "/" || address.contains('.') {
            true => vec![address.to_owned()],
            false => ["", ".json", ".csv"].iter().map(|suffix| format!("{address}{suffix}")).collect(),
        }
    };
    let ask = |target: &str, headers: &[(&str, &str)]| demonstration.wire.ask("GET", target, headers, b"");
    for (_, address) in known.all() {
        for target in with_suffixes(address) {
            let plain = ask(&target, &[]);
            compared += 1;
            let mut tell = |what: &str, fault: Option<String>| {
                faults.extend(fault.map(|fault| format!("{target}, {what}: {fault}")))
            };
            tell("unkeyed headers", differ(&plain, &ask(&target, UNKEYED)));
            tell("another host", differ(&plain, &ask(&target, &[("Host", "poisoned.localhost")])));
            // A cookie and a scheme of somebody else's program leave a visitor a visitor.
            tell(
                "a stranger's cookie",
                differ(&plain, &ask(&target, &[("Cookie", "tracking=poisoned; lang=cy; theme=x")])),
            );
            let vary = plain.all("vary").join(", ").to_ascii_lowercase();
            let words: Vec<&str> = vary.split(',').map(str::trim).collect();
            let packed = ask(&target, &[("Accept-Encoding", "gzip")]);
            let packs = if packed.all("content-encoding").is_empty() { &[][..] } else { &["accept-encoding"][..] };
            for word in ["accept", "authorization", "cookie"].iter().chain(packs) {
                if !words.contains(word) {
                    tell("vary", Some(format!("{word} is not in {vary:?}")));
                }
            }
            let kept = keeping(&plain);
            if kept.iter().any(|word| word.contains("age") || word == "immutable") {
                tell("a visitor's", Some(format!("is kept unasked: {kept:?}")));
            }
            if !(200..400).contains(&plain.status)
                && kept.contains(&"public".to_owned())
                && !matches!(plain.status, 404 | 410)
            {
                tell("an error", Some(format!("{} is kept: {kept:?}", plain.status)));
            }
            for who in &people {
                let seen = who.get(&target);
                if !keeping(&seen).contains(&"private".to_owned()) || keeping(&seen).contains(&"public".to_owned()) {
                    tell(&who.name, Some(format!("{} {:?}", seen.status, keeping(&seen))));
                }
                // Their validator does not tell them that what a visitor got is theirs.
                let again = ask(&target, &[who.cookie(), vec![("If-None-Match", plain.header("etag"))]].concat());
                if again.status == 304 && seen.header("etag") != plain.header("etag") {
                    tell(&who.name, Some("is answered 304 for what is a visitor's".to_owned()));
                }
            }
        }
    }
    assert!(compared > 40, "only {compared} answers were compared");
    errors(&demonstration, &mut faults);
    passed_for_files(&demonstration, &mut faults);
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    demonstration.stop();
}

/// Errors are asked for again, each time.
fn errors(demonstration: &Demonstration, faults: &mut Vec<String>) {
    let long = format!("/search?q={}", "a".repeat(60_000));
    for (target, headers) in [
        ("/organisations?poisoned=1", vec![]),
        ("/systems/poisoned", vec![]),
        ("/account.json", vec![]),
        ("/organisations/ashmere/imports", vec![]),
        ("/organisations.svg", vec![]),
        ("/organisations?after=poisoned", vec![]),
        (long.as_str(), vec![]),
        ("/organisations", vec![("Authorization", "Bearer poisoned")]),
        ("/organisations", vec![("Accept", "image/poisoned")]),
        ("/organisations", vec![("Expect", "poisoned")]),
        ("/organisations", vec![("X-Poisoned", "\u{7}")]),
    ] {
        let seen = demonstration.wire.ask("GET", target, &headers, b"");
        let kept = keeping(&seen);
        let asked_again =
            kept.iter().any(|word| word == "no-store" || word == "no-cache") || seen.all("cache-control").is_empty();
        if seen.status >= 500 || (seen.status >= 400 && !asked_again) || kept.iter().any(|word| word.contains("age")) {
            faults.push(format!("{target} {headers:?}: {} {kept:?}", seen.status));
        }
    }
    let seen = demonstration.wire.ask("DELETE", "/organisations", &[], b"");
    if seen.status != 403 && seen.status != 405 || keeping(&seen).contains(&"public".to_owned()) {
        faults.push(format!("DELETE: {} {:?}", seen.status, keeping(&seen)));
    }
}

/// A private page under a name that a cache takes for a file's is no page (web cache deception).
fn passed_for_files(demonstration: &Demonstration, faults: &mut Vec<String>) {
    let editor = demonstration.somebody("Editor at Ashmere");
    for page in [
        "/account",
        "/account/export",
        "/organisations/ashmere/imports",
        "/worklist",
        "/organisations/ashmere/worklist",
    ] {
        assert!(editor.get(page).status < 400, "{page}");
        for file in [
            format!("{page}.css"),
            format!("{page}.js"),
            format!("{page}.jpg"),
            format!("{page}.ico"),
            format!("{page}/x.css"),
            format!("{page}/.css"),
            format!("{page};x.css"),
            format!("{page}%3bx.css"),
            format!("{page}%2fx.css"),
            format!("{page}%5cx.css"),
            format!("{page}%00.css"),
            format!("{page}%0a.css"),
            format!("{page}%23x.css"),
            format!("{page}%3fx.css"),
            format!("{page}?x.css"),
            format!("{page}.json/x.css"),
            format!("{page}.json.css"),
            format!("{page}//x.css"),
            format!("/assets/..{page}"),
            format!("/assets/..%2f{}", &page[1..]),
            format!("/assets/%2e%2e{page}"),
            format!("/assets{page}"),
        ] {
            let seen = editor.get(&file);
            let private =
                seen.text().contains("estate.editor@ashmere.example") || seen.text().contains("Ashmere estate editor");
            // What is no address at all is answered before anybody is asked for: to everybody alike, as a visitor's.
            let public = keeping(&seen).contains(&"public".to_owned());
            let alike = || differ(&seen, &demonstration.visitor().get(&file)).is_none();
            if !matches!(seen.status, 400 | 404) || private || (public && !alike()) {
                faults.push(format!("{file}: {} {:?}", seen.status, keeping(&seen)));
            }
        }
    }
    // Files are kept for ever, so nothing but a file is one; and one that is not there is no file.
    let missing = demonstration.wire.ask("GET", &format!("/assets/{NOBODY}.css"), &[], b"");
    if missing.status != 404 || keeping(&missing).iter().any(|word| word.contains("age")) {
        faults.push(format!("a file that is not there: {} {:?}", missing.status, keeping(&missing)));
    }
}
