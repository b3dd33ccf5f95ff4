//! Promise K7: whatever is wrong with a key stops the start with one line that names the file.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use keystore::{
    GatewayKeys, KeyError, KeystoreError, Place, RootSecret, ViewerKeys, cut_share_keys, init,
};
use seal::SystemRandom;

struct Fixture {
    folder: tempfile::TempDir,
}

impl Fixture {
    fn new() -> Self {
        let fixture = Self {
            folder: tempfile::tempdir().expect("a folder"),
        };
        let root = RootSecret::create_file(&fixture.root(), &SystemRandom::new()).expect("root");
        init(
            &fixture.keys(),
            &root,
            at("2026-11-22"),
            at("2026-12-31"),
            &SystemRandom::new(),
        )
        .expect("keys");
        fixture
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root.key")
    }

    fn keys(&self) -> PathBuf {
        self.folder.path().join("keys")
    }

    fn one(&self, purpose: &str) -> PathBuf {
        let named = |path: &Path| {
            path.file_name()
                .and_then(|n| n.to_str())
                .is_some_and(|n| n.starts_with(purpose))
        };
        fs::read_dir(self.keys())
            .expect("keys")
            .map(|entry| entry.expect("entry").path())
            .find(|path| named(path))
            .expect("a key of the purpose")
    }

    fn open(&self) -> Result<GatewayKeys, KeystoreError> {
        GatewayKeys::open(&self.keys(), RootSecret::from_file(&self.root())?)
    }

    fn refusal(&self) -> String {
        let error = self.open().err().expect("a refusal").to_string();
        assert!(!error.contains('\n'), "one line: {error}");
        error
    }
}

fn at(day: &str) -> jiff::Timestamp {
    format!("{day}T12:00:00Z").parse().expect("a day")
}

const PLACE: Place<'_> = Place {
    field: "test",
    record: &[1; 16],
    context: b"",
};

#[test]
fn a_fresh_keystore_opens_for_both_roles() {
    let fixture = Fixture::new();
    let gateway = fixture.open().expect("gateway");
    let viewer = ViewerKeys::open(
        &fixture.keys(),
        RootSecret::from_file(&fixture.root()).expect("root"),
    )
    .expect("viewer");
    let random = SystemRandom::new();
    let wrapped = gateway.metadata.seal(&PLACE, b"value", &random);
    assert_eq!(
        viewer
            .metadata
            .open(&PLACE, &wrapped)
            .expect("opens")
            .as_slice(),
        b"value"
    );
    assert_eq!(
        gateway
            .outbox
            .open(&PLACE, &wrapped)
            .err()
            .map(|e| matches!(e, KeyError::Unknown(_))),
        Some(true)
    );
    let tag = gateway.passcode.tag(&[b"a", b"b"]);
    assert!(viewer.passcode.verify(&[b"a", b"b"], &tag));
    assert!(
        !viewer.passcode.verify(&[b"ab", b""], &tag),
        "parts do not run into each other"
    );
    assert!(
        !viewer.session.verify(&[b"a", b"b"], &tag),
        "another purpose"
    );
}

#[test]
fn shares_are_sealed_under_the_key_of_the_month_in_which_they_end() {
    let fixture = Fixture::new();
    let keys = fixture.open().expect("keys");
    let random = SystemRandom::new();
    let november = keys
        .share
        .seal(&PLACE, at("2026-11-30"), b"s", &random)
        .expect("november");
    let december = keys
        .share
        .seal(&PLACE, at("2026-12-01"), b"s", &random)
        .expect("december");
    assert_ne!(
        seal::wrapped_key_id(&november),
        seal::wrapped_key_id(&december)
    );
    assert!(matches!(
        keys.share.seal(&PLACE, at("2027-01-01"), b"s", &random),
        Err(KeyError::NoEpoch(_))
    ));
    let root = RootSecret::from_file(&fixture.root()).expect("root");
    let cut = cut_share_keys(
        &fixture.keys(),
        &root,
        at("2026-12-01"),
        at("2027-02-01"),
        &random,
    )
    .expect("cut");
    assert_eq!(
        cut.iter().map(ToString::to_string).collect::<Vec<_>>(),
        ["2027-01", "2027-02"]
    );
    let january = keys.share.seal(&PLACE, at("2027-01-01"), b"s", &random);
    assert!(january.is_ok(), "a key that was cut meanwhile is found");
    let again = cut_share_keys(
        &fixture.keys(),
        &root,
        at("2026-12-01"),
        at("2027-02-01"),
        &random,
    );
    assert_eq!(again.expect("cut"), [], "nothing is cut twice");
}

