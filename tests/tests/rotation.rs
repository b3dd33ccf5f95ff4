//! Rotation over a real store and a real keystore: nothing is lost when it is stopped, run twice at
//! once, or meets a record that does not open (promise K6).

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::{SignedDuration, Timestamp};
use keystore::{
    Actor, Credential, Folder, GatewayKeys, KeyFacts, KeyState, LiveKeys, Presence, Purpose,
    RootSecret, facts,
};
use seal::{
    ContentId, Handle, MessageId, Profile, Random, RecipientId, SystemRandom, TaskId, share_context,
};
use sealpost::keys::{NeedsError, Progress, RotationError, Rotator, close_if_unneeded, uses};
use sealpost::metadata::{RecipientFacts, SenderFacts};
use sealpost::policy::Tls;
use sealpost::{clock, reply_token};
use store::sqlite::{Options, SqliteStore};
use store::{
    Capture, CaptureKeys, ContentKind, Disposition, HeldMessage, Mentions, NewRecipient, NewTask,
    StagedContent, Store, StoreError, TaskKind, place,
};
use tokio::sync::watch;

const SHARE: &[u8] = b"a server share";
const SECRET: &[u8] = b"a link secret that waits";

struct World {
    keys: Arc<GatewayKeys>,
    live: Arc<LiveKeys>,
    folder: Folder,
    store: SqliteStore,
    random: Arc<dyn Random>,
    held: Vec<Held>,
    _home: tempfile::TempDir,
}

#[derive(Clone, Copy)]
struct Held {
    message: MessageId,
    recipient: RecipientId,
    task: TaskId,
}

fn expires_at() -> Timestamp {
    clock::system() + SignedDuration::from_hours(24)
}

