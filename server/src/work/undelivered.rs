//! A secure reply that was not delivered: who wrote it is told (promise D6 for the way back).

use seal::{ReplyId, TaskId};
use store::{LeasedTask, NewTask, Outcome, TaskKind};

use super::Work;
use super::notices::bounce_of;
use crate::mails::{To, Undelivered};
use crate::policy::Tls;
use crate::task_error::TaskError;

impl Work {
    /// Has who wrote it told of a reply that has failed for good. The reply itself is kept: an operator
    /// can put it back.
    pub(super) fn tell_of_reply(&self, reply: ReplyId, outcome: Outcome) -> Outcome {
        if !matches!(outcome, Outcome::Failed { .. }) {
            return outcome;
        }
        let now = (self.clock)();
        let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
        let task = NewTask {
            id: TaskId::generate(millis, &*self.random),
            kind: TaskKind::TellReplier(reply),
            due_at: now,
            payload: None,
        };
        Outcome::And {
            outcome: Box::new(outcome),
            tasks: vec![task],
        }
    }

    /// Says so by a mail of its own. Where the reply is no more, there is nothing to say.
    pub(super) async fn tell_replier(
        &self,
        task: &LeasedTask,
        reply: ReplyId,
    ) -> Result<(), TaskError> {
        let Some(reply) = self.store.reply(reply).await? else {
            return Ok(());
        };
        let recipient = self.recipient(reply.recipient).await?;
        let facts = self.facts(&recipient)?;
        let mail = self.mails.undelivered(
            &To {
                address: &facts.address,
                bounce: &bounce_of(&facts),
                language: self.store.chosen_language(recipient.id).await?,
            },
            task.lease.task.as_uuid(),
            &Undelivered {
                reference: &viewer::reply_reference(reply.id),
                sent: reply.sent_at.unwrap_or(reply.begun_at),
            },
            (self.clock)(),
        )?;
        self.courier.deliver(&mail, Tls::AsConfigured).await?;
        Ok(())
    }
}
