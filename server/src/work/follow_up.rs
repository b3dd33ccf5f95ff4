//! What is done about messages that nobody reads. One task looks after a message; it makes the mails'
//! own tasks, so that one that cannot leave holds up no other.

use seal::{MessageId, TaskId};
use store::{End, LeasedTask, NewTask, RecipientRecord, TaskKind};

use super::{Attempted, Work};
use crate::follow_up::Life;
use crate::task_error::TaskError;

impl Work {
    /// A notice was taken: from now on its message is followed up, if that is wanted at all.
    pub(super) fn followed_up(&self, recipient: &RecipientRecord, taken: Attempted) -> Attempted {
        match self.follow_up.next(life(recipient), (self.clock)()) {
            Some(at) => {
                let task = self.new_task(TaskKind::FollowUp(recipient.message));
                Attempted::And(Box::new(taken), vec![NewTask { due_at: at, ..task }])
            }
            None => taken,
        }
    }

    pub(super) async fn follow_up(
        &self,
        task: &LeasedTask,
        id: MessageId,
    ) -> Result<Attempted, TaskError> {
        let now = (self.clock)();
        let unread = self.store.unread(id, now).await?;
        let (since, of) = (task.first_due_at, self.follow_up);
        let mut tasks = Vec::new();
        let mut alert = false;
        for one in &unread {
            let due = of.due(life(one), since, now);
            // Who has not got the first mail has nothing to be reminded of.
            if due.remind && one.end == Some(End::Notified) {
                tasks.push(self.new_task(TaskKind::Remind(id, one.id)));
            }
            alert |= due.alert;
        }
        if alert {
            tasks.push(self.new_task(TaskKind::TellUnread(id)));
        }
        let done = match of.next_of(unread.iter().map(life), now) {
            Some(at) => Attempted::Again(at),
            None => Attempted::Done(None),
        };
        Ok(Attempted::And(Box::new(done), tasks))
    }

    /// A task that is due now.
    pub(super) fn new_task(&self, kind: TaskKind) -> NewTask {
        let now = (self.clock)();
        let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
        NewTask {
            id: TaskId::generate(millis, &*self.random),
            kind,
            due_at: now,
            payload: None,
        }
    }
}

fn life(recipient: &RecipientRecord) -> Life {
    Life {
        captured_at: recipient.captured_at,
        expires_at: recipient.expires_at,
    }
}
