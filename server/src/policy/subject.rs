//! What a message says about how it wants to be sent: its tag, its headers, and what it holds.

use mail::header::HeaderSection;
use mail::nhs_number;
use mail::tag::{Tag, TagRule};

use super::{Advice, Facts, Party, Trigger};
use crate::config::{NhsNumbers, UntaggedExternal};

/// What stands about the sender's wish in a message.
#[derive(Debug, Clone)]
pub struct Subject {
    /// The outcome of the tag rule.
    pub tag: Tag,
    /// What in the header section asks for sealing, as configured.
    pub trigger: Option<Trigger>,
    /// An NHS number seems to be in a message that outsiders would get as ordinary mail.
    pub nhs_number: Option<NhsNumberFound>,
}

/// What follows from an NHS number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NhsNumberFound {
    /// The sender is told.
    Warn,
    /// The message is sealed.
    Seal,
}

impl Subject {
    /// Reads a message: its header section always; its bodies only where ordinary mail would go to
    /// outsiders.
    pub fn read(
        header: &HeaderSection<'_>,
        parties: &[Party],
        rule: &TagRule,
        facts: &Facts,
    ) -> Self {
        let mut subject = Self {
            tag: rule.decide(&header.subjects()),
            trigger: facts.triggers.iter().find(|t| t.matches(header)).cloned(),
            nhs_number: None,
        };
        if !subject.is_sealed() && parties.iter().any(|party| facts.is_outsider(party)) {
            subject.nhs_number = nhs_number_in(header, facts);
        }
        subject
    }

    /// Whether the message must not go out as ordinary mail.
    pub fn is_sealed(&self) -> bool {
        self.tag.is_tagged()
            || self.trigger.is_some()
            || self.nhs_number == Some(NhsNumberFound::Seal)
    }

    /// What the sender should be told.
    pub fn advice(&self, parties: &[Party]) -> Vec<Advice> {
        // What goes to reply addresses alone is sealed whatever its subject says.
        let by_tag = parties
            .iter()
            .any(|party| matches!(party, Party::Address(_)));
        let near_miss = (self.tag == Tag::NearMiss && by_tag).then_some(Advice::NearMiss);
        let nhs_number = self.nhs_number.map(|found| match found {
            NhsNumberFound::Warn => Advice::NhsNumber,
            NhsNumberFound::Seal => Advice::SealedForNhsNumber,
        });
        near_miss.into_iter().chain(nhs_number).collect()
    }
}

/// A mail whose structure cannot be read may hold anything: it is sealed where numbers are, and
/// goes on as before where they are only told of.
fn nhs_number_in(header: &HeaderSection<'_>, facts: &Facts) -> Option<NhsNumberFound> {
    let found = |unreadable| nhs_number::is_shown(header).unwrap_or(unreadable);
    match (facts.nhs_numbers, facts.untagged_external) {
        (NhsNumbers::Seal, _) => found(true).then_some(NhsNumberFound::Seal),
        (NhsNumbers::Warn, UntaggedExternal::Relay) => found(false).then_some(NhsNumberFound::Warn),
        // Refused anyway, with words of its own.
        (NhsNumbers::Warn, UntaggedExternal::Refuse) | (NhsNumbers::Off, _) => None,
    }
}
