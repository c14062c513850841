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
    /// Find everybody who has an account, keep somebody out, let them in again.
    ManageAccounts,
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
    /// Take everything that is the organisation's own along, as a file.
    TakeAlong,
    /// Ask that everything of the organisation be erased, confirm it, take it back.
    Leave,
}

impl Deed {
    /// Every deed, for tests and documentation.
    pub const ALL: [Deed; 19] = [
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
        Deed::ManageAccounts,
        Deed::KeepSharedList,
        Deed::Operate,
        Deed::FollowDates,
        Deed::StopSharing,
        Deed::TakeAlong,
        Deed::Leave,
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
            | Deed::SeeReaders
            | Deed::KeepSharedList
            | Deed::StopSharing
            | Deed::TakeAlong
            | Deed::Leave,
            Some((Role::Steward, true)),
        ) => true,
        (Deed::FollowDates, Some((role, true))) => role != Role::Auditor,
        (Deed::Moderate, Some((Role::Moderator, own))) => !own,
        (
            Deed::ManagePeople | Deed::ManageOrganisations | Deed::ManageAccounts | Deed::Operate | Deed::Leave,
            Some((Role::Operator, _)),
        ) => true,
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
        (
            false,
            Deed::SeeReaders | Deed::ManageOrganisations | Deed::ManageAccounts | Deed::Operate | Deed::Moderate,
            _,
        ) => Err(missing()),
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

/// What whoever operates a copy has to show besides being signed in. Somebody who has a passkey has to use it in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OperatorsNeed {
    /// Nothing, while they have no passkey.
    #[default]
    Nothing,
    /// A passkey: who has none operates once they have added one.
    Passkey,
}

/// Whether a session shows by a passkey who uses it, as far as that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proof {
    /// Nobody asks for it.
    NotNeeded,
    /// It is asked for, and was given lately.
    Given,
    /// It is asked for.
    Missing,
}

/// The role that holds in a session. An operator's holds only with the proof that is asked for: without it they are a
/// member, for pages, files and writes alike.
pub(crate) fn holds(role: Role, proof: Proof) -> Role {
    match (role, proof) {
        (Role::Operator, Proof::Missing) => Role::Member,
        (role, _) => role,
    }
}

/// Every role, in the order in which pages offer them.
pub(crate) const ROLES: [Role; 6] =
    [Role::Member, Role::Editor, Role::Steward, Role::Moderator, Role::Auditor, Role::Operator];

/// Whether `reader` may give `role` at `organisation` to somebody, or take it away from them.
///
/// Stewards give the roles that are about their own organisation. Those that reach beyond it (moderator, auditor, operator)
/// are given by operators. Where an organisation does not participate, every role is as a member's, so there is no other.
/// That nobody changes their own role is asked where it is known whose role it is.
///
/// # Errors
/// [`Refused`] as by [`may`], and forbidden for a role that is not the reader's to give.
pub fn may_give(
    reader: &Reader,
    role: Role,
    organisation: &OrganisationId,
    participating: bool,
) -> Result<(), Refused> {
    may(reader, Deed::ManagePeople, organisation)?;
    let operates = may(reader, Deed::ManageOrganisations, organisation).is_ok();
    match (role, participating, operates) {
        (Role::Member, _, _) | (_, true, true) | (Role::Editor | Role::Steward, true, false) => Ok(()),
        (_, false, _) => Err(only_members()),
        (_, true, false) => Err(forbidden(web::say!("Only an operator gives this role or takes it away."))),
    }
}

/// Whether a role can be had at an organisation at all: what is asked of whoever writes to the database by a command.
pub(crate) fn gives_by_command(role: Role, participating: bool) -> Result<(), Refused> {
    match participating || role == Role::Member {
        true => Ok(()),
        false => Err(only_members()),
    }
}

fn only_members() -> Refused {
    forbidden(web::say!("This organisation does not participate, so everybody who acts for it is a member of staff."))
}

