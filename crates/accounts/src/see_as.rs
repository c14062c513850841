//! Seeing pages as another reader would: an editor or steward chooses whom, and sees what they would see until they stop.
//!
//! It is decided here, once, for every page and format: from the session to the [`Reader`] of the request. It never
//! widens: one sees as others only who see no more than oneself. `web` shows the band and refuses every write meanwhile.

use std::str::FromStr;

use axum::{extract::State, http::HeaderMap};
use serde_json::json;
use store::Transaction;
use vocabulary::Reader;
use web::{Answer, FieldError, Form, Outcome, Page, Problem, SamplePage, SeeAs, Visit};

use crate::{Accounts, Deed, Error, may, next, session};

const TEMPLATE: &str = "accounts/see-as.html";

/// As whom one may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Other {
    /// Somebody who has not signed in.
    Public,
    /// Staff of another participating body.
    Council,
    /// Staff of a supplier.
    Supplier,
}

/// A word that names nobody as whom one could see.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not one of public, council, supplier")]
pub struct UnknownOther;

impl FromStr for Other {
    type Err = UnknownOther;
    fn from_str(word: &str) -> Result<Other, UnknownOther> {
        Other::ALL.into_iter().find(|other| other.word() == word).ok_or(UnknownOther)
    }
}

impl Other {
    /// All of them, in the order of the page.
    pub const ALL: [Other; 3] = [Other::Public, Other::Council, Other::Supplier];

    /// The word as stored and as sent.
    pub const fn word(self) -> &'static str {
        match self {
            Other::Public => "public",
            Other::Council => "council",
            Other::Supplier => "supplier",
        }
    }

    /// Whose rights hold while one sees as them.
    pub fn reader(self) -> Reader {
        match self {
            Other::Public => Reader::visitor(),
            Other::Council => Reader::of_another_council(),
            Other::Supplier => Reader::of_a_supplier(),
        }
    }

    /// What the band says.
    fn sentence(self) -> String {
        match self {
            Other::Public => web::say!("You are seeing this as the public would."),
            Other::Council => web::say!("You are seeing this as another council would."),
            Other::Supplier => web::say!("You are seeing this as a supplier would."),
        }
    }

    fn text(self) -> String {
        match self {
            Other::Public => web::say!("The public"),
            Other::Council => web::say!("Another council"),
            Other::Supplier => web::say!("A supplier"),
        }
    }

    fn hint(self) -> String {
        match self {
            Other::Public => web::say!("Somebody who has not signed in. Sees what is shared with anyone."),
            Other::Council => {
                web::say!("Staff of another participating body. Sees also what such bodies share with each other.")
            }
            Other::Supplier => {
                web::say!("Somebody who has signed in for a supplier. Sees what the public sees, and no more.")
            }
        }
    }
}

/// Whether `reader` may see as `other`: editors and stewards may, and only as somebody who sees no more than they do.
pub fn may_see_as(reader: &Reader, other: Other) -> bool {
    let keeps = reader.acting.as_ref().is_some_and(|acting| may(reader, Deed::SeeAs, &acting.organisation).is_ok());
    keeps && reader.standing().covers(&other.reader().standing())
}

/// Who asks, from the person's own rights and what their session says. Rights are read afresh with every request, so
/// somebody who may no longer see as another sees as themselves.
pub(crate) fn asking(own: Reader, other: Option<Other>) -> web::Asking {
    match other.filter(|other| may_see_as(&own, *other)) {
        Some(other) => {
            let behind = (other == Other::Council).then_some(own);
            web::Asking { see_as: SeeAs::Now(other.sentence()), behind, ..web::Asking::from(other.reader()) }
        }
        None => {
            let offered = Other::ALL.into_iter().any(|other| may_see_as(&own, other));
            let see_as = if offered { SeeAs::Offered } else { SeeAs::NotOffered };
            web::Asking { see_as, ..web::Asking::from(own) }
        }
    }
}

/// The choice. Who sees as another already is told how to stop.
pub(crate) async fn choose(visit: Visit) -> Outcome {
    let parameters = visit.parameters(&["next"])?;
    let offered = permitted(&visit)?;
    Ok(page(&visit.see_as, &offered, &next::safe(parameters.one("next"))).into())
}

/// As whom the person may see; the page does not exist for those who may as nobody.
fn permitted(visit: &Visit) -> Result<Vec<Other>, Problem> {
    let offered: Vec<Other> = Other::ALL.into_iter().filter(|other| may_see_as(&visit.reader, *other)).collect();
    match offered.is_empty() && !visit.see_as.is_now() {
        true => Err(Problem::missing()),
        false => Ok(offered),
    }
}

/// From now on, as somebody else.
pub(crate) async fn chosen(State(accounts): State<Accounts>, visit: Visit, headers: HeaderMap, form: Form) -> Outcome {
    visit.parameters(&[])?;
    form.only(&["as", "next"])?;
    let offered = permitted(&visit)?;
    let next = next::safe(form.one("next"));
    let wanted = form.one("as").and_then(|word| word.parse::<Other>().ok());
    let Some(other) = wanted.filter(|other| offered.contains(other)) else {
        let error = FieldError::new("as", web::say!("Choose whom to see as"));
        return Ok(page(&visit.see_as, &offered, &next).errors(vec![error]).into());
    };
    accounts.see_as(&headers, Some(other)).await?;
    Ok(Answer::Redirect(next))
}

