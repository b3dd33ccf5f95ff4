//! Brings every record of a purpose under its newest keys, batch by batch, while mail flows.
//!
//! Each batch is one commit in which a value is replaced only if it is still the one that was read:
//! two at once, a crash in between or a capture meanwhile do no harm. What does not open is counted,
//! named in the log and left as it is; nothing is ever replaced by something unread.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use keystore::{GatewayKeys, Purpose};
use seal::{KeyId, Random, share_context};
use store::{
    KeyedField, KeyedRecord, REWRAP_AT_ONCE, Reindexed, Rewrapped, StaleIndex, StaleValue, Store,
    place,
};
use tokio::sync::watch::Receiver;
use tracing::error;
use zeroize::Zeroizing;

use super::needs::forget_useless;
use super::rotation::RotationError;
use crate::metadata::RecipientFacts;
use crate::reply_token;

/// What re-wrapping has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Rewrote {
    /// Records that were not: when there is none, the work is done.
    pub(super) seen: u64,
    /// Records that are under the newest keys now.
    pub(super) moved: u64,
    /// Records that did not open and were left.
    pub(super) damaged: u64,
}

/// Where re-wrapping stands: done, of how many.
pub(super) type Report<'a> = &'a (dyn Fn(u64, u64) + Send + Sync);

pub(super) struct Rewrapper {
    pub(super) store: Arc<dyn Store>,
    pub(super) keys: Arc<GatewayKeys>,
    pub(super) random: Arc<dyn Random>,
    /// Records a second at most.
    pub(super) rate: Option<u32>,
    pub(super) stop: Receiver<bool>,
}

/// What of a purpose stands in records.
#[derive(Debug, Clone, Copy)]
enum Part {
    Values(KeyedField),
    Indexes,
}

fn parts(purpose: Purpose) -> &'static [Part] {
    match purpose {
        Purpose::Share => &[Part::Values(KeyedField::Share)],
        Purpose::Metadata => &[
            Part::Values(KeyedField::Sender),
            Part::Values(KeyedField::Address),
            Part::Values(KeyedField::Reason),
        ],
        Purpose::Outbox => &[
            Part::Values(KeyedField::LinkSecret),
            Part::Values(KeyedField::SenderLinkSecret),
        ],
        Purpose::Lookup => &[Part::Indexes],
        // Verifiers and form tokens end by themselves within hours. What is sealed to an identity
        // is opened by it until nothing waits for it. Signatures stand.
        Purpose::Passcode | Purpose::Session | Purpose::Spool | Purpose::Reply | Purpose::Audit => {
            &[]
        }
    }
}

impl Rewrapper {
    /// Brings every record of `purpose` under `fresh`. `older` are the other keys of the purpose.
    pub(super) async fn run(
        &self,
        purpose: Purpose,
        fresh: &[KeyId],
        older: &[KeyId],
        now: Timestamp,
        report: Report<'_>,
    ) -> Result<Rewrote, RotationError> {
        let mut total = 0;
        for part in parts(purpose) {
            total += self.count(*part, fresh).await?;
        }
        report(0, total);
        let mut sum = Rewrote::default();
        for part in parts(purpose) {
            self.run_part(*part, fresh, total, &mut sum, report).await?;
        }
        for key in older {
            forget_useless(&*self.store, purpose, *key, now).await?;
        }
        Ok(sum)
    }

    async fn count(&self, part: Part, fresh: &[KeyId]) -> Result<u64, RotationError> {
        Ok(match (part, fresh) {
            (Part::Values(field), _) => self.store.count_stale(field, fresh).await?,
            (Part::Indexes, [key]) => self.store.count_stale_indexes(*key).await?,
            (Part::Indexes, _) => 0,
        })
    }

    async fn run_part(
        &self,
        part: Part,
        fresh: &[KeyId],
        total: u64,
        sum: &mut Rewrote,
        report: Report<'_>,
    ) -> Result<(), RotationError> {
        let batch = self
            .rate
            .map_or(REWRAP_AT_ONCE, |rate| REWRAP_AT_ONCE.min(rate as usize));
        let mut after = None;
        loop {
            if *self.stop.borrow() {
                return Err(RotationError::Interrupted);
            }
            let began = Instant::now();
            let step = match (part, fresh) {
                (Part::Values(field), _) => self.values(field, fresh, after, batch).await?,
                (Part::Indexes, [key]) => self.indexes(*key, after, batch).await?,
                (Part::Indexes, _) => None,
            };
            let Some(step) = step else {
                return Ok(());
            };
            after = Some(step.last);
            sum.seen += step.seen;
            sum.moved += step.moved;
            sum.damaged += step.damaged;
            report(sum.seen, total.max(sum.seen));
            // As long as the work took: mail has the store for itself half of the time.
            let took = began.elapsed();
            let wanted = self.rate.map_or(Duration::ZERO, |rate| {
                Duration::from_secs_f64(step.seen as f64 / f64::from(rate))
            });
            tokio::time::sleep(took.max(wanted.saturating_sub(took))).await;
        }
    }

