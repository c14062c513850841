//! TLS to PostgreSQL, with rustls: what the server's certificate has to prove, our own certificate, and what went wrong in
//! words.
//!
//! Files are read whenever a connection is made, so a certificate that is renewed is used without a restart. Channel binding
//! (SCRAM-SHA-256-PLUS) is the client's and happens by itself where the server offers it.

use super::address::{Address, Proof};
use crate::Error;
use ::postgres::{Client, NoTls};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{AlertDescription, CertificateError, ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio_postgres_rustls::MakeRustlsConnect;

/// Connects as the address says.
pub(super) fn connect(address: &Address) -> Result<Client, Error> {
    let connected = match address.tls.proof {
        Proof::Disable => address.config.connect(NoTls),
        _ => address.config.connect(MakeRustlsConnect::new(settings(address)?)),
    };
    connected.map_err(|error| Error::Unavailable { message: refusal(address, &error) })
}

fn settings(address: &Address) -> Result<ClientConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let whatever_name = |authorities| WhateverName { authorities, provider: Arc::clone(&provider) };
    let verifier: Arc<dyn ServerCertVerifier> = match address.tls.proof {
        Proof::Disable | Proof::Prefer | Proof::Require => Arc::new(whatever_name(None)),
        Proof::VerifyCa => Arc::new(whatever_name(Some(known_authorities(address, &provider)?))),
        Proof::VerifyFull => known_authorities(address, &provider)?,
    };
    let failed = |error: rustls::Error| Error::Unavailable { message: format!("TLS could not be set up ({error})") };
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(failed)?.dangerous().with_custom_certificate_verifier(verifier);
    let Some((certificate, key)) = &address.tls.own else {
        return Ok(builder.with_no_client_auth());
    };
    let chain = certificates("sslcert", certificate)?;
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| unread("sslkey", key, "a private key", &error))?;
    builder.with_client_auth_cert(chain, secret).map_err(|error| Error::Unavailable {
        message: format!(
            "the certificate {} (sslcert) and the key {} (sslkey) do not belong together ({error})",
            certificate.display(),
            key.display()
        ),
    })
}

/// Holds certificates against the authority that was named, or those that the machine knows.
fn known_authorities(address: &Address, provider: &Arc<CryptoProvider>) -> Result<Arc<WebPkiServerVerifier>, Error> {
    let mut roots = RootCertStore::empty();
    match &address.tls.root {
        Some(file) => {
            for certificate in certificates("sslrootcert", file)? {
                roots.add(certificate).map_err(|error| unread("sslrootcert", file, "a certificate", &error))?;
            }
        }
        None => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    if roots.is_empty() {
        let message =
            "this machine knows no certificate authority; name the one that signed PostgreSQL's certificate with \
                       sslrootcert=FILE in its address, or install the package ca-certificates"
                .to_owned();
        return Err(Error::Unavailable { message });
    }
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider)).build().map_err(|error| {
        Error::Unavailable { message: format!("the certificate authorities cannot be used ({error})") }
    })
}

/// The certificates of a file, one at least.
fn certificates(setting: &str, file: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let all = CertificateDer::pem_file_iter(file).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    match all {
        Ok(all) if all.is_empty() => Err(unread(setting, file, "a certificate", &"it holds none")),
        Ok(all) => Ok(all),
        Err(error) => Err(unread(setting, file, "a certificate", &error)),
    }
}

fn unread(setting: &str, file: &Path, what: &str, why: &dyn std::fmt::Display) -> Error {
    let file = file.display();
    Error::Unavailable {
        message: format!("{file} ({setting} in its address) could not be read as {what} in PEM form ({why})"),
    }
}

/// Why there is no connection, and what to do.
fn refusal(address: &Address, error: &::postgres::Error) -> String {
    let place = address.whereabouts();
    if let Some(beneath) = beneath(error) {
        return format!("the way to PostgreSQL at {place} could not be secured: {}", in_words(address, beneath));
    }
    let said = super::said(error);
    if said == "server does not support TLS" {
        return format!(
            "PostgreSQL at {place} offers no TLS, and its address asks for it (sslmode={}); set ssl = on there, or say \
             sslmode=disable where nobody can listen on the way",
            word(address.tls.proof)
        );
    }
    format!(
        "PostgreSQL at {place} did not let us in ({said}); check that it runs and that the address and the user are right"
    )
}

fn word(proof: Proof) -> &'static str {
    match proof {
        Proof::Disable => "disable",
        Proof::Prefer => "prefer",
        Proof::Require => "require",
        Proof::VerifyCa => "verify-ca",
        Proof::VerifyFull => "verify-full",
    }
}

/// What TLS itself said, however deep.
fn beneath<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<rustls::Error>() {
            return Some(found);
        }
        // An error of input and output keeps what is within it to itself.
        let within = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        if let Some(found) = within.and_then(|within| within.downcast_ref::<rustls::Error>()) {
            return Some(found);
        }
        next = error.source();
    }
    None
}

fn in_words(address: &Address, error: &rustls::Error) -> String {
    let root = match &address.tls.root {
        Some(file) => format!("is not in {}", file.display()),
        None => "is not known on this machine; name its certificate with sslrootcert=FILE in the address".to_owned(),
    };
    match error {
        rustls::Error::InvalidCertificate(certificate) => match certificate {
            CertificateError::UnknownIssuer => format!("the authority that signed its certificate {root}"),
            CertificateError::NotValidForName => {
                "its certificate is for another name; write that name in the address".to_owned()
            }
            CertificateError::NotValidForNameContext { expected, presented } => format!(
                "its certificate is not for {}, but for {}; write that name in the address",
                expected.to_str(),
                presented.join(", ")
            ),
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "its certificate has expired; renew it on the server".to_owned()
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "its certificate is not valid yet; compare the clocks of the two machines".to_owned()
            }
            CertificateError::Revoked => "its certificate was revoked; renew it on the server".to_owned(),
            // rustls has no name of its own for this one.
            other if other.to_string().contains("CaUsedAsEndEntity") => {
                "its certificate is that of an authority; sign one for the server itself, with CA:FALSE".to_owned()
            }
            other => format!("its certificate cannot be trusted ({other})"),
        },
        rustls::Error::AlertReceived(alert) => match alert {
            AlertDescription::CertificateRequired => {
                "it wants a certificate of ours; give sslcert=FILE and sslkey=FILE in the address".to_owned()
            }
            AlertDescription::UnknownCA | AlertDescription::BadCertificate | AlertDescription::DecryptError => {
                "it does not accept our certificate (sslcert); is it signed by the authority in the server's ssl_ca_file?".to_owned()
            }
            AlertDescription::CertificateExpired => "our certificate (sslcert) has expired; renew it".to_owned(),
            other => format!("it broke TLS off ({other:?})"),
        },
        other => other.to_string(),
    }
}

/// Believes a certificate for whatever name: of a known authority, or of anyone where there are none. Then nobody who only
/// listens hears anything, but whoever stands in between hears all. That the server holds the certificate's key is proved.
#[derive(Debug)]
struct WhateverName {
    authorities: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for WhateverName {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let Some(authorities) = &self.authorities else { return Ok(ServerCertVerified::assertion()) };
        // The name is looked at last, when all the rest was good.
        match authorities.verify_server_cert(certificate, between, name, ocsp, now) {
            Err(rustls::Error::InvalidCertificate(
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
            )) => Ok(ServerCertVerified::assertion()),
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, certificate, signature, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let known = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, certificate, signature, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
