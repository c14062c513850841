//! Where traces go and which, from the variables that OpenTelemetry has for it. Read once, at the start: what is not
//! understood stops the program, and no message repeats a value that may be a secret.

use std::{fs, path::Path, time::Duration};

use axum::http::{HeaderName, HeaderValue, Uri};
use opentelemetry_sdk::trace::Sampler;

use crate::stopped::Stopped;

/// What is set.
#[derive(Debug)]
pub(super) struct Settings {
    /// The whole address to which spans are posted.
    pub(super) endpoint: String,
    /// For one attempt to send; after it nothing is tried again.
    pub(super) timeout: Duration,
    /// Certificates (PEM) of the authority that signed the collector's.
    pub(super) authority: Option<Vec<u8>>,
    /// Which traces are kept.
    pub(super) sampler: Sampler,
    /// Its name, for the log.
    pub(super) sampler_name: String,
    /// Whether the environment says how the program is called.
    pub(super) named: bool,
}

/// Reads one variable. What is empty counts as not set, as the specification has it.
struct Read<F>(F);

impl<F: Fn(&str) -> Option<String>> Read<F> {
    fn get(&self, name: &str) -> Option<String> {
        (self.0)(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
    }

    /// What is said for traces alone, else for everything, with the name of the variable.
    fn own(&self, what: &str) -> Option<(String, String)> {
        let names = [format!("OTEL_EXPORTER_OTLP_TRACES_{what}"), format!("OTEL_EXPORTER_OTLP_{what}")];
        names.into_iter().find_map(|name| Some((self.get(&name)?, name)))
    }

    /// A whole number above nought.
    fn number(&self, name: &str, most: u64) -> Result<Option<u64>, Stopped> {
        let Some(value) = self.get(name) else { return Ok(None) };
        match value.parse() {
            Ok(number) if (1..=most).contains(&number) => Ok(Some(number)),
            _ => Err(wrong(name, &format!("is no whole number from 1 to {most}"), "Correct it, or leave it out.")),
        }
    }
}

fn wrong(name: &str, why: &str, next: &str) -> Stopped {
    Stopped::wrong_use(format!("The setting {name} {why}.")).next(next)
}

impl Settings {
    /// From the environment; none where nothing is to be sent.
    pub(super) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Option<Settings>, Stopped> {
        let read = Read(variable);
        if read.get("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true")) {
            return Ok(None);
        }
        match read.get("OTEL_TRACES_EXPORTER").as_deref() {
            None | Some("otlp") => {}
            Some("none") => return Ok(None),
            Some(_) => {
                return Err(wrong("OTEL_TRACES_EXPORTER", "is neither otlp nor none", "Traces are sent by otlp only."));
            }
        }
        let Some(endpoint) = endpoint(&read)? else { return Ok(None) };
        for (what, good) in [("PROTOCOL", "http/protobuf"), ("COMPRESSION", "none")] {
            if let Some((value, name)) = read.own(what)
                && value != good
            {
                return Err(wrong(&name, &format!("is not {good}"), &format!("Write {good}, or leave it out.")));
            }
        }
        for what in ["CLIENT_CERTIFICATE", "CLIENT_KEY"] {
            if let Some((_, name)) = read.own(what) {
                let next = "Leave it out, and prove who sends by OTEL_EXPORTER_OTLP_HEADERS.";
                return Err(wrong(&name, "asks for a certificate of this program's own, which it has not", next));
            }
        }
        headers(&read)?;
        pairs(&read, "OTEL_RESOURCE_ATTRIBUTES")?;
        for (name, most) in [
            ("OTEL_BSP_SCHEDULE_DELAY", 600_000),
            ("OTEL_BSP_MAX_QUEUE_SIZE", 1_000_000),
            ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", 100_000),
        ] {
            read.number(name, most)?;
        }
        let mut timeout = Duration::from_secs(10);
        for name in ["OTEL_EXPORTER_OTLP_TIMEOUT", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT"] {
            if let Some(millis) = read.number(name, 60_000)? {
                timeout = Duration::from_millis(millis);
            }
        }
        let authority = match read.own("CERTIFICATE") {
            None => None,
            Some((path, name)) => Some(certificates(Path::new(&path), &name)?),
        };
        let (sampler_name, sampler) = sampler(&read)?;
        let attributes = read.get("OTEL_RESOURCE_ATTRIBUTES").unwrap_or_default();
        let named = read.get("OTEL_SERVICE_NAME").is_some()
            || attributes.split(',').any(|pair| pair.split('=').next().is_some_and(|key| key.trim() == "service.name"));
        Ok(Some(Settings { endpoint, timeout, authority, sampler, sampler_name, named }))
    }
}

