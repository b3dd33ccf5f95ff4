//! Every label that separates one use of a key from another, in one place.
//!
//! A derivation or an associated datum that is not listed here does not exist. The formulas are in
//! `FORMAT.md`.

/// Opens every derivation context of a link grant.
pub(crate) const CONTEXT: &[u8] = b"sealpost/v1";
/// HKDF info of the pad that splits a seed into link secret and server share.
pub(crate) const SPLIT: &[u8] = b"split";
/// HKDF info of the Ed25519 seed that signs replies.
pub(crate) const REPLY: &[u8] = b"reply";
/// HKDF info of the seed of the identity that a recipient's copies of its own replies are sealed to.
pub(crate) const SENT_COPY: &[u8] = b"sent copy";
/// HKDF info of the proof that allows a passcode to be asked for.
pub(crate) const OPEN: &[u8] = b"open";
/// Opens the octets that a reply's signature is over.
pub(crate) const REPLY_SIGNATURE: &[u8] = b"sealpost/v1 reply";
/// Opens the associated data of every wrap at rest.
pub(crate) const WRAP: &[u8] = b"sealpost/v1 wrap";
/// Prefix of the digest that the reference on page and mail is cut from.
pub(crate) const REFERENCE: &[u8] = b"sealpost reference";
/// HPKE info of age's hybrid recipient (C2SP age, "The mlkem768x25519 recipient type").
pub(crate) const AGE_HYBRID_INFO: &[u8] = b"age-encryption.org/mlkem768x25519";
/// Stanza tag of age's hybrid recipient.
pub(crate) const AGE_HYBRID_TAG: &str = "mlkem768x25519";
/// age's label that keeps hybrid recipients from being mixed with classic ones.
pub(crate) const AGE_POST_QUANTUM: &str = "postquantum";
