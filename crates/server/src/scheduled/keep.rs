//! Which backups stay: the last day's, then the newest of each day, week and month, as many as are wanted.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
use jiff::tz::TimeZone;
use vocabulary::Timestamp;

/// How many of each stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// The newest of each of so many days that have one.
    pub daily: u16,
    /// Of so many weeks, from Monday to Sunday.
    pub weekly: u16,
    /// Of so many months.
    pub monthly: u16,
}

impl Default for Keep {
    /// A week of days, five weeks, a year of months.
    fn default() -> Keep {
        Keep { daily: 7, weekly: 5, monthly: 12 }
    }
}

/// A text that does not say how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("write how many days, weeks and months, such as 7,5,12; at least one day")]
pub struct NotKeep;

impl FromStr for Keep {
    type Err = NotKeep;

    fn from_str(text: &str) -> Result<Keep, NotKeep> {
        let numbers: Result<Vec<u16>, _> = text.split(',').map(|number| number.trim().parse()).collect();
        match numbers.as_deref() {
            Ok(&[daily, weekly, monthly]) if daily > 0 => Ok(Keep { daily, weekly, monthly }),
            _ => Err(NotKeep),
        }
    }
}

impl fmt::Display for Keep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{},{},{}", self.daily, self.weekly, self.monthly)
    }
}

impl Keep {
    /// Those that nothing keeps. `all` is newest first. The newest stays in any case, and so do those of the last 24 hours
    /// and those that a clock has put into the future.
    pub(super) fn superfluous(self, all: &[Timestamp], now: Timestamp) -> Vec<Timestamp> {
        let (mut days, mut weeks, mut months) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let mut go = Vec::new();
        for (place, at) in all.iter().enumerate() {
            let date = at.to_zoned(TimeZone::UTC).date();
            let week = date.iso_week_date();
            let of_day = days.len() < self.daily.into() && days.insert(date);
            let of_week = weeks.len() < self.weekly.into() && weeks.insert((week.year(), week.week()));
            let of_month = months.len() < self.monthly.into() && months.insert((date.year(), date.month()));
            let young = now.duration_since(*at) < SignedDuration::from_hours(24);
            if !(place == 0 || young || of_day || of_week || of_month) {
                go.push(*at);
            }
        }
        go
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    #[test]
    fn days_weeks_and_months_keep_their_newest() {
        // Twice a day for 400 days, at two and at fourteen.
        let now: Timestamp = "2026-03-31T15:00:00Z".parse().unwrap();
        let all: Vec<Timestamp> = (0..800).map(|half| now - SignedDuration::from_hours(1 + 12 * half)).collect();
        let keep = Keep { daily: 3, weekly: 2, monthly: 3 };
        let go: BTreeSet<Timestamp> = keep.superfluous(&all, now).into_iter().collect();
        let stay: Vec<String> = all.iter().filter(|at| !go.contains(at)).map(ToString::to_string).collect();
        let expected = [
            "2026-03-31T14:00:00Z", // the newest of its day, week and month
            "2026-03-31T02:00:00Z", // of the last 24 hours
            "2026-03-30T14:00:00Z",
            "2026-03-29T14:00:00Z", // the third day, and the second week's
            "2026-02-28T14:00:00Z",
            "2026-01-31T14:00:00Z",
        ];
        let young = "2026-03-30T14:00:00Z";
        assert!(stay.contains(&young.to_owned()));
        assert_eq!(stay, expected);
        // Doing it again removes nothing more.
        let left: Vec<Timestamp> = all.iter().filter(|at| !go.contains(at)).copied().collect();
        assert!(keep.superfluous(&left, now).is_empty());
    }

    #[test]
    fn the_newest_always_stays() {
        let now: Timestamp = "2026-03-31T15:00:00Z".parse().unwrap();
        let old = now - SignedDuration::from_hours(24 * 1_000);
        let keep = Keep { daily: 1, weekly: 0, monthly: 0 };
        assert!(keep.superfluous(&[old], now).is_empty());
        let older = old - SignedDuration::from_hours(48);
        assert_eq!(keep.superfluous(&[old, older], now), [older]);
        assert!(keep.superfluous(&[now + SignedDuration::from_hours(5), now], now).is_empty());
    }

    #[test]
    fn it_is_said_in_three_numbers() {
        assert_eq!("7, 5, 12".parse(), Ok(Keep::default()));
        assert_eq!(Keep::default().to_string().parse(), Ok(Keep::default()));
        for bad in ["", "7", "7,5", "0,5,12", "7,5,12,1", "a,b,c", "-1,2,3"] {
            assert_eq!(bad.parse::<Keep>(), Err(NotKeep), "{bad}");
        }
    }
}
