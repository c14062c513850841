//! The operator's page.

use axum::http::StatusCode;

use crate::world::{OPERATOR, OTHERS, World};

#[tokio::test]
async fn only_operators_find_these_pages_or_a_way_to_them() {
    let world = World::new();
    let id = world.enqueue("letter", "a");
    for who in OTHERS {
        for path in ["/operator", "/operator.json", "/operator/jobs", "/operator/jobs.json", "/operator/jobs.csv"] {
            assert_eq!(world.get(who, path).await.status, StatusCode::NOT_FOUND, "{who} {path}");
        }
        for deed in ["again", "cancel"] {
            let refused = world.post(who, &format!("/operator/jobs/{id}/{deed}"), "").await;
            assert_eq!(refused.status, StatusCode::NOT_FOUND, "{who} {deed}");
            assert_eq!(
                refused.body,
                world.post(who, &format!("/operator/jobs/none/{deed}"), "").await.body.replace("none", &id)
            );
        }
        assert!(!world.get(who, "/").await.body.contains("/operator"), "{who} is not led there");
    }
    assert!(world.get(OPERATOR, "/").await.body.contains("href=\"/operator\""));
    world.work_off();
    let jobs = world.get(OPERATOR, "/operator/jobs.json?kind=letter").await.json();
    assert_eq!(jobs["jobs"][0]["state"], "done", "what others tried changed nothing");
}

#[tokio::test]
async fn nothing_needs_anybody_until_something_does_and_the_worst_comes_first() {
    let world = World::new();
    let page = world.get(OPERATOR, "/operator").await;
    assert_eq!(page.status, StatusCode::OK);
    let data = world.get(OPERATOR, "/operator.json").await.json();
    let needs = |data: &serde_json::Value| data["needs"].as_array().unwrap().clone();
    // The disk of whoever runs the tests may be full; nothing else needs anybody.
    let others: Vec<_> =
        needs(&data).into_iter().filter(|need| !need["what"].as_str().unwrap().contains("disk")).collect();
    assert!(others.is_empty(), "{others:?}");
    assert!(page.body.contains("Who read what") && page.body.contains("9.9.9") && page.body.contains("Tidy up"));

    let world = World::with(Some("Mail waits since Monday."));
    world.enqueue("broken", "a");
    world.work_off();
    let data = world.get(OPERATOR, "/operator.json").await.json();
    let needs = needs(&data);
    assert_eq!(needs[0]["what"], "Mail waits since Monday.");
    assert!(needs.iter().any(|need| need["what"] == "1 job was given up." && need["grade"] == "soon"), "{needs:?}");
    let page = world.get(OPERATOR, "/operator").await.body;
    let (first, list) = (page.find("govuk-body-l").unwrap(), page.find("Mail waits since Monday.").unwrap());
    assert!(list - first < 60, "it is the first sentence");
    assert!(!page.contains("Nothing needs you"));
}

#[tokio::test]
async fn what_nobody_runs_needs_somebody_at_once() {
    let world = World::new();
    world.enqueue("letter", "a");
    world.clock.advance(jiff::SignedDuration::from_mins(11));
    let data = world.get(OPERATOR, "/operator.json").await.json();
    assert!(data.to_string().contains("1 job is due and nobody runs it."), "{data}");
    world.work_off();
    let data = world.get(OPERATOR, "/operator.json").await.json();
    assert!(!data.to_string().contains("nobody runs"), "{data}");
}

#[tokio::test]
async fn what_recurs_can_be_run_now_and_says_what_came_of_it() {
    let world = World::new();
    let data = world.get(OPERATOR, "/operator.json").await.json();
    let tidy = &data["recurring"][0];
    assert_eq!((tidy["kind"].as_str(), tidy["due"].as_str()), (Some("tidy"), Some("2026-03-04T03:00:00Z")));
    let id = tidy["id"].as_str().unwrap().to_owned();
    let run = world.post(OPERATOR, &format!("/operator/jobs/{id}/again"), "back=overview").await;
    assert_eq!(
        (run.status, run.location.as_str()),
        (StatusCode::SEE_OTHER, format!("/operator?changed={id}").as_str())
    );
    assert!(world.get(OPERATOR, &run.location).await.body.contains("runs as soon as there is room"));
    world.work_off();
    let page = world.get(OPERATOR, "/operator").await.body;
    assert!(page.contains("Tidied.") && page.contains("3 March 2026, 10:00am"), "{page}");
    let cancel = world.post(OPERATOR, &format!("/operator/jobs/{id}/cancel"), "").await;
    assert_eq!(cancel.status, StatusCode::CONFLICT, "what recurs is not put aside");
}
