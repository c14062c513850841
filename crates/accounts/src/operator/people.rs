//! Everybody who has an account here, by name: found by name or address, with filters.

use ::store::Transaction;
use axum::extract::State as Slot;
use serde_json::{Value, json};
use vocabulary::{Role, fold};
use web::{Cell, Outcome, Page, Paging, Parameters, Problem, Table, Visit};

use super::by_name::{Key, Place, cut, place};
use super::{Account, permitted, store};
use crate::{Accounts, Error, permission::ROLES, role_words};

const TEMPLATE: &str = "accounts/operator/people.html";
pub(crate) const PARAMETERS: &[&str] = &["q", "state", "role", "after", "before"];
/// What `state` can be.
const STATES: [&str; 3] = ["enabled", "disabled", "without"];

/// Who is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Filter {
    /// A part of a name or an address.
    pub(super) text: Option<String>,
    /// Of [`STATES`]; none: all.
    pub(super) states: Vec<&'static str>,
    /// Those who have one of these roles somewhere; none: all.
    pub(super) roles: Vec<Role>,
}

impl Filter {
    fn read(parameters: &Parameters) -> Result<Filter, Problem> {
        let state = |word: &str| {
            let known = STATES.iter().find(|known| **known == word);
            known.copied().ok_or_else(|| parameters.unknown_value("state", word, &STATES))
        };
        let words: Vec<&str> = ROLES.iter().map(|role| role.word()).collect();
        let role = |word: &str| word.parse::<Role>().map_err(|_| parameters.unknown_value("role", word, &words));
        Ok(Filter {
            text: parameters.text("q").map(|text| text.chars().take(200).collect()),
            states: parameters.all("state").into_iter().map(state).collect::<Result<_, _>>()?,
            roles: parameters.all("role").into_iter().map(role).collect::<Result<_, _>>()?,
        })
    }

    fn fits(&self, account: &Account) -> bool {
        let is = |state: &&str| match *state {
            "disabled" => account.disabled_at.is_some(),
            "without" => account.memberships.is_empty(),
            _ => account.disabled_at.is_none(),
        };
        let has = |role: &Role| account.memberships.iter().any(|membership| membership.role == *role);
        let named = self.text.as_deref().map(fold).is_none_or(|text| {
            fold(&account.name).contains(&text)
                || account.email.as_deref().is_some_and(|email| fold(email).contains(&text))
        });
        named
            && (self.states.is_empty() || self.states.iter().any(is))
            && (self.roles.is_empty() || self.roles.iter().any(has))
    }
}

/// One page of the list.
pub(super) struct People {
    pub(super) filter: Filter,
    pub(super) rows: Vec<Account>,
    pub(super) paging: Paging,
}

impl People {
    /// Those of `all` who fit, by name, from a place in the list on. `whole`: all of them, for a file.
    pub(super) fn of(all: Vec<Account>, filter: Filter, place: Option<&Place>, whole: bool) -> People {
        let mut keyed: Vec<(Key, Account)> = all
            .into_iter()
            .filter(|account| filter.fits(account))
            .map(|account| ((fold(&account.name), account.id.to_string()), account))
            .collect();
        keyed.sort_by(|(one, _), (other, _)| one.cmp(other));
        let (rows, paging) = cut(&keyed, place, whole);
        People { filter, rows, paging }
    }

