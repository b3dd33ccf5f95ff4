//! What the listener asks, answered by configuration and intake.

use std::sync::Arc;

use mail::{Address, Domain, MailObject, ReversePath};
use smtp::{Refusal, Status};
use store::Stored;
use viewer::Network;

use crate::config::Submit;
use crate::intake::{Intake, Trace};
use crate::listen::{self, Peer};

/// Lets our own mail systems in, with senders of our own domains, and nobody else (promise S4).
pub struct Gatekeeper {
    intake: Arc<Intake>,
    networks: Vec<Network>,
    sender_domains: Vec<Domain>,
}

impl Gatekeeper {
    /// `submit` says whose mail is taken.
    pub fn new(intake: Arc<Intake>, submit: &Submit) -> Self {
        Self {
            intake,
            networks: submit.networks.clone(),
            sender_domains: submit.sender_domains.clone(),
        }
    }
}

impl listen::Gatekeeper for Gatekeeper {
    type Stored = Stored;

    fn may_submit(&self, peer: &Peer, sender: &ReversePath) -> Result<(), Refusal> {
        let refuse = |words| Err(Refusal::permanent(550, Status::new(7, 1), words));
        if !self
            .networks
            .iter()
            .any(|network| network.contains(peer.address))
        {
            return refuse("Your address may not submit mail here (gateway.submit.networks)");
        }
        match sender {
            ReversePath::Address(sender) if self.sender_domains.contains(sender.domain()) => Ok(()),
            ReversePath::Address(_) => refuse(
                "This sender domain may not submit mail here (gateway.submit.sender_domains)",
            ),
            // Nobody could be told what became of it, and nobody could be answered.
            ReversePath::Null => refuse("Mail without a sender is not taken here"),
        }
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
