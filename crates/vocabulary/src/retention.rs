//! How long things are kept that nobody needs any more: every period of a copy in one place, with safe defaults.
//!
//! What must be kept for ever (statements, events, tombstones) has no period, and what ends by its own rule (sessions,
//! links) has it where that rule is.

use std::{fmt, str::FromStr};

use jiff::{SignedDuration, Timestamp};

/// A number of days, from 1 to 3,650.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Days(u16);

/// A text that is no number of days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write a whole number of days from 1 to 3650, such as 30")]
pub struct NotDays;

impl Days {
    /// The most days that can be said: ten years.
    const MOST: u16 = 3650;

    /// So many days, brought within the limits.
    pub const fn new(days: u16) -> Days {
        match days {
            0 => Days(1),
            Days::MOST.. => Days(Days::MOST),
            _ => Days(days),
        }
    }

    /// How many.
    pub const fn count(self) -> u16 {
        self.0
    }

    /// How long that is: days of 24 hours.
    pub const fn length(self) -> SignedDuration {
        SignedDuration::from_hours(24 * self.0 as i64)
    }

    /// The moment so many days from now.
    pub fn after(self, now: Timestamp) -> Timestamp {
        now.saturating_add(self.length()).unwrap_or(Timestamp::MAX)
    }

    /// The moment before which something is older than this.
    pub fn before(self, now: Timestamp) -> Timestamp {
        now.saturating_sub(self.length()).unwrap_or(Timestamp::MIN)
    }
}

impl FromStr for Days {
    type Err = NotDays;
    fn from_str(text: &str) -> Result<Days, NotDays> {
        match text.parse::<u16>() {
            Ok(days @ 1..=Days::MOST) => Ok(Days(days)),
            _ => Err(NotDays),
        }
    }
}

impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// How long one copy keeps what. Plain values, for the jobs that remove and the pages that say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Jobs that ended, and the note that a message was sent or given up: no personal data.
    pub jobs: Days,
    /// Files that were uploaded and neither applied nor cancelled: they may hold personal data.
    pub uploads: Days,
    /// Who read what of an estate.
    pub readings: Days,
    /// What is an organisation's own, once its leaving is confirmed: so long it can be taken back.
    pub leaving: Days,
}

impl Default for Retention {
    /// 30 days each, a year for who read what, 7 for an organisation that leaves.
    fn default() -> Retention {
        Retention { jobs: Days::new(30), uploads: Days::new(30), readings: Days::new(365), leaving: Days::new(7) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_limits() {
        assert_eq!("30".parse::<Days>().map(Days::count), Ok(30));
        assert_eq!("3650".parse::<Days>().map(Days::count), Ok(3650));
        for bad in ["", "0", "-1", "3651", "1.5", "thirty", "70000"] {
            assert_eq!(bad.parse::<Days>(), Err(NotDays), "{bad}");
        }
        assert_eq!((Days::new(0).count(), Days::new(9999).count()), (1, 3650));
    }

    #[test]
    fn older_is_reckoned_in_whole_days() {
        let now: Timestamp = "2026-03-31T10:00:00Z".parse().unwrap_or_default();
        assert_eq!(Days::new(30).before(now).to_string(), "2026-03-01T10:00:00Z");
        assert!(Days::new(3650).before(Timestamp::MIN) == Timestamp::MIN);
    }
}
