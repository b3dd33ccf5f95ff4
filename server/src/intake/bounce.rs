//! Mail to the bounce addresses of notices: read, noted, not kept (decision 0016).
//!
//! The token in the address is the proof: nobody but who was sent the notice, and the systems on
//! the way, can know it. What it can bring about is no more than that the sender is told.

use mail::Address;
use seal::{RecipientId, TaskId};
use smtp::{Refusal, Status};
use store::{Bounce, NewTask, Report, ReportAction, Stored, TaskKind, Telling};
use tracing::{error, info};

use super::{Intake, nobody, refuse_store, try_later};
use crate::bounces::{self, Verdict};
use crate::dsn;
use crate::metadata::{RecipientFacts, SenderFacts};
use crate::metrics;
use crate::reply_token;

impl Intake {
    /// The bounce tokens that a transaction is addressed to; none when it is ordinary mail.
    pub(super) fn bounce_tokens(&self, recipients: &[Address]) -> Result<Vec<String>, Refusal> {
        let tokens: Vec<String> = recipients
            .iter()
            .filter_map(|address| reply_token::bounce_of_address(address, &self.facts.own_domain))
            .collect();
        if !tokens.is_empty() && tokens.len() != recipients.len() {
            let words = "A bounce address takes mail of its own only";
            return Err(Refusal::permanent(550, Status::new(5, 3), words));
        }
        Ok(tokens)
    }

    /// Whose notice a bounce address is for.
    pub(super) async fn bounced_recipient(&self, token: &str) -> Result<RecipientId, Refusal> {
        let indexes = reply_token::bounce_indexes(&self.keys.lookup, token);
        let found = self.store.recipient_by_reply_token(&indexes).await;
        match found.map_err(|error| refuse_store(&error))? {
            Some(recipient) => Ok(recipient.id),
            // Under keys that this process cannot read it may well be there.
            None if !self.keys.lookup.is_up_to_date() => {
                Err(try_later("The gateway cannot look up this address now"))
            }
            None => Err(nobody()),
        }
    }

    /// Takes a mail to bounce addresses. What it returns was committed; repeated, it changes
    /// nothing more.
    pub(super) async fn take_bounces(
        &self,
        tokens: &[String],
        content: &[u8],
    ) -> Result<Stored, Refusal> {
        let verdict = bounces::read(content);
        let mut taken = None;
        for token in tokens {
            let recipient = self.bounced_recipient(token).await?;
            let together = self.store.told_together(recipient).await;
            for recipient in together.map_err(|error| refuse_store(&error))? {
                taken = Some(self.take_bounce(recipient, &verdict).await?);
            }
        }
        taken.ok_or_else(nobody)
    }

    async fn take_bounce(
        &self,
        recipient: RecipientId,
        verdict: &Verdict,
    ) -> Result<Stored, Refusal> {
        let bounce = match verdict {
            Verdict::Passing => {
                metrics::BOUNCES_PASSING.count();
                Bounce::Passing
            }
            Verdict::Failed(status) => {
                metrics::BOUNCES_FAILED.count();
                Bounce::Failed(self.bounce_report(recipient, status).await?)
            }
        };
        let is_told = matches!(bounce, Bounce::Failed(Some(_)));
        let (taken, changed) = self
            .store
            .bounced(recipient, bounce, (self.clock)())
            .await
            .map_err(|error| refuse_store(&error))?;
        if changed && !is_told {
            metrics::HELD.count();
            error!(
                message.id = %taken.message(), recipient.id = %recipient,
                "a notice came back, and its sender may not be told; it is held"
            );
        } else {
            info!(
                message.id = %taken.message(), recipient.id = %recipient, changed,
                "a mail to a bounce address was taken"
            );
        }
        Ok(taken)
    }

    /// What the sender is told of a notice that came back, if it is told.
    async fn bounce_report(
        &self,
        id: RecipientId,
        status: &bounces::Status,
    ) -> Result<Option<Telling>, Refusal> {
        let recipient = self.store.recipient(id).await;
        let recipient = recipient
            .map_err(|error| refuse_store(&error))?
            .ok_or_else(nobody)?;
        let message = self.store.message(recipient.message).await;
        let message = message
            .map_err(|error| refuse_store(&error))?
            .ok_or_else(nobody)?;
        let keys = &self.keys.metadata;
        let opened = RecipientFacts::open(keys, message.id, id, &recipient.address)
            .and_then(|facts| Ok((facts, SenderFacts::open(keys, message.id, &message.sender)?)));
        let (facts, sender) = opened.map_err(|error| {
            error!(recipient.id = %id, error = %error, "an address does not open");
            try_later("The gateway cannot look up this address now")
        })?;
        if !dsn::is_told(&sender, &facts.dsn, ReportAction::Bounced) {
            return Ok(None);
        }
        let now = (self.clock)();
        let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
        Ok(Some(Telling {
            reports: vec![Report {
                recipient: id,
                action: ReportAction::Bounced,
                status: status.to_string(),
                cause: "the mail with the link came back".to_owned(),
                remote: None,
            }],
            task: NewTask {
                id: TaskId::generate(millis, &*self.random),
                kind: TaskKind::Report(message.id),
                due_at: now,
                payload: None,
            },
        }))
    }
}
