//! What exists in the demonstration only: choosing whom to be, and the messages that nobody sends.
//!
//! Everywhere else these addresses do not exist. Choosing whom to be signs in without any proof, which is why a
//! demonstration listens on its own computer only.

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use serde_json::json;
use store::Transaction;
use vocabulary::{OrganisationId, PersonId, Role, Timestamp};
use web::{Answer, Cell, FieldError, Form, Outcome, Page, Problem, SamplePage, Table, Visit};

use crate::{
    Accounts, EmailAddress, Error,
    error::damaged,
    outbox::{self, Waiting},
    person::{self, Membership},
    role_words, sign_in,
};

const CHOOSE: &str = "accounts/choose-role.html";
const OUTBOX: &str = "accounts/outbox.html";
const VISITOR: &str = "visitor";
/// Messages on the page.
const SHOWN: u32 = 100;

/// Somebody whom one can be.
#[derive(Clone, Debug)]
struct Part {
    person: PersonId,
    name: String,
    membership: Membership,
}

impl Part {
    /// The value of its radio.
    fn value(&self) -> String {
        format!("{}/{}", self.membership.organisation, self.person)
    }
}

/// Everybody with a role: participating bodies before others, each by name, then by role.
fn parts(tx: &mut Transaction<'_>) -> Result<Vec<Part>, store::Error> {
    let mut parts = tx.query(
        "SELECT o.id, o.name, o.participating, m.role, p.id, p.name FROM membership m \
         JOIN organisation o ON o.id = m.organisation JOIN person p ON p.id = m.person \
         ORDER BY o.participating DESC, o.folded, o.id, p.name NULLS LAST, p.id",
        &[],
        |row| {
            Ok(Part {
                membership: person::membership(row)?,
                person: row.text(4)?.parse().map_err(|_| damaged("a membership"))?,
                name: row.optional_text(5)?.unwrap_or_default(),
            })
        },
    )?;
    let rank = |role: Role| match role {
        Role::Member => 0,
        Role::Editor => 1,
        Role::Steward => 2,
        Role::Moderator => 3,
        Role::Auditor => 4,
        Role::Operator => 5,
    };
    // Organisations stay in their order; the three roles that are not about their own organisation come last.
    let mut order: Vec<OrganisationId> = parts.iter().map(|part| part.membership.organisation.clone()).collect();
    order.dedup();
    parts.sort_by_key(|part| {
        let role = rank(part.membership.role);
        let place = order.iter().position(|id| *id == part.membership.organisation);
        match (part.membership.participating, role) {
            (true, 0..=2) => (0, place, role),
            (false, _) => (1, place, role),
            (true, _) => (2, None, role),
        }
    });
    Ok(parts)
}

/// The choice.
pub(crate) async fn choose(State(accounts): State<Accounts>, visit: Visit) -> Outcome {
    visit.parameters(&[])?;
    let parts = accounts.store.read(parts).await.map_err(Error::from)?;
    Ok(choose_page(&parts, &visit).into())
}

fn choose_page(parts: &[Part], visit: &Visit) -> Page {
    let reader = &visit.reader;
    let is = |part: &Part| {
        let acting = reader.acting.as_ref();
        reader.person == Some(part.person)
            && acting.is_some_and(|acting| acting.organisation == part.membership.organisation)
    };
    let mut choices = vec![json!({
        "value": VISITOR,
        "text": web::say!("A visitor who has not signed in"),
        "can": web::say!("Sees what is public. Changes nothing."),
        "checked": reader.person.is_none(),
    })];
    choices.extend(parts.iter().map(|part| {
        let membership = &part.membership;
        let organisation = &membership.organisation_name;
        let text = match membership.participating {
            true => {
                let role = role_words::name(membership.role);
                web::say!("{role} at {organisation}", role = role, organisation = organisation)
            }
            false => web::say!("Staff of {organisation}", organisation = organisation),
        };
        let can = role_words::can(membership.role, membership.participating, organisation);
        json!({
            "value": part.value(),
            "text": text,
            "can": web::say!("{name}. {can}", name = part.name, can = can),
            "checked": is(part),
        })
    }));
    Page::new(CHOOSE, web::say!("Choose who to be"))
        .section("account")
        .reading()
        .private()
        .data(json!({"choices": choices}))
}

