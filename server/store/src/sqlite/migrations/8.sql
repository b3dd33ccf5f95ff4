-- Format 8: what recipients did with their links.

-- Each time a passcode opened the message, the newest OPENINGS_KEPT of a recipient; grants.openings
-- counts them all, and grants.opened_at stays the first.
CREATE TABLE openings (
    recipient_id BLOB NOT NULL REFERENCES recipients (id),
    at           INTEGER NOT NULL
) STRICT;

CREATE INDEX openings_by_recipient ON openings (recipient_id, at);

ALTER TABLE grants ADD COLUMN openings INTEGER NOT NULL DEFAULT 0;

INSERT INTO openings (recipient_id, at)
SELECT recipient_id, opened_at FROM grants WHERE opened_at > 0;
UPDATE grants SET openings = 1 WHERE opened_at > 0;

-- When the relay took the notice or the copy; NULL when that is not known.
ALTER TABLE recipients ADD COLUMN notified_at INTEGER;

-- When the recipient said that the message is not for them, and when they last asked for more time.
ALTER TABLE grants ADD COLUMN disowned_at INTEGER;
ALTER TABLE grants ADD COLUMN more_time_asked_at INTEGER;

-- Until when a message was extended.
ALTER TABLE audit ADD COLUMN until INTEGER;

DROP TRIGGER audit_is_not_changed;

CREATE TRIGGER audit_is_not_changed
BEFORE UPDATE OF number, id, format_version, at, who, act, task_id, message_id, recipient_id, changed,
    until
ON audit
BEGIN SELECT raise(ABORT, 'an event is not changed'); END;
