//! Requests at a rate, whatever the answers take: below the peak each is timed from the moment when it was due, so that a
//! program that stops for a second is seen to have kept everybody waiting who would have come in it.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::mix::Mix;
use super::report::Report;

/// Those who ask at most at the same time: more than the program works on and lets wait together.
const CROWD: usize = 400;

/// From when a request is timed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Since {
    /// When it was due.
    Due,
    /// When it was sent: beyond the peak the crowd itself falls behind, by more the longer it lasts.
    Sent,
}

/// So many requests a second for so long.
pub fn press(mix: &Mix, rate: f64, time: Duration, since: Since) -> Report {
    let begun = Instant::now();
    let next = AtomicU64::new(0);
    let all = (rate * time.as_secs_f64()) as u64;
    gather(mix, CROWD.min(all as usize), time, |someone, report| {
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= all {
                return;
            }
            let due = begun + Duration::from_secs_f64(number as f64 / rate);
            // Pacing, not waiting for something to have happened.
            thread::sleep(due.saturating_duration_since(Instant::now()));
            let sent = Instant::now();
            let came = someone.ask();
            let from = if since == Since::Due { due } else { sent };
            report.saw(came, from.elapsed());
        }
    })
}

/// So many who each ask again as soon as they were answered.
pub fn crowd(mix: &Mix, crowd: usize, time: Duration) -> Report {
    let until = Instant::now() + time;
    gather(mix, crowd, time, |someone, report| {
        while Instant::now() < until {
            let asked = Instant::now();
            let came = someone.ask();
            report.saw(came, asked.elapsed());
        }
    })
}

fn gather(
    mix: &Mix,
    crowd: usize,
    time: Duration,
    work: impl Fn(&super::mix::Someone<'_>, &mut Report) + Sync,
) -> Report {
    let whole = Mutex::new(Report::default());
    let begun = Instant::now();
    thread::scope(|scope| {
        for number in 0..crowd {
            let (work, whole) = (&work, &whole);
            scope.spawn(move || {
                let someone = mix.someone(number);
                let mut report = Report::default();
                work(&someone, &mut report);
                if let Ok(mut whole) = whole.lock() {
                    whole.add(report);
                }
            });
        }
    });
    let mut whole = whole.into_inner().unwrap_or_default();
    whole.took(begun.elapsed().max(time));
    whole
}
