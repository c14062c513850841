//! Other people's data and deeds: a private fact is planted, and everybody else looks for it in every byte that they can get;
//! everybody else tries to write; and nobody's role, token or way of seeing goes further than it should.

use std::collections::{BTreeMap, BTreeSet};

use web::Access;

use super::{Answer, Demonstration, Known, Somebody, encoded, filled, injection, token_in};

/// A name that stands in no file of the demonstration.
const CANARY: &str = "Zyxomma";
/// A cost that nothing else costs, in the ways in which it may be written.
const COST: [&str; 4] = ["7654321.98", "765432198", "7,654,321", "7654321"];
const FORMATS: [&str; 5] = ["", ".json", ".csv", ".xlsx", ".svg"];

/// Whoever asks from outside, by a session or a token.
struct Outsider {
    who: Somebody,
    bearer: Option<String>,
}

impl Outsider {
    fn get(&self, target: &str) -> Answer {
        match &self.bearer {
            Some(bearer) => self.who.ask("GET", target, &[("Authorization", bearer)], b""),
            None => self.who.get(target),
        }
    }

    fn post(&self, target: &str, form: &str) -> Answer {
        let form_type = ("Content-Type", "application/x-www-form-urlencoded");
        match &self.bearer {
            Some(bearer) => self.who.ask("POST", target, &[("Authorization", bearer), form_type], form.as_bytes()),
            None => self.who.post(target, form),
        }
    }

    /// Operators say who acts for an organisation, and let it leave: `accounts::permission`.
    fn manages(&self, address: &str) -> bool {
        let theirs = ["/people", "/requests", "/domains", "/leave", "/tokens"];
        self.who.name.starts_with("Operator") && theirs.iter().any(|part| address.contains(part))
    }

    fn name(&self) -> String {
        format!("{}{}", self.who.name, if self.bearer.is_some() { ", by a token" } else { "" })
    }
}

fn with_token(demonstration: &Demonstration, whose: &Somebody, organisation: &str, scope: &str) -> Outsider {
    let made = whose.post("/account/tokens", &format!("name=Trial&scope={scope}&organisation={organisation}&days=7"));
    let mut who = demonstration.visitor();
    who.name = format!("{} ({scope})", whose.name);
    Outsider { who, bearer: Some(format!("Bearer {}", token_in(&made.text()))) }
}

/// Everybody who is not of Inglemoor and not of Ashmere's editors, and those of Ashmere who see less than they could.
fn outsiders(demonstration: &Demonstration) -> Vec<Outsider> {
    let somebody = |label: &str| Outsider { who: demonstration.somebody(label), bearer: None };
    let ashmere = demonstration.somebody("Editor at Ashmere");
    let brackford = demonstration.somebody("Steward at Brackford");
    let mut all = vec![
        Outsider { who: demonstration.visitor(), bearer: None },
        somebody("Steward at Brackford"),
        somebody("Member of staff at Dunmoor"),
        somebody("Staff of"),
        somebody("Operator at Colne"),
        somebody("Moderator at"),
        with_token(demonstration, &ashmere, "ashmere", "public"),
        with_token(demonstration, &brackford, "brackford", "edit"),
    ];
    for other in ["public", "council", "supplier"] {
        let mut seeing = demonstration.somebody("Editor at Ashmere");
        assert_eq!(seeing.post("/see-as", &format!("as={other}&next=/")).status, 303);
        seeing.name = format!("{} as {other}", seeing.name);
        all.push(Outsider { who: seeing, bearer: None });
    }
    all
}

/// Whether an answer holds what was planted, in a workbook's parts too.
fn holds(seen: &Answer) -> Option<String> {
    let text = match seen.header("content-type").contains("spreadsheetml") {
        true => injection::parts(&seen.body).into_iter().map(|(_, text)| text).collect::<String>(),
        false => seen.text(),
    };
    let found = COST.iter().chain([&CANARY]).find(|planted| text.to_lowercase().contains(&planted.to_lowercase()));
    found.map(|planted| (*planted).to_owned())
}

/// An answer without what is each request's own.
fn plain(seen: &Answer) -> (u16, String) {
    let text = seen.text().replace(seen.header("x-request-id"), "");
    // Workbooks are packed: what stands in them is looked at by itself.
    let text = match seen.header("content-type").contains("spreadsheetml") {
        true => injection::parts(&seen.body).into_iter().map(|(name, text)| name + &text).collect(),
        false => text,
    };
    (seen.status, text)
}

/// What a refusal says.
fn problem(seen: &Answer) -> String {
    let text = seen.text();
    text.split("<h1").nth(1).unwrap_or(&text).chars().take(300).collect()
}

