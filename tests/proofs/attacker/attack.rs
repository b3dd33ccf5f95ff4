//! Every way to a message's key that is known, tried on every message.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use seal::{
    Identity, KeyId, Link, LinkSecret, Place, Profile, Seed, ServerShare, WrapKey,
    push_length_prefixed, share_context, wrapped_key_id,
};
use store::place;

use crate::guesses::{self, Texts};
use crate::loot::{Found, Records, Victim};
use crate::ring::{Secret, hkdf};

/// How far before a wrapped value its record's id can stand.
const RECORD: usize = 400;

/// What the attacker has.
pub(crate) struct Loot {
    pub(crate) records: Records,
    /// All files of all stores, as octets.
    pub(crate) stores: Vec<Found>,
    pub(crate) keys: BTreeMap<[u8; 16], Secret>,
    /// Root secret, roles, and what they derive.
    pub(crate) roots: Vec<Secret>,
    pub(crate) texts: Texts,
    pub(crate) links: Vec<Link>,
    /// Whether to try also what is no more than 32 octets that lie about.
    pub(crate) guesses: bool,
}

/// What came of it.
#[derive(Default)]
pub(crate) struct Tally {
    pub(crate) shares: AtomicUsize,
    pub(crate) addresses: AtomicUsize,
    pub(crate) senders: AtomicUsize,
    pub(crate) payloads: AtomicUsize,
    /// Wrapped link secrets found outside live records, whether they opened or not.
    pub(crate) remains: AtomicUsize,
    pub(crate) seeds: AtomicU64,
    pub(crate) link_secrets: AtomicU64,
    /// Link secrets that fit a recipient whose share was not to be had.
    pub(crate) fits_alone: AtomicUsize,
    /// Where link secrets that opened lay outside live records.
    pub(crate) places: Mutex<BTreeSet<String>>,
    /// How each message was opened.
    pub(crate) opened: Mutex<BTreeMap<String, String>>,
    /// What wrapped values held, for the search for canaries.
    pub(crate) plaintexts: Mutex<Vec<Vec<u8>>>,
}

impl Loot {
    fn unwrap(&self, purpose: &'static str, place: &Place<'_>, wrapped: &[u8]) -> Option<Vec<u8>> {
        let id = wrapped_key_id(wrapped)?;
        // Every key under the id that the value names: a wrong name would not keep it shut.
        self.keys.values().find_map(|key| {
            let key = WrapKey::new(id, purpose, &key.octets);
            key.open(place, wrapped).ok().map(|value| value.to_vec())
        })
    }

