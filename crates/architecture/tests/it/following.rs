//! Following contract dates: calendar and feed as other programs read them, addresses with a secret that end when they
//! should, and the e-mail that comes once.

use accounts::{EmailAddress, NewMembership, person};
use architecture::contract::follow::digest::{Sent, send_due};
use architecture::statement::Attribute;
use axum::http::StatusCode;
use icalendar::{Calendar, CalendarDateTime, Component, DatePerhapsTime};
use jiff::SignedDuration;
use vocabulary::{Role, Visibility};

use crate::county::{hidden_part, open_part};
use crate::world::{ADDRESS, Seen, World, id, now, system};

/// What everybody sees is Brackford's, what members see Ashmere's, what nobody else sees Colne's.
fn world() -> World {
    let world = World::new();
    world.add(
        "ashmere",
        vec![
            system("Rounds, bins; and \"more\"")
                .product("roundmaster")
                .reference("C-1")
                .ends("2027-03-31", Some(3))
                .text(Attribute::Extension, "two of one year each")
                .private(Attribute::ContractSupplier, "Pat's Bins"),
            system("Parking").ends("2029-12-31", None),
        ],
    );
    world.add("brackford", vec![system("Refuse").product("wastedesk").ends("2027-06", Some(1))]);
    world.add("colne", vec![system("Secret tills").ends("2027-04-30", Some(4))]);
    world
}

/// Somebody who acts for an organisation, as the tests name readers.
fn join(world: &World, organisation: &str, role: Role) -> String {
    let email = EmailAddress::parse(&format!("somebody@{organisation}.example")).unwrap();
    let membership =
        NewMembership { email: email.clone(), name: "Priya Shah".to_owned(), organisation: id(organisation), role };
    let chance = world.chance.clone();
    let put = move |tx: &mut store::Transaction<'_>| {
        person::put_memberships(tx, std::slice::from_ref(&membership), now(), &chance).unwrap();
        person::find_by_email(tx, &email)
    };
    let person = world.store.write_blocking(put).unwrap().unwrap();
    format!("{role}@{organisation}/{}", person.id)
}

fn leave(world: &World, organisation: &'static str) {
    world
        .store
        .write_blocking(move |tx| {
            tx.execute("DELETE FROM membership WHERE organisation = $1", &store::values![organisation])
        })
        .unwrap();
}

/// The path of an address as the page shows it.
fn path(address: &str) -> String {
    address.strip_prefix(ADDRESS).unwrap().to_owned()
}

/// Makes an address; gives the paths of its calendar and its feed.
fn make(world: &World, who: &str, form: &str) -> (String, String) {
    let page = world.post(who, "/contracts/follow", form);
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    assert_eq!(page.headers["cache-control"], "private, no-store");
    let shown = page.all(".govuk-summary-list__value");
    assert_eq!(shown.len(), 2, "{shown:?}");
    (path(&shown[0]), path(&shown[1]))
}

fn events(answer: &Seen) -> Vec<(String, String, String)> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert!(answer.headers["content-type"].to_str().unwrap().starts_with("text/calendar"));
    let calendar: Calendar = answer.body.parse().expect("a calendar");
    let events = calendar.components.iter().filter_map(|component| component.as_event());
    let of = |event: &icalendar::Event| {
        let Some(DatePerhapsTime::Date(start)) = event.get_start() else { panic!("an event of a day") };
        let Some(DatePerhapsTime::Date(end)) = event.get_end() else { panic!("an event that ends") };
        assert_eq!(end, start.succ_opt().unwrap(), "of one day");
        assert!(matches!(event.get_timestamp(), Some(stamp) if stamp.timestamp() > 0));
        (start.to_string(), event.get_summary().unwrap().to_owned(), event.get_uid().unwrap().to_owned())
    };
    events.map(of).collect()
}

fn names(answer: &Seen) -> Vec<String> {
    events(answer).into_iter().map(|(_, summary, _)| summary).collect()
}

