//! Several processes with one keystore: nobody seals with a key that another cannot open.

use keystore::{KeystoreError, Purpose};
use seal::wrapped_key_id;

use crate::fixture::{self, Fixture, PLACE, checked, random, set_clock};

#[test]
fn a_new_key_opens_everywhere_before_it_seals_anywhere() {
    let fixture = Fixture::new();
    let (gateway_live, gateway) = fixture.gateway();
    let (viewer_live, viewer) = fixture.viewer();
    let old = wrapped_key_id(&gateway.metadata.seal(&PLACE, b"v", &random()));
    fixture.begin(Purpose::Metadata);
    for live in [&gateway_live, &viewer_live] {
        assert!(live.refresh().expect("read"));
        assert!(!live.refresh().expect("read"), "once");
        live.say().expect("said");
    }
    for wrapped in [
        gateway.metadata.seal(&PLACE, b"v", &random()),
        viewer.metadata.seal(&PLACE, b"v", &random()),
    ] {
        assert_eq!(wrapped_key_id(&wrapped), old, "a pending key seals nothing");
    }
    assert!(fixture.promote(Purpose::Metadata).is_empty());
    gateway_live.refresh().expect("read");
    let wrapped = gateway.metadata.seal(&PLACE, b"v", &random());
    assert_ne!(wrapped_key_id(&wrapped), old);
    let seen = viewer_live.generation();
    assert!(viewer.metadata.open(&PLACE, &wrapped).is_ok());
    assert_eq!(
        viewer_live.generation(),
        seen,
        "the viewer opened it with the pending key"
    );
}

#[test]
fn tags_are_found_by_a_node_that_has_not_seen_the_promotion() {
    let fixture = Fixture::new();
    let (gateway_live, gateway) = fixture.gateway();
    let (viewer_live, viewer) = fixture.viewer();
    fixture.begin(Purpose::Lookup);
    for live in [&gateway_live, &viewer_live] {
        live.refresh().expect("read");
        live.say().expect("said");
    }
    assert!(fixture.promote(Purpose::Lookup).is_empty());
    gateway_live.refresh().expect("read");
    let (key, tag) = gateway.lookup.tag_with_key(&[b"alice@example.org"]);
    let found = viewer.lookup.tags(&[b"alice@example.org"]);
    assert_eq!(found[0], (key, tag), "it looks into the ring first");
}

#[test]
fn tags_are_found_by_a_node_that_slept_through_a_whole_rotation() {
    let fixture = Fixture::new();
    let (_live, viewer) = fixture.viewer();
    set_clock(30); // It counts as silent: nobody waits for it.
    fixture.rotate(Purpose::Lookup);
    let (_, gateway) = fixture.gateway();
    let (key, tag) = gateway.lookup.tag_with_key(&[b"alice@example.org"]);
    let found = viewer.lookup.tags(&[b"alice@example.org"]);
    assert_eq!(found[0], (key, tag));
}

#[test]
fn a_pinned_ring_stays_under_one_key_through_a_rotation() {
    let fixture = Fixture::new();
    let (live, gateway) = fixture.gateway();
    let pinned = gateway.in_hand(fixture::clock()).lookup;
    let (before, _) = pinned.tag_with_key(&[b"a"]);
    set_clock(30);
    fixture.rotate(Purpose::Lookup);
    live.refresh().expect("read");
    assert_eq!(pinned.tag_with_key(&[b"b"]).0, before);
    assert_ne!(
        gateway.lookup.tag_with_key(&[b"b"]).0,
        before,
        "the control"
    );
}

#[test]
fn a_folder_of_nodes_that_a_backup_has_lost_is_made_again() {
    let fixture = Fixture::new();
    std::fs::remove_dir(fixture.keys_path().join("nodes")).expect("empty");
    let (_live, _) = fixture.gateway();
    assert_eq!(fixture.folder().nodes().expect("nodes").len(), 1);
}

