-- Format 5: a report keeps what the other system said, sealed; and a task tells failed attempts from
-- coming back untried. Until now both were failures.

ALTER TABLE reports ADD COLUMN remote BLOB;

ALTER TABLE tasks ADD COLUMN put_off INTEGER NOT NULL DEFAULT 0;
