//! Promise K7: whatever is wrong with a key stops the start with one line that names the file and
//! the remedy, and no key is made in its place.

use std::fs;

use keystore::{KeyError, KeystoreError, Memory};

use crate::fixture::{Fixture, PLACE, at, checked, noon, random, seconds, set_clock};

#[test]
fn a_fresh_keystore_opens_for_both_processes() {
    let fixture = Fixture::new();
    let (live, gateway) = fixture.gateway();
    let (_, viewer) = fixture.viewer();
    assert!(matches!(live.memory(), Memory::Locked | Memory::Ordinary));
    let wrapped = gateway.metadata.seal(&PLACE, b"value", &random());
    let opened = viewer.metadata.open(&PLACE, &wrapped).expect("opens");
    assert_eq!(opened.as_slice(), b"value");
    let wrong_purpose = gateway.outbox.open(&PLACE, &wrapped);
    assert!(matches!(wrong_purpose, Err(KeyError::Unknown(_))));
    let tag = gateway.passcode.tag(&[b"a", b"b"]);
    assert!(viewer.passcode.verify(&[b"a", b"b"], &tag));
    assert!(
        !viewer.passcode.verify(&[b"ab", b""], &tag),
        "parts stay apart"
    );
    assert!(
        !viewer.session.verify(&[b"a", b"b"], &tag),
        "another purpose"
    );
}

#[test]
fn shares_are_sealed_under_the_key_of_the_month_in_which_they_end() {
    let fixture = Fixture::new();
    let (_live, keys) = fixture.gateway();
    let seal = |day: &str| keys.share.seal(&PLACE, at(day), b"s", &random());
    let november = seal("2026-11-30").expect("november");
    let december = seal("2026-12-01").expect("december");
    assert_ne!(
        seal::wrapped_key_id(&november),
        seal::wrapped_key_id(&december)
    );
    assert!(matches!(seal("2027-01-01"), Err(KeyError::NoEpoch(_))));
    let cut = || {
        let folder = fixture.folder();
        let cut = folder.cut_share_keys(&fixture.root(), noon(), at("2027-02-01"), &random());
        let cut = cut.expect("cut");
        cut.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(cut(), ["2027-01", "2027-02"]);
    assert!(
        seal("2027-01-01").is_ok(),
        "a key that was cut meanwhile is found"
    );
    let before = fixture.ring_text();
    assert_eq!(cut(), [""; 0], "nothing is cut twice");
    assert_eq!(
        fixture.ring_text(),
        before,
        "nothing is written for nothing"
    );
}

#[test]
fn missing_files_are_named() {
    let fixture = Fixture::new();
    fs::remove_file(fixture.ring_path()).expect("removed");
    assert!(fixture.refusal(&fixture.ring_path()).contains("is missing"));
    assert!(!fixture.ring_path().exists(), "no key is made silently");

    let fixture = Fixture::new();
    fs::remove_file(fixture.root_path()).expect("removed");
    assert!(fixture.refusal(&fixture.root_path()).contains("is missing"));
    assert!(!fixture.root_path().exists());

    let fixture = Fixture::new();
    fs::remove_file(fixture.viewer_path()).expect("removed");
    assert!(
        fixture
            .viewer_refusal(&fixture.viewer_path())
            .contains("is missing")
    );

    let fixture = Fixture::new();
    fs::remove_dir_all(fixture.keys_path()).expect("removed");
    assert!(fixture.refusal(&fixture.keys_path()).contains("is missing"));
    assert!(!fixture.keys_path().exists());
}

#[test]
fn nothing_that_exists_is_overwritten() {
    let fixture = Fixture::new();
    let before = (
        fixture.ring_text(),
        fs::read(fixture.root_path()).expect("root"),
    );
    let again = keystore::FileCustody::create(&fixture.root_path(), &fixture.root());
    assert!(matches!(again, Err(KeystoreError::Exists(_))));
    let again = fixture
        .folder()
        .init(&fixture.root(), noon(), at("2026-12-31"), &random());
    assert!(matches!(again, Err(KeystoreError::Exists(_))));
    let after = (
        fixture.ring_text(),
        fs::read(fixture.root_path()).expect("root"),
    );
    assert!(before == after);
}

#[test]
fn a_keystore_is_not_begun_without_share_keys() {
    let fixture = Fixture::new();
    let folder = keystore::Folder::new(fixture.path().join("other"));
    let horizon = at("2026-10-31");
    let error = folder.init(&fixture.root(), noon(), horizon, &random());
    assert!(matches!(error, Err(KeystoreError::NoActiveKey { .. })));
    assert!(!folder.ring_path().exists());
}

#[test]
fn a_clock_ten_minutes_behind_will_do_and_one_second_more_will_not() {
    let fixture = Fixture::new();
    set_clock(-600);
    assert!(fixture.gateway_process().is_ok());
    assert!(fixture.viewer_process().is_ok());
    set_clock(-601);
    let text = fixture.refusal(&fixture.ring_path());
    assert!(text.contains("2026-11-22T12:00:00Z"), "{text}");
    assert!(text.contains("2026-11-22T11:49:59Z"), "{text}");
    fixture.viewer_refusal(&fixture.ring_path());
    let begun = fixture.folder().begin_rotation(
        &fixture.root(),
        keystore::Purpose::Reply,
        &keystore::Actor::SCHEDULE,
        noon() - seconds(601),
        &random(),
    );
    checked(&begun.expect_err("a refusal"), &fixture.ring_path());
}

#[test]
fn what_a_crash_left_of_a_ring_stands_in_nobodys_way() {
    let fixture = Fixture::new();
    let half = fixture.keys_path().join("keyring.toml.new");
    fs::write(&half, "half of a r").expect("written");
    assert!(fixture.gateway_process().is_ok());
    fixture.rotate(keystore::Purpose::Reply);
    assert!(!half.exists());
    assert!(fixture.gateway_process().is_ok());
}
