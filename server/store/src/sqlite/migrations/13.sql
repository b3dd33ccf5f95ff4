-- Format 13: which later message a recipient's mailbox got in the conversation of an earlier one
-- (decision 0033). A row goes when either grant is over.

CREATE TABLE later_messages (
    earlier_id BLOB NOT NULL REFERENCES recipients (id) ON DELETE CASCADE,
    later_id   BLOB NOT NULL REFERENCES recipients (id) ON DELETE CASCADE,
    PRIMARY KEY (earlier_id, later_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX later_messages_by_later ON later_messages (later_id);
