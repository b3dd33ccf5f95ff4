//! Link secrets that wait in tasks stand apart from the rows they belong to.
//!
//! SQLite overwrites what is deleted (`secure_delete`), but when it moves rows from page to page it
//! leaves copies behind in the free space of the old ones, and nothing ever overwrites those: of a
//! thousand secrets that had left, one was still there. Rows move, overflow pages do not: what lies
//! there is written once and overwritten when it is deleted. So a payload is written behind as many
//! zeros as a row can have in its own page.

/// More than any row has in its page: at most 1002 octets of pages of 4 KiB ("the b-tree page
/// format" in SQLite's documentation of its file format).
const APART: usize = 1_100;
/// Version and key id, which are asked for without reading the rest.
const HEAD: usize = 17;

/// A payload as it is written.
pub(super) fn far(payload: &[u8]) -> Vec<u8> {
    let head = &payload[..payload.len().min(HEAD)];
    let mut written = Vec::with_capacity(HEAD + APART + payload.len());
    written.extend_from_slice(head);
    written.resize(HEAD + APART, 0);
    written.extend_from_slice(payload);
    written
}

/// A payload as it was given. What an older program has written stands there as it is.
pub(super) fn near(mut written: Vec<u8>) -> Vec<u8> {
    if written.len() > HEAD + APART {
        written.drain(..HEAD + APART);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_comes_back_and_its_key_is_in_front() {
        for length in [1, HEAD - 1, HEAD, 77, 1_000] {
            let payload: Vec<u8> = (0..length).map(|n| n as u8).collect();
            let written = far(&payload);
            assert!(written.starts_with(&payload[..length.min(HEAD)]));
            assert!(!written[HEAD..HEAD + APART].iter().any(|octet| *octet != 0));
            assert_eq!(near(written), payload);
        }
        assert_eq!(near(vec![7; 77]), vec![7; 77], "of an older program");
    }
}
