-- Who we exchange with, and in which collections.
CREATE TABLE peer (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    organisation INTEGER NOT NULL,      -- as whom the directory knows it; what comes from it is this one's
    clearance INTEGER NOT NULL,         -- the strictest TLP it may get
    key INTEGER NOT NULL UNIQUE,        -- its access key
    may_write INTEGER NOT NULL,         -- it may push into inboxes
    may_relay INTEGER NOT NULL,         -- it may bring new versions of what came from others
    created INTEGER NOT NULL,
    removed INTEGER                     -- its key is revoked then
);

-- A collection is a question that is asked anew each time, or an inbox that holds what was put there.
CREATE TABLE collection (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,
    alias TEXT UNIQUE,
    title TEXT NOT NULL,
    description TEXT NOT NULL,
    types TEXT NOT NULL,                -- separated by commas; empty: all
    labels TEXT NOT NULL,
    tlps TEXT NOT NULL,
    is_inbox INTEGER NOT NULL,
    created INTEGER NOT NULL,
    removed INTEGER                     -- its number is not used again: objects remember it
);

-- What became of objects that were pushed (TAXII 2.1 section 4.3.1); kept for two days.
CREATE TABLE taxii_status (
    id TEXT PRIMARY KEY,                -- a random uuid
    who TEXT NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL
);
CREATE INDEX taxii_status_at ON taxii_status (at);
