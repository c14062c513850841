//! People, the bodies they act for, sign-in and permission.
//!
//! | Module | What it is for |
//! |---|---|
//! | `organisation` | public bodies and suppliers |
//! | `person` | people, and for whom they act in which role |
//! | `permission` | who may do what: the whole matrix |
//! | `sign_in`, `session`, `token`, `cookie`, `next` | signing in and out |
//! | `secrets` | what lets whoever holds it in: a restored backup takes all of it back |
//! | `oidc` | signing in with an account that somebody has elsewhere |
//! | `ways_in` | the page of the ways in which one signs in |
//! | `who` | from a request to its reader |
//! | `see_as` | seeing pages as another reader would |
//! | `api_token` | tokens by which programs ask on a person's behalf |
//! | `account` | one's own account: for whom one acts, name, address, sessions, export, erasing |
//! | `about_people` | what this subject holds about people |
//! | `letter` | what a message says, as text and HTML |
//! | `outbox`, `email` | messages that wait, and the jobs that send them, by SMTP or as files |
//! | `tidy` | removing what is over |
//! | `invitation` | asking people to act for an organisation, and accepting |
//! | `people` | who acts for an organisation, for its stewards and operators |
//! | `membership` | the rules of giving, changing and ending that |
//! | `ports` | what this subject asks of the rest of the program |
//! | `demonstration` | choosing whom to be; the messages that nobody sends |
//! | `lines` | the two CSV files that set a copy up |
//!
//! It has no passwords, and no pages of organisations: those belong to whoever knows what an organisation runs.

mod about_people;
mod account;
mod api_token;
mod cookie;
mod demonstration;
mod email;
mod error;
mod invitation;
mod letter;
mod lines;
mod membership;
mod next;
mod oidc;
pub mod organisation;
mod outbox;
pub mod people;
mod permission;
pub mod person;
mod ports;
mod role_words;
mod secrets;
pub mod see_as;
mod session;
mod sign_in;
mod tidy;
mod token;
mod ways_in;
mod who;

pub use about_people::ABOUT_PEOPLE;
pub use email::{EmailAddress, NoEmailAddress};
pub use error::Error;
pub use invitation::{GOOD_FOR_DAYS, Invited, NewInvitation, invite_by_command, organisation_of_first};
pub use letter::{Block, Letter};
pub use lines::LineProblem;
pub use oidc::{ProviderReport, SettingProblem, SignIn};
pub use organisation::{Organisation, OrganisationKind};
pub use outbox::{
    Failure,
    deliver::{Delivery, message_job},
    rfc5322::Sender,
    send,
    smtp::{MailServer, Security, Smtp, Trouble},
};
pub use permission::{Deed, Refused, may, may_give};
pub use person::{Membership, NewMembership, Person};
pub use ports::{View, Views};
pub use secrets::SECRETS;
pub use token::Token;
pub use who::who;

use api_token::{made, mine, of_organisation};
use ledger::{AboutPeople, Slice};
use store::{Migration, Store, Transaction};
use vocabulary::{Chance, Clock, Retention};
use web::{Routes, Template};

/// What this subject needs to run.
#[derive(Clone)]
pub struct Accounts {
    /// Its tables.
    pub store: Store,
    /// The present moment.
    pub clock: Clock,
    /// Where tokens come from.
    pub chance: Chance,
    /// Whether everything here is invented: only then one can choose whom to be, and read the outbox.
    pub demonstration: bool,
    /// How people reach this copy, without a slash at the end: `https://commonhold.example`. Links in messages begin with
    /// it, and the session cookie is `Secure` when it says `https`.
    pub public_address: String,
    /// Where messages go.
    pub delivery: Delivery,
    /// How long what is over is kept.
    pub retention: Retention,
    /// Which pages an organisation has for a reader, for the links between them.
    pub views: Views,
    /// What every subject holds about people, this one included: for one's export, and for erasing.
    pub about_people: Vec<AboutPeople>,
    /// By what people sign in besides links in messages.
    pub sign_in: SignIn,
}

impl Accounts {
    pub(crate) fn cookie(&self) -> cookie::TokenCookie {
        cookie::TokenCookie::session(&self.public_address)
    }

    pub(crate) fn away_cookie(&self) -> cookie::TokenCookie {
        cookie::TokenCookie::away(&self.public_address)
    }

    /// Somebody acts now.
    pub(crate) fn by(&self, actor: Option<vocabulary::PersonId>) -> membership::By {
        membership::By { actor, now: self.clock.now(), chance: self.chance.clone() }
    }
}

