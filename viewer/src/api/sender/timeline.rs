//! `GET /timeline`: what became of each recipient of the sender's message.

use actix_web::web::Json;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use store::{
    Course, HandedTo, MoreTime, NoReminder, Reminded, ReminderLimits, Standing, TlsUsed, Way,
};
use utoipa::ToSchema;

use crate::api::{rfc3339, rfc3339_from};
use crate::door::Reads;
use crate::error_body::ErrorBody;
use crate::problem::Problem;
use crate::sender::address;
use crate::sender_session::SenderVerified;
use crate::viewer::Viewer;

/// What became of a message.
#[derive(Serialize, ToSchema)]
pub(crate) struct Timeline {
    /// To be compared with the mail.
    #[schema(example = "K7Q-4MDX")]
    reference: String,
    /// When the message was taken (RFC 3339).
    #[schema(format = DateTime)]
    captured_at: String,
    /// When this was so (RFC 3339).
    #[schema(format = DateTime)]
    checked_at: String,
    /// One for each recipient, in the order of their ids.
    recipients: Vec<RecipientTimeline>,
    /// Until when `POST /extend` would make it available; absent when that would give nobody a day more
    /// (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    extends_to: Option<String>,
    /// As `POST /verify` gave it, for a page that was loaded again.
    csrf: String,
    /// Minutes without use after which the session ends.
    idle_minutes: u64,
    /// When the session ends at the latest (RFC 3339).
    #[schema(format = DateTime)]
    session_ends_at: String,
}

/// What became of one recipient. An instant that is absent has not come, or is not known.
#[derive(Serialize, ToSchema)]
struct RecipientTimeline {
    /// The recipient's id.
    #[schema(format = Uuid)]
    id: String,
    /// The address.
    #[schema(example = "anna@example.net")]
    address: String,
    /// How it is served.
    way: WayBody,
    /// Where it stands.
    standing: StandingBody,
    /// When it can no longer be opened (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    available_until: Option<String>,
    /// When the next mail system took the notice or the copy (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    notified_at: Option<String>,
    /// Which mail system that was, and over what.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    handed_to: Option<HandedToBody>,
    /// When a reminder was asked for, the earliest first (RFC 3339).
    reminders_asked_at: Vec<String>,
    /// Whether `POST /remind` would do something now, and what; absent when it would not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    can_be_reminded: Option<RemindedBody>,
    /// From when on it would, where it was asked for a moment ago (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    remind_again_at: Option<String>,
    /// How often a security code was asked for.
    codes_asked: u32,
    /// When that was last (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    code_asked_at: Option<String>,
    /// How often it was opened.
    openings: u32,
    /// When it was opened, the earliest first (RFC 3339); of many the newest.
    opened_at: Vec<String>,
    /// The first time in each session that more than the text was fetched, the earliest first
    /// (RFC 3339); of many the newest. What it was, the server cannot see.
    fetched_at: Vec<String>,
    /// When secure replies were sent, the earliest first (RFC 3339).
    replied_at: Vec<String>,
    /// When it was first told that the link's secret had reached a server (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    exposed_at: Option<String>,
    /// When the recipient last asked for more time (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    more_time_asked_at: Option<String>,
    /// When it was made available for longer, whoever did that, and until when; the earliest first, of
    /// many the newest.
    extended: Vec<ExtendedBody>,
    /// When the recipient said that the message is not for them (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    disowned_at: Option<String>,
    /// When it was withdrawn (RFC 3339).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime, nullable = false)]
    withdrawn_at: Option<String>,
    /// Whether `POST /withdraw` has anything to end here.
    can_be_withdrawn: bool,
}

/// That a message was made available for longer.
#[derive(Serialize, ToSchema)]
struct ExtendedBody {
    /// When that was done (RFC 3339).
    #[schema(format = DateTime)]
    at: String,
    /// The end from then on (RFC 3339).
    #[schema(format = DateTime)]
    until: String,
}

/// Which mail system took the notice or the copy.
#[derive(Serialize, ToSchema)]
struct HandedToBody {
    /// Its name, as the service is configured.
    #[schema(example = "relay.example.org")]
    host: String,
    /// Over what; absent in clear.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    tls: Option<TlsBody>,
}

/// What a mail was handed over under.
#[derive(Serialize, ToSchema)]
struct TlsBody {
    #[schema(example = "TLS 1.3")]
    version: String,
    #[schema(example = "TLS_AES_256_GCM_SHA384")]
    cipher: String,
}

/// What telling a recipient again does.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum RemindedBody {
    /// A mail goes out that says which one to look for.
    Mail,
    /// The first mail has not left yet, and is tried now.
    Notice,
}

/// How a recipient is served.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum WayBody {
    Link,
    Copy,
}

/// Where a recipient stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum StandingBody {
    Telling,
    Told,
    Opened,
    Disowned,
    Withdrawn,
    Over,
    Failed,
    CameBack,
    Stopped,
    PassingOn,
    PassedOn,
}

