//! Every label of the keystore's own derivations, in one place.

/// The credential of the viewer's process, derived from the root secret.
pub(crate) const VIEWER: &[u8] = b"sealpost/v1 keystore viewer";
/// The half of the root secret that stays with the gateway.
pub(crate) const GATEWAY: &[u8] = b"sealpost/v1 keystore gateway";
/// What seals keys on disk, derived from either.
pub(crate) const WRAP: &[u8] = b"sealpost/v1 keystore wrap";
/// What authenticates the ring file, derived from either.
pub(crate) const MAC: &[u8] = b"sealpost/v1 keystore mac";
/// Opens the digest that a secret's public id is cut from.
pub(crate) const ID: &[u8] = b"sealpost root id";
/// Purpose of the wraps around keys on disk.
pub(crate) const WRAP_PURPOSE: &str = "root";
/// Field of the wraps around keys on disk.
pub(crate) const WRAP_FIELD: &str = "keystore.key";
/// Opens the octets that one line of the record of key acts is hashed over.
pub(crate) const ACT: &[u8] = b"sealpost/v1 key act";
