//! A recipient's grant as the viewer sees it: who may know of it, whether it is open, and the
//! share behind it.

use jiff::Timestamp;
use keystore::ViewerKeys;
use seal::{
    Handle, MessageId, OpenProof, Profile, Random, RecipientId, ServerShare, share_context,
};
use serde::Deserialize;
use store::{Disposition, End, RecipientRecord, Rewrapped, place};

use crate::door::Reads;
use crate::problem::Problem;
use crate::session::PasscodeVerified;

/// Compared with when there is no recipient, so that a stranger's request costs the same work.
pub(crate) const NO_DIGEST: [u8; 32] = [0; 32];

/// Whether a grant can still be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum GrantState {
    Open,
    Expired,
    Withdrawn,
    /// Somebody who had the link said that the message is not for them.
    Disowned,
}

/// The held recipient of `handle`, to whom shows the open proof of its link.
///
/// A malformed handle, an unknown one and a wrong proof take the same steps to the same answer: one
/// lookup, one digest, one comparison in constant time (promise A5).
pub(crate) async fn proved(
    reads: &Reads,
    handle: Option<Handle>,
    proof: &str,
) -> Result<RecipientRecord, Problem> {
    let looked_up = handle.unwrap_or(Handle::from_bytes([0; 16]));
    let found = reads.recipient_by_handle(&looked_up).await?;
    let kept = found.as_ref().and_then(proof_digest).unwrap_or(&NO_DIGEST);
    let fits = OpenProof::from_base64url(proof).is_some_and(|proof| proof.matches_digest(kept));
    found
        .filter(|_| fits && handle.is_some())
        .ok_or(Problem::NotFound)
}

/// What has become of a grant. Time decides before records do: the task that expires a message may
/// be late.
pub(crate) fn state_of(recipient: &RecipientRecord, now: Timestamp) -> GrantState {
    let share_is_there = matches!(
        &recipient.disposition,
        Disposition::Held { share: Some(_), .. }
    );
    match recipient.end {
        _ if recipient.disowned_at.is_some() => GrantState::Disowned,
        Some(End::Revoked) => GrantState::Withdrawn,
        _ if now >= recipient.expires_at => GrantState::Expired,
        Some(End::Expired) => GrantState::Expired,
        _ if share_is_there => GrantState::Open,
        // Only a withdrawal destroys a share before its time.
        _ => GrantState::Withdrawn,
    }
}

/// Refuses, in the reader's words, what is not open.
pub(crate) fn require_open(recipient: &RecipientRecord, now: Timestamp) -> Result<(), Problem> {
    match state_of(recipient, now) {
        GrantState::Open => Ok(()),
        GrantState::Expired => Err(Problem::Expired),
        GrantState::Withdrawn => Err(Problem::Withdrawn),
        GrantState::Disowned => Err(Problem::Disowned),
    }
}

/// The recipient's address with its local part hidden, for somebody who has proved the link.
pub(crate) fn masked_address(
    keys: &ViewerKeys,
    recipient: &RecipientRecord,
) -> Result<String, Problem> {
    #[derive(Deserialize)]
    struct Sealed {
        address: String,
    }
    let place = place::recipient_address(&recipient.message, &recipient.id);
    let opened = keys.metadata.open(&place, &recipient.address).map_err(|error| {
        tracing::error!(recipient.id = %recipient.id, error = %error, "an address does not open");
        Problem::Internal
    })?;
    let masked = serde_json::from_slice::<Sealed>(&opened)
        .ok()
        .and_then(|sealed| sealed.address.parse::<mail::Address>().ok())
        .map(|address| address.masked());
    masked.ok_or_else(|| {
        tracing::error!(recipient.id = %recipient.id, "a sealed address is none");
        Problem::Internal
    })
}

