//! A sample slice with one of everything, and short words for visiting it.

use std::{collections::BTreeMap, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, State},
    http::{HeaderMap, Method, Request, StatusCode, header},
    response::{IntoResponse, Response},
};
use scraper::{Html, Selector};
use serde_json::{Value, json};
use tower::ServiceExt;
use vocabulary::{Acting, Chance, Clock, Kind, PersonId, Reader, Role, Scope};
use web::*;

pub const LIST: &str = r#"{% extends "web/page.html" %}
{% import "web/macros.html" as ch %}
{% block before %}<p id="before">{{ _("Before") }}</p>{% endblock %}
{% block main %}
<h1 class="govuk-heading-l">{{ title }}</h1>
<p id="count">{{ _n("1 thing", "{count} things", page.paging.total) }}</p>
{{ ch.applied(groups) }}{{ ch.filters(groups, {"name": "q", "label": _("Search things"), "value": typed}) }}
{{ ch.downloads() }}
{% call ch.scroll("things") %}<table class="govuk-table"><caption id="things">{{ title }}</caption>
{% for thing in data.things %}<tr><th scope="row">{{ thing.name }}</th><td>{{ ch.status(thing.status) }}</td></tr>{% endfor %}</table>{% endcall %}
{{ ch.pagination() }}
{% endblock %}"#;

pub const FORM: &str = r#"{% extends "web/page.html" %}
{% import "web/macros.html" as ch %}
{% from "govuk/components/input/macro.njk" import govukInput %}
{% block main %}
<h1 class="govuk-heading-l">{{ title }}</h1>
<form method="post" action="/rename">
{{ govukInput({"id": "name", "name": "name", "label": {"text": _("Name")}, "value": form.name, "errorMessage": error_message("name")}) }}
<input type="checkbox" name="layer" value="a"{{ " checked" if chosen(form.layer, "a") }}>
<input type="checkbox" name="layer" value="b"{{ " checked" if chosen(form.layer, "b") }}>
<input type="checkbox" name="layer" value="c"{{ " checked" if chosen(form.layer, "c") }}>
{{ ch.field_error("name") }}
</form>
{% endblock %}"#;

pub const WORDS: &str = r#"{% extends "web/page.html" %}{% block main %}<h1>{{ title }}</h1><div id="words">{{ data | tojson }}</div>{% endblock %}"#;
const BROKEN: &str = r#"{% extends "web/page.html" %}{% block main %}{{ data.number // 0 }}{% endblock %}"#;

