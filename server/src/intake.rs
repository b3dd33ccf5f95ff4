//! From the end of data to [`Stored`]: policy, sealing, one commit.
//!
//! Whatever goes wrong here is a refusal to the client, who still has the message (promise D2).
//! Nothing is sent from here: what has to be done is in the tasks of the same commit.

mod beside;
mod bounce;
mod conversation;
mod diverted;
mod hashes;
mod participants;
mod plan;
mod relaying;
mod sealing;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use keystore::GatewayKeys;
use mail::header::HeaderSection;
use mail::{Address, HeaderError, MailObject, ParseError, ReversePath, TagRule};
use seal::{Profile, Random, RecipientId};
use smtp::{Refusal, Status};
use store::{Disposition, Store, StoreError, Stored};
use tokio::sync::Semaphore;
use tracing::{error, info};

use crate::clock::Clock;
use crate::config::Receipts;
use crate::mails::can_be_addressed;
use crate::metadata::RecipientFacts;
use crate::metrics;
use crate::policy::{self, Facts, Party, Refused, Subject};
use crate::reply_token;

use beside::Hands;
use plan::Wishes;

pub use diverted::Diverted;
pub use participants::{MOST_PARTICIPANTS, participants};
pub use plan::Plan;
pub use relaying::{ReplyCopies, Trace};

/// Messages that are sealed at the same time.
pub const SEALING_AT_ONCE: usize = 4;

/// Content up to this many octets is sealed where it was received: in less than a millisecond.
const SEALED_IN_PASSING: usize = 64 * 1024;

/// Everything that taking a message needs.
pub struct Intake {
    /// What policy knows.
    pub facts: Facts,
    /// What the tag is.
    pub rule: TagRule,
    /// The kind of message identity.
    pub profile: Profile,
    /// How long a grant lives.
    pub expiry: jiff::SignedDuration,
    /// Offline keys that get a grant of each held message; none when escrow is off.
    pub escrow: seal::EscrowKeys,
    /// When a sender gets a receipt.
    pub receipts: Receipts,
    /// Named inside each view.
    pub organisation: mail::view::Organisation,
    /// Who reads what is written to our postmaster.
    pub postmaster: Address,
    /// The gateway's name, for trace fields and the loop mark.
    pub hostname: mail::Domain,
    /// The keys.
    pub keys: Arc<GatewayKeys>,
    /// Where it goes.
    pub store: Arc<dyn Store>,
    /// [`SEALING_AT_ONCE`].
    pub sealing: Arc<Semaphore>,
    /// Chance.
    pub random: Arc<dyn Random>,
    /// Time.
    pub clock: Clock,
}

impl Intake {
    /// Whether a recipient can be accepted at RCPT, before anything is known of the subject.
    pub async fn check_recipient(
        &self,
        sender: &ReversePath,
        address: &Address,
        is_inside: bool,
    ) -> Result<(), Refusal> {
        // The token is the proof; a bounce may come from anybody.
        if let Some(token) = reply_token::bounce_of_address(address, &self.facts.own_domain) {
            return self.bounced_recipient(&token).await.map(|_| ());
        }
        if *sender == ReversePath::Null {
            return self.check_return(address, is_inside).await;
        }
        let (party, _) = self.party(address).await?;
        if !can_be_addressed(party.address()) {
            let status = Status::new(1, 3);
            let words = "This address has a form that no notice could be sent to";
            return Err(Refusal::permanent(553, status, words));
        }
        Ok(())
    }

    /// Whether a recipient can be accepted of mail without a sender, which answers and bounces are
    /// and which may come from anybody: our own addresses only, so that nothing goes on to others
    /// of which nobody could be told (promises S4, S6). What is sent to a reply address is sealed and
    /// announced as ours, so that needs one of our own mail systems.
    async fn check_return(&self, address: &Address, is_inside: bool) -> Result<(), Refusal> {
        let is_reply = reply_token::of_address(address, &self.facts.own_domain).is_some();
        if self.is_postmaster(address) || is_reply && is_inside {
            return self.party(address).await.map(|_| ());
        }
        let words =
            "Mail without a sender is taken for the postmaster and our token addresses only";
        Err(Refusal::permanent(550, Status::new(7, 1), words))
    }

