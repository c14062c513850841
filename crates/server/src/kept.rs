//! What a copy keeps about people, of every subject and of the program itself: what the privacy notice says.

use jiff::SignedDuration;
use ledger::Kept;
use web::{say, say_n, say_period};

use crate::Product;

/// Everything that is kept, as this copy is set up.
pub fn kept(product: &Product) -> Vec<Kept> {
    let mut kept = accounts::kept(&product.accounts());
    kept.extend(architecture::kept(product.retention));
    kept.extend(ledger::kept(product.retention));
    kept.push(Kept {
        tables: &[],
        what: say!("Everything of an organisation that leaves"),
        why: say!("So that leaving can be taken back"),
        how_long: say!(
            "{days} after two people have confirmed it; then it is erased",
            days = say_period(product.retention.leaving.length())
        ),
    });
    kept.push(Kept {
        tables: &[],
        what: say!("That something was erased, and when: a reference, and nothing of what was erased"),
        why: say!("So that a backup that is brought back does not bring it back"),
        how_long: say!("For good"),
    });
    if !product.demonstration {
        kept.push(backups(product));
    }
    kept
}

fn backups(product: &Product) -> Kept {
    let how_long = match &product.scheduled {
        Some(scheduled) => say!(
            "One is taken every {period}. The newest of each of the last {days}, {weeks} and {months} that have one stays",
            period = say_period(SignedDuration::from_hours(i64::from(scheduled.every_hours))),
            days = say_n!("1 day", "{count} days", scheduled.keep.daily.into()),
            weeks = say_n!("1 week", "{count} weeks", scheduled.keep.weekly.into()),
            months = say_n!("1 month", "{count} months", scheduled.keep.monthly.into())
        ),
        None => say!(
            "The program takes none by itself here. Whoever runs this copy decides whether they take some, and how long they stay"
        ),
    };
    Kept {
        tables: &[],
        what: say!("Backups of all of this, as it was when each was taken"),
        why: say!("So that nothing is lost when a machine is"),
        how_long,
    }
}
