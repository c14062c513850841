//! Words that every subject shares: who reads, for whom, what may be seen, time, chance, money.
//!
//! Deliberately without I/O, SQL, HTTP or any subject's own nouns.

mod chance;
mod clock;
mod fold;
mod host;
mod id;
mod kind;
mod money;
mod reader;
mod retention;

pub use chance::{Chance, NoChance};
pub use clock::Clock;
pub use fold::fold;
pub use host::is_this_machine;
pub use id::{InvalidId, OrganisationId, PersonId, new_id};
pub use kind::Kind;
pub use money::Money;
pub use reader::{Acting, Reader, Role, Scope, Standing, UnknownWord, Visibility};
pub use retention::{Days, NotDays, Retention};

/// The target of every span that a trace is made of. The log shows none of them; `docs/operate/traces.md` lists them.
pub const TRACES: &str = "traces";

/// The moment type used everywhere: an instant on the UTC time line.
pub use jiff::Timestamp;
/// A calendar day without a time zone.
pub use jiff::civil::Date;