/// The tables.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        subject: "accounts",
        number: 1,
        name: "organisations",
        sql: include_str!("../migrations/0001_organisations.sql"),
    },
    Migration { subject: "accounts", number: 2, name: "people", sql: include_str!("../migrations/0002_people.sql") },
    Migration { subject: "accounts", number: 3, name: "sign_in", sql: include_str!("../migrations/0003_sign_in.sql") },
    Migration { subject: "accounts", number: 4, name: "keeper", sql: include_str!("../migrations/0004_keeper.sql") },
    Migration { subject: "accounts", number: 5, name: "see_as", sql: include_str!("../migrations/0005_see_as.sql") },
    Migration {
        subject: "accounts",
        number: 6,
        name: "supplier_merges",
        sql: include_str!("../migrations/0006_supplier_merges.sql"),
    },
    Migration {
        subject: "accounts",
        number: 7,
        name: "outbox_jobs",
        sql: include_str!("../migrations/0007_outbox_jobs.sql"),
    },
    Migration {
        subject: "accounts",
        number: 8,
        name: "invitations",
        sql: include_str!("../migrations/0008_invitations.sql"),
    },
    Migration {
        subject: "accounts",
        number: 9,
        name: "api_tokens",
        sql: include_str!("../migrations/0009_api_tokens.sql"),
    },
    Migration {
        subject: "accounts",
        number: 10,
        name: "email_change",
        sql: include_str!("../migrations/0010_email_change.sql"),
    },
    Migration {
        subject: "accounts",
        number: 11,
        name: "providers",
        sql: include_str!("../migrations/0011_providers.sql"),
    },
];

/// What this subject offers.
pub fn slice(accounts: Accounts) -> Slice {
    let jobs = vec![message_job(accounts.delivery.clone()), tidy::job(accounts.retention)];
    let health = vec![outbox::health(accounts.delivery.clone())];
    Slice {
        name: "accounts",
        routes: routes(accounts),
        templates: templates(),
        migrations: MIGRATIONS,
        navigation: vec![],
        personal: vec![],
        operator: vec![],
        samples: samples(),
        kinds: &[organisation::KIND],
        things: organisation::things,
        check,
        people: ABOUT_PEOPLE,
        jobs,
        health,
    }
}

fn routes(accounts: Accounts) -> Routes {
    let mut routes = Routes::new()
        .get("/sign-in", "The form that asks for a sign-in link", sign_in::show)
        .parameters(&["next"])
        .post("/sign-in", "Ask for a sign-in link by email", sign_in::ask)
        .get("/sign-in/sent", "What to do after asking for a link", sign_in::sent)
        .get("/sign-in/{token}", "The page that a sign-in link opens", sign_in::open)
        .post("/sign-in/{token}", "Sign in with a link, once", sign_in::enter)
        .get("/sign-in/with/{provider}", "Go to a provider to sign in there", oidc::begin::begin)
        .parameters(&["next"])
        .get("/sign-in/with/{provider}/answer", "Come back from a provider", oidc::answer::answer)
        .post("/sign-out", "Sign out", sign_in::leave)
        .get("/sign-out/done", "After signing out: signing out at the provider too", sign_in::left)
        .parameters(&["provider"])
        .get("/account/sign-in", "The ways in which you sign in", ways_in::show)
        .parameters(&["done"])
        .post("/account/sign-in/add", "Begin to add an account at a provider", ways_in::add)
        .post("/account/sign-in/remove", "Remove an account at a provider", ways_in::remove)
        .get("/account", "Who you are and for whom you act", account::show)
        .parameters(account::PARAMETERS)
        .post("/account", "Act for another of your organisations", account::act)
        .get("/account/tokens", "Your API tokens", mine::show)
        .parameters(&["gone"])
        .post("/account/tokens", "Make an API token; it is shown once", made::make)
        .post("/account/tokens/{id}/revoke", "Take one of your API tokens away", mine::revoke)
        .get("/organisations/{id}/tokens", "The API tokens that act for an organisation", of_organisation::show)
        .parameters(&["gone"])
        .post("/organisations/{id}/tokens/{token}/revoke", "Take such a token away", of_organisation::revoke)
        .get("/account/name", "The form that changes your name", account::name::show)
        .post("/account/name", "Change your name", account::name::change)
        .get("/account/email", "The form that asks for another address", account::email::show)
        .post("/account/email", "Ask for a link to your new address", account::email::ask)
        .get("/account/email/{token}", "What the link to a new address opens", account::email::open)
        .post("/account/email/{token}", "Use the new address from now on", account::email::change)
        .post("/account/sign-out-elsewhere", "Sign out on all other browsers", account::sessions::end_others)
        .get("/account/export", "Everything that is held about you", account::export::show)
        .get("/account/erase", "What erasing your account does", account::erase::show)
        .post("/account/erase", "Erase your account", account::erase::erase)
        .get("/see-as", "Choose as which other reader to see", see_as::choose)
        .parameters(&["next"])
        .post("/see-as", "See as another reader", see_as::chosen)
        .post("/see-as/stop", "See as yourself again", see_as::stop)
        .get("/invitations/{token}", "The page that an invitation opens", invitation::accept::open)
        .post("/invitations/{token}", "Accept an invitation, once", invitation::accept::accept)
        .get("/organisations/{id}/people", "Who acts for an organisation, for its stewards", people::list::show)
        .parameters(people::list::PARAMETERS)
        .get("/organisations/{id}/people/invite", "The form that invites people", invitation::send::show)
        .post("/organisations/{id}/people/invite", "Invite people to act for an organisation", invitation::send::send)
        .get("/organisations/{id}/people/{person}", "What somebody can do for an organisation", people::role::show)
        .post("/organisations/{id}/people/{person}", "Change what somebody can do", people::role::change)
        .get("/organisations/{id}/people/{person}/remove", "What removing somebody does", people::remove::show)
        .post("/organisations/{id}/people/{person}/remove", "Remove somebody", people::remove::remove)
        .get("/organisations/{id}/people/{person}/undo", "What undoing the latest change does", people::undo::show)
        .post(
            "/organisations/{id}/people/{person}/undo",
            "Undo the latest change of somebody's role",
            people::undo::undo,
        )
        .post(
            "/organisations/{id}/invitations/{invitation}/resend",
            "Send an invitation again, with another link",
            invitation::pending::again,
        )
        .post(
            "/organisations/{id}/invitations/{invitation}/withdraw",
            "Withdraw an invitation",
            invitation::pending::take_back,
        );
    if accounts.demonstration {
        routes = routes
            .get("/choose-role", "Choose who to be (demonstration only)", demonstration::choose)
            .post("/choose-role", "Be somebody else (demonstration only)", demonstration::chosen)
            .get("/outbox", "Messages that were not sent (demonstration only)", demonstration::messages);
    }
    routes.with_state(accounts)
}

