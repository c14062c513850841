//! Finding out who and what there is: what may not be known of is answered as what is not there, to the letter.

use web::Endpoint;

use super::{Answer, Demonstration, GUESS, Known, NOBODY, encoded, filled, percent, secret};

/// What an answer tells: everything but what is each request's own, and the id or address that was asked for.
fn told(seen: &Answer, asked: &[&str]) -> (u16, Vec<(String, String)>, String) {
    let own = ["date", "x-request-id", "content-length", "etag"];
    let plain = |text: &str| {
        let text = text.replace(seen.header("x-request-id"), "");
        asked.iter().fold(text, |text, asked| text.replace(asked, "ASKED").replace(&percent(asked), "ASKED"))
    };
    let headers = seen.headers.iter().filter(|(name, _)| !own.contains(&name.as_str()));
    let headers = headers.map(|(name, value)| (name.clone(), plain(value))).collect();
    (seen.status, headers, plain(&seen.text()))
}

/// The same address with something in place of what its last name stands for, and what was there.
fn instead(endpoint: &Endpoint, address: &str, other: &str) -> Option<(String, String)> {
    let last = endpoint.path.split('/').collect::<Vec<_>>().iter().rposition(|part| part.starts_with('{'))?;
    let mut parts: Vec<&str> = address.split('/').collect();
    let there = std::mem::replace(parts.get_mut(last)?, other).to_owned();
    Some((parts.join("/"), there))
}

