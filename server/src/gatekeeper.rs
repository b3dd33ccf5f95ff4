//! What the listener asks, answered by configuration and intake.

mod accounts;
mod allowance;
mod certificates;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use mail::{Address, Domain, MailObject, ReversePath};
use rustls::pki_types::UnixTime;
use smtp::{Credentials, Refusal, Status, Tls};
use store::Stored;
use tokio::time::Instant;
use viewer::Network;

use crate::config::{Limits, Submit};
use crate::intake::{Intake, Trace};
use crate::listen::{self, Peer, one_client};
use accounts::Accounts;
use allowance::Allowance;
use certificates::Certificates;

pub use certificates::CertificateRuleError;

/// Lets our own mail systems in, with senders of our own domains, and nobody else (promise S4); and
/// from anywhere what comes back to our own addresses.
pub struct Gatekeeper {
    intake: Arc<Intake>,
    submitters: Submitters,
    pace: Pace,
}

/// Whose mail is taken.
struct Submitters {
    networks: Vec<Network>,
    sender_domains: Vec<Domain>,
    accounts: Accounts,
    certificates: Certificates,
}

/// How much of it in a minute.
struct Pace {
    inside: Rates,
    outside: Rates,
}

struct Rates {
    mails: Allowance<IpAddr>,
    recipients: Allowance<IpAddr>,
}

impl Gatekeeper {
    /// `submit` says whose mail is taken, `limits` how much of it.
    pub fn new(
        intake: Arc<Intake>,
        submit: &Submit,
        limits: &Limits,
    ) -> Result<Self, CertificateRuleError> {
        Ok(Self {
            intake,
            submitters: Submitters::new(submit, limits)?,
            pace: Pace::new(limits),
        })
    }

    /// Looks at the files that `submit` names.
    pub fn check(submit: &Submit) -> Result<(), CertificateRuleError> {
        Certificates::open(&submit.certificates).map(|_| ())
    }
}

impl Pace {
    fn new(limits: &Limits) -> Self {
        let rates = |mails, recipients| Rates {
            mails: Allowance::new(mails),
            recipients: Allowance::new(recipients),
        };
        Self {
            inside: rates(limits.mails_per_minute, limits.recipients_per_minute),
            outside: rates(
                limits.outside_mails_per_minute,
                limits.outside_recipients_per_minute,
            ),
        }
    }

    fn of(&self, is_inside: bool) -> &Rates {
        if is_inside {
            &self.inside
        } else {
            &self.outside
        }
    }

    fn mail(&self, is_inside: bool, address: IpAddr, now: Instant) -> Result<(), Refusal> {
        let words = "Too many mails a minute from your address; try again later";
        within(&self.of(is_inside).mails, address, now, words)
    }

    fn recipient(&self, is_inside: bool, address: IpAddr, now: Instant) -> Result<(), Refusal> {
        let words = "Too many recipients a minute from your address; try again later";
        within(&self.of(is_inside).recipients, address, now, words)
    }
}

fn within(
    allowance: &Allowance<IpAddr>,
    address: IpAddr,
    now: Instant,
    words: &str,
) -> Result<(), Refusal> {
    if allowance.take(one_client(address), now) {
        return Ok(());
    }
    Err(Refusal::transient(451, Status::new(7, 1), words))
}

impl Submitters {
    fn new(submit: &Submit, limits: &Limits) -> Result<Self, CertificateRuleError> {
        Ok(Self {
            networks: submit.networks.clone(),
            sender_domains: submit.sender_domains.clone(),
            accounts: Accounts::new(&submit.accounts, limits.wrong_passwords_per_minute),
            certificates: Certificates::open(&submit.certificates)?,
        })
    }

    /// Whether a peer is one of our mail systems by its address alone.
    fn is_inside(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.networks
            .iter()
            .any(|network| network.contains(address))
    }

    /// Whether this peer may submit mail of this sender over this connection.
    fn admit(&self, peer: &Peer, sender: &Address, now: UnixTime) -> Result<(), Refusal> {
        let domain = sender.domain();
        let is_inside = self.is_inside(peer.address);
        let is_secure = peer.client.tls == Tls::Active;
        // Only loopback is no network that somebody else could listen on.
        let is_local = peer.address.to_canonical().is_loopback();
        let account = peer.client.account.as_deref();
        let is_allowed = is_inside && self.sender_domains.contains(domain)
            || account.is_some_and(|name| self.accounts.sender_domains(name).contains(domain))
            || self.certificates.allow(&peer.certificates, domain, now);
        let others = !(self.accounts.is_empty() && self.certificates.is_empty());
        match (is_allowed, is_secure, account) {
            (true, true, _) => Ok(()),
            (true, false, _) if is_local => Ok(()),
            (true, false, _) => Err(starttls_first()),
            // In clear there is no account and no certificate yet that could allow it.
            (false, false, _) if others && peer.client.tls == Tls::Offered => Err(starttls_first()),
            (false, _, Some(_)) => {
                let words = "This account may not submit mail of this sender domain (gateway.submit.accounts)";
                Err(Refusal::permanent(550, Status::new(7, 1), words))
            }
            (false, true, None) if !is_inside && !self.accounts.is_empty() => {
                let words = "Authentication required";
                Err(Refusal::permanent(530, Status::new(7, 0), words))
            }
            _ if is_inside => {
                let words =
                    "This sender domain may not submit mail here (gateway.submit.sender_domains)";
                Err(Refusal::permanent(550, Status::new(7, 1), words))
            }
            _ => {
                let words = "Your address may not submit mail here (gateway.submit.networks)";
                Err(Refusal::permanent(554, Status::new(7, 1), words))
            }
        }
    }
}

fn starttls_first() -> Refusal {
    let words = "Must issue a STARTTLS command first";
    Refusal::permanent(530, Status::new(7, 0), words)
}

impl listen::Gatekeeper for Gatekeeper {
    type Stored = Stored;

    async fn authenticate(&self, peer: &Peer, credentials: &Credentials) -> Result<(), Refusal> {
        let accounts = &self.submitters.accounts;
        accounts
            .verify(peer.address, credentials, Instant::now())
            .await
    }

    fn may_submit(&self, peer: &Peer, sender: &ReversePath) -> Result<(), Refusal> {
        // What comes back to us comes from the relay's side, whoever that is; RCPT says where to.
        if let ReversePath::Address(sender) = sender {
            let seconds = (self.intake.clock)().as_second();
            let now = Duration::from_secs(u64::try_from(seconds).unwrap_or_default());
            let now = UnixTime::since_unix_epoch(now);
            self.submitters.admit(peer, sender, now)?;
            self.intake.check_sender(sender)?;
        }
        let is_inside = self.submitters.is_inside(peer.address);
        self.pace.mail(is_inside, peer.address, Instant::now())
    }

    async fn recipient(
        &self,
        peer: &Peer,
        sender: &ReversePath,
        recipient: &Address,
    ) -> Result<(), Refusal> {
        let is_inside = self.submitters.is_inside(peer.address);
        self.pace
            .recipient(is_inside, peer.address, Instant::now())?;
        self.intake
            .check_recipient(sender, recipient, is_inside)
            .await
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
mod tests;
