//! Pending, active, retired, destroyed: what each state allows, seen from outside.

use keystore::{KeyError, KeyFacts, KeyState, KeystoreError, Purpose, Unlawful, Unneeded, due};
use seal::{KeyId, wrapped_key_id};

use crate::fixture::{Fixture, PLACE, at, clock, noon, random, seconds};

fn keys(fixture: &Fixture, purpose: Purpose) -> Vec<KeyFacts> {
    let ring = fixture
        .folder()
        .read_all(&fixture.root(), clock())
        .expect("a ring");
    let facts = keystore::facts(&ring).into_iter();
    facts.filter(|key| key.purpose == purpose).collect()
}

fn the(fixture: &Fixture, purpose: Purpose, state: KeyState) -> KeyId {
    let all = keys(fixture, purpose);
    let mut found = all.iter().filter(|key| key.state == state);
    let key = found.next().expect("one");
    assert!(found.next().is_none(), "only one");
    key.id
}

#[test]
fn every_purpose_goes_through_all_four_states() {
    for purpose in Purpose::ALL {
        let fixture = Fixture::new();
        let states = |wanted: &[(KeyState, usize)]| {
            let all = keys(&fixture, purpose);
            for (state, count) in wanted {
                let found = all.iter().filter(|key| key.state == *state).count();
                // Two months have a share key.
                let months = if purpose == Purpose::Share { 2 } else { 1 };
                assert_eq!(found, count * months, "{purpose} {state:?}");
            }
        };
        states(&[(KeyState::Active, 1), (KeyState::Pending, 0)]);
        assert!(fixture.begin(purpose));
        states(&[(KeyState::Active, 1), (KeyState::Pending, 1)]);
        assert!(fixture.promote(purpose).is_empty());
        states(&[
            (KeyState::Active, 1),
            (KeyState::Pending, 0),
            (KeyState::Retired, 1),
        ]);
        fixture.end(purpose);
        for key in keys(&fixture, purpose) {
            if key.state == KeyState::Retired {
                fixture.destroy(key.id).expect("destroyed");
            }
        }
        states(&[
            (KeyState::Active, 1),
            (KeyState::Retired, 0),
            (KeyState::Destroyed, 1),
        ]);
        assert_eq!(
            fixture.generation(),
            if purpose == Purpose::Share { 6 } else { 5 }
        );
        assert!(fixture.gateway_process().is_ok(), "{purpose}");
        assert!(fixture.viewer_process().is_ok(), "{purpose}");
        assert!(fixture.folder().acts().is_ok(), "{purpose}");
    }
}

#[test]
fn a_pending_key_does_not_seal_a_retired_one_opens_and_a_destroyed_one_does_neither() {
    let fixture = Fixture::new();
    let (live, gateway) = fixture.gateway();
    let seal = || gateway.metadata.seal(&PLACE, b"value", &random());
    let first = seal();
    fixture.begin(Purpose::Metadata);
    let pending = the(&fixture, Purpose::Metadata, KeyState::Pending);
    assert!(live.refresh().expect("read"));
    assert_eq!(
        wrapped_key_id(&seal()),
        wrapped_key_id(&first),
        "pending does not seal"
    );
    live.say().expect("said");
    assert!(fixture.promote(Purpose::Metadata).is_empty());
    assert!(live.refresh().expect("read"));
    assert_eq!(wrapped_key_id(&seal()), Some(pending));
    assert!(
        gateway.metadata.open(&PLACE, &first).is_ok(),
        "retired opens"
    );
    let retired = the(&fixture, Purpose::Metadata, KeyState::Retired);
    fixture.destroy(retired).expect("destroyed");
    assert!(live.refresh().expect("read"));
    let opened = gateway.metadata.open(&PLACE, &first);
    assert_eq!(opened.err(), Some(KeyError::Unknown(retired)));
    assert!(
        !fixture
            .ring_text()
            .contains(&first_secret(&fixture, retired))
    );
}

/// The line of a destroyed key has no secret.
fn first_secret(fixture: &Fixture, key: KeyId) -> String {
    let ring: toml::Table = fixture.ring_text().parse().expect("TOML");
    let rows = ring["key"].as_array().expect("rows");
    let row = rows
        .iter()
        .find(|row| row["id"].as_str() == Some(&key.to_string()));
    let row = row.expect("the id stays for a while");
    assert!(row.get("secret").is_none());
    format!("id = \"{key}\"\nsecret")
}

