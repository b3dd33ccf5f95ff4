//! Passcodes and guesses at them (promises A2 to A4), of recipients and of senders alike.
//!
//! Everything here runs in the writer, one call after another over all processes, so that a guess
//! is counted before anybody compares it, and a code is traded once however many ask at a time.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use seal::{CodeId, KeyId};

use super::fault::Result;
use super::holder::{Holder, RECIPIENTS, SENDERS};
use super::openings;
use super::rows::{FORMAT_VERSION, exists, first, micros, span, timestamp};
use super::sessions;
use super::tasks;
use super::unit::Unit;
use crate::{CodeRefused, Guess, GuessRefused, NewSenderSession, NewSession, NewTask, TryLimits};

const DAY: i64 = 24 * 60 * 60 * 1_000_000;

/// Codes that a browser may still answer.
const NEWEST: usize = 2;

/// A wish for a passcode, whoever's link it is.
pub(super) struct Wish {
    pub(super) code: CodeId,
    pub(super) holder: Holder,
    pub(super) browser: [u8; 32],
    pub(super) task: NewTask,
}

/// See [`crate::Guest::request_code`].
pub(super) fn request(
    unit: &mut Unit<'_>,
    wish: Wish,
    limits: &TryLimits,
    now: Timestamp,
) -> Result<Result<u32, CodeRefused>> {
    let Wish {
        code,
        holder,
        browser,
        task,
    } = wish;
    let now = micros(now);
    if !holder.is_live(unit.sql, now)? {
        return Ok(Err(CodeRefused::Over));
    }
    let mut tries = Tries::load(unit.sql, holder, now)?;
    if tries.codes >= limits.codes_per_day {
        return Ok(Err(CodeRefused::TooMany {
            retry_at: tries.next_day(),
        }));
    }
    if let Some(at) = tries.wait_until(span(limits.between_codes), now) {
        return Ok(Err(CodeRefused::TooSoon {
            retry_at: timestamp(at),
        }));
    }
    tries.codes += 1;
    tries.last_code_at = Some(now);
    tries.save(unit, holder)?;
    let (codes, id) = (holder.tables().codes, holder.tables().id);
    // Codes of former days can only be in the way.
    unit.change(
        &format!("DELETE FROM {codes} WHERE {id} = ? AND asked_at < ?"),
        params![holder.id(), now.saturating_sub(DAY)],
    )?;
    unit.change(
        &format!(
            "INSERT INTO {codes} (id, format_version, {id}, browser, asked_at)
             VALUES (?, ?, ?, ?, ?)"
        ),
        params![code.as_bytes(), FORMAT_VERSION, holder.id(), browser, now],
    )?;
    // For the sender, who is told of it.
    if let Holder::Recipient(recipient) = holder {
        unit.change(
            "UPDATE grants SET codes_asked = codes_asked + 1, code_asked_at = ?
             WHERE recipient_id = ?",
            params![now, recipient.as_bytes()],
        )?;
    }
    tasks::add(unit, task)?;
    Ok(Ok(limits.codes_per_day - tries.codes))
}

/// See [`crate::Store::arm_code`].
pub(super) fn arm(
    unit: &mut Unit<'_>,
    code: CodeId,
    verifier: [u8; 32],
    key: KeyId,
    expires_at: Timestamp,
) -> Result<bool> {
    unit.check_open(key)?;
    // An id is in one of the tables at most.
    let mut armed = 0;
    for codes in [RECIPIENTS.codes, SENDERS.codes] {
        armed += unit.change(
            &format!(
                "UPDATE {codes} SET verifier = ?, verifier_key = ?, expires_at = ? WHERE id = ?"
            ),
            params![
                verifier,
                key.as_bytes(),
                micros(expires_at),
                code.as_bytes()
            ],
        )?;
    }
    Ok(armed > 0)
}

/// See [`crate::Guest::take_guess`].
pub(super) fn take_guess(
    unit: &mut Unit<'_>,
    holder: Holder,
    browser: &[u8; 32],
    limits: &TryLimits,
    now: Timestamp,
) -> Result<Result<Guess, GuessRefused>> {
    let now = micros(now);
    if !holder.is_live(unit.sql, now)? {
        return Ok(Err(GuessRefused::NoLiveCode));
    }
    let (codes, id) = (holder.tables().codes, holder.tables().id);
    let asked = exists(
        unit.sql,
        &format!("SELECT 1 FROM {codes} WHERE {id} = ? AND browser = ?"),
        params![holder.id(), browser],
    )?;
    if !asked {
        return Ok(Err(GuessRefused::AskFirst));
    }
    let mut tries = Tries::load(unit.sql, holder, now)?;
    if tries.guesses >= limits.guesses_per_day {
        return Ok(Err(GuessRefused::TooMany {
            retry_at: tries.next_day(),
        }));
    }
    let live: Vec<_> = newest_armed(unit.sql, holder, browser)?
        .into_iter()
        .filter(|code| code.expires_at > now && code.guesses < limits.guesses_per_code)
        .collect();
    let Some(newest) = live.first() else {
        return Ok(Err(GuessRefused::NoLiveCode));
    };
    tries.guesses += 1;
    let tries_left =
        (limits.guesses_per_code - newest.guesses - 1).min(limits.guesses_per_day - tries.guesses);
    tries.save(unit, holder)?;
    for code in &live {
        unit.change(
            &format!("UPDATE {codes} SET guesses = guesses + 1 WHERE id = ?"),
            [code.id.as_bytes()],
        )?;
    }
    let candidates = live
        .into_iter()
        .map(|code| (code.id, code.verifier))
        .collect();
    Ok(Ok(Guess {
        candidates,
        tries_left,
    }))
}

