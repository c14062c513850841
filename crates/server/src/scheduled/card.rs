//! What the operator's page says of backups: the newest, the latest that was proved, and what needs somebody.

use std::sync::Arc;

use jiff::SignedDuration;
use ledger::{Card, Grade, Health, Known};
use vocabulary::Timestamp;
use web::say;

use super::{Proved, Scheduled};

/// What the folder holds.
pub(crate) struct Seen {
    /// When the newest was taken, and its bytes.
    pub(crate) newest: Option<(Timestamp, u64)>,
    pub(crate) proved: Option<Proved>,
    pub(crate) count: usize,
    pub(crate) every_hours: i64,
}

/// The card. Without a schedule it says that there is none.
pub fn health(scheduled: Option<Scheduled>) -> Health {
    Arc::new(move |_, now| {
        let seen = scheduled.as_ref().map(look);
        Ok(Box::new(move || card(seen, now)))
    })
}

pub(crate) fn look(scheduled: &Scheduled) -> Seen {
    // A folder that cannot be read holds nothing that could be restored.
    let all = scheduled.all().unwrap_or_default();
    let size = |file: &std::path::PathBuf| std::fs::metadata(file).map_or(0, |found| found.len());
    Seen {
        newest: all.first().map(|(at, file)| (*at, size(file))),
        proved: scheduled.proved(),
        count: all.len(),
        every_hours: i64::from(scheduled.every_hours),
    }
}

fn card(seen: Option<Seen>, now: Timestamp) -> Card {
    let card = Card::new("backups", say!("Backups"));
    let Some(Seen { newest, proved, count, every_hours }) = seen else {
        return card.line(say!("Last backup"), Known::Text(say!("Not taken by this program"))).concern(
            Grade::Soon,
            say!("This program takes no backups by itself."),
            say!("Start it with --backup-to and a folder on another disk, or see that something else runs commonhold backup."),
        );
    };
    let late = |at: Timestamp, periods: i64| now.duration_since(at) > SignedDuration::from_hours(every_hours * periods);
    let card = match newest {
        Some((at, bytes)) => card
            .line(say!("Last backup"), Known::Moment(at))
            .line(say!("Its size"), Known::Bytes(bytes))
            .line(say!("Backups kept"), Known::Number(count as u64)),
        None => card.line(say!("Last backup"), Known::Text(say!("None yet"))),
    };
    let card = match &proved {
        Some(proved) => card.line(say!("Last proved restore"), Known::Moment(proved.at)),
        None => card.line(say!("Last proved restore"), Known::Text(say!("None yet"))),
    };
    match (newest, proved) {
        (Some((at, _)), _) if late(at, 2) => card.concern(
            Grade::Now,
            say!("The last backup is older than twice the time between backups."),
            say!("Look at the job that backs up: its last error says why."),
        ),
        (Some(_), Some(proved)) if late(proved.at, 3) => card.concern(
            Grade::Soon,
            say!("No backup has been proved by a restore for a long time."),
            say!("Look at the job that restores on trial: its last error says why."),
        ),
        _ => card,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    fn seen(newest: Option<&str>, proved: Option<&str>) -> Option<Seen> {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        Some(Seen {
            newest: newest.map(|text| (at(text), 1)),
            proved: proved.map(|text| Proved { file: String::new(), at: at(text), rows: 1 }),
            count: 1,
            every_hours: 24,
        })
    }

    #[test]
    fn old_backups_and_old_proofs_need_somebody() {
        let now = "2026-03-31T15:00:00Z".parse().unwrap();
        let worst = |seen| card(seen, now).concerns.first().map(|concern| concern.grade);
        assert_eq!(worst(None), Some(Grade::Soon));
        assert_eq!(worst(seen(None, None)), None, "it has not had the time");
        assert_eq!(worst(seen(Some("2026-03-31T02:00:00Z"), Some("2026-03-31T02:10:00Z"))), None);
        assert_eq!(worst(seen(Some("2026-03-29T02:00:00Z"), Some("2026-03-29T02:10:00Z"))), Some(Grade::Now));
        assert_eq!(worst(seen(Some("2026-03-31T02:00:00Z"), Some("2026-03-20T02:10:00Z"))), Some(Grade::Soon));
    }
}
