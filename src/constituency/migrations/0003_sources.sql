-- What outside sources say of organisations, and where they contradict the register. Times are microseconds since 1970.

-- The register's organisation that a source knows under a name or number of its own.
CREATE TABLE source_organisation (
    source TEXT NOT NULL,
    external TEXT NOT NULL,
    organisation INTEGER NOT NULL,      -- it may be gone: then the source's is looked for by its name again
    PRIMARY KEY (source, external)
);

CREATE TABLE source_conflict (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    kind TEXT NOT NULL,                 -- owner, contact, key, name
    about TEXT NOT NULL,                -- what it is about, for the machine: "owner|prefix|192.0.2.0/24"
    fingerprint TEXT NOT NULL,          -- of what the source says: SHA-256
    subject TEXT NOT NULL,              -- the same for people: "prefix 192.0.2.0/24"
    organisation INTEGER,               -- whose contact or name; not for owner
    ours TEXT NOT NULL,                 -- JSON: as it was when it was asked
    theirs TEXT NOT NULL,               -- JSON, the same form
    claim TEXT NOT NULL,                -- JSON: what is written when theirs is taken
    file TEXT NOT NULL,
    line INTEGER NOT NULL,
    as_of INTEGER NOT NULL,
    state TEXT NOT NULL,                -- open, decided, settled
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    decision TEXT NOT NULL,             -- "", keep_ours, take_theirs, keep_both, same
    reason TEXT NOT NULL,
    decided INTEGER,
    decided_by TEXT NOT NULL,
    change_set INTEGER,
    UNIQUE (source, about, fingerprint)
);
CREATE INDEX source_conflict_by_state ON source_conflict (state, id);

-- Of a proposed import of a source: who says it, of when it is, whose it is.
ALTER TABLE directory_import ADD COLUMN source TEXT;
ALTER TABLE directory_import ADD COLUMN as_of INTEGER;
ALTER TABLE directory_import ADD COLUMN organisation INTEGER;