/// From now on, as oneself again.
pub(crate) async fn stop(State(accounts): State<Accounts>, visit: Visit, headers: HeaderMap, form: Form) -> Outcome {
    visit.parameters(&[])?;
    form.only(&["next"])?;
    accounts.see_as(&headers, None).await?;
    Ok(Answer::Redirect(next::safe(form.one("next"))))
}

impl Accounts {
    async fn see_as(&self, headers: &HeaderMap, other: Option<Other>) -> Result<(), Problem> {
        if let Some(token) = self.cookie().read(headers) {
            let set = move |tx: &mut Transaction<'_>| session::see_as(tx, &token, other);
            self.store.write(set).await.map_err(Error::from)?;
        }
        Ok(())
    }
}

fn page(see_as: &SeeAs, offered: &[Other], next: &str) -> Page {
    let now = match see_as {
        SeeAs::Now(sentence) => Some(sentence),
        SeeAs::Offered | SeeAs::NotOffered => None,
    };
    let choices: Vec<_> = offered
        .iter()
        .map(|other| json!({"value": other.word(), "text": other.text(), "hint": other.hint()}))
        .collect();
    Page::new(TEMPLATE, web::say!("See as another reader"))
        .section("account")
        .reading()
        .private()
        .data(json!({"now": now, "choices": choices, "next": next}))
}

/// The page in each of its states.
pub(crate) fn samples() -> Vec<SamplePage> {
    let error = FieldError::new("as", web::say!("Choose whom to see as"));
    let now = SeeAs::Now(Other::Council.sentence());
    vec![
        SamplePage { name: "see as", page: page(&SeeAs::Offered, &Other::ALL, "/systems/1") },
        SamplePage { name: "see as, refused", page: page(&SeeAs::Offered, &Other::ALL, "/").errors(vec![error]) },
        SamplePage { name: "see as, already", page: page(&now, &[], "/") },
    ]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use vocabulary::{Acting, PersonId, Role, Standing};

    use super::*;

    fn everybody() -> Vec<Reader> {
        let roles = [Role::Member, Role::Editor, Role::Steward, Role::Moderator, Role::Auditor, Role::Operator];
        let person = Some(PersonId(uuid::Uuid::nil()));
        let mut all = vec![Reader::visitor(), Reader { person, acting: None, scope: None }];
        for role in roles {
            for (id, participating) in [("ashmere", true), ("brackford", true), ("fennel", false)] {
                let acting = Some(Acting { organisation: id.parse().unwrap(), participating, role });
                all.push(Reader { person, acting: acting.clone(), scope: None });
                // Nobody signed in, whatever a session said.
                all.push(Reader { person: None, acting, scope: None });
            }
        }
        all.extend(Other::ALL.map(Other::reader));
        all
    }

    #[test]
    fn only_editors_and_stewards_of_participating_bodies_see_as_others() {
        for reader in everybody() {
            let role = reader.acting.as_ref().filter(|acting| acting.participating).map(|acting| acting.role);
            let keeps = reader.person.is_some() && matches!(role, Some(Role::Editor | Role::Steward));
            for other in Other::ALL {
                assert_eq!(may_see_as(&reader, other), keeps, "{reader:?} as {other:?}");
            }
        }
    }

    /// Whoever asks and whatever the session says, nobody's request has more rights than their own.
    #[test]
    fn it_never_widens() {
        for own in everybody() {
            for other in [None].into_iter().chain(Other::ALL.map(Some)) {
                let asking = asking(own.clone(), other);
                assert!(own.standing().covers(&asking.reader.standing()), "{own:?} as {other:?}");
                let seen_as = asking.see_as.is_now();
                assert_eq!(seen_as, other.is_some_and(|other| may_see_as(&own, other)));
                let shown_more = seen_as && other == Some(Other::Council);
                assert_eq!(asking.behind, shown_more.then(|| own.clone()), "whoever reads more than all do is known");
                if !seen_as {
                    assert_eq!(asking.reader, own);
                    continue;
                }
                assert!(matches!(asking.reader.standing(), Standing::Public | Standing::Members));
                for deed in Deed::ALL.into_iter().filter(|deed| *deed != Deed::Speak) {
                    for organisation in ["ashmere", "brackford", "fennel"] {
                        assert!(may(&asking.reader, deed, &organisation.parse().unwrap()).is_err(), "{deed:?}");
                    }
                    // Any member may follow dates; nothing can be written meanwhile, so nothing comes of it.
                    if let Some(acting) = asking.reader.acting.as_ref().filter(|_| deed != Deed::FollowDates) {
                        assert!(may(&asking.reader, deed, &acting.organisation).is_err(), "{deed:?} for itself");
                    }
                }
            }
        }
    }

    #[test]
    fn words_come_back() {
        for other in Other::ALL {
            assert_eq!(other.word().parse(), Ok(other));
        }
        assert_eq!("auditor".parse::<Other>(), Err(UnknownOther));
    }
}
