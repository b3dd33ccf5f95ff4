//! Wrapped values by the key that they are under: listed, counted, replaced.

use rusqlite::{Connection, Row, params, params_from_iter};
use seal::{KeyId, MessageId, RecipientId, TaskId};

use super::fault::{Fault, Result};
use super::payloads;
use super::rows::{check_version, first, timestamp};
use super::unit::Unit;
use crate::{EventId, KeyedField, KeyedRecord, Rewrapped, StaleValue};

/// See [`crate::Store::stale_values`].
pub(super) fn stale_values(
    sql: &Connection,
    field: KeyedField,
    fresh: &[KeyId],
    after: Option<[u8; 16]>,
    most: usize,
) -> Result<Vec<StaleValue>> {
    let Columns {
        id, value, list, ..
    } = Columns::of(field);
    // The primary key is walked: the cursor goes over each record once.
    let query = format!(
        "{list} AND {id} > ? AND substr({value}, 2, 16) NOT IN ({}) ORDER BY {id} LIMIT {most}",
        places(fresh.len()),
        most = i64::try_from(most).unwrap_or(i64::MAX),
    );
    let after = after.map_or_else(Vec::new, Vec::from);
    let fresh = fresh.iter().map(|key| key.as_bytes().to_vec());
    let mut statement = sql.prepare_cached(&query)?;
    let mut rows = statement.query(params_from_iter(std::iter::once(after).chain(fresh)))?;
    let mut values = Vec::new();
    while let Some(row) = rows.next()? {
        values.push(StaleValue {
            record: read_record(field, row)?,
            sealed: match field {
                KeyedField::LinkSecret | KeyedField::SenderLinkSecret => {
                    payloads::unpack(&row.get::<_, Vec<u8>>(2)?)
                }
                _ => row.get(2)?,
            },
        });
    }
    Ok(values)
}

/// See [`crate::Store::count_stale`].
pub(super) fn count_stale(sql: &Connection, field: KeyedField, fresh: &[KeyId]) -> Result<u64> {
    let Columns {
        table,
        value,
        condition,
        ..
    } = Columns::of(field);
    let query = format!(
        "SELECT count(*) FROM {table} WHERE {condition} AND substr({value}, 2, 16) NOT IN ({})",
        places(fresh.len())
    );
    let fresh = params_from_iter(fresh.iter().map(KeyId::as_bytes));
    let count: Option<i64> = first(sql, &query, fresh, |row| row.get(0))?;
    Ok(count.unwrap_or(0).cast_unsigned())
}

/// See [`crate::Store::rewrap`].
pub(super) fn rewrap(
    unit: &mut Unit<'_>,
    field: KeyedField,
    values: Vec<Rewrapped>,
) -> Result<u64> {
    let Columns {
        table,
        key,
        value,
        condition,
        ..
    } = Columns::of(field);
    let is_payload = matches!(field, KeyedField::LinkSecret | KeyedField::SenderLinkSecret);
    let replace = match is_payload {
        // Over the earlier one, in its row.
        true => format!(
            "UPDATE payloads SET octets = ?1
             WHERE octets = ?3 AND slot = (SELECT slot FROM tasks WHERE id = ?2 AND {condition})"
        ),
        false => {
            format!(
                "UPDATE {table} SET {value} = ?1 WHERE {key} = ?2 AND {value} = ?3 AND {condition}"
            )
        }
    };
    let mut replaced = 0;
    for Rewrapped { id, old, new } in values {
        unit.check_wrapped(&new)?;
        replaced += match is_payload {
            true => {
                payloads::check(&new)?;
                let (new, old) = (payloads::pack(&new), payloads::pack(&old));
                unit.change(&replace, params![new, id, old])?
            }
            false => unit.change(&replace, params![new, id, old])?,
        };
    }
    if replaced > 0 {
        unit.destroys();
    }
    Ok(replaced as u64)
}

/// Tasks that have a payload, with it.
const PAYLOADS: &str = "tasks CROSS JOIN payloads USING (slot)";

