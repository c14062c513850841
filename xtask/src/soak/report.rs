//! What came of many requests.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::mix::Came;

/// Latencies of what was done and of what was shed, in milliseconds, and faults by status; 0 is no whole answer.
#[derive(Default)]
pub struct Report {
    done: Vec<f32>,
    shed: Vec<f32>,
    faults: BTreeMap<u16, u64>,
    time: Duration,
}

impl Report {
    /// Above the lines of a table.
    pub const HEAD: &'static str = "minute     done  a second     shed   faults   median      95%      99%     most  shed 95%   memory\n\
         \x20                                             ms       ms       ms       ms        ms       MB";

    /// One answer.
    pub fn saw(&mut self, came: Came, took: Duration) {
        let milliseconds = took.as_secs_f32() * 1000.0;
        match came {
            Came::Done => self.done.push(milliseconds),
            Came::Shed => self.shed.push(milliseconds),
            Came::Fault(status) => *self.faults.entry(status).or_default() += 1,
        }
    }

    /// All of another one.
    pub fn add(&mut self, other: Report) {
        self.done.extend(other.done);
        self.shed.extend(other.shed);
        for (status, count) in other.faults {
            *self.faults.entry(status).or_default() += count;
        }
        self.time += other.time;
    }

    /// How long all of it took.
    pub fn took(&mut self, time: Duration) {
        self.time = time;
    }

    /// Done in a second.
    pub fn rate(&self) -> f64 {
        self.done.len() as f64 / self.time.as_secs_f64().max(0.001)
    }

    /// Requests turned away.
    pub fn shed(&self) -> u64 {
        self.shed.len() as u64
    }

    /// Requests that were neither done nor turned away.
    pub fn failed(&self) -> u64 {
        self.faults.values().sum()
    }

    /// All requests.
    pub fn all(&self) -> u64 {
        self.done.len() as u64 + self.shed() + self.failed()
    }

    /// The faults by status.
    pub fn faults(&self) -> String {
        let each = self.faults.iter().map(|(status, count)| match status {
            0 => format!("{count} without a whole answer"),
            status => format!("{count} with {status}"),
        });
        let each: Vec<_> = each.chain((self.shed() > 0).then(|| format!("{} shed", self.shed()))).collect();
        each.join(", ")
    }

    /// What so many of a hundred that were done took at most, in milliseconds.
    pub fn percentile(&self, of_hundred: f64) -> f32 {
        percentile(&self.done, of_hundred)
    }
}

fn percentile(times: &[f32], of_hundred: f64) -> f32 {
    let mut times = times.to_vec();
    times.sort_unstable_by(f32::total_cmp);
    let at = (times.len() as f64 * of_hundred / 100.0).ceil() as usize;
    times.get(at.saturating_sub(1)).copied().unwrap_or_default()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>7}  {:>8.0}  {:>7}  {:>7}  {:>7.1}  {:>7.1}  {:>7.1}  {:>7.0}  {:>8.1}",
            self.done.len(),
            self.rate(),
            self.shed(),
            self.failed(),
            self.percentile(50.0),
            self.percentile(95.0),
            self.percentile(99.0),
            self.percentile(100.0),
            percentile(&self.shed, 95.0),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_what_was_done_and_faults_are_told_by_status() {
        let mut report = Report::default();
        (1..=100).for_each(|at| report.saw(Came::Done, Duration::from_millis(at)));
        report.saw(Came::Shed, Duration::from_millis(900));
        report.saw(Came::Fault(500), Duration::from_millis(900));
        report.saw(Came::Fault(0), Duration::from_millis(900));
        report.took(Duration::from_secs(10));
        assert_eq!((report.percentile(50.0), report.percentile(95.0), report.percentile(100.0)), (50.0, 95.0, 100.0));
        assert_eq!((report.all(), report.shed(), report.failed()), (103, 1, 2));
        assert_eq!(report.faults(), "1 without a whole answer, 1 with 500, 1 shed");
        assert!((report.rate() - 10.0).abs() < 1e-9);
    }
}
