//! The file that names providers of sign-in: TOML in, settings or every problem with its line out.
//!
//! Keys that are not known are refused, since one that is misspelt and silently ignored would lie. Secrets are not in the
//! file: it names the file or the environment variable that holds one.

use std::{collections::BTreeSet, fmt, fs, path::Path, time::Duration};

use axum::http::Uri;
use serde::Deserialize;
use toml::Spanned;
use vocabulary::{OrganisationId, Role};

use super::jose::{Algorithm, SigningKey};

/// Most providers in one file.
const MOST_PROVIDERS: usize = 200;
/// Most rules of one provider.
const MOST_RULES: usize = 1_000;
/// Longest wait for one answer of a provider.
const LONGEST_WAIT: u64 = 30;

/// Something in the file that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingProblem {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong, where, and what to do.
    pub message: String,
}

impl fmt::Display for SettingProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// What the file says.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) email_links: bool,
    pub(crate) providers: Vec<ProviderSettings>,
}

/// One provider as configured.
#[derive(Debug)]
pub(crate) struct ProviderSettings {
    /// Stands in addresses.
    pub(crate) id: String,
    /// What people call it.
    pub(crate) label: String,
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) authentication: Authentication,
    pub(crate) scopes: String,
    pub(crate) algorithms: Vec<Algorithm>,
    pub(crate) acr_values: Vec<String>,
    pub(crate) vtr: Vec<String>,
    /// The `claims` request, as JSON.
    pub(crate) claims: Option<String>,
    pub(crate) timeout: Duration,
    /// Certificates in PEM that are trusted for this provider instead of the usual ones.
    pub(crate) authorities: Option<Vec<u8>>,
    /// Domains whose e-mail addresses this provider may vouch for, in lower case.
    pub(crate) domains: BTreeSet<String>,
    /// Whether it is believed for these without saying that it verified the address.
    pub(crate) unverified: bool,
    pub(crate) rules: Vec<Rule>,
}

/// How this copy proves to a provider who it is.
pub(crate) enum Authentication {
    SecretBasic(String),
    SecretPost(String),
    PrivateKey { key: SigningKey, id: Option<String>, audience: Audience },
}

impl fmt::Debug for Authentication {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Authentication::SecretBasic(_) => "SecretBasic(…)",
            Authentication::SecretPost(_) => "SecretPost(…)",
            Authentication::PrivateKey { .. } => "PrivateKey(…)",
        })
    }
}

/// To whom the proof by private key is addressed: providers differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Audience {
    /// The address that it is sent to: what RFC 7523 and most providers want.
    #[default]
    TokenEndpoint,
    /// The provider itself: what newer ones want.
    Issuer,
}

/// When a claim has a value, the person acts for an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    /// A claim's name; `a.b` is also claim b within claim a; `email_domain` is the domain of a trusted address.
    pub(crate) claim: String,
    pub(crate) is: String,
    pub(crate) organisation: OrganisationId,
    pub(crate) role: Role,
}

