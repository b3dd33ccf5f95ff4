-- Format 15: the payloads of tasks lie in rows of their own, all of one length, which are used again
-- and never deleted (decision 0037). Slots grow, so that a new row stands behind all others.

CREATE TABLE payloads (
    slot    INTEGER PRIMARY KEY,
    is_used INTEGER NOT NULL,
    octets  BLOB NOT NULL CHECK (length(octets) = 120)
) STRICT;

CREATE INDEX free_payloads ON payloads (slot) WHERE is_used = 0;

ALTER TABLE tasks ADD COLUMN slot INTEGER;

UPDATE tasks SET slot = numbered.slot
FROM (SELECT id, row_number() OVER (ORDER BY id) AS slot FROM tasks WHERE payload IS NOT NULL) numbered
WHERE tasks.id = numbered.id;

-- Until now version and key id stood in front, and the rest behind 1,100 zeros.
INSERT INTO payloads (slot, is_used, octets)
SELECT slot, 1,
    unhex(printf('%02x', length(digits) / 2) || digits || substr(hex(zeroblob(119)), length(digits) + 1))
FROM (SELECT slot, iif(length(payload) > 1117,
          hex(substr(payload, 1, 17)) || hex(substr(payload, 1118)), hex(payload)) AS digits
      FROM tasks WHERE slot IS NOT NULL)
ORDER BY slot;

UPDATE tasks SET payload = NULL WHERE payload IS NOT NULL;
ALTER TABLE tasks DROP COLUMN payload;

-- However a task ends, its payload is overwritten.
CREATE TRIGGER payload_goes_with_its_task AFTER DELETE ON tasks WHEN old.slot IS NOT NULL
BEGIN
    UPDATE payloads SET is_used = 0, octets = zeroblob(120) WHERE slot = old.slot;
END;

CREATE TRIGGER payload_is_given_up AFTER UPDATE OF slot ON tasks
    WHEN old.slot IS NOT NULL AND new.slot IS NOT old.slot
BEGIN
    UPDATE payloads SET is_used = 0, octets = zeroblob(120) WHERE slot = old.slot;
END;
