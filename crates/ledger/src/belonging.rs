//! Whose the rows of a table are, declared once by its subject: what an organisation takes along when it leaves, what is erased
//! behind it, and for the test that finds a table which declares nothing.

/// A table, and whose its rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Belonging {
    /// The table.
    pub table: &'static str,
    /// Whose its rows are.
    pub to: Owner,
}

/// Whose the rows of a table are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    /// Of the organisation in this column, which takes them along. They are erased when it leaves.
    Organisation(&'static str),
    /// The same, reckoned from other rows of the organisation: taken along for whoever reads the file, made anew by whoever
    /// brings it in.
    ToRead(&'static str),
    /// The same, and good on this copy only: what lets somebody in, what waits, what search is made from. It is not taken
    /// along.
    OfThisCopy(&'static str),
    /// A person's own, whoever they act for.
    Person,
    /// Everybody's: what all share, and the same on every copy that has it.
    Everybody,
    /// Nobody's: what the copy keeps for itself.
    Nobody,
}

impl Belonging {
    /// A table of an organisation's own.
    pub const fn organisation(table: &'static str) -> Belonging {
        Belonging { table, to: Owner::Organisation("organisation") }
    }

    /// A table that is reckoned from an organisation's others.
    pub const fn to_read(table: &'static str) -> Belonging {
        Belonging { table, to: Owner::ToRead("organisation") }
    }

    /// A table of an organisation that is good on this copy only.
    pub const fn of_this_copy(table: &'static str) -> Belonging {
        Belonging { table, to: Owner::OfThisCopy("organisation") }
    }

    /// A table of people's.
    pub const fn person(table: &'static str) -> Belonging {
        Belonging { table, to: Owner::Person }
    }

    /// A table of everybody's.
    pub const fn everybody(table: &'static str) -> Belonging {
        Belonging { table, to: Owner::Everybody }
    }

    /// A table of nobody's.
    pub const fn nobody(table: &'static str) -> Belonging {
        Belonging { table, to: Owner::Nobody }
    }

    /// The column that names the organisation, where rows are an organisation's.
    pub const fn column(&self) -> Option<&'static str> {
        match self.to {
            Owner::Organisation(column) | Owner::ToRead(column) | Owner::OfThisCopy(column) => Some(column),
            Owner::Person | Owner::Everybody | Owner::Nobody => None,
        }
    }
}

/// The ledger's own tables.
pub const BELONGINGS: &[Belonging] = &[
    Belonging::organisation("thing"),
    Belonging::of_this_copy("search_word"),
    Belonging::nobody("search_vocabulary"),
    Belonging::organisation("event"),
    Belonging::organisation("event_head"),
    Belonging::organisation("link"),
    Belonging::organisation("moved"),
    Belonging::of_this_copy("job"),
    // What a restored backup has to erase again stays when an organisation has left.
    Belonging::nobody("erasure"),
];
