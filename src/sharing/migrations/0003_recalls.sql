-- What was shared and taken back, whom it had been given to, and who is known to have heard of it.
CREATE TABLE recall (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,                  -- Principal::who
    reason TEXT NOT NULL,
    kind TEXT NOT NULL,                 -- withdraw, downgrade
    marking TEXT NOT NULL,              -- of a downgrade: at least that from now on
    state TEXT NOT NULL,                -- proposed, open, dismissed, lifted
    is_upstream INTEGER NOT NULL,       -- whom it came from withdrew it
    line INTEGER NOT NULL               -- the last line of the disclosure log at that time
);

CREATE TABLE recall_object (
    recall INTEGER NOT NULL REFERENCES recall (id),
    object TEXT NOT NULL,
    versions TEXT NOT NULL,             -- which of the store were there then: "12-14,40"
    is_ours INTEGER NOT NULL,
    notice TEXT NOT NULL,               -- the version that tells of it; empty: there is none
    notice_marking TEXT NOT NULL,
    notice_group INTEGER NOT NULL,      -- terms of a downgraded object's new version
    notice_embargo INTEGER,
    notice_seq INTEGER NOT NULL,        -- in the store; 0: not yet
    notice_added INTEGER,
    PRIMARY KEY (recall, object)
);

CREATE TABLE recall_recipient (
    recall INTEGER NOT NULL REFERENCES recall (id),
    recipient TEXT NOT NULL,            -- as in the disclosure log
    organisation INTEGER NOT NULL,      -- 0: none
    name TEXT NOT NULL,                 -- at that time
    told_by TEXT NOT NULL,              -- by hand: who told them; empty: nobody yet
    told_at INTEGER,
    answer TEXT NOT NULL,
    confirmed_at INTEGER,
    confirmed_by TEXT NOT NULL,
    PRIMARY KEY (recall, recipient)
);

-- What each had been given, through which door; how it hears of the recall; when it did.
CREATE TABLE recall_given (
    recall INTEGER NOT NULL REFERENCES recall (id),
    recipient TEXT NOT NULL,
    object TEXT NOT NULL,
    door TEXT NOT NULL,
    page TEXT NOT NULL,                 -- of an export: which; else empty
    marking TEXT NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    line INTEGER NOT NULL,              -- of the disclosure log, the last
    times INTEGER NOT NULL,
    way TEXT NOT NULL,                  -- protocol, export, hand
    told_at INTEGER,
    told_line INTEGER NOT NULL,         -- of the disclosure log; 0: none
    PRIMARY KEY (recall, recipient, object, door, page)
);
CREATE INDEX recall_given_object ON recall_given (object);

-- Revoked objects of others that were added until then have been looked at.
CREATE TABLE recall_mark (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    added INTEGER NOT NULL
);
