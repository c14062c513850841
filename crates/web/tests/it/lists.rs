//! Parameters and cursors.

use axum::http::StatusCode;

use crate::world::{Read, get};

fn refused(read: &Read) -> (StatusCode, String) {
    assert_eq!(read.header("content-type"), "application/problem+json");
    (read.status, read.json()["detail"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn a_list_can_be_walked_to_its_end_and_back() {
    let mut target = "/things.json?limit=2&q=x".to_owned();
    let mut walked = Vec::new();
    loop {
        let read = get(&target).await;
        let page = read.json();
        assert_eq!(page["total"], 5);
        walked
            .extend(page["things"].as_array().unwrap().iter().map(|thing| thing["name"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else {
            assert!(!read.header("link").contains("rel=\"next\""));
            let previous = page["previous"].as_str().unwrap();
            assert_eq!(get(previous).await.json()["things"][0]["name"], "=cmd|' /C calc'!A0");
            break;
        };
        assert!(next.starts_with("/things.json?limit=2&q=x&after="), "{next}");
        assert_eq!(read.headers.get_all("link").iter().next().unwrap(), &format!("<{next}>; rel=\"next\""));
        target = next.to_owned();
    }
    assert_eq!(walked, ["Ant", "Bee", "=cmd|' /C calc'!A0", "Dog", "Eel"]);
}

#[tokio::test]
async fn pages_link_to_their_neighbours() {
    let first = get("/things").await;
    assert_eq!(first.says("#count"), "5 things");
    assert_eq!(first.says(".govuk-pagination__prev"), "");
    assert_eq!(first.says(".govuk-pagination__next"), "Next page");
    let second = get(&first.attribute(".govuk-pagination__next a", "href")).await;
    assert_eq!(second.says(".govuk-pagination__prev"), "Previous page");
    assert_eq!(second.says("tr:last-child th"), "Dog");
}

#[tokio::test]
async fn unknown_parameters_are_refused_by_name_and_the_known_listed() {
    let read = get("/things.json?colour=red&sort=name").await;
    assert_eq!(refused(&read), (StatusCode::BAD_REQUEST, "This address has no parameter \"colour\".".to_owned()));
    assert_eq!(read.json()["next"], "It knows: q, sort, status, limit, after, before.");
    let page = get("/things?%3Cscript%3E=1").await;
    assert_eq!(page.status, StatusCode::BAD_REQUEST);
    assert!(page.says("main").contains("This address has no parameter \"<script>\"."));
}

#[tokio::test]
async fn numbers_have_a_range_and_text_has_no_nul() {
    for bad in ["0", "101", "-1", "1e3", "ten", "%20", "5%0B", "99999999999999999999999"] {
        let read = get(&format!("/things.json?limit={bad}")).await;
        assert_eq!(refused(&read).1, "\"limit\" must be a whole number from 1 to 100.", "{bad}");
    }
    assert_eq!(
        get("/things.json?limit=").await.json()["things"].as_array().unwrap().len(),
        2,
        "an empty field is no number"
    );
    assert_eq!(get("/things.json?q=a%00b").await.status, StatusCode::BAD_REQUEST);
    let many = "q=1&".repeat(201);
    assert_eq!(get(&format!("/things.json?{many}")).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn a_damaged_or_foreign_cursor_is_refused() {
    let next = get("/things.json").await.json()["next"].as_str().unwrap().to_owned();
    let cursor = next.split_once("after=").unwrap().1.to_owned();
    for at in 0..cursor.len() {
        let mut bytes = cursor.clone().into_bytes();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        let damaged = String::from_utf8(bytes).unwrap();
        let (status, detail) = refused(&get(&format!("/things.json?after={damaged}")).await);
        assert_eq!(status, StatusCode::BAD_REQUEST, "{damaged}");
        assert!(detail.contains("damaged"), "{detail}");
    }
    let shorter = &cursor[..cursor.len() - 1];
    let foreign = format!("/other.json?after={cursor}");
    let other_sort = format!("/things.json?sort=size&after={cursor}");
    let both = format!("/things.json?after={cursor}&before={cursor}");
    let long = format!("/things.json?after={}", "A".repeat(9000));
    for target in [
        &format!("/things.json?after={shorter}"),
        "/things.json?after=%00",
        "/things.json?after=WyJuYW1lIl0",
        &foreign,
        &other_sort,
        &both,
        &long,
    ] {
        assert_eq!(get(target).await.status, StatusCode::BAD_REQUEST, "{target}");
    }
    assert_eq!(get(&format!("/things.csv?after={cursor}")).await.status, StatusCode::OK, "the format does not matter");
    assert_eq!(
        get(&format!("/other.json?after={cursor}")).await.json()["next"],
        "Remove it from the address to begin at the first page."
    );
}

#[tokio::test]
async fn filters_show_five_and_can_be_removed_one_by_one() {
    let page = get("/things?status=live&status=d&sort=name&q=%26x").await;
    assert_eq!(page.says(".ch-filters__summary"), "Filter this list (2 applied)");
    assert_eq!(
        page.count(".ch-filters > form > .govuk-form-group > fieldset > .govuk-checkboxes .govuk-checkboxes__item"),
        5
    );
    assert_eq!(page.says(".ch-filters__more summary"), "2 more of Status");
    assert_eq!(page.says(".govuk-checkboxes__label"), "Live (1,200)");
    assert_eq!(page.count(".ch-filters__more[open]"), 1, "a ticked box is never folded away");
    assert_eq!(page.attribute("#filter-q", "value"), "&x");
    assert_eq!(page.says(".ch-applied"), "Remove Live Remove D Clear filters");
    assert_eq!(page.attribute(".ch-applied li:first-child a", "href"), "/things?status=d&sort=name&q=%26x");
    assert_eq!(page.attribute(".ch-applied li:last-child a", "href"), "/things?sort=name&q=%26x");
    let plain = get("/things").await;
    assert_eq!(plain.says(".ch-filters__summary"), "Filter this list");
    assert_eq!((plain.count(".ch-applied"), plain.count(".ch-filters__more[open]")), (0, 0));
    assert_eq!(page.attribute(".ch-downloads a", "href"), "/things.csv?status=live&status=d&sort=name&q=%26x");
}
