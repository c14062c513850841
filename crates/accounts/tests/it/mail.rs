//! Messages to a mail server: what it gets, what is tried again, what is given up, and what anybody learns of it.

use std::net::TcpListener;
use std::sync::Arc;

use accounts::{Delivery, EmailAddress, MailServer, Security, Sender, Smtp, message_job};
use jiff::SignedDuration;
use ledger::job::{self, End, Filter, Place};
use testing::smtp::{Mood, SmtpServer, Taken, Way};

use crate::world::{EDITOR, World};

fn sender() -> Sender {
    let address = EmailAddress::parse("no-reply@commonhold.example").unwrap();
    Sender { name: "Ashmere and Brackford".to_owned(), address }
}

/// How the program would be told of this server.
fn settings(server: &SmtpServer, way: Way) -> Smtp {
    let security = match way {
        Way::Plain => Security::Plain,
        Way::Tls => Security::Tls,
        Way::StartTls => Security::StartTls,
    };
    Smtp {
        server: MailServer { host: "localhost".to_owned(), port: server.address.port(), security },
        sender: sender(),
        credentials: (way != Way::Plain).then(|| ("commonhold".to_owned(), "s3cret pass".to_owned())),
        authority: Some(server.certificate.clone().into_bytes()),
    }
}

fn deliver(world: &World, smtp: &Smtp) -> Vec<End> {
    let kinds = [message_job(Delivery::Smtp(Arc::new(smtp.clone())))];
    let ends = job::work_off(&world.store, &world.clock, &world.accounts.chance, &kinds, "test").unwrap();
    ends.into_iter().map(|(_, end)| end).collect()
}

/// A world in which the editor has asked for a sign-in link.
async fn asked() -> World {
    let world = World::at("https://commonhold.example", false);
    world.browser().post("/sign-in", &[("email", EDITOR)]).await;
    world
}

fn why(ends: &[End]) -> String {
    match ends {
        [End::Again(_, why)] => why.clone(),
        other => panic!("it is tried again: {other:?}"),
    }
}

/// The way out of a message's transfer encoding, as far as these need it.
fn header<'a>(taken: &'a Taken, name: &str) -> &'a str {
    let head = taken.data.split("\r\n\r\n").next().unwrap();
    let line = head.lines().find(|line| line.to_ascii_lowercase().starts_with(&format!("{name}: ")));
    line.unwrap_or_else(|| panic!("{name}: {head}")).split_once(": ").unwrap().1
}

#[tokio::test]
async fn a_message_arrives_over_each_way_with_both_its_forms() {
    for way in [Way::Tls, Way::StartTls, Way::Plain] {
        let (world, server) = (asked().await, SmtpServer::start(way));
        let link = world.link();
        assert_eq!(deliver(&world, &settings(&server, way)), [End::Done("Sent.".to_owned())], "{way:?}");
        let [taken] = server.wait_for(1).try_into().unwrap();
        assert_eq!((taken.from.as_str(), taken.to.as_str()), ("no-reply@commonhold.example", EDITOR));
        assert_eq!(taken.secret, way != Way::Plain);
        let signed_in = (way != Way::Plain).then(|| ("commonhold".to_owned(), "s3cret pass".to_owned()));
        assert_eq!(taken.signed_in, signed_in);
        assert_eq!(header(&taken, "from"), "\"Ashmere and Brackford\" <no-reply@commonhold.example>");
        assert_eq!(header(&taken, "auto-submitted"), "auto-generated");
        assert!(header(&taken, "content-type").starts_with("multipart/alternative"));
        let text = format!("\r\nhttps://commonhold.example{link}\r\n");
        assert!(taken.data.contains(&text), "the link stands whole on a line: {}", taken.data);
        assert!(taken.data.contains("text/html"), "{}", taken.data);
        assert_eq!(world.messages().len(), 0, "what the server has is not kept here");
    }
}

