//! What a subject keeps about people, what for and for how long, declared beside the rules that remove it: for the privacy
//! notice, and for the test that finds a table about people of which the notice says nothing.
//!
//! The words are made when somebody reads them, so that they are in the reader's language and name this copy's periods.

use std::sync::Arc;

use serde::Serialize;
use vocabulary::Retention;
use web::{say, say_period};

/// One sort of what is kept, in words for whom it is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// The tables whose rows these are. None: it is in no table.
    #[serde(skip)]
    pub tables: &'static [&'static str],
    /// What it is: "Your name and your email address".
    pub what: String,
    /// What for.
    pub why: String,
    /// How long, with the periods of this copy.
    pub how_long: String,
}

/// Says what is kept, in the language of the request being answered.
pub type SayKept = Arc<dyn Fn() -> Vec<Kept> + Send + Sync>;

/// What the ledger keeps about people.
pub fn kept(retention: Retention) -> Vec<Kept> {
    vec![
        Kept {
            tables: &["event", "link"],
            what: say!("A record of who did what and when: a reference to you, never your name"),
            why: say!("So that an organisation can see what was done in its name, prove it and undo it"),
            how_long: say!(
                "As long as the organisation concerned is here. Once you are erased the reference says nothing about anybody"
            ),
        },
        Kept {
            tables: &["job"],
            what: say!("Notes that work was done, such as sending a message, with nobody's name in them"),
            why: say!("So that whoever runs this copy can see whether it works"),
            how_long: say!("{days} after the work ended", days = say_period(retention.jobs.length())),
        },
    ]
}
