//! `messages extend`: more time for those who can still open a message. Their shares are wrapped anew
//! under the key of the month in which they end then; whose share is gone cannot be helped.

use clap::Args;
use jiff::{SignedDuration, Timestamp};
use keystore::GatewayKeys;
use seal::{MessageId, Profile, Random, RecipientId, SystemRandom, TaskId, share_context};
use store::sqlite::SqliteStore;
use store::{
    Act, Disposition, Extension, MessageRecord, NewTask, RecipientRecord, Rewrapped, Store,
    TaskKind, place,
};

use super::super::confirm::confirm;
use super::super::keys::Opened;
use super::super::{Failure, Global, audit};
use super::find;
use crate::clock;

/// As long as the longest time that a configuration gives.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 366);
/// A rotation of the share keys may be faster than we are, a few times.
const TRIES: u32 = 5;

#[derive(Args)]
pub(in super::super) struct Extend {
    /// The message, as the log names it
    message: MessageId,
    /// Days to add to the time that it has
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=366))]
    days: u16,
    /// Give more time to this recipient only
    #[arg(long, value_name = "ID")]
    recipient: Option<RecipientId>,
}

impl Extend {
    pub(super) async fn run(&self, store: &SqliteStore, global: &Global) -> Result<(), Failure> {
        find(store, self.message).await?;
        let now = clock::system();
        let mut recipients = store.recipients(self.message).await?;
        recipients.retain(|one| self.recipient.is_none_or(|id| id == one.id));
        if let (true, Some(id)) = (recipients.is_empty(), self.recipient) {
            return Err(Failure::failed(format!(
                "message {} has no recipient {id}",
                self.message
            )));
        }
        let (open, over): (Vec<_>, Vec<_>) =
            recipients.into_iter().partition(|one| is_open(one, now));
        for recipient in &over {
            eprintln!("recipient {}: {}", recipient.id, why_not(recipient, now));
        }
        let ends = open.iter().map(|one| one.expires_at).max();
        let Some(until) = ends.and_then(|end| later(end, self.days)) else {
            return Err(Failure::failed(
                "nobody can be given more time; the message must be sent again",
            ));
        };
        if until.duration_since(now) > LONGEST {
            return Err(Failure::usage(format!(
                "--days {}: it would end on {until}, more than 366 days from now",
                self.days
            )));
        }
        if global.dry_run {
            eprintln!("would give {} recipients until {until}", open.len());
            return Ok(());
        }
        let question = format!(
            "This gives {} recipients of message {} until {until} to open it.",
            open.len(),
            self.message
        );
        confirm(global, &question, "extend")?;
        Opened::new(global)?.cut_share_keys(until)?;
        let keys = audit::keys(global)?;
        // Who was diverted is held under a message of its own.
        let mut messages: Vec<_> = open.iter().map(|one| one.message).collect();
        messages.dedup();
        messages.sort_unstable_by_key(|id| *id.as_bytes());
        messages.dedup();
        for id in messages {
            let message = find(store, id).await?;
            let given = self.give(store, global, &keys, &message, until);
            let count = given.await?;
            eprintln!("message {id}: {count} recipients can open it until {until}");
        }
        Ok(())
    }

    /// Extends one message; says for how many recipients.
    async fn give(
        &self,
        store: &SqliteStore,
        global: &Global,
        keys: &GatewayKeys,
        message: &MessageRecord,
        until: Timestamp,
    ) -> Result<usize, Failure> {
        let profile = message
            .profile
            .ok_or_else(|| Failure::failed("the message is not held"))?;
        for _ in 0..TRIES {
            let now = clock::system();
            let mut shares = Vec::new();
            for recipient in store.recipients(message.id).await? {
                let wanted = self.recipient.is_none_or(|id| id == recipient.id);
                if wanted && recipient.message == message.id && is_open(&recipient, now) {
                    shares.push(anew(keys, &recipient, profile, until)?);
                }
            }
            let count = shares.len();
            let extension = Extension {
                event: audit::event(global, Act::Extend(message.id, until), String::new())?,
                shares,
                expiry: task(TaskKind::Expire(message.id), until),
                follow_up: task(TaskKind::FollowUp(message.id), now),
            };
            if store.extend(extension, now).await? {
                return Ok(count);
            }
        }
        Err(Failure::try_again(
            "the message changes just now; nothing was changed, try again",
        ))
    }
}

fn is_open(recipient: &RecipientRecord, now: Timestamp) -> bool {
    let share_is_there = matches!(
        recipient.disposition,
        Disposition::Held { share: Some(_), .. }
    );
    share_is_there && now < recipient.expires_at
}

fn why_not(recipient: &RecipientRecord, now: Timestamp) -> &'static str {
    match &recipient.disposition {
        Disposition::Relayed => "got the mail itself; it has no end",
        _ if recipient.disowned_at.is_some() => {
            "said that the message is not for them; it cannot be extended"
        }
        _ if now >= recipient.expires_at => {
            "its time is over, and nothing opens the message any more; send it again"
        }
        _ => "it was withdrawn and cannot be extended; send it again",
    }
}

fn later(end: Timestamp, days: u16) -> Option<Timestamp> {
    let more = SignedDuration::from_hours(24 * i64::from(days));
    end.checked_add(more).ok()
}

/// A share bound to its new end, under the key of the month of that.
fn anew(
    keys: &GatewayKeys,
    recipient: &RecipientRecord,
    profile: Profile,
    until: Timestamp,
) -> Result<Rewrapped, Failure> {
    let Disposition::Held {
        share: Some(old), ..
    } = &recipient.disposition
    else {
        return Err(Failure::failed("the share is gone"));
    };
    let context =
        |end: Timestamp| share_context(recipient.message, recipient.id, profile, end.as_second());
    let (was, will) = (context(recipient.expires_at), context(until));
    let opened = keys
        .share
        .open(&place::server_share(&recipient.id, &was), old);
    let opened = opened.map_err(Failure::key_unavailable)?;
    let place = place::server_share(&recipient.id, &will);
    let new = keys
        .share
        .seal(&place, until, &opened, &SystemRandom::new());
    Ok(Rewrapped {
        id: *recipient.id.as_bytes(),
        old: old.clone(),
        new: new.map_err(Failure::key_unavailable)?,
    })
}

fn task(kind: TaskKind, due_at: Timestamp) -> NewTask {
    let random: &dyn Random = &SystemRandom::new();
    let millis = u64::try_from(clock::system().as_millisecond()).unwrap_or_default();
    NewTask {
        id: TaskId::generate(millis, random),
        kind,
        due_at,
        payload: None,
    }
}
