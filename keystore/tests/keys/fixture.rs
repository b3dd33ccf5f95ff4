//! A keystore of its own for each test.

use std::cell::Cell;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use keystore::{
    Actor, Credential, Custody, FileCustody, Folder, GatewayKeys, KeystoreError, LiveKeys, Place,
    Presence, Purpose, RootSecret, Unneeded, ViewerKeys,
};
use seal::{KeyId, SystemRandom};

pub(crate) const PLACE: Place<'_> = Place {
    field: "test",
    record: &[1; 16],
    context: b"",
};

pub(crate) const OPERATOR: Actor<'static> = Actor {
    by: "operator",
    reason: Some("a test"),
};

thread_local! {
    static CLOCK: Cell<i64> = const { Cell::new(0) };
}

/// Noon of 22 November 2026: when every fixture is made.
pub(crate) fn noon() -> Timestamp {
    at("2026-11-22")
}

/// Noon of a day.
pub(crate) fn at(day: &str) -> Timestamp {
    format!("{day}T12:00:00Z").parse().expect("a day")
}

pub(crate) fn seconds(count: i64) -> SignedDuration {
    SignedDuration::from_secs(count)
}

/// What the processes of this thread take for the time.
pub(crate) fn clock() -> Timestamp {
    noon() + seconds(CLOCK.get())
}

/// Sets their time, in seconds after noon.
pub(crate) fn set_clock(seconds_after_noon: i64) {
    CLOCK.set(seconds_after_noon);
}

pub(crate) struct Fixture {
    folder: tempfile::TempDir,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let fixture = Self {
            folder: tempfile::tempdir().expect("a folder"),
        };
        let root = RootSecret::generate(&random());
        FileCustody::create(&fixture.root_path(), &root).expect("root");
        FileCustody::create_viewer(&fixture.viewer_path(), &root.viewer()).expect("viewer");
        fixture
            .folder()
            .init(&root, noon(), at("2026-12-31"), &random())
            .expect("a keystore");
        fixture
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn root_path(&self) -> PathBuf {
        self.path().join("root.key")
    }

    pub(crate) fn viewer_path(&self) -> PathBuf {
        self.path().join("viewer.key")
    }

    pub(crate) fn keys_path(&self) -> PathBuf {
        self.path().join("keys")
    }

    pub(crate) fn folder(&self) -> Folder {
        Folder::new(self.keys_path())
    }

    pub(crate) fn ring_path(&self) -> PathBuf {
        self.folder().ring_path()
    }

    pub(crate) fn ring_text(&self) -> String {
        fs::read_to_string(self.ring_path()).expect("a ring")
    }

    pub(crate) fn put_ring(&self, text: &str) {
        fs::write(self.ring_path(), text).expect("written");
    }

    pub(crate) fn root(&self) -> RootSecret {
        let custody = FileCustody::new(self.root_path());
        let credential = custody.unlock().expect("root");
        credential.into_root(&custody).expect("root")
    }

    pub(crate) fn open(&self, credential: &Path, role: &'static str) -> Opened {
        let credential: Credential = FileCustody::new(credential).unlock()?;
        LiveKeys::open(
            self.folder(),
            &credential,
            Presence::Node(role),
            clock,
            &random(),
        )
    }

    pub(crate) fn gateway_process(&self) -> Opened {
        self.open(&self.root_path(), "gateway")
    }

    pub(crate) fn viewer_process(&self) -> Opened {
        self.open(&self.viewer_path(), "viewer")
    }

    pub(crate) fn gateway(&self) -> (Arc<LiveKeys>, GatewayKeys) {
        let live = self.gateway_process().expect("gateway");
        let keys = GatewayKeys::of(&live).expect("the gateway's keys");
        (live, keys)
    }

    pub(crate) fn viewer(&self) -> (Arc<LiveKeys>, ViewerKeys) {
        let live = self.viewer_process().expect("viewer");
        let keys = ViewerKeys::of(&live);
        (live, keys)
    }

    /// Why the gateway does not start: one line that names the file.
    pub(crate) fn refusal(&self, file: &Path) -> String {
        refusal(self.gateway_process(), file)
    }

    /// Why the viewer does not start.
    pub(crate) fn viewer_refusal(&self, file: &Path) -> String {
        refusal(self.viewer_process(), file)
    }

    pub(crate) fn begin(&self, purpose: Purpose) -> bool {
        let begun =
            self.folder()
                .begin_rotation(&self.root(), purpose, &OPERATOR, clock(), &random());
        begun.expect("begun")
    }

    /// The roles of the nodes that are waited for.
    pub(crate) fn promote(&self, purpose: Purpose) -> Vec<String> {
        let behind = self
            .folder()
            .promote(&self.root(), purpose, &OPERATOR, clock(), &random());
        let behind = behind.expect("promoted or not");
        behind.into_iter().map(|node| node.role).collect()
    }

    pub(crate) fn end(&self, purpose: Purpose) {
        let ended =
            self.folder()
                .end_rotation(&self.root(), purpose, &OPERATOR, clock(), &random());
        ended.expect("ended");
    }

    pub(crate) fn destroy(&self, key: KeyId) -> Result<(), KeystoreError> {
        let proof = Unneeded::after_scan(key, 0).expect("unneeded");
        self.folder()
            .destroy(&self.root(), &proof, &OPERATOR, clock(), &random())
    }

    /// A whole rotation.
    pub(crate) fn rotate(&self, purpose: Purpose) {
        assert!(self.begin(purpose));
        assert!(self.promote(purpose).is_empty());
        self.end(purpose);
    }

    pub(crate) fn generation(&self) -> u64 {
        let ring = self.folder().read_all(&self.root(), clock());
        ring.expect("a ring").generation()
    }
}

pub(crate) type Opened = Result<Arc<LiveKeys>, KeystoreError>;

pub(crate) fn random() -> SystemRandom {
    SystemRandom::new()
}

fn refusal(opened: Opened, file: &Path) -> String {
    let error = opened.err().expect("a refusal");
    checked(&error, file)
}

/// Every refusal is one line that names the file and a remedy.
pub(crate) fn checked(error: &KeystoreError, file: &Path) -> String {
    const REMEDIES: [&str; 9] = [
        "restore it",
        "run `chmod",
        "run `chown",
        "set the clock",
        "use the root secret",
        "put the newer one back",
        "the unit needs",
        "try again",
        "this needs the root secret",
    ];
    let text = error.to_string();
    assert!(!text.chars().any(char::is_control), "one line: {text:?}");
    assert!(text.len() < 600, "a short one: {text}");
    assert!(
        text.contains(&file.display().to_string()),
        "names the file: {text}"
    );
    assert!(
        REMEDIES.iter().any(|remedy| text.contains(remedy)),
        "names a remedy: {text}"
    );
    text
}