    /// Whether an address is that of our postmaster: at our domain or, as the session writes
    /// `<Postmaster>` out, at our name (RFC 5321 §4.5.1).
    fn is_postmaster(&self, address: &Address) -> bool {
        let is_ours = [&self.facts.own_domain, &self.hostname].contains(&address.domain());
        is_ours && address.local().eq_ignore_ascii_case("postmaster")
    }

    /// Whether a sender's address has a form that can be answered.
    pub fn check_sender(&self, sender: &Address) -> Result<(), Refusal> {
        if can_be_addressed(sender) {
            return Ok(());
        }
        let words = "This sender address has a form that could not be answered";
        Err(Refusal::permanent(553, Status::new(1, 7), words))
    }

    /// Takes a message: decides for each recipient, seals, commits.
    pub async fn accept(
        self: &Arc<Self>,
        trace: Trace,
        mail: MailObject,
    ) -> Result<Stored, Refusal> {
        let tokens = self.bounce_tokens(&mail.envelope.recipients)?;
        if !tokens.is_empty() {
            return self.take_bounces(&tokens, &mail.content).await;
        }
        let mut parties = Vec::with_capacity(mail.envelope.recipients.len());
        let mut answered = Vec::new();
        for address in &mail.envelope.recipients {
            let (party, whose) = self.party(address).await?;
            parties.push(party);
            answered.extend(whose);
        }
        let capture = self
            .seal_apart(mail.content.len(), move |intake, hands| {
                intake.seal(hands, &trace, &mail, parties, answered)
            })
            .await?;
        let (held, relayed) = count(&capture.recipients);
        let stored = self
            .store
            .capture(capture)
            .await
            .map_err(|error| refuse_store(&error))?;
        metrics::CAPTURED.count();
        info!(
            message.id = %stored.message(),
            held,
            relayed,
            sent_before = stored.sent_before(),
            "message captured"
        );
        Ok(stored)
    }

    /// Seals one recipient's relay copy as if it had been held from the start.
    pub async fn divert(self: &Arc<Self>, diverted: Diverted) -> Result<store::Capture, Refusal> {
        self.seal_apart(diverted.content.len(), move |intake, hands| {
            diverted::divert(intake, hands, diverted)
        })
        .await
    }

    /// Takes the copies of a reply for others than the sender of what it answers.
    pub async fn copy_reply(self: &Arc<Self>, copies: ReplyCopies) -> Result<Stored, Refusal> {
        let capture = self
            .seal_apart(copies.octets.len(), move |intake, hands| {
                relaying::copies(intake, hands, copies)
            })
            .await?;
        let relayed = capture.recipients.len();
        let stored = self.store.capture(capture).await;
        let stored = stored.map_err(|error| refuse_store(&error))?;
        metrics::CAPTURED.count();
        info!(message.id = %stored.message(), relayed, "copies of a reply captured");
        Ok(stored)
    }

