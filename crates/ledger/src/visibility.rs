//! The one predicate that says in SQL what a reader may see.
//!
//! No query touches things, or fields that are not everybody's, without it: not for a list, a count, an order, a group
//! or a cursor. What a reader may see is reckoned by [`vocabulary::Reader::standing`]; this is its only translation.

use store::Value;
use vocabulary::{Reader, Standing};

/// A condition in SQL with the values of its parameters.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicate {
    /// In brackets, so that it can be joined with `AND`.
    pub sql: String,
    /// The values of the parameters that it adds, in their order.
    pub parameters: Vec<Value>,
}

/// What `reader` may see of rows that say in `visibility_column` how widely they are shared and in
/// `organisation_column` whose they are.
///
/// The columns are SQL and must be written in the program, never taken from a request. Parameters are numbered from
/// `first_parameter`. It lists what is allowed: a visibility that it does not know is seen by nobody but the
/// organisation itself and the auditor.
pub fn visible(
    reader: &Reader,
    visibility_column: &str,
    organisation_column: &str,
    first_parameter: usize,
) -> Predicate {
    let (sql, parameters) = match reader.standing() {
        Standing::Everything => ("(1 = 1)".to_owned(), vec![]),
        Standing::Own(own) => (
            format!("({visibility_column} IN ('public', 'members') OR {organisation_column} = ${first_parameter})"),
            vec![Value::from(own.as_str())],
        ),
        Standing::Members => (format!("({visibility_column} IN ('public', 'members'))"), vec![]),
        Standing::Public => (format!("({visibility_column} = 'public')"), vec![]),
    };
    Predicate { sql, parameters }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use vocabulary::{Acting, PersonId, Role};

    use super::*;

    #[test]
    fn each_standing_has_its_condition() {
        let reader = |role, participating| Reader {
            person: Some(PersonId(uuid::Uuid::nil())),
            acting: Some(Acting { organisation: "ashmere".parse().unwrap(), participating, role }),
            scope: None,
        };
        let sql = |reader: &Reader| visible(reader, "t.visibility", "t.organisation", 3).sql;
        assert_eq!(sql(&Reader::visitor()), "(t.visibility = 'public')");
        assert_eq!(sql(&reader(Role::Steward, false)), "(t.visibility = 'public')");
        assert_eq!(sql(&reader(Role::Member, true)), "(t.visibility IN ('public', 'members'))");
        assert_eq!(sql(&reader(Role::Auditor, true)), "(1 = 1)");
        let own = visible(&reader(Role::Editor, true), "t.visibility", "t.organisation", 3);
        assert_eq!(own.sql, "(t.visibility IN ('public', 'members') OR t.organisation = $3)");
        assert_eq!(own.parameters, [Value::from("ashmere")]);
    }
}
