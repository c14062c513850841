//! Listening until told to stop: the port, the signals, messages that wait to be written as files, and digests that are
//! due.

use std::{
    io,
    net::{SocketAddr, TcpListener},
    path::PathBuf,
    process,
    time::Duration,
};

use axum::Router;
use store::Store;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use crate::Product;
use crate::stopped::Stopped;

/// How often messages that wait are written as files.
const DELIVERY: Duration = Duration::from_secs(5);
/// How often it is asked whether a digest is due.
const DIGEST: Duration = Duration::from_secs(60);

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

/// Serves until Ctrl-C or SIGTERM, then lets what is under way end. `outbox` is where messages go as files, if anywhere.
/// `ready` is called once, when stopping is possible and requests are answered.
pub(crate) fn serve(
    port: Port,
    app: Router,
    product: &Product,
    outbox: Option<PathBuf>,
    ready: impl FnOnce(),
) -> Result<(), Stopped> {
    let failed = |error: io::Error| Stopped::unexpected(format_args!("the server could not run: {error}"));
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(failed)?;
    let product = product.clone();
    let served = runtime.block_on(async move {
        let mut signals = Signals::new()?;
        let listener = tokio::net::TcpListener::from_std(port.listener)?;
        let (stop, stopping) = watch::channel(false);
        let digests = tokio::spawn(send_digests(product.clone(), stopping.clone()));
        let delivery = outbox.map(|folder| tokio::spawn(deliver(product.store, folder, stopping)));
        ready();
        let until_told = async move {
            signals.next().await;
            // A second signal means that somebody does not want to wait for what is under way.
            tokio::spawn(async move {
                signals.next().await;
                process::exit(130);
            });
        };
        let served = web::serve(listener, app, until_told).await;
        stop.send_replace(true);
        digests.await.map_err(io::Error::other)?;
        if let Some(delivery) = delivery {
            delivery.await.map_err(io::Error::other)?;
        }
        served
    });
    served.map_err(failed)
}

/// Makes the digests that are due, asking the clock every minute, for the first time after a minute.
async fn send_digests(product: Product, mut stopping: watch::Receiver<bool>) {
    let mut beat = tokio::time::interval(DIGEST);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beat.tick().await;
    // The same failure is logged once, not every minute.
    let mut failing = false;
    loop {
        tokio::select! {
            _ = beat.tick() => {}
            _ = stopping.changed() => return,
        }
        let Product { store, clock, chance, address, .. } = product.clone();
        let sending = move || architecture::contract::follow::digest::send_due(&store, &clock, &chance, &address);
        let failure = match tokio::task::spawn_blocking(sending).await {
            Ok(Ok(sent)) => {
                if sent.messages > 0 {
                    tracing::info!(messages = sent.messages, "digests made");
                }
                failing = false;
                continue;
            }
            Ok(Err(error)) => error.to_string(),
            Err(error) => error.to_string(),
        };
        if !failing {
            failing = true;
            tracing::error!(%failure, "digests wait, because they cannot be made");
        }
    }
}

/// Writes waiting messages every few seconds, and once more at the end.
async fn deliver(store: Store, folder: PathBuf, mut stopping: watch::Receiver<bool>) {
    let mut beat = tokio::time::interval(DELIVERY);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    // The same failure is logged once, not every few seconds.
    let mut failing = false;
    loop {
        let last = tokio::select! {
            _ = beat.tick() => false,
            _ = stopping.changed() => true,
        };
        match accounts::deliver_outbox(&store, &folder).await {
            Ok(0) => failing = false,
            Ok(count) => {
                failing = false;
                tracing::info!(count, folder = %folder.display(), "messages written");
            }
            Err(error) if !failing => {
                failing = true;
                tracing::error!(%error, "messages wait, because they cannot be written");
            }
            Err(_) => {}
        }
        if last {
            return;
        }
    }
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
