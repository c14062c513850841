//! Memberships that a provider's claims give, and take away when the claim is gone.
//!
//! People's own decisions stand above rules: a membership that people gave is never touched, and one that a rule gave
//! becomes people's as soon as they give it another role. Of several rules for one organisation the first that fits counts.

use serde_json::{Map, Value};
use store::{Transaction, values};
use vocabulary::{Chance, OrganisationId, PersonId, Role, Timestamp};

use super::{
    claims,
    settings::{EMAIL_DOMAIN, Rule},
};
use crate::{
    EmailAddress, Error,
    error::damaged,
    membership::{self, Began, By},
};

/// What the rules give to somebody with these claims. `address` is there only where the provider is trusted for it.
pub(crate) fn wanted(
    rules: &[Rule],
    claims: &Map<String, Value>,
    address: Option<&EmailAddress>,
) -> Vec<(OrganisationId, Role)> {
    let domain = address.and_then(|address| address.as_str().rsplit('@').next());
    let fits = |rule: &&Rule| match rule.claim.as_str() {
        EMAIL_DOMAIN => domain.is_some_and(|domain| domain.eq_ignore_ascii_case(&rule.is)),
        name => claims::values(claims, name).contains(&rule.is.as_str()),
    };
    let mut given: Vec<(OrganisationId, Role)> = Vec::new();
    for rule in rules.iter().filter(fits) {
        if given.iter().all(|(organisation, _)| *organisation != rule.organisation) {
            given.push((rule.organisation.clone(), rule.role));
        }
    }
    given
}

/// Those of them whose organisation is here and not closed. A rule for another one is a mistake of the file that must not stop anybody.
pub(crate) fn possible(
    tx: &mut Transaction<'_>,
    wanted: Vec<(OrganisationId, Role)>,
) -> Result<Vec<(OrganisationId, Role)>, store::Error> {
    let mut possible = Vec::with_capacity(wanted.len());
    for (organisation, role) in wanted {
        let sql = "SELECT 1 FROM organisation WHERE id = $1 AND closed_at IS NULL \
                   AND id NOT IN (SELECT organisation FROM organisation_left)";
        match tx.query_optional(sql, &values![organisation.as_str()], |row| row.integer(0))? {
            Some(_) => possible.push((organisation, role)),
            None => {
                tracing::warn!(%organisation, "a rule of sign-in names an organisation that is not here, or is closed")
            }
        }
    }
    Ok(possible)
}

/// Gives and takes, so that what this issuer's rules gave is what they give now.
pub(crate) fn settle(
    tx: &mut Transaction<'_>,
    issuer: &str,
    person: PersonId,
    wanted: &[(OrganisationId, Role)],
    now: Timestamp,
    chance: &Chance,
) -> Result<(), Error> {
    // The program follows the provider's word; nobody here decided it.
    let by = By { actor: None, now, chance: chance.clone() };
    let mut deeds = Deeds { tx, issuer, person, by };
    for held in deeds.held()? {
        let still = wanted.iter().find(|(organisation, _)| *organisation == held.organisation);
        match (held.role, still) {
            // People changed it or took it away since: from now on it is theirs to decide.
            (Some(role), _) if role != held.granted => deeds.forget(&held.organisation)?,
            (None, None) => deeds.forget(&held.organisation)?,
            (Some(_), None) => deeds.take(&held)?,
            (Some(role), Some((_, wanted))) if role == *wanted => {}
            (Some(_), Some((organisation, wanted))) => {
                deeds.take(&held)?;
                deeds.give(organisation, *wanted)?;
            }
            // People took it away, and the claim is still there: below it is given again.
            (None, Some(_)) => {}
        }
    }
    for (organisation, role) in wanted {
        if deeds.role(organisation)?.is_none() {
            deeds.give(organisation, *role)?;
        }
    }
    Ok(())
}

