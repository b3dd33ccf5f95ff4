//! What the suite captures, and the clock it runs by.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use seal::{
    CodeId, ContentId, Handle, KeyId, MessageId, Place, Profile, Random, RecipientId, ReplyId,
    SystemRandom, TaskId, WrapKey,
};

use crate::{
    Capture, CaptureKeys, CodeRequest, ContentKind, Disposition, Guest, HeldMessage, LeasedTask,
    Mentions, NewRecipient, NewSession, NewTask, Report, ReportAction, SessionLimits,
    StagedContent, Store, TaskKind, Telling, TryLimits,
};

/// Monday, 2 November 2026, 09:00 UTC, and some seconds.
pub fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_793_610_000 + seconds).expect("within the calendar")
}

/// One microsecond before.
pub fn just_before(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(at.as_microsecond() - 1).expect("within the calendar")
}

/// Seconds of a day.
pub const DAY: i64 = 86_400;
/// When the grants of a [`capture`] end.
pub const EXPIRY: i64 = 30 * DAY;
/// How long the suite leases.
pub const HOLD: Duration = Duration::from_secs(60);
/// Passcodes are valid for so many seconds here.
pub const CODE_LIFE: i64 = 15 * 60;

/// Twenty minutes.
pub fn session_limits() -> SessionLimits {
    SessionLimits {
        idle: Duration::from_secs(20 * 60),
    }
}

pub fn limits() -> TryLimits {
    TryLimits::default()
}

pub fn random32() -> [u8; 32] {
    let mut octets = [0; 32];
    SystemRandom::new().fill(&mut octets);
    octets
}

/// Each id is a millisecond younger than the one before, as they would come in.
fn next_millisecond() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(1_793_610_000_000);
    LAST.fetch_add(1, Ordering::Relaxed)
}

macro_rules! fresh {
    ($($name:ident -> $id:ident),+) => {
        $(pub fn $name() -> $id {
            $id::generate(next_millisecond(), &SystemRandom::new())
        })+
    };
}
fresh!(
    message_id -> MessageId, recipient_id -> RecipientId, content_id -> ContentId,
    task_id -> TaskId, code_id -> CodeId, reply_id -> ReplyId,
    key_id -> KeyId
);

