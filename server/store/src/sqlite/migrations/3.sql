-- Format 3: what senders are told (RFC 3464), bounces, notices that are gathered, and an end to old
-- records.

-- One line of a report that waits to be sent to a message's sender. It goes with its task.
CREATE TABLE reports (
    task_id      BLOB NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    recipient_id BLOB NOT NULL REFERENCES recipients (id),
    action       TEXT NOT NULL,
    status       TEXT NOT NULL,
    cause        TEXT NOT NULL,
    PRIMARY KEY (task_id, recipient_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX reports_by_recipient ON reports (recipient_id);

-- A sender is told of a delay once.
ALTER TABLE recipients ADD COLUMN delay_told INTEGER NOT NULL DEFAULT 0;
-- The recipient whose bounce address a notice for several messages had.
ALTER TABLE recipients ADD COLUMN told_with BLOB CHECK (length(told_with) = 16);

CREATE INDEX recipients_told_together ON recipients (told_with) WHERE told_with IS NOT NULL;

-- When a passcode first opened the message; 0 when that is not known.
ALTER TABLE grants ADD COLUMN opened_at INTEGER;
UPDATE grants SET opened_at = 0;

-- dropped: an operator has given it up, and whoever leases it sees to its end.
ALTER TABLE tasks ADD COLUMN dropped INTEGER NOT NULL DEFAULT 0;
-- 0: not yet counted; 1: counted in its window; 2: waits to be gathered with others; 3: has been.
ALTER TABLE tasks ADD COLUMN notice INTEGER NOT NULL DEFAULT 0;

CREATE INDEX tasks_gathered ON tasks (due_at) WHERE notice = 2;

-- Notices to one address since an instant.
CREATE TABLE notice_windows (
    address_index BLOB NOT NULL PRIMARY KEY CHECK (length(address_index) = 32),
    began_at      INTEGER NOT NULL,
    sent          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
