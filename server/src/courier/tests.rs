//! The courier against a peer that misbehaves at every stage.

pub(crate) mod peer;

mod delivery;
mod faults;
mod refusals;

use std::time::Duration;

use mail::{Address, ReversePath};

use super::*;
use crate::config::RelayTls;
use peer::{Authority, TestPeer};

/// Stands in every mail of these tests, and in no clear octet that a peer may see.
pub(crate) const CANARY: &str = "canary-7f3a91";

/// A courier whose relay is this peer.
fn courier(peer: &TestPeer, tls: RelayTls, authority: &Authority) -> Courier {
    courier_with(peer, tls, authority, Duration::from_secs(20))
}

fn courier_with(peer: &TestPeer, tls: RelayTls, authority: &Authority, step: Duration) -> Courier {
    let relay = peer.relay(tls, authority);
    let mut courier = Courier::new(&relay, &[], &"secure.example.org".parse().unwrap()).unwrap();
    courier.hurry_for_test(step);
    courier
}

impl Courier {
    /// No step takes longer than this.
    pub(crate) fn hurry_for_test(&mut self, step: Duration) {
        for (peer, _) in &mut self.peers {
            peer.patience.step = step;
        }
    }
}

fn content(body: &str) -> Vec<u8> {
    format!("Subject: {CANARY}\r\nMessage-ID: <1@x>\r\n\r\n{CANARY}\r\n{body}").into_bytes()
}

async fn send(courier: &Courier, octets: &[u8], tls: Tls) -> Result<Taken, RemoteFailure> {
    send_to(courier, "colleague@example.org", octets, tls).await
}

async fn send_to(
    courier: &Courier,
    to: &str,
    octets: &[u8],
    tls: Tls,
) -> Result<Taken, RemoteFailure> {
    let from: ReversePath = ReversePath::Address("clinic@example.org".parse().unwrap());
    let to: Address = to.parse().unwrap();
    let parcel = Parcel {
        from: &from,
        to: &to,
        octets,
        tls,
        dsn: Dsn::default(),
    };
    courier.send(&parcel).await
}
