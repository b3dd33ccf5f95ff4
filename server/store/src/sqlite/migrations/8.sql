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
