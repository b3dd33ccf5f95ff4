//! Notices to one address under a mail bomb: beyond so many in a window they wait for its end and
//! go together. None is dropped.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, params};
use seal::{RecipientId, TaskId};

use super::fault::Result;
use super::rows::{column, first, micros, micros_after, timestamp};
use super::tasks::{is_valid, lease_one, limit as sql_limit, read_task};
use super::unit::Unit;
use crate::{Admission, Lease, NoticeLimit, NoticeWindow};

const COUNTED: i64 = 1;
const WAITS: i64 = 2;
const GATHERED: i64 = 3;

/// See [`crate::Store::admit_notice`].
pub(super) fn admit(
    unit: &mut Unit<'_>,
    lease: &Lease,
    limit: NoticeLimit,
    hold: Duration,
    now: Timestamp,
) -> Result<Admission> {
    if !is_valid(unit.sql, lease)? {
        return Ok(Admission::Lost);
    }
    let found: Option<(i64, [u8; 32])> = first(
        unit.sql,
        "SELECT t.notice, r.address_index FROM tasks t JOIN recipients r ON r.id = t.recipient_id
         WHERE t.id = ?",
        [lease.task.as_bytes()],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let Some((state, address)) = found else {
        return Ok(Admission::Lost);
    };
    if state == COUNTED {
        return Ok(Admission::Go);
    }
    let counted = limit.decide(window(unit.sql, &address)?, now);
    if let Ok(window) = &counted {
        put_window(unit, &address, window)?;
    }
    match (state, counted) {
        // One that has waited for a window's end does not wait for another.
        (WAITS | GATHERED, _) => gather(unit, lease, &address, limit.together, hold, now),
        (_, Ok(_)) => {
            set_state(unit, lease.task, COUNTED)?;
            Ok(Admission::Go)
        }
        (_, Err(at)) => {
            unit.change(
                "UPDATE tasks SET notice = ?, due_at = ?, leased = 0 WHERE id = ?",
                params![WAITS, micros(at), lease.task.as_bytes()],
            )?;
            Ok(Admission::Later(at))
        }
    }
}

/// Takes what of its kind waits for the same address along, also from who has leased it but not asked yet.
fn gather(
    unit: &mut Unit<'_>,
    lease: &Lease,
    address: &[u8; 32],
    most: usize,
    hold: Duration,
    now: Timestamp,
) -> Result<Admission> {
    set_state(unit, lease.task, GATHERED)?;
    let others: Vec<[u8; 16]> = column(
        unit.sql,
        "SELECT t.id FROM tasks t JOIN recipients r ON r.id = t.recipient_id
         WHERE t.notice = 2 AND t.failed_at IS NULL AND t.dropped = 0
             AND (t.due_at <= ?1 OR t.leased) AND r.address_index = ?2
             AND t.kind = (SELECT kind FROM tasks WHERE id = ?4)
         ORDER BY t.due_at, t.id LIMIT ?3",
        params![micros(now), address, sql_limit(most), lease.task.as_bytes()],
    )?;
    let mut together = Vec::with_capacity(others.len());
    for task in others.into_iter().map(TaskId::from_bytes) {
        let found = read_task(unit.sql, task)?;
        let leased = lease_one(unit, found, micros_after(now, hold))?;
        set_state(unit, task, GATHERED)?;
        together.push(leased);
    }
    Ok(Admission::Together(together))
}

fn set_state(unit: &Unit<'_>, task: TaskId, state: i64) -> Result<()> {
    unit.change(
        "UPDATE tasks SET notice = ? WHERE id = ?",
        params![state, task.as_bytes()],
    )?;
    Ok(())
}

fn window(sql: &Connection, address: &[u8; 32]) -> Result<Option<NoticeWindow>> {
    first(
        sql,
        "SELECT began_at, sent FROM notice_windows WHERE address_index = ?",
        [address],
        |row| {
            Ok(NoticeWindow {
                began_at: timestamp(row.get(0)?),
                sent: row.get(1)?,
            })
        },
    )
}

fn put_window(unit: &Unit<'_>, address: &[u8; 32], window: &NoticeWindow) -> Result<()> {
    unit.change(
        "INSERT INTO notice_windows (address_index, began_at, sent) VALUES (?, ?, ?)
         ON CONFLICT (address_index) DO UPDATE SET began_at = excluded.began_at,
             sent = excluded.sent",
        params![address, micros(window.began_at), window.sent],
    )?;
    Ok(())
}

/// See [`crate::Store::told_together`].
pub(super) fn told_together(sql: &Connection, recipient: RecipientId) -> Result<Vec<RecipientId>> {
    let mut all: Vec<[u8; 16]> = column(
        sql,
        "SELECT id FROM recipients WHERE told_with = ?",
        [recipient.as_bytes()],
    )?;
    all.push(*recipient.as_bytes());
    all.sort_unstable();
    all.dedup();
    Ok(all.into_iter().map(RecipientId::from_bytes).collect())
}