#[test]
fn unlawful_steps_are_errors_and_change_nothing() {
    let fixture = Fixture::new();
    fixture.rotate(Purpose::Reply);
    let retired = the(&fixture, Purpose::Reply, KeyState::Retired);
    fixture.destroy(retired).expect("destroyed");
    let before = (fixture.ring_text(), fixture.folder().acts().expect("acts"));
    let active = the(&fixture, Purpose::Reply, KeyState::Active);
    for (key, state) in [
        (active, Some(KeyState::Active)),
        (retired, Some(KeyState::Destroyed)),
        (KeyId::from_bytes([9; 16]), None),
    ] {
        let error = fixture.destroy(key).expect_err("a refusal");
        match (error, state) {
            (
                KeystoreError::Unlawful(Unlawful::State {
                    key: named,
                    state: found,
                    ..
                }),
                Some(state),
            ) => {
                assert_eq!((named, found), (key, state));
            }
            (KeystoreError::Unlawful(Unlawful::Unknown(named)), None) => assert_eq!(named, key),
            (other, _) => panic!("{other}"),
        }
    }
    assert!(
        fixture.promote(Purpose::Reply).is_empty(),
        "there is nothing to promote"
    );
    fixture.end(Purpose::Reply);
    assert!(before == (fixture.ring_text(), fixture.folder().acts().expect("acts")));
}

#[test]
fn a_scan_that_finds_one_use_is_no_proof() {
    let key = KeyId::from_bytes([1; 16]);
    assert!(Unneeded::after_scan(key, 0).is_ok());
    let error = Unneeded::after_scan(key, 1).expect_err("a refusal");
    assert_eq!((error.key, error.uses), (key, 1));
}

#[test]
fn a_rotation_that_is_on_its_way_is_gone_on_with() {
    let fixture = Fixture::new();
    assert!(fixture.begin(Purpose::Outbox));
    let before = fixture.ring_text();
    assert!(!fixture.begin(Purpose::Outbox), "not a second time");
    assert_eq!(fixture.ring_text(), before);
    let ring = fixture
        .folder()
        .read_all(&fixture.root(), clock())
        .expect("a ring");
    assert_eq!(
        due(&ring, &keystore::Periods::default(), noon()).rotate,
        [Purpose::Outbox]
    );
    assert_eq!(
        fixture
            .folder()
            .rotations(&fixture.root(), noon())
            .expect("a list")
            .len(),
        1
    );
}

#[test]
fn a_pending_key_can_be_withdrawn() {
    let fixture = Fixture::new();
    fixture.begin(Purpose::Outbox);
    let pending = the(&fixture, Purpose::Outbox, KeyState::Pending);
    fixture.destroy(pending).expect("withdrawn");
    assert!(fixture.promote(Purpose::Outbox).is_empty());
    the(&fixture, Purpose::Outbox, KeyState::Active);
    fixture.end(Purpose::Outbox);
    fixture.rotate(Purpose::Outbox);
}

#[test]
fn months_that_are_over_retire_and_still_open() {
    let fixture = Fixture::new();
    let (_live, gateway) = fixture.gateway();
    let share = gateway
        .share
        .seal(&PLACE, at("2026-11-30"), b"s", &random())
        .expect("sealed");
    crate::fixture::set_clock(86_400 * 10);
    let folder = fixture.folder();
    let cut = folder.cut_share_keys(&fixture.root(), clock(), at("2027-01-31"), &random());
    assert_eq!(cut.expect("cut").len(), 1);
    let november: Vec<KeyState> = keys(&fixture, Purpose::Share)
        .iter()
        .filter(|key| {
            key.epoch
                .is_some_and(|epoch| epoch.to_string() == "2026-11")
        })
        .map(|key| key.state)
        .collect();
    assert_eq!(november, [KeyState::Retired]);
    assert!(gateway.share.open(&PLACE, &share).is_ok());
    let late = gateway
        .share
        .seal(&PLACE, at("2027-01-31"), b"s", &random());
    assert!(late.is_ok(), "the new month was found");
    let error = gateway
        .share
        .seal(&PLACE, at("2026-11-30"), b"s", &random());
    assert!(
        matches!(error, Err(KeyError::NoEpoch(_))),
        "nothing is sealed for a month that is over"
    );
}

#[test]
fn a_cut_that_would_leave_no_share_key_is_refused() {
    let fixture = Fixture::new();
    let before = fixture.ring_text();
    let acts = fixture.folder().acts().expect("acts");
    let later = noon() + seconds(86_400 * 60);
    let cut = fixture
        .folder()
        .cut_share_keys(&fixture.root(), later, noon(), &random());
    assert!(matches!(cut, Err(KeystoreError::NoActiveKey { .. })));
    assert!(before == fixture.ring_text() && acts == fixture.folder().acts().expect("acts"));
}
