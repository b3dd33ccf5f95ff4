//! SHA-256, and the length prefix that keeps joined octet strings apart.

use std::io::{self, Write};

use ring::digest::{Context, SHA256};

/// SHA-256 over the parts, one after the other.
pub fn sha256_of(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    for part in parts {
        context.update(part);
    }
    finish(context)
}

fn finish(context: Context) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(context.finish().as_ref());
    out
}

/// Lower-case hexadecimal, as digests stand in views and reply documents.
pub fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

/// Appends `lp(part)`: two octets of length, big-endian, then the part.
///
/// # Panics
/// When a part is longer than 65,535 octets; ours are ids, labels and digests.
pub fn push_length_prefixed(out: &mut Vec<u8>, part: &[u8]) {
    let length = u16::try_from(part.len()).expect("ids, labels and digests are short");
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(part);
}

/// Passes octets on and keeps their number and SHA-256.
pub struct DigestWriter<W> {
    inner: W,
    context: Context,
    size: u64,
}

impl<W: Write> DigestWriter<W> {
    /// Starts with no octet seen.
    pub fn new(inner: W) -> Self {
        Self {
            inner,
            context: Context::new(&SHA256),
            size: 0,
        }
    }

    /// The writer behind, the octets passed on, and their SHA-256.
    pub fn finish(self) -> (W, u64, [u8; 32]) {
        (self.inner, self.size, finish(self.context))
    }
}

impl<W: Write> Write for DigestWriter<W> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let taken = self.inner.write(octets)?;
        self.context.update(&octets[..taken]);
        self.size += taken as u64;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
