//! The link grant: a seed split between a link and a server.
//!
//! The formulas and what they bind are in `FORMAT.md` §3. Either half alone is independent of the
//! seed; a half of another message or recipient gives another, useless seed.

use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::digest::{push_length_prefixed, sha256_of};
use crate::encoding::{base64url, from_base64url};
use crate::id::{Handle, MessageId, RecipientId, ReplyId};
use crate::identity::Seed;
use crate::labels::{CONTEXT, OPEN, REPLY, REPLY_SIGNATURE, SENT_COPY, SPLIT};
use crate::profile::Profile;
use crate::random::Random;

/// The half that travels in the notice and nowhere else.
pub struct LinkSecret(Zeroizing<[u8; 32]>);

/// The half that the store keeps, sealed.
pub struct ServerShare(Zeroizing<[u8; 32]>);

/// Shows knowledge of the link secret without showing the secret.
pub struct OpenProof(Zeroizing<[u8; 32]>);

/// Signs secure replies; only who holds the link can make one.
pub struct ReplySigner(Ed25519KeyPair);

/// A signature that is not the recipient's over these parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the reply's signature does not fit")]
pub struct SignatureError;

impl LinkSecret {
    /// Fresh octets.
    pub fn generate(random: &dyn Random) -> Self {
        let mut octets = Zeroizing::new([0; 32]);
        random.fill(&mut octets[..]);
        Self(octets)
    }

    /// From its octets, which the caller wipes.
    pub fn from_bytes(octets: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*octets))
    }

    /// The octets.
    pub fn expose_secret(&self) -> &[u8; 32] {
        &self.0
    }

    /// `S = seed xor HKDF(L, "split" ‖ ctx)`.
    pub fn split(&self, seed: &Seed, message: MessageId, recipient: RecipientId) -> ServerShare {
        ServerShare(self.mask(seed.expose_secret(), message, recipient))
    }

    /// `seed = S xor HKDF(L, "split" ‖ ctx)`.
    pub fn join(&self, share: &ServerShare, message: MessageId, recipient: RecipientId) -> Seed {
        Seed::from_bytes(&self.mask(&share.0, message, recipient))
    }

    /// `P = HKDF(L, "open" ‖ hctx)`, bound to the handle that stands in the link.
    pub fn open_proof(&self, handle: &Handle) -> OpenProof {
        let mut context = Vec::new();
        push_length_prefixed(&mut context, CONTEXT);
        push_length_prefixed(&mut context, handle.as_bytes());
        OpenProof(self.derive(OPEN, &context))
    }

    /// The Ed25519 key of seed `HKDF(L, "reply" ‖ ctx)`.
    pub fn reply_signer(&self, message: MessageId, recipient: RecipientId) -> ReplySigner {
        let seed = self.derive(REPLY, &context(message, recipient));
        let pair = Ed25519KeyPair::from_seed_unchecked(&seed[..]);
        ReplySigner(pair.expect("any 32 octets are an Ed25519 seed"))
    }

    /// The seed `HKDF(L ‖ seed, "sent copy" ‖ ctx)` of the identity that this recipient's copies of
    /// its own replies are sealed to. It needs both halves, as a draft's key does: another recipient
    /// of the same message knows the message's seed and not this link's secret.
    pub fn copy_seed(&self, seed: &Seed, message: MessageId, recipient: RecipientId) -> Seed {
        let mut both = Zeroizing::new([0; 64]);
        let (link, other) = both.split_at_mut(32);
        link.copy_from_slice(&self.0[..]);
        other.copy_from_slice(seed.expose_secret());
        Seed::from_bytes(&derive(&both[..], SENT_COPY, &context(message, recipient)))
    }

    fn mask(
        &self,
        octets: &[u8; 32],
        message: MessageId,
        recipient: RecipientId,
    ) -> Zeroizing<[u8; 32]> {
        let mut masked = self.derive(SPLIT, &context(message, recipient));
        masked
            .iter_mut()
            .zip(octets)
            .for_each(|(pad, octet)| *pad ^= octet);
        masked
    }

    fn derive(&self, label: &[u8], context: &[u8]) -> Zeroizing<[u8; 32]> {
        derive(&self.0[..], label, context)
    }
}