/// The pseudo-claim that holds the domain of an address that the provider is trusted for.
pub(crate) const EMAIL_DOMAIN: &str = "email_domain";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    email_links: Option<Spanned<bool>>,
    #[serde(default)]
    provider: Vec<Spanned<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: Spanned<String>,
    label: Spanned<String>,
    issuer: Spanned<String>,
    client_id: Spanned<String>,
    authentication: Spanned<Method>,
    secret_file: Option<Spanned<String>>,
    secret_environment: Option<Spanned<String>>,
    key_file: Option<Spanned<String>>,
    key_id: Option<Spanned<String>>,
    assertion_audience: Option<Spanned<Audience>>,
    scopes: Option<Spanned<Vec<String>>>,
    algorithms: Option<Spanned<Vec<String>>>,
    #[serde(default)]
    acr_values: Vec<String>,
    #[serde(default)]
    vtr: Vec<String>,
    claims: Option<Spanned<String>>,
    timeout_seconds: Option<Spanned<u64>>,
    ca_file: Option<Spanned<String>>,
    #[serde(default)]
    trust_addresses_of: Vec<Spanned<String>>,
    #[serde(default)]
    trust_unverified_addresses: bool,
    #[serde(default)]
    may_make_operators: bool,
    #[serde(default)]
    rule: Vec<Spanned<RuleEntry>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Method {
    ClientSecretBasic,
    ClientSecretPost,
    PrivateKeyJwt,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleEntry {
    claim: String,
    is: String,
    organisation: Spanned<String>,
    role: Spanned<String>,
}

/// Reads the file's text. Files that it names stand beside it, in `folder`, unless they are absolute.
pub(crate) fn read(
    text: &str,
    folder: &Path,
    environment: &dyn Fn(&str) -> Option<String>,
) -> Result<Settings, Vec<SettingProblem>> {
    let mut reading = Reading { text, folder, environment, problems: Vec::new() };
    let file: File = match toml::from_str(text) {
        Ok(file) => file,
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            reading.problem(at, error.message().to_owned());
            return Err(reading.problems);
        }
    };
    let links_at = file.email_links.as_ref().map_or(0, |links| links.span().start);
    let email_links = file.email_links.is_none_or(Spanned::into_inner);
    if file.provider.is_empty() && !email_links {
        reading.problem(links_at, "\"email_links\" is false and no [[provider]] is there, so nobody could sign in.");
    }
    if file.provider.len() > MOST_PROVIDERS {
        reading.problem(0, format!("there are more than {MOST_PROVIDERS} providers."));
        return Err(reading.problems);
    }
    let mut providers: Vec<ProviderSettings> = Vec::new();
    for entry in file.provider {
        let at = entry.span().start;
        let entry = entry.into_inner();
        if providers.iter().any(|known| known.id == *entry.id.get_ref()) {
            reading.at(&entry.id, "\"id\": another provider of this file has it.");
        }
        if providers
            .iter()
            .any(|known| known.issuer == *entry.issuer.get_ref() && known.client_id == *entry.client_id.get_ref())
        {
            reading.at(&entry.issuer, "\"issuer\": another provider of this file has it, with the same client_id.");
        }
        providers.extend(reading.provider(entry, at));
    }
    match reading.problems.is_empty() {
        true => Ok(Settings { email_links, providers }),
        false => Err(reading.problems),
    }
}

struct Reading<'a> {
    text: &'a str,
    folder: &'a Path,
    environment: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<SettingProblem>,
}

