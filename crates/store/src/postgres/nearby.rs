//! Reading from a streaming replica, and asking servers how far they have come.

use super::address::Address;
use super::{Connection, Open, connect, translate};
use crate::Error;
use crate::position::{History, OfPrimary, OfReplica, Position};
use ::postgres::{Client, SimpleQueryMessage};
use std::time::Duration;

/// How long making a connection may take, and how long what was sent may stay without an answer of the other machine: there
/// is another server to ask.
const PATIENCE: Duration = Duration::from_secs(2);

/// Bytes of changes since the beginning, on a replica and on a primary.
const REPLAYED: &str = "(COALESCE(pg_last_wal_replay_lsn(), '0/0') - '0/0')::text";
pub(crate) const POSITION: &str = "SELECT (CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() \
                                   ELSE pg_current_wal_insert_lsn() END - '0/0')::text, \
                                   (SELECT setting FROM pg_settings WHERE name = 'wal_segment_size')";

/// Where an address leads, without user and password.
pub(crate) fn whereabouts(url: &str) -> Result<String, Error> {
    Address::read(url).map(|address| address.whereabouts())
}

impl Connection {
    /// One that only asks how far the server has come.
    pub(crate) fn to_ask(url: &str) -> Result<Self, Error> {
        Self::to_read_nearby(url)
    }

    /// One to a replica. It gives up soon.
    pub(crate) fn to_read_nearby(url: &str) -> Result<Self, Error> {
        let own_limit = Address::read(url)?.config.get_connect_timeout().is_some();
        let mut connection = Self::new(url)?;
        let config = &mut connection.address.config;
        if !own_limit {
            config.connect_timeout(PATIENCE);
        }
        config.tcp_user_timeout(PATIENCE).keepalives_idle(PATIENCE).keepalives_interval(PATIENCE).keepalives_retries(2);
        Ok(connection)
    }

    /// Begins to read from a replica that has at least what is required, and says how far it had come when it began, or a
    /// little further.
    pub(crate) fn begin_nearby(&mut self, required: Position) -> Result<(Open<'_>, Position), Error> {
        // A connection can be dead without our knowing: then a new one is tried, once.
        let mut begun = None;
        if self.client.is_some() {
            begun = self.try_to_begin(required).ok();
        }
        let position = match begun {
            Some(position) => position,
            None => self.try_to_begin(required)?,
        };
        let client = self.client.as_mut().ok_or(Error::Busy)?;
        let open = Open { client, ready: &mut self.ready, trouble: None, ended: false, alone: false, reads: true };
        Ok((open, position?))
    }

    /// The outer error is that of the connection, which is gone then; the inner one that of a server which must not be read from.
    fn try_to_begin(&mut self, required: Position) -> Result<Result<Position, Error>, Error> {
        let begun = self.begun(required);
        if begun.is_err() {
            self.discard();
        }
        begun
    }

    fn begun(&mut self, required: Position) -> Result<Result<Position, Error>, Error> {
        if self.replayed < required {
            // Before the transaction, which shows things as they are when it begins.
            let ask = format!("SELECT {REPLAYED}");
            let [replayed] = self.row(&ask)?;
            self.replayed = number(replayed)?;
            if self.replayed < required {
                let message = format!("it has come to {} only, and {required} was seen", self.replayed);
                return Ok(Err(Error::Unavailable { message }));
            }
        }
        let begin =
            format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT pg_is_in_recovery()::text, {REPLAYED}");
        let [follows, replayed] = self.row(&begin)?;
        let replayed = number(replayed)?;
        if follows.as_deref() != Some("true") {
            return Err(Error::Unavailable { message: "it is no replica any more".to_owned() });
        }
        self.replayed = self.replayed.max(replayed);
        Ok(Ok(replayed))
    }

    /// What a primary says of itself.
    pub(crate) fn ask_primary(&mut self) -> Result<OfPrimary, Error> {
        let sql = "SELECT (pg_current_wal_insert_lsn() - '0/0')::text, (pg_current_wal_flush_lsn() - '0/0')::text, \
                   (SELECT setting FROM pg_settings WHERE name = 'wal_segment_size'), \
                   (SELECT system_identifier::text FROM pg_control_system()), \
                   substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)";
        let [inserted, flushed, segment, cluster, timeline] = self.row_or_discard(sql)?;
        let timeline = timeline.and_then(|hex| u32::from_str_radix(&hex, 16).ok()).ok_or_else(unreadable)?;
        Ok(OfPrimary {
            history: History { cluster: cluster.ok_or_else(unreadable)?, timeline },
            inserted: position(inserted, segment)?,
            flushed: number(flushed)?,
        })
    }

    /// What a replica says of itself. Which line of history it follows is known from what it receives, where we may see that,
    /// else from its latest restart point.
    pub(crate) fn ask_replica(&mut self) -> Result<OfReplica, Error> {
        let sql = format!(
            "SELECT pg_is_in_recovery()::text, {REPLAYED}, (SELECT system_identifier::text FROM pg_control_system()), \
             GREATEST((SELECT received_tli FROM pg_stat_wal_receiver), \
             (SELECT timeline_id FROM pg_control_checkpoint()), \
             (SELECT min_recovery_end_timeline FROM pg_control_recovery()))::text"
        );
        let [follows, replayed, cluster, timeline] = self.row_or_discard(&sql)?;
        let timeline = timeline.and_then(|text| text.parse().ok()).ok_or_else(unreadable)?;
        Ok(OfReplica {
            follows: follows.as_deref() == Some("true"),
            history: History { cluster: cluster.ok_or_else(unreadable)?, timeline },
            replayed: number(replayed)?,
        })
    }

    fn row_or_discard<const N: usize>(&mut self, sql: &str) -> Result<[Option<String>; N], Error> {
        let row = self.row(sql);
        if row.is_err() {
            self.discard();
        }
        row
    }

    /// The one row of statements without parameters, as texts.
    fn row<const N: usize>(&mut self, sql: &str) -> Result<[Option<String>; N], Error> {
        let client: &mut Client = match &mut self.client {
            Some(client) => client,
            none => none.insert(connect(&self.address)?),
        };
        let answered = client.simple_query(sql).map_err(|error| translate(&error).0)?;
        let row = answered.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        let row = row.filter(|row| row.len() == N).ok_or_else(unreadable)?;
        Ok(std::array::from_fn(|at| row.get(at).map(str::to_owned)))
    }
}

/// A position from the two columns of [`POSITION`].
pub(crate) fn position(bytes: Option<String>, segment_bytes: Option<String>) -> Result<Position, Error> {
    let segment = segment_bytes.and_then(|text| text.parse().ok()).ok_or_else(unreadable)?;
    Ok(number(bytes)?.end_of_last_record(segment))
}

fn number(bytes: Option<String>) -> Result<Position, Error> {
    bytes.and_then(|text| text.parse().ok()).ok_or_else(unreadable)
}

fn unreadable() -> Error {
    Error::Unavailable { message: "it does not say how far it has come".to_owned() }
}