#[tokio::test]
async fn what_the_server_puts_off_or_drops_is_sent_later_under_the_same_id() {
    let (world, server) = (asked().await, SmtpServer::start(Way::StartTls));
    let smtp = settings(&server, Way::StartTls);
    let moods = [
        Mood::Drops("EHLO"),
        Mood::Drops("."),
        Mood::Answers("RCPT", "450 4.2.1 <priya@ashmere.example> try later"),
        Mood::Answers(".", "451 4.3.0 trouble here"),
        Mood::TakesSilently,
    ];
    for mood in moods {
        server.mood(mood.clone());
        let why = why(&deliver(&world, &smtp));
        assert!(why.starts_with("The mail server localhost"), "{mood:?}: {why}");
        assert!(!why.contains("priya"), "no address: {why}");
        assert_eq!(world.messages().len(), 1, "{mood:?}: nothing is lost");
        world.later(SignedDuration::from_secs(210));
    }
    server.mood(Mood::Good);
    assert_eq!(deliver(&world, &smtp), [End::Done("Sent.".to_owned())]);
    let [silently, again] = server.wait_for(2).try_into().unwrap();
    assert_eq!(header(&silently, "message-id"), header(&again, "message-id"), "the repetition is recognised");
    assert_eq!(silently.data, again.data);
}

#[tokio::test]
async fn what_the_server_refuses_for_good_is_given_up_at_once_and_nobody_is_named() {
    for refused in ["RCPT", "."] {
        let (world, server) = (asked().await, SmtpServer::start(Way::Tls));
        server.mood(Mood::Answers(refused, "550 5.1.1 <priya@ashmere.example>: nobody here has this address"));
        let ends = deliver(&world, &settings(&server, Way::Tls));
        let [End::Done(said)] = ends.as_slice() else { panic!("{ends:?}") };
        assert!(said.starts_with("Given up.") && said.contains("550") && !said.contains("priya"), "{said}");
        assert_eq!(world.messages().len(), 0, "it names somebody and helps nobody");
        assert_eq!(world.count("SELECT COUNT(*) FROM outbox_end WHERE failure = 'refused'", &[]), 1);
        let jobs = world.write(|tx| Ok(job::some(tx, &Filter::default(), Place::First, 9)?));
        assert!(!format!("{jobs:?}").contains("priya"), "{jobs:?}");
    }
}

#[tokio::test]
async fn a_mistake_of_settings_loses_no_message() {
    let moods = [
        (Mood::Answers("AUTH", "535 5.7.8 no"), "refused user and password (535)"),
        (Mood::Answers("MAIL", "550 5.1.0 sender rejected"), "refused the sender's address (550)"),
        (Mood::Answers("RCPT", "554 5.7.1 relay access denied"), "does not let this program send"),
        (Mood::Answers("RCPT", "530 authentication required"), "does not let this program send"),
    ];
    for (mood, expected) in moods {
        let (world, server) = (asked().await, SmtpServer::start(Way::Tls));
        server.mood(mood);
        let why = why(&deliver(&world, &settings(&server, Way::Tls)));
        assert!(why.contains(expected), "{why}");
        assert_eq!(world.messages().len(), 1);
    }
}

#[tokio::test]
async fn nothing_is_sent_where_the_way_is_not_secret_or_the_server_another() {
    // A server that offers no STARTTLS, perhaps because somebody in between took it out of its greeting.
    let (world, server) = (asked().await, SmtpServer::start(Way::Plain));
    let smtp = settings(&server, Way::StartTls);
    let refused = why(&deliver(&world, &smtp));
    assert!(refused.contains("does not offer STARTTLS"), "{refused}");

    for way in [Way::Tls, Way::StartTls] {
        let (world, server) = (asked().await, SmtpServer::start(way));
        let unknown = Smtp { authority: None, ..settings(&server, way) };
        let refused = why(&deliver(&world, &unknown));
        assert!(refused.contains("certificate") && refused.contains("cannot be trusted"), "{way:?}: {refused}");
        let mut other = settings(&server, way);
        other.server.host = "127.0.0.2".to_owned();
        let refused = why(&deliver_later(&world, &other));
        assert!(refused.contains("certificate") || refused.contains("cannot be reached"), "{way:?}: {refused}");
        assert_eq!((server.taken(), world.messages().len()), (vec![], 1));
    }
    assert!(server.taken().is_empty());
}

