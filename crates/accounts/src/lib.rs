//! People, the bodies they act for, sign-in and permission.
//!
//! | Module | What it is for |
//! |---|---|
//! | `organisation` | public bodies and suppliers |
//! | `person` | people, and for whom they act in which role |
//! | `permission` | who may do what: the whole matrix |
//! | `sign_in`, `session`, `token`, `cookie`, `next` | signing in and out |
//! | `belonging` | whose the rows of each table are |
//! | `secrets` | what lets whoever holds it in: a restored backup takes all of it back |
//! | `oidc` | signing in with an account that somebody has elsewhere |
//! | `passkey` | signing in with a passkey, and proving by one that one is there |
//! | `ways_in` | the page of the ways in which one signs in |
//! | `who` | from a request to its reader |
//! | `see_as` | seeing pages as another reader would |
//! | `api_token` | tokens by which programs ask on a person's behalf |
//! | `account` | one's own account: for whom one acts, name, address, sessions, export, erasing |
//! | `about_people` | what this subject holds about people |
//! | `kept` | what for, and for how long: for the privacy notice |
//! | `letter` | what a message says, as text and HTML |
//! | `outbox`, `email` | messages that wait, and the jobs that send them, by SMTP or as files |
//! | `tidy` | removing what is over |
//! | `domain` | the domains of e-mail addresses by which people are an organisation's |
//! | [`leaving`] | leaving with everything, by two people and after some days; the tombstone |
//! | `invitation` | asking people to act for an organisation, and accepting |
//! | `joining` | asking to act for an organisation, and deciding about that |
//! | `operator` | the people and organisations of the copy, for whoever runs it |
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
mod belonging;
mod cookie;
mod demonstration;
mod described;
mod domain;
mod email;
mod error;
mod invitation;
mod joining;
mod kept;
pub mod leaving;
mod letter;
mod lines;
mod membership;
mod next;
mod oidc;
mod operator;
pub mod organisation;
mod outbox;
mod passkey;
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
pub use belonging::BELONGINGS;
pub use cookie::cookies;
pub use email::{EmailAddress, NoEmailAddress};
pub use error::Error;
pub use invitation::{GOOD_FOR_DAYS, Invited, NewInvitation, invite_by_command, organisation_of_first};
pub use kept::kept;
pub use letter::{Block, Letter};
pub use lines::LineProblem;
pub use oidc::{ProviderReport, SettingProblem, SignIn};
pub use organisation::{Organisation, OrganisationKind};
pub use outbox::{
    Failure,
    deliver::{Delivery, message_job},
    health::{MailStanding, mail_standing},
    rfc5322::Sender,
    send,
    smtp::{MailServer, Security, Smtp, Trouble},
};
pub use passkey::{command::remove_passkeys, passkeys_work_at, store::reapply as reapply_passkey};
pub use permission::{Deed, OperatorsNeed, Refused, may, may_give};
pub use person::{Membership, NewMembership, Person};
pub use ports::{View, Views};
pub use secrets::SECRETS;
pub use token::Token;
pub use who::who;

use api_token::{made, mine, of_organisation};
use ledger::{AboutPeople, Slice};
use store::{Migration, Store, Transaction};
use vocabulary::{Chance, Clock, Retention};
use web::{NavigationItem, Routes, Template};

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
    /// What an organisation takes along, and what is erased when it leaves.
    pub leaving: leaving::LeavingPorts,
    /// What operators have to show besides being signed in.
    pub operators_need: OperatorsNeed,
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
    Migration { subject: "accounts", number: 12, name: "joining", sql: include_str!("../migrations/0012_joining.sql") },
    Migration { subject: "accounts", number: 13, name: "domains", sql: include_str!("../migrations/0013_domains.sql") },
    Migration { subject: "accounts", number: 14, name: "leaving", sql: include_str!("../migrations/0014_leaving.sql") },
    Migration {
        subject: "accounts",
        number: 15,
        name: "passkeys",
        sql: include_str!("../migrations/0015_passkeys.sql"),
    },
    Migration {
        subject: "accounts",
        number: 16,
        name: "disabled",
        sql: include_str!("../migrations/0016_disabled.sql"),
    },
    Migration { subject: "accounts", number: 17, name: "closed", sql: include_str!("../migrations/0017_closed.sql") },
];

