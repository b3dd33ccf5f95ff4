//! The key exchange X25519MLKEM768 (draft-ietf-tls-ecdhe-mlkem, group 0x11EC), for both sides.
//!
//! | | octets |
//! |---|---|
//! | client's share | ML-KEM-768 encapsulation key (1184) ‖ X25519 (32) |
//! | server's share | ML-KEM-768 ciphertext (1088) ‖ X25519 (32) |
//! | shared secret | ML-KEM-768 (32) ‖ X25519 (32) |
//!
//! X25519 is rustls' own over ring, which refuses an outcome of zero. ML-KEM-768 (FIPS 203) is the
//! crate that seals messages too; it is not audited, and the hybrid bounds what that can cost.
//! rustls brings this group with aws-lc-rs only, which is no part of Sealpost.

use ml_kem::kem::Decapsulate;
use ml_kem::{B32, DecapsulationKey768, EncapsulationKey768, KeyExport, Seed};
use ring::rand::{SecureRandom, SystemRandom};
use rustls::crypto::ring::kx_group::X25519;
use rustls::crypto::{
    ActiveKeyExchange, CompletedKeyExchange, GetRandomFailed, SharedSecret, SupportedKxGroup,
};
use rustls::ffdhe_groups::FfdheGroup;
use rustls::{Error, NamedGroup, PeerMisbehaved, ProtocolVersion};
use zeroize::Zeroize;

/// The group, to stand in a provider's list.
pub static X25519MLKEM768: &dyn SupportedKxGroup = &Hybrid;

/// Octets of an ML-KEM-768 encapsulation key.
const ENCAPSULATION_KEY: usize = 1184;
/// Octets of an ML-KEM-768 ciphertext.
const CIPHERTEXT: usize = 1088;
/// Octets of an X25519 share.
const X25519_SHARE: usize = 32;
/// Ends the handshake with the alert `illegal_parameter`.
const REFUSED: Error = Error::PeerMisbehaved(PeerMisbehaved::InvalidKeyShare);

#[derive(Debug)]
struct Hybrid;

/// The client's side, waiting for the server's share. ML-KEM's key wipes itself, ring's lives on
/// the stack of its own exchange.
struct Started {
    mlkem: DecapsulationKey768,
    x25519: Box<dyn ActiveKeyExchange>,
    share: Vec<u8>,
}

impl SupportedKxGroup for Hybrid {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let mut seed = Seed::default();
        fill(&mut seed)?;
        let mlkem = DecapsulationKey768::from_seed(seed);
        seed.as_mut_slice().zeroize();
        let x25519 = X25519.start()?;
        let share = concat(&mlkem.encapsulation_key().to_bytes(), x25519.pub_key());
        Ok(Box::new(Started {
            mlkem,
            x25519,
            share,
        }))
    }

    /// The server's side. The length is checked here, the encapsulation key's coefficients by
    /// `EncapsulationKey768::new` (FIPS 203 §7.2), the X25519 share by ring.
    fn start_and_complete(&self, client_share: &[u8]) -> Result<CompletedKeyExchange, Error> {
        let (theirs, x25519) = split(client_share, ENCAPSULATION_KEY)?;
        let theirs = theirs.try_into().map_err(|_| REFUSED)?;
        let theirs = EncapsulationKey768::new(theirs).map_err(|_| REFUSED)?;
        let x25519 = X25519.start_and_complete(x25519)?;
        let mut random = B32::default();
        fill(&mut random)?;
        let (ciphertext, mut shared) = theirs.encapsulate_deterministic(&random);
        random.as_mut_slice().zeroize();
        let secret = concat(&shared, x25519.secret.secret_bytes());
        shared.as_mut_slice().zeroize();
        Ok(CompletedKeyExchange {
            group: self.name(),
            pub_key: concat(&ciphertext, &x25519.pub_key),
            secret: SharedSecret::from(secret),
        })
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::X25519MLKEM768
    }

    fn usable_for_version(&self, version: ProtocolVersion) -> bool {
        version == ProtocolVersion::TLSv1_3
    }
}

impl ActiveKeyExchange for Started {
    /// A ciphertext that was tampered with is not refused here: ML-KEM answers it with a secret
    /// that nobody else has (FIPS 203 §6.3), and the handshake fails on the server's Finished.
    fn complete(self: Box<Self>, server_share: &[u8]) -> Result<SharedSecret, Error> {
        let (ciphertext, x25519) = split(server_share, CIPHERTEXT)?;
        let ciphertext = ciphertext.try_into().map_err(|_| REFUSED)?;
        let x25519 = self.x25519.complete(x25519)?;
        let mut shared = self.mlkem.decapsulate(ciphertext);
        let secret = concat(&shared, x25519.secret_bytes());
        shared.as_mut_slice().zeroize();
        Ok(SharedSecret::from(secret))
    }

    /// The X25519 share goes along by itself, so that a server without the hybrid can answer at
    /// once.
    fn hybrid_component(&self) -> Option<(NamedGroup, &[u8])> {
        Some((self.x25519.group(), self.x25519.pub_key()))
    }

    fn complete_hybrid_component(
        self: Box<Self>,
        server_share: &[u8],
    ) -> Result<SharedSecret, Error> {
        self.x25519.complete(server_share)
    }

    fn pub_key(&self) -> &[u8] {
        &self.share
    }

    fn ffdhe_group(&self) -> Option<FfdheGroup<'static>> {
        None
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::X25519MLKEM768
    }
}

fn fill(octets: &mut [u8]) -> Result<(), GetRandomFailed> {
    SystemRandom::new()
        .fill(octets)
        .map_err(|_| GetRandomFailed)
}

/// In one allocation of the right size: growing would leave a secret behind.
fn concat(mlkem: &[u8], x25519: &[u8]) -> Vec<u8> {
    [mlkem, x25519].concat()
}

fn split(share: &[u8], mlkem: usize) -> Result<(&[u8], &[u8]), Error> {
    if share.len() != mlkem + X25519_SHARE {
        return Err(REFUSED);
    }
    Ok(share.split_at(mlkem))
}
