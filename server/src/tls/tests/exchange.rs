//! Both sides of one exchange, without TLS around it.

use ml_kem::kem::Decapsulate;
use ml_kem::{DecapsulationKey768, KeyExport, Seed};
use rustls::crypto::ring::kx_group::X25519;
use rustls::crypto::{ActiveKeyExchange, CompletedKeyExchange};
use rustls::{Error, NamedGroup, PeerMisbehaved, ProtocolVersion};

use crate::tls::hybrid::X25519MLKEM768;

const REFUSED: Error = Error::PeerMisbehaved(PeerMisbehaved::InvalidKeyShare);
const CLIENT_SHARE: usize = 1184 + 32;
const SERVER_SHARE: usize = 1088 + 32;

fn started() -> Box<dyn ActiveKeyExchange> {
    X25519MLKEM768.start().unwrap()
}

fn answer(share: &[u8]) -> Result<CompletedKeyExchange, Error> {
    X25519MLKEM768.start_and_complete(share)
}

#[test]
fn both_sides_get_the_same_secret_and_a_new_one_each_time() {
    let mut secrets = Vec::new();
    for _ in 0..3 {
        let client = started();
        assert_eq!(client.pub_key().len(), CLIENT_SHARE);
        assert_eq!(client.group(), NamedGroup::from(0x11ec));
        let server = answer(client.pub_key()).unwrap();
        assert_eq!(server.pub_key.len(), SERVER_SHARE);
        assert_eq!(server.group, NamedGroup::from(0x11ec));
        let secret = client.complete(&server.pub_key).unwrap();
        assert_eq!(secret.secret_bytes(), server.secret.secret_bytes());
        assert_eq!(secret.secret_bytes().len(), 64);
        secrets.push(secret.secret_bytes().to_vec());
    }
    for half in [0..32, 32..64] {
        assert_ne!(secrets[0][half.clone()], secrets[1][half.clone()]);
        assert_ne!(secrets[1][half.clone()], secrets[2][half]);
    }
}

#[test]
fn ml_kem_comes_before_x25519_in_shares_and_in_the_secret() {
    let mlkem = DecapsulationKey768::from_seed(Seed::from([7; 64]));
    let x25519 = X25519.start().unwrap();
    let share = [&mlkem.encapsulation_key().to_bytes()[..], x25519.pub_key()].concat();
    let server = answer(&share).unwrap();
    let (ciphertext, theirs) = server.pub_key.split_at(1088);
    let (first, second) = server.secret.secret_bytes().split_at(32);
    assert_eq!(
        first,
        mlkem.decapsulate_slice(ciphertext).unwrap().as_slice()
    );
    assert_eq!(second, x25519.complete(theirs).unwrap().secret_bytes());
}

#[test]
fn the_x25519_share_that_goes_along_can_be_completed_alone() {
    let client = started();
    let (group, share) = client.hybrid_component().unwrap();
    assert_eq!(group, NamedGroup::X25519);
    assert_eq!(share, &client.pub_key()[1184..]);
    let server = X25519.start_and_complete(share).unwrap();
    let secret = client.complete_hybrid_component(&server.pub_key).unwrap();
    assert_eq!(secret.secret_bytes(), server.secret.secret_bytes());
}

#[test]
fn a_share_of_another_length_is_refused() {
    for length in [0, 32, CLIENT_SHARE - 1, CLIENT_SHARE + 1, SERVER_SHARE] {
        let mut share = started().pub_key().to_vec();
        share.resize(length, 1);
        assert_eq!(answer(&share).err(), Some(REFUSED), "{length}");
    }
    for length in [0, 32, SERVER_SHARE - 1, SERVER_SHARE + 1, CLIENT_SHARE] {
        let client = started();
        let mut share = answer(client.pub_key()).unwrap().pub_key;
        share.resize(length, 1);
        assert_eq!(client.complete(&share).err(), Some(REFUSED), "{length}");
    }
}

/// FIPS 203 §7.2: coefficients are below q = 3329. The first one is the first twelve bits.
#[test]
fn an_encapsulation_key_is_refused_from_the_modulus_on() {
    let with_first = |coefficient: u16| {
        let mut share = started().pub_key().to_vec();
        share[0] = coefficient as u8;
        share[1] = (share[1] & 0xf0) | (coefficient >> 8) as u8;
        answer(&share).err()
    };
    assert_eq!(with_first(3328), None);
    assert_eq!(with_first(3329), Some(REFUSED));
    assert_eq!(with_first(4095), Some(REFUSED));
}

/// RFC 7748 §6.1 and the draft: an all-zero outcome ends the handshake. Zero and one are points of
/// small order.
#[test]
fn an_x25519_share_whose_outcome_is_zero_is_refused_on_both_sides() {
    for first in [0, 1] {
        let mut point = [0; 32];
        point[0] = first;
        let mut share = started().pub_key().to_vec();
        share[1184..].copy_from_slice(&point);
        assert_eq!(answer(&share).err(), Some(REFUSED));

        let client = started();
        let mut share = answer(client.pub_key()).unwrap().pub_key;
        share[1088..].copy_from_slice(&point);
        assert_eq!(client.complete(&share).err(), Some(REFUSED));
    }
}

#[test]
fn a_tampered_ciphertext_gives_a_secret_that_the_server_does_not_have() {
    for at in [0, 500, 1087] {
        let client = started();
        let server = answer(client.pub_key()).unwrap();
        let mut share = server.pub_key.clone();
        share[at] ^= 1;
        let secret = client.complete(&share).unwrap();
        let (ours, theirs) = (secret.secret_bytes(), server.secret.secret_bytes());
        assert_ne!(ours[..32], theirs[..32], "{at}");
        assert_eq!(ours[32..], theirs[32..], "X25519's half is as it was");
    }
}

#[test]
fn the_group_is_for_tls_1_3_only() {
    assert!(X25519MLKEM768.usable_for_version(ProtocolVersion::TLSv1_3));
    assert!(!X25519MLKEM768.usable_for_version(ProtocolVersion::TLSv1_2));
}