    async fn values(
        &self,
        field: KeyedField,
        fresh: &[KeyId],
        after: Option<[u8; 16]>,
        most: usize,
    ) -> Result<Option<Step>, RotationError> {
        let stale = self.store.stale_values(field, fresh, after, most).await?;
        let Some(last) = stale.last().map(|value| value.record.id()) else {
            return Ok(None);
        };
        let seen = stale.len() as u64;
        let (keys, random) = (Arc::clone(&self.keys), Arc::clone(&self.random));
        let wrapped = blocking(move || -> Vec<Rewrapped> {
            let anew = |value: StaleValue| anew(&keys, &*random, value);
            stale.into_iter().filter_map(anew).collect()
        });
        let wrapped = wrapped.await?;
        let damaged = seen - wrapped.len() as u64;
        let moved = self.store.rewrap(field, wrapped).await?;
        Ok(Some(Step {
            last,
            seen,
            moved,
            damaged,
        }))
    }

    async fn indexes(
        &self,
        fresh: KeyId,
        after: Option<[u8; 16]>,
        most: usize,
    ) -> Result<Option<Step>, RotationError> {
        let stale = self.store.stale_indexes(fresh, after, most).await?;
        let Some(last) = stale.last().map(|index| *index.recipient.as_bytes()) else {
            return Ok(None);
        };
        let seen = stale.len() as u64;
        let keys = Arc::clone(&self.keys);
        let made = blocking(move || -> Vec<Reindexed> {
            let anew = |index: &StaleIndex| indexed_anew(&keys, index);
            stale.iter().filter_map(anew).collect()
        });
        let mut made = made.await?;
        let damaged = seen - made.len() as u64;
        // Rotated once more meanwhile: whoever does that has them.
        made.retain(|index| index.key == fresh);
        let moved = self.store.reindex(made).await?;
        Ok(Some(Step {
            last,
            seen,
            moved,
            damaged,
        }))
    }
}

/// One batch.
struct Step {
    last: [u8; 16],
    seen: u64,
    moved: u64,
    damaged: u64,
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, RotationError> {
    let work = || {
        let result = work();
        seal::wipe_stack();
        result
    };
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| RotationError::Stopped)
}

/// One value under the key that seals now; `None` when it does not open.
fn anew(keys: &GatewayKeys, random: &dyn Random, value: StaleValue) -> Option<Rewrapped> {
    let StaleValue { record, sealed } = value;
    let wrapped = match record {
        KeyedRecord::Share {
            recipient,
            message,
            profile,
            expires_at,
        } => {
            let context = share_context(message, recipient, profile, expires_at.as_second());
            let place = place::server_share(&recipient, &context);
            let opened = keys.share.open(&place, &sealed);
            opened.and_then(|share| keys.share.seal(&place, expires_at, &share, random))
        }
        KeyedRecord::Sender { message } => {
            let place = place::message_sender(&message);
            let opened = keys.metadata.open(&place, &sealed);
            opened.map(|value| keys.metadata.seal(&place, &value, random))
        }
        KeyedRecord::Address { recipient, message } => {
            let place = place::recipient_address(&message, &recipient);
            let opened = keys.metadata.open(&place, &sealed);
            opened.map(|value| keys.metadata.seal(&place, &value, random))
        }
        KeyedRecord::Reason { event } => {
            let place = place::event_reason(&event);
            let opened = keys.metadata.open(&place, &sealed);
            opened.map(|value| keys.metadata.seal(&place, &value, random))
        }
        KeyedRecord::LinkSecret { task, recipient } => {
            let place = place::link_secret(&task, &recipient);
            let opened: Result<Zeroizing<Vec<u8>>, _> = keys.outbox.open(&place, &sealed);
            opened.map(|value| keys.outbox.seal(&place, &value, random))
        }
        KeyedRecord::SenderLinkSecret { task, message } => {
            let place = place::sender_link_secret(&task, &message);
            let opened = keys.outbox.open(&place, &sealed);
            opened.map(|value| keys.outbox.seal(&place, &value, random))
        }
    };
    match wrapped {
        Ok(new) => Some(Rewrapped {
            id: record.id(),
            old: sealed,
            new,
        }),
        Err(error) => {
            error!(record = ?record, error = %error, "a record cannot be brought under a new key");
            None
        }
    }
}

/// A recipient's keyed hashes under the key that seals now; `None` when its address does not open.
fn indexed_anew(keys: &GatewayKeys, index: &StaleIndex) -> Option<Reindexed> {
    let facts = RecipientFacts::open(
        &keys.metadata,
        index.message,
        index.recipient,
        &index.address,
    );
    let facts = match facts {
        Ok(facts) => facts,
        Err(error) => {
            error!(recipient.id = %index.recipient, error = %error, "an address does not open");
            return None;
        }
    };
    let (key, address_index) = facts.index(&keys.lookup);
    let token = facts.reply_token.as_deref().filter(|_| index.held);
    Some(Reindexed {
        recipient: index.recipient,
        key,
        address_index,
        reply_token_index: token.map(|token| reply_token::index(&keys.lookup, token)),
    })
}
