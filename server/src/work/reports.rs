//! Delivery reports: what is written for the sender, and the mail that tells it (promise D6).

use jiff::SignedDuration;
use mail::Address;
use seal::{MessageId, RecipientId, TaskId};
use store::{
    End, LeasedTask, MessageRecord, NewTask, Outcome, Report, ReportAction, TaskKind, Telling,
};

use super::notices::ANNOUNCED;
use super::{Attempted, Work};
use crate::courier::FailureKind;
use crate::dsn::{self, About, Reported, Said};
use crate::mails::{Dsn, DsnEntry, Why};
use crate::metadata::{RecipientFacts, SenderFacts};
use crate::policy::Tls;
use crate::task_error::TaskError;

/// Recipients that fail within this time are told of in one mail.
const GATHER: SignedDuration = SignedDuration::from_secs(5);

impl Work {
    /// Sends the reports that wait for this task. The end says that the sender was told.
    pub(super) async fn report(
        &self,
        task: &LeasedTask,
        id: MessageId,
    ) -> Result<Attempted, TaskError> {
        let reports = self.store.reports(task.lease.task).await?;
        if reports.is_empty() {
            return Ok(Attempted::Done(None));
        }
        let message = self.message(id).await?;
        let sender = SenderFacts::open(&self.keys.metadata, id, &message.sender)?;
        let to = dsn::may_be_told(&sender)
            .ok_or_else(|| TaskError::permanent("this sender may not be sent a report"))?;
        let mut recipients = Vec::with_capacity(reports.len());
        for report in &reports {
            let facts = self.facts(&self.recipient(report.recipient).await?)?;
            recipients.push((facts, self.said(id, report)));
        }
        let now = (self.clock)();
        let receipt = self.receipt_of(id).await?;
        let reported: Vec<Reported<'_>> = reports
            .iter()
            .zip(&recipients)
            .map(|(report, (facts, said))| Reported {
                report,
                address: &facts.address,
                orcpt: facts.dsn.orcpt.as_deref(),
                said: said.as_ref(),
            })
            .collect();
        let about = About {
            reporting: &self.hostname,
            envid: sender.dsn.envid.as_deref(),
            arrived: message.captured_at,
            now,
        };
        let mail = self.mails.dsn(
            to,
            task.lease.task.as_uuid(),
            &Dsn {
                entries: reported.iter().map(entry).collect(),
                taken_at: message.captured_at,
                message_id: sender.original.message_id.as_deref(),
                replier: sender.replier.as_ref().map(Address::as_str),
                receipt: receipt.as_ref(),
                delivery_status: &dsn::delivery_status(&about, &reported),
                original_header: &dsn::original_header(&sender, &reported),
            },
            now,
        )?;
        self.courier.deliver(&mail, Tls::AsConfigured).await?;
        Ok(Attempted::Done(Some(End::Dsn)))
    }

    /// What another system said. A report is no worse without it: it does not wait for a key.
    fn said(&self, message: MessageId, report: &Report) -> Option<Said> {
        let sealed = report.remote.as_deref()?;
        let said = Said::open(&self.keys.metadata, message, report.recipient, sealed);
        said.inspect_err(|error| {
            tracing::warn!(error = %error, "a report leaves without the other system's words");
        })
        .ok()
    }

    pub(super) async fn message(&self, id: MessageId) -> Result<MessageRecord, TaskError> {
        let found = self.store.message(id).await?;
        found.ok_or_else(|| TaskError::permanent("the message's record is gone"))
    }

    /// A task that will send reports of a message.
    pub(super) fn report_task(&self, message: MessageId) -> NewTask {
        let now = (self.clock)();
        let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
        NewTask {
            id: TaskId::generate(millis, &*self.random),
            kind: TaskKind::Report(message),
            due_at: now.saturating_add(GATHER).unwrap_or(now),
            payload: None,
        }
    }