#[derive(Clone)]
struct Names(Vec<&'static str>);

async fn list(State(names): State<Names>, visit: Visit) -> Outcome {
    let parameters = visit.parameters(&["q", "sort", "status", "limit", "after", "before"])?;
    let size = parameters.number::<usize>("limit", 1..=100)?.unwrap_or(2);
    let cursor = parameters.cursor()?;
    let place = |cursor: &Cursor| match cursor.key.as_slice() {
        [CursorValue::Integer(at)] => usize::try_from(*at).unwrap(),
        _ => 0,
    };
    if let Some(cursor) = &cursor {
        cursor.expect_sort(parameters.one("sort").unwrap_or("name"))?;
    }
    let sort = parameters.one("sort").unwrap_or("name");
    let start = match &cursor {
        Some(cursor) if cursor.direction == Direction::After => place(cursor) + 1,
        Some(cursor) => place(cursor).saturating_sub(size),
        None => 0,
    };
    let all = &names.0;
    let end = (start + size).min(all.len());
    let key = |at: usize| vec![CursorValue::Integer(i64::try_from(at).unwrap())];
    let shown = &all[start.min(end)..end];
    let things: Vec<_> = shown.iter().map(|name| json!({"name": name, "status": "live"})).collect();
    let status = parameters.all("status");
    let item = |value: &str, text: &str| json!({"value": value, "text": text, "count": 1200, "checked": status.contains(&value)});
    let groups = json!([{"name": "status", "legend": "Status", "items": [
        item("live", "Live"), item("planned", "Planned"), item("a", "A"), item("b", "B"), item("c", "C"), item("d", "D"), item("e", "E"),
    ]}]);
    Ok(Page::new("sample/list.html", "Things")
        .place("Ashmere")
        .section("things")
        .crumb("Home", "/")
        .wide()
        .data(json!({ "things": things }))
        .extra("groups", groups)
        .extra("typed", parameters.text("q"))
        .table(Table {
            name: "things".to_owned(),
            columns: vec!["name", "note", "cost", "count", "since", "until"],
            rows: shown
                .iter()
                .map(|name| {
                    vec![
                        Cell::from(*name),
                        Cell::Empty,
                        Cell::Pence(-123_450),
                        Cell::Integer(7),
                        Cell::Date("2027-03".to_owned()),
                        Cell::Date("2027-03-31".to_owned()),
                    ]
                })
                .collect(),
        })
        .about("Covers", "=2 of 5 things")
        .picture(Picture {
            name: "things".to_owned(),
            svg: "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"20\" height=\"10\"/>".to_owned(),
        })
        .list(Paging {
            total: all.len() as u64,
            next: (end < all.len()).then(|| Cursor::after(sort, key(end - 1))),
            previous: (start > 0).then(|| Cursor::before(sort, key(start))),
            page_size: 2,
        })
        .into())
}

async fn other(visit: Visit) -> Outcome {
    visit.parameters(&["after", "before"])?.cursor()?;
    Ok(Page::new("sample/words.html", "Other").data(json!(["x"])).into())
}

async fn rename(_: Visit) -> Outcome {
    Ok(Page::new("sample/form.html", "Rename").reading().back("Back", "/things").into())
}

async fn renamed(form: Form) -> Outcome {
    if form.one("name").is_some() {
        return Ok(Answer::Redirect("/things?sort=name".to_owned()));
    }
    let errors = vec![FieldError::new("name", "Enter a name")];
    Ok(Page::new("sample/form.html", "Rename")
        .reading()
        .back("Back", "/things")
        .typed(&form)
        .data(json!({}))
        .errors(errors)
        .into())
}

async fn uploaded(upload: Upload) -> Outcome {
    let file =
        upload.file.as_ref().map(|file| json!({"name": file.name, "size": file.bytes.len(), "field": file.field}));
    Ok(Page::new("sample/words.html", "Uploaded").data(json!({"file": file, "note": upload.one("note")})).into())
}

async fn fail(Path(kind): Path<String>) -> Outcome {
    let io = std::io::Error::other("the disk is full of Jane Doe");
    Err(match kind.as_str() {
        "missing" => Problem::missing(),
        "forbidden" => Problem::forbidden("Only editors of Ashmere may do this."),
        "conflicting" => Problem::conflicting("It was changed meanwhile.").next("Read it again."),
        "invalid" => Problem::invalid("That is no date."),
        "fields" => Problem::invalid("Two fields are wrong.")
            .errors(vec![FieldError::new("a", "Enter a"), FieldError::new("b", "Enter b")]),
        "too-large" => Problem::too_large("The file is larger than 20 MB."),
        "busy" => Problem::busy(),
        "away" => Problem::away(&io),
        "unexpected" => Problem::of_kind(Kind::Unexpected, ""),
        "internal" => Problem::internal(&io),
        "data" => return Ok(Page::new("sample/words.html", "Bad").data(BTreeMap::from([(vec![1], 1)])).into()),
        "template" => {
            return Ok(Page::new("sample/broken.html", "Bad").data(json!({"number": 1, "owner": "Jane Doe"})).into());
        }
        "unknown-template" => return Ok(Page::new("sample/none.html", "Bad").into()),
        "columns" => {
            let table = Table { name: "t".to_owned(), columns: vec!["a", "b"], rows: vec![vec![Cell::Empty]] };
            return Ok(Page::new("sample/words.html", "Bad").table(table).into());
        }
        "redirect" => return Ok(Answer::Redirect("//elsewhere.example".to_owned())),
        "panic" => panic!("a handler panicked"),
        "body" => {
            let broken = http_body_util::Limited::new(Body::from("bytes"), 2);
            return Ok(File::new("x", "application/octet-stream", Body::new(broken)).into());
        }
        "bare" => return Ok(Answer::Empty),
        _ => Problem::missing(),
    })
}

async fn never() -> Outcome {
    std::future::pending().await
}

async fn me(visit: Visit) -> Outcome {
    Ok(Page::new("sample/words.html", "Me")
        .section("account")
        .data(json!({"signed_in": visit.reader.person.is_some(), "path": visit.path, "format": visit.format.suffix()}))
        .into())
}

async fn file(Path(name): Path<String>) -> Outcome {
    let name = match name.as_str() {
        "plain" => "report 2027.csv",
        "hostile" => "x\"\r\nSet-Cookie: a=b; filename=\"é../..\\evil.exe",
        "dots" => "../..",
        _ => "naïve – plan.xlsx",
    };
    Ok(File::new(name, "application/octet-stream", "bytes").into())
}

async fn cookie() -> Result<impl IntoResponse, Problem> {
    Ok(([(header::SET_COOKIE, "session=1; HttpOnly")], Answer::Redirect("/me".to_owned())))
}

async fn private() -> Outcome {
    Ok(Page::new("sample/words.html", "Private").data(json!("once")).private().into())
}

async fn banner() -> Outcome {
    let banner =
        SuccessBanner { text: "Bin rounds was added.".to_owned(), link: Some(("Undo".to_owned(), "/undo".to_owned())) };
    Ok(Page::new("sample/words.html", "Done <b>").own_search().banner(banner).into())
}

async fn spoken() -> Outcome {
    let text = say!("Nothing found for {query}", query = "revs");
    let many = say_n!("1 match", "{count} matches", 1_200);
    Ok(Page::new("sample/words.html", text).data(json!([many])).into())
}

/// Whoever the header `x-who` names; an editor of Ashmere or their token, a person without any role, or a failure.
fn who(headers: HeaderMap) -> Result<Asking, Problem> {
    let person = Some(PersonId(uuid::Uuid::from_u128(7)));
    let acting = Acting { organisation: "ashmere".parse().unwrap(), participating: true, role: Role::Editor };
    let editor = Reader { person, acting: Some(acting), scope: None };
    let token = |scope| Asking { token: Some(9), ..Asking::from(Reader { scope: Some(scope), ..editor.clone() }) };
    match headers.get("x-who").and_then(|value| value.to_str().ok()) {
        None => Ok(Reader::visitor().into()),
        Some("editor") => Ok(editor.into()),
        Some("token that reads") => Ok(token(Scope::Read)),
        Some("token that edits") => Ok(token(Scope::Edit)),
        Some("no token") => Err(Problem::not_recognised("It may have expired.")),
        Some("panic") => panic!("no session"),
        Some("busy") => Err(Problem::busy()),
        Some(_) => Ok(Reader { person, acting: None, scope: None }.into()),
    }
}

pub fn site() -> Site {
    Site {
        owner: Some("Ashmere & Brackford councils".to_owned()),
        version: "1.2.3".to_owned(),
        contact: Some("help@ashmere.example".to_owned()),
        navigation: vec![
            NavigationItem { id: "things", text: "Things", href: "/things" },
            NavigationItem { id: "other", text: "Other", href: "/other" },
        ],
        navigation_personal: vec![PersonalItem {
            item: NavigationItem { id: "work", text: "Your work", href: "/work" },
            shown: |reader| reader.person.is_some(),
        }],
        footer: vec![NavigationItem { id: "accessibility", text: "Accessibility", href: "/accessibility" }],
        who: Some(std::sync::Arc::new(|headers| Box::pin(async move { who(headers) }))),
        moved: Some(std::sync::Arc::new(|reader, path| {
            let to = path.strip_prefix("/old").map(|beneath| format!("/things{beneath}"));
            Box::pin(async move { Ok(to.filter(|_| reader.person.is_some())) })
        })),
        clock: Clock::at("2027-03-31T12:00:00Z".parse().unwrap()),
        chance: Chance::counted(1),
        catalogues: vec![Catalogue::pseudo("zz")],
        limits: Limits { answer: Duration::from_millis(300), read: Duration::from_millis(300), ..Limits::default() },
        ..Site::default()
    }
}

pub fn templates() -> Vec<Template> {
    vec![
        Template { name: "sample/list.html", source: LIST },
        Template { name: "sample/form.html", source: FORM },
        Template { name: "sample/words.html", source: WORDS },
        Template { name: "sample/broken.html", source: BROKEN },
    ]
}

pub fn routes() -> Routes {
    Routes::new()
        .get("/things", "The things", list)
        .parameters(&["q", "sort", "status", "limit", "after", "before"])
        .with_state(Names(vec!["Ant", "Bee", "=cmd|' /C calc'!A0", "Dog", "Eel"]))
        .merge(
            Routes::new()
                .get("/other", "Another list", other)
                .parameters(&["after", "before"])
                .get("/rename", "Asks for a name", rename)
                .post("/rename", "Renames", renamed)
                .fields(&["name", "layer", "agree", "count", "note"])
                .post("/upload", "Takes a file", uploaded)
                .file(&["estate"])
                .fields(&["estate", "note"])
                .done_with(&[200])
                .get("/fail/{kind}", "Fails", fail)
                .get("/never", "Takes for ever", never)
                .post("/never", "Takes for ever", never)
                .get("/me", "Who asks", me)
                .get("/file/{name}", "A file", file)
                .any_parameters()
                .get("/cookie", "Sets a cookie", cookie)
                .get("/private", "Never kept", private)
                .any_parameters()
                .get("/banner", "Says that it worked", banner)
                .get("/spoken", "Speaks", spoken),
        )
}

pub fn world() -> Router {
    app(site(), templates(), routes().into_router()).unwrap()
}

/// An answer, read to its end.
pub struct Read {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Bytes,
}

impl Read {
    pub fn text(&self) -> String {
        String::from_utf8(self.bytes.to_vec()).unwrap()
    }
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|_| panic!("no JSON: {}", self.text()))
    }
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
    pub fn html(&self) -> Html {
        assert_eq!(self.header("content-type"), "text/html; charset=utf-8");
        Html::parse_document(&self.text())
    }
    /// The text of the first element that matches, white space collapsed; empty when none does.
    pub fn says(&self, selector: &str) -> String {
        let html = self.html();
        let element = html.select(&Selector::parse(selector).unwrap()).next();
        element
            .map(|element| element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" "))
            .unwrap_or_default()
    }
    pub fn count(&self, selector: &str) -> usize {
        self.html().select(&Selector::parse(selector).unwrap()).count()
    }
    pub fn attribute(&self, selector: &str, name: &str) -> String {
        let html = self.html();
        let element =
            html.select(&Selector::parse(selector).unwrap()).next().unwrap_or_else(|| panic!("no {selector}"));
        element.value().attr(name).unwrap_or_default().to_owned()
    }
}

pub async fn read(response: Response) -> Read {
    let (parts, body) = response.into_parts();
    let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    Read { status: parts.status, headers: parts.headers, bytes }
}

pub async fn send(app: &Router, method: Method, target: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Read {
    let mut request = Request::builder().method(method).uri(target);
    if !headers.iter().any(|(name, _)| *name == "host") {
        request = request.header("host", "commonhold.example");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    read(app.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap()).await
}

pub async fn get(target: &str) -> Read {
    get_with(target, &[]).await
}

pub async fn get_with(target: &str, headers: &[(&str, &str)]) -> Read {
    send(&world(), Method::GET, target, headers, Body::empty()).await
}

pub async fn post(target: &str, content_type: &str, body: impl Into<Body>) -> Read {
    let headers = [("content-type", content_type), ("sec-fetch-site", "same-origin")];
    send(&world(), Method::POST, target, &headers, body).await
}
