//! The pages with invented content.

use std::sync::Arc;

use ledger::job::{Filter, JobKind, Listed, Schedule, Standing, State};
use ledger::{Card, Grade};
use store::Engine;
use vocabulary::Timestamp;
use web::{NavigationItem, SamplePage};

use crate::jobs::Jobs;
use crate::overview::Overview;
use crate::{Labels, cards, jobs};

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_772_532_840 + minutes * 60).unwrap_or_default()
}

fn kinds() -> Vec<JobKind> {
    let kind = |name, label, schedule| JobKind {
        name,
        label,
        schedule,
        tries: 5,
        limit_minutes: 10,
        run: Arc::new(|_| Ok(String::new())),
    };
    vec![
        kind("message", "Send a message", None),
        kind("digests", "Make the e-mails about last notice dates", Some(Schedule::DailyAt { hour: 7, minute: 0 })),
    ]
}

fn job(kind: &str, state: State) -> Listed {
    let ended = matches!(state, State::Done | State::GivenUp | State::Cancelled);
    let failed = matches!(state, State::GivenUp) || (state == State::Waiting && kind == "message");
    Listed {
        organisation: None,
        id: format!("{kind}-{}", state.word()),
        kind: kind.to_owned(),
        state,
        made: at(-60),
        due: (state == State::Waiting).then(|| at(20)),
        began: (state == State::Running).then(|| at(-1)),
        tries: if failed { 5 } else { 1 },
        failure: failed
            .then(|| (at(-2), "The mail server mail.example cannot be reached: nothing listens there.".to_owned())),
        success: (state == State::Done || kind == "digests").then(|| (at(-5), "Sent.".to_owned())),
        ended: ended.then(|| at(-2)),
    }
}

pub(crate) fn samples() -> Vec<SamplePage> {
    let labels = Labels { kinds: kinds() };
    let recurring = || vec![jobs::shown(&labels, &job("digests", State::Waiting))];
    let pages = vec![NavigationItem { id: "audit", text: "Who read what", href: "/operator" }];
    let well = Overview {
        cards: vec![
            cards::storage_card(Engine::Sqlite, 48 << 20, Some(120 << 30)),
            cards::jobs_card(Standing { later: 5, ..Standing::default() }, 0, at(0)),
            cards::program("0.1.0", at(-3000), at(0)),
        ],
        recurring: recurring(),
        pages,
    };
    let standing = Standing { due: 3, later: 5, running: 1, given_up: 2, failing: 1, oldest_due: Some(at(-30)) };
    let worse = Overview {
        cards: vec![
            cards::storage_card(Engine::Postgres, 3 << 30, Some(100 << 20)),
            Card::new("mail", "Mail").line("Waiting", 3.into()).concern(
                Grade::Now,
                "3 messages wait, because the mail server cannot be reached.",
                "See that it is running and that its address is right.",
            ),
            cards::jobs_card(standing, 1, at(0)),
            cards::program("0.1.0", at(-3), at(0)),
        ],
        recurring: vec![],
        pages: vec![],
    };
    let rows = [State::GivenUp, State::Running, State::Waiting, State::Done, State::Cancelled];
    let all = Jobs {
        rows: rows.into_iter().map(|state| job("message", state)).chain([job("digests", State::Waiting)]).collect(),
        total: 106,
        next: true,
        previous: false,
        filter: Filter { states: vec![], kinds: vec!["message".to_owned()] },
    };
    let none = Jobs { rows: vec![], total: 0, next: false, previous: false, filter: Filter::default() };
    vec![
        SamplePage { name: "operator, nothing needs anybody", page: well.page() },
        SamplePage { name: "operator, several things need somebody", page: worse.page() },
        SamplePage { name: "jobs in each state", page: all.page(&labels) },
        SamplePage { name: "jobs, none", page: none.page(&labels) },
    ]
}
