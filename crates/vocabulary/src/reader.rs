//! Who is reading, for whom, in which role; and the three widths of visibility.
//!
//! What a reader may see is reckoned here as a [`Standing`]; the one SQL predicate made from it belongs to `ledger`,
//! and who may do what belongs to `accounts`.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{OrganisationId, PersonId};

/// How widely a thing or a field is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Visibility {
    /// The organisation itself: its editors and stewards.
    Own,
    /// Signed-in staff of participating public bodies.
    Members,
    /// Anyone.
    Public,
}

/// What a person may do for the organisation they act for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Staff without a further task.
    Member,
    /// Keeps the organisation's estate.
    Editor,
    /// Decides and publishes for the organisation.
    Steward,
    /// Looks at what was reported, of bodies other than their own.
    Moderator,
    /// Reads everything, writes nothing.
    Auditor,
    /// Runs this copy of the program.
    Operator,
}

/// A word that names no role or visibility.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{word}\" is not one of {known}")]
pub struct UnknownWord {
    word: String,
    known: &'static str,
}

macro_rules! words {
    ($type:ty, $known:literal, $($variant:path => $word:literal),+) => {
        impl $type {
            /// The word as stored and as written in addresses and files.
            pub const fn word(self) -> &'static str {
                match self { $($variant => $word),+ }
            }
        }
        impl FromStr for $type {
            type Err = UnknownWord;
            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                match word {
                    $($word => Ok($variant),)+
                    _ => Err(UnknownWord { word: word.chars().take(40).collect(), known: $known }),
                }
            }
        }
        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str(self.word()) }
        }
    };
}
words!(Visibility, "own, members, public",
    Visibility::Own => "own", Visibility::Members => "members", Visibility::Public => "public");
words!(Scope, "public, read, edit", Scope::Public => "public", Scope::Read => "read", Scope::Edit => "edit");
words!(Role, "member, editor, steward, moderator, auditor, operator",
    Role::Member => "member", Role::Editor => "editor", Role::Steward => "steward",
    Role::Moderator => "moderator", Role::Auditor => "auditor", Role::Operator => "operator");

/// The organisation a signed-in person acts for, and in which role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acting {
    /// The organisation.
    pub organisation: OrganisationId,
    /// Whether it is a participating public body. A supplier never is.
    pub participating: bool,
    /// The role held there.
    pub role: Role,
}

/// Whoever asks: a visitor, or a person acting for an organisation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reader {
    /// The signed-in person, if any.
    pub person: Option<PersonId>,
    /// For whom they act; none for a visitor and for a person without any membership.
    pub acting: Option<Acting>,
    /// How far the token goes by which a program asks for them; none for people themselves.
    pub scope: Option<Scope>,
}

/// How far an API token goes. Never farther than the person who made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Reads what anyone may read, with a quota of its own.
    Public,
    /// Reads what its person may read.
    Read,
    /// Also changes the estate of the organisation that it is for.
    Edit,
}

/// What a reader may see, widest right first in meaning: the auditor's, an editor's, a member's, a visitor's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Everything of everyone (auditor).
    Everything,
    /// Public and members' parts, and all of one's own organisation (editor, steward).
    Own(OrganisationId),
    /// Public and members' parts (member, moderator and operator of a participating body).
    Members,
    /// Public parts only (visitor, and a supplier's staff: exactly alike).
    Public,
}

impl Standing {
    /// Whether whoever has this standing may see all that `other` may see.
    pub fn covers(&self, other: &Standing) -> bool {
        match (self, other) {
            (Standing::Everything, _) | (_, Standing::Public) => true,
            (Standing::Own(own), Standing::Own(other)) => own == other,
            (Standing::Own(_) | Standing::Members, Standing::Members) => true,
            (_, Standing::Everything | Standing::Own(_)) | (Standing::Public, Standing::Members) => false,
        }
    }
}

impl Reader {
    /// Somebody who has not signed in.
    pub fn visitor() -> Reader {
        Reader::default()
    }

    /// Staff of some other participating body, whom an editor may see as. The body is none that exists, and the role a
    /// member's, so nothing whatever is their own.
    pub fn of_another_council() -> Reader {
        Reader::staff_of_none(true)
    }

    /// Staff of some supplier, whom an editor may see as: as a visitor, but signed in.
    pub fn of_a_supplier() -> Reader {
        Reader::staff_of_none(false)
    }

    fn staff_of_none(participating: bool) -> Reader {
        let acting = Acting { organisation: OrganisationId::of_none(), participating, role: Role::Member };
        Reader { person: Some(PersonId(uuid::Uuid::nil())), acting: Some(acting), scope: None }
    }

