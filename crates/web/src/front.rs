//! The front door: everything that is the same for every request, in the order in which it happens.
//!
//! A request gets an id, a clean path, a format and a reader; writes are checked for their origin; the router runs within
//! limits of time and size, and a panic ends there. Then the answer is written in the format that was asked for.
//! It decides nothing about any subject.

use std::{
    panic::AssertUnwindSafe,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::{Body, HttpBody},
    extract::{DefaultBodyLimit, MatchedPath, Request},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    middleware::{Next, from_fn},
    response::{IntoResponse, Response},
};
use http_body_util::Limited;
use serde_json::{Map, Value};
use tower::ServiceExt;
use tower_http::compression::{CompressionLayer, CompressionLevel};
use tracing::Instrument;
use vocabulary::Kind;

use crate::{
    Answered, Asking, Format, Language, Measures, Problem, Shell, Site, Template, TemplateError, Visit,
    address::{Address, Target},
    client::Peer,
    context::within,
    form::too_large,
    headers::{Keeping, dress, etag, given_id, known, new_id, policy},
    load::{Load, Owner},
    measures::{TurnedAway, method_label},
    origin,
    pace::Paced,
    quota::Quotas,
    render::Rendering,
    say, traces,
    visit::Arrival,
};

/// The whole application: `routes` behind the front door.
///
/// # Errors
/// When a template cannot be read.
pub fn app(site: Site, templates: Vec<Template>, routes: Router) -> Result<Router, TemplateError> {
    let policy = HeaderValue::from_str(&policy(&govuk_frontend::inline_script_hashes()))
        .unwrap_or(HeaderValue::from_static("default-src 'none'"));
    let languages = site.catalogues.iter().cloned().map(Language::of).collect();
    let routes = routes.layer(from_fn(remember_route)).layer(DefaultBodyLimit::disable());
    let limits = site.limits;
    let front = Arc::new(Front {
        load: Load::new(limits.capacity),
        quotas: Quotas::new(limits.requests_a_minute, &site.clock),
        shell: Shell::new(site, &templates)?,
        languages,
        policy,
        routes,
    });
    let compression = CompressionLayer::new().quality(CompressionLevel::Precise(4));
    let door = move |request: Request| {
        let front = Arc::clone(&front);
        async move { front.answer(request).await }
    };
    Ok(Router::new().fallback(door).layer(compression).layer(from_fn(headers_only)))
}

struct Front {
    shell: Shell,
    languages: Vec<Language>,
    policy: HeaderValue,
    routes: Router,
    load: Load,
    quotas: Option<Quotas>,
}

/// The pattern of the route that answered, for the log.
#[derive(Clone)]
struct Route(String);

async fn remember_route(request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|path| Route(path.as_str().to_owned()));
    let mut response = next.run(request).await;
    if let Some(route) = route {
        response.extensions_mut().insert(route);
    }
    response
}

/// A `HEAD` is answered as a `GET` and loses its body at the very end, so both carry the same headers.
async fn headers_only(request: Request, next: Next) -> Response {
    let head = request.method() == Method::HEAD;
    let mut response = next.run(request).await;
    if !head {
        return response;
    }
    let size = HttpBody::size_hint(response.body()).exact().filter(|size| *size > 0);
    if let Some(size) = size {
        response.headers_mut().entry(header::CONTENT_LENGTH).or_insert(HeaderValue::from(size));
    }
    response.map(|_| Body::empty())
}

impl Front {
    async fn answer(&self, request: Request) -> Response {
        let span = traces::begun(&self.shell.site, &request);
        self.answered(request).instrument(span).await
    }

