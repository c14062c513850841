//! Pages of invitations with invented content.

use vocabulary::{Reader, Role};
use web::{FieldError, Form, SamplePage};

use super::{
    accept::{self, Offer},
    send,
};
use crate::people::samples::{ashmere, steward};

/// The pages in each of their states.
pub(crate) fn samples() -> Vec<SamplePage> {
    let Some(organisation) = ashmere() else { return vec![] };
    let reader: Reader = steward(&organisation);
    let offer = |somebody_else: bool| Offer {
        organisation: organisation.clone(),
        role: Role::Editor,
        email: "priya.shah@ashmere.example".to_owned(),
        inviter: (!somebody_else).then(|| "Sam Cole".to_owned()),
        until: jiff::Timestamp::UNIX_EPOCH,
        somebody_else,
    };
    let typed = Form::of([("people", "Priya Shah"), ("role", "")]);
    let problem = web::say!("there is no email address. Write it like p.shah@ashmere.example, Priya Shah");
    let problem = web::say!("Line {line}: {problem}", line = 1, problem = problem);
    let errors =
        vec![FieldError::new("people", problem), FieldError::new("role", web::say!("Choose what they can do"))];
    let sample = |name, page| SamplePage { name, page };
    vec![
        sample("invite people", send::page(&organisation, &reader)),
        sample("invite people, refused", send::page(&organisation, &reader).typed(&typed).errors(errors)),
        sample("invitation", accept::page(&offer(false))),
        sample("invitation, somebody else is signed in", accept::page(&offer(true))),
        sample("invitation, over", accept::over()),
    ]
}
