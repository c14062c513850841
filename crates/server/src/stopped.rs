//! Why a command did not do what was asked: what happened, what to do next, and the exit code.

use std::fmt;

use serde::Serialize;
use store::backup::Refused;
use vocabulary::Kind;

/// The sort of reason; each has its exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A rule says no, or what was given has problems that must be solved first.
    Refused,
    /// The command line or a setting is not as it should be.
    WrongUse,
    /// A file, folder, database or port cannot be read, written or had.
    OutOfReach,
    /// A mistake in the program.
    Unexpected,
}

impl Reason {
    /// What the process ends with. 0 means that it was done.
    pub const fn exit_code(self) -> u8 {
        match self {
            Reason::Refused => 1,
            Reason::WrongUse => 2,
            Reason::OutOfReach => 3,
            Reason::Unexpected => 4,
        }
    }

    /// The stable word in JSON.
    pub const fn word(self) -> &'static str {
        match self {
            Reason::Refused => "refused",
            Reason::WrongUse => "wrong-use",
            Reason::OutOfReach => "out-of-reach",
            Reason::Unexpected => "unexpected",
        }
    }
}

/// A command that stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stopped {
    /// The sort of reason.
    pub reason: Reason,
    /// What happened, as one or two sentences.
    pub message: String,
    /// What to do about it.
    pub next: Option<String>,
    /// Every place that is wrong, where a file was given.
    pub problems: Vec<Place>,
}

/// A place in a file that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Place {
    /// The file's name, where several were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The line, counted from 1.
    pub line: u64,
    /// The column's name, when it is about one.
    pub column: Option<&'static str>,
    /// What is wrong and what to do.
    pub message: String,
}

impl Stopped {
    fn of(reason: Reason, message: impl Into<String>) -> Stopped {
        Stopped { reason, message: message.into(), next: None, problems: Vec::new() }
    }

    /// A rule says no.
    pub fn refused(message: impl Into<String>) -> Stopped {
        Stopped::of(Reason::Refused, message)
    }

    /// The command line or a setting is not as it should be.
    pub fn wrong_use(message: impl Into<String>) -> Stopped {
        Stopped::of(Reason::WrongUse, message)
    }

    /// Something outside cannot be read, written or had.
    pub fn out_of_reach(message: impl Into<String>) -> Stopped {
        Stopped::of(Reason::OutOfReach, message)
    }

    /// A mistake in the program.
    pub fn unexpected(message: impl fmt::Display) -> Stopped {
        let next = "Please report this with the message above.";
        Stopped::of(Reason::Unexpected, format!("Something went wrong that should not: {message}")).next(next)
    }

    fn of_kind(kind: Kind, message: String) -> Stopped {
        match kind {
            Kind::Missing | Kind::Forbidden | Kind::Conflicting | Kind::Invalid | Kind::TooLarge => {
                Stopped::refused(message)
            }
            Kind::Busy => Stopped::out_of_reach(message),
            Kind::Unexpected => Stopped::unexpected(message),
        }
    }

    /// Adds what to do about it.
    #[must_use]
    pub fn next(mut self, next: impl Into<String>) -> Stopped {
        self.next = Some(next.into());
        self
    }

    /// As JSON for programs.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({ "error": {
            "kind": self.reason.word(),
            "exit_code": self.reason.exit_code(),
            "message": self.message,
            "next": self.next,
            "problems": self.problems,
        }})
    }
}

