//! What holds for every request about a secure reply.

use seal::{Handle, ReplyId};
use store::ReplyRecord;

use crate::door::Reads;
use crate::problem::Problem;
use crate::session::Confirmed;
use crate::settings::ReplyLimits;

/// The reference that a reader is given for a reply, such as `K7Q-4MDX`. It is made as a message's
/// is, from the reply's id in place of the handle, so that the gateway's mail can name it too.
pub fn reference(reply: ReplyId) -> String {
    Handle::from_bytes(*reply.as_bytes()).reference()
}

/// The reply of that id, if it is the session's own.
pub(crate) async fn own(
    reads: &Reads,
    confirmed: &Confirmed,
    id: &str,
) -> Result<ReplyRecord, Problem> {
    let id = id.parse::<ReplyId>().map_err(|_| Problem::NoReply)?;
    reads
        .reply_of(id, confirmed.recipient().id)
        .await?
        .ok_or(Problem::NoReply)
}

/// The refusal of what is larger than a reply may be.
pub(crate) fn too_large(limits: &ReplyLimits) -> Problem {
    Problem::TooLarge {
        max_bytes: limits.max_bytes,
        max_files: limits.max_files,
    }
}