/// The scripts of its pages.
pub const SCRIPTS: &[web::Script] = &[web::Script { name: "passkey", source: include_str!("../assets/passkey.js") }];

/// What this subject offers.
pub fn slice(accounts: Accounts) -> Slice {
    let jobs = vec![
        message_job(accounts.delivery.clone()),
        tidy::job(accounts.retention),
        leaving::job(accounts.leaving),
        leaving::tell::job(accounts.public_address.clone()),
        joining::tell::job(accounts.public_address.clone()),
    ];
    let health = vec![outbox::health(accounts.delivery.clone())];
    Slice {
        name: "accounts",
        routes: routes(accounts),
        templates: templates(),
        migrations: MIGRATIONS,
        navigation: vec![],
        personal: vec![],
        operator: vec![
            NavigationItem { id: "people", text: "People", href: "/operator/people" },
            NavigationItem { id: "operator-organisations", text: "Organisations", href: "/operator/organisations" },
        ],
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
        .in_browser_by_visitor("anyone")
        .post("/sign-in", "Ask for a sign-in link by email", sign_in::ask)
        .fields(&["email", "next"])
        .in_browser_by_visitor("anyone")
        .post("/sign-in/passkey", "Begin to sign in with a passkey", passkey::enter::begin)
        .done_with(&[200, 303])
        .fields(&["next"])
        .in_browser_by_visitor("anyone")
        .post("/sign-in/passkey/enter", "Sign in with a passkey", passkey::enter::enter)
        .fields(&["credential", "client_data", "authenticator_data", "signature", "user_handle"])
        .in_browser_by_visitor("anyone")
        .get("/sign-in/sent", "What to do after asking for a link", sign_in::sent)
        .in_browser_by_visitor("anyone")
        .get("/sign-in/{token}", "The page that a sign-in link opens", sign_in::open)
        .in_browser_by_visitor("whoever has the link")
        .post("/sign-in/{token}", "Sign in with a link, once", sign_in::enter)
        .done_with(&[200, 303])
        .in_browser_by_visitor("whoever has the link")
        .get("/sign-in/with/{provider}", "Go to a provider to sign in there", oidc::begin::begin)
        .parameters(&["next"])
        .in_browser_by_visitor("anyone")
        .get("/sign-in/with/{provider}/answer", "Come back from a provider", oidc::answer::answer)
        .parameters(&["code", "state", "iss", "error"])
        .any_parameters()
        .in_browser_by_visitor("anyone")
        .post("/sign-out", "Sign out", sign_in::leave)
        .fields(&["next"])
        .in_browser_by_visitor("anyone")
        .get("/sign-out/done", "After signing out: signing out at the provider too", sign_in::left)
        .parameters(&["provider"])
        .in_browser_by_visitor("anyone")
        .get("/account/sign-in", "The ways in which you sign in", ways_in::show)
        .parameters(&["done"])
        .in_browser_by("whoever is signed in")
        .post("/account/sign-in/add", "Begin to add an account at a provider", ways_in::add)
        .done_with(&[200])
        .fields(&["provider"])
        .in_browser_by("whoever is signed in")
        .post("/account/sign-in/remove", "Remove an account at a provider", ways_in::remove)
        .fields(&["account"])
        .in_browser_by("whoever is signed in")
        .post("/account/sign-in/passkeys/new", "Begin to add a passkey", passkey::add::begin)
        .done_with(&[200])
        .in_browser_by("whoever is signed in")
        .post("/account/sign-in/passkeys", "Add a passkey", passkey::add::add)
        .fields(&["name", "client_data", "attestation"])
        .in_browser_by("whoever is signed in")
        .get("/account/sign-in/passkeys/{id}/remove", "What removing a passkey does", passkey::remove::show)
        .in_browser_by("whoever is signed in")
        .post("/account/sign-in/passkeys/{id}/remove", "Remove a passkey", passkey::remove::remove)
        .in_browser_by("whoever is signed in")
        .get("/account/confirm", "How to prove that it is you", passkey::confirm::show)
        .parameters(&["next"])
        .in_browser_by("whoever is signed in")
        .post("/account/confirm", "Begin to prove it with a passkey", passkey::confirm::begin)
        .done_with(&[200, 303])
        .fields(&["next"])
        .in_browser_by("whoever is signed in")
        .post("/account/confirm/passkey", "Prove it with a passkey", passkey::confirm::confirm)
        .fields(&["credential", "client_data", "authenticator_data", "signature", "user_handle"])
        .in_browser_by("whoever is signed in")
        .get("/account", "Who you are and for whom you act", account::show)
        .parameters(account::PARAMETERS)
        .in_browser_by("whoever is signed in")
        .post("/account", "Act for another of your organisations", account::act)
        .fields(&["organisation"])
        .in_browser_by("whoever is signed in")
        .get("/account/tokens", "Your API tokens", mine::show)
        .parameters(&["gone"])
        .in_browser_by("whoever is signed in")
        .post("/account/tokens", "Make an API token; it is shown once", made::make)
        .done_with(&[200])
        .fields(&["name", "organisation", "scope", "days"])
        .in_browser_by("whoever is signed in")
        .post("/account/tokens/{id}/revoke", "Take one of your API tokens away", mine::revoke)
        .in_browser_by("whoever is signed in")
        .get("/organisations/{id}/tokens", "The API tokens that act for an organisation", of_organisation::show)
        .parameters(&["gone"])
        .in_browser_by("stewards of the organisation")
        .post("/organisations/{id}/tokens/{token}/revoke", "Take such a token away", of_organisation::revoke)
        .in_browser_by("stewards of the organisation")
        .get("/account/name", "The form that changes your name", account::name::show)
        .in_browser_by("whoever is signed in")
        .post("/account/name", "Change your name", account::name::change)
        .fields(&["name"])
        .in_browser_by("whoever is signed in")
        .get("/account/email", "The form that asks for another address", account::email::show)
        .in_browser_by("whoever is signed in")
        .post("/account/email", "Ask for a link to your new address", account::email::ask)
        .fields(&["email"])
        .in_browser_by("whoever is signed in")
        .get("/account/email/{token}", "What the link to a new address opens", account::email::open)
        .in_browser_by_visitor("whoever has the link")
        .post("/account/email/{token}", "Use the new address from now on", account::email::change)
        .done_with(&[200, 303])
        .in_browser_by_visitor("whoever has the link")
        .post("/account/sign-out-elsewhere", "Sign out on all other browsers", account::sessions::end_others)
        .in_browser_by("whoever is signed in")
        .get("/account/export", "Everything that is held about you", account::export::show)
        .in_browser_by("whoever is signed in")
        .get("/account/erase", "What erasing your account does", account::erase::show)
        .in_browser_by("whoever is signed in")
        .post("/account/erase", "Erase your account", account::erase::erase)
        .done_with(&[200])
        .fields(&["confirm"])
        .in_browser_by("whoever is signed in")
        .get("/see-as", "Choose as which other reader to see", see_as::choose)
        .parameters(&["next"])
        .in_browser_by("members, editors and stewards")
        .post("/see-as", "See as another reader", see_as::chosen)
        .fields(&["as", "next"])
        .in_browser_by("members, editors and stewards")
        .post("/see-as/stop", "See as yourself again", see_as::stop)
        .fields(&["next"])
        .in_browser_by_visitor("anyone")
        .get("/invitations/{token}", "The page that an invitation opens", invitation::accept::open)
        .in_browser_by_visitor("whoever has the link")
        .post("/invitations/{token}", "Accept an invitation, once", invitation::accept::accept)
        .done_with(&[200, 303])
        .in_browser_by_visitor("whoever has the link")
        .get("/join", "Find an organisation to act for, and see your requests", joining::find::show)
        .parameters(joining::find::PARAMETERS)
        .in_browser_by("whoever is signed in")
        .post("/join", "Ask to act for an organisation", joining::ask::ask)
        .fields(&["organisation", "reason"])
        .in_browser_by("whoever is signed in")
        .get("/join/{id}", "What became of your request", joining::own::show)
        .in_browser_by("whoever is signed in")
        .post("/join/{id}/withdraw", "Take your request back", joining::own::take_back)
        .in_browser_by("whoever is signed in")
        .get("/organisations/{id}/requests/{request}", "A request to act for an organisation", joining::decide::show)
        .in_browser_by("stewards of the organisation")
        .post("/organisations/{id}/requests/{request}", "Approve or decline a request", joining::decide::decide)
        .fields(&["decision", "answer"])
        .in_browser_by("stewards of the organisation")
        .get("/organisations/{id}/domains", "The e-mail domains of an organisation", domain::list::show)
        .parameters(&["done"])
        .in_browser_by("stewards of the organisation")
        .post("/organisations/{id}/domains", "Propose a domain", domain::list::offer)
        .fields(&["domain"])
        .in_browser_by("stewards of the organisation")
        .post("/organisations/{id}/domains/confirm", "Confirm a domain, for operators", domain::list::accept)
        .fields(&["domain"])
        .in_browser_by("operators")
        .post("/organisations/{id}/domains/remove", "Remove a domain", domain::list::take_away)
        .fields(&["domain"])
        .in_browser_by("stewards of the organisation")
        .get("/organisations/{id}/leave", "What leaving does, for stewards and operators", leaving::show)
        .in_browser_by("stewards of the organisation, and operators")
        .post("/organisations/{id}/leave", "Ask that everything of an organisation be erased", leaving::ask)
        .fields(&["taken"])
        .in_browser_by("stewards of the organisation, and operators")
        .get("/organisations/{id}/leave/file", "Everything that is an organisation's own, as a file", leaving::file)
        .in_browser_by("stewards of the organisation, and operators")
        .post("/organisations/{id}/leave/confirm", "Confirm what somebody else asked", leaving::confirm)
        .in_browser_by("stewards of the organisation, and operators")
        .post("/organisations/{id}/leave/undo", "Take leaving back: everything stays", leaving::take_back)
        .in_browser_by("stewards of the organisation, and operators")
        .get("/operator/people", "Everybody who has an account, for operators", operator::people::show)
        .parameters(operator::people::PARAMETERS)
        .in_browser_by("operators")
        .get(
            "/operator/people/{person}",
            "One person: what they belong to, where they are signed in",
            operator::person::show,
        )
        .parameters(&["done"])
        .in_browser_by("operators")
        .get("/operator/people/{person}/disable", "What disabling an account does", operator::disable::show)
        .in_browser_by("operators")
        .post("/operator/people/{person}/disable", "Disable an account", operator::disable::disable)
        .in_browser_by("operators")
        .post("/operator/people/{person}/enable", "Let somebody in again", operator::disable::enable)
        .in_browser_by("operators")
        .post("/operator/people/{person}/invite", "Send a letter with a new link", operator::invite::again)
        .in_browser_by("operators")
        .get("/operator/organisations", "All organisations, for operators", operator::organisations::show)
        .parameters(operator::organisations::PARAMETERS)
        .in_browser_by("operators")
        .get("/operator/organisations/new", "The form that adds an organisation", operator::add::show)
        .in_browser_by("operators")
        .post("/operator/organisations/new", "Add an organisation", operator::add::add)
        .fields(&["name", "id", "kind", "code", "participating"])
        .in_browser_by("operators")
        .get(
            "/operator/organisations/{id}",
            "One organisation: its stewards and what waits",
            operator::organisation::show,
        )
        .parameters(&["done"])
        .in_browser_by("operators")
        .post("/operator/organisations/{id}", "Give an organisation another name", operator::organisation::rename)
        .fields(&["name"])
        .in_browser_by("operators")
        .get("/operator/organisations/{id}/close", "What closing an organisation does", operator::organisation::ask)
        .in_browser_by("operators")
        .post("/operator/organisations/{id}/close", "Close an organisation", operator::organisation::close)
        .in_browser_by("operators")
        .post("/operator/organisations/{id}/open", "Open an organisation again", operator::organisation::open)
        .in_browser_by("operators")
        .get("/organisations/{id}/people", "Who acts for an organisation, for its stewards", people::list::show)
        .parameters(people::list::PARAMETERS)
        .in_browser_by("stewards of the organisation")
        .get("/organisations/{id}/people/invite", "The form that invites people", invitation::send::show)
        .in_browser_by("stewards of the organisation")
        .post("/organisations/{id}/people/invite", "Invite people to act for an organisation", invitation::send::send)
        .fields(&["people", "role"])
        .in_browser_by("stewards of the organisation")
        .get("/organisations/{id}/people/{person}", "What somebody can do for an organisation", people::role::show)
        .in_browser_by("stewards of the organisation")
        .post("/organisations/{id}/people/{person}", "Change what somebody can do", people::role::change)
        .fields(&["role", "was"])
        .in_browser_by("stewards of the organisation")
        .get("/organisations/{id}/people/{person}/remove", "What removing somebody does", people::remove::show)
        .in_browser_by("stewards of the organisation")
        .post("/organisations/{id}/people/{person}/remove", "Remove somebody", people::remove::remove)
        .in_browser_by("stewards of the organisation")
        .get("/organisations/{id}/people/{person}/undo", "What undoing the latest change does", people::undo::show)
        .in_browser_by("stewards of the organisation")
        .post(
            "/organisations/{id}/people/{person}/undo",
            "Undo the latest change of somebody's role",
            people::undo::undo,
        )
        .fields(&["event"])
        .in_browser_by("stewards of the organisation")
        .post(
            "/organisations/{id}/invitations/{invitation}/resend",
            "Send an invitation again, with another link",
            invitation::pending::again,
        )
        .in_browser_by("stewards of the organisation")
        .post(
            "/organisations/{id}/invitations/{invitation}/withdraw",
            "Withdraw an invitation",
            invitation::pending::take_back,
        )
        .in_browser_by("stewards of the organisation");
    if accounts.demonstration {
        routes = routes
            .get("/choose-role", "Choose who to be (demonstration only)", demonstration::choose)
            .in_browser_by_visitor("anyone, in a demonstration")
            .post("/choose-role", "Be somebody else (demonstration only)", demonstration::chosen)
            .fields(&["who"])
            .in_browser_by_visitor("anyone, in a demonstration")
            .get("/outbox", "Messages that were not sent (demonstration only)", demonstration::messages)
            .in_browser_by_visitor("anyone, in a demonstration");
    }
    routes.words(described::WORDS).with_state(accounts)
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
        template!("passkey/add"),
        template!("passkey/enter"),
        template!("passkey/confirm"),
        template!("passkey/remove"),
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
        template!("domains"),
        template!("joining/find"),
        template!("joining/ask"),
        template!("joining/own"),
        template!("joining/decide"),
        template!("leaving/show"),
        template!("operator/people"),
        template!("operator/person"),
        template!("operator/disable"),
        template!("operator/organisations"),
        template!("operator/organisation"),
        template!("operator/close"),
        template!("operator/add"),
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
    samples.extend(passkey::samples::samples());
    samples.extend(account::samples());
    samples.extend(api_token::samples::samples());
    samples.extend(see_as::samples());
    samples.extend(invitation::samples::samples());
    samples.extend(domain::samples::samples());
    samples.extend(joining::samples::samples());
    samples.extend(operator::samples::samples());
    samples.extend(people::samples::samples());
    samples.extend(leaving::samples());
    samples.extend(demonstration::samples());
    samples
}

/// What contradicts itself in these tables.
fn check(tx: &mut Transaction<'_>) -> Result<Vec<String>, store::Error> {
    let mut faults = Vec::new();
    for (table, what) in [
        ("membership", "somebody acts for"),
        ("join_request", "somebody asks to act for"),
        ("organisation_domain", "a domain is of"),
    ] {
        let sql = format!(
            "SELECT x.organisation FROM {table} x LEFT JOIN organisation o ON o.id = x.organisation \
             WHERE o.id IS NULL ORDER BY x.organisation"
        );
        let fault = |row: &store::Row<'_>| Ok(format!("{what} {}, which is no organisation here", row.text(0)?));
        faults.extend(tx.query(&sql, &[], fault)?);
    }
    for table in ["api_token", "membership", "session", "identity", "membership_grant", "join_request", "passkey"] {
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
