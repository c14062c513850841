//! Suppliers by name: company suffixes and former names, and firms that only sound alike.

use architecture::matching::SupplierVerdict;

use super::{Tally, index};

const NAMES: &str = include_str!("suppliers.csv");

#[test]
fn suppliers_are_known_by_their_names_and_nobody_else_is() {
    let index = index();
    let mut tally = Tally::default();
    for row in csv::Reader::from_reader(NAMES.as_bytes()).deserialize::<(String, String, String)>() {
        let (text, expected, mess) = row.expect("a row");
        let has_answer = !expected.is_empty();
        tally.answerable += usize::from(has_answer);
        tally.unanswerable += usize::from(!has_answer);
        match index.suppliers().find(&text) {
            SupplierVerdict::Certain(id) => {
                tally.made += 1;
                tally.made_right += usize::from(id == expected);
                if id != expected {
                    println!("wrongly made: {text} ({mess}) -> {id}");
                }
            }
            SupplierVerdict::Likely(likely) if has_answer => {
                tally.suggested += 1;
                tally.first_right += usize::from(likely[0].0 == expected);
            }
            SupplierVerdict::Likely(_) => tally.suggested_in_vain += 1,
            SupplierVerdict::Nothing => {}
        }
    }
    super::print("suppliers.csv", &tally);
    assert!(tally.of_made() >= 99.5 && tally.of_first() >= 90.0 && tally.recall() >= 90.0, "{tally:?}");
}