#[test]
fn what_may_not_be_known_of_is_answered_as_what_is_not_there() {
    let demonstration = Demonstration::start();
    accounts(&demonstration);
    secrets(&demonstration);
    let (inglemoor, steward) =
        (demonstration.somebody("Editor at Inglemoor"), demonstration.somebody("Steward at Inglemoor"));
    let keeps = [("organisation", "inglemoor"), ("organisation", "brackford"), ("name", "Ours"), ("visibility", "own")];
    let kept = inglemoor.post("/comparisons", &encoded(keeps));
    assert_eq!(kept.status, 303, "{}", kept.text());
    let mut known = Known::by_looking(
        &demonstration.endpoints,
        &[(&inglemoor, "/organisations/inglemoor"), (&steward, "/organisations/inglemoor")],
    );
    known.insert("/comparisons/{id}", kept.header("location").split('?').next().unwrap());
    let outsiders = [
        demonstration.visitor(),
        demonstration.somebody("Steward at Brackford"),
        demonstration.somebody("Staff of"),
        demonstration.somebody("Member of staff at Dunmoor"),
    ];
    let mut faults = Vec::new();
    let mut compared = 0;
    for endpoint in &demonstration.endpoints {
        let address = known.address(endpoint.path);
        let organisation = endpoint.path.starts_with("/organisations/") && endpoint.path.matches('{').count() == 1;
        let Some((missing, there)) = instead(endpoint, &address, if organisation { "nowhere" } else { NOBODY }) else {
            continue;
        };
        if there == NOBODY || there == GUESS || there == "1" {
            continue;
        }
        let fields = filled(endpoint);
        let form = encoded(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        for who in &outsiders {
            for suffix in
                if endpoint.method == "GET" && !address.contains('.') { &["", ".json", ".csv"][..] } else { &[""] }
            {
                let ask = |address: &str| match endpoint.method {
                    "GET" => who.get(&format!("{address}{suffix}")),
                    _ => who.post(address, &form),
                };
                let (forbidden, missing_answer) = (ask(&address), ask(&missing));
                // What they may see is no secret, in whatever format it cannot be had, and neither is where one signs in.
                if forbidden.status < 400 || forbidden.status == 406 && who.get(&address).status < 400 {
                    continue;
                }
                compared += 1;
                let other = if organisation { "nowhere" } else { NOBODY };
                let (one, two) = (told(&forbidden, &[&there]), told(&missing_answer, &[other]));
                if one != two {
                    let at = one.2.bytes().zip(two.2.bytes()).position(|(one, two)| one != two).unwrap_or_default();
                    let near = |text: &str| {
                        text.get(at.saturating_sub(60)..).unwrap_or_default().chars().take(160).collect::<String>()
                    };
                    faults.push(format!(
                        "{} tells {} {address}{suffix} from nothing: {} and {}\n  {:?}\n  {:?}",
                        who.name,
                        endpoint.method,
                        one.0,
                        two.0,
                        near(&one.2),
                        near(&two.2)
                    ));
                }
            }
        }
    }
    assert!(compared > 150, "only {compared} were compared");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    demonstration.stop();
}

/// Whether an address has an account is told to nobody who types it.
fn accounts(demonstration: &Demonstration) {
    let visitor = demonstration.visitor();
    let known = "estate.editor@colne.example";
    let operator = demonstration.somebody("Operator at Colne");
    let disabled = "estate.editor@elmsey.example";
    let id = super::id_of(&operator, disabled);
    assert_eq!(operator.post(&format!("/operator/people/{id}/disable"), "").status, 303);
    for next in ["", "/organisations", "//evil.example"] {
        let ask = |email: &str| told(&visitor.post("/sign-in", &encoded([("email", email), ("next", next)])), &[email]);
        let answer = ask(known);
        assert_eq!(answer.0, 303);
        for other in
            ["nobody@nowhere.example", disabled, "ESTATE.EDITOR@colne.example", "estate.editor+x@colne.example"]
        {
            assert_eq!(ask(other), answer, "{other}");
        }
        // Whoever is asked for again and again is not told apart, either.
        for _ in 0..6 {
            assert_eq!(ask(known), answer);
        }
    }
    // Somebody who changes their own address, to one that is another's and to one that is nobody's.
    let editor = demonstration.somebody("Editor at Garsdown");
    let change = |email: &str| told(&editor.post("/account/email", &encoded([("email", email)])), &[email]);
    assert_eq!(change("estate.steward@garsdown.example"), change("nobody@garsdown.example"));
    // A steward who invites somebody who has an account here, and somebody who has none.
    let steward = demonstration.somebody("Steward at Brackford");
    let invite = |email: &str| {
        let people = format!("{email} Sam Cole");
        told(
            &steward.post(
                "/organisations/brackford/people/invite",
                &encoded([("people", people.as_str()), ("role", "member")]),
            ),
            &[email],
        )
    };
    assert_eq!(invite("estate.editor@hexleigh.example"), invite("nobody@hexleigh.example"));
    let pending = steward.get("/organisations/brackford/people.json").text();
    assert!(!pending.contains("Hexleigh estate editor"), "the name that an account has is not told: {pending}");
}

/// A secret that is wrong, was used, is another's or is no secret at all is answered alike.
fn secrets(demonstration: &Demonstration) {
    let visitor = demonstration.visitor();
    assert_eq!(visitor.post("/sign-in", "email=estate.steward%40dunmoor.example").status, 303);
    let used = secret(&visitor, "/sign-in/");
    assert_eq!(visitor.post(&used, "").status, 303);
    let used = used.trim_start_matches("/sign-in/").to_owned();
    for path in ["/sign-in", "/invitations", "/account/email"] {
        for method in ["GET", "POST"] {
            let ask = |token: &str| {
                let target = format!("{path}/{token}");
                let seen = if method == "GET" { visitor.get(&target) } else { visitor.post(&target, "") };
                told(&seen, &[token])
            };
            let answer = ask(GUESS);
            assert!(answer.0 >= 300, "{path}");
            for token in [used.as_str(), &"f".repeat(64), &"0".repeat(64)] {
                assert_eq!(ask(token), answer, "{method} {path}/{token}");
            }
        }
    }
    for feed in ["dates.ics", "dates.atom"] {
        let ask = |token: &str| told(&visitor.get(&format!("/feeds/{token}/{feed}")), &[token]);
        assert_eq!(ask(GUESS), ask(&used), "{feed}");
    }
}
