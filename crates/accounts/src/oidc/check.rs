//! Asking each provider whether it is what the file says: for `commonhold sign-in check`.

use vocabulary::Timestamp;

use super::{SignIn, provider::Provider, settings::Authentication};

/// What was found of one provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderReport {
    /// Its id in the file.
    pub id: String,
    /// What people call it.
    pub label: String,
    /// The address to register there as where people come back to.
    pub redirect_uri: String,
    /// What it offers, in words.
    pub offers: Vec<String>,
    /// What stands in the way; none when people can sign in.
    pub failure: Option<String>,
}

impl SignIn {
    /// Fetches what each provider publishes, one after the other. Blocks.
    pub fn check(&self, public_address: &str, now: Timestamp) -> Vec<ProviderReport> {
        self.providers.iter().map(|provider| report(provider, public_address, now)).collect()
    }
}

fn report(provider: &Provider, public_address: &str, now: Timestamp) -> ProviderReport {
    let settings = &provider.settings;
    let mut report = ProviderReport {
        id: settings.id.clone(),
        label: settings.label.clone(),
        redirect_uri: format!("{public_address}/sign-in/with/{}/answer", settings.id),
        offers: Vec::new(),
        failure: None,
    };
    match provider.fetch(now.as_microsecond()) {
        Err(failure) => report.failure = Some(failure.to_string()),
        Ok(known) => {
            report.offers.push(match known.keys.count() {
                1 => "1 signing key".to_owned(),
                count => format!("{count} signing keys"),
            });
            report.offers.push(match settings.authentication {
                Authentication::PrivateKey { .. } => "we prove who we are by private key".to_owned(),
                Authentication::SecretBasic(_) | Authentication::SecretPost(_) => {
                    "we prove who we are by secret".to_owned()
                }
            });
            if known.end_session_endpoint.is_some() {
                report.offers.push("people can sign out there too".to_owned());
            }
        }
    }
    report
}