/// The address to which spans are posted: as it stands where it is for traces alone, else with their path added.
fn endpoint(read: &Read<impl Fn(&str) -> Option<String>>) -> Result<Option<String>, Stopped> {
    let Some((value, name)) = read.own("ENDPOINT") else { return Ok(None) };
    let next = "Write http:// or https:// and a host, such as http://127.0.0.1:4318. A password belongs into \
                OTEL_EXPORTER_OTLP_HEADERS.";
    let whole = match name.contains("TRACES") {
        true => value,
        false => format!("{}/v1/traces", value.trim_end_matches('/')),
    };
    let uri: Uri = whole.parse().map_err(|_| wrong(&name, "is no address", next))?;
    let scheme = matches!(uri.scheme_str(), Some("http" | "https"));
    let plain = uri.host().is_some_and(|host| !host.is_empty()) && !whole.contains('@') && uri.query().is_none();
    if !scheme || !plain {
        return Err(wrong(&name, "is no address of a collector", next));
    }
    Ok(Some(whole))
}

/// That there are pairs of a name and a value, with commas between.
fn pairs(read: &Read<impl Fn(&str) -> Option<String>>, name: &str) -> Result<Vec<(String, String)>, Stopped> {
    let Some(value) = read.get(name) else { return Ok(Vec::new()) };
    let pair = |pair: &str| {
        let (key, value) = pair.split_once('=')?;
        (!key.trim().is_empty()).then(|| (key.trim().to_owned(), value.trim().to_owned()))
    };
    let written = value.split(',').filter(|part| !part.trim().is_empty());
    let next = "Write name=value, several with commas between.";
    written.map(|part| pair(part).ok_or_else(|| wrong(name, "is no list of names and values", next))).collect()
}

fn headers(read: &Read<impl Fn(&str) -> Option<String>>) -> Result<(), Stopped> {
    for name in ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"] {
        for (key, value) in pairs(read, name)? {
            if key.parse::<HeaderName>().is_err() || value.parse::<HeaderValue>().is_err() {
                let next = "Write name=value, several with commas between; encode other characters with %.";
                return Err(wrong(name, "holds what cannot be a header", next));
            }
        }
    }
    Ok(())
}

fn certificates(path: &Path, name: &str) -> Result<Vec<u8>, Stopped> {
    let text = fs::read(path).map_err(|error| {
        Stopped::out_of_reach(format!("The file of {name}, {}, cannot be read: {}.", path.display(), error.kind()))
            .next("It holds certificates (PEM) of the authority that signed the collector's.")
    })?;
    match String::from_utf8_lossy(&text).contains("-----BEGIN CERTIFICATE-----") {
        true => Ok(text),
        false => Err(wrong(name, "names a file without a certificate", "It must hold certificates in PEM.")),
    }
}