    async fn answered(&self, mut request: Request) -> Response {
        let started = Instant::now();
        let method = request.method().clone();
        let request_id = given_id(request.headers()).unwrap_or_else(|| new_id(&self.shell.site.chance));
        let asked = request.headers().clone();
        let reads = matches!(method, Method::GET | Method::HEAD);
        if method == Method::HEAD {
            *request.method_mut() = Method::GET;
        }
        let mut visit = Visit::of(request.uri().path());
        visit.request_id = request_id;
        visit.query = request.uri().query().unwrap_or_default().to_owned();
        visit.format = Format::accepted(&asked);
        visit.host = host(&asked);

        let mut rendering = Rendering::new(&self.shell, visit);
        let mut keeping = None;
        let response = match Target::read(request.uri(), &self.languages) {
            Target::Odd(language, format) => {
                rendering.visit.format = format.unwrap_or(rendering.visit.format);
                within(language, async { rendering.finish(Problem::missing().into_response()).await }).await
            }
            Target::Moved(to) => rendering.finish(moved(&to)).await,
            Target::Good(address) if !reads && only_read(&address) => {
                rendering.visit.format = address.format.unwrap_or(rendering.visit.format);
                rendering.visit.path = address.path;
                let refused = (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET,HEAD")]).into_response();
                within(address.language, async { rendering.finish(refused).await }).await
            }
            Target::Good(address) if address.path == "/healthz" => {
                keeping = Some(Keeping::Never);
                state(&self.shell.site, StatusCode::OK, "ok")
            }
            Target::Good(address) if address.path == "/readyz" => {
                keeping = Some(Keeping::Never);
                self.ready().await
            }
            Target::Good(address) => {
                let whole = format!("{}{}", address.path, address.format.map_or("", Format::suffix));
                if let Some(asset) = self.shell.assets.answer(&whole).filter(|_| reads) {
                    keeping = Some(Keeping::Forever);
                    asset
                } else {
                    rendering.visit.path = address.path;
                    rendering.visit.format = address.format.unwrap_or(rendering.visit.format);
                    within(address.language, self.visited(request, &mut rendering)).await
                }
            }
        };
        let keeping = keeping.unwrap_or_else(|| keeping_of(&method, &response, &rendering.visit));
        let (response, keeping) = match validated(response, &asked, keeping).await {
            Ok(response) => (response, keeping),
            Err(problem) => (rendering.finish(problem.into_response()).await, Keeping::Never),
        };
        let visit = rendering.visit;
        let response = self.dressed(response, keeping, &visit.request_id);
        log(&method, &response, &visit, started, &self.shell.site.measures);
        if reads {
            self.tell(&response, &visit);
        }
        response
    }

    /// From a good address to a written answer, unless there is too much to do or its sender has had enough.
    async fn visited(&self, request: Request, rendering: &mut Rendering<'_>) -> Response {
        let measures = &self.shell.site.measures;
        let _under_way = UnderWay::begin(measures);
        match self.admitted(request, rendering).await {
            Ok(response) => response,
            Err(problem) => {
                let reason = match problem.status() {
                    StatusCode::TOO_MANY_REQUESTS => Some(TurnedAway::Quota),
                    StatusCode::SERVICE_UNAVAILABLE => Some(TurnedAway::Busy),
                    _ => None,
                };
                reason.into_iter().for_each(|reason| measures.turned_away(reason));
                rendering.finish(problem.into_response()).await
            }
        }
    }

    /// Lets a request in: within quotas, with a place to be worked on, by somebody who may send it.
    async fn admitted(&self, mut request: Request, rendering: &mut Rendering<'_>) -> Result<Response, Problem> {
        let limits = self.shell.site.limits;
        let writes = request.method() != Method::GET;
        let peer = request.extensions().get::<Peer>().map(|peer| peer.0.ip());
        let client = peer.map(|peer| self.shell.site.proxies.client(peer, request.headers()));
        if let (Some(quotas), Some(client)) = (&self.quotas, client) {
            quotas.arrive(client)?;
        }
        // A read waits for its turn before anything is looked up; a write's turn depends on whose it is.
        let read = if writes { None } else { Some(self.load.read().await?) };
        let authority = request.uri().authority().map(|authority| authority.as_str().to_owned());
        if self.shell.site.demonstration {
            origin::check_own_computer(request.headers(), authority.as_deref())?;
        }
        let asking = match &self.shell.site.who {
            None => Asking::default(),
            Some(who) => match guarded(limits.answer, who(request.headers().clone())).await {
                Guarded::Done(Ok(asking)) => asking,
                Guarded::Done(Err(problem)) => {
                    // Whoever tries out tokens is a visitor who tries.
                    if let Some(quotas) = &self.quotas {
                        quotas.take(client, None, writes)?;
                    }
                    return Err(problem);
                }
                Guarded::Late => return Err(Problem::busy()),
                Guarded::Panicked(what) => return Err(Problem::unexpected(what)),
            },
        };
        let known = asking.counted_as();
        rendering.visit.reader = asking.reader.clone();
        rendering.visit.see_as = asking.see_as.clone();
        rendering.visit.behind.clone_from(&asking.behind);
        rendering.visit.items.clone_from(&asking.items);
        let left = match &self.quotas {
            None => None,
            Some(quotas) => quotas.take(client, known, writes)?,
        };
        if asking.token.is_none() {
            origin::check(request.method(), request.headers(), authority.as_deref())?;
        }
        asking.check_scope(request.method())?;
        rendering.visit.see_as.check(request.method(), &rendering.visit.path)?;
        if declared(&request) > limits.body {
            return Err(too_large(limits.body));
        }
        let _place = match read {
            Some(place) => place,
            None => {
                let owner = known.map(Owner::Known).or(client.map(Owner::Address));
                let most = HttpBody::size_hint(request.body()).upper().and_then(|most| usize::try_from(most).ok());
                self.load.write(owner, most.unwrap_or(limits.body).min(limits.body))?
            }
        };
        let asked = request.uri().clone();
        set_path(&mut request, &rendering.visit.path);
        client.map(|client| request.extensions_mut().insert(client));
        request.extensions_mut().insert(Arrival { visit: rendering.visit.clone(), limits });
        let request =
            request.map(|body| Body::new(Paced::new(Body::new(Limited::new(body, limits.body)), limits.pace)));
        let mut response = self.worked_on(request, &asked, rendering, writes).await;
        if let Some(left) = left {
            response.headers_mut().extend(left.headers());
        }
        Ok(response)
    }

    /// From a request that was let in to a written answer.
    async fn worked_on(&self, request: Request, asked: &Uri, rendering: &Rendering<'_>, writes: bool) -> Response {
        let limits = self.shell.site.limits;
        let time = if writes { limits.answer.saturating_add(limits.read) } else { limits.answer };
        let response = match guarded(time, self.routes.clone().oneshot(request)).await {
            Guarded::Done(Ok(response)) => response,
            Guarded::Done(Err(never)) => match never {},
            Guarded::Late if writes => unsure().into_response(),
            Guarded::Late => Problem::busy().into_response(),
            Guarded::Panicked(what) => Problem::unexpected(what).into_response(),
        };
        if response.status() == StatusCode::NOT_FOUND
            && !writes
            && let Some(elsewhere) = self.elsewhere(asked, &rendering.visit).await
        {
            return rendering.finish(elsewhere).await;
        }
        rendering.finish(response).await
    }

    /// Where an address leads that stood for something before it was merged, with its language, format and query. A merging
    /// can be taken back, so it is not for ever.
    async fn elsewhere(&self, asked: &Uri, visit: &Visit) -> Option<Response> {
        let moved = self.shell.site.moved.as_ref()?;
        let limit = self.shell.site.limits.answer;
        let to = match guarded(limit, moved(visit.reader.clone(), visit.path.clone())).await {
            Guarded::Done(Ok(to)) => to?,
            Guarded::Done(Err(problem)) => return Some(problem.into_response()),
            Guarded::Late => return Some(Problem::busy().into_response()),
            Guarded::Panicked(what) => return Some(Problem::unexpected(what).into_response()),
        };
        let whole = asked.path().replacen(&visit.path, &to, 1);
        let query = asked.query().map(|query| format!("?{query}")).unwrap_or_default();
        let to = HeaderValue::from_str(&format!("{whole}{query}")).ok()?;
        Some((StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, to)]).into_response())
    }

    /// Whether this copy can serve: what stands in its way goes to the log, not to the asker.
    async fn ready(&self) -> Response {
        let site = &self.shell.site;
        let ask = async {
            match &site.health {
                Some(health) => health().await,
                None => Ok(Map::new()),
            }
        };
        let cause = match guarded(Duration::from_secs(5), ask).await {
            Guarded::Done(Ok(more)) => return told(site, StatusCode::OK, "ready", more),
            Guarded::Done(Err(cause)) | Guarded::Panicked(cause) => cause,
            Guarded::Late => "no answer within 5 seconds".to_owned(),
        };
        tracing::error!(%cause, "not ready");
        state(site, StatusCode::SERVICE_UNAVAILABLE, "not ready")
    }

    /// Tells of a page that somebody was shown, or had already.
    fn tell(&self, response: &Response, visit: &Visit) {
        let Some(listener) = &self.shell.site.answered else { return };
        let shown = matches!(response.status(), StatusCode::OK | StatusCode::NOT_MODIFIED);
        let reader = visit.behind.as_ref().unwrap_or(&visit.reader);
        if let Some(Route(route)) = response.extensions().get::<Route>()
            && shown
            && reader.person.is_some()
        {
            let at = self.shell.site.clock.now();
            listener(&Answered { reader, route, path: &visit.path, format: visit.format, at });
        }
    }

    fn dressed(&self, mut response: Response, keeping: Keeping, request_id: &str) -> Response {
        dress(response.headers_mut(), &self.policy, keeping, request_id);
        response
    }
}

