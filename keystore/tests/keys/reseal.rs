//! Another root secret for the same keys: the file is replaced as a whole, or nothing is.

use std::fs;

use keystore::{Act, FileCustody, KeystoreError, Purpose, RootSecret};

use crate::fixture::{Fixture, OPERATOR, PLACE, at, clock, noon, random};

fn reseal(
    fixture: &Fixture,
    new: &RootSecret,
    keep: impl FnOnce() -> Result<(), KeystoreError>,
) -> Result<(), KeystoreError> {
    let folder = fixture.folder();
    folder.reseal(&fixture.root(), new, &OPERATOR, clock(), &random(), keep)
}

#[test]
fn every_key_opens_under_the_new_root_secret_and_none_under_the_old() {
    let fixture = Fixture::new();
    fixture.rotate(Purpose::Metadata);
    fixture.begin(Purpose::Spool);
    let old = fixture.root();
    let before = keystore::facts(&fixture.folder().read_all(&old, noon()).expect("a ring"));
    let (live, gateway) = fixture.gateway();
    let value = gateway.metadata.seal(&PLACE, b"value", &random());
    let share = gateway
        .share
        .seal(&PLACE, at("2026-12-24"), b"s", &random())
        .expect("sealed");
    let outbox = gateway.outbox.seal(&PLACE, b"link", &random());
    let passcode = gateway.passcode.tag(&[b"p"]);
    let spool = gateway.spool.recipient().0;

    let new = RootSecret::generate(&random());
    let new_path = fixture.path().join("new.key");
    reseal(&fixture, &new, || FileCustody::create(&new_path, &new)).expect("sealed anew");

    let error = fixture
        .folder()
        .read_all(&old, noon())
        .err()
        .expect("a refusal");
    assert!(matches!(error, KeystoreError::WrongRoot(_)));
    let after = fixture.folder().read_all(&new, noon()).expect("a ring");
    assert_eq!(after.generation(), 6);
    assert!(
        keystore::facts(&after) == before,
        "ids, states and dates are the same"
    );

    fs::rename(&new_path, fixture.root_path()).expect("put in its place");
    let (_live, again) = fixture.gateway();
    assert_eq!(
        again
            .metadata
            .open(&PLACE, &value)
            .expect("opens")
            .as_slice(),
        b"value"
    );
    assert!(again.share.open(&PLACE, &share).is_ok());
    assert!(again.outbox.open(&PLACE, &outbox).is_ok());
    assert!(again.passcode.verify(&[b"p"], &passcode));
    assert!(again.spool.identity(spool).is_some());
    fixture.viewer_refusal(&fixture.ring_path());
    fs::remove_file(fixture.viewer_path()).expect("removed");
    FileCustody::create_viewer(&fixture.viewer_path(), &new.viewer()).expect("made");
    assert!(fixture.viewer_process().is_ok());

    // Who runs with the old one goes on with the keys in memory, and is told to start again.
    assert!(gateway.metadata.open(&PLACE, &value).is_ok());
    assert!(matches!(live.refresh(), Err(KeystoreError::WrongRoot(_))));
    let acts = fixture.folder().acts().expect("verifies");
    assert_eq!(acts.last().expect("acts").act, Act::Resealed);
}

#[test]
fn a_new_secret_that_cannot_be_kept_leaves_everything_as_it_was() {
    let fixture = Fixture::new();
    let before = (
        fixture.ring_text(),
        fs::read(fixture.folder().acts_path()).expect("acts"),
    );
    let new = RootSecret::generate(&random());
    let mut called = false;
    let failed = reseal(&fixture, &new, || {
        called = true;
        FileCustody::create(&fixture.root_path(), &new)
    });
    assert!(matches!(failed, Err(KeystoreError::Exists(_))) && called);
    let after = (
        fixture.ring_text(),
        fs::read(fixture.folder().acts_path()).expect("acts"),
    );
    assert!(before == after);
    assert!(fixture.gateway_process().is_ok());
    assert!(fixture.folder().read_all(&new, noon()).is_err());
}

/// A crash between keeping the new secret and replacing the ring: both secrets rest, and the ring
/// opens with the old one.
#[test]
fn a_crash_after_the_new_secret_was_kept_leaves_the_old_one_in_force() {
    let fixture = Fixture::new();
    let before = fixture.ring_text();
    let new = RootSecret::generate(&random());
    let new_path = fixture.path().join("new.key");
    let crashed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        reseal(&fixture, &new, || {
            FileCustody::create(&new_path, &new)?;
            panic!("the power fails");
        })
    }));
    assert!(crashed.is_err());
    assert!(new_path.exists());
    assert_eq!(fixture.ring_text(), before);
    assert!(fixture.gateway_process().is_ok());
    // The lock is free again, and another try succeeds.
    reseal(&fixture, &new, || Ok(())).expect("sealed anew");
    assert!(fixture.folder().read_all(&new, noon()).is_ok());
}

#[test]
fn a_wrong_root_secret_is_not_asked_to_keep_anything() {
    let fixture = Fixture::new();
    let wrong = RootSecret::generate(&random());
    let before = fixture.ring_text();
    let keep = || -> Result<(), KeystoreError> { panic!("nothing is kept") };
    let folder = fixture.folder();
    let refused = folder.reseal(&wrong, &wrong, &OPERATOR, noon(), &random(), keep);
    assert!(matches!(refused, Err(KeystoreError::WrongRoot(_))));
    assert_eq!(fixture.ring_text(), before);
}

#[test]
fn the_parts_of_a_root_secret_open_the_ring() {
    let fixture = Fixture::new();
    let parts = keystore::split(&fixture.root(), 2, 3, &random()).expect("parts");
    let two = [parts[2].as_str(), "", parts[0].as_str()];
    let root = keystore::combine(two).expect("a root secret");
    assert!(fixture.folder().read_all(&root, noon()).is_ok());
}
