//! A message as a file that mail programs read, for copies without a mail server.

use std::{
    fs,
    io::{self, Write},
    path::Path,
};

use super::Waiting;
use super::rfc5322::{Sender, written};

/// Writes the message as an `.eml` file into `folder`, readable by the owner only. Whole or not at all under its name:
/// whoever watches the folder never reads half a message. Written twice it is the same file.
pub(super) fn write(folder: &Path, message: &Waiting, sender: &Sender) -> io::Result<()> {
    let bytes = written(message, sender).map_err(io::Error::other)?.formatted();
    fs::create_dir_all(folder)?;
    let unfinished = folder.join(format!("{}.part", message.id));
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(&unfinished)?;
    file.write_all(&bytes)?;
    file.sync_all()?;
    fs::rename(unfinished, folder.join(format!("{}.eml", message.id)))
}