impl fmt::Display for Stopped {
    /// For people: the message, the places that are wrong, the next step; each on its own lines.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        for place in &self.problems {
            let file = place.file.as_ref().map(|file| format!("{file}, ")).unwrap_or_default();
            match place.column {
                Some(column) => write!(f, "\n  {file}line {}, column \"{column}\": {}", place.line, place.message)?,
                None => write!(f, "\n  {file}line {}: {}", place.line, place.message)?,
            }
        }
        match &self.next {
            Some(next) => write!(f, "\n{next}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Stopped {}

/// A sentence begins with a capital and ends with a full stop, as messages of errors by custom do not.
pub(crate) fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", characters.as_str())
}

impl From<store::Error> for Stopped {
    fn from(error: store::Error) -> Stopped {
        let message = sentence(&error.to_string());
        match error.kind() {
            store::Kind::Missing | store::Kind::Conflict | store::Kind::Invalid => Stopped::refused(message),
            store::Kind::Busy | store::Kind::Unavailable => Stopped::out_of_reach(message),
            store::Kind::Internal => Stopped::unexpected(message),
        }
    }
}

impl From<Refused> for Stopped {
    fn from(refused: Refused) -> Stopped {
        let message = sentence(&refused.to_string());
        let next = match refused {
            Refused::Store(error) => return error.into(),
            Refused::File { verb, path, error } => return crate::folder::cannot(verb, &path, &error),
            Refused::NotABackup { called: "backup", .. } => "Give a file that `commonhold backup` wrote.",
            Refused::NotABackup { .. } => "Give a file that `commonhold organisation take` wrote.",
            Refused::Newer { .. } => "Use the version of commonhold that wrote it, or a newer one.",
            Refused::Damaged { .. } => {
                "Nothing was written. Use another file; keep this one until you have one that is whole."
            }
            Refused::NotEmpty => {
                "Restore into an empty database. To empty one of PostgreSQL that nobody needs any more: DROP SCHEMA public CASCADE; CREATE SCHEMA public;"
            }
            _ => "Nothing was written. Please report this with the message above.",
        };
        Stopped::refused(message).next(next)
    }
}

impl From<architecture::Refused> for Stopped {
    fn from(refused: architecture::Refused) -> Stopped {
        match refused {
            architecture::Refused::Store(error) => error.into(),
            other => Stopped::of_kind(other.kind(), sentence(&other.to_string())),
        }
    }
}

impl From<accounts::Error> for Stopped {
    fn from(error: accounts::Error) -> Stopped {
        match error {
            accounts::Error::Store(error) => error.into(),
            other => Stopped::of_kind(other.kind(), sentence(&other.to_string())),
        }
    }
}

impl From<ledger::Error> for Stopped {
    fn from(error: ledger::Error) -> Stopped {
        Stopped::of_kind(error.kind(), sentence(&error.to_string()))
    }
}

impl From<architecture::reference::ReferenceError> for Stopped {
    fn from(error: architecture::reference::ReferenceError) -> Stopped {
        match error {
            architecture::reference::ReferenceError::Store(error) => error.into(),
            other => Stopped::unexpected(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_reason_has_its_own_code_and_word() {
        let all = [Reason::Refused, Reason::WrongUse, Reason::OutOfReach, Reason::Unexpected];
        assert_eq!(all.map(Reason::exit_code), [1, 2, 3, 4]);
        assert_eq!(all.map(Reason::word), ["refused", "wrong-use", "out-of-reach", "unexpected"]);
    }

    #[test]
    fn a_database_that_is_away_is_out_of_reach() {
        let away = store::Error::Unavailable { message: "no such host".into() };
        let stopped = Stopped::from(away);
        assert_eq!(stopped.reason, Reason::OutOfReach);
        assert_eq!(stopped.message, "The database cannot be used: no such host.");
        assert_eq!(Stopped::from(store::Error::Missing).reason, Reason::Refused);
    }

    #[test]
    fn places_stand_between_message_and_next_step() {
        let mut stopped = Stopped::refused("The file has 1 problem.").next("Correct it.");
        stopped.problems.push(Place { file: None, line: 3, column: Some("role"), message: "No role.".into() });
        assert_eq!(stopped.to_string(), "The file has 1 problem.\n  line 3, column \"role\": No role.\nCorrect it.");
        assert_eq!(stopped.to_json()["error"]["problems"][0]["line"], 3);
    }
}