/// The roles that `reader` may give at `organisation`.
pub(crate) fn may_give_any(reader: &Reader, organisation: &OrganisationId, participating: bool) -> Vec<Role> {
    let given = ROLES.into_iter().filter(|role| may_give(reader, *role, organisation, participating).is_ok());
    given.collect()
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
            //                                      own edit see-as draft decide publish visibility people moderate speak readers orgs accounts list operate follow stop take leave
            (Reader::visitor(), ".........F........."),
            (without_person, ".........F........."),
            (person_only, ".........Y........."),
            (reader("ashmere", false, Member), ".........Y........."),
            (reader("ashmere", false, Steward), ".........Y........."),
            (reader("fennel", false, Operator), ".........Y........."),
            (reader("fennel", false, Auditor), ".........Y........."),
            (reader("ashmere", true, Member), "FFFFFFFF.Y...F.YFFF"),
            (reader("ashmere", true, Editor), "YYYYFFFF.Y...F.YFFF"),
            (reader("ashmere", true, Steward), "YYYYYYYY.YY..Y.YYYY"),
            (reader("ashmere", true, Moderator), "FFFFFFFFFY...F.YFFF"),
            (reader("ashmere", true, Auditor), "YFFFFFFF.FY..F.FFFF"),
            (reader("ashmere", true, Operator), "FFFFFFFY.Y.YYFYYFFY"),
            (reader("brackford", true, Member), ".........Y........."),
            (reader("brackford", true, Editor), ".........Y........."),
            (reader("brackford", true, Steward), ".........Y........."),
            (reader("brackford", true, Moderator), "........YY........."),
            (reader("brackford", true, Auditor), "Y........FY........"),
            (reader("brackford", true, Operator), ".......Y.Y.YY.Y...Y"),
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

    /// The role of an operator, and no other, waits for the proof.
    #[test]
    fn an_operators_role_holds_with_the_proof_that_is_asked_for() {
        for role in ROLES {
            for (proof, expected) in [
                (Proof::NotNeeded, role),
                (Proof::Given, role),
                (Proof::Missing, if role == Role::Operator { Role::Member } else { role }),
            ] {
                assert_eq!(holds(role, proof), expected, "{role} {proof:?}");
            }
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

    /// Who may give which role at Ashmere, and at Fennel, which does not participate: in the order of [`ROLES`].
    #[test]
    fn every_cell_of_who_gives_which_role() {
        use Role::{Auditor, Editor, Member, Moderator, Operator, Steward};
        let rows: Vec<(Reader, &str, &str)> = vec![
            //                                         member editor steward moderator auditor operator
            (Reader::visitor(), "......", "......"),
            (Reader::of_another_council(), "......", "......"),
            (Reader::of_a_supplier(), "......", "......"),
            (Reader { acting: None, ..reader("ashmere", true, Steward) }, "......", "......"),
            (Reader { person: None, ..reader("ashmere", true, Steward) }, "......", "......"),
            (reader("ashmere", false, Steward), "......", "......"),
            (reader("fennel", false, Steward), "......", "......"),
            (reader("fennel", false, Operator), "......", "......"),
            (reader("ashmere", true, Member), "FFFFFF", "......"),
            (reader("ashmere", true, Editor), "FFFFFF", "......"),
            (reader("ashmere", true, Steward), "YYYFFF", "......"),
            (reader("ashmere", true, Moderator), "FFFFFF", "......"),
            (reader("ashmere", true, Auditor), "FFFFFF", "......"),
            (reader("ashmere", true, Operator), "YYYYYY", "YFFFFF"),
            (reader("brackford", true, Editor), "......", "......"),
            (reader("brackford", true, Steward), "......", "......"),
            (reader("brackford", true, Auditor), "......", "......"),
            (reader("brackford", true, Operator), "YYYYYY", "YFFFFF"),
        ];
        for (reader, at_ashmere, at_fennel) in rows {
            for (organisation, participating, expected) in [("ashmere", true, at_ashmere), ("fennel", false, at_fennel)]
            {
                let organisation = organisation.parse().unwrap();
                let cell = |role| match may_give(&reader, role, &organisation, participating) {
                    Ok(()) => 'Y',
                    Err(refused) if refused.kind == Kind::Forbidden => 'F',
                    Err(_) => '.',
                };
                let found: String = ROLES.into_iter().map(cell).collect();
                assert_eq!(found, expected, "{reader:?} at {organisation}");
                let any = may_give_any(&reader, &organisation, participating);
                assert_eq!(any.len(), expected.matches('Y').count());
            }
        }
    }
}