fn deliver_later(world: &World, smtp: &Smtp) -> Vec<End> {
    world.later(SignedDuration::from_secs(60));
    deliver(world, smtp)
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named_and_the_message_waits_while_it_is_of_use() {
    let world = asked().await;
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let server = MailServer { host: "127.0.0.1".to_owned(), port: free.port(), security: Security::Plain };
    let smtp = Smtp { server, sender: sender(), credentials: None, authority: None };
    assert!(why(&deliver(&world, &smtp)).contains("nothing listens there"));
    world.later(SignedDuration::from_mins(16));
    let ends = deliver(&world, &smtp);
    assert!(matches!(ends.as_slice(), [End::Done(said)] if said.contains("given up")), "{ends:?}");
    assert_eq!(world.messages().len(), 0);
}

#[tokio::test]
async fn signing_in_answers_alike_whatever_the_server_does_and_whoever_has_an_account() {
    let server = SmtpServer::start(Way::Tls);
    let world = World::at("https://commonhold.example", false);
    let mut browser = world.browser();
    for mood in [Mood::Good, Mood::Answers("RCPT", "550 nobody"), Mood::Drops("MAIL")] {
        server.mood(mood);
        let mut answers = Vec::new();
        for email in [EDITOR, "nobody@ashmere.example"] {
            let asked = browser.post("/sign-in", &[("email", email)]).await;
            let next = asked.location().to_owned();
            answers.push((asked.status, next.clone(), browser.get(&next).await.body));
        }
        assert_eq!(answers[0], answers[1]);
        deliver(&world, &settings(&server, Way::Tls));
    }
    assert!(server.taken().iter().all(|taken| taken.to == EDITOR), "an address without an account gets nothing");
}

#[test]
fn a_password_travels_in_secret_only() {
    let server = |text: &str| text.parse::<MailServer>().unwrap();
    let smtp = |text: &str| Smtp {
        server: server(text),
        sender: sender(),
        credentials: Some(("a".to_owned(), "b".to_owned())),
        authority: None,
    };
    assert!(smtp("smtp+plain://mail.example").check().unwrap_err().contains("for everybody to read"));
    for good in ["smtp+plain://127.0.0.1:2525", "smtp+plain://localhost", "smtps://mail.example", "smtp://mail.example"]
    {
        smtp(good).check().unwrap();
    }
    let odd = Smtp { authority: Some(b"no certificate".to_vec()), ..smtp("smtps://mail.example") };
    assert!(odd.check().is_err(), "a file without a certificate would be taken for none");
    let secret = Smtp { credentials: Some(("user".to_owned(), "s3cret".to_owned())), ..smtp("smtps://mail.example") };
    assert!(!format!("{secret:?}").contains("s3cret"), "no log has it");
}

#[test]
fn the_address_of_a_server_says_how_it_is_reached() {
    let read = |text: &str| text.parse::<MailServer>();
    let of = |host: &str, port, security| Ok(MailServer { host: host.to_owned(), port, security });
    assert_eq!(read("smtps://mail.example"), of("mail.example", 465, Security::Tls));
    assert_eq!(read("smtp://mail.example:2587/"), of("mail.example", 2587, Security::StartTls));
    assert_eq!(read("smtp+plain://[::1]:25"), of("::1", 25, Security::Plain));
    for bad in [
        "",
        "mail.example",
        "http://mail.example",
        "smtps://",
        "smtps://user:pass@mail.example",
        "smtps://a:0",
        "smtps://a:b",
        "smtps://a/b",
        "smtps://a b",
    ] {
        assert!(read(bad).unwrap_err().contains("smtps://host:465"), "{bad}");
    }
}
