//! People from a CSV file: `email,name,organisation,role`. Somebody with several roles has several lines.

use std::collections::{BTreeMap, BTreeSet};

use vocabulary::{OrganisationId, Role};

use super::NewMembership;
use crate::{EmailAddress, LineProblem, lines};

/// Reads the file.
///
/// # Errors
/// Every problem of every line. Nothing may then be taken from the file. No message repeats an address.
pub fn read_csv(bytes: &[u8]) -> Result<Vec<NewMembership>, Vec<LineProblem>> {
    let (lines, mut problems) = lines::read(bytes, &["email", "name", "organisation", "role"], &[]);
    let mut seen = BTreeSet::new();
    let mut names: BTreeMap<EmailAddress, String> = BTreeMap::new();
    let mut memberships = Vec::new();
    for line in &lines {
        let email = EmailAddress::parse(line.value("email"));
        if let Err(error) = &email {
            problems.push(line.problem("email", format!("{error}.")));
        }
        let name = line.value("name");
        if name.is_empty() {
            problems.push(line.problem("name", web::say!("There is no name. Add it.")));
        }
        let organisation = line.value("organisation").parse::<OrganisationId>();
        if let Err(error) = &organisation {
            problems.push(line.problem("organisation", format!("{error}.")));
        }
        let role = line.value("role").parse::<Role>();
        if let Err(error) = &role {
            problems.push(line.problem("role", format!("{error}.")));
        }
        let (Ok(email), Ok(organisation), Ok(role)) = (email, organisation, role) else {
            continue;
        };
        if !seen.insert((email.clone(), organisation.clone())) {
            let message = web::say!("This person has a line for this organisation already. One role each: keep one.");
            problems.push(line.problem("organisation", message));
        }
        let known = names.entry(email.clone()).or_insert_with(|| name.to_owned());
        if known != name {
            let message = web::say!("This address has another name further up. Write the same in both lines.");
            problems.push(line.problem("name", message));
        }
        memberships.push(NewMembership { email, name: name.to_owned(), organisation, role });
    }
    problems.sort_by_key(|problem| problem.line);
    match problems.is_empty() {
        true => Ok(memberships),
        false => Err(problems),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    #[test]
    fn a_good_file_is_read_whole() {
        let file = "email,name,organisation,role\nA@Ashmere.example,Priya Shah,ashmere,editor\na@ashmere.example,Priya Shah,colne,member\n";
        let found = read_csv(file.as_bytes()).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].email.as_str(), "a@ashmere.example");
        assert_eq!((found[1].role, found[1].organisation.as_str()), (Role::Member, "colne"));
    }

    #[test]
    fn all_problems_are_told_and_no_address_is_repeated() {
        let file = "email,name,organisation,role\n\
                    private.person,Name,ashmere,editor\n\
                    a@b.example,,Ash mere,owner\n\
                    c@b.example,Cy,ashmere,editor\n\
                    c@b.example,Sy,ashmere,member\n";
        let problems = read_csv(file.as_bytes()).unwrap_err();
        let told: Vec<(u64, Option<&str>)> = problems.iter().map(|p| (p.line, p.column)).collect();
        assert_eq!(
            told,
            [
                (2, Some("email")),
                (3, Some("name")),
                (3, Some("organisation")),
                (3, Some("role")),
                (5, Some("organisation")),
                (5, Some("name")),
            ]
        );
        assert!(problems.iter().all(|problem| !problem.to_string().contains("private")));
    }
}
