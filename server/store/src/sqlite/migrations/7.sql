-- Format 7: something on the way rewrote a link so that its secret reached a server in a path (B1).
-- The first time that was told, for who sent the message.

ALTER TABLE grants ADD COLUMN exposed_at INTEGER;
