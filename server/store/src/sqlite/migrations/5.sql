-- Format 5: a report keeps what the other system said, sealed; a task tells failed attempts from
-- coming back untried, which were both failures until now; and what operators do is recorded.

ALTER TABLE reports ADD COLUMN remote BLOB;

ALTER TABLE tasks ADD COLUMN put_off INTEGER NOT NULL DEFAULT 0;

CREATE TABLE audit (
    number         INTEGER PRIMARY KEY AUTOINCREMENT,
    id             BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    format_version INTEGER NOT NULL,
    at             INTEGER NOT NULL,
    who            TEXT NOT NULL,
    act            TEXT NOT NULL,
    -- No references: what an event is about may be forgotten, the event is not.
    task_id        BLOB CHECK (length(task_id) = 16),
    message_id     BLOB CHECK (length(message_id) = 16),
    recipient_id   BLOB CHECK (length(recipient_id) = 16),
    -- How much it changed.
    changed        INTEGER NOT NULL,
    -- Why: sealed, and the only thing that is ever replaced, by the same under another key.
    reason         BLOB
) STRICT;

CREATE TRIGGER audit_stays BEFORE DELETE ON audit
BEGIN SELECT raise(ABORT, 'an event is not deleted'); END;

CREATE TRIGGER audit_is_not_changed
BEFORE UPDATE OF number, id, format_version, at, who, act, task_id, message_id, recipient_id, changed
ON audit
BEGIN SELECT raise(ABORT, 'an event is not changed'); END;