/// Whether nobody writes here: a table or a picture of a page is what is read, and so is how this copy is. Styles, scripts
/// and the icon are no pages, whatever their names end with.
fn only_read(address: &Address) -> bool {
    let page = !address.path.starts_with("/assets/");
    let file = page && address.format.is_some_and(|format| !matches!(format, Format::Html | Format::Json));
    file || matches!(address.path.as_str(), "/healthz" | "/readyz")
}

/// How this copy is, in a word.
fn state(site: &Site, status: StatusCode, word: &str) -> Response {
    told(site, status, word, Map::new())
}

/// The same, with what else there is to say.
fn told(site: &Site, status: StatusCode, word: &str, more: Map<String, Value>) -> Response {
    let mut body = Map::new();
    body.insert("status".to_owned(), word.into());
    body.insert("version".to_owned(), site.version.clone().into());
    body.extend(more);
    (status, axum::Json(body)).into_response()
}

/// Counts a request as worked on, until it is dropped: whoever asked may go before there is an answer.
struct UnderWay(Measures);

impl UnderWay {
    fn begin(measures: &Measures) -> UnderWay {
        measures.under_way.inc();
        UnderWay(measures.clone())
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.dec();
    }
}

/// Gives a whole answer its validator, and cuts it to 304 when the asker has it already.
async fn validated(response: Response, asked: &HeaderMap, keeping: Keeping) -> Result<Response, Problem> {
    const LARGEST: u64 = 8 * 1024 * 1024;
    let size = HttpBody::size_hint(response.body()).exact();
    if response.status() != StatusCode::OK || keeping == Keeping::Never || size.is_none_or(|size| size > LARGEST) {
        return Ok(response);
    }
    let (mut parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, usize::MAX).await else {
        return Err(Problem::unexpected("an answer's body could not be read".to_owned()));
    };
    let tag =
        parts.headers.get(header::ETAG).cloned().or_else(|| etag(parts.headers.get(header::CONTENT_TYPE), &bytes));
    let Some(tag) = tag else {
        return Ok(Response::from_parts(parts, Body::from(bytes)));
    };
    let unchanged = known(asked, &tag);
    parts.headers.insert(header::ETAG, tag);
    if unchanged {
        parts.status = StatusCode::NOT_MODIFIED;
        parts.headers.remove(header::CONTENT_TYPE);
        parts.headers.remove(header::CONTENT_LENGTH);
        return Ok(Response::from_parts(parts, Body::empty()));
    }
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

/// The rest of the program sees the clean path only.
fn set_path(request: &mut Request, path: &str) {
    let mut parts = request.uri().clone().into_parts();
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    if let Ok(target) = format!("{path}{query}").parse() {
        parts.path_and_query = Some(target);
    }
    if let Ok(uri) = Uri::from_parts(parts) {
        *request.uri_mut() = uri;
    }
}

/// A write was given up that may have ended all the same: what the store has begun it ends. Nothing here invites a
/// program to send it again by itself, as 408 and 503 do.
fn unsure() -> Problem {
    Problem::of_kind(
        Kind::Busy,
        say!("This took too long, and we stopped waiting. It may have been done all the same."),
    )
    .title(say!("The request took too long"))
    .next(say!("Look whether it was done before you send it again."))
    .with_status(StatusCode::GATEWAY_TIMEOUT)
}

/// What `Host` says, if it can be a host with or without a port.
fn host(asked: &HeaderMap) -> Option<String> {
    let host = asked.get(header::HOST)?.to_str().ok()?;
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b".-:[]".contains(&byte);
    ((1..=255).contains(&host.len()) && host.bytes().all(good)).then(|| host.to_owned())
}

fn declared(request: &Request) -> usize {
    let length = request.headers().get(header::CONTENT_LENGTH);
    length.and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok()).unwrap_or(0)
}

