//! What the listener asks, answered by configuration and intake.

use std::net::IpAddr;
use std::sync::Arc;

use mail::{Address, Domain, MailObject, ReversePath};
use smtp::{Refusal, Status, Tls};
use store::Stored;
use viewer::Network;

use crate::config::Submit;
use crate::intake::{Intake, Trace};
use crate::listen::{self, Peer};

/// Lets our own mail systems in, with senders of our own domains, and nobody else (promise S4).
pub struct Gatekeeper {
    intake: Arc<Intake>,
    submitters: Submitters,
}

/// Whose mail is taken.
struct Submitters {
    networks: Vec<Network>,
    sender_domains: Vec<Domain>,
}

impl Gatekeeper {
    /// `submit` says whose mail is taken.
    pub fn new(intake: Arc<Intake>, submit: &Submit) -> Self {
        let (networks, sender_domains) = (submit.networks.clone(), submit.sender_domains.clone());
        Self {
            intake,
            submitters: Submitters {
                networks,
                sender_domains,
            },
        }
    }
}

impl Submitters {
    fn admit(&self, peer: IpAddr) -> Result<(), Refusal> {
        if self.networks.iter().any(|network| network.contains(peer)) {
            return Ok(());
        }
        let words = "Your address may not submit mail here (gateway.submit.networks)";
        Err(Refusal::permanent(554, Status::new(7, 1), words))
    }

    /// The sender, if this peer may submit its mail over this connection.
    fn sender<'s>(
        &self,
        peer: IpAddr,
        tls: Tls,
        sender: &'s ReversePath,
    ) -> Result<&'s Address, Refusal> {
        self.admit(peer)?;
        // Only loopback is no network that somebody else could listen on.
        if tls != Tls::Active && !peer.to_canonical().is_loopback() {
            let words = "Must issue a STARTTLS command first";
            return Err(Refusal::permanent(530, Status::new(7, 0), words));
        }
        match sender {
            ReversePath::Address(sender) if self.sender_domains.contains(sender.domain()) => {
                Ok(sender)
            }
            ReversePath::Address(_) => {
                let words =
                    "This sender domain may not submit mail here (gateway.submit.sender_domains)";
                Err(Refusal::permanent(550, Status::new(7, 1), words))
            }
            // Nobody could be told what became of it, and nobody could be answered.
            ReversePath::Null => {
                let words = "Mail without a sender is not taken here";
                Err(Refusal::permanent(550, Status::new(7, 1), words))
            }
        }
    }
}

impl listen::Gatekeeper for Gatekeeper {
    type Stored = Stored;

    fn admits(&self, address: IpAddr) -> Result<(), Refusal> {
        self.submitters.admit(address)
    }

    fn may_submit(&self, peer: &Peer, sender: &ReversePath) -> Result<(), Refusal> {
        let sender = self
            .submitters
            .sender(peer.address, peer.client.tls, sender)?;
        self.intake.check_sender(sender)
    }

    async fn recipient(
        &self,
        _: &Peer,
        _: &ReversePath,
        recipient: &Address,
    ) -> Result<(), Refusal> {
        self.intake.check_recipient(recipient).await
    }

    async fn message(&self, peer: &Peer, mail: MailObject) -> Result<Stored, Refusal> {
        let protocol = peer.client.protocol.keyword(mail.envelope.smtp_utf8);
        self.intake
            .accept(
                Trace {
                    peer: peer.address,
                    protocol,
                },
                mail,
            )
            .await
    }

    fn reference(&self, stored: &Stored) -> String {
        stored.message().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mail_is_taken_from_our_networks_and_senders_over_tls_or_loopback_only() {
        let submitters = Submitters {
            networks: ["127.0.0.0/8", "10.0.0.0/8", "::1"]
                .map(|n| n.parse().expect(n))
                .into(),
            sender_domains: vec!["example.org".parse().expect("domain")],
        };
        for (peer, tls, sender, code) in [
            ("127.0.0.1", Tls::Absent, "a@example.org", None),
            ("::1", Tls::Offered, "a@example.org", None),
            ("::ffff:127.0.0.1", Tls::Offered, "a@example.org", None),
            ("10.1.2.3", Tls::Active, "a@example.org", None),
            ("10.1.2.3", Tls::Active, "a@Example.ORG", None),
            ("10.1.2.3", Tls::Offered, "a@example.org", Some(530)),
            ("192.0.2.1", Tls::Active, "a@example.org", Some(554)),
            ("127.0.0.1", Tls::Absent, "a@example.com", Some(550)),
            ("127.0.0.1", Tls::Absent, "a@sub.example.org", Some(550)),
            ("127.0.0.1", Tls::Absent, "", Some(550)),
        ] {
            let path = match sender {
                "" => ReversePath::Null,
                address => ReversePath::Address(address.parse().expect("an address")),
            };
            let verdict = submitters.sender(peer.parse().expect("an address"), tls, &path);
            assert_eq!(
                verdict.err().map(|refusal| refusal.code()),
                code,
                "{peer} {tls:?} {sender}"
            );
        }
    }
}