/// HKDF-SHA-256 (RFC 5869) with an empty salt and 32 octets of output.
fn derive(secret: &[u8], label: &[u8], context: &[u8]) -> Zeroizing<[u8; 32]> {
    struct Octets32;
    impl KeyType for Octets32 {
        fn len(&self) -> usize {
            32
        }
    }
    let mut out = Zeroizing::new([0; 32]);
    let info = [label, context];
    Salt::new(HKDF_SHA256, &[])
        .extract(secret)
        .expand(&info, Octets32)
        .and_then(|key| key.fill(&mut out[..]))
        .expect("HKDF-SHA-256 gives up to 8,160 octets");
    out
}

fn context(message: MessageId, recipient: RecipientId) -> Vec<u8> {
    let mut context = Vec::new();
    push_length_prefixed(&mut context, CONTEXT);
    push_length_prefixed(&mut context, message.as_bytes());
    push_length_prefixed(&mut context, recipient.as_bytes());
    context
}

impl ServerShare {
    /// From its octets, which the caller wipes.
    pub fn from_bytes(octets: &[u8; 32]) -> Self {
        Self(Zeroizing::new(*octets))
    }

    /// From base64url, as a viewer releases it.
    pub fn from_base64url(text: &str) -> Option<Self> {
        from_base64url(text).map(Self)
    }

    /// The octets.
    pub fn expose_secret(&self) -> &[u8; 32] {
        &self.0
    }
}

impl OpenProof {
    /// From base64url, as a browser sends it.
    pub fn from_base64url(text: &str) -> Option<Self> {
        from_base64url(text).map(Self)
    }

    /// As a browser sends it.
    pub fn to_base64url(&self) -> String {
        base64url(&self.0[..])
    }

    /// What the store keeps of it.
    pub fn digest(&self) -> [u8; 32] {
        sha256_of(&[&self.0[..]])
    }

    /// Whether the store keeps the digest of this proof; in constant time.
    pub fn matches_digest(&self, kept: &[u8; 32]) -> bool {
        self.digest().ct_eq(kept).into()
    }
}

impl ReplySigner {
    /// The public half, which the store keeps from capture on.
    pub fn public(&self) -> [u8; 32] {
        self.0
            .public_key()
            .as_ref()
            .try_into()
            .expect("Ed25519 public keys have 32 octets")
    }

    /// Signs what [`reply_signing_input`] gives.
    pub fn sign(&self, signing_input: &[u8]) -> [u8; 64] {
        self.0
            .sign(signing_input)
            .as_ref()
            .try_into()
            .expect("Ed25519 signatures have 64 octets")
    }
}

/// The octets that a reply's signature is over: ids and the SHA-256 of each sealed part in order.
pub fn reply_signing_input(
    message: MessageId,
    recipient: RecipientId,
    reply: ReplyId,
    parts: &[[u8; 32]],
) -> Vec<u8> {
    let mut input = Vec::with_capacity(80 + 34 * parts.len());
    push_length_prefixed(&mut input, REPLY_SIGNATURE);
    push_length_prefixed(&mut input, message.as_bytes());
    push_length_prefixed(&mut input, recipient.as_bytes());
    push_length_prefixed(&mut input, reply.as_bytes());
    parts
        .iter()
        .for_each(|part| push_length_prefixed(&mut input, part));
    input
}

/// Checks a reply's signature (RFC 8032) against the public half kept since capture.
pub fn verify_reply(
    public: &[u8; 32],
    signing_input: &[u8],
    signature: &[u8; 64],
) -> Result<(), SignatureError> {
    UnparsedPublicKey::new(&ED25519, public)
        .verify(signing_input, signature)
        .map_err(|_| SignatureError)
}