/// One is somebody else now.
pub(crate) async fn chosen(
    State(accounts): State<Accounts>,
    visit: Visit,
    headers: HeaderMap,
    form: Form,
) -> Result<Response, Problem> {
    visit.parameters(&[])?;
    form.only(&["who"])?;
    let who = form.one("who").unwrap_or_default().to_owned();
    if who == VISITOR {
        accounts.end_session(&headers).await?;
        let home = Answer::Redirect("/".to_owned());
        return Ok(sign_in::with_cookie(home, accounts.cookie().clear()));
    }
    let parts = accounts.store.read(parts).await.map_err(Error::from)?;
    let Some(part) = parts.iter().find(|part| part.value() == who) else {
        let error = FieldError::new("who", web::say!("Choose who to be"));
        let page = choose_page(&parts, &visit).errors(vec![error]);
        return Ok(Answer::from(page).into_response());
    };
    let organisation: OrganisationId = part.membership.organisation.clone();
    let token = accounts.begin_session(&headers, part.person, organisation).await?;
    accounts.signed_in(&token, "/".to_owned()).await
}

/// The messages.
pub(crate) async fn messages(State(accounts): State<Accounts>, visit: Visit) -> Outcome {
    visit.parameters(&[])?;
    let read = |tx: &mut Transaction<'_>| outbox::newest(tx, SHOWN);
    let (messages, total) = accounts.store.read(read).await.map_err(Error::from)?;
    Ok(outbox_page(&messages, total, &accounts.public_address).into())
}

fn outbox_page(messages: &[Waiting], total: u64, public_address: &str) -> Page {
    let shown = |message: &Waiting| {
        // The link of the message as a path of this site, whatever name this copy is reached by.
        let links = message.body.lines().filter_map(|line| line.strip_prefix(public_address));
        let link = links.into_iter().find(|path| path.starts_with("/sign-in/"));
        json!({
            "id": message.id,
            "at": message.made_at.to_string(),
            "recipient": message.recipient.as_str(),
            "subject": message.subject,
            "body": message.body,
            "html": message.html,
            "link": link,
        })
    };
    let rows = messages.iter().map(|message| {
        vec![
            Cell::Date(message.made_at.to_string()),
            Cell::from(message.recipient.as_str()),
            Cell::from(message.subject.as_str()),
            Cell::from(message.body.as_str()),
        ]
    });
    let table =
        Table { name: "outbox".to_owned(), columns: vec!["at", "recipient", "subject", "body"], rows: rows.collect() };
    let messages: Vec<_> = messages.iter().map(shown).collect();
    Page::new(OUTBOX, web::say!("No mail leaves this computer"))
        .section("account")
        .private()
        .data(json!({"total": total, "messages": messages}))
        .table(table)
}

/// The pages in each of their states.
pub(crate) fn samples() -> Vec<SamplePage> {
    let message = || {
        Some(Waiting {
            id: "1".to_owned(),
            made_at: Timestamp::from_second(1_772_532_840).ok()?,
            useful_until: Timestamp::from_second(1_772_533_740).ok()?,
            recipient: EmailAddress::parse("estate.editor@ashmere.example").ok()?,
            subject: web::say!("Sign in to Commonhold"),
            body: "Open this link.\n\nhttp://127.0.0.1:8080/sign-in/abc\n".to_owned(),
            html: Some("<p>Open this link.</p>".to_owned()),
            unsubscribe: None,
        })
    };
    let part = |id: &str, name: &str, participating, role, person: &str| {
        Some(Part {
            person: PersonId(uuid::Uuid::nil()),
            name: person.to_owned(),
            membership: Membership {
                organisation: id.parse().ok()?,
                organisation_name: name.to_owned(),
                participating,
                role,
            },
        })
    };
    let council = "Ashmere Borough Council";
    let parts: Vec<Part> = [
        part("ashmere", council, true, Role::Editor, "Ashmere estate editor"),
        part("ashmere", council, true, Role::Steward, "Ashmere estate steward"),
        part("fennel", "Fennel Software Ltd", false, Role::Member, "Fennel sales desk"),
        part("ashmere", council, true, Role::Auditor, "Auditor at Ashmere"),
    ]
    .into_iter()
    .flatten()
    .collect();
    let messages: Vec<Waiting> = message().into_iter().collect();
    let address = "http://127.0.0.1:8080";
    vec![
        SamplePage { name: "choose who to be", page: choose_page(&parts, &Visit::of("/choose-role")) },
        SamplePage { name: "outbox", page: outbox_page(&messages, 1, address) },
        SamplePage { name: "outbox, empty", page: outbox_page(&[], 0, address) },
    ]
}
