//! Wycheproof's vectors for the primitives in use (promise K4), each through the implementation
//! that Sealpost calls:
//!
//! | primitive | implementation, and what it is for |
//! |---|---|
//! | ChaCha20-Poly1305, HKDF, HMAC, Ed25519 | ring: wraps, grants, key rings, signed replies |
//! | X25519 | ring: TLS and the check of shares; x25519-dalek 2: age; curve25519-dalek 5: the hybrid |
//! | ML-KEM-768 | libcrux: sealing to the hybrid; ml-kem: opening it, and TLS |
//!
//! `cargo test -p sealpost-seal --test wycheproof -- --nocapture` prints how many ran. Every vector
//! of each set does; the expanded decapsulation keys of ML-KEM are left out as a set, since no code
//! of ours reads one.

use age::Identity as _;
use age_core::format::{FileKey, Stanza};
use age_core::secrecy::ExposeSecret;
use base64::Engine;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use bech32::{FromBase32, ToBase32, Variant};
use hpke::kem::{Kem, X25519HkdfSha256};
use hpke::{Deserializable, Serializable};
use libcrux_ml_kem::mlkem768::{self, MlKem768PublicKey};
use ml_kem::kem::Decapsulate;
use ml_kem::{B32, DecapsulationKey768, EncapsulationKey768, KeyExport, Seed};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::{agreement, hkdf, hmac};
use seal::{HybridIdentity, HybridRecipient, verify_reply};
use wycheproof::{TestResult, aead, eddsa, hkdf as kdf, mac, mlkem, xdh};

/// Vectors on which an implementation does something else: (set, number, why that is right).
/// None does; the list is exact, so that one which begins to fails the test.
const DEVIATIONS: [(&str, usize, &str); 0] = [];

/// Counts the vectors of a set and keeps the numbers of those that did not hold.
struct Tally {
    set: &'static str,
    ran: usize,
    failed: Vec<usize>,
}

impl Tally {
    fn new(set: &'static str) -> Self {
        let (ran, failed) = (0, Vec::new());
        Self { set, ran, failed }
    }

    /// A vector that holds if `right` is what its result asks for.
    fn vector(&mut self, number: usize, result: TestResult, right: bool) {
        self.ran += 1;
        if right == result.must_fail() {
            self.failed.push(number);
        }
    }

    fn end(self, expected: usize) {
        eprintln!("{}: {} vectors", self.set, self.ran);
        let known = DEVIATIONS.iter().filter(|(set, ..)| *set == self.set);
        let known: Vec<usize> = known.map(|(_, number, _)| *number).collect();
        assert_eq!(self.failed, known, "{}", self.set);
        assert_eq!(self.ran, expected, "{}", self.set);
    }
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// HKDF-SHA-256, or none for more octets than it has.
fn derive(salt: &[u8], secret: &[u8], info: &[&[u8]], length: usize) -> Option<Vec<u8>> {
    let mut octets = vec![0; length];
    hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
        .extract(secret)
        .expand(info, Length(length))
        .and_then(|okm| okm.fill(&mut octets))
        .ok()?;
    Some(octets)
}

fn cipher(key: &[u8]) -> LessSafeKey {
    LessSafeKey::new(UnboundKey::new(&CHACHA20_POLY1305, key).expect("32 octets"))
}

#[test]
fn chacha20_poly1305_seals_and_opens_as_rfc_8439_has_it() {
    let set = aead::TestSet::load(aead::TestName::ChaCha20Poly1305).expect("vectors");
    let mut tally = Tally::new("ChaCha20-Poly1305");
    for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
        let key = cipher(&test.key);
        let nonce = || Nonce::try_assume_unique_for_key(&test.nonce).ok();
        let sealed = nonce().and_then(|nonce| {
            let mut octets = test.pt.to_vec();
            let aad = Aad::from(&test.aad[..]);
            key.seal_in_place_append_tag(nonce, aad, &mut octets).ok()?;
            Some(octets)
        });
        let expected = [&test.ct[..], &test.tag].concat();
        let opened = nonce().and_then(|nonce| {
            let mut octets = expected.clone();
            let aad = Aad::from(&test.aad[..]);
            Some(key.open_in_place(nonce, aad, &mut octets).ok()?.to_vec())
        });
        let opens = opened.as_deref() == Some(&test.pt[..]);
        assert!(opens || opened.is_none(), "opens to something else");
        tally.vector(test.tc_id, test.result, opens);
        assert_eq!(sealed == Some(expected), opens, "{}", test.tc_id);
    }
    tally.end(325);
}

