//! Serving until told to stop, then finishing what was begun.
//!
//! Connections have limits of their own, since whoever opens one need not send anything: how many there are, in all and from one
//! address, how long a request's head may take, and how long an answer may wait to be taken. Who is above them is told to
//! come back, and the connection is closed.

use std::{convert::Infallible, io, net::IpAddr, pin::pin, sync::Arc, time::Duration};

use axum::{Router, body::Body, extract::Request};
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    sync::Semaphore,
};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt;

use crate::{
    Measures,
    client::{Peer, TrustedProxies},
    load::{Counted, Counts},
};

/// How long requests that are under way may take once the end was announced.
const GRACE: Duration = Duration::from_secs(15);
/// How long to wait when the system has no more connections to give.
const EXHAUSTED: Duration = Duration::from_millis(100);
/// How many connections are told at a time that there are too many. All others are closed without a word.
const TURNED_AWAY: usize = 64;
/// Most bytes of a request's head.
const HEAD: usize = 32 * 1024;
/// Most header fields of a request.
const FIELDS: usize = 100;

const FULL: &[u8] =
    b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 30\r\nContent-Type: text/plain; charset=utf-8\r\n\
Content-Length: 54\r\nConnection: close\r\n\r\nToo many connections are open. Try again in 30 seconds";

/// What connections may be.
#[derive(Clone, Debug)]
pub struct Connections {
    /// How many there may be.
    pub most: usize,
    /// How many one address may have, unless it is a trusted proxy.
    pub of_one: usize,
    /// How long a request's head may take to arrive, and a connection be idle.
    pub head: Duration,
    /// How long an answer may wait until some of it is taken.
    pub stall: Duration,
    /// Proxies, which have as many connections as there are people behind them.
    pub proxies: TrustedProxies,
    /// Where they are counted.
    pub measures: Measures,
}

impl Default for Connections {
    /// 2,000, of which one address may have 200; 20 seconds for a head, 30 for an answer that nobody takes.
    fn default() -> Connections {
        Connections {
            most: 2_000,
            of_one: 200,
            head: Duration::from_secs(20),
            stall: Duration::from_secs(30),
            proxies: TrustedProxies::default(),
            measures: Measures::default(),
        }
    }
}

/// Answers requests on `listener` until `shutdown` completes, then takes no new ones and waits for those under way, at
/// most 15 seconds.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    connections: Connections,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let graceful = GracefulShutdown::new();
    let door = Door::new(connections);
    let mut shutdown = pin!(shutdown);
    loop {
        let accepted = tokio::select! {
            biased;
            () = &mut shutdown => break,
            accepted = listener.accept() => accepted,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            // The other end has gone already, or the system has no more connections to give: neither ends serving.
            Err(error) if ended_by_the_other(&error) => continue,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                tokio::time::sleep(EXHAUSTED).await;
                continue;
            }
        };
        let Some(place) = door.place(peer.ip()) else {
            door.turn_away(stream);
            continue;
        };
        // Answers are small and written whole: waiting to fill a packet only delays them.
        let _ = stream.set_nodelay(true);
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(door.connections.stall));
        let app = app.clone();
        let service = service_fn(move |mut request: hyper::Request<Incoming>| {
            request.extensions_mut().insert(Peer(peer));
            let request: Request = request.map(Body::new);
            let answer = app.clone().oneshot(request);
            async move { Ok::<_, Infallible>(answer.await.unwrap_or_else(|never| match never {})) }
        });
        let serving = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(door.connections.head)
            .max_headers(FIELDS)
            .max_buf_size(HEAD)
            .serve_connection(TokioIo::new(Box::pin(stream)), service);
        let serving = graceful.watch(serving);
        tokio::spawn(async move {
            // What goes wrong with one connection is the other end's doing; requests that were answered are in the log.
            if let Err(error) = serving.await {
                tracing::debug!(%error, "a connection ended");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!(seconds = GRACE.as_secs(), "stopped with requests still under way");
    }
    Ok(())
}

fn ended_by_the_other(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// Who may come in.
struct Door {
    connections: Connections,
    all: Arc<Semaphore>,
    telling: Arc<Semaphore>,
    addresses: Counts<IpAddr>,
}

/// A connection's place, until it ends.
struct Place {
    _permit: tokio::sync::OwnedSemaphorePermit,
    _address: Option<Counted<IpAddr>>,
    measures: Measures,
}

impl Door {
    fn new(connections: Connections) -> Door {
        Door {
            all: Arc::new(Semaphore::new(connections.most)),
            telling: Arc::new(Semaphore::new(TURNED_AWAY)),
            addresses: Counts::default(),
            connections,
        }
    }

    fn place(&self, address: IpAddr) -> Option<Place> {
        let address = match self.connections.proxies.trusts(address) {
            true => None,
            false => Some(self.addresses.take(address.to_canonical(), self.connections.of_one)?),
        };
        let permit = Arc::clone(&self.all).try_acquire_owned().ok()?;
        let measures = self.connections.measures.clone();
        measures.connections.inc();
        Some(Place { _permit: permit, _address: address, measures })
    }

    fn turn_away(&self, mut stream: TcpStream) {
        self.connections.measures.connections_refused.inc();
        if let Ok(turn) = Arc::clone(&self.telling).try_acquire_owned() {
            tokio::spawn(async move {
                let told = async {
                    stream.write_all(FULL).await?;
                    stream.shutdown().await
                };
                let _ = tokio::time::timeout(Duration::from_secs(1), told).await;
                drop(turn);
            });
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.measures.connections.dec();
    }
}
