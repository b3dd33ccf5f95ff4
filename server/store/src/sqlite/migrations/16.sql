-- Format 16: when a recipient's browser last said that what it got was not what was sealed.

ALTER TABLE grants ADD COLUMN damage_told_at INTEGER;
