//! When jobs run: the schedule of what recurs, and how long to wait after a failure.

use jiff::{SignedDuration, Span, civil::Time, tz::TimeZone};
use vocabulary::{Chance, NoChance, Timestamp};

/// The first wait after a failure, in milliseconds. It doubles with each further one.
const FIRST_WAIT: i64 = 10_000;
/// The longest wait, in milliseconds: an hour.
const LONGEST_WAIT: i64 = 3_600_000;

/// When a recurring job is due. What was missed, because no program ran, runs once and not once for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule {
    /// So many minutes after it last ended.
    EveryMinutes(u32),
    /// Once a day at this time in the United Kingdom. On the day on which clocks leave an hour out, a time within it is an
    /// hour later; on the day that has an hour twice, it runs in the first.
    DailyAt {
        /// From 0 to 23.
        hour: i8,
        /// From 0 to 59.
        minute: i8,
    },
}

impl Schedule {
    /// The first moment after `now` at which it is due.
    pub fn next(self, now: Timestamp) -> Timestamp {
        match self {
            Schedule::EveryMinutes(minutes) => {
                now.saturating_add(SignedDuration::from_mins(i64::from(minutes.max(1)))).unwrap_or(Timestamp::MAX)
            }
            Schedule::DailyAt { hour, minute } => {
                let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
                let time = Time::new(hour, minute, 0, 0).unwrap_or(Time::midnight());
                let today = now.to_zoned(zone.clone()).date();
                let days = [today, today.saturating_add(Span::new().days(1))];
                let moments = days.map(|day| day.to_datetime(time).to_zoned(zone.clone()).map(|at| at.timestamp()));
                moments.into_iter().flatten().find(|at| *at > now).unwrap_or(Timestamp::MAX)
            }
        }
    }
}

/// How long to wait before the next try, after so many: 10 seconds, doubled with each further one up to an hour, and up to
/// a quarter more or less by chance, so that what failed together is not tried together.
///
/// # Errors
/// When there is no chance.
pub(crate) fn wait_after(tries: u32, chance: &Chance) -> Result<SignedDuration, NoChance> {
    let doubled = FIRST_WAIT.checked_shl(tries.saturating_sub(1).min(16)).unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT);
    let random = i64::from(u16::from_be_bytes(chance.bytes::<2>()?));
    let quarter = doubled / 4;
    Ok(SignedDuration::from_millis(doubled - quarter + 2 * quarter * random / i64::from(u16::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap_or_default()
    }

    #[test]
    fn daily_is_the_next_such_time_in_the_united_kingdom() {
        let seven = Schedule::DailyAt { hour: 7, minute: 0 };
        assert_eq!(seven.next(at("2026-01-10T06:59:59Z")), at("2026-01-10T07:00:00Z"));
        assert_eq!(seven.next(at("2026-01-10T07:00:00Z")), at("2026-01-11T07:00:00Z"), "strictly after");
        assert_eq!(seven.next(at("2026-07-10T12:00:00Z")), at("2026-07-11T06:00:00Z"), "summer time");
        assert_eq!(seven.next(at("2026-03-28T12:00:00Z")), at("2026-03-29T06:00:00Z"), "the day the clocks change");
        let half_past_one = Schedule::DailyAt { hour: 1, minute: 30 };
        assert_eq!(half_past_one.next(at("2026-03-29T00:00:00Z")), at("2026-03-29T01:30:00Z"), "a time left out");
        assert_eq!(half_past_one.next(at("2026-10-25T00:00:00Z")), at("2026-10-25T00:30:00Z"), "the first of two");
        assert_eq!(half_past_one.next(at("2026-10-25T00:30:00Z")), at("2026-10-26T01:30:00Z"), "once that day");
    }

    #[test]
    fn minutes_count_from_now() {
        assert_eq!(Schedule::EveryMinutes(90).next(at("2026-01-10T07:00:00Z")), at("2026-01-10T08:30:00Z"));
        assert!(Schedule::EveryMinutes(0).next(at("2026-01-10T07:00:00Z")) > at("2026-01-10T07:00:00Z"));
    }

    #[test]
    fn waits_double_up_to_an_hour_and_differ() -> Result<(), NoChance> {
        let chance = Chance::counted(3);
        for (tries, seconds) in
            [(1, 10), (2, 20), (3, 40), (8, 1280), (9, 2560), (10, 3600), (40, 3600), (u32::MAX, 3600)]
        {
            let waits: Vec<i64> =
                (0..50).map(|_| Ok(wait_after(tries, &chance)?.as_secs())).collect::<Result<_, NoChance>>()?;
            let (least, most) = (waits.iter().min().copied(), waits.iter().max().copied());
            assert!(least >= Some(seconds * 3 / 4 - 1) && most <= Some(seconds * 5 / 4), "{tries}: {waits:?}");
            assert!(least < most, "chance moves it: {waits:?}");
        }
        Ok(())
    }
}
