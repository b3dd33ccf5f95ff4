//! The end of a message's time.

use seal::MessageId;
use store::{End, Report, ReportAction, Telling};

use super::{Attempted, Work};
use crate::dsn;
use crate::metadata::SenderFacts;
use crate::task_error::TaskError;

impl Work {
    /// Destroys what has run out, and tells the sender of whom it never reached or who never opened
    /// it. Who was never told, and whose sender may not be told either, is held.
    pub(super) async fn expire(&self, id: MessageId) -> Result<Attempted, TaskError> {
        let now = (self.clock)();
        self.store.expire(id, now).await?;
        let run_out = self.store.run_out(id, now).await?;
        if run_out.is_empty() {
            return Ok(Attempted::Done(None));
        }
        let message = self.message(id).await?;
        let sender = SenderFacts::open(&self.keys.metadata, id, &message.sender)?;
        let mut reports = Vec::new();
        let mut untold = None;
        for (recipient, action) in run_out {
            let facts = self.facts(&self.recipient(recipient).await?)?;
            if dsn::is_told(&sender, &facts.dsn, action) {
                reports.push(Report {
                    recipient,
                    action,
                    status: dsn::status_of(action, None),
                    cause: words(action).to_owned(),
                    remote: None,
                });
            } else if action == ReportAction::Expired {
                tracing::error!(
                    message.id = %id, recipient.id = %recipient,
                    "a message ended before its recipient could be told, and its sender may not \
                     be told; it is held"
                );
                untold = Some(End::Held);
            }
        }
        if reports.is_empty() {
            return Ok(Attempted::Done(untold));
        }
        let task = self.report_task(id);
        Ok(Attempted::Told(untold, Telling { reports, task }))
    }
}

fn words(action: ReportAction) -> &'static str {
    match action {
        ReportAction::Unopened => "The recipient was sent a link and has not opened it.",
        _ => "The recipient could not be told of it in time.",
    }
}