/// Releases the server share to a session that has passed the passcode, and to nobody else: the
/// value that says so can only be made by the session check.
pub(crate) fn release_share(
    keys: &ViewerKeys,
    verified: &PasscodeVerified,
    profile: Profile,
) -> Result<ServerShare, Problem> {
    let recipient = verified.recipient();
    let Disposition::Held {
        share: Some(wrapped),
        ..
    } = &recipient.disposition
    else {
        return Err(Problem::SessionEnded);
    };
    open_share(
        keys,
        recipient.message,
        recipient.id,
        profile,
        recipient.expires_at,
        wrapped,
    )
    .ok_or_else(|| {
        tracing::error!(recipient.id = %recipient.id, "a server share does not open");
        Problem::Internal
    })
}

/// A share bound to a later end, under the key of the month of that. It is not released: it goes back
/// to where it stood.
pub(crate) fn reseal_share(
    keys: &ViewerKeys,
    recipient: &RecipientRecord,
    profile: Profile,
    until: Timestamp,
    random: &dyn Random,
) -> Result<Rewrapped, Problem> {
    let Disposition::Held {
        share: Some(old), ..
    } = &recipient.disposition
    else {
        return Err(Problem::Unavailable);
    };
    let (message, id) = (recipient.message, recipient.id);
    let opened = open_share(keys, message, id, profile, recipient.expires_at, old);
    let share = opened.ok_or_else(|| {
        tracing::error!(recipient.id = %id, "a server share does not open");
        Problem::Internal
    })?;
    let context = share_context(message, id, profile, until.as_second());
    let place = place::server_share(&id, &context);
    let new = keys
        .share
        .seal(&place, until, share.expose_secret(), random)
        .map_err(|error| {
            tracing::error!(error = %error, "a server share cannot be sealed for a later end");
            Problem::Unavailable
        })?;
    Ok(Rewrapped {
        id: *id.as_bytes(),
        old: old.clone(),
        new,
    })
}

fn open_share(
    keys: &ViewerKeys,
    message: MessageId,
    recipient: RecipientId,
    profile: Profile,
    expires_at: Timestamp,
    wrapped: &[u8],
) -> Option<ServerShare> {
    let context = share_context(message, recipient, profile, expires_at.as_second());
    let place = place::server_share(&recipient, &context);
    let opened = keys.share.open(&place, wrapped).ok()?;
    let octets = opened.as_slice().try_into().ok()?;
    Some(ServerShare::from_bytes(octets))
}

fn proof_digest(recipient: &RecipientRecord) -> Option<&[u8; 32]> {
    match &recipient.disposition {
        Disposition::Held { proof_digest, .. } => Some(proof_digest),
        Disposition::Relayed => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipient(end: Option<End>, share: Option<Vec<u8>>) -> RecipientRecord {
        RecipientRecord {
            id: RecipientId::from_bytes([1; 16]),
            message: MessageId::from_bytes([2; 16]),
            address: Vec::new(),
            disposition: Disposition::Held {
                handle: Handle::from_bytes([3; 16]),
                share,
                proof_digest: [0; 32],
                reply_public: [0; 32],
                reply_token_index: [0; 32],
            },
            captured_at: Timestamp::from_second(0).expect("time"),
            expires_at: Timestamp::from_second(100).expect("time"),
            end,
            exposed_at: None,
            notified_at: None,
            disowned_at: None,
        }
    }

    #[test]
    fn a_grant_is_open_until_its_time_is_over_or_its_share_is_gone() {
        use GrantState::{Expired, Open, Withdrawn};
        let share = || Some(vec![1]);
        for (end, share, second, expected) in [
            (None, share(), 99, Open),
            (Some(End::Notified), share(), 99, Open),
            (Some(End::Dsn), share(), 99, Open),
            (Some(End::Notified), share(), 100, Expired),
            (Some(End::Notified), None, 100, Expired),
            (Some(End::Expired), None, 99, Expired),
            (Some(End::Notified), None, 99, Withdrawn),
            (Some(End::Revoked), None, 99, Withdrawn),
            (Some(End::Revoked), None, 100, Withdrawn),
        ] {
            let now = Timestamp::from_second(second).expect("time");
            let state = state_of(&recipient(end, share.clone()), now);
            assert_eq!(state, expected, "{end:?} {share:?} {second}");
            let mut disowned = recipient(end, share);
            disowned.disowned_at = Some(now);
            assert_eq!(state_of(&disowned, now), GrantState::Disowned);
        }
    }
}
