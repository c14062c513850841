//! What the program takes, second by second. Within a minute it goes up and down by a quarter (158 to 219 MB were seen), so a
//! single reading would be chance.

use std::fs;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

/// Does some work, and tells the median of the resident memory of a process meanwhile, in bytes.
pub fn during<T>(process: u32, work: impl FnOnce() -> T) -> Result<(T, u64)> {
    thread::scope(|scope| {
        let (done, over) = channel::<()>();
        let watch = scope.spawn(move || -> Result<Vec<u64>> {
            let mut seen = vec![resident(process)?];
            while over.recv_timeout(Duration::from_secs(1)) == Err(RecvTimeoutError::Timeout) {
                seen.push(resident(process)?);
            }
            Ok(seen)
        });
        let came = work();
        drop(done);
        let seen = watch.join().ok().context("whoever watched the memory stopped")??;
        Ok((came, median(seen)))
    })
}

/// The middle one; 0 of none.
pub fn median(mut values: Vec<u64>) -> u64 {
    values.sort_unstable();
    values.get(values.len() / 2).copied().unwrap_or_default()
}

fn resident(process: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("the process has no memory")?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kilobytes * 1024)
}
