-- Format 4: a recipient whose copy could not leave over TLS is held under a message of its own, made
-- of the copy. The message it came from is named, so that withdrawing that one withdraws this too.

ALTER TABLE messages ADD COLUMN diverted_from BLOB CHECK (length(diverted_from) = 16);

CREATE INDEX messages_by_origin ON messages (diverted_from) WHERE diverted_from IS NOT NULL;