#[test]
fn a_calendar_is_read_by_another_program_and_holds_every_date() {
    let world = world();
    let answer = world.get("visitor", "/contracts.ics");
    let found = events(&answer);
    let days: Vec<&str> = found.iter().map(|(day, ..)| day.as_str()).collect();
    assert_eq!(days, ["2027-05-30", "2027-06-30"], "a month ends with its last day");
    assert_eq!(names(&answer), ["Last notice date: Refuse, Brackford", "Contract ends: Refuse, Brackford"]);
    assert!(found[0].2.ends_with("-last-notice-date@commonhold") && found[0].2 != found[1].2);
    assert_eq!(answer.body, world.get("visitor", "/contracts.ics").body, "asked twice, it is the same");
    for line in answer.body.split("\r\n") {
        assert!(line.len() <= 75 && !line.contains('\n'), "{line}");
    }
    assert!(answer.body.ends_with("END:VCALENDAR\r\n"));
    assert!(answer.body.contains(&format!("URL:{ADDRESS}/contracts/")), "{}", answer.body);
    assert_eq!(names(&world.get("visitor", "/contracts.ics?year=2031")), [""; 0]);
    let narrowed = world.get("visitor", "/contracts.ics?organisation=brackford&supplier=fennel");
    assert_eq!(narrowed.body.matches("BEGIN:VEVENT").count(), 2);
    assert!(
        narrowed.body.replace("\r\n ", "").contains("NAME:Contract dates: Brackford District Council\\; Fennel"),
        "{}",
        narrowed.body
    );
    assert_eq!(world.get("visitor", "/contracts.ics?colour=red").status, StatusCode::BAD_REQUEST);
}

#[test]
fn a_feed_is_read_by_another_program_and_tells_of_dates_within_six_months() {
    let world = world();
    // Today is 22 November 2026: notice by 30 May 2027 is further away than six months.
    let read = |world: &World, path: &str| {
        let answer = world.get("visitor", path);
        assert_eq!(answer.headers["content-type"], "application/atom+xml; charset=utf-8");
        answer.body.parse::<atom_syndication::Feed>().expect("a feed")
    };
    let feed = read(&world, "/contracts.atom?organisation=brackford");
    assert_eq!(feed.entries().len(), 0);
    assert_eq!(feed.title().as_str(), "Contract dates: Brackford District Council");
    assert_eq!(
        feed.links().iter().find(|link| link.rel() == "self").unwrap().href(),
        format!("{ADDRESS}/contracts.atom?organisation=brackford")
    );
    world.clock.advance(SignedDuration::from_hours(24 * 20));
    let feed = read(&world, "/contracts.atom?organisation=brackford");
    let entry = &feed.entries()[0];
    assert_eq!(entry.title().as_str(), "30 May 2027: Last notice date: Refuse, Brackford");
    assert_eq!(entry.updated().to_rfc3339(), "2026-11-30T00:00:00+00:00", "when it came within six months");
    assert_eq!(feed.updated(), entry.updated());
    assert!(entry.id().starts_with("urn:commonhold:contract:") && entry.id().ends_with(":last-notice-date"));
    assert_eq!(feed.authors().len(), 1);
}

#[test]
fn plain_addresses_answer_everybody_as_a_visitor() {
    let (with, without) = (open_part(), open_part());
    hidden_part(&with);
    for who in ["visitor", "editor@ashmere", "auditor@colne", "editor@colne"] {
        for path in ["/contracts.ics", "/contracts.atom", "/contracts.ics?past=yes&organisation=colne"] {
            let answer = with.get(who, path);
            assert_eq!(answer.body, without.get("visitor", path).body, "{who} {path}");
            assert!(!answer.body.contains("Secret"), "{who} {path}");
        }
    }
}