/// Where the values of a field stand.
struct Columns {
    table: &'static str,
    /// The primary key, and the same as the listing calls it.
    key: &'static str,
    id: &'static str,
    value: &'static str,
    /// What makes a row live.
    condition: &'static str,
    /// Selects the live ones: id, what else the place is made of from the fourth column on, and
    /// the value as the third. CROSS JOIN keeps SQLite from starting at another table.
    list: &'static str,
}

impl Columns {
    fn of(field: KeyedField) -> Self {
        match field {
            KeyedField::Share => Self {
                table: "grants",
                key: "recipient_id",
                id: "g.recipient_id",
                value: "share",
                condition: "share IS NOT NULL",
                list: "SELECT g.recipient_id, g.format_version, g.share, r.message_id, m.profile,
                           g.expires_at
                       FROM grants g CROSS JOIN recipients r ON r.id = g.recipient_id
                           CROSS JOIN messages m ON m.id = r.message_id
                       WHERE g.share IS NOT NULL",
            },
            KeyedField::Sender => Self {
                table: "messages",
                key: "id",
                id: "id",
                value: "sender",
                condition: "TRUE",
                list: "SELECT id, format_version, sender FROM messages WHERE TRUE",
            },
            KeyedField::Address => Self {
                table: "recipients",
                key: "id",
                id: "id",
                value: "address",
                condition: "TRUE",
                list: "SELECT id, format_version, address, message_id FROM recipients WHERE TRUE",
            },
            KeyedField::LinkSecret => Self {
                table: PAYLOADS,
                key: "id",
                id: "id",
                value: "substr(octets, 2)",
                condition: "kind = 'notify'",
                list: "SELECT id, format_version, octets, recipient_id
                       FROM tasks CROSS JOIN payloads USING (slot) WHERE kind = 'notify'",
            },
            KeyedField::SenderLinkSecret => Self {
                table: PAYLOADS,
                key: "id",
                id: "id",
                value: "substr(octets, 2)",
                condition: "kind = 'advise-receipt'",
                list: "SELECT id, format_version, octets, message_id
                       FROM tasks CROSS JOIN payloads USING (slot) WHERE kind = 'advise-receipt'",
            },
            KeyedField::Reason => Self {
                table: "audit",
                key: "id",
                id: "id",
                value: "reason",
                condition: "reason IS NOT NULL",
                list: "SELECT id, format_version, reason FROM audit WHERE reason IS NOT NULL",
            },
        }
    }
}

fn read_record(field: KeyedField, row: &Row<'_>) -> Result<KeyedRecord> {
    let id = row.get(0)?;
    check_version(row.get(1)?)?;
    Ok(match field {
        KeyedField::Share => {
            let recipient = RecipientId::from_bytes(id);
            let damaged = || Fault::damaged("message of recipient", recipient);
            let profile: Option<String> = row.get(4)?;
            KeyedRecord::Share {
                recipient,
                message: MessageId::from_bytes(row.get(3)?),
                profile: profile
                    .and_then(|name| name.parse().ok())
                    .ok_or_else(damaged)?,
                expires_at: timestamp(row.get(5)?),
            }
        }
        KeyedField::Sender => KeyedRecord::Sender {
            message: MessageId::from_bytes(id),
        },
        KeyedField::Address => KeyedRecord::Address {
            recipient: RecipientId::from_bytes(id),
            message: MessageId::from_bytes(row.get(3)?),
        },
        KeyedField::LinkSecret => KeyedRecord::LinkSecret {
            task: TaskId::from_bytes(id),
            recipient: RecipientId::from_bytes(row.get(3)?),
        },
        KeyedField::SenderLinkSecret => KeyedRecord::SenderLinkSecret {
            task: TaskId::from_bytes(id),
            message: MessageId::from_bytes(row.get(3)?),
        },
        KeyedField::Reason => KeyedRecord::Reason {
            event: EventId::from_bytes(id),
        },
    })
}

/// As many question marks.
fn places(count: usize) -> String {
    vec!["?"; count].join(", ")
}
