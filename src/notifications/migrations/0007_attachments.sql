-- What mails carry for programs.

ALTER TABLE notification_outcome ADD COLUMN attach TEXT NOT NULL DEFAULT 'csv';  -- csv, idea, xarf, stix, by blanks

-- What an organisation's own people wish, where no rule says it.
CREATE TABLE notification_attachment_wish (
    organisation INTEGER PRIMARY KEY,   -- no reference: the directory is another room's
    attach TEXT NOT NULL,               -- '' for as the team does it
    by_who TEXT NOT NULL,
    changed INTEGER NOT NULL
);
