//! Messages as files, their jobs, and what operators learn of them.

use std::{fs, path::Path};

use accounts::{Delivery, EmailAddress, Sender, message_job};
use jiff::SignedDuration;
use ledger::job::{self, End, Filter, Place, State};

use crate::world::{EDITOR, MEMBER, World};

fn deliver(world: &World, folder: &Path) -> Vec<End> {
    let address = EmailAddress::parse("no-reply@commonhold.example").unwrap();
    let sender = Sender { name: "Commonhold".to_owned(), address };
    let kinds = [message_job(Delivery::Folder(folder.to_owned(), sender))];
    let ends = job::work_off(&world.store, &world.clock, &world.accounts.chance, &kinds, "test").unwrap();
    ends.into_iter().map(|(_, end)| end).collect()
}

fn jobs(world: &World) -> Vec<job::Listed> {
    world.write(|tx| Ok(job::some(tx, &Filter::default(), Place::First, 100)?))
}

#[tokio::test]
async fn each_message_becomes_a_file_once_and_leaves_the_table() {
    let world = World::at("https://commonhold.example", false);
    let folder = tempfile::tempdir().unwrap();
    let outbox = folder.path().join("outbox");
    assert_eq!(deliver(&world, &outbox), []);
    assert!(!outbox.exists(), "no folder without a message");
    let mut browser = world.browser();
    browser.post("/sign-in", &[("email", EDITOR)]).await;
    browser.post("/sign-in", &[("email", MEMBER)]).await;
    let link = world.link();
    assert_eq!(deliver(&world, &outbox).len(), 2);
    assert_eq!(world.messages().len(), 0);
    assert_eq!(deliver(&world, &outbox), []);
    let mut files: Vec<_> = fs::read_dir(&outbox).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert_eq!(files.len(), 2);
    let text = fs::read_to_string(&files[1]).unwrap();
    assert!(text.contains(&format!("To: {MEMBER}\r\n")) && text.contains(&link), "{text}");
    assert_eq!(files[1].extension().unwrap(), "eml");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&files[1]).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "a sign-in link is nobody else's to read");
    }
    assert_eq!(browser.post(&link, &[]).await.location(), "/", "the delivered link works");
    let sent = world.count("SELECT COUNT(*) FROM outbox_end WHERE outcome = 'sent'", &[]);
    assert_eq!(sent, 2, "that there were two is all that stays");
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_loses_no_message_while_it_is_of_use() {
    let world = World::at("https://commonhold.example", false);
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("file");
    fs::write(&blocked, "").unwrap();
    world.browser().post("/sign-in", &[("email", EDITOR)]).await;
    let ends = deliver(&world, &blocked);
    let [End::Again(_, why)] = ends.as_slice() else { panic!("{ends:?}") };
    assert!(why.contains("could not be written to") && !why.contains(EDITOR), "{why}");
    assert_eq!(world.messages().len(), 1);

    // A link that is too old helps nobody, and the message must not lie about for ever.
    world.later(SignedDuration::from_mins(16));
    let ends = deliver(&world, &blocked);
    assert!(matches!(ends.as_slice(), [End::Done(said)] if said.contains("given up")), "{ends:?}");
    assert_eq!(world.messages().len(), 0);
    assert_eq!(world.count("SELECT COUNT(*) FROM outbox_end WHERE failure = 'too_late'", &[]), 1);
}

#[tokio::test]
async fn jobs_tell_of_nobody_and_an_unknown_address_leaves_none() {
    let world = World::at("https://commonhold.example", false);
    let mut browser = world.browser();
    browser.post("/sign-in", &[("email", "nobody@ashmere.example")]).await;
    assert_eq!(jobs(&world), [], "whoever counts jobs learns nothing of addresses");
    browser.post("/sign-in", &[("email", EDITOR)]).await;
    let job = jobs(&world).remove(0);
    assert_eq!(job.state, State::Waiting);
    let text = world
        .write(|tx| Ok(tx.query_one("SELECT job_key, details FROM job", &[], |row| Ok(row.text(0)? + &row.text(1)?))?));
    assert!(!text.contains("ashmere") && !text.contains("sign-in"), "{text}");
}

#[tokio::test]
async fn a_person_who_is_erased_is_sent_nothing() {
    let world = World::at("https://commonhold.example", false);
    let folder = tempfile::tempdir().unwrap();
    world.browser().post("/sign-in", &[("email", EDITOR)]).await;
    let now = world.clock.now();
    world.write(move |tx| {
        let email = EmailAddress::parse(EDITOR).unwrap();
        let person = accounts::person::find_by_email(tx, &email)?.unwrap();
        Ok(accounts::person::erase(tx, &[accounts::ABOUT_PEOPLE], person.id, now)?)
    });
    let ends = deliver(&world, folder.path());
    assert!(matches!(ends.as_slice(), [End::Done(said)] if said.contains("nothing was sent")), "{ends:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn what_is_over_is_removed_once_a_day() {
    let world = World::new();
    let browser = world.signed_in(EDITOR).await;
    world.browser().post("/sign-in", &[("email", MEMBER)]).await;
    let kinds = accounts::slice(world.accounts.clone()).jobs;
    let now = world.clock.now();
    let established = kinds.clone();
    world.write(move |tx| Ok(job::establish(tx, &established, now, &vocabulary::Chance::System)?));
    let counts = || {
        ["session", "sign_in_link"].map(|table| {
            let sql: &'static str =
                if table == "session" { "SELECT COUNT(*) FROM session" } else { "SELECT COUNT(*) FROM sign_in_link" };
            world.count(sql, &[])
        })
    };
    assert_eq!(counts(), [1, 1]);
    // Two invitations that nobody answered: one is good no longer since 30 days, of the other it can still be seen.
    world.write(|tx| {
        for (id, days) in [("old", 31_i64), ("newer", 29)] {
            let expired = crate::world::start().as_microsecond() - days * 24 * 60 * 60 * 1_000_000;
            tx.execute(
                "INSERT INTO invitation (organisation, id, token, email, name, role, made_at, sent_at, expires_at) \
                 VALUES ('ashmere', $1, $2, $1, 'Name', 'member', $3, $3, $3)",
                &store::values![id, vec![0_u8], expired],
            )?;
        }
        Ok(())
    });
    world.later(SignedDuration::from_hours(18));
    let ends = job::work_off(&world.store, &world.clock, &world.accounts.chance, &kinds, "test").unwrap();
    let said: Vec<_> = ends.iter().filter(|(kind, _)| kind == "accounts-tidy").collect();
    assert_eq!(said.len(), 1, "{ends:?}");
    assert_eq!(
        said[0].1,
        End::Done("Removed 1 sessions, 0 tokens, 1 links, 1 invitations and 0 notes of messages.".to_owned())
    );
    assert_eq!(counts(), [0, 0]);
    assert_eq!(world.count("SELECT COUNT(*) FROM invitation WHERE id = 'newer'", &[]), 1);
    assert_eq!(world.count("SELECT COUNT(*) FROM invitation", &[]), 1);
    assert!(browser.cookie.is_some(), "the browser still has its cookie, which is good for nothing now");
}
