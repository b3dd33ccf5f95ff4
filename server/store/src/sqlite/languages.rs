//! The language that a recipient chose: kept with one record of its address, so that it is found by
//! the same keyed hash as everything else of that address, and goes when that record goes.

use rusqlite::{Connection, OptionalExtension, params};
use seal::RecipientId;

use super::fault::Result;
use super::unit::Unit;
use crate::Language;

/// What was chosen for the address of this recipient, with this message or an earlier one.
pub(super) fn find(sql: &Connection, recipient: RecipientId) -> Result<Option<Language>> {
    let tag: Option<String> = sql
        .prepare_cached(
            "SELECT chosen.language FROM recipients AS own
             JOIN recipients AS chosen ON chosen.address_index = own.address_index
             WHERE own.id = ? AND chosen.language IS NOT NULL
             ORDER BY chosen.id DESC LIMIT 1",
        )?
        .query_row([recipient.as_bytes()], |row| row.get(0))
        .optional()?;
    Ok(tag.and_then(|tag| tag.parse().ok()))
}

/// Puts a choice in the place of an earlier one.
pub(super) fn choose(unit: &Unit<'_>, recipient: RecipientId, language: Language) -> Result<()> {
    unit.change(
        "UPDATE recipients SET language = NULL
         WHERE language IS NOT NULL
           AND address_index = (SELECT address_index FROM recipients WHERE id = ?)",
        [recipient.as_bytes()],
    )?;
    unit.change(
        "UPDATE recipients SET language = ? WHERE id = ?",
        params![language.tag(), recipient.as_bytes()],
    )?;
    Ok(())
}
