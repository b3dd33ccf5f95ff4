//! `GET /later`: which later messages of this conversation this recipient's mailbox was told of.
//!
//! A hint to look into the mailbox and nothing more (decision 0033): no handle, no link, no subject.

use actix_web::web::Json;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Serialize;
use utoipa::ToSchema;

use crate::door::Reads;
use crate::error_body::ErrorBody;
use crate::problem::Problem;
use crate::session::PasscodeVerified;
use crate::viewer::Viewer;

/// Later messages to this recipient's mailbox, the oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct LaterMessages {
    messages: Vec<LaterMessage>,
}

/// A message whose notice went to the same mailbox.
#[derive(Serialize, ToSchema)]
pub(crate) struct LaterMessage {
    /// The day on which it was taken, in UK time.
    #[schema(format = Date)]
    day: String,
    /// As its notice has it.
    #[schema(example = "K7Q-4MDX")]
    reference: String,
}

/// The later messages of the conversation that went to the same mailbox and can still be opened, each
/// by the link in its own notice: the newest 20.
#[utoipa::path(
    get,
    path = "/api/v1/m/{handle}/later",
    tag = "recipient",
    operation_id = "listLaterMessages",
    params(("handle" = String, Path, description = "The handle in the link")),
    responses(
        (status = 200, description = "Those of the same mailbox", body = LaterMessages),
        (status = 401, description = "`session-ended`", body = ErrorBody),
    ),
    security(("session" = []))
)]
pub(crate) async fn list(
    viewer: Viewer,
    reads: Reads,
    verified: PasscodeVerified,
) -> Result<Json<LaterMessages>, Problem> {
    let found = reads
        .later_messages(verified.recipient().id, viewer.now())
        .await?;
    let messages = found.into_iter().map(|later| LaterMessage {
        day: day_in_uk(later.captured_at),
        reference: later.reference,
    });
    Ok(Json(LaterMessages {
        messages: messages.collect(),
    }))
}

/// `2026-12-03`: the day that the notice and the page of that message name.
fn day_in_uk(at: Timestamp) -> String {
    let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
    at.to_zoned(zone).date().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_the_uk() {
        for (at, day) in [
            ("2026-12-02T23:59:59Z", "2026-12-02"),
            ("2026-12-03T00:00:00Z", "2026-12-03"),
            ("2026-07-02T22:59:59Z", "2026-07-02"),
            ("2026-07-02T23:00:00Z", "2026-07-03"),
        ] {
            assert_eq!(day_in_uk(at.parse().expect("an instant")), day);
        }
    }
}
