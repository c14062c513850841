//! Messages as files.

use std::fs;

use accounts::deliver_outbox;

use crate::world::{EDITOR, MEMBER, World};

#[tokio::test]
async fn each_message_becomes_a_file_once_and_leaves_the_table() {
    let world = World::at("https://commonhold.example", false);
    let folder = tempfile::tempdir().unwrap();
    let outbox = folder.path().join("outbox");
    assert_eq!(deliver_outbox(&world.store, &outbox).await.unwrap(), 0);
    assert!(!outbox.exists(), "no folder without a message");
    let mut browser = world.browser();
    browser.post("/sign-in", &[("email", EDITOR)]).await;
    browser.post("/sign-in", &[("email", MEMBER)]).await;
    let link = world.link();
    assert_eq!(deliver_outbox(&world.store, &outbox).await.unwrap(), 2);
    assert_eq!(world.messages().len(), 0);
    assert_eq!(deliver_outbox(&world.store, &outbox).await.unwrap(), 0);
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
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_loses_no_message() {
    let world = World::at("https://commonhold.example", false);
    let folder = tempfile::tempdir().unwrap();
    let blocked = folder.path().join("file");
    fs::write(&blocked, "").unwrap();
    world.browser().post("/sign-in", &[("email", EDITOR)]).await;
    let refused = deliver_outbox(&world.store, &blocked).await.unwrap_err();
    assert!(refused.to_string().contains("could not be written"), "{refused}");
    assert!(!refused.to_string().contains(EDITOR));
    assert_eq!(world.messages().len(), 1);
}
