//! Organisations from a CSV file: `id,code,name,kind,participating,about`, and, if there, `also_known` and
//! `former_names`, each with `;` between names, and `keeps_shared_list`, which one line may say yes to.

use std::collections::BTreeSet;

use super::{Organisation, OrganisationKind};
use crate::{LineProblem, lines};

/// Longest code, in characters. Codes are indexed, and what is indexed has a limit.
const LONGEST_CODE: usize = 100;

/// Reads the file.
///
/// # Errors
/// Every problem of every line. Nothing may then be taken from the file.
pub fn read_csv(bytes: &[u8]) -> Result<Vec<Organisation>, Vec<LineProblem>> {
    let needed = ["id", "code", "name", "kind", "participating", "about"];
    let (lines, mut problems) = lines::read(bytes, &needed, &["also_known", "former_names", "keeps_shared_list"]);
    let mut seen = BTreeSet::new();
    let mut organisations = Vec::new();
    for line in &lines {
        match organisation(line) {
            Ok(found) => {
                if !seen.insert(format!("id {}", found.id)) {
                    problems.push(line.problem("id", web::say!("This identifier is there twice. Keep one line.")));
                }
                if let Some(code) = &found.code
                    && !seen.insert(format!("code {code}"))
                {
                    problems.push(
                        line.problem("code", web::say!("This code is there twice. Codes identify one organisation.")),
                    );
                }
                if found.keeps_shared_list && !seen.insert("keeper".to_owned()) {
                    let message = web::say!("Another line says yes already. One organisation keeps the shared list.");
                    problems.push(line.problem("keeps_shared_list", message));
                }
                organisations.push(found);
            }
            Err(found) => problems.extend(found),
        }
    }
    problems.sort_by_key(|problem| problem.line);
    match problems.is_empty() {
        true => Ok(organisations),
        false => Err(problems),
    }
}

fn organisation(line: &lines::Line) -> Result<Organisation, Vec<LineProblem>> {
    let mut problems = Vec::new();
    let id = line.value("id").parse();
    if let Err(error) = &id {
        problems.push(line.problem("id", format!("{error}.")));
    }
    let name = line.value("name");
    if name.is_empty() {
        problems.push(line.problem("name", web::say!("There is no name. Add it.")));
    }
    if line.value("code").chars().count() > LONGEST_CODE {
        let message = web::say!("This is longer than {limit} characters.", limit = LONGEST_CODE);
        problems.push(line.problem("code", message));
    }
    let kind = line.value("kind").parse::<OrganisationKind>();
    if let Err(error) = &kind {
        problems.push(line.problem("kind", format!("{error}.")));
    }
    let participating = match line.value("participating") {
        "yes" => true,
        "no" => false,
        _ => {
            problems.push(line.problem("participating", web::say!("Write yes or no.")));
            false
        }
    };
    if participating && kind == Ok(OrganisationKind::Supplier) {
        let message = web::say!("A supplier does not participate. Write no.");
        problems.push(line.problem("participating", message));
    }
    let keeps_shared_list = match line.value("keeps_shared_list") {
        "yes" => true,
        "no" | "" => false,
        _ => {
            problems.push(line.problem("keeps_shared_list", web::say!("Write yes or no.")));
            false
        }
    };
    if keeps_shared_list && !participating {
        let message = web::say!("Only a participating body keeps the shared list. Write no.");
        problems.push(line.problem("keeps_shared_list", message));
    }
    match (id, kind) {
        (Ok(id), Ok(kind)) if problems.is_empty() => Ok(Organisation {
            id,
            name: name.to_owned(),
            kind,
            code: Some(line.value("code").to_owned()).filter(|code| !code.is_empty()),
            participating,
            keeps_shared_list,
            about: line.value("about").to_owned(),
            also_known: names(line.value("also_known")),
            former_names: names(line.value("former_names")),
        }),
        _ => Err(problems),
    }
}

fn names(text: &str) -> Vec<String> {
    let names = text.split(';').map(str::trim).filter(|name| !name.is_empty());
    names.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    #[test]
    fn a_good_file_is_read_whole() {
        let file = "id,code,name,kind,participating,about,former_names\n\
                    ashmere,E06000001,Ashmere Borough Council,council,yes,\"Bins, and more\",Ash Mere; Old Ashmere\n\
                    fennel,,Fennel Ltd,supplier,no,,\n";
        let found = read_csv(file.as_bytes()).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].code.as_deref(), Some("E06000001"));
        assert_eq!(found[0].former_names, ["Ash Mere", "Old Ashmere"]);
        assert!(found[0].participating);
        assert!(!found[0].keeps_shared_list, "nobody keeps the list unless the file says so");
        assert_eq!((found[1].kind, found[1].code.clone()), (OrganisationKind::Supplier, None));
    }

    #[test]
    fn one_participating_body_may_keep_the_shared_list() {
        let file = |ashmere: &str, colne: &str, fennel: &str| {
            let file = format!(
                "id,code,name,kind,participating,about,keeps_shared_list\n\
                 ashmere,,Ashmere,council,yes,,{ashmere}\ncolne,,Colne,council,yes,,{colne}\nfennel,,Fennel,other,no,,{fennel}\n"
            );
            let keepers = |found: Vec<Organisation>| {
                let keepers = found.into_iter().filter(|organisation| organisation.keeps_shared_list);
                keepers.map(|organisation| organisation.id.to_string()).collect::<Vec<_>>()
            };
            read_csv(file.as_bytes()).map(keepers).map_err(|problems| {
                problems.into_iter().map(|problem| (problem.line, problem.column)).collect::<Vec<_>>()
            })
        };
        let problem = |line| Err(vec![(line, Some("keeps_shared_list"))]);
        assert_eq!(file("no", "yes", ""), Ok(vec!["colne".to_owned()]));
        assert_eq!(file("yes", "yes", ""), problem(3));
        assert_eq!(file("perhaps", "", ""), problem(2));
        assert_eq!(file("", "", "yes"), problem(4));
    }

    #[test]
    fn all_problems_are_told_at_once() {
        let file = "id,code,name,kind,participating,about\n\
                    Ashmere,,,counsel,maybe,\n\
                    fennel,1,Fennel,supplier,yes,\n\
                    colne,2,Colne,council,yes,\n\
                    colne,2,Colne,council,yes,\n";
        let file = format!("{file}dene,{},Dene,council,yes,\n", "E".repeat(101));
        let told: Vec<(u64, Option<&str>)> =
            read_csv(file.as_bytes()).unwrap_err().iter().map(|p| (p.line, p.column)).collect();
        assert_eq!(
            told,
            [
                (2, Some("id")),
                (2, Some("name")),
                (2, Some("kind")),
                (2, Some("participating")),
                (3, Some("participating")),
                (5, Some("id")),
                (5, Some("code")),
                (6, Some("code")),
            ]
        );
    }
}
