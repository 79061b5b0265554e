-- Warnings, the findings they cover, what happened to them and what owners answered. Times are microseconds since 1970, UTC.

CREATE TABLE notification (
    id INTEGER PRIMARY KEY,
    state TEXT NOT NULL,                -- held, queued, sending, sent, failed, cancelled
    organisation INTEGER NOT NULL,      -- whose systems it is about; no reference: the record outlives the organisation
    organisation_name TEXT NOT NULL,
    recipient INTEGER NOT NULL,         -- whose contacts get it: the same, or one above it
    recipient_name TEXT NOT NULL,
    language TEXT NOT NULL,
    tlp TEXT NOT NULL,                  -- TLP:AMBER
    recipients TEXT NOT NULL,           -- addresses it goes to now, by line
    alternates TEXT NOT NULL,           -- to be tried when these refuse it for good, by line
    subject TEXT NOT NULL,
    message_id TEXT NOT NULL UNIQUE,    -- fixed before anything is sent, the same at every attempt
    findings INTEGER NOT NULL,
    segment INTEGER NOT NULL,           -- findings up to this commit were looked at
    created INTEGER NOT NULL,
    attempts INTEGER NOT NULL,          -- each has its number in the send journal
    refusals INTEGER NOT NULL,          -- temporary ones in a row
    next_attempt INTEGER NOT NULL,      -- while queued
    boot TEXT NOT NULL,                 -- while sending: the machine's boot, so that a lost journal is noticed
    sent INTEGER,
    error TEXT NOT NULL,
    is_uncertain INTEGER NOT NULL,      -- the end of the message was sent, the answer never seen
    link BLOB NOT NULL UNIQUE,          -- random bytes in the owner's link
    link_expires INTEGER NOT NULL,
    link_revoked INTEGER,
    answers INTEGER NOT NULL,
    gate TEXT NOT NULL,                 -- why it was let pass, in words
    content BLOB NOT NULL               -- text, html and lines, compressed
);
CREATE INDEX notification_by_state ON notification (state, next_attempt);
CREATE INDEX notification_by_organisation ON notification (organisation, created);

-- Which findings a notification covers. Written in the transaction that writes the notification: never twice, never lost.
CREATE TABLE notified_finding (
    finding TEXT NOT NULL,
    notification INTEGER NOT NULL REFERENCES notification (id),
    at INTEGER NOT NULL,
    returns INTEGER NOT NULL,           -- how often the finding had been back again by then
    PRIMARY KEY (finding, notification)
);
CREATE INDEX notified_finding_by_notification ON notified_finding (notification);

CREATE TABLE notification_happening (
    id INTEGER PRIMARY KEY,
    notification INTEGER NOT NULL REFERENCES notification (id),
    at INTEGER NOT NULL,
    what TEXT NOT NULL,                 -- created, approved, queued, sent, failed, cancelled, revoked, opened, downloaded, said
    who TEXT NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX notification_happening_by_notification ON notification_happening (notification, id);

CREATE TABLE notification_answer (
    id INTEGER PRIMARY KEY,
    notification INTEGER NOT NULL REFERENCES notification (id),
    at INTEGER NOT NULL,
    finding TEXT,                       -- NULL: about all of them
    said TEXT NOT NULL,                 -- seen, repaired, not_ours, false_positive
    text TEXT NOT NULL
);
CREATE INDEX notification_answer_by_notification ON notification_answer (notification, id);