impl Reading<'_> {
    fn problem(&mut self, at: usize, message: impl Into<String>) {
        let before = self.text.get(..at).unwrap_or_default();
        let line = u64::try_from(before.matches('\n').count()).unwrap_or_default() + 1;
        self.problems.push(SettingProblem { line, message: message.into() });
    }

    fn at<T>(&mut self, place: &Spanned<T>, message: impl Into<String>) {
        self.problem(place.span().start, message);
    }

    fn provider(&mut self, entry: Entry, at: usize) -> Option<ProviderSettings> {
        let before = self.problems.len();
        let slug = |id: &str| {
            (1..=40).contains(&id.len())
                && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        if !slug(entry.id.get_ref()) {
            self.at(&entry.id, "\"id\" stands in addresses: 1 to 40 lower-case letters, digits and hyphens.");
        }
        if entry.label.get_ref().trim().is_empty() || entry.label.get_ref().chars().count() > 80 {
            self.at(&entry.label, "\"label\" is what people call the provider: 1 to 80 characters.");
        }
        if entry.client_id.get_ref().trim().is_empty() {
            self.at(
                &entry.client_id,
                "\"client_id\" is empty. The provider gives it when this copy is registered there.",
            );
        }
        if let Err(why) = good_issuer(entry.issuer.get_ref()) {
            self.at(&entry.issuer, format!("\"issuer\" {why}"));
        }
        let authentication = self.authentication(&entry, at);
        let scopes = match &entry.scopes {
            None => "openid email profile".to_owned(),
            Some(scopes) => {
                let plain = |scope: &String| !scope.is_empty() && scope.bytes().all(|b| b.is_ascii_graphic());
                if !scopes.get_ref().iter().any(|scope| scope == "openid") || !scopes.get_ref().iter().all(plain) {
                    self.at(scopes, "\"scopes\" must hold \"openid\", and words without spaces.");
                }
                scopes.get_ref().join(" ")
            }
        };
        let algorithms = self.algorithms(entry.algorithms.as_ref());
        if let Some(claims) = &entry.claims
            && !serde_json::from_str::<serde_json::Value>(claims.get_ref()).is_ok_and(|value| value.is_object())
        {
            self.at(claims, "\"claims\" must be a JSON object, as OpenID Connect Core 5.5 describes it.");
        }
        let seconds = entry.timeout_seconds.as_ref().map_or(10, |seconds| *seconds.get_ref());
        if let Some(place) = &entry.timeout_seconds
            && !(1..=LONGEST_WAIT).contains(&seconds)
        {
            self.at(place, format!("\"timeout_seconds\" is from 1 to {LONGEST_WAIT}."));
        }
        let authorities = entry.ca_file.as_ref().and_then(|file| self.file("ca_file", file)).map(String::into_bytes);
        let mut domains = BTreeSet::new();
        for domain in &entry.trust_addresses_of {
            let name = domain.get_ref().to_ascii_lowercase();
            match crate::EmailAddress::parse(&format!("a@{name}")) {
                Ok(_) => drop(domains.insert(name)),
                Err(_) => {
                    self.at(domain, "\"trust_addresses_of\" lists domains, such as \"ashmere.gov.uk\", without @.")
                }
            }
        }
        if entry.trust_unverified_addresses && domains.is_empty() {
            self.problem(at, "\"trust_unverified_addresses\" says nothing without \"trust_addresses_of\".");
        }
        let rules = self.rules(entry.rule, entry.may_make_operators);
        let authentication = authentication.filter(|_| self.problems.len() == before)?;
        Some(ProviderSettings {
            id: entry.id.into_inner(),
            label: entry.label.into_inner().trim().to_owned(),
            issuer: entry.issuer.into_inner(),
            client_id: entry.client_id.into_inner(),
            authentication,
            scopes,
            algorithms,
            acr_values: entry.acr_values,
            vtr: entry.vtr,
            claims: entry.claims.map(Spanned::into_inner),
            timeout: Duration::from_secs(seconds),
            authorities,
            domains,
            unverified: entry.trust_unverified_addresses,
            rules,
        })
    }

    fn authentication(&mut self, entry: &Entry, at: usize) -> Option<Authentication> {
        let method = *entry.authentication.get_ref();
        if method == Method::PrivateKeyJwt {
            if entry.secret_file.is_some() || entry.secret_environment.is_some() {
                self.problem(at, "\"authentication\" is private_key_jwt, which takes \"key_file\" and no secret.");
                return None;
            }
            let Some(file) = &entry.key_file else {
                self.at(
                    &entry.authentication,
                    "\"authentication\" is private_key_jwt: name the private key with \"key_file\".",
                );
                return None;
            };
            let text = self.file("key_file", file)?;
            return match SigningKey::from_pem(&text) {
                Ok(key) => Some(Authentication::PrivateKey {
                    key,
                    id: entry.key_id.as_ref().map(|id| id.get_ref().clone()),
                    audience: entry.assertion_audience.as_ref().map(|audience| *audience.get_ref()).unwrap_or_default(),
                }),
                Err(why) => {
                    self.at(file, format!("\"key_file\" {}: {why}.", file.get_ref()));
                    None
                }
            };
        }
        if entry.key_file.is_some() || entry.key_id.is_some() || entry.assertion_audience.is_some() {
            self.at(
                &entry.authentication,
                "\"key_file\", \"key_id\" and \"assertion_audience\" belong to authentication = \"private_key_jwt\".",
            );
        }
        let secret = match (&entry.secret_file, &entry.secret_environment) {
            (Some(file), None) => self.file("secret_file", file)?.trim().to_owned(),
            (None, Some(name)) => match (self.environment)(name.get_ref()) {
                Some(secret) => secret.trim().to_owned(),
                None => {
                    self.at(
                        name,
                        format!("\"secret_environment\": no environment variable {} is set.", name.get_ref()),
                    );
                    return None;
                }
            },
            _ => {
                self.at(
                    &entry.authentication,
                    "\"authentication\" by secret needs one of \"secret_file\" and \"secret_environment\".",
                );
                return None;
            }
        };
        if secret.is_empty() {
            self.at(&entry.authentication, "the secret is empty.");
            return None;
        }
        Some(match method {
            Method::ClientSecretBasic => Authentication::SecretBasic(secret),
            _ => Authentication::SecretPost(secret),
        })
    }

    fn algorithms(&mut self, named: Option<&Spanned<Vec<String>>>) -> Vec<Algorithm> {
        let Some(named) = named else { return Algorithm::ALL.to_vec() };
        let known: Vec<Algorithm> = named.get_ref().iter().filter_map(|name| Algorithm::named(name)).collect();
        if known.len() != named.get_ref().len() || known.is_empty() {
            self.at(named, "\"algorithms\" may hold RS256, PS256 and ES256, and must hold one of them.");
        }
        known
    }

    fn rules(&mut self, entries: Vec<Spanned<RuleEntry>>, operators: bool) -> Vec<Rule> {
        let mut rules = Vec::new();
        for entry in entries {
            let at = entry.span().start;
            let entry = entry.into_inner();
            if rules.len() == MOST_RULES {
                self.problem(at, format!("there are more than {MOST_RULES} rules."));
                break;
            }
            if entry.claim.is_empty() || entry.is.is_empty() {
                self.problem(at, "a rule needs a \"claim\" and what it \"is\": an empty one would fit everybody.");
            }
            let organisation = entry.organisation.get_ref().parse::<OrganisationId>();
            if organisation.is_err() {
                self.at(&entry.organisation, "\"organisation\" is an organisation's identifier, such as \"ashmere\".");
            }
            let role = entry.role.get_ref().parse::<Role>();
            if role.is_err() {
                self.at(&entry.role, "\"role\" is member, editor, steward, moderator, auditor or operator.");
            }
            if role == Ok(Role::Operator) && !operators {
                self.at(
                    &entry.role,
                    "\"role\" is operator: a rule gives it only where the provider has may_make_operators = true.",
                );
            }
            let (Ok(organisation), Ok(role)) = (organisation, role) else { continue };
            rules.push(Rule { claim: entry.claim, is: entry.is, organisation, role });
        }
        rules
    }

    fn file(&mut self, key: &str, name: &Spanned<String>) -> Option<String> {
        let path = self.folder.join(name.get_ref());
        match fs::read_to_string(&path) {
            Ok(text) => Some(text),
            Err(error) => {
                self.at(name, format!("\"{key}\": {} cannot be read: {}.", path.display(), error.kind()));
                None
            }
        }
    }
}