#[test]
fn promotion_waits_for_each_node_that_is_behind() {
    let fixture = Fixture::new();
    let (gateway_live, _) = fixture.gateway();
    let (viewer_live, _) = fixture.viewer();
    fixture.begin(Purpose::Metadata);
    let before = fixture.ring_text();
    assert_eq!(fixture.promote(Purpose::Metadata), ["gateway", "viewer"]);
    gateway_live.refresh().expect("read");
    assert_eq!(
        fixture.promote(Purpose::Metadata),
        ["gateway", "viewer"],
        "it has yet to say so"
    );
    gateway_live.say().expect("said");
    assert_eq!(fixture.promote(Purpose::Metadata), ["viewer"]);
    assert_eq!(fixture.ring_text(), before, "waiting changes nothing");
    viewer_live.refresh().expect("read");
    viewer_live.say().expect("said");
    assert!(fixture.promote(Purpose::Metadata).is_empty());
    assert_ne!(fixture.ring_text(), before);
}

#[test]
fn a_node_that_fell_silent_is_waited_for_twenty_seconds() {
    let fixture = Fixture::new();
    let (_live, _) = fixture.viewer();
    fixture.begin(Purpose::Metadata);
    set_clock(20);
    assert_eq!(fixture.promote(Purpose::Metadata), ["viewer"]);
    set_clock(21);
    assert!(fixture.promote(Purpose::Metadata).is_empty());
}

#[test]
fn a_node_that_ended_is_not_waited_for() {
    let fixture = Fixture::new();
    let viewer = fixture.viewer();
    assert_eq!(fixture.folder().nodes().expect("nodes").len(), 1);
    fixture.begin(Purpose::Metadata);
    assert_eq!(fixture.promote(Purpose::Metadata), ["viewer"]);
    drop(viewer);
    assert_eq!(fixture.folder().nodes().expect("nodes"), []);
    assert!(fixture.promote(Purpose::Metadata).is_empty());
}

#[test]
fn a_node_that_slept_through_it_all_opens_what_others_sealed_meanwhile() {
    let fixture = Fixture::new();
    let (viewer_live, viewer) = fixture.viewer();
    set_clock(100);
    for purpose in [Purpose::Metadata, Purpose::Share, Purpose::Passcode] {
        fixture.rotate(purpose);
    }
    let (_live, gateway) = fixture.gateway();
    let day = crate::fixture::at("2026-12-24");
    let value = gateway.metadata.seal(&PLACE, b"v", &random());
    let share = gateway
        .share
        .seal(&PLACE, day, b"s", &random())
        .expect("sealed");
    let tag = gateway.passcode.tag(&[b"p"]);
    assert_eq!(viewer_live.generation(), 1);
    assert!(viewer.metadata.open(&PLACE, &value).is_ok());
    assert_eq!(viewer_live.generation(), 10);
    assert!(viewer.share.open(&PLACE, &share).is_ok());
    assert!(viewer.passcode.verify(&[b"p"], &tag));
}

#[test]
fn an_older_ring_that_was_put_back_is_refused_by_a_running_process() {
    let fixture = Fixture::new();
    let old = fixture.ring_text();
    let (live, gateway) = fixture.gateway();
    fixture.begin(Purpose::Metadata);
    live.refresh().expect("read");
    live.say().expect("said");
    fixture.promote(Purpose::Metadata);
    live.refresh().expect("read");
    let wrapped = gateway.metadata.seal(&PLACE, b"v", &random());
    let new = fixture.ring_text();
    fixture.put_ring(&old);
    let error = live.refresh().expect_err("a refusal");
    assert!(matches!(
        error,
        KeystoreError::OlderRing {
            found: 1,
            known: 3,
            ..
        }
    ));
    checked(&error, &fixture.ring_path());
    let again = live.refresh().expect_err("a refusal, each time");
    assert!(
        matches!(again, KeystoreError::StillUnreadable(_)),
        "told once"
    );
    assert_eq!(again.to_string(), error.to_string());
    assert!(!gateway.lookup.is_up_to_date());
    assert!(
        gateway.metadata.open(&PLACE, &wrapped).is_ok(),
        "it goes on with what it has"
    );
    assert_eq!(live.generation(), 3);
    fixture.put_ring(&new);
    live.refresh().expect("the newer one again");
    assert!(gateway.lookup.is_up_to_date());
}

