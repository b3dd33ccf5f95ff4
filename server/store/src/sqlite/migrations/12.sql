-- Format 12: no index serves the rotation of keys alone. Each was written with every message, for a
-- scan that is made a few times a year and takes a second for a million records (decision 0034).

DROP INDEX messages_by_lookup_key;
DROP INDEX messages_by_reply_key;
DROP INDEX recipients_by_lookup_key;
DROP INDEX senders_by_key;
DROP INDEX addresses_by_key;
DROP INDEX shares_by_key;
DROP INDEX payloads_by_key;

-- Keys whose uses are being counted. What is written under one takes its row away, and it is not
-- closed then; turn tells one counting from the next.
CREATE TABLE closing_keys (
    key_id BLOB NOT NULL PRIMARY KEY CHECK (length(key_id) = 16),
    turn   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO totals (name, value) VALUES ('closings', 0);