/// A grant, and the role that the person has there now.
struct Held {
    organisation: OrganisationId,
    granted: Role,
    role: Option<Role>,
}

struct Deeds<'a, 'tx> {
    tx: &'a mut Transaction<'tx>,
    issuer: &'a str,
    person: PersonId,
    by: By,
}

impl Deeds<'_, '_> {
    fn held(&mut self) -> Result<Vec<Held>, store::Error> {
        self.tx.query(
            "SELECT g.organisation, g.role, m.role FROM membership_grant g \
             LEFT JOIN membership m ON m.organisation = g.organisation AND m.person = g.person \
             WHERE g.person = $1 AND g.issuer = $2 ORDER BY g.organisation",
            &values![self.person.to_string(), self.issuer],
            |row| {
                let refused = || damaged("a grant of a membership");
                Ok(Held {
                    organisation: row.text(0)?.parse().map_err(|_| refused())?,
                    granted: row.text(1)?.parse().map_err(|_| refused())?,
                    role: row.optional_text(2)?.map(|role| role.parse()).transpose().map_err(|_| refused())?,
                })
            },
        )
    }

    fn role(&mut self, organisation: &OrganisationId) -> Result<Option<String>, store::Error> {
        let sql = "SELECT role FROM membership WHERE organisation = $1 AND person = $2";
        self.tx.query_optional(sql, &values![organisation.as_str(), self.person.to_string()], |row| row.text(0))
    }

    fn give(&mut self, organisation: &OrganisationId, role: Role) -> Result<(), Error> {
        let at = self.by.now.as_microsecond();
        let person = self.person.to_string();
        self.tx.execute(
            "INSERT INTO membership_grant (organisation, person, issuer, role, made_at) VALUES ($1, $2, $3, $4, $5) \
             ON CONFLICT (organisation, person) DO UPDATE SET issuer = $3, role = $4, made_at = $5",
            &values![organisation.as_str(), &person, self.issuer, role.word(), at],
        )?;
        membership::begin(self.tx, organisation, self.person, role, Began::Rule, &self.by)?;
        Ok(())
    }

    /// Whoever is left to steward the organisation: the provider's word is followed at once, as for somebody who is shut out.
    fn take(&mut self, held: &Held) -> Result<(), Error> {
        self.forget(&held.organisation)?;
        membership::end_whatever(self.tx, &held.organisation, self.person, held.granted, "role-taken", &self.by)
    }

    fn forget(&mut self, organisation: &OrganisationId) -> Result<(), store::Error> {
        let grant = values![organisation.as_str(), self.person.to_string()];
        self.tx.execute("DELETE FROM membership_grant WHERE organisation = $1 AND person = $2", &grant)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_rule_that_fits_counts() {
        let rule = |claim: &str, is: &str, organisation: &str, role| Rule {
            claim: claim.to_owned(),
            is: is.to_owned(),
            organisation: organisation.parse().unwrap(),
            role,
        };
        let rules = [
            rule("groups", "stewards", "ashmere", Role::Steward),
            rule("groups", "staff", "ashmere", Role::Member),
            rule("tid", "t1", "brackford", Role::Member),
            rule("email_domain", "Colne.example", "colne", Role::Member),
        ];
        let claims = json!({"groups": ["staff", "stewards"], "tid": "t2", "email_domain": "colne.example"});
        let given = |address: Option<&str>| {
            let address = address.map(|address| EmailAddress::parse(address).unwrap());
            let given = wanted(&rules, claims.as_object().unwrap(), address.as_ref());
            given.into_iter().map(|(organisation, role)| format!("{organisation}/{role}")).collect::<Vec<_>>()
        };
        assert_eq!(given(None), ["ashmere/steward"], "a claim that calls itself email_domain is no trusted address");
        assert_eq!(given(Some("a@colne.example")), ["ashmere/steward", "colne/member"]);
        assert_eq!(given(Some("a@not-colne.example")), ["ashmere/steward"]);
    }
}