/// Which traces are kept.
fn sampler(read: &Read<impl Fn(&str) -> Option<String>>) -> Result<(String, Sampler), Stopped> {
    let name = read.get("OTEL_TRACES_SAMPLER").unwrap_or_else(|| "parentbased_always_on".to_owned());
    let share = || match read.get("OTEL_TRACES_SAMPLER_ARG") {
        None => Ok(1.0),
        Some(text) => text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share)).ok_or_else(|| {
            wrong(
                "OTEL_TRACES_SAMPLER_ARG",
                "is no share from 0 to 1",
                "Write a number such as 0.1 for every tenth trace.",
            )
        }),
    };
    let root = match name.strip_prefix("parentbased_").unwrap_or(&name) {
        "always_on" => Sampler::AlwaysOn,
        "always_off" => Sampler::AlwaysOff,
        "traceidratio" => Sampler::TraceIdRatioBased(share()?),
        _ => {
            let next = "Write always_on, always_off, traceidratio, or one of them after parentbased_.";
            return Err(wrong("OTEL_TRACES_SAMPLER", "is not the name of a sampler that there is here", next));
        }
    };
    let sampler = if name.starts_with("parentbased_") { Sampler::ParentBased(Box::new(root)) } else { root };
    Ok((name, sampler))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;

    const ENDPOINT: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318/");

    fn read(variables: &[(&str, &str)]) -> Result<Option<Settings>, Stopped> {
        Settings::read(|name| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn nothing_is_sent_unless_a_collector_is_named() {
        assert!(read(&[]).unwrap().is_none());
        assert!(read(&[("OTEL_EXPORTER_OTLP_ENDPOINT", " ")]).unwrap().is_none());
        assert!(read(&[ENDPOINT, ("OTEL_SDK_DISABLED", "true")]).unwrap().is_none());
        assert!(read(&[ENDPOINT, ("OTEL_TRACES_EXPORTER", "none")]).unwrap().is_none());
        let settings = read(&[ENDPOINT]).unwrap().unwrap();
        assert_eq!(settings.endpoint, "http://127.0.0.1:4318/v1/traces");
        assert_eq!(settings.sampler_name, "parentbased_always_on");
        assert_eq!(settings.timeout, Duration::from_secs(10));
        assert!(!settings.named);
    }

    #[test]
    fn what_is_said_of_traces_alone_wins() {
        let settings = read(&[
            ENDPOINT,
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://collector.example/here"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "1000"),
            ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "2000"),
            ("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"),
            ("OTEL_TRACES_SAMPLER_ARG", "0.25"),
            ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test,service.name=ashmere"),
        ]);
        let settings = settings.unwrap().unwrap();
        assert_eq!(settings.endpoint, "https://collector.example/here", "as it stands");
        assert_eq!(settings.timeout, Duration::from_secs(2));
        assert!(format!("{:?}", settings.sampler).contains("0.25"), "{:?}", settings.sampler);
        assert!(settings.named);
    }

    #[test]
    fn what_is_not_understood_is_named_and_secrets_are_not_repeated() {
        for (name, value) in [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector-secret"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "ftp://collector-secret"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "https://user:secret@collector.example"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://collector.example/?key=secret"),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "secret"),
            ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "a b=secret"),
            ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "/secret.pem"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "soon"),
            ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "0"),
            ("OTEL_TRACES_EXPORTER", "zipkin"),
            ("OTEL_TRACES_SAMPLER", "sometimes"),
            ("OTEL_RESOURCE_ATTRIBUTES", "test"),
            ("OTEL_BSP_SCHEDULE_DELAY", "-1"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "many"),
        ] {
            let stopped = read(&[(name, value), ENDPOINT]).unwrap_err();
            assert_eq!(stopped.reason, crate::stopped::Reason::WrongUse, "{name}");
            assert!(stopped.message.contains(name), "{stopped}");
            assert!(!stopped.to_string().contains("secret"), "{stopped}");
        }
        for share in ["1.5", "-0.1", "NaN", "half"] {
            let ratio = [ENDPOINT, ("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", share)];
            assert!(read(&ratio).unwrap_err().message.contains("OTEL_TRACES_SAMPLER_ARG"), "{share}");
        }
    }
}
