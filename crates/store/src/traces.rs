//! The span of one transaction, within that of whatever asked for it: `docs/operate/traces.md` names it and what it carries.
//!
//! It holds no SQL and no value. Where nothing is traced, it costs a look. What asks by itself from time to time, such as
//! the runner of jobs, is in no span, so it makes none.

use std::time::Instant;

use tracing::Span;
use vocabulary::TRACES;

use crate::connection::{Connection, Mode};

/// Who asked for a transaction, and when.
pub(crate) struct Asked {
    by: Span,
    at: Instant,
}

impl Asked {
    pub(crate) fn now() -> Asked {
        Asked { by: Span::current(), at: Instant::now() }
    }

    /// Runs a transaction within a span of its own.
    pub(crate) fn within<T>(
        self,
        connection: &mut Connection,
        mode: Mode,
        work: impl FnOnce(&mut Connection) -> T,
    ) -> T {
        self.span(connection, mode, false).in_scope(|| work(connection))
    }

    /// The same for reading from a replica.
    pub(crate) fn within_replica<T>(self, connection: &mut Connection, work: impl FnOnce(&mut Connection) -> T) -> T {
        self.span(connection, Mode::Read, true).in_scope(|| work(connection))
    }

    fn span(&self, connection: &Connection, mode: Mode, replica: bool) -> Span {
        if self.by.is_disabled() {
            return Span::none();
        }
        let system = match connection {
            Connection::Sqlite(_) => "sqlite",
            Connection::Postgres(_) => "postgresql",
        };
        let operation = match mode {
            Mode::Read => "read",
            Mode::Write | Mode::Migrate => "write",
        };
        tracing::info_span!(
            target: TRACES,
            parent: &self.by,
            "transaction",
            otel.name = format!("{system} {operation}"),
            otel.kind = "client",
            db.system.name = system,
            db.operation.name = operation,
            commonhold.store.waited_seconds = self.at.elapsed().as_secs_f64(),
            commonhold.store.replica = replica,
        )
    }
}
