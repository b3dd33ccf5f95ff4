-- Format 14: until when each recipient was given more time. The audit names the message only.

-- The newest OPENINGS_KEPT of a recipient.
CREATE TABLE extensions (
    recipient_id BLOB NOT NULL REFERENCES recipients (id),
    at           INTEGER NOT NULL,
    until        INTEGER NOT NULL
) STRICT;

CREATE INDEX extensions_by_recipient ON extensions (recipient_id, at);

-- Of what was done before, only what was done to all of a message's grants says to whom.
INSERT INTO extensions (recipient_id, at, until)
SELECT r.id, a.at, a.until
FROM audit a
JOIN recipients r ON r.message_id = a.message_id
JOIN grants g ON g.recipient_id = r.id
WHERE a.act = 'extend' AND a.until IS NOT NULL AND a.changed = (
    SELECT count(*) FROM grants h JOIN recipients s ON s.id = h.recipient_id
    WHERE s.message_id = a.message_id)
ORDER BY a.number;