#[test]
fn hkdf_sha_256_derives_as_rfc_5869_has_it_and_no_more_than_it_has() {
    let set = kdf::TestSet::load(kdf::TestName::HkdfSha256).expect("vectors");
    let mut tally = Tally::new("HKDF-SHA-256");
    for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
        let derived = derive(&test.salt, &test.ikm, &[&test.info], test.size);
        let right = derived.is_some_and(|octets| octets == test.okm[..]);
        tally.vector(test.tc_id, test.result, right);
    }
    tally.end(86);
}

#[test]
fn hmac_sha_256_verifies_as_rfc_2104_has_it() {
    let set = mac::TestSet::load(mac::TestName::HmacSha256).expect("vectors");
    let mut tally = Tally::new("HMAC-SHA-256");
    for group in set.test_groups {
        for test in group.tests {
            let key = hmac::Key::new(hmac::HMAC_SHA256, &test.key);
            // Shorter tags, which ring and we do not take, are compared with the tag's beginning.
            let right = match group.tag_size {
                256 => hmac::verify(&key, &test.msg, &test.tag).is_ok(),
                bits => hmac::sign(&key, &test.msg).as_ref()[..bits / 8] == test.tag[..],
            };
            tally.vector(test.tc_id, test.result, right);
        }
    }
    tally.end(174);
}

#[test]
fn ed25519_verifies_as_rfc_8032_has_it() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).expect("vectors");
    let mut tally = Tally::new("Ed25519");
    for group in set.test_groups {
        let public: [u8; 32] = group.key.pk[..].try_into().expect("32 octets");
        for test in group.tests {
            // A signature of another length never gets as far as the check.
            let signature: Option<[u8; 64]> = test.sig[..].try_into().ok();
            let right = signature.is_some_and(|it| verify_reply(&public, &test.msg, &it).is_ok());
            tally.vector(test.tc_id, test.result, right);
        }
    }
    tally.end(151);
}

/// X25519 by ring, which lets nobody choose a private key but its own tests.
#[expect(
    deprecated,
    reason = "ring has no other way to a given private key; it is for tests there, as here"
)]
fn by_ring(private: &[u8], public: &[u8], shared: &[u8]) -> bool {
    let random = ring::test::rand::FixedSliceRandom { bytes: private };
    let ours = agreement::EphemeralPrivateKey::generate(&agreement::X25519, &random);
    let theirs = agreement::UnparsedPublicKey::new(&agreement::X25519, public);
    agreement::agree_ephemeral(ours.expect("a key"), &theirs, |got| got == shared).unwrap_or(false)
}

/// X25519 by age: whether it opens a stanza that was made with the vector's shared secret.
fn by_age(private: &[u8], public: &[u8], shared: &[u8]) -> bool {
    let text = bech32::encode("age-secret-key-", private.to_base32(), Variant::Bech32);
    let text = text.expect("text").to_ascii_uppercase();
    let identity: age::x25519::Identity = text.parse().expect("an identity");
    let recipient = identity.to_public().to_string();
    let (_, recipient, _) = bech32::decode(&recipient).expect("a recipient");
    let recipient = Vec::from_base32(&recipient).expect("octets");
    let salt = [public, &recipient].concat();
    let info: &[&[u8]] = &[b"age-encryption.org/v1/X25519"];
    let key = cipher(&derive(&salt, shared, info, 32).expect("32 octets"));
    let mut body = vec![7; 16];
    let nonce = Nonce::assume_unique_for_key([0; 12]);
    key.seal_in_place_append_tag(nonce, Aad::empty(), &mut body)
        .expect("sealed");
    let stanza = Stanza {
        tag: "X25519".to_owned(),
        args: vec![BASE64_STANDARD_NO_PAD.encode(public)],
        body,
    };
    let opened: Option<FileKey> = identity.unwrap_stanza(&stanza).and_then(Result::ok);
    opened.is_some_and(|key| key.expose_secret() == &[7; 16])
}

