//! Who may do what: the whole matrix, in this one place.
//!
//! What a reader may *see* is [`vocabulary::Reader::standing`] and `ledger::visible`. Here stands what a reader may *do*.
//! Handlers ask [`may`] and never look at roles.

use vocabulary::{Kind, OrganisationId, Reader, Role, Scope};

/// Something that not everybody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deed {
    /// Open pages that are the organisation's own: imports, problems, own-only fields.
    SeeOwn,
    /// Change the organisation's estate: import, edit, retire, undo.
    EditEstate,
    /// See pages as the public, another council or a supplier would.
    SeeAs,
    /// Keep the organisation's registers and draft its answers.
    DraftAnswers,
    /// Answer and decide officially for the organisation.
    Decide,
    /// Publish for the organisation.
    Publish,
    /// Decide how widely the organisation's things are shared.
    DecideVisibility,
    /// Say who acts for the organisation, and in which role.
    ManagePeople,
    /// Hide, redact or block what was reported about the organisation.
    Moderate,
    /// Support and speak in the open: anybody who has signed in, whoever it is about.
    Speak,
    /// See who read what of the organisation's.
    SeeReaders,
    /// Add and change organisations.
    ManageOrganisations,
    /// Keep the list of products and suppliers that all share: publish, decline, withdraw, merge what is listed. Asked of
    /// the organisation that keeps it: `accounts::organisation::keeper`.
    KeepSharedList,
    /// See configuration and health, and change settings of this copy.
    Operate,
    /// Follow dates that are not everybody's, by an address that others may be given or by e-mail. Asked of the
    /// organisation that one acts for.
    FollowDates,
    /// Stop addresses by which others of the organisation share dates.
    StopSharing,
}

impl Deed {
    /// Every deed, for tests and documentation.
    pub const ALL: [Deed; 16] = [
        Deed::SeeOwn,
        Deed::EditEstate,
        Deed::SeeAs,
        Deed::DraftAnswers,
        Deed::Decide,
        Deed::Publish,
        Deed::DecideVisibility,
        Deed::ManagePeople,
        Deed::Moderate,
        Deed::Speak,
        Deed::SeeReaders,
        Deed::ManageOrganisations,
        Deed::KeepSharedList,
        Deed::Operate,
        Deed::FollowDates,
        Deed::StopSharing,
    ];
}

/// A deed that the reader may not do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Refused {
    /// [`Kind::Missing`] for those who are not to know of the page, [`Kind::Forbidden`] for those who may.
    pub kind: Kind,
    detail: String,
}

impl From<Refused> for web::Problem {
    fn from(refused: Refused) -> web::Problem {
        match refused.kind {
            Kind::Missing => web::Problem::missing(),
            kind => web::Problem::of_kind(kind, refused.detail),
        }
    }
}

/// Whether `reader` may do `deed` to what is `organisation`'s.
///
/// Somebody who acts for the organisation is told that their role is not enough; to everybody else the page does not
/// exist, so that nobody learns what there is.
///
/// # Errors
/// [`Refused`], which becomes a problem with `?`.
pub fn may(reader: &Reader, deed: Deed, organisation: &OrganisationId) -> Result<(), Refused> {
    let Some(person_acting) = reader.person.map(|_| reader.acting.as_ref()) else {
        return Err(match deed {
            Deed::Speak => forbidden(web::say!("Sign in first.")),
            _ => missing(),
        });
    };
    // A supplier's staff are as visitors, whatever role somebody wrote down for them.
    let role = person_acting
        .filter(|acting| acting.participating)
        .map(|acting| (acting.role, acting.organisation == *organisation));
    let allowed = match (deed, role) {
        (Deed::Speak, Some((Role::Auditor, _))) => false,
        (Deed::Speak, _) => true,
        (Deed::SeeOwn | Deed::SeeReaders, Some((Role::Auditor, _))) => true,
        (
            Deed::SeeOwn | Deed::EditEstate | Deed::SeeAs | Deed::DraftAnswers,
            Some((Role::Editor | Role::Steward, true)),
        ) => true,
        (
            Deed::Decide
            | Deed::Publish
            | Deed::DecideVisibility
            | Deed::ManagePeople
            | Deed::KeepSharedList
            | Deed::StopSharing,
            Some((Role::Steward, true)),
        ) => true,
        (Deed::FollowDates, Some((role, true))) => role != Role::Auditor,
        (Deed::Moderate, Some((Role::Moderator, own))) => !own,
        (Deed::ManagePeople | Deed::ManageOrganisations | Deed::Operate, Some((Role::Operator, _))) => true,
        _ => false,
    };
    let far_enough = reader.scope.is_none_or(|scope| within(scope, deed));
    match (allowed, deed, role) {
        (true, _, _) if far_enough => Ok(()),
        (true, _, _) => Err(forbidden(web::say!("The token that was sent does not go this far."))),
        (false, Deed::Speak, _) => Err(forbidden(web::say!("An auditor reads and writes nothing."))),
        (false, Deed::Moderate, Some((Role::Moderator, true))) => {
            Err(forbidden(web::say!("What is about your own organisation is moderated by another one.")))
        }
        (false, Deed::SeeReaders | Deed::ManageOrganisations | Deed::Operate | Deed::Moderate, _) => Err(missing()),
        (false, _, Some((_, true))) => {
            Err(forbidden(web::say!("Your role at this organisation does not include this. Ask one of its stewards.")))
        }
        (false, _, _) => Err(missing()),
    }
}

