//! What becomes of one transaction: a decision for each person, or one refusal for all.

use mail::Address;

use crate::policy::{self, Action, Facts, Party, Refused, Subject, Tls};

/// Who is held and who is relayed.
#[derive(Debug, Default)]
pub struct Plan {
    /// Gets a sealed message and a notice.
    pub held: Vec<Address>,
    /// Gets the mail itself by relay.
    pub relayed: Vec<(Address, Tls)>,
}

impl Plan {
    /// Decides for every party. A mailbox that is named twice counts once. The reply to the end of
    /// data is one for all recipients, so one that is refused refuses the transaction: the client
    /// still has the whole message, and nobody got half of it.
    pub fn make(subject: &Subject, parties: Vec<Party>, facts: &Facts) -> Result<Self, Refused> {
        let mut plan = Self::default();
        for party in parties {
            let decision = policy::decide(subject, &party, facts);
            let (Party::Address(address) | Party::ReplyToken(address)) = party;
            if plan.serves(&address) {
                continue;
            }
            match decision.action {
                Action::Hold => plan.held.push(address),
                Action::Relay(tls) => plan.relayed.push((address, tls)),
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
