//! Tests of the escrow grant: round trips, wrong keys, tampering, what a list may hold.

use super::*;

fn key(profile: Profile, start: u8) -> Identity {
    Identity::from_seed(profile, &Seed::from_bytes(&[start; 32]))
}

fn keys(profile: Profile, starts: std::ops::Range<u8>) -> Vec<Recipient> {
    starts
        .map(|start| key(profile, start).to_public())
        .collect()
}

fn grant(offline: Profile, starts: std::ops::Range<u8>) -> Vec<u8> {
    let keys = EscrowKeys::new(keys(offline, starts)).expect("keys of one kind");
    let seed = Seed::from_bytes(&[9; 32]);
    let sealed = keys.seal(message(), Profile::Hybrid, &seed, Vec::new());
    sealed.expect("memory takes all").0
}

fn message() -> MessageId {
    MessageId::from_bytes([7; 16])
}

/// A file to the offline identity with whatever text.
fn holding(text: &str) -> Vec<u8> {
    let to = key(Profile::X25519, 1).to_public();
    let mut sealer = Sealer::new(&to, Vec::new()).expect("header");
    sealer.write_all(text.as_bytes()).expect("memory takes all");
    sealer.finish().expect("memory takes all").0
}

#[test]
fn each_offline_identity_opens_the_grant_alone_and_no_other_does() {
    for offline in [Profile::Hybrid, Profile::X25519] {
        let sealed = grant(offline, 1..4);
        for start in 1..4 {
            let strangers_first = [key(offline, 99), key(offline, start)];
            let opened = EscrowGrant::open(&strangers_first, &sealed).expect("opens");
            assert_eq!(opened.message, message());
            assert_eq!(opened.profile, Profile::Hybrid);
            let again = opened.identity.to_secret_string();
            let first = key(Profile::Hybrid, 9).to_secret_string();
            assert_eq!(again.expose_secret(), first.expose_secret());
        }
        for stranger in [key(Profile::Hybrid, 4), key(Profile::X25519, 4)] {
            assert!(EscrowGrant::open(&[stranger], &sealed).is_err());
        }
        assert!(EscrowGrant::open(&[], &sealed).is_err());
    }
}

#[test]
fn no_flipped_octet_and_no_truncation_opens() {
    let sealed = grant(Profile::X25519, 1..3);
    let identity = [key(Profile::X25519, 2)];
    assert!(EscrowGrant::open(&identity, &sealed).is_ok());
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(
            EscrowGrant::open(&identity, &changed).is_err(),
            "octet {at}"
        );
        assert!(
            EscrowGrant::open(&identity, &sealed[..at]).is_err(),
            "cut at {at}"
        );
    }
}

#[test]
fn another_text_is_no_grant_though_it_opens() {
    let identity = [key(Profile::X25519, 1)];
    let secret = key(Profile::Hybrid, 9).to_secret_string();
    let good = format!(
        "{TITLE}\n{MESSAGE}{}\n{}\n",
        message(),
        secret.expose_secret()
    );
    assert!(EscrowGrant::open(&identity, &holding(&good)).is_ok());
    for bad in [
        String::new(),
        good.trim_end().to_owned(),
        format!("{good}\n"),
        format!("{good}{}\n", secret.expose_secret()),
        good.replace("grant 1", "grant 2"),
        good.replace(&message().to_string(), "somewhere"),
        good.replace("AGE-SECRET", "age-secret"),
        good.replace('\n', "\r\n"),
    ] {
        assert!(
            EscrowGrant::open(&identity, &holding(&bad)).is_err(),
            "{bad}"
        );
    }
}

#[test]
fn a_grant_to_as_many_as_may_be_fits_and_a_longer_file_is_not_looked_at() {
    let most = MAX_ESCROW_RECIPIENTS as u8;
    let sealed = grant(Profile::Hybrid, 0..most);
    assert!(sealed.len() <= MAX_GRANT, "{}", sealed.len());
    // Forty-five stanzas are beyond it: the file itself opens, the grant is refused for its length.
    let recipients = keys(Profile::Hybrid, 0..45);
    let mut sealer = Sealer::to_all(&recipients, Vec::new()).expect("header");
    let secret = key(Profile::Hybrid, 9).to_secret_string();
    let text = format!(
        "{TITLE}\n{MESSAGE}{}\n{}\n",
        message(),
        secret.expose_secret()
    );
    sealer.write_all(text.as_bytes()).expect("memory takes all");
    let (sealed, _) = sealer.finish().expect("memory takes all");
    assert!(sealed.len() > MAX_GRANT);
    let identity = [key(Profile::Hybrid, 1)];
    assert!(open_with(&identity, &sealed).is_ok());
    assert!(EscrowGrant::open(&identity, &sealed).is_err());
}

