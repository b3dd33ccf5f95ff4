-- Format 5: a report keeps what the other system said, sealed.

ALTER TABLE reports ADD COLUMN remote BLOB;