/// What a wrapped server share is bound to beyond its recipient and key: message, recipient,
/// profile, expiry in seconds since 1970, and the format.
pub fn share_context(
    message: MessageId,
    recipient: RecipientId,
    profile: Profile,
    expires_at: i64,
) -> Vec<u8> {
    let mut out = context(message, recipient);
    push_length_prefixed(&mut out, profile.as_str().as_bytes());
    push_length_prefixed(&mut out, &expires_at.to_be_bytes());
    out.push(crate::FORMAT);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(n: u8) -> (MessageId, RecipientId) {
        (
            MessageId::from_bytes([n; 16]),
            RecipientId::from_bytes([n + 1; 16]),
        )
    }

    #[test]
    fn both_halves_of_one_grant_give_the_seed_and_no_others_do() {
        let (message, recipient) = ids(1);
        let (other_message, other_recipient) = ids(7);
        let link = LinkSecret::from_bytes(&[3; 32]);
        let share = link.split(&Seed::from_bytes(&[5; 32]), message, recipient);
        let joined = |link: &LinkSecret, m, r| *link.join(&share, m, r).expose_secret();
        assert_eq!(joined(&link, message, recipient), [5; 32]);
        assert_ne!(joined(&link, other_message, recipient), [5; 32]);
        assert_ne!(joined(&link, message, other_recipient), [5; 32]);
        assert_ne!(
            joined(&LinkSecret::from_bytes(&[4; 32]), message, recipient),
            [5; 32]
        );
    }

    #[test]
    fn ids_do_not_run_into_each_other() {
        let link = LinkSecret::from_bytes(&[3; 32]);
        let seed = Seed::from_bytes(&[0; 32]);
        let a = link.split(
            &seed,
            MessageId::from_bytes([1; 16]),
            RecipientId::from_bytes([2; 16]),
        );
        let b = link.split(
            &seed,
            MessageId::from_bytes([2; 16]),
            RecipientId::from_bytes([1; 16]),
        );
        assert_ne!(a.expose_secret(), b.expose_secret());
    }

    #[test]
    fn copies_of_replies_need_both_halves_and_are_one_recipients() {
        let (message, recipient) = ids(1);
        let (other_message, other_recipient) = ids(7);
        let (link, other_link) = ([3; 32], [4; 32]);
        let copy = |link: [u8; 32], seed: [u8; 32], message, recipient| {
            let link = LinkSecret::from_bytes(&link);
            let seed = link.copy_seed(&Seed::from_bytes(&seed), message, recipient);
            *seed.expose_secret()
        };
        let own = copy(link, [5; 32], message, recipient);
        assert_eq!(own, copy(link, [5; 32], message, recipient));
        for (what, other) in [
            (
                "another link",
                copy(other_link, [5; 32], message, recipient),
            ),
            ("another seed", copy(link, [6; 32], message, recipient)),
            (
                "another message",
                copy(link, [5; 32], other_message, recipient),
            ),
            (
                "another recipient",
                copy(link, [5; 32], message, other_recipient),
            ),
            (
                "halves that changed places",
                copy([5; 32], link, message, recipient),
            ),
            ("the message's own seed", [5; 32]),
        ] {
            assert_ne!(own, other, "{what}");
        }
    }

    #[test]
    fn a_proof_fits_its_own_handle_only() {
        let link = LinkSecret::from_bytes(&[3; 32]);
        let kept = link.open_proof(&Handle::from_bytes([1; 16])).digest();
        assert!(
            link.open_proof(&Handle::from_bytes([1; 16]))
                .matches_digest(&kept)
        );
        assert!(
            !link
                .open_proof(&Handle::from_bytes([2; 16]))
                .matches_digest(&kept)
        );
    }

    #[test]
    fn a_changed_reordered_or_dropped_part_breaks_the_signature() {
        let (message, recipient) = ids(1);
        let reply = ReplyId::from_bytes([9; 16]);
        let signer = LinkSecret::from_bytes(&[3; 32]).reply_signer(message, recipient);
        let input = |parts: &[[u8; 32]]| reply_signing_input(message, recipient, reply, parts);
        let signature = signer.sign(&input(&[[1; 32], [2; 32]]));
        let check = |parts: &[[u8; 32]]| verify_reply(&signer.public(), &input(parts), &signature);
        assert_eq!(check(&[[1; 32], [2; 32]]), Ok(()));
        for parts in [
            &[[2; 32], [1; 32]][..],
            &[[1; 32]],
            &[[1; 32], [3; 32]],
            &[],
        ] {
            assert_eq!(check(parts), Err(SignatureError));
        }
    }
}
