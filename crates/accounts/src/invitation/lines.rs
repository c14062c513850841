//! People to invite, as they are pasted: one a line, address and name in whatever order and with whatever between them.
//!
//! `p.shah@ashmere.example, Priya Shah`, the columns of a spreadsheet, and what mail programs copy
//! (`Shah, Priya <p.shah@ashmere.example>; …`) are all understood. What is not, is told with its line.

use std::collections::BTreeSet;

use crate::{
    EmailAddress,
    person::{NoName, read_name},
};

/// Most people at a time.
pub(super) const MOST: usize = 100;

/// Address and name of each, or what is wrong with every line that cannot be read. No message repeats what was typed.
pub(super) fn read(text: &str) -> Result<Vec<(EmailAddress, String)>, Vec<String>> {
    let mut people = Vec::new();
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    for (number, line) in text.lines().enumerate().map(|(at, line)| (at + 1, line)) {
        for entry in entries(line) {
            match person(entry) {
                Ok((email, name)) => {
                    if seen.insert(email.clone()) {
                        people.push((email, name));
                    } else {
                        problems.push(web::say!("Line {line}: this address is there twice. Keep one", line = number));
                    }
                }
                Err(problem) => problems.push(web::say!("Line {line}: {problem}", line = number, problem = problem)),
            }
        }
    }
    if people.len() > MOST {
        problems = vec![web::say!("These are more than {most} people. Invite {most} at a time", most = MOST)];
    } else if people.is_empty() && problems.is_empty() {
        problems.push(web::say!("Enter an email address and a name"));
    }
    match problems.is_empty() {
        true => Ok(people),
        false => Err(problems),
    }
}

/// The people of one line: several when each part between semicolons has an address, as mail programs write lists.
fn entries(line: &str) -> Vec<&str> {
    let parts: Vec<&str> = line.split(';').map(str::trim).filter(|part| !part.is_empty()).collect();
    match parts.len() > 1 && parts.iter().all(|part| part.contains('@')) {
        true => parts,
        false => Some(line.trim()).filter(|line| !line.is_empty()).into_iter().collect(),
    }
}

fn person(entry: &str) -> Result<(EmailAddress, String), String> {
    let no_address = || web::say!("there is no email address. Write it like p.shah@ashmere.example, Priya Shah");
    // What is between "<" and ">" is the address; else the one part with an "@" is.
    let (address, rest) = match entry.split_once('<') {
        Some((name, rest)) => {
            let (address, after) = rest.split_once('>').ok_or_else(no_address)?;
            (address, format!("{name} {after}"))
        }
        None => {
            let between = |c: char| matches!(c, ',' | ';' | '\t') || c.is_whitespace();
            let address = entry.split(between).find(|part| part.contains('@')).ok_or_else(no_address)?;
            (address, entry.replacen(address, " ", 1))
        }
    };
    let email = EmailAddress::parse(address)
        .map_err(|_| web::say!("this is not an email address. Write it like p.shah@ashmere.example, Priya Shah"))?;
    let around = |c: char| c.is_whitespace() || matches!(c, ',' | ';' | '"');
    match read_name(rest.trim_matches(around)) {
        Ok(name) => Ok((email, name)),
        Err(NoName::Empty) => Err(web::say!("there is no name. Write it like p.shah@ashmere.example, Priya Shah")),
        Err(NoName::Long) => {
            Err(web::say!("the name has more than {limit} characters", limit = crate::person::LONGEST_NAME))
        }
        Err(NoName::Odd) => Err(web::say!("the name holds something that no name does, such as a second address")),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    fn told(text: &str) -> Vec<String> {
        let read = read(text).unwrap();
        read.into_iter().map(|(email, name)| format!("{name} {email}")).collect()
    }

    #[test]
    fn lines_are_read_as_people_paste_them() {
        for one in [
            "p.shah@ashmere.example, Priya Shah",
            "Priya Shah, P.Shah@Ashmere.example",
            "p.shah@ashmere.example\tPriya Shah",
            "Priya Shah\tp.shah@ashmere.example\t",
            "p.shah@ashmere.example;Priya Shah",
            "p.shah@ashmere.example Priya Shah",
            "Priya Shah <p.shah@ashmere.example>",
            "\"Priya Shah\" <p.shah@ashmere.example>;",
            "\n\n  p.shah@ashmere.example,   Priya   Shah  \r\n\n",
        ] {
            assert_eq!(told(one), ["Priya Shah p.shah@ashmere.example"], "{one:?}");
        }
        assert_eq!(
            told("Shah, Priya <p@ashmere.example>; Cole, Sam <s@ashmere.example>\r\nb@ashmere.example, Bo"),
            ["Shah, Priya p@ashmere.example", "Cole, Sam s@ashmere.example", "Bo b@ashmere.example"]
        );
    }

    #[test]
    fn every_line_that_cannot_be_read_is_told_without_what_it_says() {
        let text = "Priya Shah\np@ashmere.example\nq@localhost, Quinn\nr@ashmere.example, See www.evil.example\n\
                    s@ashmere.example, Sam\nS@ASHMERE.example, Sam\nt@ashmere.example, u@ashmere.example";
        let problems = read(text).unwrap_err();
        let lines: Vec<&str> = problems.iter().map(|problem| problem.split(':').next().unwrap()).collect();
        assert_eq!(lines, ["Line 1", "Line 2", "Line 3", "Line 4", "Line 6", "Line 7"]);
        assert!(problems.iter().all(|problem| !problem.contains("evil") && !problem.contains("localhost")));
        assert_eq!(read(" \n\n").unwrap_err(), ["Enter an email address and a name"]);
        let many: String = (0..=MOST).map(|n| format!("p{n}@ashmere.example, P\n")).collect();
        assert_eq!(read(&many).unwrap_err().len(), 1);
    }
}
