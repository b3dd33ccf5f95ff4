//! Prints every key of a ring in hex: `ring_secrets KEYRING ROOT`. For the proof that searches the
//! memory of a running program for them; made with the attacker's means, not with the keystore's.

#[path = "attacker/ring.rs"]
mod ring;

use std::io::Write;

fn main() {
    let mut paths = std::env::args().skip(1);
    let mut read = || {
        let path = paths.next().expect("usage: ring_secrets KEYRING ROOT");
        std::fs::read_to_string(path).expect("a file that can be read")
    };
    let (text, root) = (read(), read());
    let credentials = ring::credentials(&root);
    let keys = ring::open(&text, &credentials).into_values();
    let wraps: Vec<_> = credentials.iter().flat_map(ring::role_secrets).collect();
    let mut out = std::io::stdout();
    for secret in keys.chain(credentials).chain(wraps) {
        writeln!(out, "{} {}", seal::hex(&secret.octets), secret.name).expect("standard output");
    }
}
