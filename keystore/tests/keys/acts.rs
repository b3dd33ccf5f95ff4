//! The record of key acts: what was done is on record, and a record that was changed is found.
//!
//! The limit: lines taken away from the end are not found by the record alone. The ring's
//! generation tells of them (the last test).

use std::fs;

use keystore::{Act, Actor, KeystoreError, Purpose, RootSecret};

use crate::fixture::{Fixture, OPERATOR, clock, noon, random};

/// A record with every kind of act, two rotations of the audit key among them.
fn busy() -> Fixture {
    let fixture = Fixture::new();
    fixture.rotate(Purpose::Reply);
    for _ in 0..2 {
        let ring = fixture
            .folder()
            .read_all(&fixture.root(), noon())
            .expect("a ring");
        let old = ring.all_sealing(Purpose::Audit)[0];
        fixture.rotate(Purpose::Audit);
        fixture.destroy(old).expect("destroyed");
    }
    fixture.rotate(Purpose::Outbox);
    fixture
}

fn lines(fixture: &Fixture) -> Vec<String> {
    let text = fs::read_to_string(fixture.folder().acts_path()).expect("a record");
    text.lines().map(str::to_owned).collect()
}

fn put(fixture: &Fixture, lines: &[String]) {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    fs::write(fixture.folder().acts_path(), text).expect("written");
}

fn broken(fixture: &Fixture) -> String {
    let error = fixture.folder().acts().expect_err("found");
    assert!(
        matches!(error, KeystoreError::BrokenRecord { .. }),
        "{error}"
    );
    let text = error.to_string();
    assert!(
        text.contains("acts.jsonl") && text.contains("evidence"),
        "{text}"
    );
    assert!(!text.contains('\n'));
    text
}

#[test]
fn a_new_keystore_has_a_record_that_verifies() {
    let fixture = Fixture::new();
    let acts = fixture.folder().acts().expect("verifies");
    assert_eq!(acts.len(), 8 + 2);
    assert!(
        acts.iter()
            .all(|act| act.act == Act::Made && act.by == "init")
    );
    assert_eq!(
        acts[0].purpose.as_deref(),
        Some("audit"),
        "its first line names who signs it"
    );
}

#[test]
fn the_record_verifies_over_rotations_of_the_key_that_signs_it() {
    let fixture = busy();
    let acts = fixture.folder().acts().expect("verifies");
    let signers: std::collections::HashSet<_> = acts.iter().map(|act| &act.signer).collect();
    assert_eq!(
        signers.len(),
        3,
        "three audit keys have signed, two of them destroyed"
    );
    let audit = acts
        .iter()
        .filter(|act| act.purpose.as_deref() == Some("audit"));
    let story: Vec<Act> = audit.map(|act| act.act).collect();
    let once = [
        Act::Made,
        Act::Retired,
        Act::Promoted,
        Act::RotationEnded,
        Act::Destroyed,
    ];
    let mut expected = vec![Act::Made];
    expected.extend(once);
    expected.extend(once);
    assert_eq!(story, expected);
    let new = RootSecret::generate(&random());
    let folder = fixture.folder();
    folder
        .reseal(&fixture.root(), &new, &OPERATOR, clock(), &random(), || {
            Ok(())
        })
        .expect("sealed anew");
    let last = folder.acts().expect("verifies").pop().expect("a line");
    assert_eq!((last.act, last.by.as_str()), (Act::Resealed, "operator"));
}

#[test]
fn lines_taken_out_moved_or_doubled_are_found() {
    let fixture = busy();
    let whole = lines(&fixture);
    for at in 0..whole.len() {
        if at + 1 < whole.len() {
            let mut changed = whole.clone();
            changed.remove(at);
            put(&fixture, &changed);
            broken(&fixture);
            let mut changed = whole.clone();
            changed.swap(at, at + 1);
            put(&fixture, &changed);
            broken(&fixture);
        }
        let mut changed = whole.clone();
        changed.insert(at, whole[at].clone());
        put(&fixture, &changed);
        broken(&fixture);
    }
    put(&fixture, &whole);
    assert!(fixture.folder().acts().is_ok(), "the control");
}

#[test]
fn a_line_with_any_octet_changed_is_found() {
    let fixture = busy();
    let whole = fs::read(fixture.folder().acts_path()).expect("a record");
    let length = whole.len() - 1;
    for at in (0..length).step_by(37).chain(length - 300..length) {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        fs::write(fixture.folder().acts_path(), changed).expect("written");
        broken(&fixture);
    }
}

