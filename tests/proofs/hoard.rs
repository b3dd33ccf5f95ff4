//! Fills a store with held messages whose notices have left: `hoard DATA KEYSTORE ROOT COUNT`.
//!
//! The records are as the gateway makes them, under the keys of that installation. The sealed files
//! have the size of a short mail's and are the same octets for all: the store never opens them.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::{SignedDuration, Timestamp};
use keystore::{Custody, FileCustody, Folder, GatewayKeys, LiveKeys, Presence};
use mail::Address;
use seal::{
    ContentId, Handle, LinkSecret, MessageId, Profile, Random, RecipientId, Seed, SystemRandom,
    TaskId, share_context,
};
use sealpost::metadata::{RecipientFacts, SenderFacts};
use sealpost::policy::Tls;
use store::sqlite::SqliteStore;
use store::{
    Capture, CaptureKeys, ContentKind, Disposition, HeldMessage, Mentions, NewRecipient, NewTask,
    StagedContent, Store, TaskKind, place,
};

/// Captures under way at once; the store commits them in groups.
const AT_ONCE: u64 = 200;
const VIEW: usize = 3_500;
const MESSAGE: usize = 6_000;

struct Hoard {
    store: SqliteStore,
    keys: GatewayKeys,
    random: SystemRandom,
    now: Timestamp,
    octets: Vec<u8>,
}

fn main() {
    let mut words = std::env::args().skip(1);
    let mut word = || words.next().expect("usage: hoard DATA KEYSTORE ROOT COUNT");
    let (data, keystore, root) = (word(), word(), word());
    let count: u64 = word().parse().expect("a number");
    let random = SystemRandom::new();
    let credential = FileCustody::new(root).unlock().expect("a root secret");
    let clock = sealpost::clock::system;
    let live = LiveKeys::open(
        Folder::new(keystore),
        &credential,
        Presence::Visitor,
        clock,
        &random,
    );
    let live = live.expect("a keystore");
    let mut octets = vec![0; MESSAGE];
    random.fill(&mut octets);
    let hoard = Arc::new(Hoard {
        store: SqliteStore::open(data.as_ref(), store::sqlite::Options::default())
            .expect("a store"),
        keys: GatewayKeys::of(&live).expect("the root secret"),
        random,
        now: clock(),
        octets,
    });
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let next = Arc::new(AtomicU64::new(0));
        let workers: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                let (hoard, next) = (Arc::clone(&hoard), Arc::clone(&next));
                tokio::spawn(async move {
                    loop {
                        let n = next.fetch_add(1, Ordering::Relaxed);
                        if n >= count {
                            return;
                        }
                        let capture = hoard.capture(n);
                        let _ = hoard.store.capture(capture).await.expect("stored");
                    }
                })
            })
            .collect();
        for worker in workers {
            worker.await.expect("a worker that ends");
        }
    });
}

impl Hoard {
    fn millis(&self) -> u64 {
        u64::try_from(self.now.as_millisecond()).expect("after 1970")
    }

    fn stage(&self, kind: ContentKind, size: usize) -> StagedContent {
        let id = ContentId::generate(self.millis(), &self.random);
        let mut writer = self.store.stage(id, kind).expect("a place");
        writer.write_all(&self.octets[..size]).expect("room");
        writer.finish().expect("a content")
    }

    fn capture(&self, n: u64) -> Capture {
        let (keys, random, millis) = (&self.keys, &self.random, self.millis());
        // Over a month, as they come in.
        let captured_at = self.now - SignedDuration::from_secs(i64::try_from(n).unwrap_or(0) * 20);
        let expires_at = self.now + SignedDuration::from_hours(24 * 20);
        let id = MessageId::generate(millis, random);
        let recipient = RecipientId::generate(millis, random);
        let (handle, link) = (Handle::generate(random), LinkSecret::generate(random));
        let share = link.split(&Seed::generate(random), id, recipient);
        let context = share_context(id, recipient, Profile::Hybrid, expires_at.as_second());
        let place = place::server_share(&recipient, &context);
        let share = keys
            .share
            .seal(&place, expires_at, share.expose_secret(), random);
        let address: Address = format!("keeper.{n}@example.com").parse().expect("address");
        let facts = RecipientFacts {
            address,
            reply_token: Some(format!("{n:026}")),
            tls: Tls::AsConfigured,
            dsn: mail::RecipientDsn::default(),
        };
        let sender = SenderFacts::plain("clinic@example.org".parse().expect("address"));
        let (lookup, address_index) = facts.index(&keys.lookup);
        let tag = |what: &[u8]| keys.lookup.tag(&[what, &n.to_be_bytes()]);
        Capture {
            id,
            captured_at,
            sender: sender.seal(&keys.metadata, id, random),
            message_id_index: Some(tag(b"message id")),
            content_index: tag(b"content"),
            earlier_indexes: Vec::new(),
            mentions: Mentions::default(),
            keys: CaptureKeys {
                lookup,
                reply: Some(keys.reply.recipient().0),
                spool: None,
            },
            held: Some(HeldMessage {
                profile: Profile::Hybrid,
                expires_at,
                view: self.stage(ContentKind::View, VIEW),
                message: self.stage(ContentKind::Message, MESSAGE),
                escrow: None,
            }),
            spool: None,
            recipients: vec![NewRecipient {
                id: recipient,
                address: facts.seal(&keys.metadata, id, recipient, random),
                address_index,
                disposition: Disposition::Held {
                    handle,
                    share: Some(share.expect("a key of the month")),
                    proof_digest: link.open_proof(&handle).digest(),
                    reply_public: link.reply_signer(id, recipient).public(),
                    reply_token_index: tag(b"reply token"),
                },
            }],
            tasks: vec![NewTask {
                id: TaskId::generate(millis, random),
                kind: TaskKind::Expire(id),
                due_at: expires_at,
                payload: None,
            }],
        }
    }
}
