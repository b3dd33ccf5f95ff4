//! `sealpost policy explain FILE.eml`: the decision for each recipient, with its reason.

use std::io::Read;
use std::path::PathBuf;

use clap::Subcommand;
use mail::header::HeaderSection;
use mail::view::{Headers, Mailbox};
use mail::{Address, ReversePath, Tag, TagRule};
use serde_json::json;

use super::output::print;
use super::{Failure, Global};
use crate::intake::participants;
use crate::policy::{Action, Decision, Facts, Party, Refused, Subject, Tls, decide, is_loop};
use crate::{reply_token, service};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Print what would become of a mail, recipient by recipient, and why
    Explain {
        /// The mail, as a file in RFC 5322 form; - reads standard input
        file: PathBuf,
        /// Envelope recipients [default: all in To and Cc]
        #[arg(long = "to", value_name = "ADDRESS")]
        recipients: Vec<Address>,
    },
}

impl Command {
    pub(super) fn run(&self, global: &Global) -> Result<(), Failure> {
        let Self::Explain { file, recipients } = self;
        let config = global.load()?;
        let mut content = Vec::new();
        let read = if file.as_os_str() == "-" {
            std::io::stdin().lock().read_to_end(&mut content)
        } else {
            std::fs::File::open(file).and_then(|mut file| file.read_to_end(&mut content))
        };
        read.map_err(|error| Failure::failed(format!("{}: {error}", file.display())))?;
        let rule = service::tag_rule(&config)?;
        let header = HeaderSection::split(&content).map_err(Failure::failed)?;
        let facts = service::facts(&config);
        if is_loop(&header, &config.gateway.hostname) {
            eprintln!(
                "It would be refused: it has passed here too often, or has too many Received fields."
            );
        }
        let parsed = mail::parse(&content, &rule);
        let headers = match parsed {
            Ok(parsed) => parsed.headers,
            Err(error) => {
                eprintln!("It would be refused: {error}.");
                Headers::default()
            }
        };
        let recipients = match recipients.as_slice() {
            [] => named(&headers),
            given => given.to_vec(),
        };
        if recipients.is_empty() {
            return Err(Failure::usage(
                "the mail names no recipient; give some by --to",
            ));
        }
        let parties: Vec<Party> = (recipients.iter())
            .map(|address| party(address, &facts))
            .collect();
        let subject = Subject::read(&header, &parties, &rule, &facts);
        explain(&subject, &headers, &parties, &facts, &rule, global.json)
    }
}

fn explain(
    subject: &Subject,
    headers: &Headers,
    parties: &[Party],
    facts: &Facts,
    rule: &TagRule,
    as_json: bool,
) -> Result<(), Failure> {
    let decisions: Vec<(&Address, Decision)> = parties
        .iter()
        .map(|party| (party.address(), decide(subject, party, facts)))
        .collect();
    let tag = tag_words(subject.tag, rule);
    let trigger = subject.trigger.as_ref().map(ToString::to_string);
    let advice = subject.advice(parties);
    let answered = answered(headers, &decisions, facts);
    let answered: Vec<&str> = answered.iter().map(Address::as_str).collect();
    let text = if as_json {
        let rows: Vec<_> = decisions
            .iter()
            .map(|(address, decision)| {
                json!({
                    "recipient": address.as_str(),
                    "action": action_words(decision.action),
                    "reason": decision.reason.words(),
                })
            })
            .collect();
        let object = json!({
            "tagged": subject.tag.is_tagged(), "subject": tag,
            "sealed": subject.is_sealed(), "trigger": trigger,
            "nhs_number": subject.nhs_number.is_some(),
            "advice": advice.iter().map(|advice| advice.name()).collect::<Vec<_>>(),
            "recipients": rows, "answered_as_well": answered,
        });
        serde_json::to_string_pretty(&object).map_err(Failure::failed)? + "\n"
    } else {
        let rows: String = decisions
            .iter()
            .map(|(address, decision)| {
                let (action, reason) = (action_words(decision.action), decision.reason.words());
                format!("{}\n  {action}: {reason}\n", address.as_str())
            })
            .collect();
        let trigger = trigger.map(|trigger| format!("Header: {trigger}; that counts as tagged\n"));
        let told: String = (advice.iter())
            .map(|advice| format!("The sender is told: {}\n", advice.words()))
            .collect();
        let answered = match answered.as_slice() {
            [] => String::new(),
            all => format!(
                "Beside the sender a recipient may answer: {} (policy.reply_all)\n",
                all.join(", ")
            ),
        };
        format!(
            "Subject: {tag}\n{}{rows}{told}{answered}",
            trigger.unwrap_or_default()
        )
    };
    print(text.as_bytes())?;
    if decisions
        .iter()
        .any(|(_, decision)| matches!(decision.action, Action::Refuse(_)))
    {
        eprintln!("A mail with a refused recipient is refused as a whole; nobody gets it.");
    }
    Ok(())
}

/// A reply address stands for somebody whom only the running gateway can look up; what happens does
/// not depend on who that is.
fn party(address: &Address, facts: &Facts) -> Party {
    match reply_token::of_address(address, &facts.own_domain) {
        Some(_) => Party::ReplyToken(address.clone()),
        None => Party::Address(address.clone()),
    }
}

/// Whom those who are held may answer beside the sender, for whom the author is taken: the envelope is
/// not in the file.
fn answered(headers: &Headers, decisions: &[(&Address, Decision)], facts: &Facts) -> Vec<Address> {
    let is_held = |(_, decision): &&(&Address, Decision)| decision.action == Action::Hold;
    let held: Vec<Address> = decisions
        .iter()
        .filter(is_held)
        .map(|(address, _)| (*address).clone())
        .collect();
    match headers.from.first().and_then(address_of) {
        Some(author) if !held.is_empty() => {
            participants(headers, &ReversePath::Address(author), &held, facts)
        }
        _ => Vec::new(),
    }
}

fn address_of(mailbox: &Mailbox) -> Option<Address> {
    mailbox.address.as_deref()?.parse().ok()
}

fn named(headers: &Headers) -> Vec<Address> {
    let mut found: Vec<Address> = Vec::new();
    for mailbox in headers.to.iter().chain(&headers.cc) {
        if let Some(address) = address_of(mailbox)
            && !found.iter().any(|known| known.is_same_mailbox(&address))
        {
            found.push(address);
        }
    }
    found
}

fn tag_words(tag: Tag, rule: &TagRule) -> String {
    let name = rule.aliases().join(" or ");
    match tag {
        Tag::Exact => format!("begins with {name}"),
        Tag::Elsewhere => format!("has {name}, not at its start; that counts"),
        Tag::NearMiss => format!("has nearly {name}; that counts, and the sender is told"),
        Tag::Undecodable => "cannot be decoded; that counts as tagged".to_owned(),
        Tag::Conflicting => {
            format!("stands there more than once, one time with {name}; that counts")
        }
        _ => format!("does not have {name}"),
    }
}

fn action_words(action: Action) -> &'static str {
    match action {
        Action::Hold => "sealed and announced by a notice",
        Action::Relay(Tls::Required) => "relayed, over TLS or not at all",
        Action::Relay(Tls::AsConfigured) => "relayed as ordinary mail",
        Action::Refuse(Refused::NeedsTag) => "refused, with the advice to add the tag",
        Action::Refuse(Refused::OwnDomain) => "refused, no such address",
    }
}
