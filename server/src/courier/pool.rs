//! Connections that wait for another mail to the same peer, for a moment.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::connection::Connection;
use super::peer::Need;

/// Longer, and the peer is kept waiting for nothing.
const IDLE: Duration = Duration::from_secs(2);

/// The idle connections of one peer.
#[derive(Clone, Default)]
pub(super) struct Pool(Arc<Mutex<Idle>>);

#[derive(Default)]
struct Idle {
    waiting: Vec<(u64, Connection)>,
    next: u64,
}

impl Pool {
    /// The one that was used last of those that serve.
    pub(super) fn take(&self, need: Need) -> Option<Connection> {
        let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = idle
            .waiting
            .iter()
            .rposition(|(_, connection)| connection.serves(need))?;
        Some(idle.waiting.remove(place).1)
    }

    /// Keeps a connection for a moment, then ends it.
    pub(super) fn keep(&self, connection: Connection) {
        let number = {
            let mut idle = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            idle.next += 1;
            let number = idle.next;
            idle.waiting.push((number, connection));
            number
        };
        let pool = Arc::clone(&self.0);
        tokio::spawn(async move {
            tokio::time::sleep(IDLE).await;
            let unused = {
                let mut idle = pool.lock().unwrap_or_else(PoisonError::into_inner);
                let place = idle.waiting.iter().position(|(own, _)| *own == number);
                place.map(|place| idle.waiting.remove(place).1)
            };
            if let Some(connection) = unused {
                connection.close().await;
            }
        });
    }

    /// Ends what is idle without telling the courier, as a peer does.
    #[cfg(test)]
    pub(super) async fn clear_for_test(&self) {
        let idle = std::mem::take(&mut self.0.lock().unwrap().waiting);
        for (number, connection) in idle {
            let broken = connection.broken_for_test().await;
            self.0.lock().unwrap().waiting.push((number, broken));
        }
    }
}
