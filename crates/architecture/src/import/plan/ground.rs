//! What a file is planned against: names and what they mean, and an estate as it is or as it would be.

use std::collections::{BTreeMap, BTreeSet};

use store::{Error, Transaction};
use vocabulary::OrganisationId;

use crate::import::lists::Words;
use crate::import::meaning::Names;
use crate::import::print::Labels;
use crate::product::merge::Merges;
use crate::statement::store::{Present, present, private_texts};

/// The names that files are read against, and what they mean.
pub(in crate::import) struct Known {
    pub(super) names: Names,
    pub(super) merges: Merges,
    pub(in crate::import) labels: Labels,
}

impl Known {
    /// Reads them.
    pub(in crate::import) fn of(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Known, Error> {
        let (names, merges) = (Names::of(tx, organisation)?, Merges::read(tx)?);
        Ok(Known { names, merges, labels: Labels::of(tx, organisation)? })
    }
}

/// The estate that a file is planned against.
#[derive(Clone, Debug, Default)]
pub(in crate::import) struct Ground {
    pub(in crate::import) present: Present,
    pub(in crate::import) texts: BTreeMap<String, String>,
    /// What lists say, and decide by.
    pub(in crate::import) words: Words,
    /// What lists of contracts say besides, which files of systems do not decide by: people are told of it.
    pub(in crate::import) beside: Option<Words>,
    /// Systems of which a list of contracts may not say which contract they have: another has, or somebody by hand.
    pub(in crate::import) settled: BTreeSet<String>,
    /// Systems and contracts that somebody has renamed, by what files call them.
    pub(in crate::import) renamed_systems: BTreeMap<String, BTreeSet<String>>,
    pub(in crate::import) renamed_contracts: BTreeMap<String, BTreeSet<String>>,
    /// Contracts that lists of contracts made, by folded reference or title.
    pub(in crate::import) made: BTreeMap<String, String>,
}

impl Ground {
    /// The estate as it is.
    pub(in crate::import) fn of(tx: &mut Transaction<'_>, organisation: &OrganisationId) -> Result<Ground, Error> {
        let (present, texts) = (present(tx, organisation, None)?, private_texts(tx, organisation)?);
        Ok(Ground { present, texts, words: Words::of(tx, organisation)?, ..Ground::default() })
    }
}
