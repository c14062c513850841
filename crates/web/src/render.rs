//! From a page or problem, as a value, to the bytes of the format that was asked for.

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header, response::Parts},
    response::Response,
};
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;
use vocabulary::Kind;

use crate::{
    Format, Page, Problem, Shell, Table, Visit,
    answer::{Carried, disposition, redirect},
    format::XLSX,
    headers::Keeping,
    picture, say,
    shell::Links,
    workbook,
};

/// One visit and the means to write its answer.
pub(crate) struct Rendering<'a> {
    shell: &'a Shell,
    pub visit: Visit,
}

impl<'a> Rendering<'a> {
    pub(crate) fn new(shell: &'a Shell, visit: Visit) -> Rendering<'a> {
        Rendering { shell, visit }
    }

    /// Writes what a response carries. Other responses pass, but a bare refusal of the router becomes a problem.
    pub(crate) async fn finish(&self, response: Response) -> Response {
        let (mut parts, body) = response.into_parts();
        let (status, content_type, bytes) = match parts.extensions.remove::<Carried>() {
            Some(Carried::Page(page)) => match self.page(&page).await {
                Ok((status, content_type, bytes)) => {
                    self.mark(&page, &mut parts);
                    (status, content_type, bytes)
                }
                Err(problem) => self.problem(&problem, &mut parts),
            },
            Some(Carried::Problem(problem)) => match problem.people_go_to() {
                Some(path) if self.visit.format == Format::Html => return redirect(path),
                _ => self.problem(&problem, &mut parts),
            },
            None => match bare(&parts) {
                Some(problem) => self.problem(&problem, &mut parts),
                None => return Response::from_parts(parts, body),
            },
        };
        // A handler may have said 201 beside its page.
        if !(status == StatusCode::OK && parts.status.is_success()) {
            parts.status = status;
        }
        parts.headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        parts.headers.remove(header::CONTENT_LENGTH);
        Response::from_parts(parts, Body::from(bytes))
    }

    async fn page(&self, page: &Page) -> Result<(StatusCode, &'static str, Vec<u8>), Problem> {
        let valid = page.errors.is_empty();
        match self.visit.format {
            Format::Html => {
                let html = self.shell.render(page, &self.visit)?;
                let status = match (valid, page.gone) {
                    (false, _) => StatusCode::UNPROCESSABLE_ENTITY,
                    (true, true) => StatusCode::GONE,
                    (true, false) => StatusCode::OK,
                };
                Ok((status, "text/html; charset=utf-8", html.into_bytes()))
            }
            _ if !valid => {
                let problem =
                    Problem::invalid(say!("Some of what was sent needs correcting.")).title(say!("There is a problem"));
                Err(problem.errors(page.errors.clone()))
            }
            _ if page.gone => Err(Problem::of_kind(Kind::Missing, say!("What stood at this address is over."))
                .title(page.title.clone())
                .with_status(StatusCode::GONE)),
            Format::Json => match (&page.failure, &page.data) {
                (Some(failure), _) => Err(Problem::unexpected(failure.clone())),
                (None, Some(data)) => {
                    let bytes = serde_json::to_vec(&self.listed(page, data));
                    let bytes = bytes.map_err(|error| Problem::internal(&error))?;
                    Ok((StatusCode::OK, "application/json", bytes))
                }
                (None, None) => Err(no_such_format(page, "JSON")),
            },
            Format::Csv => match &page.table {
                Some(table) => {
                    let bytes = table.csv().map_err(|error| Problem::internal(&error))?;
                    Ok((StatusCode::OK, "text/csv; charset=utf-8", bytes))
                }
                None => Err(no_such_format(page, "CSV")),
            },
            Format::Xlsx => match &page.table {
                Some(table) => Ok((StatusCode::OK, XLSX, self.workbook(page, table).await?)),
                None => Err(no_such_format(page, "XLSX")),
            },
            Format::Svg => match &page.picture {
                Some(picture) => Ok((StatusCode::OK, "image/svg+xml", picture.svg.clone().into_bytes())),
                None => Err(no_such_format(page, "SVG")),
            },
            Format::Png => match &page.picture {
                Some(picture) => {
                    let svg = picture.svg.clone();
                    Ok((StatusCode::OK, "image/png", apart(move || picture::painted(&svg)).await??))
                }
                None => Err(no_such_format(page, "PNG")),
            },
        }
    }

    async fn workbook(&self, page: &Page, table: &Table) -> Result<Vec<u8>, Problem> {
        let site = &self.shell.site;
        let about = workbook::About::of(page, &self.visit, site.owner.as_deref(), site.clock.today());
        let table = table.clone();
        apart(move || workbook::of_table(&table, &about)).await?.map_err(|error| Problem::internal(&error))
    }

    /// The data of a list with its total and neighbours. Data that is no object stands under `items`.
    fn listed(&self, page: &Page, data: &Value) -> Value {
        let Some(paging) = &page.paging else {
            return data.clone();
        };
        let mut object = match data {
            Value::Object(object) => object.clone(),
            other => Map::from_iter([("items".to_owned(), other.clone())]),
        };
        let links = Links::of(page, &self.visit, Format::Json.suffix());
        object.insert("total".to_owned(), paging.total.into());
        object.insert("next".to_owned(), links.next.into());
        object.insert("previous".to_owned(), links.previous.into());
        Value::Object(object)
    }

    /// Headers that say what else there is, how long it may be kept, and a file's name.
    fn mark(&self, page: &Page, parts: &mut Parts) {
        let suffix = self.visit.format.suffix();
        let links = Links::of(page, &self.visit, suffix);
        for (link, relation) in [(links.next, "next"), (links.previous, "prev")] {
            let value = link.and_then(|link| HeaderValue::from_str(&format!("<{link}>; rel=\"{relation}\"")).ok());
            if let Some(value) = value {
                parts.headers.append(header::LINK, value);
            }
        }
        if let (true, Some(table)) = (self.visit.format.is_table(), &page.table) {
            let name = format!("{}{suffix}", table.name);
            parts.headers.insert(header::CONTENT_DISPOSITION, disposition("attachment", &name));
        }
        if let (true, Some(picture)) = (self.visit.format.is_picture(), &page.picture) {
            let name = format!("{}{suffix}", picture.name);
            parts.headers.insert(header::CONTENT_DISPOSITION, disposition("inline", &name));
        }
        if page.private {
            parts.extensions.insert(Keeping::Never);
        }
    }

    fn problem(&self, problem: &Problem, parts: &mut Parts) -> (StatusCode, &'static str, Vec<u8>) {
        let status = problem.status();
        let reference = (problem.kind == Kind::Unexpected).then_some(self.visit.request_id.as_str());
        if let Some(cause) = problem.cause() {
            tracing::error!(request = %self.visit.request_id, %cause, "unexpected");
        }
        for (name, value) in problem.own_headers() {
            parts.headers.insert(name, value.clone());
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            parts.headers.entry(header::RETRY_AFTER).or_insert(HeaderValue::from_static("30"));
        }
        let next = match (reference, &problem.next) {
            (Some(reference), None) => {
                Some(say!("Try again; if it repeats, send us reference {reference}.", reference = reference))
            }
            (_, next) => next.clone(),
        };
        if self.visit.format == Format::Html {
            let page = Page::new("web/problem.html", problem.title.clone())
                .reading()
                .extra("detail", &problem.detail)
                .extra("next", &next)
                .errors(problem.errors.clone());
            match self.shell.render(&page, &self.visit) {
                Ok(html) => return (status, "text/html; charset=utf-8", html.into_bytes()),
                Err(worse) => {
                    tracing::error!(request = %self.visit.request_id, cause = ?worse.cause(), "problem page failed");
                }
            }
        }
        let suffix = self.visit.format.suffix();
        let body = json!({
            "type": problem.name(),
            "title": problem.title,
            "status": status.as_u16(),
            "detail": problem.detail,
            "instance": format!("{}{suffix}", self.visit.path),
            "next": next,
            "reference": reference,
            "errors": problem.errors,
        });
        (status, "application/problem+json", body.to_string().into_bytes())
    }
}

/// How many large files are made at a time: each may need a processor and some dozen megabytes.
static LARGE: Semaphore = Semaphore::const_new(2);

/// Makes a large file on a thread of its own: it may take longer than other requests should wait.
async fn apart<T: Send + 'static>(make: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    let _turn = LARGE.acquire().await.map_err(|error| Problem::internal(&error))?;
    tokio::task::spawn_blocking(make).await.map_err(|error| Problem::internal(&error))
}