/// Each address in each format.
fn in_formats(addresses: &BTreeSet<String>) -> Vec<String> {
    let suffixed = |address: &String| -> Vec<String> {
        let (path, query) = address
            .split_once('?')
            .map_or((address.as_str(), String::new()), |(path, query)| (path, format!("?{query}")));
        match path == "/" || path.contains('.') {
            true => vec![address.clone()],
            false => FORMATS.iter().map(|suffix| format!("{path}{suffix}{query}")).collect(),
        }
    };
    addresses.iter().flat_map(suffixed).collect()
}

/// What the owners plant: a whole system at the council that shows nothing to anybody, own fields and costs at one that shares
/// most, and what people write about themselves. Gives the addresses that lead to it.
fn plant(ashmere: &Somebody, steward: &Somebody, inglemoor: &Somebody, shared: &str) -> BTreeSet<String> {
    let good = |seen: &Answer| {
        assert_eq!(seen.status, 303, "{}", seen.text());
        seen.header("location").split('?').next().unwrap().to_owned()
    };
    let mut planted = BTreeSet::new();
    let system = good(
        &inglemoor.post("/organisations/inglemoor/systems/new", &encoded([("name", CANARY), ("supplier", CANARY)])),
    );
    let facts = [
        ("description", CANARY),
        ("version", CANARY),
        ("notes", CANARY),
        ("contract_title", CANARY),
        ("contract_end", "2027-03-31"),
        ("annual_cost", COST[0]),
    ];
    good(&inglemoor.post(&format!("{system}/edit"), &encoded(facts)));
    let private = [("notes", CANARY), ("annual_cost", COST[0])];
    good(&ashmere.post(&format!("{shared}/edit"), &encoded(private)));
    let kept = [("organisation", "ashmere"), ("organisation", "brackford"), ("name", CANARY), ("visibility", "own")];
    let comparison = good(&ashmere.post("/comparisons", &encoded(kept)));
    let sent = ashmere.upload("ashmere", &format!("{CANARY}.csv"), format!("System\n{CANARY}\n").as_bytes());
    let import = good(&sent);
    let invited = [("people", "new@ashmere.example Zyxomma"), ("role", "member")];
    good(&steward.post("/organisations/ashmere/people/invite", &encoded(invited)));
    for address in [&system, &comparison, &import] {
        planted.insert(address.clone());
    }
    for (address, below) in
        [(&system, vec!["/edit", "/retire", "/contract", "/users", "/merge"]), (&comparison, vec!["/edit", "/delete"])]
    {
        planted.extend(below.iter().map(|below| format!("{address}{below}")));
    }
    planted
}

#[test]
fn nobody_finds_what_is_not_theirs_to_see() {
    let demonstration = Demonstration::start();
    let (ashmere, inglemoor) =
        (demonstration.somebody("Editor at Ashmere"), demonstration.somebody("Editor at Inglemoor"));
    let steward = demonstration.somebody("Steward at Ashmere");
    let outsiders = outsiders(&demonstration);
    let theirs = Known::by_looking(&demonstration.endpoints, &[(&ashmere, "/"), (&steward, "/organisations/ashmere")]);
    let owners = Known::by_looking(&demonstration.endpoints, &[(&inglemoor, "/organisations/inglemoor")]);
    let list = ashmere.get("/organisations/ashmere/systems.json");
    let list: serde_json::Value = serde_json::from_slice(&list.body).unwrap();
    let shared = format!("/systems/{}", list["systems"][0]["id"].as_str().unwrap_or_else(|| panic!("{list}")));
    let mut addresses: BTreeSet<String> =
        theirs.all().chain(owners.all()).map(|(_, address)| address.to_owned()).collect();
    // What is not to be learned by its absence, either: totals, orders, filters, neighbours.
    addresses.extend(
        [
            "/search?q=Zyxomma",
            "/search?q=7654321",
            "/organisations?q=Zyxomma",
            "/products?q=Zyxomma",
            "/contracts?q=Zyxomma",
            "/organisations/ashmere/systems?q=Zyxomma",
            "/organisations/inglemoor/systems?q=Zyxomma",
            "/organisations/ashmere/systems?sort=cost",
            "/organisations/ashmere/contracts?sort=cost",
            "/contracts?sort=cost",
            "/compare?with=ashmere&with=inglemoor",
            "/map?organisation=inglemoor",
            "/contracts.ics",
            "/contracts.atom",
        ]
        .map(str::to_owned),
    );
    addresses.insert(shared.clone());
    addresses
        .retain(|address| !address.starts_with("/account") && !address.starts_with("/see-as") && address != "/outbox");
    let targets = in_formats(&addresses);
    let before: Vec<BTreeMap<&String, (u16, String)>> = outsiders
        .iter()
        .map(|outsider| targets.iter().map(|target| (target, plain(&outsider.get(target)))).collect())
        .collect();

    let planted = plant(&ashmere, &steward, &inglemoor, &shared);
    let sees = |owner: &Somebody| planted.iter().chain([&shared]).any(|at| holds(&owner.get(at)).is_some());
    assert!(sees(&ashmere) && sees(&inglemoor), "the owners see what they planted");
    assert!(holds(&ashmere.get(&format!("{shared}.xlsx"))).is_some(), "in a workbook's parts too");

    let mut faults = Vec::new();
    for (outsider, before) in outsiders.iter().zip(&before) {
        for target in &targets {
            let seen = outsider.get(target);
            // Whoever searches reads their own words.
            let own_words = target.contains(CANARY) || target.contains("7654321");
            // Operators manage people, so they see whom a council invites.
            if outsider.manages(target) {
                continue;
            }
            if let Some(planted) = holds(&seen).filter(|_| !own_words) {
                faults.push(format!("{} finds {planted} at {target}", outsider.name()));
            }
            if plain(&seen) != before[target] {
                faults.push(format!(
                    "{} is answered otherwise than before at {target}: {} and {}",
                    outsider.name(),
                    before[target].0,
                    seen.status
                ));
            }
        }
        for target in in_formats(&planted) {
            let seen = outsider.get(&target);
            if seen.status < 400 || holds(&seen).is_some() {
                faults.push(format!("{} is answered {} at {target}", outsider.name(), seen.status));
            }
        }
    }
    assert!(targets.len() > 200, "only {} addresses", targets.len());
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    demonstration.stop();
}

