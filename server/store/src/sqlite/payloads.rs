//! Link secrets that wait in tasks lie in rows that never move (decision 0037).
//!
//! SQLite overwrites what is deleted (`secure_delete`), but when it moves rows from page to page it
//! leaves copies behind in the free space of the old ones, and nothing ever overwrites those: of a
//! thousand secrets that had left, one was still there. So the rows of this table are all of one length
//! and are used again rather than deleted: one is written over in its place, and a new one stands
//! behind all others, where SQLite begins a page without touching the one before. The triggers of
//! format 15 write zeros over a payload when its task goes or gives it up.

use rusqlite::params;

use super::fault::Result;
use super::rows::first;
use super::unit::Unit;
use crate::{PAYLOAD_OCTETS, StoreError};

/// A row: the payload's length, the payload, zeros.
const ROW: usize = 1 + PAYLOAD_OCTETS;

/// Refuses a payload that has no room in a row.
pub(super) fn check(payload: &[u8]) -> Result<()> {
    match payload.len() <= PAYLOAD_OCTETS {
        true => Ok(()),
        false => Err(StoreError::PayloadTooLong.into()),
    }
}

/// Writes a payload. Returns its slot, for the task that has it.
pub(super) fn put(unit: &Unit<'_>, payload: &[u8]) -> Result<i64> {
    check(payload)?;
    let octets = pack(payload);
    let used_again: Option<i64> = first(
        unit.sql,
        "UPDATE payloads SET is_used = 1, octets = ?
         WHERE slot = (SELECT slot FROM payloads WHERE is_used = 0 ORDER BY slot LIMIT 1)
         RETURNING slot",
        [&octets],
        |row| row.get(0),
    )?;
    if let Some(slot) = used_again {
        return Ok(slot);
    }
    unit.change(
        "INSERT INTO payloads (is_used, octets) VALUES (1, ?)",
        params![octets],
    )?;
    Ok(unit.sql.last_insert_rowid())
}

/// A payload as its row has it.
pub(super) fn pack(payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap_or(u8::MAX);
    let mut octets = Vec::with_capacity(ROW);
    octets.push(length);
    octets.extend_from_slice(payload);
    octets.resize(ROW, 0);
    octets
}

/// A payload as it was given; nothing of a row that is damaged.
pub(super) fn unpack(octets: &[u8]) -> Vec<u8> {
    let length = octets.first().copied().map_or(0, usize::from);
    octets.get(1..=length).unwrap_or_default().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_of_any_length_comes_back_out_of_rows_of_one_length() {
        for length in [0, 1, 77, PAYLOAD_OCTETS] {
            let payload: Vec<u8> = (0..length).map(|n| !(n as u8)).collect();
            let octets = pack(&payload);
            assert_eq!(octets.len(), ROW);
            assert_eq!(unpack(&octets), payload);
        }
        for damaged in [&[][..], &[7], &[0; ROW], &[255; ROW]] {
            assert!(unpack(damaged).is_empty());
        }
    }
}
