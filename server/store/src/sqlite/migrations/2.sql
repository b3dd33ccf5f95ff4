-- Format 2: what was made with a key names it, so that the key can be destroyed once nothing live
-- needs it. NULL means unknown: rows of format 1 may need any key of the purpose.

-- lookup_key is empty once the hashes it made were forgotten. reply_key is named in the view.
ALTER TABLE messages ADD COLUMN lookup_key BLOB CHECK (length(lookup_key) IN (0, 16));
ALTER TABLE messages ADD COLUMN reply_key BLOB CHECK (length(reply_key) = 16);
-- Made both the hash of the address and that of the reply token.
ALTER TABLE recipients ADD COLUMN lookup_key BLOB CHECK (length(lookup_key) = 16);
-- The identity that a relay copy is sealed to.
ALTER TABLE contents ADD COLUMN key_id BLOB CHECK (length(key_id) = 16);
ALTER TABLE codes ADD COLUMN verifier_key BLOB CHECK (length(verifier_key) = 16);

CREATE INDEX messages_by_lookup_key ON messages (lookup_key, captured_at);
CREATE INDEX messages_by_reply_key ON messages (reply_key);
CREATE INDEX recipients_by_lookup_key ON recipients (lookup_key);
CREATE INDEX relay_copies_by_key ON contents (key_id) WHERE kind = 'spool';

-- A wrapped value begins with a version and the id of its key (FORMAT.md §8).
CREATE INDEX senders_by_key ON messages (substr(sender, 2, 16));
CREATE INDEX addresses_by_key ON recipients (substr(address, 2, 16));
CREATE INDEX shares_by_key ON grants (substr(share, 2, 16)) WHERE share IS NOT NULL;
CREATE INDEX payloads_by_key ON tasks (substr(payload, 2, 16)) WHERE payload IS NOT NULL;

-- Keys that nothing may be written under any more.
CREATE TABLE closed_keys (
    key_id    BLOB NOT NULL PRIMARY KEY CHECK (length(key_id) = 16),
    closed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