    /// A mail was taken; its sender is told when that was asked for.
    pub(super) fn taken(
        &self,
        sender: &SenderFacts,
        facts: &RecipientFacts,
        message: MessageId,
        recipient: RecipientId,
        words: &str,
    ) -> Attempted {
        let action = ReportAction::Relayed;
        if !dsn::is_told(sender, &facts.dsn, action) {
            return Attempted::Done(Some(End::Notified));
        }
        let report = Report {
            recipient,
            action,
            status: dsn::status_of(action, None),
            cause: words.to_owned(),
            remote: None,
        };
        let telling = Telling {
            reports: vec![report],
            task: self.report_task(message),
        };
        Attempted::Told(Some(End::Notified), telling)
    }

    /// Makes a notice or relay copy that has failed for good, or is late, tell its sender what the
    /// error was; a reminder, too, that another system refuses for good: the mailbox that took the
    /// notice is no more. Of a reply, it is its writer who is told. What cannot be told stays as it is: held, with an alarm.
    pub async fn tell(&self, task: &LeasedTask, outcome: Outcome, error: &TaskError) -> Outcome {
        let (message, recipient, failed) = match task.kind {
            TaskKind::Notify(message, recipient) | TaskKind::Relay(message, recipient) => {
                (message, recipient, ReportAction::Failed)
            }
            TaskKind::Remind(message, recipient) if error.is(FailureKind::Refused) => {
                (message, recipient, ReportAction::Bounced)
            }
            TaskKind::DeliverReply(reply) => return self.tell_of_reply(reply, outcome),
            _ => return outcome,
        };
        let (action, cause) = match &outcome {
            Outcome::Failed { cause, .. } => (failed, cause.clone()),
            Outcome::Retry { cause, .. } if failed == ReportAction::Failed => {
                (ReportAction::Delayed, cause.clone())
            }
            _ => return outcome,
        };
        let telling = self.telling(message, recipient, action, &cause, error);
        match telling.await {
            Ok(Some(telling)) => Outcome::Told {
                outcome: Box::new(match outcome {
                    Outcome::Failed { .. } => Outcome::Done(None),
                    other => other,
                }),
                telling,
            },
            Ok(None) => outcome,
            Err(error) => {
                tracing::warn!(error = %error, "the sender cannot be told");
                outcome
            }
        }
    }

    /// What the sender is told of a recipient, if it is told.
    async fn telling(
        &self,
        message: MessageId,
        recipient: RecipientId,
        action: ReportAction,
        cause: &str,
        error: &TaskError,
    ) -> Result<Option<Telling>, TaskError> {
        let sender = self.message(message).await?.sender;
        let sender = SenderFacts::open(&self.keys.metadata, message, &sender)?;
        let facts = self.facts(&self.recipient(recipient).await?)?;
        if !dsn::is_told(&sender, &facts.dsn, action) {
            return Ok(None);
        }
        let said = error.remote().and_then(Said::of);
        let keys = &self.keys.metadata;
        Ok(Some(Telling {
            reports: vec![Report {
                recipient,
                action,
                status: dsn::status_of(action, Some(error)),
                cause: cause.to_owned(),
                remote: said.map(|said| said.seal(keys, message, recipient, &*self.random)),
            }],
            task: self.report_task(message),
        }))
    }
}

/// One recipient in words that a person can act on.
fn entry<'a>(reported: &Reported<'a>) -> DsnEntry<'a> {
    let Report { action, cause, .. } = reported.report;
    let why = match (action, reported.said.map(|said| said.code)) {
        (ReportAction::Failed | ReportAction::Bounced, Some(550 | 551 | 553)) => Why::NoMailbox,
        (ReportAction::Failed | ReportAction::Bounced, Some(552)) => Why::NoRoom,
        (ReportAction::Bounced, _) => Why::CameBack,
        (ReportAction::Failed | ReportAction::Delayed, _) => Why::Cause(sentence(cause)),
        (ReportAction::Unopened, _) => Why::Unopened,
        (ReportAction::Expired, _) => Why::Untold,
        (ReportAction::Relayed, _) if cause == ANNOUNCED => Why::Announced,
        (ReportAction::Relayed, _) => Why::PassedOn,
    };
    DsnEntry::new(*action, reported.address.as_str(), why)
}

/// Errors are written without a capital and a full stop.
fn sentence(cause: &str) -> String {
    let mut first = cause.chars();
    let start: String = first
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    format!("{start}{}.", first.as_str().trim_end_matches('.'))
}