    /// Tries everything on every message.
    pub(crate) fn attack(&self) -> Tally {
        let tally = Tally::default();
        let victims: Vec<&Victim> = self.records.victims.values().collect();
        let ids = victims.iter().enumerate().flat_map(|(n, victim)| {
            [*victim.recipient.as_bytes(), *victim.handle.as_bytes()].map(|id| (id, n))
        });
        let ids: HashMap<[u8; 16], usize> = ids.collect();
        let around = guesses::around(&self.stores, &ids, victims.len());
        let secrets = self.link_secrets_of_payloads(&tally);
        let everywhere = self.everywhere();
        let identities = self.identities();
        let next = AtomicUsize::new(0);
        let work = || {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                let Some(victim) = victims.get(n) else {
                    return;
                };
                let mut attempt = Attempt::new(self, victim, &tally);
                attempt.links();
                attempt.payloads(&secrets);
                if !self.guesses {
                    continue;
                }
                attempt.link_secrets("a value found elsewhere", everywhere.iter());
                for stretch in &around[n] {
                    let windows = stretch.octets.windows(32);
                    let windows = windows.map(|window| window.try_into().expect("32 octets"));
                    attempt.link_secrets("octets near its record", windows);
                }
                attempt.own_values();
                attempt.identities(&identities);
            }
        };
        std::thread::scope(|scope| {
            let threads = std::thread::available_parallelism().map_or(2, usize::from);
            for _ in 0..threads {
                scope.spawn(work);
            }
        });
        tally
    }

    /// Values that could be anybody's link secret.
    fn everywhere(&self) -> BTreeSet<[u8; 32]> {
        let mut values = self.records.values.clone();
        values.extend(&self.texts.whole);
        values.extend(&self.texts.inside);
        values.extend(self.secrets().map(|secret| secret.octets));
        values
    }

    fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.keys.values().chain(&self.roots)
    }

    /// Identities that could be anybody's: every key as either profile, every string that is one.
    fn identities(&self) -> Vec<(String, Identity)> {
        let keys = self.secrets().map(|key| (key.name.clone(), key.octets));
        let texts = self.texts.whole.iter();
        let texts = texts.map(|octets| ("a string found in a text".to_owned(), *octets));
        let both = [Profile::Hybrid, Profile::X25519];
        let mut identities: Vec<_> = keys
            .chain(texts)
            .flat_map(|(name, octets)| both.map(|profile| (name.clone(), profile, octets)))
            .map(|(name, profile, octets)| {
                (
                    name,
                    Identity::from_seed(profile, &Seed::from_bytes(&octets)),
                )
            })
            .collect();
        let written = self.texts.identities.iter();
        identities.extend(written.filter_map(|text| {
            let identity = text.parse().ok()?;
            Some(("an identity found in a text".to_owned(), identity))
        }));
        identities
    }

    /// The link secrets of notices that wait, and of those whose record is gone but for octets in
    /// free pages or in the log.
    fn link_secrets_of_payloads(&self, tally: &Tally) -> Vec<[u8; 32]> {
        let recipients: Vec<_> = self
            .records
            .victims
            .values()
            .map(|victim| victim.recipient)
            .collect();
        let mut found = BTreeSet::new();
        let mut take = |task: [u8; 16], recipient, wrapped: &[u8]| {
            let task = seal::TaskId::from_bytes(task);
            let opened = self.unwrap("outbox", &place::link_secret(&task, &recipient), wrapped);
            if let Some(secret) = opened.and_then(|octets| octets.try_into().ok()) {
                found.insert(secret);
                return true;
            }
            false
        };
        for payload in &self.records.payloads {
            for recipient in &recipients {
                take(payload.task, *recipient, &payload.wrapped);
            }
        }
        // version, key id, nonce, 32 octets, tag
        let length = 1 + 16 + 12 + 32 + 16;
        let outbox: Vec<KeyId> = self
            .keys
            .iter()
            .filter(|(_, key)| key.name.starts_with("outbox"))
            .map(|(id, _)| KeyId::from_bytes(*id))
            .collect();
        for file in &self.stores {
            for key in &outbox {
                for at in memchr::memmem::find_iter(&file.octets, key.as_bytes()) {
                    let Some(wrapped) = at
                        .checked_sub(1)
                        .and_then(|start| file.octets.get(start..start + length))
                    else {
                        continue;
                    };
                    tally.remains.fetch_add(1, Ordering::Relaxed);
                    let before = &file.octets[at.saturating_sub(RECORD)..at];
                    let is_near = |id: &[u8; 16]| memchr::memmem::find(before, id).is_some();
                    let near = recipients.iter().filter(|id| is_near(id.as_bytes()));
                    for recipient in near {
                        for task in before.windows(16) {
                            let task = task.try_into().expect("16 octets");
                            if take(task, *recipient, wrapped) {
                                let place = format!("{} at {at}", file.path.display());
                                tally.places.lock().expect("no thread panics").insert(place);
                            }
                        }
                    }
                }
            }
        }
        tally.payloads.store(found.len(), Ordering::Relaxed);
        found.into_iter().collect()
    }
}

/// One recipient's message under attack.
struct Attempt<'a> {
    loot: &'a Loot,
    victim: &'a Victim,
    tally: &'a Tally,
    /// Opened server shares.
    shares: Vec<[u8; 32]>,
    context: Vec<u8>,
    opened: bool,
}

