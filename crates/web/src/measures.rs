//! What is counted while requests are answered, for whoever watches this copy: `docs/operate/watching.md` names each measure.
//!
//! Labels are route patterns, methods and status codes; never an address, a name or a path as typed.

use std::time::Duration;

use prometheus_client::{
    encoding::{EncodeLabelSet, EncodeLabelValue, LabelValueEncoder},
    metrics::{counter::Counter, family::Family, gauge::Gauge, histogram::Histogram},
    registry::Registry,
};

/// Upper bounds of the times of answers, in seconds.
const SECONDS: [f64; 12] = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answer {
    method: &'static str,
    route: String,
    status: u16,
}

/// Where an answer came from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Place {
    method: &'static str,
    route: String,
}

/// Why a request was turned away before it was worked on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum TurnedAway {
    /// Too much is worked on.
    Busy,
    /// Its address, person or token has used up its quota.
    Quota,
}

impl EncodeLabelValue for TurnedAway {
    fn encode(&self, encoder: &mut LabelValueEncoder<'_>) -> Result<(), std::fmt::Error> {
        let word = match self {
            TurnedAway::Busy => "busy",
            TurnedAway::Quota => "quota",
        };
        word.encode(encoder)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Reason {
    reason: TurnedAway,
}

/// The measures of one running copy. Cloning shares them.
#[derive(Clone, Debug)]
pub struct Measures {
    answers: Family<Answer, Counter>,
    seconds: Family<Place, Histogram, fn() -> Histogram>,
    turned_away: Family<Reason, Counter>,
    /// Requests that are worked on.
    pub(crate) under_way: Gauge,
    /// Connections that are open.
    pub(crate) connections: Gauge,
    /// Connections that were closed at once.
    pub(crate) connections_refused: Counter,
}

impl Default for Measures {
    fn default() -> Measures {
        let turned_away = Family::<Reason, Counter>::default();
        // Counted from nought on: what appears only with its first case is missed by whoever watches for a rise.
        for reason in [TurnedAway::Busy, TurnedAway::Quota] {
            drop(turned_away.get_or_create(&Reason { reason }));
        }
        Measures {
            answers: Family::default(),
            seconds: Family::new_with_constructor(|| Histogram::new(SECONDS)),
            turned_away,
            under_way: Gauge::default(),
            connections: Gauge::default(),
            connections_refused: Counter::default(),
        }
    }
}

impl Measures {
    /// Puts them into a registry, under the prefix that it has.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("requests", "Requests answered", self.answers.clone());
        registry.register("request_seconds", "Time from a request's head to its answer", self.seconds.clone());
        registry.register("requests_turned_away", "Requests refused before any work", self.turned_away.clone());
        registry.register("requests_under_way", "Requests being worked on", self.under_way.clone());
        registry.register("connections", "Connections that are open", self.connections.clone());
        registry.register(
            "connections_refused",
            "Connections closed at once, since too many were open",
            self.connections_refused.clone(),
        );
    }

    pub(crate) fn answered(&self, method: &'static str, route: &str, status: u16, time: Duration) {
        let place = Place { method, route: route.to_owned() };
        self.seconds.get_or_create(&place).observe(time.as_secs_f64());
        self.answers.get_or_create(&Answer { method, route: place.route, status }).inc();
    }

    pub(crate) fn turned_away(&self, reason: TurnedAway) {
        self.turned_away.get_or_create(&Reason { reason }).inc();
    }
}

/// A method as a label: those that anybody may invent are one.
pub(crate) fn method_label(method: &axum::http::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
