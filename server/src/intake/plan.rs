//! What becomes of one transaction: a decision for each person, or one refusal for all.

use std::collections::HashMap;

use mail::{Address, RecipientDsn};
use seal::RecipientId;

use crate::policy::{self, Action, Advice, Facts, Party, Refused, Subject, Tls};

/// Who is held and who is relayed.
#[derive(Debug, Default)]
pub struct Plan {
    /// Gets a sealed message and a notice.
    pub held: Vec<Address>,
    /// Gets the mail itself by relay.
    pub relayed: Vec<(Address, Tls)>,
    /// Whose reply addresses it was sent to.
    pub answered: Vec<RecipientId>,
    /// What the sender should be told of the message.
    pub advice: Vec<Advice>,
    /// What the sender's system wants to be told of whom.
    pub wishes: Wishes,
}

/// What was asked for about recipients at RCPT (RFC 3461); nothing for most.
#[derive(Debug, Default)]
pub struct Wishes(HashMap<String, RecipientDsn>);

impl Wishes {
    /// Of parties and what was asked for about each, in the same order. A mailbox that is named
    /// twice has what was asked for first.
    pub fn new<'a>(wishes: impl Iterator<Item = (&'a Party, &'a RecipientDsn)>) -> Self {
        let mut all = HashMap::new();
        for (party, dsn) in wishes.filter(|(_, dsn)| dsn.is_asked()) {
            all.entry(key(party.address()))
                .or_insert_with(|| dsn.clone());
        }
        Self(all)
    }

    /// About one recipient.
    pub fn of(&self, address: &Address) -> RecipientDsn {
        if self.0.is_empty() {
            return RecipientDsn::default();
        }
        self.0.get(&key(address)).cloned().unwrap_or_default()
    }
}

fn key(address: &Address) -> String {
    address.as_str().to_lowercase()
}

impl Plan {
    /// Decides for every party. A mailbox that is named twice counts once. The reply to the end of
    /// data is one for all recipients, so one that is refused refuses the transaction: the client
    /// still has the whole message, and nobody got half of it.
    pub fn make(subject: &Subject, parties: Vec<Party>, facts: &Facts) -> Result<Self, Refused> {
        let mut plan = Self {
            advice: subject.advice(&parties),
            ..Self::default()
        };
        for party in parties {
            let decision = policy::decide(subject, &party, facts);
            let (Party::Address(address) | Party::ReplyToken(address)) = party;
            match decision.action {
                // One mailbox named twice gets the mail once, and sealed if either name says so.
                Action::Hold => {
                    plan.relayed
                        .retain(|(relayed, _)| !relayed.is_same_mailbox(&address));
                    if !plan.serves(&address) {
                        plan.held.push(address);
                    }
                }
                Action::Relay(tls) => {
                    if !plan.serves(&address) {
                        plan.relayed.push((address, tls));
                    }
                }
                Action::Refuse(refused) => return Err(refused),
            }
        }
        Ok(plan)
    }

    fn serves(&self, address: &Address) -> bool {
        let relayed = self.relayed.iter().map(|(relayed, _)| relayed);
        self.held
            .iter()
            .chain(relayed)
            .any(|served| served.is_same_mailbox(address))
    }
}

#[cfg(test)]
mod tests {
    use mail::{HeaderSection, TagRule};

    use super::*;
    use crate::config::{NhsNumbers, ReplyAll, UntaggedExternal};

    #[test]
    fn a_mailbox_that_is_named_twice_is_sealed_in_whatever_order() {
        let facts = Facts {
            own_domain: "secure.example.org".parse().expect("domain"),
            internal: Vec::new(),
            trusted: Vec::new(),
            untagged_external: UntaggedExternal::Relay,
            triggers: Vec::new(),
            nhs_numbers: NhsNumbers::default(),
            reply_all: ReplyAll::default(),
        };
        let header = HeaderSection::split(b"Subject: Re: x\r\n\r\n").expect("header");
        let subject = Subject::read(&header, &[], &TagRule::default(), &facts);
        let address = || "patient@example.com".parse().expect("address");
        for parties in [
            vec![Party::Address(address()), Party::ReplyToken(address())],
            vec![Party::ReplyToken(address()), Party::Address(address())],
        ] {
            let plan = Plan::make(&subject, parties, &facts).expect("a plan");
            assert_eq!((plan.held.len(), plan.relayed.len()), (1, 0));
        }
    }
}