/// See [`crate::Guest::redeem`].
pub(super) fn redeem(
    unit: &mut Unit<'_>,
    code: CodeId,
    session: NewSession,
    now: Timestamp,
) -> Result<bool> {
    let recipient = session.recipient;
    if !trade(unit, code, Holder::Recipient(recipient), now)? {
        return Ok(false);
    }
    openings::add(unit, recipient, now)?;
    sessions::add(unit, &session, now)?;
    Ok(true)
}

/// See [`crate::SenderGuest::redeem_sender`].
pub(super) fn redeem_sender(
    unit: &mut Unit<'_>,
    code: CodeId,
    session: &NewSenderSession,
    now: Timestamp,
) -> Result<bool> {
    if !trade(unit, code, Holder::Sender(session.message), now)? {
        return Ok(false);
    }
    sessions::add_sender(unit, session, now)?;
    Ok(true)
}

/// Uses a code up, once: ends all codes of its browser and gives the guess of the day back.
fn trade(unit: &Unit<'_>, code: CodeId, holder: Holder, now: Timestamp) -> Result<bool> {
    if !holder.is_live(unit.sql, micros(now))? {
        return Ok(false);
    }
    let (codes, id) = (holder.tables().codes, holder.tables().id);
    let browser: Option<[u8; 32]> = first(
        unit.sql,
        &format!("SELECT browser FROM {codes} WHERE id = ? AND {id} = ? AND expires_at > ?"),
        params![code.as_bytes(), holder.id(), micros(now)],
        |row| row.get(0),
    )?;
    let Some(browser) = browser else {
        return Ok(false);
    };
    unit.change(
        &format!("DELETE FROM {codes} WHERE {id} = ? AND browser = ?"),
        params![holder.id(), browser],
    )?;
    let mut tries = Tries::load(unit.sql, holder, micros(now))?;
    tries.guesses = tries.guesses.saturating_sub(1);
    tries.save(unit, holder)?;
    Ok(true)
}

struct ArmedCode {
    id: CodeId,
    verifier: [u8; 32],
    expires_at: i64,
    guesses: u32,
}

/// The newest two that have a verifier, live or not: an older one does not come back to life when
/// a newer one is used up.
fn newest_armed(sql: &Connection, holder: Holder, browser: &[u8; 32]) -> Result<Vec<ArmedCode>> {
    let (codes, id) = (holder.tables().codes, holder.tables().id);
    let mut statement = sql.prepare_cached(&format!(
        "SELECT id, verifier, expires_at, guesses FROM {codes}
         WHERE {id} = ? AND browser = ? AND verifier IS NOT NULL
         ORDER BY asked_at DESC, id DESC LIMIT ?"
    ))?;
    let found = statement.query_map(params![holder.id(), browser, NEWEST as i64], |row| {
        Ok(ArmedCode {
            id: CodeId::from_bytes(row.get(0)?),
            verifier: row.get(1)?,
            expires_at: row.get(2)?,
            guesses: row.get(3)?,
        })
    })?;
    Ok(found.collect::<rusqlite::Result<_>>()?)
}

/// What a holder has used up of its UTC day.
struct Tries {
    day: i64,
    codes: u32,
    guesses: u32,
    last_code_at: Option<i64>,
}

impl Tries {
    /// Those of the day of `now`. A clock that goes back over midnight gives nothing back; one that
    /// was days ahead and is set right must not lock anybody out until it is there again.
    fn load(sql: &Connection, holder: Holder, now: i64) -> Result<Self> {
        let today = now.div_euclid(DAY);
        let (tries, id) = (holder.tables().tries, holder.tables().id);
        let found = first(
            sql,
            &format!("SELECT day, codes, guesses, last_code_at FROM {tries} WHERE {id} = ?"),
            [holder.id()],
            |row| {
                Ok(Self {
                    day: row.get(0)?,
                    codes: row.get(1)?,
                    guesses: row.get(2)?,
                    last_code_at: row.get(3)?,
                })
            },
        )?;
        Ok(match found {
            Some(tries) if (today..=today + 1).contains(&tries.day) => tries,
            earlier => Self {
                day: today,
                codes: 0,
                guesses: 0,
                last_code_at: earlier.and_then(|tries| tries.last_code_at),
            },
        })
    }

    fn save(&self, unit: &Unit<'_>, holder: Holder) -> Result<()> {
        let (tries, id) = (holder.tables().tries, holder.tables().id);
        unit.change(
            &format!(
                "INSERT INTO {tries} ({id}, day, codes, guesses, last_code_at)
                 VALUES (?, ?, ?, ?, ?)
                 ON CONFLICT ({id}) DO UPDATE SET day = excluded.day, codes = excluded.codes,
                     guesses = excluded.guesses, last_code_at = excluded.last_code_at"
            ),
            params![
                holder.id(),
                self.day,
                self.codes,
                self.guesses,
                self.last_code_at
            ],
        )?;
        Ok(())
    }

    /// When the next code may be asked for, if not now. A last code far ahead of now was asked for
    /// by a wrong clock.
    fn wait_until(&self, between: i64, now: i64) -> Option<i64> {
        let last = self.last_code_at?;
        let wait = now.saturating_sub(between) < last && last <= now.saturating_add(between);
        wait.then(|| last.saturating_add(between))
    }

    fn next_day(&self) -> Timestamp {
        timestamp(self.day.saturating_add(1).saturating_mul(DAY))
    }
}