fn no_such_format(page: &Page, asked: &str) -> Problem {
    let mut has = vec!["HTML"];
    has.extend(page.table.is_some().then_some("CSV, XLSX"));
    has.extend(page.data.is_some().then_some("JSON"));
    has.extend(page.picture.is_some().then_some("SVG, PNG"));
    Problem::of_kind(Kind::Invalid, say!("This page has no {format}.", format = asked))
        .title(say!("Not in this format"))
        .next(say!("It can be had as {formats}.", formats = has.join(", ")))
        .with_status(StatusCode::NOT_ACCEPTABLE)
}

/// What the router or an extractor refused in its own words, in ours.
fn bare(parts: &Parts) -> Option<Problem> {
    let content_type = parts.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let theirs = content_type.is_none_or(|content_type| content_type.starts_with("text/plain"));
    if !theirs || !(parts.status.is_client_error() || parts.status.is_server_error()) {
        return None;
    }
    Some(match parts.status {
        StatusCode::NOT_FOUND => Problem::missing(),
        StatusCode::FORBIDDEN => Problem::forbidden(say!("You may not do this.")),
        StatusCode::CONFLICT => Problem::conflicting(say!("Something else changed this at the same time.")),
        StatusCode::METHOD_NOT_ALLOWED => {
            let allowed = parts.headers.get(header::ALLOW).and_then(|value| value.to_str().ok()).unwrap_or("GET");
            Problem::of_kind(Kind::Invalid, say!("This address does not take that kind of request."))
                .title(say!("Not possible here"))
                .next(say!("It takes: {methods}.", methods = allowed.replace(',', ", ")))
                .with_status(StatusCode::METHOD_NOT_ALLOWED)
        }
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(say!("What was sent is larger than is taken here.")),
        StatusCode::SERVICE_UNAVAILABLE => Problem::busy(),
        status if status.is_server_error() => Problem::unexpected(format!("bare status {status}")),
        status => Problem::invalid(say!("The request cannot be understood.")).with_status(status),
    })
}
