-- Format 10: a recipient's own copy of a reply, sealed so that only that recipient opens it. It can be
-- listed once its reply is sent, and goes with the grant's share, or with a reply that never was.

CREATE TABLE sent_copies (
    reply_id   BLOB NOT NULL PRIMARY KEY REFERENCES replies (id) ON DELETE CASCADE,
    content_id BLOB NOT NULL CHECK (length(content_id) = 16),
    size       INTEGER NOT NULL CHECK (size >= 0)
) STRICT, WITHOUT ROWID;