/// What a token may be used for, if its person may do it at all. People, settings, decisions and other tokens are left to
/// people themselves.
fn within(scope: Scope, deed: Deed) -> bool {
    match scope {
        Scope::Public => false,
        Scope::Read => matches!(deed, Deed::SeeOwn | Deed::SeeReaders),
        Scope::Edit => matches!(deed, Deed::SeeOwn | Deed::SeeReaders | Deed::EditEstate),
    }
}

fn missing() -> Refused {
    Refused { kind: Kind::Missing, detail: web::say!("It does not exist, or it is not shared with you.") }
}

fn forbidden(detail: String) -> Refused {
    Refused { kind: Kind::Forbidden, detail }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use vocabulary::{Acting, PersonId};

    use super::*;

    fn reader(organisation: &str, participating: bool, role: Role) -> Reader {
        Reader {
            person: Some(PersonId(uuid::Uuid::nil())),
            acting: Some(Acting { organisation: organisation.parse().unwrap(), participating, role }),
            scope: None,
        }
    }

    /// The matrix of DESIGN, "Identity and permission": Y may, F is told that the role is not enough, . finds no page.
    /// Columns in the order of [`Deed::ALL`]; everything is done to what is Ashmere's.
    #[test]
    fn every_cell_of_the_matrix() {
        use Role::{Auditor, Editor, Member, Moderator, Operator, Steward};
        let person_only = Reader { acting: None, ..reader("ashmere", true, Member) };
        let without_person = Reader { person: None, ..reader("ashmere", true, Steward) };
        let rows: Vec<(Reader, &str)> = vec![
            //                                      own edit see-as draft decide publish visibility people moderate speak readers orgs list operate follow stop
            (Reader::visitor(), ".........F......"),
            (without_person, ".........F......"),
            (person_only, ".........Y......"),
            (reader("ashmere", false, Member), ".........Y......"),
            (reader("ashmere", false, Steward), ".........Y......"),
            (reader("fennel", false, Operator), ".........Y......"),
            (reader("fennel", false, Auditor), ".........Y......"),
            (reader("ashmere", true, Member), "FFFFFFFF.Y..F.YF"),
            (reader("ashmere", true, Editor), "YYYYFFFF.Y..F.YF"),
            (reader("ashmere", true, Steward), "YYYYYYYY.Y..Y.YY"),
            (reader("ashmere", true, Moderator), "FFFFFFFFFY..F.YF"),
            (reader("ashmere", true, Auditor), "YFFFFFFF.FY.F.FF"),
            (reader("ashmere", true, Operator), "FFFFFFFY.Y.YFYYF"),
            (reader("brackford", true, Member), ".........Y......"),
            (reader("brackford", true, Editor), ".........Y......"),
            (reader("brackford", true, Steward), ".........Y......"),
            (reader("brackford", true, Moderator), "........YY......"),
            (reader("brackford", true, Auditor), "Y........FY....."),
            (reader("brackford", true, Operator), ".......Y.Y.Y.Y.."),
        ];
        let ashmere = "ashmere".parse().unwrap();
        for (reader, expected) in rows {
            let cell = |deed| match may(&reader, deed, &ashmere) {
                Ok(()) => 'Y',
                Err(refused) if refused.kind == Kind::Forbidden => 'F',
                Err(refused) => {
                    assert_eq!(refused.kind, Kind::Missing);
                    '.'
                }
            };
            let found: String = Deed::ALL.into_iter().map(cell).collect();
            assert_eq!(found, expected, "{reader:?}");
        }
    }

    /// A token is never more than its person, and outsiders learn no more by one.
    #[test]
    fn tokens_go_as_far_as_their_scope_and_their_person() {
        let ashmere = "ashmere".parse().unwrap();
        for role in [Role::Member, Role::Editor, Role::Steward, Role::Moderator, Role::Auditor, Role::Operator] {
            for at in ["ashmere", "brackford"] {
                for deed in Deed::ALL {
                    let person = reader(at, true, role);
                    let alone = may(&person, deed, &ashmere);
                    for (scope, deeds) in [
                        (Scope::Public, &[][..]),
                        (Scope::Read, &[Deed::SeeOwn, Deed::SeeReaders]),
                        (Scope::Edit, &[Deed::SeeOwn, Deed::SeeReaders, Deed::EditEstate]),
                    ] {
                        let token = may(&Reader { scope: Some(scope), ..person.clone() }, deed, &ashmere);
                        match &alone {
                            Ok(()) if deeds.contains(&deed) => assert_eq!(token, Ok(())),
                            Ok(()) => assert_eq!(token.unwrap_err().kind, Kind::Forbidden, "{scope} {deed:?}"),
                            Err(_) => assert_eq!(token, alone),
                        }
                    }
                }
            }
        }
    }
}
