-- Letters that ask a contact whether it is still right. Times are microseconds since 1970, UTC.

-- One for each contact and each end of its time: nobody is asked twice about the same.
CREATE TABLE contact_check (
    id INTEGER PRIMARY KEY,
    contact INTEGER NOT NULL,           -- no reference: the record outlives the contact
    organisation INTEGER NOT NULL,
    organisation_name TEXT NOT NULL,
    expires INTEGER NOT NULL,           -- the end of its time that is asked about
    state TEXT NOT NULL,                -- queued, sending, sent, failed, uncertain
    address TEXT NOT NULL,
    language TEXT NOT NULL,
    message_id TEXT NOT NULL,
    link BLOB NOT NULL,                 -- 16 random bytes; in the mail with a MAC
    created INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    next_attempt INTEGER NOT NULL,
    boot TEXT NOT NULL,                 -- names the machine's run in which it is being sent
    sent INTEGER,
    confirmed INTEGER,                  -- when somebody pressed the button
    error TEXT NOT NULL,
    UNIQUE (contact, expires)
);
CREATE INDEX contact_check_by_state ON contact_check (state, next_attempt);
CREATE INDEX contact_check_by_link ON contact_check (link);