#[test]
fn a_ring_that_breaks_under_a_running_process_leaves_it_its_keys() {
    let fixture = Fixture::new();
    let (live, gateway) = fixture.gateway();
    let wrapped = gateway.metadata.seal(&PLACE, b"v", &random());
    let whole = fixture.ring_text();
    fixture.put_ring(&whole[..whole.len() / 2]);
    assert!(live.refresh().is_err());
    assert!(gateway.metadata.open(&PLACE, &wrapped).is_ok());
    let other = Fixture::new();
    let foreign = other.gateway().1.metadata.seal(&PLACE, b"v", &random());
    assert!(gateway.metadata.open(&PLACE, &foreign).is_err());
    std::fs::remove_file(fixture.ring_path()).expect("removed");
    let error = live.refresh().expect_err("a refusal");
    checked(&error, &fixture.ring_path());
    assert!(gateway.metadata.open(&PLACE, &wrapped).is_ok());
}

/// A process reads the ring, others rotate before it is there to be waited for, and only then does
/// it say what it has seen: it must look again, or it would not know the key that seals.
#[test]
fn a_rotation_in_the_middle_of_a_start_is_seen() {
    use std::cell::RefCell;

    use keystore::{Custody, FileCustody, LiveKeys, Presence};

    thread_local! {
        static MEANWHILE: RefCell<(u32, Option<Fixture>)> = const { RefCell::new((0, None)) };
    }
    // Asked for the time a second time, when it is about to say what it has read.
    fn clock() -> jiff::Timestamp {
        MEANWHILE.with_borrow_mut(|(asked, fixture)| {
            *asked += 1;
            if let (2, Some(fixture)) = (*asked, fixture) {
                fixture.rotate(Purpose::Lookup);
            }
        });
        crate::fixture::clock()
    }
    let fixture = Fixture::new();
    let folder = fixture.folder();
    let credential = FileCustody::new(fixture.root_path())
        .unlock()
        .expect("root");
    MEANWHILE.set((0, Some(fixture)));
    let live = LiveKeys::open(
        folder.clone(),
        &credential,
        Presence::Node("n"),
        clock,
        &random(),
    );
    let live = live.expect("opens");
    assert_eq!(live.generation(), 4, "it knows the key that seals now");
    assert_eq!(
        folder.nodes().expect("nodes")[0].generation,
        4,
        "and has said so"
    );
}

#[test]
fn a_visitor_is_not_waited_for() {
    use keystore::{Custody, FileCustody, LiveKeys, Presence};
    let fixture = Fixture::new();
    let credential = FileCustody::new(fixture.root_path())
        .unlock()
        .expect("root");
    let folder = fixture.folder();
    let clock = crate::fixture::clock;
    let live = LiveKeys::open(folder, &credential, Presence::Visitor, clock, &random());
    let live = live.expect("opens");
    live.say().expect("says nothing");
    assert_eq!(fixture.folder().nodes().expect("nodes"), []);
    fixture.rotate(Purpose::Metadata);
}

#[test]
fn a_pinned_ring_tags_under_one_key_whatever_becomes_of_it() {
    let fixture = Fixture::new();
    let (live, gateway) = fixture.gateway();
    let pinned = gateway.in_hand(fixture::clock()).lookup;
    let (old, tag) = pinned.tag_with_key(&[b"a"]);
    fixture.begin(Purpose::Lookup);
    live.refresh().expect("read");
    live.say().expect("said");
    assert!(fixture.promote(Purpose::Lookup).is_empty());
    live.refresh().expect("read");
    assert_eq!(pinned.tag_with_key(&[b"a"]), (old, tag));
    assert_ne!(gateway.lookup.tag_with_key(&[b"a"]).0, old, "the control");
    assert!(gateway.lookup.tags(&[b"a"]).contains(&(old, tag)));
}
