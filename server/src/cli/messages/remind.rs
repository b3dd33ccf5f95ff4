//! `messages remind`: tells recipients again who have not opened a message. The mail has no link: that
//! is no longer here (decisions 0026 and 0030). A notice that has not left yet is tried now.

use clap::Args;
use seal::{MessageId, RecipientId, SystemRandom, TaskId};
use store::sqlite::SqliteStore;
use store::{
    Act, Course, NewTask, NoReminder, Reminded, ReminderLimits, Reminding, Store, TaskKind,
};

use super::super::confirm::confirm;
use super::super::{Failure, Global, audit};
use super::find;
use crate::clock;

#[derive(Args)]
pub(in super::super) struct Remind {
    /// The message, as the log names it
    message: MessageId,
    /// Remind this recipient only
    #[arg(long, value_name = "ID")]
    recipient: Option<RecipientId>,
}

impl Remind {
    pub(super) async fn run(&self, store: &SqliteStore, global: &Global) -> Result<(), Failure> {
        find(store, self.message).await?;
        let limits = ReminderLimits::default();
        let mut waiting = Vec::new();
        let mut courses = store.courses(self.message).await?;
        courses.retain(|one| self.recipient.is_none_or(|id| id == one.recipient));
        if let (true, Some(id)) = (courses.is_empty(), self.recipient) {
            return Err(Failure::failed(format!(
                "message {} has no recipient {id}",
                self.message
            )));
        }
        for course in courses {
            match course.reminder(&limits, clock::system()) {
                Ok(_) => waiting.push(course),
                Err(refused) => eprintln!("recipient {}: {}", course.recipient, why_not(refused)),
            }
        }
        if waiting.is_empty() {
            return Err(Failure::failed("nobody can be reminded now"));
        }
        if global.dry_run {
            eprintln!("would remind {} recipients", waiting.len());
            return Ok(());
        }
        let question = format!(
            "This sends {} recipients of message {} a reminder that says which email to look for. \
             It has no link. A notice that has not left is tried now.",
            waiting.len(),
            self.message
        );
        confirm(global, &question, "remind")?;
        for course in &waiting {
            let said = match self.ask(store, global, course, &limits).await? {
                Ok(Reminded::Mail) => "is reminded",
                Ok(Reminded::Notice) => "has not been told yet; the notice is tried now",
                Err(refused) => why_not(refused),
            };
            eprintln!("recipient {}: {said}", course.recipient);
        }
        Ok(())
    }

    async fn ask(
        &self,
        store: &SqliteStore,
        global: &Global,
        course: &Course,
        limits: &ReminderLimits,
    ) -> Result<Result<Reminded, NoReminder>, Failure> {
        let now = clock::system();
        let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
        let reminding = Reminding {
            event: audit::event(
                global,
                Act::Remind(self.message, course.recipient),
                String::new(),
            )?,
            message: self.message,
            recipient: course.recipient,
            task: NewTask {
                id: TaskId::generate(millis, &SystemRandom::new()),
                kind: TaskKind::Remind(course.message, course.recipient),
                due_at: now,
                payload: None,
            },
        };
        Ok(store.remind(reminding, limits, now).await?)
    }
}

fn why_not(refused: NoReminder) -> &'static str {
    match refused {
        NoReminder::TooSoon { .. } => "was reminded less than an hour ago",
        NoReminder::TooMany => "was reminded three times; phone them, or send the message again",
        NoReminder::NotWaiting => "has opened it, cannot open it any more, or could not be told",
    }
}