    /// What this reader may see.
    pub fn standing(&self) -> Standing {
        match &self.acting {
            Some(acting) if acting.participating && self.person.is_some() => match acting.role {
                Role::Auditor => Standing::Everything,
                Role::Editor | Role::Steward => Standing::Own(acting.organisation.clone()),
                Role::Member | Role::Moderator | Role::Operator => Standing::Members,
            },
            _ => Standing::Public,
        }
    }

    /// Whether this reader may see something of `organisation` that is shared as `visibility` says.
    pub fn sees(&self, visibility: Visibility, organisation: &OrganisationId) -> bool {
        match self.standing() {
            Standing::Everything => true,
            Standing::Own(own) => visibility >= Visibility::Members || own == *organisation,
            Standing::Members => visibility >= Visibility::Members,
            Standing::Public => visibility == Visibility::Public,
        }
    }

    /// The role held for `organisation`, if this reader acts for it.
    pub fn role_at(&self, organisation: &OrganisationId) -> Option<Role> {
        self.acting.as_ref().filter(|acting| acting.organisation == *organisation).map(|acting| acting.role)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(organisation: &str, participating: bool, role: Role) -> Reader {
        let organisation = OrganisationId::from_str(organisation).unwrap_or_else(|error| unreachable!("{error}"));
        let acting = Acting { organisation, participating, role };
        Reader { person: Some(PersonId(uuid::Uuid::nil())), acting: Some(acting), scope: None }
    }

    #[test]
    fn each_reader_sees_as_the_matrix_says() {
        use Visibility::{Members, Own, Public};
        let ashmere = OrganisationId::from_str("ashmere").unwrap_or_else(|error| unreachable!("{error}"));
        let cases = [
            (Reader::visitor(), [true, false, false]),
            (reader("fennel", false, Role::Editor), [true, false, false]),
            (reader("brackford", true, Role::Member), [true, true, false]),
            (reader("brackford", true, Role::Steward), [true, true, false]),
            (reader("ashmere", true, Role::Member), [true, true, false]),
            (reader("ashmere", true, Role::Editor), [true, true, true]),
            (reader("ashmere", true, Role::Steward), [true, true, true]),
            (reader("ashmere", true, Role::Moderator), [true, true, false]),
            (reader("ashmere", true, Role::Operator), [true, true, false]),
            (reader("brackford", true, Role::Auditor), [true, true, true]),
        ];
        for (reader, expected) in cases {
            let seen = [Public, Members, Own].map(|visibility| reader.sees(visibility, &ashmere));
            assert_eq!(seen, expected, "{reader:?}");
        }
    }

    #[test]
    fn a_standing_covers_what_it_sees_more_than() {
        let of = |organisation: &str, role| reader(organisation, true, role).standing();
        let order = [
            Standing::Public,
            Standing::Members,
            of("ashmere", Role::Editor),
            of("brackford", Role::Editor),
            Standing::Everything,
        ];
        let bodies = ["ashmere", "brackford", "colne"]
            .map(|id| OrganisationId::from_str(id).unwrap_or_else(|error| unreachable!("{error}")));
        let sees = |standing: &Standing, visibility, organisation: &OrganisationId| match standing {
            Standing::Everything => true,
            Standing::Own(own) => visibility >= Visibility::Members || own == organisation,
            Standing::Members => visibility >= Visibility::Members,
            Standing::Public => visibility == Visibility::Public,
        };
        for wide in &order {
            for narrow in &order {
                let all = bodies.iter().all(|body| {
                    let widths = [Visibility::Own, Visibility::Members, Visibility::Public];
                    widths.iter().all(|width| !sees(narrow, *width, body) || sees(wide, *width, body))
                });
                assert_eq!(wide.covers(narrow), all, "{wide:?} and {narrow:?}");
            }
        }
    }

    #[test]
    fn whoever_one_sees_as_owns_nothing() {
        for reader in [Reader::visitor(), Reader::of_another_council(), Reader::of_a_supplier()] {
            assert!(matches!(reader.standing(), Standing::Members | Standing::Public));
            for organisation in ["ashmere", "a", "0", "x-x"] {
                let organisation =
                    OrganisationId::from_str(organisation).unwrap_or_else(|error| unreachable!("{error}"));
                assert!(!reader.sees(Visibility::Own, &organisation) && reader.role_at(&organisation).is_none());
            }
        }
        assert!(OrganisationId::from_str(OrganisationId::of_none().as_str()).is_err(), "nobody can be of it");
        assert_eq!(Reader::of_another_council().standing(), Standing::Members);
        assert_eq!(Reader::of_a_supplier().standing(), Standing::Public);
    }

    #[test]
    fn words_come_back() {
        for role in [Role::Member, Role::Editor, Role::Steward, Role::Moderator, Role::Auditor, Role::Operator] {
            assert_eq!(role.word().parse(), Ok(role));
        }
        assert!("owner".parse::<Role>().is_err());
    }
}
