//! Requests to join: somebody with an account asks to act for an organisation, and those who say who acts for it decide.
//!
//! | File | What one does there |
//! |---|---|
//! | `find` | look for the organisation, and see one's own requests |
//! | `ask` | ask, with a reason |
//! | `own` | see what became of a request, and take it back |
//! | `decide` | approve a request with a role, or decline it with a reason |
//! | `tell` | the letters to those who decide, and to who asked |
//!
//! Who decides is whoever manages the organisation's people: its stewards and operators. Whoever asks does not learn who
//! they are. Organisations are public, so looking for one tells nothing.

pub(crate) mod ask;
pub(crate) mod decide;
pub(crate) mod find;
pub(crate) mod own;
pub(crate) mod samples;
pub(crate) mod store;
pub(crate) mod tell;

use vocabulary::{OrganisationId, PersonId, Role, Timestamp};

const DAY: i64 = 24 * 60 * 60 * 1_000_000;
/// Most requests of one person that wait at a time.
pub(crate) const MOST_OPEN: i64 = 3;
/// Most requests that one person makes in seven days, those taken back included.
pub(crate) const MOST_A_WEEK: i64 = 10;
/// Most requests to one organisation that wait at a time.
pub(crate) const MOST_WAITING: i64 = 500;
/// Days until somebody may ask again who was declined.
pub(crate) const DECLINED_FOR_DAYS: i64 = 14;
/// How long what was decided can be read.
pub(crate) const KEPT_AFTER: i64 = 90 * DAY;
/// Longest reason and answer, in characters.
pub(crate) const LONGEST_TEXT: usize = 500;

/// A request to act for an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct JoinRequest {
    pub(crate) id: String,
    pub(crate) organisation: OrganisationId,
    pub(crate) person: PersonId,
    pub(crate) reason: String,
    pub(crate) made_at: Timestamp,
    pub(crate) state: State,
}

/// Where a request is in its life.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Nobody has decided.
    Waiting,
    /// The person acts for the organisation since then, first in this role.
    Approved { role: Role, at: Timestamp },
    /// It was declined, and the person was told this.
    Declined { answer: String, at: Timestamp },
    /// The person took it back.
    Withdrawn { at: Timestamp },
}

impl State {
    /// The word as stored and as data has it.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            State::Waiting => "waiting",
            State::Approved { .. } => "approved",
            State::Declined { .. } => "declined",
            State::Withdrawn { .. } => "withdrawn",
        }
    }

    /// In words, and the colour of its tag.
    pub(crate) fn said(&self) -> (String, &'static str) {
        match self {
            State::Waiting => (web::say!("Waiting"), "blue"),
            State::Approved { .. } => (web::say!("Approved"), "green"),
            State::Declined { .. } => (web::say!("Declined"), "red"),
            State::Withdrawn { .. } => (web::say!("Taken back"), "grey"),
        }
    }

    /// When it ended; none while it waits.
    pub(crate) fn ended_at(&self) -> Option<Timestamp> {
        match self {
            State::Waiting => None,
            State::Approved { at, .. } | State::Declined { at, .. } | State::Withdrawn { at } => Some(*at),
        }
    }
}

/// A reason or an answer as it was typed: one paragraph. None when there is nothing in it.
fn read_text(typed: &str) -> Result<Option<String>, TooLong> {
    let text = typed.split_whitespace().collect::<Vec<_>>().join(" ");
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    match text.chars().count() {
        0 => Ok(None),
        length if length > LONGEST_TEXT => Err(TooLong),
        _ => Ok(Some(text)),
    }
}

/// A text with more than [`LONGEST_TEXT`] characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct TooLong;

impl TooLong {
    fn sentence(self) -> String {
        web::say!("Write at most {most} characters", most = LONGEST_TEXT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_paragraph_of_a_stated_length() {
        assert_eq!(read_text(" I keep\r\n the\tlist\u{7}. "), Ok(Some("I keep the list.".to_owned())));
        assert_eq!(read_text(" \r\n "), Ok(None));
        assert_eq!(read_text(&"é".repeat(LONGEST_TEXT)).map(|text| text.is_some()), Ok(true));
        assert_eq!(read_text(&"é".repeat(LONGEST_TEXT + 1)), Err(TooLong));
    }
}
