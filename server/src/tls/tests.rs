//! The key exchange by itself, in handshakes, and in the clients that take the process's provider.

mod clients;
mod exchange;
mod handshake;

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};

/// A certificate for localhost that signed itself.
fn self_signed() -> CertifiedKey<KeyPair> {
    generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}