/// X25519 by hpke, inside of DHKEM (RFC 9180 §4.1): X-Wing does not let its X25519 key be chosen,
/// and calls the same library.
fn by_hpke(private: &[u8], public: &[u8], shared: &[u8]) -> bool {
    type Dhkem = X25519HkdfSha256;
    let private = <Dhkem as Kem>::PrivateKey::from_bytes(private).expect("32 octets");
    let theirs = <Dhkem as Kem>::EncappedKey::from_bytes(public).expect("32 octets");
    let Ok(got) = Dhkem::decap(&private, None, &theirs) else {
        return false;
    };
    let ours = Dhkem::sk_to_pk(&private).to_bytes();
    let suite = b"HPKE-v1KEM\x00\x20";
    let secret = [suite, &b"eae_prk"[..], shared].concat();
    let info: &[&[u8]] = &[b"\x00\x20", suite, b"shared_secret", public, &ours];
    derive(&[], &secret, info, 32).expect("32 octets") == got.0[..]
}

/// The check of shares before X-Wing, which makes none.
fn is_taken_by_the_hybrid(public: &[u8]) -> bool {
    let own = HybridIdentity::from_seed(&[7; 32]).to_public().to_string();
    let (prefix, own, _) = bech32::decode(&own).expect("a recipient");
    let mut octets = Vec::<u8>::from_base32(&own).expect("octets");
    octets[1184..].copy_from_slice(public);
    let text = bech32::encode(&prefix, octets.to_base32(), Variant::Bech32).expect("text");
    text.parse::<HybridRecipient>().is_ok()
}

#[test]
fn x25519_agrees_as_rfc_7748_has_it_and_never_on_zero() {
    type Agrees = fn(&[u8], &[u8], &[u8]) -> bool;
    let implementations: [(_, Agrees); 4] = [
        ("X25519 by ring", by_ring),
        ("X25519 by age", by_age),
        ("X25519 by hpke", by_hpke),
        ("X25519 shares", |_, public, _| {
            is_taken_by_the_hybrid(public)
        }),
    ];
    for (name, agrees) in implementations {
        let set = xdh::TestSet::load(xdh::TestName::X25519).expect("vectors");
        let mut tally = Tally::new(name);
        for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
            // RFC 7748 §6.1 leaves it open whether zero is refused; age, the hybrid and TLS do not.
            let zero = test.flags.contains(&xdh::TestFlag::ZeroSharedSecret);
            assert_eq!(zero, test.shared_secret.iter().all(|octet| *octet == 0));
            let result = if zero {
                TestResult::Invalid
            } else {
                TestResult::Valid
            };
            let right = agrees(&test.private_key, &test.public_key, &test.shared_secret);
            tally.vector(test.tc_id, result, right);
        }
        tally.end(518);
    }
}

fn decapsulation_key(seed: &[u8]) -> Option<DecapsulationKey768> {
    Some(DecapsulationKey768::from_seed(Seed::try_from(seed).ok()?))
}

fn mlkem_vectors(name: mlkem::TestName, label: &'static str, check: fn(&mlkem::Test) -> bool) {
    let set = mlkem::TestSet::load(name).expect("vectors");
    let (mut tally, expected) = (Tally::new(label), set.number_of_tests);
    assert!(expected >= 100);
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        tally.vector(test.tc_id, test.result, check(test));
    }
    tally.end(expected);
}