#[test]
fn an_address_shows_what_was_chosen_to_whoever_knows_it() {
    let world = world();
    let who = join(&world, "colne", Role::Editor);
    let (calendar, feed) = make(&world, &who, "sees=own&filters=organisation%3Dcolne");
    let answer = world.get("visitor", &calendar);
    assert_eq!(names(&answer), ["Last notice date: Secret tills, Colne", "Contract ends: Secret tills, Colne"]);
    for (name, value) in [
        ("cache-control", "private, no-cache"),
        ("referrer-policy", "no-referrer"),
        ("x-robots-tag", "noindex, nofollow"),
    ] {
        assert_eq!(answer.headers[name], value);
    }
    let atom: atom_syndication::Feed = world.get("visitor", &feed).body.parse().unwrap();
    assert_eq!(atom.entries().len(), 2);
    let token = calendar.split('/').nth(2).unwrap();
    assert!(!world.get("visitor", &feed).body.contains(token), "whoever passes its content on does not pass it on");
    // One that shows what members see shows no more, whoever made it.
    let (members, _) = make(&world, &who, "sees=members&filters=");
    let shown = world.get("visitor", &members).body;
    assert!(shown.contains("Parking") && !shown.contains("Secret"), "{shown}");
    assert!(!shown.contains("Pat"), "texts of the organisation itself are not in it");
    let (own, _) = make(&world, &who, "sees=own&filters=");
    assert!(!world.get("visitor", &own).body.contains("Pat"));
}

#[test]
fn the_secret_is_stored_nowhere_and_its_use_is_noted() {
    let world = world();
    let who = join(&world, "ashmere", Role::Member);
    let (calendar, _) = make(&world, &who, "sees=members&filters=organisation%3Dashmere");
    let token = calendar.split('/').nth(2).unwrap().to_owned();
    let stored = world
        .store
        .read_blocking(|tx| {
            tx.query("SELECT token, filters, sees, id FROM feed", &[], |row| {
                Ok((row.bytes(0)?, format!("{} {} {}", row.text(1)?, row.text(2)?, row.text(3)?)))
            })
        })
        .unwrap();
    assert_eq!(stored.len(), 1);
    assert_ne!(stored[0].0, token.as_bytes());
    assert!(!stored[0].1.contains(&token));
    let page = |who: &str| world.get(who, "/contracts/follow");
    assert!(!page(&who).body.contains(&token), "it is shown once");
    assert!(page(&who).words().contains("Not used yet"));
    world.get("visitor", &calendar);
    assert!(page(&who).words().contains("22 Nov 2026"), "{}", page(&who).words());
    assert!(!page(&who).words().contains("Not used yet"));
}

#[test]
fn an_address_narrows_and_ends_with_its_makers_rights() {
    let world = world();
    let who = join(&world, "colne", Role::Editor);
    let (calendar, feed) = make(&world, &who, "sees=own&filters=");
    assert!(world.get("visitor", &calendar).body.contains("Secret"));
    join(&world, "colne", Role::Member);
    let narrowed = world.get("visitor", &calendar);
    assert!(narrowed.body.contains("Parking") && !narrowed.body.contains("Secret"));
    world.share("ashmere", Visibility::Own, Visibility::Own);
    assert!(!world.get("visitor", &calendar).body.contains("Parking"), "the estate is shared no longer");
    let never = format!("/feeds/{}/dates.ics", "0".repeat(64));
    leave(&world, "colne");
    for path in [calendar.as_str(), feed.as_str(), never.as_str(), "/feeds/short/dates.ics"] {
        let answer = world.get("visitor", path);
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.headers["referrer-policy"], "no-referrer");
        assert_eq!(answer.headers["x-robots-tag"], "noindex, nofollow");
    }
    join(&world, "colne", Role::Editor);
    assert_eq!(world.get("visitor", &calendar).status, StatusCode::OK);
    world
        .store
        .write_blocking(|tx| tx.execute("UPDATE organisation SET participating = 0 WHERE id = 'colne'", &[]))
        .unwrap();
    assert_eq!(world.get("visitor", &calendar).status, StatusCode::NOT_FOUND, "it participates no longer");
}

