-- Format 11: what senders are told of the way of a notice and of what was fetched, and the reminders
-- that they ask for.

-- Which mail system took the notice or the copy, by its name in our configuration, and over what; no
-- version and no cipher where there was no TLS. NULL when that is not known.
ALTER TABLE recipients ADD COLUMN handed_host TEXT;
ALTER TABLE recipients ADD COLUMN handed_tls TEXT;
ALTER TABLE recipients ADD COLUMN handed_cipher TEXT;

-- The first time that a session fetched something of message.age, the newest OPENINGS_KEPT of a
-- recipient.
CREATE TABLE fetches (
    recipient_id BLOB NOT NULL REFERENCES recipients (id),
    at           INTEGER NOT NULL
) STRICT;

CREATE INDEX fetches_by_recipient ON fetches (recipient_id, at);

ALTER TABLE sessions ADD COLUMN has_fetched INTEGER NOT NULL DEFAULT 0;

-- When a sender or an operator had a recipient told again.
CREATE TABLE nudges (
    recipient_id BLOB NOT NULL REFERENCES recipients (id),
    at           INTEGER NOT NULL
) STRICT;

CREATE INDEX nudges_by_recipient ON nudges (recipient_id, at);
