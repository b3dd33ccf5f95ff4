-- Format 1. Instants are integer microseconds since 1970, UTC. Ids are the 16 octets of a UUID.
-- What is personal arrives sealed; what is looked up by it is a keyed hash. Each record carries
-- its own format_version beside the file's user_version, so that a record can be put aside alone.

CREATE TABLE messages (
    id               BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    format_version   INTEGER NOT NULL,
    captured_at      INTEGER NOT NULL,
    sender           BLOB NOT NULL,
    message_id_index BLOB CHECK (length(message_id_index) = 32),
    content_index    BLOB NOT NULL CHECK (length(content_index) = 32),
    profile          TEXT,
    sent_before      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX messages_sent_again ON messages (message_id_index, content_index)
    WHERE message_id_index IS NOT NULL;

CREATE TABLE recipients (
    id             BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    format_version INTEGER NOT NULL,
    message_id     BLOB NOT NULL REFERENCES messages (id),
    address        BLOB NOT NULL,
    address_index  BLOB NOT NULL CHECK (length(address_index) = 32),
    ended_as       TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX recipients_by_message ON recipients (message_id);
CREATE INDEX recipients_by_end ON recipients (ended_as);

-- A recipient without a grant is served by a relay copy. A grant whose share is NULL is over.
CREATE TABLE grants (
    recipient_id      BLOB NOT NULL PRIMARY KEY REFERENCES recipients (id),
    format_version    INTEGER NOT NULL,
    handle            BLOB NOT NULL UNIQUE CHECK (length(handle) = 16),
    share             BLOB,
    proof_digest      BLOB NOT NULL CHECK (length(proof_digest) = 32),
    reply_public      BLOB NOT NULL CHECK (length(reply_public) = 32),
    reply_token_index BLOB NOT NULL UNIQUE CHECK (length(reply_token_index) = 32),
    expires_at        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Sealed files. octets is NULL when they stand in a file of the content folder.
CREATE TABLE contents (
    number         INTEGER PRIMARY KEY,
    id             BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    format_version INTEGER NOT NULL,
    message_id     BLOB NOT NULL REFERENCES messages (id),
    kind           TEXT NOT NULL,
    size           INTEGER NOT NULL CHECK (size >= 0),
    octets         BLOB CHECK (octets IS NULL OR length(octets) = size)
) STRICT;

CREATE INDEX contents_by_message ON contents (message_id, kind);

-- rank: 0 before 1. While leased, due_at is when the lease runs out and token fences. A task with
-- failed_at is not tried again; held, it keeps what it needs so that a person can put it back.
CREATE TABLE tasks (
    id             BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    format_version INTEGER NOT NULL,
    kind           TEXT NOT NULL,
    rank           INTEGER NOT NULL,
    message_id     BLOB REFERENCES messages (id),
    recipient_id   BLOB REFERENCES recipients (id),
    code_id        BLOB,
    reply_id       BLOB,
    payload        BLOB,
    first_due_at   INTEGER NOT NULL,
    due_at         INTEGER NOT NULL,
    leased         INTEGER NOT NULL DEFAULT 0,
    token          INTEGER NOT NULL DEFAULT 0,
    failures       INTEGER NOT NULL DEFAULT 0,
    cause          TEXT,
    failed_at      INTEGER,
    held           INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE INDEX tasks_due ON tasks (rank, due_at) WHERE failed_at IS NULL;
CREATE INDEX tasks_by_message ON tasks (message_id, kind) WHERE message_id IS NOT NULL;
CREATE INDEX tasks_by_recipient ON tasks (recipient_id, kind) WHERE recipient_id IS NOT NULL;

-- One row per passcode that was asked for; verifier and expires_at come when it is armed.
CREATE TABLE codes (
    id             BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    format_version INTEGER NOT NULL,
    recipient_id   BLOB NOT NULL REFERENCES recipients (id),
    browser        BLOB NOT NULL CHECK (length(browser) = 32),
    asked_at       INTEGER NOT NULL,
    verifier       BLOB CHECK (length(verifier) = 32),
    expires_at     INTEGER,
    guesses        INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE INDEX codes_by_browser ON codes (recipient_id, browser, asked_at);

-- What a recipient has used up of its day (days since 1970, UTC).
CREATE TABLE tries (
    recipient_id BLOB NOT NULL PRIMARY KEY REFERENCES recipients (id),
    day          INTEGER NOT NULL,
    codes        INTEGER NOT NULL,
    guesses      INTEGER NOT NULL,
    last_code_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    token          BLOB NOT NULL PRIMARY KEY CHECK (length(token) = 32),
    format_version INTEGER NOT NULL,
    recipient_id   BLOB NOT NULL REFERENCES recipients (id),
    ends_at        INTEGER NOT NULL,
    last_used_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_by_recipient ON sessions (recipient_id);
CREATE INDEX sessions_by_end ON sessions (ends_at);

CREATE TABLE replies (
    id             BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    format_version INTEGER NOT NULL,
    recipient_id   BLOB NOT NULL REFERENCES recipients (id),
    begun_at       INTEGER NOT NULL,
    sent_at        INTEGER,
    signature      BLOB CHECK (length(signature) = 64)
) STRICT, WITHOUT ROWID;

CREATE INDEX replies_by_recipient ON replies (recipient_id);

-- Parts outlive their content: what was signed can be shown after delivery.
CREATE TABLE reply_parts (
    reply_id   BLOB NOT NULL REFERENCES replies (id) ON DELETE CASCADE,
    part       INTEGER NOT NULL,
    content_id BLOB NOT NULL CHECK (length(content_id) = 16),
    size       INTEGER NOT NULL,
    sha256     BLOB NOT NULL CHECK (length(sha256) = 32),
    PRIMARY KEY (reply_id, part)
) STRICT, WITHOUT ROWID;

-- Counted when captures are taken, apart from the rows, so that the balance is a check that can
-- fail.
CREATE TABLE totals (
    name  TEXT NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO totals (name, value) VALUES ('accepted', 0);
