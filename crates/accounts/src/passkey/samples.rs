//! The pages of passkeys in each of their states.

use vocabulary::Timestamp;
use web::{FieldError, Form, SamplePage};

use super::{
    Passkey, Place, add, confirm,
    confirm::{Asks, Standing},
    enter, remove,
};
use crate::OperatorsNeed;

/// Two passkeys, one of which was never used.
pub(crate) fn passkeys() -> Vec<Passkey> {
    let at = |text: &str| text.parse::<Timestamp>().unwrap_or_default();
    let passkey = |id: &str, name: &str, used_at| Passkey {
        id: id.to_owned(),
        name: name.to_owned(),
        made_at: at("2026-01-12T09:30:00Z"),
        used_at,
    };
    vec![
        passkey("1", "Work telephone", Some(at("2026-03-03T08:05:00Z"))),
        passkey("2", "Key in the safe of the town hall", None),
    ]
}

pub(crate) fn samples() -> Vec<SamplePage> {
    let mut samples = Vec::new();
    let mut sample = |name, page| samples.push(SamplePage { name, page });
    let options = Place::of("https://commonhold.example").map(|place| enter::options([7; 32], &place, &[]));
    let options = options.unwrap_or_default();
    let message = web::say!("Enter a name for the passkey, such as: work telephone");
    sample("add a passkey", add::sample_page());
    let refused = add::sample_page().typed(&Form::of([("name", "")])).errors(vec![FieldError::new("name", message)]);
    sample("add a passkey, refused", refused);
    sample("sign in with a passkey", enter::page(&options, "/"));
    sample("confirm with a passkey", confirm::use_page(&options, "/account/sign-in"));
    let standing = |passkeys, operates| Standing { passkeys, operates, signed_in_now: false, proved_now: false };
    let asks = Asks { operators_need: OperatorsNeed::Passkey, works_here: true };
    let nowhere = Asks { works_here: false, ..asks };
    let just_now = Standing { signed_in_now: true, ..standing(0, true) };
    sample("confirm that it is you", confirm::page(standing(1, false), asks, "/account/sign-in"));
    sample("confirm that it is you, without a passkey", confirm::page(standing(0, false), asks, "/account/sign-in"));
    sample("confirm that it is you, as an operator", confirm::page(standing(2, true), asks, "/operator"));
    sample("confirm, as an operator without a passkey", confirm::page(standing(0, true), asks, "/operator"));
    sample("confirm, as an operator who may add one", confirm::page(just_now, asks, "/operator"));
    sample("confirm, where browsers have no passkeys", confirm::page(standing(2, true), nowhere, "/operator"));
    let removals = [("remove a passkey", false), ("remove the last passkey of an operator", true)];
    for (passkey, (name, last)) in passkeys().iter().zip(removals) {
        sample(name, remove::page(passkey, last));
    }
    samples
}
