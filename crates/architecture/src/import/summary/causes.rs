//! The causes of an import's problems in words: so many of what, with an example, sorted by what they say about the file.

use std::collections::BTreeMap;

use web::{say, say_n};

use super::super::pages::problems::Trouble;
use super::{Cause, MOST_CAUSES, counted, listed};

/// Causes in one sentence, each with its example.
pub(super) fn told(causes: &[Cause], sentence: impl FnOnce(String) -> String) -> Option<String> {
    let (first, rest) = causes.split_at(causes.len().min(MOST_CAUSES));
    let one = |cause: &Cause| match (&cause.example, cause.count) {
        (Some(example), 1) => say!("{what} ({example})", what = cause.text, example = example),
        (Some(example), _) => say!("{what} (such as {example})", what = cause.text, example = example),
        (None, _) => cause.text.clone(),
    };
    let mut parts: Vec<String> = first.iter().map(one).collect();
    let more: usize = rest.iter().map(|cause| cause.count).sum();
    if more > 0 {
        parts.push(say_n!("1 more thing", "{count} more things", counted(more)));
    }
    listed(parts).map(sentence)
}

/// What a problem says about the file.
pub(super) enum Sort {
    /// Something was meant that we could not read or do not know.
    NotUnderstood,
    /// It was not taken, and need not be.
    LeftAside,
    /// It was taken, and somebody should look.
    Look,
}

/// None for what is not told here.
pub(super) fn sort(code: &str) -> Option<Sort> {
    what(code, 1)?;
    Some(match code {
        "column_not_read" | "sheet_not_read" | "total_row" | "title_row" | "headings_repeated" | "remark_row"
        | "no_name" | "id_repeated" | "merged_row" | "colours_not_read" | "other_kind" => Sort::LeftAside,
        "names_a_person"
        | "name_repeated"
        | "contract_told_twice"
        | "contract_told_by_lists"
        | "contract_ended"
        | "ends_before_start"
        | "joins_nothing"
        | "contract_not_listed"
        | "became_a_date"
        | "hidden_characters"
        | "name_too_long" => Sort::Look,
        _ => Sort::NotUnderstood,
    })
}

/// So many of what a problem of this sort is about; none for sorts that are not told here.
fn what(code: &str, count: u64) -> Option<String> {
    Some(match code {
        "date_not_understood" => say_n!("1 date", "{count} dates", count),
        "amount_not_understood" => say_n!("1 amount", "{count} amounts", count),
        "number_not_understood" => say_n!("1 number", "{count} numbers", count),
        "months_not_understood" => say_n!("1 notice period", "{count} notice periods", count),
        "status_not_understood" => say_n!("1 status", "{count} statuses", count),
        "tick_not_understood" => say_n!("1 tick", "{count} ticks", count),
        "element_unknown" => say_n!("1 need that is not on the LGAM", "{count} needs that are not on the LGAM", count),
        "element_ambiguous" => {
            say_n!("1 need that may be several elements", "{count} needs that may be several elements", count)
        }
        "organisation_unknown" => say_n!("1 organisation", "{count} organisations", count),
        "system_unknown" => {
            say_n!("1 name of another system", "{count} names of other systems", count)
        }
        "id_unknown" => say_n!("1 id", "{count} ids", count),
        "contract_told_twice" => say_n!(
            "1 place where rows differ about one contract",
            "{count} places where rows differ about one contract",
            count
        ),
        "contract_ended" => say_n!(
            "1 contract that has ended while its system goes on",
            "{count} contracts that have ended while their systems go on",
            count
        ),
        "ends_before_start" => {
            say_n!("1 contract that ends before it starts", "{count} contracts that end before they start", count)
        }
        "joins_nothing" => say_n!(
            "1 name in a list of contracts or suppliers that joins no system",
            "{count} names in lists of contracts or suppliers that join no system",
            count
        ),
        "contract_not_listed" => say_n!(
            "1 contract that its own sheet does not have",
            "{count} contracts that their own sheet does not have",
            count
        ),
        "names_a_person" => {
            say_n!("1 text that may name a person", "{count} texts that may name a person", count)
        }
        "name_repeated" => say_n!("1 name that stands twice", "{count} names that stand twice", count),
        "became_a_date" => {
            say_n!("1 name or version that became a date", "{count} names or versions that became dates", count)
        }
        "hidden_characters" => {
            say_n!("1 text with hidden characters", "{count} texts with hidden characters", count)
        }
        "name_too_long" => say_n!("1 name that was cut", "{count} names that were cut", count),
        "formula_without_result" => say_n!("1 formula without a result", "{count} formulas without results", count),
        "column_not_read" => say_n!("1 column", "{count} columns", count),
        "sheet_not_read" => say_n!("1 sheet", "{count} sheets", count),
        "total_row" => say_n!("1 row of totals", "{count} rows of totals", count),
        "title_row" => say_n!("1 title between rows", "{count} titles between rows", count),
        "headings_repeated" => say_n!("1 row of headings", "{count} rows of headings", count),
        "remark_row" => say_n!("1 remark", "{count} remarks", count),
        "no_name" => say_n!("1 row without a system name", "{count} rows without a system name", count),
        "id_repeated" => say_n!("1 row with the id of another", "{count} rows with the id of another", count),
        "merged_row" => say_n!("1 row about a merged system", "{count} rows about merged systems", count),
        "contract_told_by_lists" => say_n!(
            "1 place where another list of yours differs about a contract",
            "{count} places where other lists of yours differ about contracts",
            count
        ),
        "colours_not_read" => say!("fill colours (they may mean something)"),
        "other_kind" => {
            say_n!("1 kind of row that is no application", "{count} kinds of rows that are no applications", count)
        }
        _ => return None,
    })
}

