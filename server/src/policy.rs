//! Who gets a mail how: a pure function of envelope, subject and what is known of domains.
//!
//! Nothing here does I/O, and nothing here can send. A tagged message is sealed, relayed over
//! required TLS, or refused (promise S5); there is no fourth outcome.

use mail::header::HeaderSection;
use mail::tag::{Tag, TagRule};
use mail::{Address, Domain, DomainPattern};

use crate::config::UntaggedExternal;

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
}

/// What stands about the sender's wish in a message.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The outcome of the tag rule.
    pub tag: Tag,
}

impl Subject {
    /// Reads a message's header section.
    pub fn of(header: &HeaderSection<'_>, rule: &TagRule) -> Self {
        Self {
            tag: rule.decide(&header.subjects()),
        }
    }
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
    /// The subject is tagged, the domain neither ours nor trusted.
    TaggedExternal,
    /// The subject is tagged, the domain is ours.
    TaggedInternal,
    /// The subject is tagged, the domain is trusted.
    TaggedTrusted,
    /// No tag, our own domain.
    UntaggedInternal,
    /// No tag, somebody else's domain.
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
                "the subject is tagged, and the domain is neither ours nor trusted"
            }
            Self::TaggedInternal => {
                "the subject is tagged, and the domain is one of ours (policy.internal_domains)"
            }
            Self::TaggedTrusted => {
                "the subject is tagged, and the domain is trusted (policy.trusted_domains)"
            }
            Self::UntaggedInternal => {
                "the subject is not tagged, and the domain is one of ours (policy.internal_domains)"
            }
            Self::UntaggedExternal => "the subject is not tagged (policy.untagged_external)",
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
    let within = |patterns: &[DomainPattern]| patterns.iter().any(|p| p.matches(domain));
    let (action, reason) = match party {
        Party::ReplyToken(_) => (Action::Hold, Reason::AnswerToRecipient),
        Party::Address(_) if *domain == facts.own_domain => {
            (Action::Refuse(Refused::OwnDomain), Reason::OwnDomain)
        }
        Party::Address(_) => match (subject.tag.is_tagged(), within(&facts.internal)) {
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
mod tests {
    use super::*;

    fn facts(untagged_external: UntaggedExternal) -> Facts {
        let patterns = |texts: &[&str]| texts.iter().map(|t| t.parse().expect("pattern")).collect();
        Facts {
            own_domain: "secure.example.org".parse().expect("domain"),
            internal: patterns(&["example.org"]),
            trusted: patterns(&["*.gov.uk", "*.secure.nhs.uk"]),
            untagged_external,
        }
    }

    fn subject(raw: &str) -> Subject {
        let content = format!("Subject: {raw}\r\n\r\n");
        let header = HeaderSection::split(content.as_bytes()).expect("header");
        Subject::of(&header, &TagRule::default())
    }

    fn plain(address: &str) -> Party {
        Party::Address(address.parse().expect("address"))
    }

    #[test]
    fn every_kind_of_subject_meets_every_kind_of_domain() {
        use Action::{Hold, Refuse, Relay};
        use UntaggedExternal as U;
        let required = Relay(Tls::Required);
        let configured = Relay(Tls::AsConfigured);
        for (raw, address, setting, expected) in [
            ("[secure] x", "patient@example.com", U::Relay, Hold),
            ("[secure] x", "patient@example.com", U::Refuse, Hold),
            ("[secure] x", "colleague@example.org", U::Relay, required),
            ("[secure] x", "clerk@x.gov.uk", U::Relay, required),
            ("[secure] x", "clerk@gov.uk", U::Relay, Hold),
            ("[secure] x", "clerk@evilgov.uk", U::Relay, Hold),
            ("[secure] x", "clerk@x.gov.uk.example.com", U::Relay, Hold),
            ("x", "patient@example.com", U::Relay, configured),
            (
                "x",
                "patient@example.com",
                U::Refuse,
                Refuse(Refused::NeedsTag),
            ),
            ("x", "clerk@x.gov.uk", U::Relay, configured),
            ("x", "colleague@example.org", U::Refuse, configured),
            (
                "[secure] x",
                "anybody@secure.example.org",
                U::Relay,
                Refuse(Refused::OwnDomain),
            ),
            (
                "x",
                "anybody@secure.example.org",
                U::Relay,
                Refuse(Refused::OwnDomain),
            ),
            ("x [secure]", "patient@example.com", U::Relay, Hold),
            (
                "=?utf-8?q?=5BSECURE=5D_r=C3=A9sultats?=",
                "patient@example.com",
                U::Refuse,
                Hold,
            ),
        ] {
            let decision = decide(&subject(raw), &plain(address), &facts(setting));
            assert_eq!(decision.action, expected, "{raw} to {address}");
        }
    }

    #[test]
    fn an_answer_to_a_reply_address_is_sealed_even_without_the_tag() {
        let party = Party::ReplyToken("patient@example.com".parse().expect("address"));
        let decision = decide(&subject("Re: x"), &party, &facts(UntaggedExternal::Relay));
        assert_eq!(decision.action, Action::Hold);
        let trusted = Party::ReplyToken("clerk@x.gov.uk".parse().expect("address"));
        let decision = decide(&subject("Re: x"), &trusted, &facts(UntaggedExternal::Relay));
        assert_eq!(
            decision.action,
            Action::Hold,
            "somebody who got a link goes on getting links"
        );
    }

    #[test]
    fn no_tagged_message_leaves_without_required_tls() {
        for raw in [
            "[secure] x",
            "Re: [SECURE] x",
            "x [secure]",
            "=?broken?q?=5Bsecure?=",
        ] {
            for address in [
                "a@example.com",
                "a@example.org",
                "a@x.gov.uk",
                "a@secure.example.org",
            ] {
                for setting in [UntaggedExternal::Relay, UntaggedExternal::Refuse] {
                    let decision = decide(&subject(raw), &plain(address), &facts(setting));
                    assert_ne!(
                        decision.action,
                        Action::Relay(Tls::AsConfigured),
                        "{raw} {address}"
                    );
                }
            }
        }
    }

    #[test]
    fn our_own_mark_or_too_many_hops_is_a_loop() {
        let host: Domain = "secure.example.org".parse().expect("domain");
        let looped = |text: String| {
            is_loop(
                &HeaderSection::split(text.as_bytes()).expect("header"),
                &host,
            )
        };
        let mark = "X-Sealpost-Loop: secure.example.org\r\n";
        assert!(!looped(mark.repeat(MOST_PASSES) + "\r\n"));
        assert!(looped(mark.repeat(MOST_PASSES + 1) + "\r\n"));
        assert!(!looped(
            "X-Sealpost-Loop: other.example.org\r\n".repeat(9) + "\r\n"
        ));
        assert!(!looped("Received: x\r\n".repeat(MOST_RECEIVED) + "\r\n"));
        assert!(looped("Received: x\r\n".repeat(MOST_RECEIVED + 1) + "\r\n"));
    }
}
