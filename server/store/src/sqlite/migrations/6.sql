-- Format 6: the language that a recipient chose. It goes with the recipient's record.

ALTER TABLE recipients ADD COLUMN language TEXT CHECK (language IN ('en', 'cy'));

CREATE INDEX recipients_by_language ON recipients (address_index) WHERE language IS NOT NULL;