#[test]
fn one_stops_ones_own_and_a_steward_those_of_the_organisation() {
    let world = world();
    let who = join(&world, "ashmere", Role::Member);
    let (first, _) = make(&world, &who, "sees=members&filters=");
    let (second, _) = make(&world, &who, "sees=members&filters=organisation%3Dashmere");
    let stops = |who: &str, page: &str| -> Vec<String> {
        let html = scraper::Html::parse_document(&world.get(who, page).body);
        let forms = scraper::Selector::parse("form[action$='/stop']").unwrap();
        html.select(&forms).map(|form| form.attr("action").unwrap().to_owned()).collect()
    };
    let own = stops(&who, "/contracts/follow");
    assert_eq!(own.len(), 2);
    for stranger in ["visitor", "editor@ashmere", "steward@brackford", "supplier@oakware", "auditor@colne"] {
        assert_eq!(stops(stranger, "/contracts/follow"), [""; 0], "{stranger}");
        assert_eq!(world.post(stranger, &own[0], "").status, StatusCode::NOT_FOUND, "{stranger}");
    }
    assert_eq!(world.get("visitor", &first).status, StatusCode::OK);
    let seen = world.get("steward@ashmere", "/contracts/follow");
    assert!(seen.words().contains("Addresses that others at Ashmere made") && seen.words().contains("Priya Shah"));
    assert_eq!(stops("steward@ashmere", "/contracts/follow"), own);
    // The newest stands first.
    assert_eq!(world.post("steward@ashmere", &own[0], "").status, StatusCode::SEE_OTHER);
    let stopped = world.post(&who, &own[1], "");
    assert_eq!(stopped.headers["location"], "/contracts/follow?done=stopped");
    assert!(world.get(&who, "/contracts/follow?done=stopped").words().contains("The address is stopped."));
    for path in [first, second] {
        assert_eq!(world.get("visitor", &path).status, StatusCode::NOT_FOUND);
    }
    assert_eq!(world.post(&who, &own[1], "").status, StatusCode::NOT_FOUND, "it is stopped already");
}

#[test]
fn who_may_make_an_address_and_what_it_may_show() {
    let world = world();
    let post = |who: &str, form: &str| world.post(who, "/contracts/follow", form).status;
    for who in ["visitor", "supplier@oakware"] {
        assert_eq!(post(who, "sees=members"), StatusCode::NOT_FOUND, "{who}");
        assert_eq!(world.post(who, "/contracts/digest", "how_often=weekly").status, StatusCode::NOT_FOUND, "{who}");
        let page = world.get(who, "/contracts/follow?organisation=ashmere");
        assert!(!page.words().contains("secret shows") && page.words().contains("0 contracts"), "{}", page.words());
    }
    assert_eq!(post("auditor@colne", "sees=members"), StatusCode::FORBIDDEN);
    assert_eq!(post("member@ashmere", "sees=own"), StatusCode::FORBIDDEN, "a member sees no more than members");
    let refused = world.post("editor@ashmere", "/contracts/follow", "filters=organisation%3Dashmere");
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.words().contains("Choose what the address shows"));
    assert_eq!(post("editor@ashmere", "sees=members&filters=colour%3Dred"), StatusCode::BAD_REQUEST);
    assert_eq!(world.get("visitor", "/contracts/follow?done=else").status, StatusCode::BAD_REQUEST);
    let who = join(&world, "ashmere", Role::Member);
    for _ in 0..20 {
        make(&world, &who, "sees=members&filters=");
    }
    assert_eq!(post(&who, "sees=members"), StatusCode::CONFLICT, "at most twenty");
}

#[test]
fn the_page_says_how_many_contracts_each_kind_of_address_holds() {
    let world = world();
    let page = world.get("editor@colne", "/contracts/follow");
    let words = page.words();
    assert!(words.contains("These addresses hold 1 contract now."), "{words}");
    assert!(words.contains("Anyone with this address can see these dates."));
    assert_eq!(page.all("#sees-item-hint, #sees-own-item-hint"), ["3 contracts now", "4 contracts now"]);
    assert_eq!(world.get("member@colne", "/contracts/follow").all("#sees-own-item-hint"), [""; 0]);
    let dates = world.get("member@brackford", "/organisations/ashmere/contracts?year=2026").body;
    assert!(dates.contains("href=\"/contracts/follow?year=2026&amp;organisation=ashmere\""));
}

