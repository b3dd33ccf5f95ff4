//! X-Wing, the sealing half: making keys of a seed, and encapsulation.
//!
//! Source: [X-Wing](https://datatracker.ietf.org/doc/draft-connolly-cfrg-xwing-kem/) §5, as
//! draft-ietf-hpke-pq names it MLKEM768-X25519. ML-KEM-768 (FIPS 203) is libcrux's, X25519 (RFC 7748)
//! curve25519-dalek's. Opening is left to the hpke crate, so that each sealed file is made by one
//! implementation and read by another (decision 0029).
//!
//! ```text
//! seed -> SHAKE256 -> d (32), z (32), x (32)        public = ek(d, z) ‖ X25519(x, 9)
//! shared = SHA3-256(ss_M ‖ ss_X ‖ ct_X ‖ pk_X ‖ "\.//^\")     ct = ct_M ‖ ct_X
//! ```

use curve25519_dalek::edwards::EdwardsPoint;
use curve25519_dalek::montgomery::MontgomeryPoint;
use curve25519_dalek::scalar::{Scalar, clamp_integer};
#[cfg(target_arch = "x86_64")]
use libcrux_ml_kem::mlkem768::avx2::unpacked;
use libcrux_ml_kem::mlkem768::{self, MlKem768Ciphertext, MlKem768PublicKey};
use libcrux_sha3::{sha256 as sha3_256, shake256_ema as shake256};
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::{Zeroize, Zeroizing};

/// Octets of ML-KEM-768's part of a public key; the X25519 share follows.
pub(crate) const MLKEM_PUBLIC: usize = 1184;
/// Octets of ML-KEM-768's ciphertext; the X25519 share follows.
pub(crate) const MLKEM_CIPHERTEXT: usize = 1088;
/// Octets of an X25519 share.
pub(crate) const X25519_SHARE: usize = 32;

const LABEL: &[u8; 6] = br"\.//^\";

/// A public key.
#[derive(Clone)]
pub(crate) struct PublicKey {
    mlkem: MlKem768PublicKey,
    x25519: [u8; X25519_SHARE],
}

/// A key pair in the hands of who has just made it, for sealing to it at once: what ML-KEM expands
/// from the public key is at hand, and so is the X25519 exponent.
pub(crate) struct OwnKey {
    public: PublicKey,
    exponent: Exponent,
    mlkem: OwnMlKem,
}

/// ML-KEM's half of it. The heap is wiped.
enum OwnMlKem {
    /// With the matrix, which makes up half of an encapsulation. Only for processors with AVX2: the
    /// crate chooses among its implementations by itself for packed keys only.
    #[cfg(target_arch = "x86_64")]
    Expanded(Box<unpacked::MlKem768KeyPairUnpacked>),
    Packed,
}

/// What a seed is expanded to.
struct Expanded(Zeroizing<[u8; 96]>);

/// The two X25519 values that an encapsulation is made of: the share it sends, and the secret.
struct Agreed {
    share: [u8; X25519_SHARE],
    secret: Zeroizing<[u8; X25519_SHARE]>,
}

/// The X25519 part of a private key, as the scalar by which RFC 7748 multiplies.
pub(crate) struct Exponent(Zeroizing<Scalar>);

/// A shared secret and what it was encapsulated as.
pub(crate) struct Encapsulated {
    pub(crate) shared: Zeroizing<[u8; 32]>,
    pub(crate) ciphertext: [u8; MLKEM_CIPHERTEXT + X25519_SHARE],
}

/// The system gave no randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system gave no randomness")]
pub(crate) struct NoRandomness;

/// The public key of a seed.
pub(crate) fn public_of(seed: &[u8; 32]) -> PublicKey {
    let expanded = Expanded::of(seed);
    let mlkem = packed(expanded.for_mlkem());
    expanded.public(mlkem, &expanded.exponent())
}

fn packed(mut randomness: [u8; 64]) -> MlKem768PublicKey {
    let pair = mlkem768::generate_key_pair(randomness);
    randomness.zeroize();
    pair.public_key().clone()
}

impl Expanded {
    fn of(seed: &[u8; 32]) -> Self {
        let mut expanded = Zeroizing::new([0; 96]);
        shake256(&mut expanded[..], seed);
        Self(expanded)
    }

    fn for_mlkem(&self) -> [u8; 64] {
        let mut octets = [0; 64];
        octets.copy_from_slice(&self.0[..64]);
        octets
    }

    fn exponent(&self) -> Exponent {
        Exponent::of(&self.0[64..])
    }

    fn public(&self, mlkem: MlKem768PublicKey, exponent: &Exponent) -> PublicKey {
        PublicKey {
            mlkem,
            x25519: EdwardsPoint::mul_base(&exponent.0)
                .to_montgomery()
                .to_bytes(),
        }
    }
}

