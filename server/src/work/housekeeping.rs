//! What nobody asks for: unsent replies are swept, and old records end.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use store::{Store, StoreError};
use tokio::sync::watch;
use tracing::{error, info};

use crate::clock::Clock;

/// From one round to the next.
const EVERY: Duration = Duration::from_secs(10 * 60);
/// How long an unsent reply is kept.
const UNSENT: SignedDuration = SignedDuration::from_hours(24);
/// Messages that are forgotten in one commit.
const AT_ONCE: usize = 200;

/// Keeps the store tidy until told to stop.
pub async fn run(
    store: Arc<dyn Store>,
    keep_ended: SignedDuration,
    clock: Clock,
    mut stop: watch::Receiver<bool>,
) {
    while !*stop.borrow() {
        if let Err(error) = round(&*store, keep_ended, clock, &stop).await {
            error!(error = %error, "old records cannot be removed");
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            _ = stop.changed() => {}
        }
    }
}

async fn round(
    store: &dyn Store,
    keep_ended: SignedDuration,
    clock: Clock,
    stop: &watch::Receiver<bool>,
) -> Result<(), StoreError> {
    let now = clock();
    let swept = store.sweep_replies(now - UNSENT).await?;
    let mut forgotten = 0;
    loop {
        let more = store.purge(now - keep_ended, AT_ONCE).await?;
        forgotten += more;
        if more < AT_ONCE as u64 || *stop.borrow() {
            break;
        }
    }
    if swept + forgotten > 0 {
        info!(
            unsent_replies = swept,
            messages = forgotten,
            "old records were removed"
        );
    }
    Ok(())
}