fn messages(world: &World) -> Vec<(String, String, String)> {
    world
        .store
        .read_blocking(|tx| {
            tx.query("SELECT recipient, subject, body FROM outbox ORDER BY made_at, id", &[], |row| {
                Ok((row.text(0)?, row.text(1)?, row.text(2)?))
            })
        })
        .unwrap()
}

fn send(world: &World) -> Sent {
    send_due(&world.store, &world.clock, &world.chance, ADDRESS).unwrap()
}

#[test]
fn a_digest_comes_when_it_is_due_and_once() {
    let world = world();
    let who = join(&world, "ashmere", Role::Editor);
    let saved = world.post(&who, "/contracts/digest", "how_often=weekly&filters=organisation%3Dashmere");
    assert_eq!(saved.headers["location"], "/contracts/follow?organisation=ashmere&done=weekly");
    let told = world.get(&who, "/contracts/follow?done=weekly").words();
    assert!(told.contains("The first e-mail comes on 23 November 2026"), "{told}");
    assert_eq!(send(&world), Sent::default(), "not before Monday");
    world.clock.advance(SignedDuration::from_hours(24));
    assert_eq!(send(&world), Sent { messages: 1, ..Sent::default() });
    assert_eq!(send(&world), Sent::default(), "once");
    let (recipient, subject, body) = messages(&world).pop().unwrap();
    assert_eq!(recipient, "somebody@ashmere.example");
    assert_eq!(subject, "1 last notice date at Ashmere Borough Council within six months");
    for said in [
        "from 23 November 2026 to 23 May 2027",
        "31 December 2026 (in 38 days): Rounds, bins; and \"more\"",
        "contract end 31 March 2027",
        &format!("{ADDRESS}/contracts/"),
        "All contract dates: https://commonhold.example/organisations/ashmere/contracts",
        "To stop it, or to get it more or less often: https://commonhold.example/contracts/follow?organisation=ashmere",
    ] {
        assert!(body.contains(said), "{said}\n{body}");
    }
    assert!(!body.contains("Pat"), "{body}");
    // What was missed for weeks comes once.
    world.clock.advance(SignedDuration::from_hours(24 * 23));
    assert_eq!(send(&world).messages, 1);
    assert_eq!(send(&world), Sent::default());
    world.post(&who, "/contracts/digest", "how_often=never");
    world.clock.advance(SignedDuration::from_hours(24 * 7));
    assert_eq!(send(&world), Sent::default());
}

#[test]
fn nothing_is_sent_when_nothing_is_ahead_or_nobody_is_there() {
    let world = world();
    let who = join(&world, "colne", Role::Member);
    world.post(&who, "/contracts/digest", "how_often=monthly");
    world.clock.advance(SignedDuration::from_hours(24 * 10));
    assert_eq!(send(&world), Sent { nothing_ahead: 1, ..Sent::default() }, "a member sees nothing of Colne's");
    assert_eq!(send(&world), Sent::default(), "and it is seen to");
    leave(&world, "colne");
    world.clock.advance(SignedDuration::from_hours(24 * 31));
    assert_eq!(send(&world), Sent { forgotten: 1, ..Sent::default() });
    join(&world, "colne", Role::Editor);
    world.clock.advance(SignedDuration::from_hours(24 * 31));
    assert_eq!(send(&world), Sent::default(), "who comes back asks again");
    assert_eq!(messages(&world), []);
}

#[test]
fn a_calendars_dates_are_those_of_its_text() {
    // The parser of another program gives back what was escaped.
    let world = world();
    let who = join(&world, "ashmere", Role::Member);
    let (calendar, _) = make(&world, &who, "sees=members&filters=organisation%3Dashmere");
    let answer = world.get("visitor", &calendar);
    let read: Calendar = answer.body.parse().unwrap();
    let first = read.components.iter().find_map(|component| component.as_event()).unwrap();
    assert_eq!(first.get_summary().unwrap(), "Last notice date: Rounds, bins; and \"more\", Ashmere");
    assert!(first.get_description().unwrap().contains("Extension options: two of one year each."));
    drop(CalendarDateTime::from(first.get_timestamp().unwrap()));
}
