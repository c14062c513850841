//! What the operator's page says of replicas.

use std::sync::Arc;

use ledger::{Card, Grade, Health};
use store::{ReplicaHealth, ReplicaState, Store};
use web::{say, say_n};

/// The card, where there are replicas.
pub(crate) fn health(store: &Store) -> Option<Health> {
    let store = store.clone();
    (!store.replicas().is_empty()).then(|| -> Health {
        Arc::new(move |_, _| {
            let replicas = store.replicas();
            Ok(Box::new(move || card(&replicas)))
        })
    })
}

fn card(replicas: &[ReplicaHealth]) -> Card {
    let card = replicas.iter().fold(Card::new("replicas", say!("Replicas")), |card, replica| {
        card.line(replica.place.clone(), said(replica).into())
    });
    replicas.iter().filter_map(concern).fold(card, |card, (what, next)| card.concern(Grade::Soon, what, next))
}

/// How one stands.
fn said(replica: &ReplicaHealth) -> String {
    let reads = say_n!("1 read answered", "{count} reads answered", replica.reads);
    let state = match (&replica.state, replica.age) {
        (ReplicaState::Follows, Some(age)) => {
            say_n!("Follows, at most 1 second behind", "Follows, at most {count} seconds behind", age.as_secs() + 1)
        }
        (ReplicaState::Follows, None) => say!("Follows"),
        (ReplicaState::Behind, _) => match replica.behind_bytes {
            Some(bytes) => say_n!("Too far behind: it lacks 1 byte", "Too far behind: it lacks {count} bytes", bytes),
            None => say!("Too far behind"),
        },
        (ReplicaState::Away(_), _) => say!("Cannot be reached"),
        (ReplicaState::NoReplica, _) => say!("Is no replica"),
        (ReplicaState::OfAnother, _) => say!("Is a replica of another database"),
        (ReplicaState::OtherTimeline, _) => say!("Follows a primary of before"),
        _ => say!("Not known yet"),
    };
    say!("{state}; {reads}", state = state, reads = reads)
}

fn concern(replica: &ReplicaHealth) -> Option<(String, String)> {
    let place = &replica.place;
    let now = match &replica.state {
        ReplicaState::Behind => (
            say!("The replica at {place} is too far behind to be read from.", place = place),
            say!("Look at load and network there, and whether its replay was paused."),
        ),
        ReplicaState::Away(_) => (
            say!("The replica at {place} cannot be reached.", place = place),
            say!("Look whether it runs. The primary answers in its place; the log says why."),
        ),
        ReplicaState::NoReplica => (
            say!("The server at {place} is no replica: it takes writes of its own.", place = place),
            say!("If it was promoted, make a new replica of the present primary, or change the setting."),
        ),
        ReplicaState::OfAnother => (
            say!("The server at {place} is a replica of another database.", place = place),
            say!("Correct the address in the setting."),
        ),
        ReplicaState::OtherTimeline => (
            say!("The replica at {place} follows a primary of before.", place = place),
            say!("Let it follow the present primary, or make it anew."),
        ),
        _ => return None,
    };
    Some(now)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::panic, reason = "a test may stop")]

    use std::time::Duration;

    use super::*;

    fn replica(state: ReplicaState) -> ReplicaHealth {
        ReplicaHealth {
            place: "db2.example, database commonhold".to_owned(),
            state,
            behind_bytes: Some(2_048),
            age: Some(Duration::from_millis(400)),
            reads: 7,
            broken: 0,
        }
    }

    #[test]
    fn a_replica_that_does_not_answer_needs_somebody() {
        let well = card(&[replica(ReplicaState::Follows), replica(ReplicaState::Unknown)]);
        assert_eq!(well.concerns, []);
        assert_eq!(well.lines[0].value, "Follows, at most 1 second behind; 7 reads answered".to_owned().into());
        let why = "password authentication failed".to_owned();
        for state in [
            ReplicaState::Behind,
            ReplicaState::Away(why),
            ReplicaState::NoReplica,
            ReplicaState::OfAnother,
            ReplicaState::OtherTimeline,
        ] {
            let card = card(&[replica(ReplicaState::Follows), replica(state.clone())]);
            let [concern] = card.concerns.as_slice() else { panic!("{state:?}: {card:?}") };
            assert_eq!(concern.grade, Grade::Soon, "the primary answers for it");
            assert!(concern.what.contains("db2.example"), "{concern:?}");
        }
        let behind = card(&[replica(ReplicaState::Behind)]);
        assert_eq!(behind.lines[0].value, "Too far behind: it lacks 2,048 bytes; 7 reads answered".to_owned().into());
    }
}
