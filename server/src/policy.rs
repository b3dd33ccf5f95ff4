//! Who gets a mail how: a pure function of envelope, message and what is known of domains.
//!
//! Nothing here does I/O, and nothing here can send. A tagged message is sealed, relayed over
//! required TLS, or refused (promise S5); there is no fourth outcome.

mod advice;
mod label;
mod subject;
mod trigger;

use mail::header::HeaderSection;
use mail::{Address, Domain, DomainPattern};

use crate::config::{NhsNumbers, ReplyAll, UntaggedExternal};

pub use advice::Advice;
pub use subject::{NhsNumberFound, Subject};
pub use trigger::{Test, Trigger};

/// More Received fields than this is a loop (RFC 5321 §6.3).
pub const MOST_RECEIVED: usize = 50;

/// More marks of our own than this is a loop.
pub const MOST_PASSES: usize = 3;

/// What policy knows of the world, from the configuration.
#[derive(Debug, Clone)]
pub struct Facts {
    /// The gateway's own domain.
    pub own_domain: Domain,
    /// Our own mail domains.
    pub internal: Vec<DomainPattern>,
    /// Domains that take confidential mail over TLS.
    pub trusted: Vec<DomainPattern>,
    /// What becomes of mail to outsiders without the tag.
    pub untagged_external: UntaggedExternal,
    /// What in a header section seals as the tag does.
    pub triggers: Vec<Trigger>,
    /// What becomes of ordinary mail to outsiders that holds an NHS number.
    pub nhs_numbers: NhsNumbers,
    /// Whom a recipient may answer beside the sender.
    pub reply_all: ReplyAll,
}

impl Facts {
    /// Whether somebody is neither one of us nor of a domain that takes confidential mail, nor
    /// behind a reply address.
    pub fn is_outsider(&self, party: &Party) -> bool {
        let Party::Address(address) = party else {
            return false;
        };
        let domain = address.domain();
        *domain != self.own_domain
            && !known(&self.internal, domain)
            && !known(&self.trusted, domain)
    }

    /// Whether the recipient of a message may answer somebody whom it names beside its sender. Our own
    /// domain has token addresses only: what is sent there is for one outsider.
    pub fn may_be_answered(&self, address: &Address) -> bool {
        let domain = address.domain();
        let is_theirs = match self.reply_all {
            ReplyAll::Never => false,
            ReplyAll::Inside => known(&self.internal, domain),
            ReplyAll::Trusted => known(&self.internal, domain) || known(&self.trusted, domain),
        };
        is_theirs && *domain != self.own_domain
    }
}

fn known(patterns: &[DomainPattern], domain: &Domain) -> bool {
    patterns.iter().any(|pattern| pattern.matches(domain))
}

/// Whom an envelope recipient stands for.
#[derive(Debug, Clone)]
pub enum Party {
    /// An ordinary address.
    Address(Address),
    /// One of our reply addresses: the outsider behind it. What goes there is sealed, tag or not.
    ReplyToken(Address),
}

impl Party {
    /// The person's address.
    pub fn address(&self) -> &Address {
        match self {
            Self::Address(address) | Self::ReplyToken(address) => address,
        }
    }
}

/// How much TLS a relay copy needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// Or it waits.
    Required,
    /// As the relay's configuration says.
    AsConfigured,
}

/// What happens for one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Sealed and announced by a notice.
    Hold,
    /// Handed to the relay.
    Relay(Tls),
    /// Refused with words for the sender; then the whole transaction is.
    Refuse(Refused),
}

/// Why a transaction is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Mail to outsiders needs the tag.
    NeedsTag,
    /// Our own domain takes mail at token addresses only.
    OwnDomain,
}

/// Why an action was taken, for `policy explain`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// An answer to a reply address of ours.
    AnswerToRecipient,
    /// The mail is to be sealed, the domain neither ours nor trusted.
    TaggedExternal,
    /// The mail is to be sealed, the domain is ours.
    TaggedInternal,
    /// The mail is to be sealed, the domain is trusted.
    TaggedTrusted,
    /// Nothing asks for sealing, our own domain.
    UntaggedInternal,
    /// Nothing asks for sealing, somebody else's domain.
    UntaggedExternal,
    /// The gateway's own domain.
    OwnDomain,
}

impl Reason {
    /// One sentence for the operator.
    pub fn words(self) -> &'static str {
        match self {
            Self::AnswerToRecipient => {
                "this is the reply address of an earlier recipient, so the mail is sealed whatever its subject says"
            }
            Self::TaggedExternal => {
                "the mail is to be sealed, and the domain is neither ours nor trusted"
            }
            Self::TaggedInternal => {
                "the mail is to be sealed, and the domain is one of ours (policy.internal_domains)"
            }
            Self::TaggedTrusted => {
                "the mail is to be sealed, and the domain is trusted (policy.trusted_domains)"
            }
            Self::UntaggedInternal => {
                "nothing asks for sealing, and the domain is one of ours (policy.internal_domains)"
            }
            Self::UntaggedExternal => "nothing asks for sealing (policy.untagged_external)",
            Self::OwnDomain => "the gateway's own domain takes mail at its token addresses only",
        }
    }
}

/// The outcome for one recipient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// What happens.
    pub action: Action,
    /// Why.
    pub reason: Reason,
}

/// Decides for one recipient.
pub fn decide(subject: &Subject, party: &Party, facts: &Facts) -> Decision {
    let domain = party.address().domain();
    let within = |patterns: &[DomainPattern]| known(patterns, domain);
    let (action, reason) = match party {
        Party::ReplyToken(_) => (Action::Hold, Reason::AnswerToRecipient),
        Party::Address(_) if *domain == facts.own_domain => {
            (Action::Refuse(Refused::OwnDomain), Reason::OwnDomain)
        }
        Party::Address(_) => match (subject.is_sealed(), within(&facts.internal)) {
            (true, true) => (Action::Relay(Tls::Required), Reason::TaggedInternal),
            (true, false) if within(&facts.trusted) => {
                (Action::Relay(Tls::Required), Reason::TaggedTrusted)
            }
            (true, false) => (Action::Hold, Reason::TaggedExternal),
            (false, true) => (Action::Relay(Tls::AsConfigured), Reason::UntaggedInternal),
            (false, false) => match facts.untagged_external {
                UntaggedExternal::Relay => {
                    (Action::Relay(Tls::AsConfigured), Reason::UntaggedExternal)
                }
                UntaggedExternal::Refuse => {
                    (Action::Refuse(Refused::NeedsTag), Reason::UntaggedExternal)
                }
            },
        },
    };
    Decision { action, reason }
}

/// Whether a message goes round in circles: it has passed here too often, or has too many trace
/// fields (S6). Passing twice is lawful: a colleague's rule redirects what we relayed to them.
pub fn is_loop(header: &HeaderSection<'_>, hostname: &Domain) -> bool {
    let is_ours = |mark: &String| mark.trim().eq_ignore_ascii_case(hostname.as_str());
    header.loop_markers().filter(is_ours).count() > MOST_PASSES
        || header.received_count() > MOST_RECEIVED
}

#[cfg(test)]
#[path = "policy/tests.rs"]
mod tests;
