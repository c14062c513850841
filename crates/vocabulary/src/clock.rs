//! Time as an argument, so that tests are exact and a past state can be rebuilt.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};

/// Where the present moment comes from. Cloning shares the same clock.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's own clock.
    System,
    /// A clock that stands still until it is moved; for tests and reproducible runs.
    Set(Arc<Mutex<Timestamp>>),
}

impl Clock {
    /// A clock that stands at `at` until [`Clock::advance`] moves it.
    pub fn at(at: Timestamp) -> Clock {
        Clock::Set(Arc::new(Mutex::new(at)))
    }

    /// The present moment, to the microsecond: what both engines can hold and print alike.
    pub fn now(&self) -> Timestamp {
        let now = match self {
            Clock::System => Timestamp::now(),
            Clock::Set(at) => *at.lock().unwrap_or_else(PoisonError::into_inner),
        };
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }

    /// Today's date in the United Kingdom, which is where contracts end and notice dates fall.
    pub fn today(&self) -> Date {
        let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
        self.now().to_zoned(zone).date()
    }

    /// Moves a set clock on; the machine's clock cannot be moved and stays as it is.
    pub fn advance(&self, by: SignedDuration) {
        if let Clock::Set(at) = self {
            let mut at = at.lock().unwrap_or_else(PoisonError::into_inner);
            *at = at.saturating_add(by).unwrap_or(*at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_clock_stands_still_until_moved() {
        let clock = Clock::at("2026-07-01T23:30:00Z".parse().unwrap_or_default());
        assert_eq!(clock.now(), clock.now());
        assert_eq!(clock.today().to_string(), "2026-07-02", "British Summer Time is an hour ahead");
        clock.advance(SignedDuration::from_hours(-1));
        assert_eq!(clock.today().to_string(), "2026-07-01");
    }
}