fn templates() -> Vec<Template> {
    macro_rules! template {
        ($name:literal) => {
            Template {
                name: concat!("accounts/", $name, ".html"),
                source: include_str!(concat!("../templates/", $name, ".html")),
            }
        };
    }
    vec![
        template!("sign-in"),
        template!("sign-in-sent"),
        template!("sign-in-link"),
        template!("sign-out"),
        template!("ways-in"),
        template!("ways-in-add"),
        template!("account"),
        template!("tokens"),
        template!("tokens-table"),
        template!("token-made"),
        template!("organisation-tokens"),
        template!("account/name"),
        template!("account/email"),
        template!("account/email-link"),
        template!("account/export"),
        template!("account/erase"),
        template!("account/erased"),
        template!("see-as"),
        template!("invitation/accept"),
        template!("invitation/send"),
        template!("people/list"),
        template!("people/role"),
        template!("people/remove"),
        template!("people/undo"),
        template!("choose-role"),
        template!("outbox"),
    ]
}

fn samples() -> Vec<web::SamplePage> {
    let mut samples = sign_in::samples();
    samples.extend(ways_in::samples());
    samples.extend(account::samples());
    samples.extend(api_token::samples::samples());
    samples.extend(see_as::samples());
    samples.extend(invitation::samples::samples());
    samples.extend(people::samples::samples());
    samples.extend(demonstration::samples());
    samples
}

/// What contradicts itself in these tables.
fn check(tx: &mut Transaction<'_>) -> Result<Vec<String>, store::Error> {
    let mut faults = tx.query(
        "SELECT m.organisation FROM membership m LEFT JOIN organisation o ON o.id = m.organisation \
         WHERE o.id IS NULL ORDER BY m.organisation",
        &[],
        |row| Ok(format!("somebody acts for {}, which is no organisation here", row.text(0)?)),
    )?;
    for table in ["api_token", "membership", "session", "identity", "membership_grant"] {
        let sql = format!(
            "SELECT x.person FROM {table} x LEFT JOIN person p ON p.id = x.person \
             WHERE p.id IS NULL OR p.erased_at IS NOT NULL ORDER BY x.person"
        );
        faults.extend(tx.query(&sql, &[], |row| Ok(format!("{table} of {}, who is nobody here", row.text(0)?)))?);
    }
    faults.extend(tx.query(
        "SELECT id FROM person WHERE erased_at IS NOT NULL AND (email IS NOT NULL OR name IS NOT NULL) ORDER BY id",
        &[],
        |row| Ok(format!("person {} was erased and still has details", row.text(0)?)),
    )?);
    Ok(faults)
}