impl OwnKey {
    /// The key pair of a seed.
    pub(crate) fn of(seed: &[u8; 32]) -> Self {
        let expanded = Expanded::of(seed);
        let (mlkem, packed) = OwnMlKem::of(expanded.for_mlkem());
        let exponent = expanded.exponent();
        Self {
            public: expanded.public(packed, &exponent),
            exponent,
            mlkem,
        }
    }

    /// A fresh shared secret for whoever has the private key. A product of exponents costs a third
    /// of a multiplication of a point that is not known before. It is the same point: both act on
    /// the base point, whose multiples have no part of small order.
    pub(crate) fn encapsulate(&self) -> Result<Encapsulated, NoRandomness> {
        let encapsulate = |random| self.mlkem.encapsulate(&self.public.mlkem, random);
        self.public.encapsulate_with(encapsulate, |fresh| {
            let fresh = Exponent::of(fresh);
            let product = Zeroizing::new(*fresh.0 * *self.exponent.0);
            let secret = EdwardsPoint::mul_base(&product).to_montgomery().to_bytes();
            Agreed::new(&fresh, secret)
        })
    }
}

impl OwnMlKem {
    #[cfg(target_arch = "x86_64")]
    fn of(mut randomness: [u8; 64]) -> (Self, MlKem768PublicKey) {
        if !std::arch::is_x86_feature_detected!("avx2") {
            return (Self::Packed, packed(randomness));
        }
        let mut pair = Box::new(unpacked::init_key_pair());
        unpacked::generate_key_pair_mut(randomness, &mut pair);
        randomness.zeroize();
        let public = unpacked::key_pair_serialized_public_key(&pair);
        (Self::Expanded(pair), public)
    }

    #[cfg(not(target_arch = "x86_64"))]
    fn of(randomness: [u8; 64]) -> (Self, MlKem768PublicKey) {
        (Self::Packed, packed(randomness))
    }

    fn encapsulate(
        &self,
        public: &MlKem768PublicKey,
        random: [u8; 32],
    ) -> (MlKem768Ciphertext, [u8; 32]) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Expanded(pair) => unpacked::encapsulate(&pair.public_key, random),
            Self::Packed => mlkem768::encapsulate(public, random),
        }
    }
}

impl PublicKey {
    /// From its octets; `None` unless ML-KEM's part is a key (FIPS 203 §7.2).
    pub(crate) fn from_bytes(octets: &[u8]) -> Option<Self> {
        let (mlkem, x25519) = octets.split_at_checked(MLKEM_PUBLIC)?;
        let mlkem = MlKem768PublicKey::try_from(mlkem).ok()?;
        mlkem768::validate_public_key(&mlkem).then_some(())?;
        Some(Self {
            mlkem,
            x25519: x25519.try_into().ok()?,
        })
    }

    /// Its octets.
    pub(crate) fn to_bytes(&self) -> [u8; MLKEM_PUBLIC + X25519_SHARE] {
        let mut octets = [0; MLKEM_PUBLIC + X25519_SHARE];
        octets[..MLKEM_PUBLIC].copy_from_slice(self.mlkem.as_slice());
        octets[MLKEM_PUBLIC..].copy_from_slice(&self.x25519);
        octets
    }

    /// A fresh shared secret for whoever has the private key.
    pub(crate) fn encapsulate(&self) -> Result<Encapsulated, NoRandomness> {
        let encapsulate = |random| mlkem768::encapsulate(&self.mlkem, random);
        let theirs = MontgomeryPoint(self.x25519);
        self.encapsulate_with(encapsulate, |own| {
            let secret = theirs.mul_clamped(*own).to_bytes();
            Agreed::new(&Exponent::of(own), secret)
        })
    }

    fn encapsulate_with(
        &self,
        encapsulate: impl FnOnce([u8; 32]) -> (MlKem768Ciphertext, [u8; 32]),
        agree: impl FnOnce(&[u8; 32]) -> Agreed,
    ) -> Result<Encapsulated, NoRandomness> {
        let mut random = Zeroizing::new([[0; 32]; 2]);
        let [for_mlkem, for_x25519] = &mut *random;
        let system = SystemRandom::new();
        system.fill(for_mlkem).map_err(|_| NoRandomness)?;
        system.fill(for_x25519).map_err(|_| NoRandomness)?;
        let (sealed, mut of_mlkem) = encapsulate(*for_mlkem);
        let agreed = agree(for_x25519);
        let mut input = Zeroizing::new([0; 4 * 32 + LABEL.len()]);
        let parts: [&[u8]; 5] = [
            &of_mlkem,
            &agreed.secret[..],
            &agreed.share,
            &self.x25519,
            LABEL,
        ];
        let mut rest = &mut input[..];
        for part in parts {
            let (place, behind) = rest.split_at_mut(part.len());
            place.copy_from_slice(part);
            rest = behind;
        }
        of_mlkem.zeroize();
        let mut ciphertext = [0; MLKEM_CIPHERTEXT + X25519_SHARE];
        ciphertext[..MLKEM_CIPHERTEXT].copy_from_slice(sealed.as_slice());
        ciphertext[MLKEM_CIPHERTEXT..].copy_from_slice(&agreed.share);
        Ok(Encapsulated {
            shared: Zeroizing::new(sha3_256(&input[..])),
            ciphertext,
        })
    }
}

