//! The reminder of a message that waits unread. It carries no link: the link's half is no more
//! (promise K1, decision 0026).
//!
//! Reminders count as notices do: beyond so many in an hour, those to one address go in one mail.

use jiff::Timestamp;
use seal::RecipientId;
use store::{Admission, Disposition, End, Language, LeasedTask, RecipientRecord, TaskKind};

use super::notices::bounce_of;
use super::{Attempted, Work};
use crate::mails::{Reminder, To};
use crate::metadata::RecipientFacts;
use crate::policy::Tls;
use crate::task_error::TaskError;

/// One message that a reminder is about.
struct Waiting {
    facts: RecipientFacts,
    reference: String,
    sent_at: Timestamp,
    expires_at: Timestamp,
    language: Option<Language>,
}

impl Work {
    pub(super) async fn remind(
        &self,
        task: &LeasedTask,
        recipient: RecipientId,
    ) -> Result<Attempted, TaskError> {
        let Some(waiting) = self.waiting(recipient).await? else {
            return Ok(Attempted::Done(None));
        };
        let now = (self.clock)();
        let admission = self
            .store
            .admit_notice(&task.lease, self.notices, self.hold, now)
            .await?;
        match admission {
            Admission::Go => {
                self.send_reminder(task, &[waiting]).await?;
                Ok(Attempted::Done(None))
            }
            Admission::Together(others) => Ok(self.remind_of_several(task, waiting, others).await),
            Admission::Later(at) => {
                tracing::info!(next_attempt = %at, "many mails to one address; gathered");
                Ok(Attempted::NotNow)
            }
            Admission::Lost => Ok(Attempted::NotNow),
        }
    }

    /// `None` for who was never told, has opened the message, or cannot any more.
    async fn waiting(&self, id: RecipientId) -> Result<Option<Waiting>, TaskError> {
        let recipient: RecipientRecord = self.recipient(id).await?;
        let Disposition::Held {
            handle,
            share: Some(_),
            ..
        } = &recipient.disposition
        else {
            return Ok(None);
        };
        let openings = self.store.openings(id).await?;
        let was_opened = openings.count > 0 || openings.is_unknown;
        let is_over = (self.clock)() >= recipient.expires_at;
        if was_opened || is_over || recipient.end != Some(End::Notified) {
            return Ok(None);
        }
        Ok(Some(Waiting {
            facts: self.facts(&recipient)?,
            reference: handle.reference().to_string(),
            sent_at: recipient.notified_at.unwrap_or(recipient.captured_at),
            expires_at: recipient.expires_at,
            language: self.store.chosen_language(id).await?,
        }))
    }

    async fn remind_of_several(
        &self,
        task: &LeasedTask,
        first: Waiting,
        others: Vec<LeasedTask>,
    ) -> Attempted {
        let (mut going, mut all) = (vec![task.clone()], vec![first]);
        let mut ended = Vec::new();
        for other in others {
            let TaskKind::Remind(_, recipient) = other.kind else {
                continue;
            };
            match self.waiting(recipient).await {
                Ok(Some(waiting)) => {
                    going.push(other);
                    all.push(waiting);
                }
                Ok(None) => ended.push((other, Ok(Attempted::Done(None)))),
                Err(error) => ended.push((other, Err(error))),
            }
        }
        let sent = self.send_reminder(task, &all).await;
        let going = going.into_iter().map(|task| {
            let result = match &sent {
                Ok(()) => Ok(Attempted::Done(None)),
                Err(error) => Err(error.again()),
            };
            (task, result)
        });
        Attempted::Together(going.chain(ended).collect())
    }

    async fn send_reminder(&self, task: &LeasedTask, all: &[Waiting]) -> Result<(), TaskError> {
        let Some(first) = all.first() else {
            return Ok(());
        };
        let messages: Vec<_> = all
            .iter()
            .map(|waiting| Reminder {
                reference: &waiting.reference,
                sent: waiting.sent_at,
                expires: waiting.expires_at,
            })
            .collect();
        let mail = self.mails.reminder(
            &To {
                address: &first.facts.address,
                bounce: &bounce_of(&first.facts),
                language: first.language,
            },
            task.lease.task.as_uuid(),
            &messages,
            (self.clock)(),
        )?;
        self.courier.deliver(&mail, Tls::AsConfigured).await?;
        Ok(())
    }
}
