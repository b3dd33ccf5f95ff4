//! Whom the recipient of a message may answer beside its sender (decision 0036).

use mail::view::{Headers, Mailbox};
use mail::{Address, ReversePath};

use crate::mails::can_be_addressed;
use crate::policy::Facts;

/// So many people can be answered beside the sender. A message that names more is no conversation,
/// and its sender alone is answered.
pub const MOST_PARTICIPANTS: usize = 100;

/// Those in From, To and Cc, each mailbox once, whom policy lets a recipient answer; nobody who is
/// `held`, which somebody of a trusted domain can be.
pub fn participants(
    headers: &Headers,
    sender: &ReversePath,
    held: &[Address],
    facts: &Facts,
) -> Vec<Address> {
    let Some(sender) = sender.address() else {
        return Vec::new(); // Nobody is answered.
    };
    let mut found: Vec<Address> = Vec::new();
    for Mailbox { address, .. } in (headers.from.iter()).chain(&headers.to).chain(&headers.cc) {
        let Some(Ok(address)) = address.as_deref().map(str::parse::<Address>) else {
            continue;
        };
        let known = |known: &Address| known.is_same_mailbox(&address);
        let is_known = known(sender) || held.iter().chain(&found).any(known);
        if !is_known && facts.may_be_answered(&address) && can_be_addressed(&address) {
            if found.len() == MOST_PARTICIPANTS {
                return Vec::new();
            }
            found.push(address);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use mail::DomainPattern;

    use super::*;
    use crate::config::{NhsNumbers, ReplyAll, UntaggedExternal};

    const SENDER: &str = "clinic@example.org";

    fn facts(reply_all: ReplyAll) -> Facts {
        let pattern = |text: &str| -> Vec<DomainPattern> { vec![text.parse().expect("pattern")] };
        let mut internal = pattern("example.org");
        internal.extend(pattern("*.example.org"));
        Facts {
            own_domain: "secure.example.org".parse().expect("domain"),
            internal,
            trusted: pattern("*.gov.uk"),
            untagged_external: UntaggedExternal::Relay,
            triggers: Vec::new(),
            nhs_numbers: NhsNumbers::Off,
            reply_all,
        }
    }

    fn mailboxes(addresses: &[&str]) -> Vec<Mailbox> {
        let mailbox = |address: &&str| Mailbox {
            name: None,
            address: Some((*address).to_owned()),
        };
        addresses.iter().map(mailbox).collect()
    }

    fn found(reply_all: ReplyAll, headers: &Headers) -> Vec<String> {
        let sender = ReversePath::Address(SENDER.parse().expect("address"));
        let held = ["held@sheffield.gov.uk".parse().expect("address")];
        let found = participants(headers, &sender, &held, &facts(reply_all));
        found.iter().map(|one| one.as_str().to_owned()).collect()
    }

    #[test]
    fn people_of_the_named_domains_are_answered_and_nobody_else() {
        let headers = Headers {
            from: mailboxes(&["consultant@example.org"]),
            to: mailboxes(&["parent@example.com", "ward@trust.example.org", SENDER]),
            cc: mailboxes(&[
                "CONSULTANT@example.org",
                "council@sheffield.gov.uk",
                "Held@sheffield.gov.uk",
                "reply+0abc@secure.example.org",
                "not an address",
                "gov.uk",
                "school@example.net",
                "someone@example.org.example.com",
            ]),
            ..Headers::default()
        };
        let inside = ["consultant@example.org", "ward@trust.example.org"];
        let council = "council@sheffield.gov.uk";
        assert!(found(ReplyAll::Never, &headers).is_empty());
        assert_eq!(found(ReplyAll::Inside, &headers), inside);
        assert_eq!(
            found(ReplyAll::Trusted, &headers),
            [inside[0], inside[1], council]
        );
    }

    #[test]
    fn mail_without_a_sender_is_answered_by_nobody() {
        let headers = Headers {
            to: mailboxes(&["ward@example.org"]),
            ..Headers::default()
        };
        let facts = facts(ReplyAll::Inside);
        assert!(participants(&headers, &ReversePath::Null, &[], &facts).is_empty());
        assert_eq!(found(ReplyAll::Inside, &headers).len(), 1, "the control");
    }

    #[test]
    fn of_one_too_many_the_sender_alone_is_answered() {
        let named = |count: usize| {
            let all: Vec<String> = (0..count).map(|n| format!("p{n}@example.org")).collect();
            let mut all: Vec<&str> = all.iter().map(String::as_str).collect();
            // These do not count.
            all.extend(["p0@example.org", SENDER, "parent@example.com"]);
            let to = mailboxes(&all);
            let headers = Headers {
                to,
                ..Headers::default()
            };
            found(ReplyAll::Inside, &headers).len()
        };
        assert_eq!(named(MOST_PARTICIPANTS), MOST_PARTICIPANTS);
        assert_eq!(named(MOST_PARTICIPANTS + 1), 0);
    }
}
