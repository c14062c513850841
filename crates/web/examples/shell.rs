//! A sample page served for looking at: `cargo run -p web --example shell`, then http://127.0.0.1:8089/systems.

use std::{error::Error, net::SocketAddr};

use serde_json::json;
use web::{
    Answer, Cell, Cursor, CursorValue, FieldError, NavigationItem, Outcome, Page, Paging, Routes, Site, SuccessBanner,
    Table, Template, Visit, app, serve,
};

const LIST: &str = r#"{% extends "web/page.html" %}
{% import "web/macros.html" as ch %}
{% block main %}
<span class="govuk-caption-l">{{ _("Ashmere Borough Council") }}</span>
<h1 class="govuk-heading-l">{{ title }}</h1>
<p class="govuk-body">{{ _("{count} systems from {products} products.", count=12500, products=97) }}</p>
{{ ch.coverage(_("88 of 132 contract dates known")) }}
{{ ch.subnav(_("Views"), [{"text": _("Summary"), "href": "/x"}, {"text": _("Systems"), "href": "/systems"}, {"text": _("LGAM map"), "href": "/m"}, {"text": _("Contracts"), "href": "/c"}, {"text": _("Overlaps"), "href": "/o"}, {"text": _("History"), "href": "/h"}]) }}
<div class="ch-with-filters">
<div class="ch-with-filters__filters">{{ ch.filters(groups, {"name": "q", "label": _("Search systems"), "value": ""}, [{"name": "sort", "value": "ends"}]) }}</div>
<div class="ch-with-filters__results">
{{ ch.applied(groups) }}
{{ ch.downloads() }}
<p class="govuk-body-s">{{ _("Sorted by contract end, soonest first") }}</p>
{% call ch.scroll("systems-caption") %}
<table class="govuk-table ch-dense">
<caption class="govuk-table__caption govuk-visually-hidden" id="systems-caption">{{ title }}</caption>
<thead class="govuk-table__head"><tr class="govuk-table__row">
<th scope="col" class="govuk-table__header" aria-sort="{{ ch.aria_sort("name", "ends") }}">{{ ch.sort_link(_("System"), "name", "ends") }}</th><th scope="col" class="govuk-table__header">{{ _("Product") }}</th><th scope="col" class="govuk-table__header">{{ _("Supplier") }}</th><th scope="col" class="govuk-table__header">{{ _("Status") }}</th><th scope="col" class="govuk-table__header" aria-sort="{{ ch.aria_sort("ends", "ends") }}">{{ ch.sort_link(_("Contract end"), "ends", "ends") }}</th><th scope="col" class="govuk-table__header govuk-table__header--numeric">{{ _("Cost a year (£)") }}</th></tr></thead>
<tbody class="govuk-table__body">{% for row in data.items %}<tr class="govuk-table__row"><th scope="row" class="govuk-table__header"><a class="govuk-link" href="/systems/{{ loop.index }}">{{ row.name }}</a></th><td class="govuk-table__cell">RoundMaster</td><td class="govuk-table__cell">Oakware</td><td class="govuk-table__cell">{{ ch.status(row.status) }}</td><td class="govuk-table__cell">{{ row.ends | short_date if row.ends else _("Not known") }}</td><td class="govuk-table__cell govuk-table__cell--numeric">{{ 12500 | number }}</td></tr>{% endfor %}</tbody></table>
{% endcall %}
<table class="govuk-table ch-dense"><caption class="govuk-table__caption govuk-table__caption--m">{{ _("Forms is met 11 times, by 7 products") }}</caption><tbody><tr><th scope="row" class="govuk-table__header">{{ _("Forms") }}</th>{% for n in range(6) %}<td class="govuk-table__cell ch-heat-{{ n }}"><a class="govuk-link" href="/m?n={{ n }}">{{ n }}<span class="govuk-visually-hidden"> {{ _("systems for Forms") }}</span></a></td>{% endfor %}<td class="govuk-table__cell ch-unknown">{{ _("Not known") }}</td></tr></tbody></table>
{{ ch.details(_("How this is reckoned"), _("By counting.")) }}
{{ ch.pagination() }}
</div></div>
{% endblock %}"#;