#[test]
fn ml_kem_768_makes_keys_as_fips_203_has_it() {
    let name = mlkem::TestName::MlKem768KeyGenSeed;
    mlkem_vectors(name, "ML-KEM-768 key generation", |test| {
        let key = decapsulation_key(test.seed.as_ref().expect("a seed"));
        key.is_some_and(|key| {
            let public = key.encapsulation_key().to_bytes();
            public[..] == test.encaps_key.as_ref().expect("a key")[..]
        })
    });
}

#[test]
fn ml_kem_768_by_libcrux_makes_keys_as_fips_203_has_it() {
    let name = mlkem::TestName::MlKem768KeyGenSeed;
    mlkem_vectors(name, "ML-KEM-768 key generation by libcrux", |test| {
        let seed = test.seed.as_ref().expect("a seed")[..].try_into();
        seed.is_ok_and(|seed| {
            let pair = mlkem768::generate_key_pair(seed);
            pair.public_key().as_slice()[..] == test.encaps_key.as_ref().expect("a key")[..]
        })
    });
}

/// With the check of the modulus (§7.2).
#[test]
fn ml_kem_768_by_libcrux_encapsulates_as_fips_203_has_it() {
    let name = mlkem::TestName::MlKem768Encaps;
    mlkem_vectors(name, "ML-KEM-768 encapsulation by libcrux", |test| {
        let octets = test.encaps_key.as_ref().expect("a key");
        let key = MlKem768PublicKey::try_from(&octets[..]).ok();
        let Some(key) = key.filter(mlkem768::validate_public_key) else {
            return false;
        };
        let random = test.msg.as_ref().expect("randomness")[..].try_into();
        let (ciphertext, shared) = mlkem768::encapsulate(&key, random.expect("32 octets"));
        is_what_it_should_be(&test.ct, ciphertext.as_slice())
            && is_what_it_should_be(&test.shared_secret, &shared)
    });
}

fn is_what_it_should_be(wanted: &Option<wycheproof::ByteString>, got: &[u8]) -> bool {
    wanted.as_ref().is_some_and(|wanted| wanted[..] == *got)
}

/// With the check of the modulus (§7.2).
#[test]
fn ml_kem_768_encapsulates_as_fips_203_has_it() {
    let name = mlkem::TestName::MlKem768Encaps;
    mlkem_vectors(name, "ML-KEM-768 encapsulation", |test| {
        let octets = test.encaps_key.as_ref().expect("a key");
        let key = octets[..].try_into().ok();
        let Some(key) = key.and_then(|key| EncapsulationKey768::new(key).ok()) else {
            return false;
        };
        let random = B32::try_from(&test.msg.as_ref().expect("randomness")[..]);
        let (ciphertext, shared) = key.encapsulate_deterministic(&random.expect("32 octets"));
        is_what_it_should_be(&test.ct, &ciphertext)
            && is_what_it_should_be(&test.shared_secret, &shared)
    });
}

/// With implicit rejection (§6.3).
#[test]
fn ml_kem_768_decapsulates_as_fips_203_has_it() {
    mlkem_vectors(mlkem::TestName::MlKem768, "ML-KEM-768", |test| {
        let key = decapsulation_key(test.seed.as_ref().expect("a seed"));
        let ciphertext = &test.ct.as_ref().expect("a ciphertext")[..];
        let shared = key.and_then(|key| key.decapsulate_slice(ciphertext).ok());
        shared.is_some_and(|shared| {
            let wanted = test.shared_secret.as_ref();
            wanted.is_some_and(|wanted| wanted[..] == shared[..])
        })
    });
}

#[test]
fn a_vector_that_does_not_hold_fails_its_set_and_so_does_one_that_is_missing() {
    let ends = |right: bool, expected: usize| {
        std::panic::catch_unwind(|| {
            let mut tally = Tally::new("a set");
            tally.vector(1, TestResult::Valid, true);
            tally.vector(2, TestResult::Invalid, right);
            tally.end(expected);
        })
    };
    assert!(ends(false, 2).is_ok());
    assert!(ends(true, 2).is_err(), "an invalid one was taken");
    assert!(ends(false, 3).is_err(), "one did not run");
}
