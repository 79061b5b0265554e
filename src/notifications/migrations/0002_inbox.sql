-- What comes back by mail. Times are microseconds since 1970, UTC.

CREATE TABLE inbox_mail (
    id INTEGER PRIMARY KEY,
    identity BLOB NOT NULL UNIQUE,      -- a hash: the same mail read again is known
    taken INTEGER NOT NULL,
    came_from TEXT NOT NULL,            -- mailbox, file
    kind TEXT NOT NULL,                 -- answer, bounce, automatic, unmatched
    notification INTEGER,               -- NULL: it is not known to which it belongs
    organisation INTEGER,
    organisation_name TEXT NOT NULL,
    sender TEXT NOT NULL,
    sender_name TEXT NOT NULL,
    subject TEXT NOT NULL,
    words TEXT NOT NULL,                -- without quotes and signature
    body TEXT NOT NULL,                 -- as it came, cut at 64 KiB
    attachments TEXT NOT NULL,          -- file names, by line
    said TEXT,                          -- seen, repaired, not_ours, false_positive: by a keyword, or by the person who handled it
    doubt TEXT NOT NULL,                -- why it is not trusted: no_token, forged, expired, unknown_sender, ...
    waits INTEGER NOT NULL,             -- for a person
    handled INTEGER,
    handled_by TEXT NOT NULL,
    note TEXT NOT NULL
);
CREATE INDEX inbox_mail_waiting ON inbox_mail (waits, id);
CREATE INDEX inbox_mail_by_notification ON inbox_mail (notification, id);

-- How far a mailbox was read.
CREATE TABLE inbox_course (
    mailbox TEXT PRIMARY KEY,           -- server, account and folder
    validity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    last_run INTEGER,
    last_success INTEGER,
    error TEXT NOT NULL
);

-- What mail servers said about an address.
CREATE TABLE mail_bounce (
    id INTEGER PRIMARY KEY,
    mail INTEGER NOT NULL REFERENCES inbox_mail (id),
    notification INTEGER,
    address TEXT NOT NULL,              -- lower case
    at INTEGER NOT NULL,
    is_final INTEGER NOT NULL,
    is_permanent INTEGER NOT NULL,
    status TEXT NOT NULL,
    reply TEXT NOT NULL
);
CREATE INDEX mail_bounce_by_address ON mail_bounce (address, id);
CREATE INDEX mail_bounce_by_notification ON mail_bounce (notification);

-- The sum of them since a person last cleared it.
CREATE TABLE bounced_address (
    address TEXT PRIMARY KEY,
    permanent INTEGER NOT NULL,
    other INTEGER NOT NULL,             -- it was tried longer, or given up
    since INTEGER NOT NULL,
    last INTEGER NOT NULL,
    reply TEXT NOT NULL
);
