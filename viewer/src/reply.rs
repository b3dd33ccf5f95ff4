//! What holds for every request about a secure reply.

use actix_web::HttpRequest;
use seal::{Handle, ReplyId};
use store::ReplyRecord;

use crate::body::has_media_type;
use crate::door::Reads;
use crate::problem::Problem;
use crate::session::Confirmed;
use crate::settings::ReplyLimits;
use crate::upload::PATIENCE;
use crate::uploads::Upload;
use crate::viewer::Viewer;

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

/// The reply that a request brings octets for: its writer's own, and not sent yet.
pub(crate) async fn to_fill(
    reads: &Reads,
    confirmed: &Confirmed,
    request: &HttpRequest,
) -> Result<ReplyRecord, Problem> {
    if !has_media_type(request, "application/octet-stream") {
        return Err(Problem::MediaType);
    }
    let id = request.match_info().get("reply_id").unwrap_or_default();
    let reply = own(reads, confirmed, id).await?;
    unsent(&reply)?;
    Ok(reply)
}

/// Refuses a reply that is sent: nothing of it changes any more.
pub(crate) fn unsent(reply: &ReplyRecord) -> Result<(), Problem> {
    match reply.sent_at {
        Some(_) => Err(Problem::AlreadySent),
        None => Ok(()),
    }
}

/// Counts an upload in, and says when to come back where there are too many.
pub(crate) fn begin_upload(viewer: &Viewer, reply: &ReplyRecord) -> Result<Upload, Problem> {
    viewer.uploads().begin(reply.recipient).ok_or_else(|| {
        let wait = viewer.now().saturating_add(PATIENCE);
        Problem::SlowDown {
            retry_at: wait.unwrap_or(viewer.now()),
        }
    })
}