#[test]
fn nobody_writes_what_is_not_theirs_to_write() {
    let mut demonstration = Demonstration::start();
    let (mut ashmere, mut steward) =
        (demonstration.somebody("Editor at Ashmere"), demonstration.somebody("Steward at Ashmere"));
    let known = Known::by_looking(
        &demonstration.endpoints,
        &[(&ashmere, "/organisations/ashmere"), (&steward, "/organisations/ashmere")],
    );
    let mut outsiders = outsiders(&demonstration);
    outsiders.push(Outsider { who: demonstration.somebody("Auditor at"), bearer: None });
    outsiders.push(with_token(&demonstration, &ashmere, "ashmere", "read"));
    let mut edit = with_token(&demonstration, &steward, "ashmere", "edit");
    let mut people: Vec<&mut Somebody> = outsiders.iter_mut().map(|outsider| &mut outsider.who).collect();
    people.extend([&mut ashmere, &mut steward, &mut edit.who]);
    let before = demonstration.contents(&mut people);
    let mut faults = Vec::new();
    let mut tried = 0;
    // What belongs to an organisation or to a thing of one; a person's own account is theirs.
    let of_an_organisation = |path: &str| {
        path.contains('{')
            && !["/account", "/join", "/sign-in", "/invitations", "/operator"]
                .iter()
                .any(|start| path.starts_with(start))
    };
    for endpoint in demonstration.writes().filter(|endpoint| of_an_organisation(endpoint.path)) {
        let address = known.address(endpoint.path);
        let fields = filled(endpoint);
        let form = encoded(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        for outsider in &outsiders {
            if outsider.manages(&address) {
                continue;
            }
            tried += 1;
            let seen = outsider.post(&address, &form);
            if !matches!(seen.status, 401 | 403 | 404) {
                faults.push(format!("{} writes to {address}: {} {}", outsider.name(), seen.status, problem(&seen)));
            }
        }
    }
    // A token for the estate does no more than that, whoever's it is.
    for endpoint in demonstration.writes().filter(|endpoint| matches!(endpoint.access, Access::Browser(_))) {
        let seen = edit.post(&known.address(endpoint.path), "");
        // Where a person's own account would be, a token is nobody, who is led to sign in.
        let led = seen.status == 303 && seen.header("location").starts_with("/sign-in");
        if !led && !matches!(seen.status, 401 | 403 | 404) {
            faults.push(format!("a token does {}: {}", endpoint.path, seen.status));
        }
    }
    // Seeing as somebody else never widens, and a word that names nobody is refused.
    let member = &outsiders[2].who;
    for word in ["public", "council", "auditor", "operator", "steward", "ashmere", "", "own"] {
        let seen = member.post("/see-as", &format!("as={word}&next=/"));
        if seen.status < 400 && !matches!(word, "public" | "council") && seen.status != 200 {
            faults.push(format!("a member sees as {word}: {}", seen.status));
        }
        drop(member.post("/see-as/stop", "next=/"));
        if member.get("/organisations/ashmere/imports.json").status < 400 {
            faults.push(format!("a member sees what is Ashmere's own as {word}"));
        }
    }
    assert!(tried > 300, "only {tried} were tried");
    let mut people: Vec<&mut Somebody> = outsiders.iter_mut().map(|outsider| &mut outsider.who).collect();
    people.extend([&mut ashmere, &mut steward]);
    let after = demonstration.contents(&mut people);
    // When a token was last used is written down.
    let changed: Vec<_> =
        before.iter().filter(|(table, rows)| after[*table] != **rows && *table != "api_token").collect();
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
    assert!(changed.is_empty(), "something was written: {changed:#?}");
    demonstration.stop();
}
