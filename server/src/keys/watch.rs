//! Keeps the keys of a running process up to date and tells the others what it has seen.

use std::sync::Arc;

use keystore::{KeystoreError, LiveKeys, SAYS_EVERY};
use tokio::sync::watch::Receiver;
use tracing::{error, info};

/// Looks after the keys until told to stop.
pub async fn watch(live: Arc<LiveKeys>, mut stopping: Receiver<bool>) {
    let every = std::time::Duration::try_from(SAYS_EVERY).unwrap_or_default();
    let mut told = String::new();
    while !*stopping.borrow() {
        tokio::select! {
            () = tokio::time::sleep(every) => {}
            _ = stopping.changed() => continue,
        }
        let keys = Arc::clone(&live);
        let looked = tokio::task::spawn_blocking(move || {
            let fresh = keys.refresh();
            // What it holds is said even when the file does not read: others wait for it.
            keys.say().and(fresh)
        });
        match looked.await {
            Ok(Ok(true)) => {
                told.clear();
                info!(generation = live.generation(), "the keys have changed");
            }
            Ok(Ok(false)) => told.clear(),
            // Once, not every two seconds.
            Ok(Err(KeystoreError::StillUnreadable(_))) => {}
            Ok(Err(error)) if error.to_string() == told => {}
            Ok(Err(error)) => {
                told = error.to_string();
                error!(error = %error, "the keystore cannot be read again; the keys in memory stay in use");
            }
            Err(error) => error!(error = %error, "looking after the keys stopped"),
        }
    }
}
