//! Advice to the sender about a message that was taken.

use seal::MessageId;
use store::{ContentKind, LeasedTask, Topic};

use super::receipts::Receipt;
use super::{Attempted, Work};
use crate::dsn;
use crate::mails::Advised;
use crate::metadata::SenderFacts;
use crate::policy::Tls;
use crate::task_error::TaskError;

impl Work {
    pub(super) async fn advise(
        &self,
        task: &LeasedTask,
        id: MessageId,
        topic: Topic,
    ) -> Result<Attempted, TaskError> {
        let message = self.message(id).await?;
        let sender = SenderFacts::open(&self.keys.metadata, id, &message.sender)?;
        let Some(to) = dsn::may_be_told(&sender) else {
            return Ok(Attempted::Done(None));
        };
        let receipt = match topic {
            Topic::Receipt => match self.receipt(task, id).await? {
                Some(receipt) => Some(receipt),
                None => return Ok(Attempted::NotNow),
            },
            _ => None,
        };
        let mail = self.mails.advice(
            to,
            task.lease.task.as_uuid(),
            topic,
            &Advised {
                tag: &self.rule.aliases()[0],
                taken_at: message.captured_at,
                escrow: message.content(ContentKind::Escrow).is_some(),
                receipt: receipt.as_ref().map(Receipt::facts),
            },
            (self.clock)(),
        )?;
        self.courier.deliver(&mail, Tls::AsConfigured).await?;
        Ok(Attempted::Done(None))
    }
}