impl<'a> Attempt<'a> {
    fn new(loot: &'a Loot, victim: &'a Victim, tally: &'a Tally) -> Self {
        let Victim {
            message,
            recipient,
            profile,
            expires_at,
            ..
        } = victim;
        let mut plaintexts = Vec::new();
        let mut all =
            |purpose, place: &Place<'_>, values: &BTreeSet<Vec<u8>>, count: &AtomicUsize| {
                let opened = values
                    .iter()
                    .filter_map(|value| loot.unwrap(purpose, place, value));
                let opened: Vec<Vec<u8>> = opened.collect();
                count.fetch_add(usize::from(!opened.is_empty()), Ordering::Relaxed);
                plaintexts.extend(opened.iter().cloned());
                opened
            };
        let context = share_context(*message, *recipient, *profile, *expires_at);
        let place = place::server_share(recipient, &context);
        let shares = all("share", &place, &victim.shares, &tally.shares);
        let place = place::recipient_address(message, recipient);
        all("metadata", &place, &victim.addresses, &tally.addresses);
        all(
            "metadata",
            &place::message_sender(message),
            &victim.senders,
            &tally.senders,
        );
        tally
            .plaintexts
            .lock()
            .expect("no thread panics")
            .extend(plaintexts);
        let mut grant = Vec::new();
        push_length_prefixed(&mut grant, b"sealpost/v1");
        push_length_prefixed(&mut grant, message.as_bytes());
        push_length_prefixed(&mut grant, recipient.as_bytes());
        Self {
            loot,
            victim,
            tally,
            shares: shares
                .into_iter()
                .filter_map(|share| share.try_into().ok())
                .collect(),
            context: grant,
            opened: false,
        }
    }

    /// Links that were given to the attacker: the control.
    fn links(&mut self) {
        let fitting = self
            .loot
            .links
            .iter()
            .filter(|link| link.handle == self.victim.handle);
        let secrets: Vec<_> = fitting.map(|link| *link.secret.expose_secret()).collect();
        self.link_secrets("its link", secrets.iter());
    }

    fn payloads(&mut self, secrets: &[[u8; 32]]) {
        self.link_secrets("a link secret under an outbox key", secrets.iter());
    }

    /// A link secret shows itself by its open proof, whose digest the store keeps.
    fn link_secrets<'b>(&mut self, how: &str, candidates: impl Iterator<Item = &'b [u8; 32]>) {
        let mut tried = 0;
        for octets in candidates {
            tried += 1;
            let link = LinkSecret::from_bytes(octets);
            if !link
                .open_proof(&self.victim.handle)
                .matches_digest(&self.victim.proof_digest)
            {
                continue;
            }
            let (message, recipient) = (self.victim.message, self.victim.recipient);
            let seeds: Vec<[u8; 32]> = self
                .shares
                .iter()
                .map(ServerShare::from_bytes)
                .map(|share| *link.join(&share, message, recipient).expose_secret())
                .collect();
            if !seeds.iter().any(|seed| self.seed(how, seed)) {
                self.tally.fits_alone.fetch_add(1, Ordering::Relaxed);
            }
        }
        self.tally.link_secrets.fetch_add(tried, Ordering::Relaxed);
    }

    /// Everything of 32 octets that belongs to the recipient, and what can be made of two of them.
    fn own_values(&mut self) {
        let mut own = self.victim.own.clone();
        own.extend(&self.shares);
        let pair = |a: &[u8; 16], b: &[u8; 16]| {
            let mut both = [0; 32];
            both[..16].copy_from_slice(a);
            both[16..].copy_from_slice(b);
            both
        };
        let (message, recipient) = (self.victim.message, self.victim.recipient);
        let handle = *self.victim.handle.as_bytes();
        own.push(pair(message.as_bytes(), recipient.as_bytes()));
        own.push(pair(&handle, &handle));
        let keys: Vec<[u8; 32]> = self.loot.secrets().map(|secret| secret.octets).collect();
        let mut seeds: BTreeSet<[u8; 32]> = own.iter().copied().collect();
        let mut all = own.clone();
        all.extend(&keys);
        for (n, value) in own.iter().enumerate() {
            seeds.extend(all[n + 1..].iter().map(|other| xor(value, other)));
        }
        for value in &all {
            for label in ["split", "reply", "open"] {
                let derived = hkdf(value, &[label.as_bytes(), &self.context]);
                seeds.insert(derived);
                seeds.extend(self.shares.iter().map(|share| xor(share, &derived)));
            }
        }
        for seed in seeds {
            self.seed("a value of its own record, or two joined", &seed);
        }
    }

    fn identities(&mut self, identities: &[(String, Identity)]) {
        for (name, identity) in identities {
            self.identity(name, identity);
        }
    }

    fn seed(&mut self, how: &str, seed: &[u8; 32]) -> bool {
        let identity = Identity::from_seed(self.victim.profile, &Seed::from_bytes(seed));
        self.identity(how, &identity)
    }

    fn identity(&mut self, how: &str, identity: &Identity) -> bool {
        self.tally.seeds.fetch_add(1, Ordering::Relaxed);
        let files = [&self.victim.view, &self.victim.content];
        let opens = files
            .into_iter()
            .any(|file| seal::open(identity, file).is_ok());
        if opens && !self.opened && seal::open(identity, &self.victim.content).is_ok() {
            self.opened = true;
            let mut opened = self.tally.opened.lock().expect("no thread panics");
            opened.insert(self.victim.recipient.to_string(), how.to_owned());
        }
        opens
    }
}

fn xor(a: &[u8; 32], b: &[u8; 32]) -> [u8; 32] {
    std::array::from_fn(|n| a[n] ^ b[n])
}
