//! How a command prints its result.

use std::io::{ErrorKind, Write};

use super::Failure;

/// Writes a result to standard output. A reader that has seen enough is no error.
pub(super) fn print(octets: &[u8]) -> Result<(), Failure> {
    match std::io::stdout().lock().write_all(octets) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(error.into()),
        _ => Ok(()),
    }
}