#[test]
fn a_lost_share_key_is_not_replaced_by_a_new_one() {
    let fixture = Fixture::new();
    let root = RootSecret::from_file(&fixture.root()).expect("root");
    let november = fs::read_dir(fixture.keys())
        .expect("keys")
        .map(|entry| entry.expect("entry").path())
        .find(|path| {
            fs::read_to_string(path)
                .expect("text")
                .contains("2026-11\"")
        })
        .expect("the key of November");
    fs::remove_file(november).expect("removed");
    let cut = cut_share_keys(
        &fixture.keys(),
        &root,
        at("2026-11-22"),
        at("2027-01-31"),
        &SystemRandom::new(),
    );
    let error = cut.expect_err("a refusal").to_string();
    assert!(error.contains("lost the share key of 2026-11"), "{error}");
    // Once its month is over, a lost key stands in nobody's way.
    let later = cut_share_keys(
        &fixture.keys(),
        &root,
        at("2026-12-01"),
        at("2027-01-31"),
        &SystemRandom::new(),
    );
    assert_eq!(later.expect("cut").len(), 1);
}

#[test]
fn what_a_crash_left_of_a_key_is_no_key_and_stands_in_nobodys_way() {
    let fixture = Fixture::new();
    let half = fixture.one("share").with_extension("new");
    fs::write(&half, "half of a k").expect("written");
    assert!(fixture.open().is_ok());
}

#[test]
fn missing_files_are_named() {
    let fixture = Fixture::new();
    fs::remove_file(fixture.one("reply")).expect("removed");
    assert!(fixture.refusal().contains("no active reply key"));

    let fixture = Fixture::new();
    fs::remove_file(fixture.root()).expect("removed");
    assert!(fixture.refusal().contains("root.key is missing"));

    let fixture = Fixture::new();
    fs::remove_dir_all(fixture.keys()).expect("removed");
    assert!(fixture.refusal().contains("keys is missing"));
}

#[test]
fn files_and_folders_open_to_others_are_refused() {
    for (mode, refused) in [(0o600, false), (0o400, false), (0o640, true), (0o604, true)] {
        let fixture = Fixture::new();
        for path in [fixture.root(), fixture.one("share")] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("mode");
            assert_eq!(fixture.open().is_err(), refused, "{mode:o}");
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).expect("mode");
        }
    }
    let fixture = Fixture::new();
    fs::set_permissions(fixture.keys(), fs::Permissions::from_mode(0o755)).expect("mode");
    assert!(fixture.refusal().contains("chmod 0700"));
}

#[test]
fn wrong_short_and_changed_keys_are_refused() {
    let fixture = Fixture::new();
    let other = Fixture::new();
    fs::copy(other.root(), fixture.root()).expect("copied");
    assert!(fixture.refusal().contains("another root secret"));

    for (text, why) in [
        ("", "SEALPOST-ROOT-1"),
        ("SEALPOST-ROOT-1 AAAA\n", "32 octets"),
        ("SEALPOST-ROOT-1 !\n", "base64url"),
    ] {
        let fixture = Fixture::new();
        fs::write(fixture.root(), text).expect("written");
        assert!(fixture.refusal().contains(why), "{text}");
    }

    let fixture = Fixture::new();
    let path = fixture.one("spool");
    let text = fs::read_to_string(&path).expect("key file");
    for changed in [
        text[..text.len() / 2].to_owned(),
        text.replace("active", "retired"),
        text.replace("2026-11-22", "2026-11-21"),
        text.replace("format = 1", "format = 2"),
        String::new(),
    ] {
        fs::write(&path, changed).expect("written");
        assert!(fixture.refusal().contains("spool-"), "the file is named");
    }
}

#[test]
fn duplicate_and_renamed_and_foreign_keys_are_refused() {
    let fixture = Fixture::new();
    let path = fixture.one("audit");
    fs::copy(&path, fixture.keys().join("copy.key")).expect("copied");
    assert!(fixture.refusal().contains("same key as another file"));

    let fixture = Fixture::new();
    fs::rename(fixture.one("audit"), fixture.keys().join("audit-1.key")).expect("renamed");
    assert!(fixture.refusal().contains("name does not fit"));

    let fixture = Fixture::new();
    let stranger = Fixture::new();
    let foreign = stranger.one("audit");
    let name = foreign.file_name().expect("a name");
    fs::copy(&foreign, fixture.keys().join(name)).expect("copied");
    assert!(fixture.refusal().contains("another root secret"));
}

#[test]
fn nothing_that_exists_is_overwritten() {
    let fixture = Fixture::new();
    let random = SystemRandom::new();
    assert!(matches!(
        RootSecret::create_file(&fixture.root(), &random),
        Err(KeystoreError::Exists(_))
    ));
    let root = RootSecret::from_file(&fixture.root()).expect("root");
    assert!(matches!(
        init(
            &fixture.keys(),
            &root,
            at("2026-11-22"),
            at("2026-12-31"),
            &random
        ),
        Err(KeystoreError::Exists(_))
    ));
    assert!(fixture.open().is_ok());
}
