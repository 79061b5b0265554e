-- Rules and what follows from them. Times are microseconds since 1970, UTC.

-- Every rule file that was ever in force; the highest version is. Rows never change.
CREATE TABLE notification_rules (
    version INTEGER PRIMARY KEY,        -- 1, 2, 3; 0 is no file: the settings alone
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    why TEXT NOT NULL,
    text TEXT NOT NULL,
    restores INTEGER                    -- the version whose text was put back
);

-- How a notification is to be delivered, decided when it was made.
CREATE TABLE notification_outcome (
    notification INTEGER PRIMARY KEY REFERENCES notification (id),
    source TEXT NOT NULL,               -- plan, escalation, campaign
    lane TEXT NOT NULL,                 -- rules that deliver alike share the name of the first of them; '' for the settings
    rules TEXT NOT NULL,                -- that chose its findings, by line
    version INTEGER NOT NULL,           -- of the rule file
    channel TEXT NOT NULL,              -- mail, webhook, chat, sms, letter
    encryption TEXT NOT NULL,           -- when_possible, required, never
    approvals INTEGER NOT NULL,         -- how many people must approve it; 0 when none
    quiet TEXT NOT NULL                 -- hours in which it is not sent: "22:00-07:00 Africa/Nairobi"; '' for none
);
CREATE TABLE notification_approval (
    notification INTEGER NOT NULL REFERENCES notification (id),
    who TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (notification, who)
);

CREATE TABLE notification_snooze (
    id INTEGER PRIMARY KEY,
    organisation INTEGER NOT NULL,      -- no reference: the record outlives the organisation
    organisation_name TEXT NOT NULL,
    identifier TEXT NOT NULL,           -- '' for all that is the organisation's
    until INTEGER NOT NULL,
    reason TEXT NOT NULL,
    who TEXT NOT NULL,
    created INTEGER NOT NULL,
    removed INTEGER                     -- taken back before its time
);
CREATE INDEX notification_snooze_by_until ON notification_snooze (until);

CREATE TABLE notification_campaign (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL,
    who TEXT NOT NULL,
    condition TEXT NOT NULL,            -- as in a rule file, after `when`
    everyone INTEGER NOT NULL,          -- also owners without such a finding
    identifier TEXT NOT NULL,           -- whose remediation note is the text; '' for words of our own
    texts TEXT NOT NULL,                -- language, subject, text: fields by 0x1f, languages by 0x1e
    approvals INTEGER NOT NULL,
    finished INTEGER                    -- all of it is stored; NULL: to be gone on with
);
-- Written in the transaction that writes the notification: never twice to one owner.
CREATE TABLE notification_campaign_owner (
    campaign INTEGER NOT NULL REFERENCES notification_campaign (id),
    organisation INTEGER NOT NULL,
    language TEXT NOT NULL,
    notification INTEGER NOT NULL REFERENCES notification (id),
    PRIMARY KEY (campaign, organisation, language)
);

-- One step of an escalation of one finding. Written in the transaction that writes the notification: never twice.
CREATE TABLE notification_escalation (
    finding TEXT NOT NULL,
    returns INTEGER NOT NULL,           -- a finding that is back again may be escalated again
    escalation TEXT NOT NULL,
    step TEXT NOT NULL,                 -- parent, operator, sector_cirt, national_cirt, regulator
    recipient INTEGER NOT NULL,         -- 0 for nobody
    notification INTEGER REFERENCES notification (id),
    at INTEGER NOT NULL,
    said TEXT NOT NULL,                 -- why nobody, or why somebody else, was told; '' when all went as written
    PRIMARY KEY (finding, returns, escalation, step)
);
CREATE INDEX notification_escalation_by_notification ON notification_escalation (notification);
