-- A test whether what is encrypted to somebody's key is read: the mail is encrypted, and never sent in clear.
ALTER TABLE reach_target ADD COLUMN is_encrypted INTEGER NOT NULL DEFAULT 0;