#[test]
fn what_a_line_says_is_signed() {
    let fixture = busy();
    let whole = lines(&fixture);
    for (from, to) in [
        ("\"act\":\"rotation-ended\"", "\"act\":\"resealed\""),
        ("\"by\":\"operator\"", "\"by\":\"schedule\""),
        ("\"reason\":\"a test\"", "\"reason\":\"no test\""),
        ("\"at\":\"2026-11-22", "\"at\":\"2026-11-21"),
        ("\"purpose\":\"outbox\"", "\"purpose\":\"reply\""),
    ] {
        // The last line: no later one holds its digest.
        let mut changed = whole.clone();
        let last = changed.last_mut().expect("a line");
        let edited = last.replace(from, to);
        assert_ne!(*last, edited, "{from}");
        *last = edited;
        put(&fixture, &changed);
        assert!(broken(&fixture).contains("wrong signature"));
    }
}

/// Somebody with a key of his own, and no audit key, adds a line that vouches for itself.
#[test]
fn a_stranger_cannot_vouch_for_himself() {
    let fixture = Fixture::new();
    let stranger = Fixture::new();
    let ours = lines(&fixture);
    let theirs = lines(&stranger);
    let mut changed = ours.clone();
    changed.push(self_signed(&stranger, &ours));
    put(&fixture, &changed);
    assert!(broken(&fixture).contains("wrong signature"));
    // The control: the forger's hand is good; alone and as a first line its signature fits.
    put(&stranger, &[self_signed(&stranger, &[])]);
    assert!(stranger.folder().acts().is_ok());
    put(&stranger, &theirs);
}

fn self_signed(stranger: &Fixture, after: &[String]) -> String {
    use ring::signature::{Ed25519KeyPair, KeyPair};
    use seal::{hex, push_length_prefixed, sha256_of};
    let pair = Ed25519KeyPair::from_seed_unchecked(&[9; 32]).expect("a seed");
    let mut line: serde_json::Value = serde_json::from_str(&lines(stranger)[0]).expect("a line");
    let number = after.len() as u64 + 1;
    let previous = after
        .last()
        .map_or("0".repeat(64), |last| hex(&sha256_of(&[last.as_bytes()])));
    let own = seal::KeyId::from_bytes([9; 16]).to_string();
    line["number"] = number.into();
    line["previous"] = previous.into();
    line["key"] = own.clone().into();
    line["signer"] = own.into();
    line["public"] = hex(pair.public_key().as_ref()).into();
    let text = |field: &str| line[field].as_str().unwrap_or_default().to_owned();
    let mut content = Vec::new();
    for part in [
        b"sealpost/v1 key act".to_vec(),
        number.to_be_bytes().to_vec(),
        text("at").into_bytes(),
        format!("\"{}\"", text("act")).into_bytes(),
        line["generation"]
            .as_u64()
            .expect("a number")
            .to_be_bytes()
            .to_vec(),
        text("purpose").into_bytes(),
        text("key").into_bytes(),
        text("public").into_bytes(),
        text("by").into_bytes(),
        text("reason").into_bytes(),
        text("previous").into_bytes(),
        text("signer").into_bytes(),
    ] {
        push_length_prefixed(&mut content, &part);
    }
    line["signature"] = hex(pair.sign(&content).as_ref()).into();
    line.to_string()
}

#[test]
fn half_a_line_that_a_crash_left_is_passed_over_and_then_repaired() {
    let fixture = Fixture::new();
    let path = fixture.folder().acts_path();
    let whole = fs::read(&path).expect("a record");
    let count = lines(&fixture).len();
    let half: [&[u8]; 4] = [
        b"{",
        b"{\"number\":11,\"at\":\"20",
        "{\"reason\":\"\u{e4}".as_bytes(),
        b"\0\0\0",
    ];
    for half in half {
        // Cut within a letter of two octets as well.
        for half in [half, &half[..half.len() - 1]] {
            fs::write(&path, [&whole[..], half].concat()).expect("written");
            assert_eq!(fixture.folder().acts().expect("verifies").len(), count);
        }
    }
    fs::write(&path, [&whole[..], b"{\"reason\":\"\xc3"].concat()).expect("written");
    fixture.begin(Purpose::Reply);
    assert_eq!(fixture.folder().acts().expect("verifies").len(), count + 1);
    assert!(fs::read(&path).expect("a record").starts_with(&whole));
}

