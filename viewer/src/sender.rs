//! A sender's link as the viewer sees it: who may know of it, and the addresses behind it.

use jiff::Timestamp;
use keystore::ViewerKeys;
use seal::{Handle, OpenProof};
use serde::Deserialize;
use store::{Course, SenderRecord, place};

use crate::door::Reads;
use crate::grant::NO_DIGEST;
use crate::problem::Problem;

/// The sender's link of `handle`, to whom shows its open proof.
///
/// A malformed handle, an unknown one, one whose time is over and a wrong proof take the same steps
/// to the same answer (promise A5), as they do for recipients.
pub(crate) async fn proved(
    reads: &Reads,
    handle: Option<Handle>,
    proof: &str,
    now: Timestamp,
) -> Result<SenderRecord, Problem> {
    let looked_up = handle.unwrap_or(Handle::from_bytes([0; 16]));
    let found = reads.sender_by_handle(&looked_up, now).await?;
    let kept = found
        .as_ref()
        .map_or(&NO_DIGEST, |sender| &sender.proof_digest);
    let fits = OpenProof::from_base64url(proof).is_some_and(|proof| proof.matches_digest(kept));
    found
        .filter(|_| fits && handle.is_some())
        .ok_or(Problem::NotFound)
}

/// The sender's address with its local part hidden, for somebody who has proved the link.
pub(crate) fn masked_address(keys: &ViewerKeys, sender: &SenderRecord) -> Result<String, Problem> {
    #[derive(Deserialize)]
    struct Sealed {
        sender: String,
    }
    let place = place::message_sender(&sender.message);
    let opened = keys
        .metadata
        .open(&place, &sender.sender)
        .map_err(|error| {
            tracing::error!(message.id = %sender.message, error = %error, "a sender does not open");
            Problem::Internal
        })?;
    let masked = serde_json::from_slice::<Sealed>(&opened)
        .ok()
        .and_then(|sealed| sealed.sender.parse::<mail::Address>().ok())
        .map(|address| address.masked());
    masked.ok_or_else(|| {
        tracing::error!(message.id = %sender.message, "a sealed sender is none");
        Problem::Internal
    })
}

/// The whole address of a recipient: who sent the message wrote it.
pub(crate) fn address(keys: &ViewerKeys, course: &Course) -> Result<String, Problem> {
    #[derive(Deserialize)]
    struct Sealed {
        address: String,
    }
    let place = place::recipient_address(&course.message, &course.recipient);
    let opened = keys.metadata.open(&place, &course.address);
    let opened = opened.map_err(|error| {
        tracing::error!(recipient.id = %course.recipient, error = %error, "an address does not open");
        Problem::Internal
    })?;
    let sealed = serde_json::from_slice::<Sealed>(&opened);
    sealed.map(|sealed| sealed.address).map_err(|_| {
        tracing::error!(recipient.id = %course.recipient, "a sealed address is none");
        Problem::Internal
    })
}