impl World {
    async fn with(messages: usize) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let random: Arc<dyn Random> = Arc::new(SystemRandom::new());
        let root = RootSecret::generate(&*random);
        let folder = Folder::new(home.path().join("keys"));
        let now = clock::system();
        let horizon = now + SignedDuration::from_hours(24 * 60);
        folder
            .init(&root, now, horizon, &*random)
            .expect("a keystore");
        let credential = Credential::Root(root);
        let live = LiveKeys::open(
            folder.clone(),
            &credential,
            Presence::Visitor,
            clock::system,
            &*random,
        )
        .expect("keys");
        let mut world = Self {
            keys: Arc::new(GatewayKeys::of(&live).expect("the root secret")),
            live,
            folder,
            store: SqliteStore::open(&home.path().join("data"), Options::default()).expect("store"),
            random,
            held: Vec::new(),
            _home: home,
        };
        let end = expires_at();
        for number in 0..messages {
            world.capture(number, end).await.expect("stored");
        }
        world
    }

    fn stage(&self, kind: ContentKind) -> StagedContent {
        let id = ContentId::generate(1_790_000_000_000, &*self.random);
        let mut writer = self.store.stage(id, kind).expect("a stage");
        writer.write_all(b"sealed").expect("staged");
        writer.finish().expect("staged")
    }

    /// A message to one outsider, sealed under the keys as they are now.
    async fn capture(&mut self, number: usize, end: Timestamp) -> Result<(), StoreError> {
        let (capture, held) = self.sealed(number, end);
        let _stored = self.store.capture(capture).await?;
        self.held.push(held);
        Ok(())
    }

    fn sealed(&self, number: usize, end: Timestamp) -> (Capture, Held) {
        let Self { keys, random, .. } = self;
        let random = &**random;
        let millis = 1_790_000_000_000;
        let held = Held {
            message: MessageId::generate(millis, random),
            recipient: RecipientId::generate(millis, random),
            task: TaskId::generate(millis, random),
        };
        let Held {
            message,
            recipient,
            task,
        } = held;
        let lookup = keys.in_hand(end).lookup;
        let context = share_context(message, recipient, Profile::Hybrid, end.as_second());
        let share = keys
            .share
            .seal(
                &place::server_share(&recipient, &context),
                end,
                SHARE,
                random,
            )
            .expect("a share key");
        let token = reply_token::generate(random);
        let who = RecipientFacts {
            address: format!("reader-{number}@example.com")
                .parse()
                .expect("address"),
            reply_token: Some(token.clone()),
            tls: Tls::AsConfigured,
            dsn: mail::RecipientDsn::default(),
        };
        let sender = SenderFacts::plain("clinic@example.org".parse().expect("address"));
        let (key, address_index) = who.index(&lookup);
        let secret = place::link_secret(&task, &recipient);
        let capture = Capture {
            id: message,
            captured_at: clock::system(),
            sender: sender.seal(&keys.metadata, message, random),
            message_id_index: None,
            content_index: [1; 32],
            earlier_indexes: Vec::new(),
            mentions: Mentions::default(),
            keys: CaptureKeys {
                lookup: key,
                reply: Some(keys.reply.recipient().0),
                spool: None,
            },
            held: Some(HeldMessage {
                profile: Profile::Hybrid,
                expires_at: end,
                view: self.stage(ContentKind::View),
                message: self.stage(ContentKind::Message),
                escrow: None,
            }),
            spool: None,
            recipients: vec![NewRecipient {
                id: recipient,
                address: who.seal(&keys.metadata, message, recipient, random),
                address_index,
                disposition: Disposition::Held {
                    handle: Handle::generate(random),
                    share: Some(share),
                    proof_digest: [1; 32],
                    reply_public: [1; 32],
                    reply_token_index: reply_token::index(&lookup, &token),
                },
            }],
            tasks: vec![NewTask {
                id: task,
                kind: TaskKind::Notify(message, recipient),
                due_at: end,
                payload: Some(keys.outbox.seal(&secret, SECRET, random)),
            }],
        };
        (capture, held)
    }

    fn rotator(&self, stop: watch::Receiver<bool>) -> Rotator {
        Rotator {
            folder: self.folder.clone(),
            live: self.live.clone(),
            keys: self.keys.clone(),
            store: Arc::new(self.store.clone()),
            random: self.random.clone(),
            clock: clock::system,
            rate: None,
            patience: None,
            stop,
        }
    }

    async fn rotate(&self, purpose: Purpose) -> Result<u64, RotationError> {
        let (_stop, stopping) = watch::channel(false);
        let rotator = self.rotator(stopping);
        rotator.rotate(purpose, Actor::SCHEDULE, &|_| {}).await
    }

    fn keys_of(&self, purpose: Purpose, state: KeyState) -> Vec<KeyFacts> {
        let ring = self.folder.read_all(&*self.live, clock::system());
        let mut keys = facts(&ring.expect("a ring"));
        keys.retain(|key| key.purpose == purpose && key.state == state);
        keys
    }

    /// Opens everything of every message, as viewer and worker would.
    async fn check(&self) {
        for held in &self.held {
            let record = self.store.recipient(held.recipient).await.expect("read");
            let record = record.expect("it is there");
            let facts = RecipientFacts::open(
                &self.keys.metadata,
                held.message,
                held.recipient,
                &record.address,
            );
            let facts = facts.expect("the address opens");
            let Disposition::Held {
                share: Some(share), ..
            } = record.disposition
            else {
                panic!("it is held");
            };
            let end = record.expires_at.as_second();
            let context = share_context(held.message, held.recipient, Profile::Hybrid, end);
            let place = place::server_share(&held.recipient, &context);
            let share = self.keys.share.open(&place, &share).expect("a share");
            assert_eq!(share.as_slice(), SHARE);
            let token = facts.reply_token.expect("a token");
            let indexes = reply_token::indexes(&self.keys.lookup, &token);
            let found = self.store.recipient_by_reply_token(&indexes).await;
            let found = found.expect("read").expect("found by its token");
            assert_eq!(found.id, held.recipient);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_record_of_every_purpose_comes_under_the_new_key_and_the_old_one_can_go() {
    let world = World::with(600).await;
    for (purpose, records) in [
        (Purpose::Share, 600),
        (Purpose::Metadata, 1200),
        (Purpose::Lookup, 600),
        (Purpose::Outbox, 600),
        (Purpose::Passcode, 0),
        (Purpose::Session, 0),
        (Purpose::Spool, 0),
        (Purpose::Reply, 0),
        (Purpose::Audit, 0),
    ] {
        assert_eq!(
            world.rotate(purpose).await.expect("rotated"),
            records,
            "{purpose}"
        );
    }
    world.check().await;
    let now = clock::system();
    for purpose in Purpose::ALL {
        for key in world.keys_of(purpose, KeyState::Retired) {
            let count = uses(&world.store, &key, now).await.expect("counted");
            let proof = close_if_unneeded(&world.store, &key, now).await;
            match purpose {
                // Named in 600 views; good for eight hours more; messages captured lately are told
                // from those sent again by it.
                Purpose::Reply => assert_eq!(count, 600),
                Purpose::Session => assert_eq!(count, 1),
                Purpose::Lookup => assert!(count > 0),
                _ => assert_eq!(count, 0, "{purpose}"),
            }
            assert_eq!(proof.is_ok(), count == 0, "{purpose}");
        }
    }
    let notice = world
        .store
        .lease(expires_at(), std::time::Duration::from_secs(60), 1)
        .await;
    let notice = notice.expect("leased").remove(0);
    let TaskKind::Notify(_, recipient) = notice.kind else {
        panic!("a notice");
    };
    let place = place::link_secret(&notice.lease.task, &recipient);
    let sealed = notice.payload.expect("a secret");
    let secret = world.keys.outbox.open(&place, &sealed).expect("it opens");
    assert_eq!(secret.as_slice(), SECRET);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotation_that_was_stopped_goes_on_where_it_was() {
    let world = World::with(900).await;
    let (stop, stopping) = watch::channel(false);
    let rotator = world.rotator(stopping);
    let told = |step: Progress| {
        if let Progress::Rewrapping { done, .. } = step
            && done > 0
        {
            stop.send_replace(true);
        }
    };
    let result = rotator.rotate(Purpose::Share, Actor::SCHEDULE, &told).await;
    assert!(
        matches!(result, Err(RotationError::Interrupted)),
        "{result:?}"
    );
    world.check().await;
    let retired = world.keys_of(Purpose::Share, KeyState::Retired);
    let mut left = 0;
    for key in &retired {
        left += uses(&world.store, key, clock::system())
            .await
            .expect("counted");
        let refused = close_if_unneeded(&world.store, key, clock::system()).await;
        if uses(&world.store, key, clock::system())
            .await
            .expect("counted")
            > 0
        {
            assert!(matches!(refused, Err(NeedsError::StillNeeded(_))));
        }
    }
    assert!(left > 0 && left < 900, "{left} are left");
    let resumed = AtomicU64::new(0);
    let (_stop, stopping) = watch::channel(false);
    let told = |step: Progress| {
        if step == (Progress::Begun { resumed: true }) {
            resumed.fetch_add(1, Ordering::Relaxed);
        }
    };
    let rotator = world.rotator(stopping);
    let moved = rotator.rotate(Purpose::Share, Actor::SCHEDULE, &told).await;
    assert_eq!(moved.expect("rotated"), left, "only what was left");
    assert_eq!(resumed.load(Ordering::Relaxed), 1);
    assert_eq!(
        world.keys_of(Purpose::Share, KeyState::Retired).len(),
        retired.len(),
        "no further key was made"
    );
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_help_each_other() {
    let world = World::with(900).await;
    let (one, two) = tokio::join!(
        world.rotate(Purpose::Metadata),
        world.rotate(Purpose::Metadata)
    );
    let (one, two) = (one.expect("rotated"), two.expect("rotated"));
    // Whoever comes when the other has ended begins another rotation and moves all once more.
    assert!(one + two == 1800 || one + two == 3600, "{one} and {two}");
    world.check().await;
    assert_eq!(world.keys_of(Purpose::Metadata, KeyState::Active).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_does_not_open_stays_and_keeps_its_key() {
    let mut world = World::with(10).await;
    let (mut capture, _) = world.sealed(11, expires_at());
    let foreign = {
        let other = World::with(0).await;
        let (capture, _) = other.sealed(0, expires_at());
        capture.sender
    };
    // Under our key's id, yet not ours: an octet of the sealed part is another.
    let last = capture.sender.len() - 1;
    capture.sender[last] ^= 1;
    let damaged = capture.sender.clone();
    let id = capture.id;
    let _stored = world.store.capture(capture).await.expect("stored");
    let result = world.rotate(Purpose::Metadata).await;
    assert!(
        matches!(result, Err(RotationError::Damaged(1))),
        "{result:?}"
    );
    let record = world.store.message(id).await.expect("read").expect("there");
    assert_eq!(record.sender, damaged, "nothing took its place");
    let old = world
        .keys_of(Purpose::Metadata, KeyState::Retired)
        .remove(0);
    assert_eq!(
        uses(&world.store, &old, clock::system())
            .await
            .expect("counted"),
        1
    );
    assert_ne!(foreign, damaged);
    world.check().await;
    world.capture(12, expires_at()).await.expect("mail goes on");
}

/// What was sealed under a key just before it was closed is refused, changes nothing, and is taken
/// when it is sealed anew.
#[tokio::test(flavor = "multi_thread")]
async fn a_capture_that_comes_too_late_for_its_key_is_refused_and_taken_the_next_time() {
    let mut world = World::with(3).await;
    let end = expires_at();
    let (late, _) = world.sealed(4, end);
    world.rotate(Purpose::Share).await.expect("rotated");
    let now = clock::system();
    for key in world.keys_of(Purpose::Share, KeyState::Retired) {
        let proof = close_if_unneeded(&world.store, &key, now).await;
        let proof = proof.expect("nothing needs it");
        let actor = Actor::SCHEDULE;
        world
            .folder
            .destroy(&*world.live, &proof, &actor, now, &*world.random)
            .expect("destroyed");
    }
    let accepted = world.store.balance().await.expect("a balance").accepted;
    let refused = world.store.capture(late).await.expect_err("refused");
    assert!(matches!(refused, StoreError::KeyClosed(_)), "{refused}");
    assert_eq!(
        world.store.balance().await.expect("a balance").accepted,
        accepted
    );
    world.live.refresh().expect("read");
    world.capture(4, end).await.expect("sealed anew");
    world.check().await;
}
