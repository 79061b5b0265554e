-- Ways to an owner besides mail.

ALTER TABLE notification ADD COLUMN channel TEXT NOT NULL DEFAULT 'mail'; -- mail, webhook, mattermost, slack, matrix, sms, letter

-- How a contact's webhook address is spoken to.
CREATE TABLE contact_channel (
    contact INTEGER PRIMARY KEY,        -- no reference: the directory is another room's
    kind TEXT NOT NULL,                 -- webhook, mattermost, slack, matrix
    tlp TEXT NOT NULL,                  -- chat: what may be said there at most
    room TEXT NOT NULL,                 -- matrix: "!abc:example.org"
    secret BLOB NOT NULL,               -- sealed: what webhooks are signed with, or the access token of matrix
    created INTEGER NOT NULL
);

-- Warnings that are printed and posted by a person.
CREATE TABLE notification_letter (
    notification INTEGER PRIMARY KEY REFERENCES notification (id),
    queued INTEGER NOT NULL,
    printed INTEGER,
    posted INTEGER,
    posted_by TEXT NOT NULL
);
CREATE INDEX notification_letter_waiting ON notification_letter (posted, notification);
