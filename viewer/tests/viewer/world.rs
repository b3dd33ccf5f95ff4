//! A store, keys, a clock and messages, put together as the gateway does it.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use keystore::{Custody, FileCustody, Folder, LiveKeys, Place, Presence, RootSecret, ViewerKeys};
use seal::{
    ContentId, Handle, KeyId, LinkSecret, MessageId, Profile, Random, RecipientId, Seed,
    SystemRandom, TaskId, share_context,
};
use store::sqlite::{Options, SqliteStore};
use store::{
    Capture, CaptureKeys, ContentKind, Disposition, Guest, HeldMessage, Mentions, NewRecipient,
    NewSender, NewTask, Outcome, StagedContent, Store, TaskKind, Topic,
};
use tempfile::TempDir;
use viewer::passcode::{LIFETIME, Passcode, sender_verifier, verifier};
use viewer::{Limits, Organisation, Viewer, ViewerSettings};

pub(crate) const PUBLIC_URL: &str = "https://secure.example.org";
pub(crate) const NAME: &str = "Example Trust";

/// Everything that outlives one viewer.
pub(crate) struct World {
    /// Kept for its drop.
    _directory: TempDir,
    pub(crate) store: SqliteStore,
    keys: ViewerKeys,
    clock: Arc<AtomicI64>,
    pub(crate) settings: ViewerSettings,
}

/// A captured message with one held recipient, as its notice would tell of it.
pub(crate) struct Held {
    pub(crate) handle: Handle,
    pub(crate) link: LinkSecret,
    pub(crate) message: MessageId,
    pub(crate) recipient: RecipientId,
    pub(crate) seed: [u8; 32],
    pub(crate) view: Vec<u8>,
    pub(crate) content: Vec<u8>,
}

impl Held {
    pub(crate) fn proof(&self) -> String {
        self.link.open_proof(&self.handle).to_base64url()
    }
}

/// A sender's link, as the receipt would tell of it.
pub(crate) struct Sent {
    pub(crate) handle: Handle,
    pub(crate) link: LinkSecret,
}

impl Sent {
    pub(crate) fn proof(&self) -> String {
        self.link.open_proof(&self.handle).to_base64url()
    }
}

/// For how long senders' links outlive their messages here.
pub(crate) const KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