macro_rules! keys {
    ($($(#[$doc:meta])* $name:ident: $octet:literal),+) => {
        $($(#[$doc])* pub fn $name() -> KeyId {
            KeyId::from_bytes([$octet; 16])
        })+
    };
}
keys!(
    /// Made the hashes of a [`capture`].
    lookup_key: 1,
    /// Named in the view of a [`capture`].
    reply_key: 2,
    /// Opens the relay copy of a [`capture`].
    spool_key: 3,
    /// Made the verifier of an [`armed_code`].
    passcode_key: 4
);

/// A value that is wrapped under a key, unlike any other.
pub fn wrapped(key: KeyId) -> Vec<u8> {
    let place = Place {
        field: "contract",
        record: &[0; 16],
        context: &[],
    };
    WrapKey::new(key, "contract", &[7; 32]).seal(&place, &random32(), &SystemRandom::new())
}

/// One chunk of age.
const CHUNK: usize = 65_536;

/// `length` octets that differ from place to place.
pub fn octets(length: usize) -> Vec<u8> {
    let mut octets = Vec::with_capacity(length);
    for chunk in 0..length.div_ceil(CHUNK) {
        let rest = CHUNK.min(length - octets.len());
        octets.extend((0..rest).map(|place| (place % 251) as u8 ^ chunk as u8));
    }
    octets
}

/// Puts octets into a content of the gateway.
pub fn staged(store: &impl Store, kind: ContentKind, octets: &[u8]) -> StagedContent {
    let mut writer = store.stage(content_id(), kind).expect("a place");
    writer.write_all(octets).expect("room");
    writer.finish().expect("a finished content")
}

/// Puts octets into a part of a reply.
pub fn staged_part(guest: &impl Guest, octets: &[u8]) -> StagedContent {
    let mut writer = guest.stage_part(content_id()).expect("a place");
    writer.write_all(octets).expect("room");
    writer.finish().expect("a finished content")
}

pub fn held(address: &str) -> NewRecipient {
    NewRecipient {
        id: recipient_id(),
        address: address.as_bytes().to_vec(),
        address_index: random32(),
        disposition: Disposition::Held {
            handle: Handle::generate(&SystemRandom::new()),
            share: Some(b"a sealed share".to_vec()),
            proof_digest: random32(),
            reply_public: random32(),
            reply_token_index: random32(),
        },
    }
}

pub fn relayed(address: &str) -> NewRecipient {
    NewRecipient {
        id: recipient_id(),
        address: address.as_bytes().to_vec(),
        address_index: random32(),
        disposition: Disposition::Relayed,
    }
}

pub fn handle_of(recipient: &NewRecipient) -> Handle {
    match &recipient.disposition {
        Disposition::Held { handle, .. } => *handle,
        Disposition::Relayed => panic!("a relayed recipient has no handle"),
    }
}

pub fn task(kind: TaskKind, due_at: Timestamp) -> NewTask {
    NewTask {
        id: task_id(),
        kind,
        due_at,
        payload: Some(b"a sealed payload".to_vec()),
    }
}

/// A message to these recipients with the tasks that a gateway would add.
pub fn capture(store: &impl Store, recipients: Vec<NewRecipient>) -> Capture {
    capture_sized(store, recipients, 5_000)
}

/// The same, with a content of this size.
pub fn capture_sized(store: &impl Store, recipients: Vec<NewRecipient>, size: usize) -> Capture {
    let id = message_id();
    let mut tasks = Vec::new();
    let (mut any_held, mut any_relayed) = (false, false);
    for recipient in &recipients {
        tasks.push(match recipient.disposition {
            Disposition::Held { .. } => {
                any_held = true;
                task(TaskKind::Notify(id, recipient.id), at(0))
            }
            Disposition::Relayed => {
                any_relayed = true;
                task(TaskKind::Relay(id, recipient.id), at(0))
            }
        });
    }
    if any_held {
        tasks.push(task(TaskKind::Expire(id), at(EXPIRY)));
    }
    Capture {
        id,
        captured_at: at(0),
        sender: b"a sealed sender".to_vec(),
        message_id_index: Some(random32()),
        content_index: random32(),
        earlier_indexes: Vec::new(),
        mentions: Mentions::default(),
        keys: CaptureKeys {
            lookup: lookup_key(),
            reply: any_held.then_some(reply_key()),
            spool: any_relayed.then_some(spool_key()),
        },
        held: any_held.then(|| HeldMessage {
            profile: Profile::Hybrid,
            expires_at: at(EXPIRY),
            view: staged(store, ContentKind::View, &octets(1_000)),
            message: staged(store, ContentKind::Message, &octets(size)),
            escrow: None,
        }),
        spool: any_relayed.then(|| staged(store, ContentKind::Spool, &octets(size))),
        recipients,
        tasks,
    }
}

/// A captured message with one held recipient.
pub struct Letter {
    pub message: MessageId,
    pub recipient: RecipientId,
    pub handle: Handle,
}

pub async fn letter(store: &impl Store) -> Letter {
    let recipient = held("patient@example.net");
    let (id, handle) = (recipient.id, handle_of(&recipient));
    let capture = capture(store, vec![recipient]);
    let message = capture.id;
    let _ = store.capture(capture).await.expect("stored");
    Letter {
        message,
        recipient: id,
        handle,
    }
}

/// Asks for a passcode.
pub fn code_request(recipient: RecipientId, browser: [u8; 32]) -> CodeRequest {
    let code = code_id();
    CodeRequest {
        code,
        recipient,
        browser,
        task: task(TaskKind::SendCode(recipient, code), at(0)),
    }
}

/// Asks for a passcode at an instant and arms it with its own id as the verifier.
pub async fn armed_code<B: Store + Guest>(
    store: &B,
    recipient: RecipientId,
    browser: [u8; 32],
    seconds: i64,
) -> CodeId {
    let request = code_request(recipient, browser);
    let code = request.code;
    let asked = store
        .request_code(request, &limits(), at(seconds))
        .await
        .expect("an answer");
    asked.expect("within the limits");
    let armed = store
        .arm_code(
            code,
            verifier(code),
            passcode_key(),
            at(seconds + CODE_LIFE),
        )
        .await;
    assert!(
        armed.expect("an answer"),
        "a code that was asked for can be armed"
    );
    code
}

pub fn verifier(code: CodeId) -> [u8; 32] {
    let mut verifier = [7; 32];
    verifier[..16].copy_from_slice(code.as_bytes());
    verifier
}

pub fn new_session(recipient: RecipientId, ends_at: Timestamp) -> NewSession {
    NewSession {
        token: random32(),
        recipient,
        ends_at,
    }
}

/// A session that was opened with a passcode at an instant and ends eight hours later.
pub async fn open_session<B: Store + Guest>(
    store: &B,
    recipient: RecipientId,
    seconds: i64,
) -> [u8; 32] {
    let code = armed_code(store, recipient, random32(), seconds).await;
    let session = new_session(recipient, at(seconds + 8 * 3600));
    let token = session.token;
    let redeemed = store
        .redeem(code, session, at(seconds))
        .await
        .expect("an answer");
    assert!(redeemed, "a right code opens a session");
    token
}

/// Leases everything that is due.
pub async fn lease_all(store: &impl Store, now: Timestamp) -> Vec<LeasedTask> {
    store.lease(now, HOLD, 1_000).await.expect("leases")
}

/// Leases what is due and hands out the one task that matches; the others stay leased.
pub async fn lease_one(
    store: &impl Store,
    now: Timestamp,
    wanted: impl Fn(&TaskKind) -> bool,
) -> LeasedTask {
    let leased = lease_all(store, now).await;
    leased
        .into_iter()
        .find(|task| wanted(&task.kind))
        .expect("the task is due")
}

/// A capture with every wrapped value under one key.
pub fn capture_under(store: &impl Store, mut recipients: Vec<NewRecipient>, key: KeyId) -> Capture {
    for recipient in &mut recipients {
        recipient.address = wrapped(key);
        if let Disposition::Held { share, .. } = &mut recipient.disposition {
            *share = Some(wrapped(key));
        }
    }
    let mut capture = capture(store, recipients);
    capture.sender = wrapped(key);
    for task in &mut capture.tasks {
        task.payload = matches!(task.kind, TaskKind::Notify(..)).then(|| wrapped(key));
    }
    capture
}

/// A report task's first words about a recipient.
pub fn telling(message: MessageId, recipient: RecipientId, action: ReportAction) -> Telling {
    let mut task = task(TaskKind::Report(message), at(0));
    task.payload = None;
    Telling {
        reports: vec![Report {
            recipient,
            action,
            status: "5.1.1".into(),
            cause: "the relay refused with 550".into(),
            remote: Some(vec![7; 3]),
        }],
        task,
    }
}

/// The end of a recipient.
pub async fn end_of(store: &impl Store, recipient: RecipientId) -> Option<crate::End> {
    let found = store.recipient(recipient).await.expect("an answer");
    found.expect("a record").end
}