/// A crash after the acts and before the ring: the record tells of a change that was not made, and
/// everything goes on from there.
#[test]
fn acts_ahead_of_the_ring_stand_in_nobodys_way() {
    for purpose in [Purpose::Reply, Purpose::Audit] {
        let fixture = Fixture::new();
        let steps: [&dyn Fn(); 3] = [
            &|| assert!(fixture.begin(purpose)),
            &|| assert!(fixture.promote(purpose).is_empty()),
            &|| fixture.end(purpose),
        ];
        for step in steps {
            let before = fixture.ring_text();
            step();
            fixture.put_ring(&before);
            assert!(fixture.gateway_process().is_ok());
            step();
            assert!(fixture.folder().acts().is_ok(), "{purpose}");
        }
        assert_eq!(fixture.generation(), 4);
    }
}

#[test]
fn a_reason_stays_one_line_and_has_a_length() {
    let fixture = Fixture::new();
    let begin = |reason: &str| {
        let actor = Actor {
            by: "operator",
            reason: Some(reason),
        };
        let folder = fixture.folder();
        folder.begin_rotation(&fixture.root(), Purpose::Reply, &actor, noon(), &random())
    };
    let before = fixture.ring_text();
    for length in [2001, 70_000] {
        let error = begin(&"r".repeat(length))
            .expect_err("a refusal")
            .to_string();
        assert!(error.contains("2000 octets"), "{error}");
        assert_eq!(fixture.ring_text(), before);
    }
    let reason = format!("\"quoted\"\n{{}}\r\n\u{2028}\\{}", "\n".repeat(1980));
    assert!(begin(&reason).expect("begun"));
    let acts = fixture.folder().acts().expect("verifies");
    assert_eq!(
        acts.last().expect("a line").reason.as_deref(),
        Some(reason.as_str())
    );
    assert_eq!(lines(&fixture).len(), acts.len());
}

#[test]
fn lines_of_any_length_are_refused_in_words() {
    let fixture = Fixture::new();
    let mut changed = lines(&fixture);
    let last = changed.last_mut().expect("a line");
    *last = last.replace(
        "\"by\":\"init\"",
        &format!("\"by\":\"{}\"", "i".repeat(70_000)),
    );
    put(&fixture, &changed);
    assert!(broken(&fixture).contains("is too long"));
}

/// The record alone does not show that its end is missing; the ring's generation does.
#[test]
fn a_missing_end_shows_against_the_rings_generation() {
    let fixture = busy();
    let newest = |fixture: &Fixture| {
        let acts = fixture.folder().acts().expect("verifies");
        acts.last().expect("a line").generation
    };
    assert_eq!(
        newest(&fixture),
        fixture.generation(),
        "each change leaves its act"
    );
    let whole = lines(&fixture);
    put(&fixture, &whole[..whole.len() - 1]);
    assert!(newest(&fixture) < fixture.generation());
    let told = fixture.folder().acts_of_ring(&fixture.root(), noon());
    let told = told.expect_err("noticed").to_string();
    assert!(told.contains("its last lines were cut off"), "{told}");
    put(&fixture, &whole);
    let control = fixture.folder().acts_of_ring(&fixture.root(), noon());
    assert_eq!(control.expect("whole").len(), whole.len());
}

#[test]
fn the_record_of_another_keystore_is_not_this_rings() {
    let (ours, other) = (busy(), busy());
    put(&ours, &lines(&other));
    assert!(ours.folder().acts().is_ok(), "it is whole by itself");
    let told = ours.folder().acts_of_ring(&ours.root(), noon());
    let told = told.expect_err("noticed").to_string();
    assert!(told.contains("not in the ring"), "{told}");
}

/// Keys that records need may be missing in it (promise K7).
#[test]
fn an_older_ring_in_the_place_of_a_newer_one_is_refused_by_the_next_start() {
    let fixture = Fixture::new();
    let older = fixture.ring_text();
    fixture.rotate(Purpose::Metadata);
    fixture.put_ring(&older);
    let change = |fixture: &Fixture| {
        let folder = fixture.folder();
        folder.cut_share_keys(&fixture.root(), noon(), noon(), &random())
    };
    let told = change(&fixture).expect_err("refused").to_string();
    assert!(told.contains("is older (generation 1)"), "{told}");
    // With the record of the same backup it is what there is.
    let first: Vec<String> = lines(&fixture).into_iter().take(10).collect();
    let of_first: Vec<String> = first
        .into_iter()
        .filter(|line| line.contains("\"generation\":1,"))
        .collect();
    put(&fixture, &of_first);
    change(&fixture).expect("the control");
}
