//! Serving until told to stop, then finishing what was begun.

use std::{future::IntoFuture, io, time::Duration};

use axum::Router;
use tokio::{net::TcpListener, sync::oneshot};

/// How long requests that are under way may take once the end was announced.
const GRACE: Duration = Duration::from_secs(15);

/// Answers requests on `listener` until `shutdown` completes, then takes no new ones and waits for those under way, at
/// most 15 seconds.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    app: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (announce, announced) = oneshot::channel();
    let signal = async move {
        shutdown.await;
        // The receiver is gone only when serving has ended already.
        let _ = announce.send(());
    };
    let serving = axum::serve(listener, app).with_graceful_shutdown(signal).into_future();
    let late = async {
        if announced.await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        ended = serving => ended,
        () = late => {
            tracing::warn!(seconds = GRACE.as_secs(), "stopped with requests still under way");
            Ok(())
        }
    }
}
