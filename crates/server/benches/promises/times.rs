//! Times: on the clock, and of the processor.
//!
//! On a machine that does other work as well, the clock says how long somebody waited here today, and the processor's time
//! what the answer costs: as long as it would take if nothing else ran. Promises are judged by the clock; where only other
//! work can have broken one, that is said.

use std::time::{Duration, Instant};

/// What some repetitions took.
#[derive(Clone, Debug, Default)]
pub struct Times {
    clock: Vec<Duration>,
    /// Empty where the system does not tell it (it does on Linux).
    processor: Vec<Duration>,
}

impl Times {
    /// Measures one repetition.
    pub async fn of<T>(&mut self, work: impl Future<Output = T>) -> T {
        let (before, started) = (processor(), Instant::now());
        let done = work.await;
        self.add(started, before);
        done
    }

    /// The same of what blocks.
    pub fn of_blocking<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let (before, started) = (processor(), Instant::now());
        let done = work();
        self.add(started, before);
        done
    }

    fn add(&mut self, started: Instant, before: Option<Duration>) {
        self.clock.push(started.elapsed());
        self.processor.extend(before.and_then(|before| processor()?.checked_sub(before)));
    }

    /// Takes over what another measured.
    pub fn extend(&mut self, other: &Times) {
        self.clock.extend_from_slice(&other.clock);
        self.processor.extend_from_slice(&other.processor);
    }

    /// The 95th percentile on the clock.
    pub fn high(&self) -> Duration {
        at(&self.clock, 95)
    }

    /// One line: median and 95th percentile of both, the promise for the latter, and whether it holds.
    pub fn tell(&self, what: &str, promise: Duration) {
        let millis = |time: Duration| format!("{:.1}", time.as_secs_f64() * 1000.0);
        let both = |of: &[Duration]| match of {
            [] => "         ?".to_owned(),
            of => format!("{:>7} {:>8}", millis(at(of, 50)), millis(at(of, 95))),
        };
        let high = self.high();
        let verdict = match at(&self.processor, 95) {
            _ if high <= promise => "holds".to_owned(),
            cost if !self.processor.is_empty() && cost <= promise => {
                "DOES NOT HOLD on this clock; would by the processor's time".to_owned()
            }
            _ => format!("DOES NOT HOLD: {:.2} times", high.as_secs_f64() / promise.as_secs_f64()),
        };
        let promised = promise.as_millis();
        println!("{what:<58} {}   {}   {promised:>6}   {verdict}", both(&self.clock), both(&self.processor));
    }
}

/// The heading of what [`Times::tell`] prints.
pub fn heading(what: &str) {
    println!("\n{what}");
    println!(
        "{:<58} {:>16}   {:>16}   {:>6}",
        "  milliseconds: median and 95th percentile", "on the clock", "of processor", "promise"
    );
}

fn at(times: &[Duration], percent: usize) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    let place = (times.len() * percent / 100).min(times.len().saturating_sub(1));
    times.get(place).copied().unwrap_or_default()
}

/// The processor time of all threads of this process so far, to the nanosecond: the first number of each thread's
/// `schedstat` (Linux). Giving way first brings the present thread's own number up to date.
fn processor() -> Option<Duration> {
    std::thread::yield_now();
    let mut sum = 0;
    for thread in std::fs::read_dir("/proc/self/task").ok()? {
        // A thread that has just ended is none any more.
        let Ok(said) = std::fs::read_to_string(thread.ok()?.path().join("schedstat")) else { continue };
        sum += said.split_whitespace().next()?.parse::<u64>().ok()?;
    }
    Some(Duration::from_nanos(sum))
}