/// What became of each recipient of the message.
#[utoipa::path(
    get,
    path = "/api/v1/s/{handle}/timeline",
    tag = "sender",
    operation_id = "readTimeline",
    params(("handle" = String, Path, description = "The handle in the sender's link")),
    responses(
        (status = 200, description = "The timeline", body = Timeline),
        (status = 401, description = "`session-ended`", body = ErrorBody),
    ),
    security(("session" = []))
)]
pub(crate) async fn read(
    viewer: Viewer,
    reads: Reads,
    verified: SenderVerified,
) -> Result<Json<Timeline>, Problem> {
    let timeline = timeline(&viewer, &reads, &verified).await?;
    tracing::info!(message.id = %verified.sender().message, "the sender read the timeline");
    Ok(Json(timeline))
}

pub(super) async fn timeline(
    viewer: &Viewer,
    reads: &Reads,
    verified: &SenderVerified,
) -> Result<Timeline, Problem> {
    let sender = verified.sender();
    let now = viewer.now();
    let until = viewer.extends_to(now);
    let courses = reads.courses_of(sender).await?;
    let recipients: Result<Vec<_>, Problem> = courses
        .iter()
        .map(|course| {
            Ok(RecipientTimeline::new(
                course,
                address(viewer.keys(), course)?,
                now,
            ))
        })
        .collect();
    Ok(Timeline {
        reference: sender.handle.reference(),
        captured_at: rfc3339(sender.captured_at),
        checked_at: rfc3339(now),
        recipients: recipients?,
        extends_to: gives_a_day(&courses, now, until).then(|| rfc3339(until)),
        csrf: verified.token().csrf(&viewer.keys().session),
        idle_minutes: viewer.settings().limits.idle_minutes(),
        session_ends_at: rfc3339(verified.ends_at()),
    })
}

/// Whether somebody who can still open the message would have a day more.
fn gives_a_day(courses: &[Course], now: Timestamp, until: Timestamp) -> bool {
    let day = SignedDuration::from_hours(24);
    courses.iter().any(|course| match course.way {
        Way::Held { expires_at, .. } if course.can_be_withdrawn(now) => {
            until.duration_since(expires_at) >= day
        }
        _ => false,
    })
}

impl RecipientTimeline {
    fn new(course: &Course, address: String, now: Timestamp) -> Self {
        let (way, available_until) = match course.way {
            Way::Held { expires_at, .. } => (WayBody::Link, Some(rfc3339(expires_at))),
            Way::Relayed => (WayBody::Copy, None),
        };
        let reminder = course.reminder(&ReminderLimits::default(), now);
        let rfc3339s = |instants: &[Timestamp]| instants.iter().copied().map(rfc3339).collect();
        Self {
            id: course.recipient.to_string(),
            address,
            way,
            standing: course.standing(now).into(),
            available_until,
            notified_at: course.notified_at.map(rfc3339),
            handed_to: course.handed_to.clone().map(Into::into),
            reminders_asked_at: rfc3339s(&course.reminders_asked),
            can_be_reminded: reminder.ok().map(|reminded| match reminded {
                Reminded::Mail => RemindedBody::Mail,
                Reminded::Notice => RemindedBody::Notice,
            }),
            remind_again_at: match reminder {
                Err(NoReminder::TooSoon { retry_at }) => Some(rfc3339_from(retry_at)),
                _ => None,
            },
            codes_asked: course.codes_asked,
            code_asked_at: course.code_asked_at.map(rfc3339),
            openings: course.opened.count,
            opened_at: course
                .opened
                .newest
                .iter()
                .rev()
                .copied()
                .map(rfc3339)
                .collect(),
            fetched_at: rfc3339s(&course.fetched),
            replied_at: rfc3339s(&course.replied),
            exposed_at: course.exposed_at.map(rfc3339),
            more_time_asked_at: course.more_time_asked_at.map(rfc3339),
            extended: course.extended.iter().copied().map(Into::into).collect(),
            disowned_at: course.disowned_at.map(rfc3339),
            withdrawn_at: course.withdrawn_at.map(rfc3339),
            can_be_withdrawn: course.can_be_withdrawn(now),
        }
    }
}

impl From<MoreTime> for ExtendedBody {
    fn from(MoreTime { at, until }: MoreTime) -> Self {
        let (at, until) = (rfc3339(at), rfc3339(until));
        Self { at, until }
    }
}

impl From<HandedTo> for HandedToBody {
    fn from(HandedTo { host, tls }: HandedTo) -> Self {
        let tls = tls.map(|TlsUsed { version, cipher }| TlsBody { version, cipher });
        Self { host, tls }
    }
}

impl From<Standing> for StandingBody {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Telling => Self::Telling,
            Standing::Told => Self::Told,
            Standing::Opened => Self::Opened,
            Standing::Disowned => Self::Disowned,
            Standing::Withdrawn => Self::Withdrawn,
            Standing::Over => Self::Over,
            Standing::Failed => Self::Failed,
            Standing::CameBack => Self::CameBack,
            Standing::Stopped => Self::Stopped,
            Standing::PassingOn => Self::PassingOn,
            Standing::PassedOn => Self::PassedOn,
        }
    }
}
