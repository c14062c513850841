//! Signing in with an account that somebody has elsewhere: OpenID Connect, authorisation code with PKCE.
//!
//! | Module | What it is for |
//! |---|---|
//! | `settings` | the file that names providers, or every problem in it |
//! | `http` | the way to a provider, and where it must not lead |
//! | `jose` | signed tokens and the keys that prove them |
//! | `claims` | what a proved token must say |
//! | `provider` | one provider: what it publishes, and the requests made to it |
//! | `attempt` | what is remembered while somebody is away at a provider |
//! | `begin`, `answer` | sending people there, and their coming back |
//! | `arrive` | who a proved account is here |
//! | `roles` | memberships that a provider's claims give and take |
//! | `check` | asking providers whether all is as configured |
//!
//! No library of OpenID Connect is used. The one that was looked at (`openidconnect` 4.1) leaves `azp`, `nbf`, the clock's
//! tolerance, RFC 9207 and `private_key_jwt` to its caller, and brings two generations of elliptic curve crates and
//! `rsa` with its open advisory. Signatures are `ring`'s, as are those of TLS; the rest is comparing texts, and stands here
//! where it can be read beside the tests that try to get around it.

pub(crate) mod answer;
mod arrive;
mod attempt;
pub(crate) mod begin;
mod check;
mod claims;
mod http;
mod jose;
mod provider;
mod roles;
mod settings;

use std::{path::Path, sync::Arc};

pub(crate) use self::attempt::{GOOD_FOR as AWAY, forget_ended};
pub use self::{check::ProviderReport, settings::SettingProblem};
use self::{claims::Unacceptable, http::Unanswered, jose::Unproved, provider::Provider};

/// By what people may sign in, besides links in messages. Cloning shares what providers have published.
#[derive(Clone, Debug)]
pub struct SignIn {
    providers: Arc<Vec<Arc<Provider>>>,
    email_links: bool,
}

impl Default for SignIn {
    /// By links in messages only.
    fn default() -> SignIn {
        SignIn { providers: Arc::default(), email_links: true }
    }
}

impl SignIn {
    /// Reads the file that names providers. Files that it names stand beside it, in `folder`, unless they are absolute;
    /// `environment` gives the value of a variable. No provider is asked anything yet.
    ///
    /// # Errors
    /// Every problem with its line.
    pub fn read(
        text: &str,
        folder: &Path,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<SignIn, Vec<SettingProblem>> {
        let settings = settings::read(text, folder, environment)?;
        let mut providers = Vec::new();
        let mut problems = Vec::new();
        for settings in settings.providers {
            let place = format!("provider \"{}\"", settings.id);
            match Provider::of(settings) {
                Ok(provider) => providers.push(Arc::new(provider)),
                Err(why) => problems.push(SettingProblem { line: 1, message: format!("{place}: {why}.") }),
            }
        }
        match problems.is_empty() {
            true => Ok(SignIn { providers: Arc::new(providers), email_links: settings.email_links }),
            false => Err(problems),
        }
    }

    /// Whether links in messages are one of the ways.
    pub(crate) fn email_links(&self) -> bool {
        self.email_links
    }

    pub(crate) fn provider(&self, id: &str) -> Option<&Arc<Provider>> {
        self.providers.iter().find(|provider| provider.settings.id == id)
    }

    /// The first provider of this issuer: what an account there is called.
    pub(crate) fn of_issuer(&self, issuer: &str) -> Option<&Arc<Provider>> {
        self.providers.iter().find(|provider| provider.settings.issuer == issuer)
    }

    /// Id and label of each, in the order of the file.
    pub(crate) fn choices(&self) -> Vec<(String, String)> {
        let choice = |provider: &Arc<Provider>| (provider.settings.id.clone(), provider.settings.label.clone());
        self.providers.iter().map(choice).collect()
    }

    /// What the providers are called.
    pub fn labels(&self) -> Vec<String> {
        self.providers.iter().map(|provider| provider.settings.label.clone()).collect()
    }

    /// Two invented providers, for pages that are looked at without any.
    pub(crate) fn sample(email_links: bool) -> SignIn {
        let entry = |id: &str, label: &str| {
            format!(
                "[[provider]]\nid = \"{id}\"\nlabel = \"{label}\"\nissuer = \"https://id.{id}.example\"\n\
                 client_id = \"c\"\nauthentication = \"client_secret_basic\"\nsecret_environment = \"S\"\n"
            )
        };
        let text = [
            format!("email_links = {email_links}\n"),
            entry("ashmere", "Ashmere Borough Council"),
            entry("brackford", "Brackford District Council"),
        ];
        SignIn::read(&text.concat(), Path::new("/"), &|_| Some("s".to_owned())).unwrap_or_default()
    }

    /// Organisations that rules name: to be told at start of those that are not here.
    pub fn organisations(&self) -> Vec<vocabulary::OrganisationId> {
        let rules = self.providers.iter().flat_map(|provider| &provider.settings.rules);
        let mut all: Vec<_> = rules.map(|rule| rule.organisation.clone()).collect();
        all.sort();
        all.dedup();
        all
    }
}

/// Why somebody who came back from a provider was not signed in. For the log: people are told one thing for all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Unanswered(#[from] Unanswered),
    #[error(transparent)]
    Unproved(#[from] Unproved),
    #[error(transparent)]
    Unacceptable(#[from] Unacceptable),
    #[error("the description is of the issuer \"{stated}\", not of the configured one")]
    OtherIssuer { stated: String },
    #[error("the provider gives no {0}")]
    Undescribed(&'static str),
    #[error("the provider speaks of one person in the token and of another beside it")]
    OtherPerson,
    #[error("the provider answered \"{0}\"")]
    Refused(String),
    #[error("the answer names another issuer, or none where the provider says that it names itself")]
    Answerer,
    #[error("the answer carries no code and state, or one of them twice")]
    Incomplete,
    #[error("nobody was sent there with this state from this browser within ten minutes, or it was used already")]
    Stranger,
    #[error("{0}")]
    OwnSide(&'static str),
}
