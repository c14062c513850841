//! The list of jobs, and what can be done with one.

use axum::http::StatusCode;

use crate::world::{OPERATOR, World};

#[tokio::test]
async fn every_job_is_listed_without_its_details_and_filters_narrow() {
    let world = World::new();
    world.enqueue("letter", "priya@ashmere.example");
    world.enqueue("broken", "b");
    world.work_off();
    world.enqueue("letter", "c");
    let page = world.get(OPERATOR, "/operator/jobs").await.body;
    for word in
        ["Send a letter", "Do what fails", "Given up", "The other side is away.", "Tidy up", "4 jobs, newest first."]
    {
        assert!(page.contains(word), "{word}: {page}");
    }
    for path in ["/operator/jobs", "/operator/jobs.json", "/operator/jobs.csv"] {
        let body = world.get(OPERATOR, path).await.body;
        assert!(!body.contains("not for pages") && !body.contains("priya"), "{path}: {body}");
    }
    let kinds = async |query: &str| {
        let data = world.get(OPERATOR, &format!("/operator/jobs.json{query}")).await.json();
        let jobs = data["jobs"].as_array().unwrap().iter().map(|job| job["kind"].as_str().unwrap().to_owned());
        (data["total"].as_u64().unwrap(), jobs.collect::<Vec<_>>())
    };
    assert_eq!(kinds("?state=given_up").await, (1, vec!["broken".to_owned()]));
    assert_eq!(kinds("?kind=letter&state=done").await, (1, vec!["letter".to_owned()]));
    assert_eq!(kinds("?kind=letter&kind=tidy").await.0, 3);
    let csv = world.get(OPERATOR, "/operator/jobs.csv?kind=broken").await.body;
    assert!(csv.starts_with("id,kind,state,tries,made_at,due_at,") && csv.contains(",broken,given_up,1,"), "{csv}");
    for wrong in ["?state=gone", "?kind=nothing", "?colour=red", "?after=x"] {
        assert_eq!(
            world.get(OPERATOR, &format!("/operator/jobs{wrong}")).await.status,
            StatusCode::BAD_REQUEST,
            "{wrong}"
        );
    }
}

#[tokio::test]
async fn a_list_of_many_goes_on_page_by_page_and_back() {
    let world = World::new();
    for key in 0..250 {
        world.enqueue("letter", &key.to_string());
    }
    let mut path = "/operator/jobs.json".to_owned();
    let (mut ids, mut sizes, mut last) = (Vec::new(), Vec::new(), serde_json::Value::Null);
    while !path.is_empty() {
        last = world.get(OPERATOR, &path).await.json();
        let page: Vec<String> =
            last["jobs"].as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap().to_owned()).collect();
        sizes.push(page.len());
        ids.extend(page);
        path = last["next"].as_str().unwrap_or_default().to_owned();
    }
    assert_eq!((sizes, last["total"].as_u64()), (vec![100, 100, 51], Some(251)));
    let mut sorted = ids.clone();
    sorted.sort();
    sorted.reverse();
    sorted.dedup();
    assert_eq!(ids, sorted, "each once, newest first");
    let back = world.get(OPERATOR, last["previous"].as_str().unwrap()).await.json();
    assert_eq!(back["jobs"][0]["id"], ids[100].as_str());
    assert_eq!(world.get(OPERATOR, "/operator/jobs.csv").await.body.lines().count(), 252, "a file holds them all");
}

#[tokio::test]
async fn what_was_given_up_runs_again_and_what_waits_can_be_put_aside() {
    let world = World::new();
    let broken = world.enqueue("broken", "a");
    world.work_off();
    let again = world.post(OPERATOR, &format!("/operator/jobs/{broken}/again"), "").await;
    assert_eq!(again.status, StatusCode::SEE_OTHER, "{}", again.body);
    assert!(world.get(OPERATOR, &again.location).await.body.contains("runs as soon as there is room"));
    let cancelled = world.post(OPERATOR, &format!("/operator/jobs/{broken}/cancel"), "").await;
    let page = world.get(OPERATOR, &cancelled.location).await.body;
    assert!(page.contains("was put aside") && page.contains("Cancelled"), "{page}");

    let done = world.enqueue("letter", "b");
    world.work_off();
    let refused = world.post(OPERATOR, &format!("/operator/jobs/{done}/again"), "").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.body.contains("has ended well"), "{}", refused.body);
    assert_eq!(world.post(OPERATOR, "/operator/jobs/none/again", "").await.status, StatusCode::NOT_FOUND);
    let odd = world.post(OPERATOR, &format!("/operator/jobs/{done}/again"), "force=yes").await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);
}