#[test]
fn a_list_is_refused_when_it_is_too_long_mixed_or_has_a_key_twice() {
    let most = MAX_ESCROW_RECIPIENTS as u8;
    assert!(EscrowKeys::new(keys(Profile::X25519, 0..most)).is_ok());
    let refused = |recipients| EscrowKeys::new(recipients).err();
    assert_eq!(
        refused(keys(Profile::X25519, 0..most + 1)),
        Some(EscrowKeysError::TooMany)
    );
    let mut twice = keys(Profile::Hybrid, 0..2);
    twice.extend(keys(Profile::Hybrid, 1..2));
    assert_eq!(refused(twice), Some(EscrowKeysError::Twice));
    let mut mixed = keys(Profile::Hybrid, 0..1);
    mixed.extend(keys(Profile::X25519, 1..2));
    assert_eq!(refused(mixed), Some(EscrowKeysError::Mixed));
}

#[test]
fn no_keys_are_off_and_seal_nothing() {
    let off = EscrowKeys::new(Vec::new()).expect("nothing is fine");
    assert!(!off.is_on() && !off.is_classic());
    let seed = Seed::from_bytes(&[9; 32]);
    assert!(
        off.seal(message(), Profile::Hybrid, &seed, Vec::new())
            .is_err()
    );
    let on = EscrowKeys::new(keys(Profile::X25519, 0..1)).expect("one key");
    assert!(on.is_on() && on.is_classic());
    let on = EscrowKeys::new(keys(Profile::Hybrid, 0..1)).expect("one key");
    assert!(on.is_on() && !on.is_classic());
}

#[test]
fn a_made_identity_file_is_read_back_with_others_beside_it() {
    for profile in [Profile::Hybrid, Profile::X25519] {
        let seed = Seed::from_bytes(&[5; 32]);
        let (text, public) = offline_identity(profile, &seed, "2026-11-22T12:00:00Z");
        let text = text.expose_secret();
        assert!(
            text.contains(&format!("# public key: {public}\n")),
            "{text}"
        );
        let both = format!("{text}\r\n\n  {text}");
        let found = parse_identities(&both).expect("identities");
        assert_eq!(found.len(), 2);
        assert_eq!(found[1].to_public().to_string(), public.to_string());
    }
}

#[test]
fn what_is_no_identity_file_is_told_without_its_text() {
    let public = key(Profile::X25519, 1).to_public().to_string();
    let refused = |text: &str| parse_identities(text).err().expect("a refusal");
    assert_eq!(refused("# only\n\n"), IdentityFileError::Empty);
    assert_eq!(refused(""), IdentityFileError::Empty);
    assert_eq!(
        refused(&format!("# k\n{public}")),
        IdentityFileError::Public(2)
    );
    assert_eq!(refused("AGE-SECRET-KEY-1WRONG"), IdentityFileError::Line(1));
    assert_eq!(refused("AGE-PLUGIN-X-1QQ"), IdentityFileError::Line(1));
    assert_eq!(
        refused("age-encryption.org/v1\n"),
        IdentityFileError::Sealed
    );
    let armoured = "-----BEGIN AGE ENCRYPTED FILE-----\n";
    assert_eq!(refused(armoured), IdentityFileError::Sealed);
    assert!(
        !refused("AGE-SECRET-KEY-1WRONG")
            .to_string()
            .contains("WRONG")
    );
}

#[test]
fn secrets_are_known_by_their_looks_in_either_case() {
    for text in [
        "AGE-SECRET-KEY-1X",
        " age-secret-key-pq-1",
        "Age-Secret-Key-",
    ] {
        assert!(looks_secret(text), "{text}");
    }
    for text in ["", "age1pq1x", "AGE-SECRET", "ä-secret-key-xxxxxx"] {
        assert!(!looks_secret(text), "{text}");
    }
}