impl Agreed {
    fn new(exponent: &Exponent, secret: [u8; X25519_SHARE]) -> Self {
        Self {
            share: EdwardsPoint::mul_base(&exponent.0)
                .to_montgomery()
                .to_bytes(),
            secret: Zeroizing::new(secret),
        }
    }
}

impl Exponent {
    /// Clamped as RFC 7748 §5 has it, then reduced: the base point's order is the modulus.
    fn of(octets: &[u8]) -> Self {
        let mut clamped = [0; 32];
        clamped.copy_from_slice(octets);
        clamped = clamp_integer(clamped);
        let exponent = Self(Zeroizing::new(Scalar::from_bytes_mod_order(clamped)));
        clamped.zeroize();
        exponent
    }
}

impl PartialEq for PublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.to_bytes() == other.to_bytes()
    }
}

impl Eq for PublicKey {}

#[cfg(test)]
mod tests {
    use hpke::kem::{Kem, XWing};
    use hpke::{Deserializable, Serializable};

    use super::*;

    /// A seed's key by the hpke crate.
    fn by_hpke(seed: &[u8; 32]) -> <XWing as Kem>::PrivateKey {
        Deserializable::from_bytes(seed).expect("32 octets are a private key")
    }

    #[test]
    fn keys_are_those_of_the_other_implementation() {
        for n in 0..50 {
            let seed = [n; 32];
            let theirs = XWing::sk_to_pk(&by_hpke(&seed)).to_bytes();
            assert_eq!(public_of(&seed).to_bytes()[..], theirs[..]);
            assert_eq!(OwnKey::of(&seed).public.to_bytes()[..], theirs[..]);
        }
    }

    #[test]
    fn what_is_at_hand_encapsulates_as_the_packed_key_does() {
        for n in 0..50 {
            let own = OwnKey::of(&[n; 32]);
            let random = [n ^ 0x5a; 32];
            let (ciphertext, shared) = own.mlkem.encapsulate(&own.public.mlkem, random);
            let packed = OwnMlKem::Packed.encapsulate(&own.public.mlkem, random);
            assert_eq!(ciphertext.as_slice(), packed.0.as_slice());
            assert_eq!(shared, packed.1);
        }
    }

    #[test]
    fn a_key_comes_back_from_its_octets_and_no_other_length_is_one() {
        let public = public_of(&[3; 32]);
        let octets = public.to_bytes();
        assert!(PublicKey::from_bytes(&octets) == Some(public));
        for wrong in [0, 1, MLKEM_PUBLIC, octets.len() - 1] {
            assert!(PublicKey::from_bytes(&octets[..wrong]).is_none());
        }
        assert!(PublicKey::from_bytes(&[&octets[..], &[0]].concat()).is_none());
    }

    #[test]
    fn a_coefficient_beyond_the_modulus_is_no_key() {
        let mut octets = public_of(&[3; 32]).to_bytes();
        // Twelve bits each: 0xfff is larger than 3329.
        octets[0] = 0xff;
        octets[1] |= 0x0f;
        assert!(PublicKey::from_bytes(&octets).is_none());
    }

    #[test]
    fn the_exponent_at_hand_gives_what_the_point_gives() {
        for n in 0..50 {
            let seed = [n; 32];
            let OwnKey {
                public,
                exponent: own,
                ..
            } = OwnKey::of(&seed);
            let fresh = [n.wrapping_mul(37) ^ 0x5a; 32];
            let by_point = MontgomeryPoint(public.x25519).mul_clamped(fresh);
            let product = *Exponent::of(&fresh).0 * *own.0;
            let by_product = EdwardsPoint::mul_base(&product).to_montgomery();
            assert_eq!(by_point.to_bytes(), by_product.to_bytes());
            let share = MontgomeryPoint::mul_base_clamped(fresh);
            let by_exponent = EdwardsPoint::mul_base(&Exponent::of(&fresh).0).to_montgomery();
            assert_eq!(share.to_bytes(), by_exponent.to_bytes());
        }
    }
}