    /// Parsing and sealing are work for a processor, not for the runtime's own threads, unless there
    /// is so little of it that handing it over would take as long. A few at a time: each needs
    /// memory of its own beside the content that waits.
    async fn seal_apart(
        self: &Arc<Self>,
        size: usize,
        work: impl FnOnce(&Self, Hands) -> Result<store::Capture, Refusal> + Send + 'static,
    ) -> Result<store::Capture, Refusal> {
        let permit = self
            .sealing
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| busy())?;
        let intake = Arc::clone(self);
        let sealing = move || {
            let is_alone = intake.sealing.available_permits() + 1 == SEALING_AT_ONCE;
            let hands = Hands::for_content(size, is_alone);
            let capture = seal::wiping(|| work(&intake, hands));
            drop(permit);
            capture
        };
        let stopped = |error: &dyn std::fmt::Display| {
            error!(error = %error, "sealing stopped");
            try_later("The gateway failed while it sealed this message")
        };
        if size <= SEALED_IN_PASSING {
            return catch_unwind(AssertUnwindSafe(sealing)).map_err(|_| stopped(&"a panic"))?;
        }
        let sealed = tokio::task::spawn_blocking(sealing);
        sealed.await.map_err(|error| stopped(&error))?
    }

    fn seal(
        &self,
        hands: Hands,
        trace: &Trace,
        mail: &MailObject,
        parties: Vec<Party>,
        answered: Vec<RecipientId>,
    ) -> Result<store::Capture, Refusal> {
        let header = HeaderSection::split(&mail.content).map_err(|error| refuse_header(&error))?;
        if policy::is_loop(&header, &self.hostname) {
            let words = "This message has passed here before; a forwarding rule goes in a circle";
            return Err(Refusal::permanent(554, Status::new(4, 6), words));
        }
        let subject = Subject::read(&header, &parties, &self.rule, &self.facts);
        let wishes = Wishes::new(parties.iter().zip(&mail.envelope.recipient_dsn));
        let mut plan = Plan::make(&subject, parties, &self.facts)
            .map_err(|refused| refuse_policy(refused, &self.rule))?;
        plan.wishes = wishes;
        plan.answered = answered;
        sealing::capture(self, hands, trace, mail, &header, plan)
    }

    /// Whom an address stands for, and whose reply address it is. An unknown token address is nobody.
    async fn party(&self, address: &Address) -> Result<(Party, Option<RecipientId>), Refusal> {
        if self.is_postmaster(address) {
            return Ok((Party::Address(self.postmaster.clone()), None));
        }
        if *address.domain() != self.facts.own_domain {
            return Ok((Party::Address(address.clone()), None));
        }
        let token = reply_token::of_address(address, &self.facts.own_domain).ok_or_else(nobody)?;
        let indexes = reply_token::indexes(&self.keys.lookup, &token);
        let found = self.store.recipient_by_reply_token(&indexes).await;
        let found = found.map_err(|error| refuse_store(&error))?;
        // Under keys that this process cannot read it may well be there.
        if found.is_none() && !self.keys.lookup.is_up_to_date() {
            return Err(try_later("The gateway cannot look up this address now"));
        }
        let recipient = found.ok_or_else(nobody)?;
        RecipientFacts::open(
            &self.keys.metadata,
            recipient.message,
            recipient.id,
            &recipient.address,
        )
        .map(|facts| (Party::ReplyToken(facts.address), Some(recipient.id)))
        .map_err(|error| {
            error!(recipient.id = %recipient.id, error = %error, "an address does not open");
            try_later("The gateway cannot look up this address now")
        })
    }
}

fn count(recipients: &[store::NewRecipient]) -> (usize, usize) {
    let is_held = |r: &&store::NewRecipient| matches!(r.disposition, Disposition::Held { .. });
    let held = recipients.iter().filter(is_held).count();
    (held, recipients.len() - held)
}

fn nobody() -> Refusal {
    let words = "No such address here; write to the person's own address";
    Refusal::permanent(550, Status::new(1, 1), words)
}

fn busy() -> Refusal {
    try_later("The gateway is stopping; try again later")
}

fn try_later(words: &str) -> Refusal {
    Refusal::transient(451, Status::new(3, 0), words)
}

fn refuse_header(error: &HeaderError) -> Refusal {
    Refusal::permanent(554, Status::new(6, 0), &format!("Refused: {error}"))
}

fn refuse_parse(error: &ParseError) -> Refusal {
    Refusal::permanent(554, Status::new(6, 0), &format!("Refused: {error}"))
}

fn refuse_policy(refused: Refused, rule: &TagRule) -> Refusal {
    let words = match refused {
        Refused::NeedsTag => format!(
            "Mail to outside addresses must be sent securely: write {} at the start of the subject",
            rule.aliases()[0]
        ),
        Refused::OwnDomain => "No such address here; write to the person's own address".to_owned(),
    };
    Refusal::permanent(550, Status::new(7, 1), &words)
}

/// One function turns what the store says into an SMTP reply.
fn refuse_store(error: &StoreError) -> Refusal {
    metrics::STORE_FAILURES.count();
    match error {
        StoreError::NoRoom => {
            error!(error = %error, "no room for mail");
            Refusal::transient(
                452,
                Status::new(3, 1),
                "The gateway's disk is full; try again later",
            )
        }
        StoreError::Fatal(_) => {
            // The process is about to stop: the client shall come back on a new connection.
            Refusal::transient(
                421,
                Status::new(3, 0),
                "The gateway's store has failed; try again later",
            )
        }
        _ => {
            error!(error = %error, "the store refused");
            try_later("The gateway cannot store mail now; try again later")
        }
    }
}
