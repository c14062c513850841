//! Endurance and overload, shown: the released program serves half of its measured peak for half an hour, then begins anew
//! on the same data and serves the same for a few minutes, then twice the peak, then half again.
//!
//! Data grow by what is written meanwhile, and answers with them. What the fresh process takes on the same data says which
//! part of what memory grew by is theirs, and which the program keeps for nothing.
//!
//! | Module | What it is for |
//! |---|---|
//! | `mix` | who asks for what |
//! | `memory` | what the program takes, second by second |
//! | `pressure` | so many requests a second, each timed from when it was due or sent |
//! | `report` | latencies, and what of the answers was not as it should be |
//!
//! The load comes from the same machine and takes part of its processors: the peak is that of both together, and says
//! nothing of another machine. What is judged is whether the program stays as it was, and how it behaves beyond its peak.

mod memory;
mod mix;
mod pressure;
mod report;

use std::time::Duration;

use anyhow::{Result, ensure};
use clap::Args;

use crate::crash::Engine;
use crate::crash::place::Place;
use mix::Mix;
use pressure::{Since, press};
use report::Report;

/// What `cargo xtask soak` takes.
#[derive(Args)]
pub struct Soak {
    /// Minutes at half of the peak.
    #[arg(long, default_value_t = 30)]
    minutes: u32,
    /// Minutes at twice the peak.
    #[arg(long, default_value_t = 3)]
    overload: u32,
    /// On which engine.
    #[arg(long, value_enum, default_value = "sqlite")]
    engine: Engine,
}

/// How long the program gets to fill its caches and grow its heap before memory is compared, in minutes.
const WARM: usize = 3;
/// Of the memory after warming up, how much more there may be at the end.
const FLAT: f64 = 1.10;
/// Those who ask at the same time while the peak is looked for.
const CROWDS: [usize; 5] = [4, 8, 16, 32, 64];

/// Runs the trial; fails when memory grows, anything is answered with a fault, overload is not shed, or it does not recover.
pub fn run(soak: &Soak) -> Result<()> {
    let mut place = Place::released(soak.engine)?;
    mix::estates(&place)?;
    start(&mut place)?;
    let mix = Mix::new(&place)?;
    println!(
        "{} addresses are read, {} systems changed, by visitors and {} editors",
        mix.reads(),
        mix.systems(),
        mix.editors()
    );

    let peak = peak(&mix)?;
    println!("peak: {peak:.0} requests a second");

    let half = peak / 2.0;
    println!("\nhalf of the peak, {half:.0} a second\n{}", Report::HEAD);
    let (whole, memory) = minutes(&place, &mix, half, soak.minutes, Since::Due)?;
    ensure!(whole.failed() == 0, "{} answers were not as they should be: {}", whole.failed(), whole.faults());
    ensure!(whole.shed() == 0, "{} were turned away at half of the peak", whole.shed());

    place.kill()?;
    start(&mut place)?;
    let mix = Mix::new(&place)?;
    println!("\nthe same by a fresh process on the same data\n{}", Report::HEAD);
    let (_, fresh) = minutes(&place, &mix, half, 2 * WARM as u32, Since::Due)?;
    flat(&memory, &fresh)?;

    let twice = peak * 2.0;
    println!("\ntwice the peak, {twice:.0} a second, timed from when each was sent\n{}", Report::HEAD);
    let (over, _) = minutes(&place, &mix, twice, soak.overload, Since::Sent)?;
    ensure!(over.failed() == 0, "{} answers were neither done nor shed: {}", over.failed(), over.faults());
    ensure!(over.shed() > 0, "twice the peak was served whole, so {peak:.0} a second was not the peak");

    println!("\nhalf of the peak again\n{}", Report::HEAD);
    let (after, _) = minutes(&place, &mix, half, 1, Since::Due)?;
    ensure!(after.failed() + after.shed() == 0, "it did not recover: {}", after.faults());
    place.kill()?;
    place.doctor()?;
    println!(
        "\nno fault at half of the peak, {} of {} shed at twice it, then as before; doctor finds nothing",
        over.shed(),
        over.all()
    );
    Ok(())
}

/// Starts the program behind what counts as a web server, so that each who asks has an address of their own.
fn start(place: &mut Place) -> Result<()> {
    place.start_with(&["--trusted-proxies", "127.0.0.1"])
}

/// So many minutes at a rate, a line for each and one for all, with the median of the memory in each in bytes.
fn minutes(place: &Place, mix: &Mix, rate: f64, minutes: u32, since: Since) -> Result<(Report, Vec<u64>)> {
    let (mut whole, mut memory) = (Report::default(), Vec::new());
    for minute in 1..=minutes {
        let (report, taken) = memory::during(place.process(), || press(mix, rate, Duration::from_secs(60), since))?;
        println!("{minute:>6}  {report}  {:>7.1}", taken as f64 / 1e6);
        memory.push(taken);
        whole.add(report);
    }
    println!("{:>6}  {whole}", "all");
    Ok((whole, memory))
}

/// The most requests a second that a crowd of any size gets answered, each asking again as soon as it is answered.
fn peak(mix: &Mix) -> Result<f64> {
    let mut best: f64 = 0.0;
    // The first crowd fills caches; what it gets does not count.
    pressure::crowd(mix, 8, Duration::from_secs(10));
    for crowd in CROWDS {
        let report = pressure::crowd(mix, crowd, Duration::from_secs(15));
        ensure!(report.failed() == 0, "with {crowd} at a time: {}", report.faults());
        let rate = report.rate();
        println!("{crowd:>4} at a time: {rate:>7.0} a second, median {:.1} ms", report.percentile(50.0));
        best = best.max(rate);
    }
    Ok(best)
}

/// The median of the last third against that of the first minutes after warming up; what a fresh process takes on the same
/// data is told beside it.
fn flat(memory: &[u64], fresh: &[u64]) -> Result<()> {
    if memory.len() < WARM * 3 {
        println!("memory: {} minutes are too few to say whether it is flat", memory.len());
        return Ok(());
    }
    let median = |part: &[u64]| memory::median(part.to_vec()) as f64;
    let before = median(&memory[WARM..WARM * 2]);
    let after = median(&memory[memory.len() - memory.len() / 3..]);
    let anew = median(fresh.get(WARM..).unwrap_or_default());
    let grown = after / before;
    println!(
        "memory: {:.1} MB after warming up, {:.1} MB in the last third, {grown:.3} of it; {:.1} MB in a fresh process on the same data",
        before / 1e6,
        after / 1e6,
        anew / 1e6
    );
    ensure!(grown <= FLAT, "memory grew to {grown:.3} of what it was");
    Ok(())
}
