//! A county whose councils compare in every way, for the pages' samples.

use crate::map::in_use::Counted;
use crate::map::samples::{county as small, in_use};

/// What three councils run.
pub(crate) fn county() -> Counted {
    let (_, mut counted) = small();
    counted.systems.extend([
        in_use("ashmere", "Bin rounds", "BinRound", "", "Oakware", &["waste"]),
        in_use("brackford", "Waste", "WasteDesk", "2.1", "Fennel Software", &["waste"]),
        in_use("brackford", "Business rates", "RateBook", "", "Oakware", &["revenues"]),
        in_use("brackford", "Waste archive", "", "", "", &["waste"]),
    ]);
    counted
}