const FORM: &str = r#"{% extends "web/page.html" %}
{% import "web/macros.html" as ch %}
{% from "govuk/components/input/macro.njk" import govukInput %}
{% from "govuk/components/button/macro.njk" import govukButton %}
{% block main %}
<h1 class="govuk-heading-l">{{ title }}</h1>
<form method="post" action="/edit" novalidate>
{{ govukInput({"id": "ends", "name": "ends", "label": {"text": _("Contract end")}, "value": form.ends, "errorMessage": error_message("ends")}) }}
{{ govukButton({"text": _("Save contract")}) }}
</form>
{% endblock %}"#;

async fn list(visit: Visit) -> Outcome {
    visit.parameters(&["q", "status", "layer", "sort", "after", "before"])?;
    let items: Vec<_> = (1..=30)
        .map(|n| {
            let status = ["live", "planned", "retiring", "retired", ""][n % 5];
            json!({"name": format!("System {n} for collecting garden waste"), "status": status,
                "ends": if n % 3 == 0 { None } else { Some("2027-03-31") }})
        })
        .collect();
    let layer = |n: usize| json!({"value": format!("l{n}"), "text": format!("Layer number {n}"), "count": n * 400, "checked": false});
    let groups = json!([
        {"name": "status", "legend": "Status", "items": [
            {"value": "live", "text": "Live", "count": 118, "checked": true}, {"value": "retiring", "text": "Retiring", "count": 9, "checked": false}]},
        {"name": "layer", "legend": "LGAM layer", "items": (1..=9).map(layer).collect::<Vec<_>>()}
    ]);
    let page = Page::new("sample/list.html", "Systems")
        .place("Ashmere Borough Council")
        .section("organisations")
        .crumb("Home", "/")
        .crumb("Organisations", "/organisations")
        .crumb("Ashmere Borough Council", "/organisations/ashmere")
        .wide()
        .data(json!({ "items": items }))
        .extra("groups", groups)
        .table(Table { name: "systems".to_owned(), columns: vec!["name"], rows: vec![vec![Cell::from("=1+1")]] })
        .banner(SuccessBanner {
            text: "Contract end changed to 31 March 2027.".to_owned(),
            link: Some(("Undo".to_owned(), "/undo".to_owned())),
        })
        .list(Paging {
            total: 12_500,
            next: Some(Cursor::after("name", vec![CursorValue::Integer(30)])),
            previous: Some(Cursor::before("name", vec![CursorValue::Integer(1)])),
            page_size: 30,
        });
    Ok(page.into())
}

async fn edit(_: Visit) -> Outcome {
    let page = Page::new("sample/form.html", "Change the contract")
        .place("Ashmere Borough Council")
        .reading()
        .back("Back to Bin rounds", "/systems");
    Ok(Answer::from(page.errors(vec![FieldError::new("ends", "Contract end must be after contract start")])))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let item = |id, text, href| NavigationItem { id, text, href };
    let site = Site {
        owner: Some("Ashmere and Brackford councils".to_owned()),
        demonstration: true,
        contact: Some("help@ashmere.example".to_owned()),
        navigation: vec![
            item("organisations", "Organisations", "/organisations"),
            item("products", "Products", "/products"),
            item("compare", "Compare", "/compare"),
        ],
        footer: vec![item("accessibility", "Accessibility", "/accessibility"), item("privacy", "Privacy", "/privacy")],
        licence_note: Some("The model's names are used under the Open Government Licence v3.0.".to_owned()),
        ..Site::default()
    };
    let routes = Routes::new().get("/systems", "Sample list", list).get("/edit", "Sample form", edit);
    let templates =
        vec![Template { name: "sample/list.html", source: LIST }, Template { name: "sample/form.html", source: FORM }];
    let app = app(site, templates, routes.into_router())?;
    let listener = tokio::net::TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 8089))).await?;
    serve(listener, app, web::Connections::default(), async {
        // Without a signal there is only the end of the process.
        let _ = tokio::signal::ctrl_c().await;
    })
    .await?;
    Ok(())
}
