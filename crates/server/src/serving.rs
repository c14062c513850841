//! Listening until told to stop: the port, the signals, and the jobs that run meanwhile.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    process,
    time::Duration,
};

use axum::Router;
use tokio::sync::watch;
use web::Connections;

use crate::jobs::Runner;
use crate::stopped::Stopped;
use crate::watching::{self, Watching};
use crate::{Product, erasures};

/// How long threads may take to end after everything else has.
const LAST: Duration = Duration::from_secs(1);

/// A port that this process has, and where it is reached.
#[derive(Debug)]
pub(crate) struct Port {
    listener: TcpListener,
    pub(crate) address: SocketAddr,
}

/// Reads `ADDRESS:PORT`; the name `localhost` means 127.0.0.1.
pub(crate) fn read_address(text: &str) -> Result<SocketAddr, String> {
    let numeric = text.strip_prefix("localhost:").map_or_else(|| text.to_owned(), |port| format!("127.0.0.1:{port}"));
    numeric.parse().map_err(|_| "write an address and a port, such as 127.0.0.1:8080 or [::1]:8080".to_owned())
}

/// Takes the port. `command` stands in what is suggested when it is taken already.
pub(crate) fn listen(wanted: SocketAddr, command: &str) -> Result<Port, Stopped> {
    let (host, port) = (wanted.ip(), wanted.port());
    let refused = |error: io::Error| {
        let other = SocketAddr::new(host, port.checked_add(1).unwrap_or(8080));
        match error.kind() {
            io::ErrorKind::AddrInUse => Stopped::out_of_reach(format!("Port {port} on {host} is used by another program."))
                .next(format!(
                    "Stop that program, or take another port: commonhold {command} --listen {other} (port 0 takes any free one)"
                )),
            io::ErrorKind::PermissionDenied => {
                Stopped::out_of_reach(format!("This account may not listen on port {port} of {host}."))
                    .next(format!("Ports below 1024 need a right that most accounts lack. Take another: commonhold {command} --listen {host}:8080"))
            }
            io::ErrorKind::AddrNotAvailable => {
                Stopped::out_of_reach(format!("This machine has no address {host}."))
                    .next(format!("Listen on one that it has, such as: commonhold {command} --listen 127.0.0.1:{port}"))
            }
            _ => Stopped::out_of_reach(format!("Cannot listen on {wanted}: {error}.")),
        }
    };
    let listener = TcpListener::bind(wanted).map_err(refused)?;
    let address = listener.local_addr().map_err(refused)?;
    listener.set_nonblocking(true).map_err(refused)?;
    Ok(Port { listener, address })
}

/// Serves until Ctrl-C or SIGTERM, then lets what is under way end, requests before jobs. `watched` is where measures are
/// read, if anywhere. `ready` is called once, when stopping is possible and requests are answered.
pub(crate) fn serve(
    port: Port,
    app: Router,
    product: &Product,
    watched: Option<Port>,
    ready: impl FnOnce(),
) -> Result<(), Stopped> {
    let failed = |error: io::Error| Stopped::unexpected(format_args!("the server could not run: {error}"));
    more_files();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    let product = product.clone();
    let runner = Runner::new(&product.store, &product.clock, &product.chance, product.jobs());
    let runner = runner.map_err(Stopped::unexpected)?.counting(&product.job_measures);
    let served = runtime.block_on(async move {
        let mut signals = Signals::new()?;
        let listener = tokio::net::TcpListener::from_std(port.listener)?;
        let (stop, stopping) = watch::channel(false);
        let watching = Watching::new(&product);
        let watching = watched.map(|port| tokio::spawn(watch_port(port, watching, stopping.clone())));
        let connections = Connections {
            proxies: product.proxies.clone(),
            measures: product.measures.clone(),
            ..Connections::default()
        };
        let journal = tokio::spawn(erasures::keep(product.store.clone(), product.journals.clone(), stopping.clone()));
        let jobs = tokio::spawn(runner.run(stopping));
        ready();
        let until_told = async move {
            signals.next().await;
            // A second signal means that somebody does not want to wait for what is under way.
            tokio::spawn(async move {
                signals.next().await;
                process::exit(130);
            });
        };
        let served = web::serve(listener, app, connections, until_told).await;
        stop.send_replace(true);
        product.readings.write().await;
        jobs.await.map_err(io::Error::other)?;
        if let Some(watching) = watching {
            watching.await.map_err(io::Error::other)??;
        }
        journal.await.map_err(io::Error::other)?;
        served
    });
    // A job that did not end by itself is left behind: it runs again elsewhere, or at the next start.
    runtime.shutdown_timeout(LAST);
    served.map_err(failed)
}

/// Asks the system for as many open files as this account may have: every connection is one, and the usual 1,024 are fewer than the
/// connections that are let in.
fn more_files() {
    const WANTED: u64 = 16_384;
    match rlimit::increase_nofile_limit(WANTED) {
        Ok(files) if files < 4_096 => tracing::warn!(files, "few files may be open, so few connections"),
        Ok(files) => tracing::debug!(files, "files that may be open"),
        Err(error) => tracing::warn!(%error, "the limit of open files could not be raised"),
    }
}

/// Answers with measures until the program ends.
async fn watch_port(port: Port, watching: Watching, mut stopping: watch::Receiver<bool>) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(port.listener)?;
    let until_told = async move {
        // The sender is gone only when the program ends as well.
        let _ = stopping.changed().await;
    };
    web::serve(listener, watching::routes(watching), Connections::default(), until_told).await
}

/// What tells the program to end.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn new() -> io::Result<Signals> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Signals { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? })
    }

    #[cfg(unix)]
    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    #[cfg(not(unix))]
    fn new() -> io::Result<Signals> {
        Ok(Signals {})
    }

    #[cfg(not(unix))]
    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may stop")]

    use super::*;
    use crate::stopped::Reason;

    #[test]
    fn addresses_are_numbers_and_localhost() {
        assert_eq!(read_address("localhost:80"), read_address("127.0.0.1:80"));
        assert!(read_address("[::1]:0").unwrap().ip().is_loopback());
        for bad in ["8080", "localhost", "127.0.0.1", "example.org:80", "127.0.0.1:99999", ""] {
            assert!(read_address(bad).unwrap_err().contains("such as 127.0.0.1:8080"), "{bad}");
        }
    }

    #[test]
    fn a_taken_port_is_named_with_what_to_do() {
        let first = listen(read_address("127.0.0.1:0").unwrap(), "demo").unwrap();
        let stopped = listen(first.address, "demo").unwrap_err();
        assert_eq!(stopped.reason, Reason::OutOfReach);
        assert!(stopped.message.contains(&format!("Port {}", first.address.port())), "{stopped}");
        assert!(stopped.to_string().contains("commonhold demo --listen 127.0.0.1:"), "{stopped}");
    }
}
