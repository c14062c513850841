//! Which requests may read from replicas of the database, and how those stand, for `/readyz` and the operator's page.
//!
//! What only reads may: a request by `GET`. Whoever is known sees all that was committed before they asked, a visitor
//! nothing older than they saw before. A request that lost its replica half way is answered once more, from the primary.
//! Sign-in, rights and operators' pages always read from the primary: [`Product`](crate::Product) gives them such a store.

mod card;

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::{
    Router,
    body::Body,
    extract::{FromRequestParts, Request, State},
    http::{Method, request::Parts},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
pub(crate) use card::health;
use serde_json::{Map, Value, json};
use store::{ReadScope, ReplicaState, Store};
use web::{Client, Visit};

/// Lets these routes be answered from replicas, if there are any.
pub(crate) fn answering(routes: Router, store: &Store) -> Router {
    if store.replicas().is_empty() { routes } else { routes.layer(from_fn_with_state(store.clone(), answer)) }
}

/// By what a reader is known again, within this process and in others.
enum Who {
    Visitor(u64),
    Known(u64),
}

impl Who {
    async fn asks(parts: &mut Parts) -> Who {
        let Ok(visit) = Visit::from_request_parts(parts, &()).await;
        let mut hasher = DefaultHasher::new();
        match visit.reader.person {
            Some(person) => person.hash(&mut hasher),
            None => parts.extensions.get::<Client>().hash(&mut hasher),
        }
        // Somebody who sees as a visitor does is still known.
        match visit.reader.person.is_some() || visit.see_as.is_now() {
            true => Who::Known(hasher.finish()),
            false => Who::Visitor(hasher.finish()),
        }
    }
}

async fn answer(State(store): State<Store>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let who = Who::asks(&mut parts).await;
    if parts.method != Method::GET {
        let response = next.run(Request::from_parts(parts, body)).await;
        if let Who::Visitor(number) = who
            && let Err(cause) = store.visitor_wrote(number).await
        {
            tracing::warn!(%cause, "it could not be noted how far a visitor has seen");
        }
        return response;
    }
    let scope = match who {
        Who::Visitor(number) => ReadScope::visitor(number),
        Who::Known(number) => ReadScope::known(number),
    };
    let again = Request::from_parts(parts.clone(), Body::empty());
    let response = scope.run(next.clone().run(Request::from_parts(parts, body))).await;
    if scope.must_be_repeated() {
        return next.run(again).await;
    }
    response
}

/// What anybody may know of replicas: how each stands, and not where it is. Nothing where there are none.
pub(crate) fn ready(store: &Store) -> Map<String, Value> {
    let replicas: Vec<Value> = store
        .replicas()
        .into_iter()
        .map(|replica| {
            json!({
                "state": word(&replica.state),
                "behind_bytes": replica.behind_bytes,
                "behind_seconds": replica.age.map(|age| (age.as_secs_f64() * 10.0).round() / 10.0),
            })
        })
        .collect();
    let mut more = Map::new();
    if !replicas.is_empty() {
        more.insert("replicas".to_owned(), replicas.into());
    }
    more
}

/// A state in a word, as data has it.
pub(crate) fn word(state: &ReplicaState) -> &'static str {
    match state {
        ReplicaState::Follows => "follows",
        ReplicaState::Behind => "behind",
        ReplicaState::Away(_) => "away",
        ReplicaState::NoReplica => "no replica",
        ReplicaState::OfAnother => "of another",
        ReplicaState::OtherTimeline => "other timeline",
        _ => "unknown",
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic, reason = "a test may stop")]

    use std::{
        sync::{Arc, Mutex, atomic::AtomicBool, atomic::Ordering, mpsc::channel},
        time::{Duration, Instant},
    };

    use axum::{http::StatusCode, routing::get};
    use store::{Error, Location, Transaction};
    use testing::postgres::{self, Server};
    use tower::ServiceExt;

    use super::*;

    const MIGRATION: store::Migration = store::Migration {
        subject: "things",
        number: 1,
        name: "thing",
        sql: "CREATE TABLE thing (id TEXT PRIMARY KEY)",
    };

    fn at_replica(tx: &mut Transaction<'_>) -> Result<bool, Error> {
        let sql = "SELECT CASE WHEN pg_is_in_recovery() THEN 1 ELSE 0 END";
        tx.query_one(sql, &[], |row| Ok(row.integer(0)? == 1))
    }

    async fn ask(routes: &Router, method: Method) -> (StatusCode, String) {
        let request = Request::builder().method(method).uri("/").body(Body::empty()).unwrap();
        let response = routes.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), 1_000).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_request_that_loses_its_replica_is_answered_all_the_same() {
        let primary = match Server::start_lasting() {
            Ok(primary) => primary,
            Err(postgres::Error::NotInstalled) if std::env::var_os(testing::POSTGRES).is_none() => return,
            Err(error) => panic!("{error}"),
        };
        let mut replica = primary.replica().unwrap();
        let location = Location::Postgres(primary.url().to_owned());
        let store = Store::open(&location, &[MIGRATION]).unwrap();
        let store = store.with_replicas(&location, &[replica.url().to_owned()], Duration::from_secs(10)).unwrap();
        let until = Instant::now() + Duration::from_secs(30);
        while store.replicas()[0].state != ReplicaState::Follows {
            assert!(Instant::now() < until, "{:?}", store.replicas());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(ready(&store)["replicas"][0]["state"], "follows");

        // The first read is held up until its replica is gone.
        let (begun, has_begun) = channel();
        let (go_on, may_go_on) = channel::<()>();
        let (may_go_on, hold) = (Arc::new(Mutex::new(may_go_on)), Arc::new(AtomicBool::new(false)));
        let (reading, held) = (store.clone(), Arc::clone(&hold));
        let read = move || {
            let (store, begun, may_go_on, hold) =
                (reading.clone(), begun.clone(), Arc::clone(&may_go_on), held.swap(false, Ordering::SeqCst));
            async move {
                let read = store.read(move |tx| {
                    if hold {
                        at_replica(tx)?;
                        begun.send(()).unwrap();
                        may_go_on.lock().unwrap().recv().unwrap();
                    }
                    at_replica(tx)
                });
                match read.await {
                    Ok(true) => (StatusCode::OK, "replica"),
                    Ok(false) => (StatusCode::OK, "primary"),
                    Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "lost"),
                }
            }
        };
        let routes = answering(Router::new().route("/", get(read.clone()).post(read)), &store);
        assert_eq!(ask(&routes, Method::GET).await, (StatusCode::OK, "replica".to_owned()));
        assert_eq!(ask(&routes, Method::POST).await, (StatusCode::OK, "primary".to_owned()), "what may write");

        hold.store(true, Ordering::SeqCst);
        let asked = tokio::spawn({
            let routes = routes.clone();
            async move { ask(&routes, Method::GET).await }
        });
        tokio::task::spawn_blocking(move || has_begun.recv().unwrap()).await.unwrap();
        replica.crash().unwrap();
        go_on.send(()).unwrap();
        assert_eq!(asked.await.unwrap(), (StatusCode::OK, "primary".to_owned()));
        assert_eq!(store.replicas()[0].broken, 1, "and it was lost indeed");
        store.close();
    }
}