fn moved(to: &str) -> Response {
    match HeaderValue::from_str(to) {
        Ok(to) => (StatusCode::PERMANENT_REDIRECT, [(header::LOCATION, to)]).into_response(),
        Err(_) => Problem::missing().into_response(),
    }
}

fn keeping_of(method: &Method, response: &Response, visit: &Visit) -> Keeping {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let plain = response.status().is_success() || response.status().is_redirection();
    let marked = response.extensions().get::<Keeping>().copied();
    match marked {
        _ if !reads || response.headers().contains_key(header::SET_COOKIE) => Keeping::Never,
        Some(keeping) => keeping,
        _ if !plain && response.status() != StatusCode::NOT_FOUND => Keeping::Never,
        // What somebody sees as the public would is still theirs: it says so, and it is kept apart from the public's.
        _ if visit.reader.person.is_some() || visit.see_as.is_now() => Keeping::Private,
        _ => Keeping::Public,
    }
}

/// One line for each request: no query, no path as typed, nobody's name.
fn log(method: &Method, response: &Response, visit: &Visit, started: Instant, measures: &Measures) {
    let route = response.extensions().get::<Route>().map(|route| route.0.as_str());
    traces::answered(route, response.status(), visit);
    let route = route.unwrap_or("none");
    let time = started.elapsed();
    measures.answered(method_label(method), route, response.status().as_u16(), time);
    tracing::info!(
        request = %visit.request_id,
        method = %method,
        route,
        status = response.status().as_u16(),
        format = ?visit.format,
        signed_in = visit.reader.person.is_some(),
        bytes = HttpBody::size_hint(response.body()).exact(),
        micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX),
        "answered"
    );
}

enum Guarded<T> {
    Done(T),
    Late,
    Panicked(String),
}

/// Runs `work` for at most `time`, and turns a panic into a value.
async fn guarded<T>(time: Duration, work: impl Future<Output = T>) -> Guarded<T> {
    match tokio::time::timeout(time, Caught(Box::pin(work))).await {
        Ok(Ok(done)) => Guarded::Done(done),
        Ok(Err(what)) => Guarded::Panicked(what),
        Err(_) => Guarded::Late,
    }
}

/// A future whose panics are caught. Each request owns what it works on, so nothing half changed is used again.
struct Caught<F>(Pin<Box<F>>);

impl<F: Future> Future for Caught<F> {
    type Output = Result<F::Output, String>;
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match std::panic::catch_unwind(AssertUnwindSafe(|| self.0.as_mut().poll(context))) {
            Ok(Poll::Pending) => Poll::Pending,
            Ok(Poll::Ready(done)) => Poll::Ready(Ok(done)),
            Err(panic) => {
                let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
                let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
                Poll::Ready(Err(format!("panicked: {text}")))
            }
        }
    }
}
