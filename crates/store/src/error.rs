//! What a database can refuse, in words that do not depend on the engine.
//!
//! No message holds the value of a parameter: messages reach logs and pages, parameters may be personal.
//! This module knows no status code; `web` makes one from [`Kind`].

/// Why a transaction, or the opening of a store, did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The queue is full, or another process kept the database locked for too long.
    #[error("the database is busy with other work; try again in a moment")]
    Busy,
    /// A text held the character NUL, which PostgreSQL cannot store; it was refused before either engine saw it.
    #[error("{place} contains a NUL character, which cannot be stored; remove it and try again")]
    NulByte {
        /// The parameter or column that held it.
        place: String,
    },
    /// A row that must be there was not.
    #[error("what was asked for is not in the database")]
    Missing,
    /// More than one row answered a question that may have one answer.
    #[error("the database holds more than one answer where there may be one only")]
    TooMany,
    /// A unique or primary key would have been given twice.
    #[error("{table} already has such an entry ({constraint}); change the existing one instead")]
    Conflict {
        /// The table, or on SQLite the index when that is all the engine says.
        table: String,
        /// PostgreSQL: the constraint's name; SQLite: the columns, as `table.column, table.column`.
        constraint: String,
    },
    /// The migrations of the program and those of the database do not belong together. Nothing was changed.
    #[error("the database was not opened: {message}")]
    Migration {
        /// What does not fit, and what to do.
        message: String,
    },
    /// The engine refused a statement.
    #[error("the database refused a statement: {message}")]
    Engine {
        /// The engine's own words, without values.
        message: String,
        /// SQLSTATE on PostgreSQL, the extended result code on SQLite, empty when `store` itself refused.
        code: String,
    },
    /// The database cannot be reached, or was lost.
    #[error("the database cannot be used: {message}")]
    Unavailable {
        /// What was tried, and what to do.
        message: String,
    },
    /// A value is of another type than the statement or the reader expects.
    #[error("{place}: {message}")]
    Type {
        /// The parameter or column.
        place: String,
        /// What was expected, what was found, and usually which cast helps.
        message: String,
    },
    /// Others changed the same rows, again and again, until the last attempt (PostgreSQL only).
    #[error("others kept changing the same entries; nothing was written, try again")]
    SerialisationExhausted,
    /// The closure given to a transaction panicked. The transaction was rolled back and the thread lives on.
    #[error("the work on the database stopped unexpectedly; nothing was written")]
    Panicked,
}

/// What sort of failure an [`Error`] is, for whoever turns it into a status or an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something asked for does not exist.
    Missing,
    /// Something exists already, or others changed it meanwhile.
    Conflict,
    /// What was given cannot be stored.
    Invalid,
    /// Trying again later will probably work.
    Busy,
    /// The database is away, or its data belongs to another version of the program.
    Unavailable,
    /// A mistake in the program.
    Internal,
}

impl Error {
    /// The sort of failure.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Self::Busy => Kind::Busy,
            Self::NulByte { .. } => Kind::Invalid,
            Self::Missing => Kind::Missing,
            Self::Conflict { .. } | Self::SerialisationExhausted => Kind::Conflict,
            Self::Migration { .. } | Self::Unavailable { .. } => Kind::Unavailable,
            Self::TooMany | Self::Engine { .. } | Self::Type { .. } | Self::Panicked => Kind::Internal,
        }
    }

    /// A statement that `store` refuses without asking the engine.
    pub(crate) fn refused(message: impl Into<String>) -> Self {
        Self::Engine { message: message.into(), code: String::new() }
    }
}
