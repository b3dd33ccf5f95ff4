//! The public-key half of Sealpost: message identities, sealed files, link grants, wraps at rest.
//!
//! It knows age, HKDF and AEAD; it knows no mail, no store and no file system, and holds no
//! long-lived private key. The formats are written down in `FORMAT.md` beside this package's
//! manifest, with test vectors in `vectors/`.

mod base_mode;
mod bech;
mod crockford;
mod digest;
mod encoding;
mod escrow;
mod file;
mod grant;
mod hybrid;
mod id;
mod identity;
mod labels;
mod link;
mod padding;
mod profile;
mod random;
mod stack;
mod wrap;
mod xwing;

/// The version of everything in `FORMAT.md`.
pub const FORMAT: u8 = 1;

pub use digest::{DigestWriter, hex, push_length_prefixed, sha256_of};
pub use escrow::{
    EscrowGrant, EscrowKeys, EscrowKeysError, IdentityFileError, MAX_ESCROW_RECIPIENTS, MAX_GRANT,
    looks_secret, offline_identity, parse_identities,
};
pub use file::{OpenError, SealError, SealedFile, Sealer, open, open_stream, seal_padded};
pub use grant::{
    LinkSecret, OpenProof, ReplySigner, ServerShare, SignatureError, reply_signing_input,
    share_context, verify_reply,
};
pub use hybrid::{HybridIdentity, HybridKeyError, HybridRecipient, OwnHybridRecipient};
pub use id::{CodeId, ContentId, Handle, IdError, KeyId, MessageId, RecipientId, ReplyId, TaskId};
pub use identity::{Identity, KeyTextError, OwnRecipient, Recipient, Seed};
pub use link::{Link, LinkError};
pub use padding::padme;
pub use profile::{Profile, ProfileError};
pub use random::{Random, SystemRandom};
pub use stack::{on_wiped_stack, wipe_stack, wiping};
pub use wrap::{Place, WrapError, WrapKey, wrapped_key_id};