/// The causes of problems, the most frequent first.
pub(super) fn causes(problems: &[Trouble]) -> Vec<Cause> {
    let mut found: BTreeMap<&str, Vec<&Trouble>> = BTreeMap::new();
    for problem in problems {
        found.entry(&problem.code).or_default().push(problem);
    }
    let cause = |(code, problems): (&str, Vec<&Trouble>)| {
        let count = problems.len();
        let example = problems.first().filter(|_| code != "colours_not_read").and_then(|problem| example(problem));
        Some(Cause { code: code.to_owned(), count, text: what(code, counted(count))?, example })
    };
    let mut causes: Vec<Cause> = found.into_iter().filter_map(cause).collect();
    causes.sort_by(|one, other| other.count.cmp(&one.count).then_with(|| one.code.cmp(&other.code)));
    causes
}

/// "circa 2027" in row 4; a column by its heading.
fn example(problem: &Trouble) -> Option<String> {
    // A person is not named once more.
    let text = problem.text.as_deref().filter(|_| problem.code != "names_a_person");
    let quoted = text.map(crate::spreadsheet::quoted);
    let row = problem.row.map(|row| row.to_string());
    Some(match (quoted, row, &problem.heading) {
        (Some(text), Some(row), _) => say!("{text} in row {row}", text = text, row = row),
        (None, Some(row), _) => say!("row {row}", row = row),
        (_, None, Some(heading)) if !heading.is_empty() => crate::spreadsheet::quoted(heading),
        (Some(text), None, _) => text,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trouble(code: &str, severity: &str, row: Option<i64>, text: Option<&str>) -> Trouble {
        Trouble {
            severity: severity.to_owned(),
            code: code.to_owned(),
            sheet: "Systems".to_owned(),
            row,
            column: None,
            heading: Some("Colour".to_owned()),
            text: text.map(str::to_owned),
            message: String::new(),
            next_step: String::new(),
            place: String::new(),
        }
    }

    #[test]
    fn causes_are_told_by_frequency_with_an_example() {
        let problems = [
            trouble("amount_not_understood", "must_fix", Some(9), Some("12k5")),
            trouble("date_not_understood", "must_fix", Some(4), Some("circa 2027")),
            trouble("date_not_understood", "must_fix", Some(6), Some("soon")),
            trouble("column_not_read", "information", None, None),
            trouble("total_row", "information", Some(90), None),
            trouble("names_a_person", "check", Some(5), Some("Jo")),
        ];
        let found = causes(&problems);
        let sentence = |sort_of: fn(&Sort) -> bool, begin: &'static str| {
            let sorted = |cause: &&Cause| sort(&cause.code).is_some_and(|sort| sort_of(&sort));
            let of: Vec<Cause> = found.iter().filter(sorted).cloned().collect();
            told(&of, |causes| format!("{begin} {causes}."))
        };
        assert_eq!(
            sentence(|sort| matches!(sort, Sort::NotUnderstood), "We did not understand").as_deref(),
            Some("We did not understand 2 dates (such as \"circa 2027\" in row 4) and 1 amount (\"12k5\" in row 9).")
        );
        assert_eq!(
            sentence(|sort| matches!(sort, Sort::LeftAside), "We left aside").as_deref(),
            Some("We left aside 1 column (\"Colour\") and 1 row of totals (row 90).")
        );
        assert_eq!(
            sentence(|sort| matches!(sort, Sort::Look), "Somebody should look at").as_deref(),
            Some("Somebody should look at 1 text that may name a person (row 5).")
        );
        assert_eq!(told(&[], |causes| causes), None);
    }
}