    pub(super) fn page(&self) -> Page {
        let states = [
            (STATES[0], web::say!("Can sign in")),
            (STATES[1], web::say!("Disabled")),
            (STATES[2], web::say!("Acts for nobody")),
        ];
        let states: Vec<Value> = states
            .into_iter()
            .map(|(value, text)| json!({"value": value, "text": text, "checked": self.filter.states.contains(&value)}))
            .collect();
        let roles: Vec<Value> = ROLES
            .iter()
            .map(|role| {
                let checked = self.filter.roles.contains(role);
                json!({"value": role, "text": role_words::name(*role), "checked": checked})
            })
            .collect();
        let groups = json!([
            {"name": "state", "legend": web::say!("State"), "items": states},
            {"name": "role", "legend": web::say!("Role"), "items": roles},
        ]);
        Page::new(TEMPLATE, web::say!("People"))
            .section("operator")
            .crumb(web::say!("Home"), "/")
            .crumb(web::say!("Operator"), "/operator")
            .wide()
            .private()
            .extra("groups", groups)
            .extra("searched", self.filter.text.clone())
            .data(json!({"people": self.rows.iter().map(shown).collect::<Vec<_>>()}))
            .table(table(&self.rows))
            .list(self.paging.clone())
    }
}

/// The list.
pub(crate) async fn show(Slot(accounts): Slot<Accounts>, visit: Visit) -> Outcome {
    permitted(&visit.reader)?;
    let parameters = visit.parameters(PARAMETERS)?;
    let filter = Filter::read(&parameters)?;
    let place = parameters.cursor()?.as_ref().map(place).transpose()?;
    let all = accounts.store.read(|tx: &mut Transaction<'_>| store::all(tx)).await.map_err(Error::from)?;
    Ok(People::of(all, filter, place.as_ref(), visit.format.is_table()).page().into())
}

/// Somebody as pages and data have them.
pub(super) fn shown(account: &Account) -> Value {
    let memberships: Vec<Value> = account
        .memberships
        .iter()
        .map(|membership| {
            json!({
                "organisation": membership.organisation,
                "organisation_name": membership.organisation_name,
                "role": membership.role,
                "role_name": role_words::name(membership.role),
            })
        })
        .collect();
    json!({
        "id": account.id,
        "name": account.name,
        "email": account.email,
        "made_at": account.made_at,
        "last_seen": account.seen_month,
        "disabled_at": account.disabled_at,
        "memberships": memberships,
    })
}

fn table(rows: &[Account]) -> Table {
    let row = |account: &Account| {
        let acts =
            account.memberships.iter().map(|membership| format!("{}/{}", membership.organisation, membership.role));
        vec![
            Cell::from(account.id.to_string()),
            Cell::from(account.name.as_str()),
            Cell::from(account.email.clone()),
            Cell::from(acts.collect::<Vec<_>>().join(";")),
            account.seen_month.clone().map_or(Cell::Empty, Cell::Date),
            account.disabled_at.map_or(Cell::Empty, |at| Cell::Date(at.to_string())),
        ]
    };
    Table {
        name: "people".to_owned(),
        columns: vec!["id", "name", "email", "acts_for", "last_seen", "disabled_at"],
        rows: rows.iter().map(row).collect(),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use web::Cursor;

    use super::*;
    use crate::operator::samples::account;

    /// Every place of a list of 250 is reached forwards and backwards, once.
    #[test]
    fn pages_follow_each_other_without_gaps() {
        let all: Vec<Account> = (0..250).map(|n| account(n, &format!("Person {:03}", 249 - n), None)).collect();
        let page = |cursor: Option<&Cursor>| {
            let place = cursor.map(|cursor| place(cursor).unwrap());
            People::of(all.clone(), Filter::default(), place.as_ref(), false)
        };
        let first = page(None);
        let second = page(first.paging.next.as_ref());
        let third = page(second.paging.next.as_ref());
        let names: Vec<String> =
            [&first, &second, &third].iter().flat_map(|page| page.rows.iter().map(|row| row.name.clone())).collect();
        assert_eq!(names, (0..250).map(|n| format!("Person {n:03}")).collect::<Vec<_>>());
        assert_eq!((first.paging.total, first.paging.previous.is_some()), (250, false));
        assert!(third.paging.next.is_none());
        assert_eq!(page(third.paging.previous.as_ref()).rows, second.rows);
        assert_eq!(page(second.paging.previous.as_ref()).rows, first.rows);
        assert_eq!(People::of(all.clone(), Filter::default(), None, true).rows.len(), 250, "a file has them all");
    }
}