impl World {
    pub(crate) fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    pub(crate) fn with_limits(limits: Limits) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let start = start();
        let random = SystemRandom::new();
        let root = RootSecret::generate(&random);
        FileCustody::create_viewer(&directory.path().join("viewer.key"), &root.viewer()).unwrap();
        let horizon = start + SignedDuration::from_hours(24 * 90);
        Folder::new(directory.path().join("keys"))
            .init(&root, start, horizon, &random)
            .unwrap();
        let organisation = Organisation::new(NAME, "01632 960000");
        let mut settings = ViewerSettings::new(PUBLIC_URL.parse().unwrap(), organisation);
        settings.limits = limits;
        Self {
            store: open_store(directory.path()),
            keys: open_keys(directory.path()),
            clock: Arc::new(AtomicI64::new(start.as_millisecond())),
            settings,
            _directory: directory,
        }
    }

    /// A viewer over the world's store.
    pub(crate) fn viewer(&self) -> Viewer {
        self.viewer_over(Arc::new(self.store.clone()))
    }

    /// A viewer over something that stands before the world's store.
    pub(crate) fn viewer_over(&self, guest: Arc<dyn Guest>) -> Viewer {
        let keys = open_keys(self._directory.path());
        let clock = Arc::clone(&self.clock);
        let now = move || Timestamp::from_millisecond(clock.load(Ordering::SeqCst)).unwrap();
        let random = Arc::new(SystemRandom::new());
        Viewer::new(self.settings.clone(), guest, keys, random, Arc::new(now)).unwrap()
    }

    /// The same files, opened again as after a restart.
    pub(crate) fn reopen(&mut self) {
        self.store = open_store(self._directory.path());
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.clock.load(Ordering::SeqCst)).unwrap()
    }

    pub(crate) fn pass(&self, time: Duration) {
        let millis = i64::try_from(time.as_millis()).unwrap();
        self.clock.fetch_add(millis, Ordering::SeqCst);
    }

    pub(crate) fn pass_minutes(&self, minutes: u64) {
        self.pass(Duration::from_secs(60 * minutes));
    }

    /// A message of a few octets.
    pub(crate) async fn message(&self) -> Held {
        self.message_with(b"the sealed content", "anna@example.net")
            .await
    }

    /// A message with the link of its sender.
    pub(crate) async fn message_and_sender(&self) -> (Held, Sent) {
        let random = SystemRandom::new();
        let mut capture = self.captured(b"the sealed content", "anna@example.net");
        let millis = u64::try_from(self.now().as_millisecond()).unwrap();
        let task = TaskId::generate(millis, &random);
        let message = capture.0.id;
        let kind = TaskKind::Advise(message, Topic::Receipt);
        capture.0.tasks.push(NewTask {
            id: task,
            kind,
            due_at: self.now(),
            payload: None,
        });
        let held = self.keep(capture).await;
        let sent = Sent {
            handle: Handle::generate(&random),
            link: LinkSecret::generate(&random),
        };
        let leased = self
            .store
            .lease(self.now(), Duration::from_secs(60), 10)
            .await;
        let leased = leased.unwrap().into_iter().find(|task| task.kind == kind);
        let lease = leased.unwrap().lease;
        let sender = NewSender {
            message,
            handle: sent.handle,
            proof_digest: sent.link.open_proof(&sent.handle).digest(),
            kept_for: KEPT,
            secret: b"sealed".to_vec(),
        };
        assert!(self.store.let_sender_in(&lease, sender).await.unwrap());
        let done = Outcome::Done(None);
        assert!(self.store.finish(&lease, done, self.now()).await.unwrap());
        (held, sent)
    }

    /// A message that ends in 30 days. What is sealed is opaque here, so it need not be age.
    pub(crate) async fn message_with(&self, content: &[u8], address: &str) -> Held {
        self.keep(self.captured(content, address)).await
    }

    /// A message to a mailbox with a waiting notice, in the conversation that `mentions` makes of its
    /// recipient's id.
    pub(crate) async fn message_in(
        &self,
        mailbox: [u8; 32],
        mentions: impl FnOnce(RecipientId) -> Mentions,
    ) -> Held {
        let (mut capture, held) = self.captured(b"the sealed content", "anna@example.net");
        let millis = u64::try_from(self.now().as_millisecond()).unwrap();
        capture.recipients[0].address_index = mailbox;
        capture.mentions = mentions(held.recipient);
        capture.tasks.push(NewTask {
            id: TaskId::generate(millis, &SystemRandom::new()),
            kind: TaskKind::Notify(held.message, held.recipient),
            due_at: self.now(),
            payload: None,
        });
        self.keep((capture, held)).await
    }

    async fn keep(&self, (capture, held): (Capture, Held)) -> Held {
        let _ = self.store.capture(capture).await.unwrap();
        held
    }

    fn captured(&self, content: &[u8], address: &str) -> (Capture, Held) {
        let random = SystemRandom::new();
        let now = self.now();
        let millis = u64::try_from(now.as_millisecond()).unwrap();
        let message = MessageId::generate(millis, &random);
        let recipient = RecipientId::generate(millis, &random);
        let (handle, link) = (Handle::generate(&random), LinkSecret::generate(&random));
        let mut seed = [0; 32];
        random.fill(&mut seed);
        let expires_at = now + SignedDuration::from_hours(30 * 24);
        let share = link.split(&Seed::from_bytes(&seed), message, recipient);
        let context = share_context(message, recipient, Profile::Hybrid, expires_at.as_second());
        let place = Place {
            field: "grants.share",
            record: recipient.as_bytes(),
            context: &context,
        };
        let share = self
            .keys
            .share
            .seal(&place, expires_at, share.expose_secret(), &random)
            .unwrap();
        let place = Place {
            field: "recipients.address",
            record: recipient.as_bytes(),
            context: message.as_bytes(),
        };
        let json = format!("{{\"address\":\"{address}\"}}");
        let view = b"the sealed view".to_vec();
        let key = KeyId::from_bytes([0; 16]);
        let capture = Capture {
            id: message,
            captured_at: now,
            sender: self.keys.metadata.seal(
                &Place {
                    field: "messages.sender",
                    record: message.as_bytes(),
                    context: &[],
                },
                br#"{"sender":"clinic@example.org"}"#,
                &random,
            ),
            message_id_index: None,
            content_index: [0; 32],
            earlier_indexes: Vec::new(),
            mentions: Mentions::default(),
            keys: CaptureKeys {
                lookup: key,
                reply: Some(key),
                spool: None,
            },
            held: Some(HeldMessage {
                profile: Profile::Hybrid,
                expires_at,
                view: self.staged(ContentKind::View, &view),
                message: self.staged(ContentKind::Message, content),
                escrow: None,
            }),
            spool: None,
            recipients: vec![NewRecipient {
                id: recipient,
                address: self.keys.metadata.seal(&place, json.as_bytes(), &random),
                address_index: [0; 32],
                disposition: Disposition::Held {
                    handle,
                    share: Some(share),
                    proof_digest: link.open_proof(&handle).digest(),
                    reply_public: link.reply_signer(message, recipient).public(),
                    reply_token_index: *handle_digest(&handle),
                },
            }],
            tasks: Vec::new(),
        };
        let held = Held {
            handle,
            link,
            message,
            recipient,
            seed,
            view,
            content: content.to_vec(),
        };
        (capture, held)
    }

    fn staged(&self, kind: ContentKind, octets: &[u8]) -> StagedContent {
        let random = SystemRandom::new();
        let millis = u64::try_from(self.now().as_millisecond()).unwrap();
        let mut writer = self
            .store
            .stage(ContentId::generate(millis, &random), kind)
            .unwrap();
        writer.write_all(octets).unwrap();
        writer.finish().unwrap()
    }

    /// What the gateway's worker does: takes every code that was asked for, makes the number, arms
    /// it. Returns the numbers, as they would stand in the mails.
    pub(crate) async fn mailed_codes(&self) -> Vec<String> {
        let mut mailed = Vec::new();
        for task in self.tasks().await {
            let passcode = Passcode::generate(&SystemRandom::new());
            let keys = &self.keys.passcode;
            let (code, (key, kept)) = match task.0 {
                TaskKind::SendCode(recipient, code) => {
                    (code, verifier(keys, recipient, code, &passcode))
                }
                TaskKind::SendSenderCode(message, code) => {
                    (code, sender_verifier(keys, message, code, &passcode))
                }
                other => panic!("a task that nobody asked for: {other:?}"),
            };
            let until = self.now() + SignedDuration::try_from(LIFETIME).unwrap();
            assert!(self.store.arm_code(code, kept, key, until).await.unwrap());
            mailed.push(passcode.expose_spaced().to_string());
        }
        mailed
    }

    /// What the gateway's worker does when a message's time is over.
    pub(crate) async fn store_expires(&self, held: &Held) {
        Store::expire(&self.store, held.message, self.now())
            .await
            .unwrap();
    }

    /// Takes all tasks that are due off the queue, oldest first.
    pub(crate) async fn tasks(&self) -> Vec<(TaskKind, Option<Vec<u8>>)> {
        let now = self.now();
        let mut leased = self
            .store
            .lease(now, Duration::from_secs(60), 1000)
            .await
            .unwrap();
        leased.sort_by_key(|task| task.first_due_at);
        let mut done = Vec::new();
        for task in leased {
            assert!(
                self.store
                    .finish(&task.lease, Outcome::Done(None), now)
                    .await
                    .unwrap()
            );
            done.push((task.kind, task.payload));
        }
        done
    }
}

fn open_store(directory: &Path) -> SqliteStore {
    SqliteStore::open(&directory.join("store"), Options::default()).unwrap()
}

/// Any value that differs between recipients.
fn handle_digest(handle: &Handle) -> Box<[u8; 32]> {
    Box::new(seal::sha256_of(&[handle.as_bytes()]))
}

/// The viewer's keys, opened with the viewer's own credential.
fn open_keys(directory: &std::path::Path) -> ViewerKeys {
    let custody = FileCustody::new(directory.join("viewer.key"));
    let live = LiveKeys::open(
        Folder::new(directory.join("keys")),
        &custody.unlock().unwrap(),
        Presence::Visitor,
        start,
        &SystemRandom::new(),
    );
    ViewerKeys::of(&live.unwrap())
}

/// When the world begins.
fn start() -> Timestamp {
    "2026-11-22T09:00:00Z".parse().unwrap()
}
