//! What still needs a key, and the one way to be allowed to destroy it.

use jiff::{SignedDuration, Timestamp};
use keystore::{KeyFacts, Purpose, StillNeeded, Unneeded};
use seal::KeyId;
use store::{KeyPurpose, Store, StoreError};

/// How long what a session key has made can live: a session's absolute end (promise A7), and a
/// little for clocks that differ.
const SESSION_LIFE: SignedDuration = SignedDuration::from_mins(8 * 60 + 10);

/// How long a client may take to send a message again whose 250 it has lost; after that the hashes
/// that tell "sent again" (promise D4) are of no use (RFC 5321 §4.5.4.1: 4 to 5 days).
const SENT_AGAIN_WITHIN: SignedDuration = SignedDuration::from_hours(6 * 24);

/// Forgets what stands under a lookup key and is of no use any more: it cannot be made anew under
/// another key, and would keep the old one for ever.
pub(super) async fn forget_useless(
    store: &dyn Store,
    purpose: Purpose,
    key: KeyId,
    now: Timestamp,
) -> Result<u64, StoreError> {
    if purpose != Purpose::Lookup {
        return Ok(0);
    }
    let before = now
        .saturating_sub(SENT_AGAIN_WITHIN)
        .unwrap_or(Timestamp::MIN);
    store.forget_message_indexes(key, before).await
}

/// Why there is no proof that nothing needs a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NeedsError {
    /// Something does.
    #[error(transparent)]
    StillNeeded(#[from] StillNeeded),
    /// It cannot be found out.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How many live records need a key.
pub async fn uses(store: &dyn Store, key: &KeyFacts, now: Timestamp) -> Result<u64, StoreError> {
    match in_store(key.purpose) {
        Some(purpose) => store.key_uses(purpose, key.id, now).await,
        None => Ok(uses_by_time(key, now)),
    }
}

/// Proves that nothing live needs a key. In the same transaction the store is closed to it: no
/// record can come under it afterwards, so nothing that is on its way can be lost (promise K6).
pub async fn close_if_unneeded(
    store: &dyn Store,
    key: &KeyFacts,
    now: Timestamp,
) -> Result<Unneeded, NeedsError> {
    forget_useless(store, key.purpose, key.id, now).await?;
    let uses = match in_store(key.purpose) {
        Some(purpose) => store.close_key(purpose, key.id, now).await?,
        None => uses_by_time(key, now),
    };
    Ok(Unneeded::after_scan(key.id, uses)?)
}

/// The purposes whose keys stand in records.
fn in_store(purpose: Purpose) -> Option<KeyPurpose> {
    Some(match purpose {
        Purpose::Share => KeyPurpose::Share,
        Purpose::Metadata => KeyPurpose::Metadata,
        Purpose::Lookup => KeyPurpose::Lookup,
        Purpose::Passcode => KeyPurpose::Passcode,
        Purpose::Outbox => KeyPurpose::Outbox,
        Purpose::Spool => KeyPurpose::Spool,
        Purpose::Reply => KeyPurpose::Reply,
        // Form tokens end with their session; signatures are checked with the public half.
        Purpose::Session | Purpose::Audit => return None,
    })
}

fn uses_by_time(key: &KeyFacts, now: Timestamp) -> u64 {
    let lives = key.purpose == Purpose::Session
        && key.state != keystore::KeyState::Pending
        && key
            .changed_at
            .saturating_add(SESSION_LIFE)
            .is_ok_and(|end| now < end);
    u64::from(lives)
}

#[cfg(test)]
mod tests {
    use keystore::KeyState;

    use super::*;

    #[test]
    fn a_session_key_is_needed_until_the_last_session_it_can_have_served_has_ended() {
        let retired: Timestamp = "2026-11-22T12:00:00Z".parse().expect("instant");
        let mut key = KeyFacts {
            id: KeyId::from_bytes([1; 16]),
            purpose: Purpose::Session,
            state: KeyState::Retired,
            created_at: retired,
            changed_at: retired,
            epoch: None,
            public: None,
        };
        let end = retired + SESSION_LIFE;
        assert_eq!(uses_by_time(&key, end - SignedDuration::from_secs(1)), 1);
        assert_eq!(uses_by_time(&key, end), 0);
        key.purpose = Purpose::Audit;
        assert_eq!(uses_by_time(&key, retired), 0);
    }
}
