//! Invented forms about a system, for checks of every page.

use vocabulary::Date;
use web::{FieldError, SamplePage};

use super::{Card, Editing, attributes};
use crate::change::choices::Choices;
use crate::change::draft::{Fields, HowTyped};
use crate::change::input::{Clash, Input, Stands, fillable};
use crate::import::print::Labels;
use crate::system::samples::{council, layers};

/// The forms about a system with invented content.
pub(crate) fn samples() -> Vec<SamplePage> {
    let clash = Clash {
        yours: "31 March 2028".to_owned(),
        theirs: "30 June 2028".to_owned(),
        who: "Estate editor".to_owned(),
        at: "2026-03-03T10:14:00Z".to_owned(),
        change: 12,
    };
    let clashing = FieldError::new(
        "keep-contract_end",
        "\"Contract end\" was changed while you were editing. Choose which to keep",
    );
    let unread = FieldError::new(
        "contract_end",
        "Contract end: \"31/02/2027\" is not a date: that month has no such day. Write it like 31 March 2027",
    );
    [
        form("edit system: cards", None, None, Vec::new()),
        form("edit system: purpose", Some(Card::Purpose), None, Vec::new()),
        form("edit system: contract", Some(Card::Contract), None, Vec::new()),
        form("edit system: technology", Some(Card::Technology), None, Vec::new()),
        form("edit system: owners", Some(Card::Owners), None, Vec::new()),
        form("edit system: notes", Some(Card::Notes), None, Vec::new()),
        form("edit system: mistake", Some(Card::Contract), None, vec![unread]),
        form("edit system: clash", Some(Card::Contract), Some(clash), vec![clashing]),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn form(name: &'static str, card: Option<Card>, clash: Option<Clash>, errors: Vec<FieldError>) -> Option<SamplePage> {
    let (labels, texts) = (Labels::default(), std::collections::BTreeMap::new());
    let stands = Stands { labels: &labels, texts: &texts };
    let mut inputs: Vec<Input> =
        fillable(&attributes(card)).map(|(attribute, control)| Input::of(attribute, control, None, &stands)).collect();
    for input in &mut inputs {
        input.value = match input.name {
            "name" => vec!["Bin rounds".to_owned()],
            "status" => vec!["live".to_owned()],
            "contract_end" => vec!["31 March 2028".to_owned()],
            "contract_start" => vec!["circa 2024".to_owned()],
            "elements" => vec!["waste".to_owned()],
            "annual_cost" => vec!["12,500".to_owned()],
            "product" => vec!["RoundMaster".to_owned()],
            _ => Vec::new(),
        };
        input.not_understood = input.name == "contract_start";
        input.clash = clash.clone().filter(|_| input.name == "contract_end");
    }
    let fields = Fields {
        organisation: council()?,
        based_on: 12,
        inputs,
        how: HowTyped::fresh(Date::constant(2026, 3, 3)),
        choices: Choices::sample(layers()),
    };
    let editing = Editing {
        system: "018f0000-0000-7000-8000-000000000001".to_owned(),
        name: "Bin rounds".to_owned(),
        card,
        contract: Some(("018f0000-0000-7000-8000-0000000000c1".to_owned(), vec!["Bulky waste".to_owned()])),
        fields,
    };
    Some(SamplePage { name, page: editing.page().errors(errors) })
}
