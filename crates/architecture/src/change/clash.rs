//! Two people change the same value: whoever saves second is shown both and chooses.

use std::collections::BTreeSet;

use ::store::Transaction;
use vocabulary::OrganisationId;
use web::{FieldError, Form, say};

use super::input::{Clash, Input, Stand, Stands};
use super::typed::Typed;
use super::{store, who};
use crate::Refused;
use crate::statement::Attribute;

/// The field that names what clashes, once for each.
pub(crate) const CLASH: &str = "clash";

/// The name of the radios that choose between two values of an attribute.
pub(crate) fn keep(attribute: Attribute) -> String {
    format!("keep-{}", attribute.word())
}

/// Marks the fields whose values were changed while somebody was editing. What they chose to leave as others made it is
/// taken out of `read`; what is not chosen yet becomes an error.
///
/// # Errors
/// When the engine fails.
pub(crate) fn settle(
    tx: &mut Transaction<'_>,
    organisation: &OrganisationId,
    inputs: &mut [Input],
    read: &mut Typed,
    form: &Form,
    stand: &Stand,
    stands: &Stands<'_>,
) -> Result<(), Refused> {
    let asked: BTreeSet<&str> = form.all(CLASH).into_iter().collect();
    for attribute in read.said.keys().copied().collect::<Vec<_>>() {
        let label = crate::system::facts::label(attribute);
        let again = asked.contains(attribute.word());
        // The choice says of which change it was made: a third value must be looked at too.
        let present = stand.now.get(&attribute).map_or(0, |standing| standing.change);
        let (choice, of) =
            form.one(&keep(attribute)).map(|text| text.split_once('-').unwrap_or((text, ""))).unwrap_or_default();
        let chosen = of.is_empty() || of == present.to_string();
        match choice {
            "theirs" if chosen => {
                read.said.remove(&attribute);
                continue;
            }
            "yours" if chosen => continue,
            _ if !again && !stand.changed_since(attribute) => continue,
            _ => {}
        }
        let message = match again {
            true => say!("Choose which \"{field}\" to keep", field = label),
            false => say!("\"{field}\" was changed while you were editing. Choose which to keep", field = label),
        };
        read.errors.push(FieldError::new(keep(attribute), message));
        let standing = stand.now.get(&attribute);
        let change = match standing {
            Some(standing) => store::find(tx, organisation, standing.change)?,
            None => None,
        };
        if let Some(input) = inputs.iter_mut().find(|input| input.name == attribute.word()) {
            let printed = standing.and_then(|standing| stands.labels.standing(attribute, standing, stands.texts));
            input.clash = Some(Clash {
                yours: stands.print(attribute, &input.value),
                theirs: match (printed, attribute) {
                    (Some(date), Attribute::Start | Attribute::End) => web::say_date(&date),
                    (Some(text), _) => text,
                    (None, _) => say!("Not known"),
                },
                who: who(tx, change.as_ref().and_then(|change| change.actor))?,
                at: change.map(|change| change.at).unwrap_or_default(),
                change: present,
            });
        }
    }
    Ok(())
}
