//! HTTP servers on a thread of their own: actix brings its own single-threaded runtimes, and the
//! mail side must not wait for them.

use std::io;

use tokio::sync::{oneshot, watch};
use tracing::error;

/// Runs a server on a new thread; the future resolves when it has ended.
pub fn serve<F, S, E>(server: F) -> io::Result<impl Future<Output = ()> + use<F, S, E>>
where
    F: FnOnce() -> S + Send + 'static,
    S: Future<Output = Result<(), E>>,
    E: std::error::Error,
{
    let (ended, end) = oneshot::channel();
    std::thread::Builder::new()
        .name("http".to_owned())
        .spawn(move || {
            if let Err(error) = actix_web::rt::System::new().block_on(server()) {
                error!(error = %error, "an HTTP server stopped");
            }
            let _ = ended.send(());
        })?;
    Ok(async move {
        let _ = end.await;
    })
}

/// Resolves when a stop is asked for.
pub(super) async fn until(mut stopping: watch::Receiver<bool>) {
    let _ = stopping.wait_for(|stop| *stop).await;
}
