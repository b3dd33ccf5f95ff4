//! Hands mail to other mail systems: the relay, and routes of their own for some domains.
//!
//! Confidential mail leaves over TLS with a checked certificate or waits; there is no setting that
//! sends it in clear (promise S5), but for a relay on loopback, which no network carries. The
//! client is our own, because lettre's high level knows no DSN parameters, and what a handshake
//! failed of decides whether a recipient is diverted (decision 0013).

mod connection;
mod extensions;
mod failure;
mod parcel;
mod peer;
mod pool;
mod reply;
mod routes;
mod seven_bit;
#[cfg(test)]
pub(crate) mod tests;
mod wire;

use std::time::Duration;

use mail::{Address, Domain, ReversePath};
use store::HandedTo;

use crate::config::{Relay, Route};
use crate::mails::Outgoing;
use crate::policy::Tls;
use crate::task_error::TaskError;

pub use connection::Taken;
pub use failure::{FailureKind, RemoteFailure, Stage, Status, TlsEvidence};
#[cfg(test)]
pub(crate) use parcel::has_mail_lines;
pub use parcel::{Dsn, Parcel};
pub use peer::CourierError;
pub use routes::{Destination, Routes};

use connection::Connection;
use failure::Fault;
use peer::{Patience, Peer};
use pool::Pool;

/// Takes mails to where they go.
pub struct Courier {
    hello: String,
    routes: Routes,
    /// By number of the destination.
    peers: Vec<(Peer, Pool)>,
}

impl Courier {
    /// Prepares the ways out; connects to nothing yet.
    pub fn new(relay: &Relay, routes: &[Route], hostname: &Domain) -> Result<Self, CourierError> {
        let patience = Patience {
            step: Duration::from_secs(relay.timeout_seconds),
        };
        let hops = std::iter::once(relay.hop()).chain(routes.iter().map(Route::hop));
        let peers = hops.map(|hop| Ok((Peer::new(&hop, patience)?, Pool::default())));
        Ok(Self {
            hello: hostname.as_str().to_owned(),
            routes: Routes::new(routes),
            peers: peers.collect::<Result<_, CourierError>>()?,
        })
    }

    /// The way that mail to this domain takes.
    pub fn destination(&self, domain: &Domain) -> Destination {
        self.routes.of(domain)
    }

    /// How many destinations there are.
    pub fn destinations(&self) -> usize {
        self.peers.len()
    }

    /// No delivery takes longer, whatever the other side does and whoever stands in for it.
    pub fn longest_delivery(&self) -> Duration {
        let longest = self.peers.iter().map(|(peer, _)| peer.patience.whole());
        2 * longest.max().unwrap_or_default()
    }

    /// Delivers one mail of ours; returns when every recipient's mail system has taken it. What
    /// needs no TLS of its own goes to the relay when the route of its domain has no TLS to offer:
    /// who is told that a message waits must not wait for what the message could not have. Says who
    /// took it for the last of them.
    pub async fn deliver(&self, mail: &Outgoing, tls: Tls) -> Result<Option<HandedTo>, TaskError> {
        let mut by = None;
        let unreadable = |_| TaskError::permanent("an address cannot be written into a command");
        let from = match mail.envelope.from() {
            Some(address) => ReversePath::Address(address.to_string().parse().map_err(unreadable)?),
            None => ReversePath::Null,
        };
        for to in mail.envelope.to() {
            let to: Address = to.to_string().parse().map_err(unreadable)?;
            let parcel = Parcel {
                from: &from,
                to: &to,
                octets: &mail.octets,
                tls,
                dsn: Dsn::default(),
            };
            let route = self.destination(to.domain());
            let taken = match self.send_by(route, &parcel).await {
                Err(failure)
                    if matches!(failure.tls(), TlsEvidence::Lacking | TlsEvidence::Suspect)
                        && tls == Tls::AsConfigured
                        && route != Destination::RELAY =>
                {
                    self.send_by(Destination::RELAY, &parcel).await?
                }
                sent => sent?,
            };
            by = Some(taken.by);
        }
        Ok(by)
    }

    /// Delivers one mail to one recipient; returns when its mail system has taken it.
    pub async fn send(&self, parcel: &Parcel<'_>) -> Result<Taken, RemoteFailure> {
        let route = self.destination(parcel.to.domain());
        self.send_by(route, parcel).await
    }

    async fn send_by(
        &self,
        Destination(number): Destination,
        parcel: &Parcel<'_>,
    ) -> Result<Taken, RemoteFailure> {
        let (peer, pool) = &self.peers[number];
        let all = self.attempt(peer, pool, parcel);
        let ended = tokio::time::timeout(peer.patience.whole(), all).await;
        // Only after the handshake can so many steps have taken so long.
        ended
            .unwrap_or_else(|_| Err(Fault::late(Stage::EndOfData)))
            .map_err(|fault| fault.of(&peer.host))
    }

    async fn attempt(&self, peer: &Peer, pool: &Pool, parcel: &Parcel<'_>) -> Result<Taken, Fault> {
        let need = peer.need(parcel.tls);
        loop {
            let waiting = pool.take(need);
            let connection = match waiting {
                Some(connection) => connection,
                None => Connection::open(peer, need, &self.hello).await?,
            };
            let ended = connection.deliver(peer, parcel).await;
            if ended.was_stale {
                continue; // Nothing of the mail was said; one that is new cannot be stale.
            }
            if let Some(connection) = ended.connection {
                pool.keep(connection);
            }
            return ended.result;
        }
    }
}
