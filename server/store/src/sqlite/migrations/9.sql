-- Format 9: who sent a message has a link of their own to what became of it (decision 0027), and what
-- becomes of a message is noted with when.

-- There once a receipt was written. All of it goes with the message.
CREATE TABLE senders (
    message_id     BLOB NOT NULL PRIMARY KEY REFERENCES messages (id) ON DELETE CASCADE,
    format_version INTEGER NOT NULL,
    handle         BLOB NOT NULL UNIQUE CHECK (length(handle) = 16),
    proof_digest   BLOB NOT NULL CHECK (length(proof_digest) = 32),
    -- Microseconds for which the link is good after the end of the message's last grant.
    kept_for       INTEGER NOT NULL CHECK (kept_for >= 0)
) STRICT, WITHOUT ROWID;

-- The same as codes, tries and sessions, which are recipients'.
CREATE TABLE sender_codes (
    id             BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    format_version INTEGER NOT NULL,
    message_id     BLOB NOT NULL REFERENCES senders (message_id) ON DELETE CASCADE,
    browser        BLOB NOT NULL CHECK (length(browser) = 32),
    asked_at       INTEGER NOT NULL,
    verifier       BLOB CHECK (length(verifier) = 32),
    expires_at     INTEGER,
    guesses        INTEGER NOT NULL DEFAULT 0,
    verifier_key   BLOB CHECK (length(verifier_key) = 16)
) STRICT, WITHOUT ROWID;

CREATE INDEX sender_codes_by_browser ON sender_codes (message_id, browser, asked_at);

CREATE TABLE sender_tries (
    message_id   BLOB NOT NULL PRIMARY KEY REFERENCES senders (message_id) ON DELETE CASCADE,
    day          INTEGER NOT NULL,
    codes        INTEGER NOT NULL,
    guesses      INTEGER NOT NULL,
    last_code_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE sender_sessions (
    token          BLOB NOT NULL PRIMARY KEY CHECK (length(token) = 32),
    format_version INTEGER NOT NULL,
    message_id     BLOB NOT NULL REFERENCES senders (message_id) ON DELETE CASCADE,
    ends_at        INTEGER NOT NULL,
    last_used_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sender_sessions_by_message ON sender_sessions (message_id);
CREATE INDEX sender_sessions_by_end ON sender_sessions (ends_at);

-- When the grant was withdrawn before its time.
ALTER TABLE grants ADD COLUMN withdrawn_at INTEGER;
-- How often a passcode was asked for, and when last.
ALTER TABLE grants ADD COLUMN codes_asked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE grants ADD COLUMN code_asked_at INTEGER;