/// An issuer is an https address without query and fragment (OpenID Connect Core 1.0, 2); on this machine also http.
fn good_issuer(text: &str) -> Result<(), &'static str> {
    let uri: Uri = text.parse().map_err(|_| "is no address; the provider's documentation says it exactly.")?;
    if text.contains(['?', '#', '@']) || uri.host().is_none_or(str::is_empty) {
        return Err("must be a plain address, without ?, # and @.");
    }
    match uri.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if uri.host().is_some_and(vocabulary::is_this_machine) => Ok(()),
        _ => Err("must begin with https://."),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    const GOOD: &str = r#"
[[provider]]
id = "ashmere"
label = "Ashmere Borough Council"
issuer = "https://id.ashmere.example/realms/staff"
client_id = "commonhold"
authentication = "client_secret_basic"
secret_environment = "SECRET"
trust_addresses_of = ["Ashmere.example"]

[[provider.rule]]
claim = "groups"
is = "estate-editors"
organisation = "ashmere"
role = "editor"
"#;

    fn told(text: &str) -> Vec<String> {
        let environment = |name: &str| (name == "SECRET").then(|| "s3cret".to_owned());
        match read(text, Path::new("/nowhere"), &environment) {
            Ok(_) => vec![],
            Err(problems) => problems.iter().map(SettingProblem::to_string).collect(),
        }
    }

    #[test]
    fn what_is_not_said_has_a_safe_default() {
        let settings = read(GOOD, Path::new("/"), &|_| Some(" s3cret\n".to_owned())).unwrap();
        assert!(settings.email_links);
        let provider = &settings.providers[0];
        assert_eq!((provider.scopes.as_str(), provider.timeout.as_secs()), ("openid email profile", 10));
        assert_eq!(provider.algorithms, Algorithm::ALL);
        assert!(!provider.unverified && provider.domains.contains("ashmere.example"));
        assert!(matches!(&provider.authentication, Authentication::SecretBasic(secret) if secret == "s3cret"));
        assert!(!format!("{settings:?}").contains("s3cret"), "a secret must not reach a log");
        assert_eq!(provider.rules[0].role, Role::Editor);
    }

    #[test]
    fn every_problem_has_its_line_and_key() {
        assert_eq!(told(GOOD), Vec::<String>::new());
        let broken = |from: &str, to: &str| told(&GOOD.replace(from, to)).join("\n");
        let cases = [
            ("client_id =", "clientid =", "line 6: unknown field `clientid`"),
            ("label = \"Ashmere Borough Council\"\n", "", "missing field `label`"),
            ("\"ashmere\"\nlabel", "\"Ashmere.1\"\nlabel", "line 3: \"id\" stands in addresses"),
            ("https://id", "http://id", "line 5: \"issuer\" must begin with https://"),
            ("realms/staff", "realms?staff", "line 5: \"issuer\" must be a plain address"),
            ("client_secret_basic", "none", "line 7: unknown variant `none`"),
            ("\"SECRET\"", "\"OTHER\"", "line 8: \"secret_environment\": no environment variable OTHER"),
            (
                "secret_environment = \"SECRET\"",
                "secret_file = \"secret\"",
                "line 8: \"secret_file\": /nowhere/secret cannot be read",
            ),
            ("secret_environment = \"SECRET\"\n", "", "line 7: \"authentication\" by secret needs one of"),
            ("client_secret_basic", "private_key_jwt", "which takes \"key_file\" and no secret"),
            ("[\"Ashmere.example\"]", "[\"@ashmere.example\"]", "line 9: \"trust_addresses_of\" lists domains"),
            ("trust_addresses_of = [\"Ashmere.example\"]", "trust_unverified_addresses = true", "says nothing without"),
            (
                "trust_addresses_of = [\"Ashmere.example\"]",
                "algorithms = [\"HS256\"]",
                "line 9: \"algorithms\" may hold",
            ),
            (
                "trust_addresses_of = [\"Ashmere.example\"]",
                "scopes = [\"email\"]",
                "line 9: \"scopes\" must hold \"openid\"",
            ),
            (
                "trust_addresses_of = [\"Ashmere.example\"]",
                "claims = \"[]\"",
                "line 9: \"claims\" must be a JSON object",
            ),
            (
                "trust_addresses_of = [\"Ashmere.example\"]",
                "timeout_seconds = 90",
                "line 9: \"timeout_seconds\" is from 1 to 30",
            ),
            ("\"editor\"", "\"owner\"", "line 15: \"role\" is member"),
            ("\"editor\"", "\"operator\"", "line 15: \"role\" is operator: a rule gives it only where"),
            (
                "organisation = \"ashmere\"",
                "organisation = \"Ash mere\"",
                "line 14: \"organisation\" is an organisation's",
            ),
            ("is = \"estate-editors\"", "is = \"\"", "line 11: a rule needs"),
        ];
        for (from, to, expected) in cases {
            let found = broken(from, to);
            assert!(found.contains(expected), "{from} → {to}: {found}");
        }
        assert!(told(&format!("{GOOD}{GOOD}")).join("\n").contains("\"id\": another provider"));
        assert!(told("email_links = false").join("\n").contains("nobody could sign in"));
        assert!(told("= 7").join("\n").starts_with("line 1: "));
    }
}
