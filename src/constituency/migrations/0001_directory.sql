-- Organisations, their resources and contacts, what is kept quiet, and the history of all of it.
-- Ids come from directory_counter, so that an id is never used twice and undo can bring a row back under its own.
-- Times are microseconds since 1970; version is the change set that last changed the row.

CREATE TABLE directory_counter (
    name TEXT PRIMARY KEY,
    last INTEGER NOT NULL
);

CREATE TABLE organisation (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    sector TEXT NOT NULL,
    country TEXT NOT NULL,
    language TEXT NOT NULL,
    parent INTEGER REFERENCES organisation (id) DEFERRABLE INITIALLY DEFERRED,
    note TEXT NOT NULL,
    do_not_contact INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL
);
CREATE INDEX organisation_parent ON organisation (parent);

CREATE TABLE resource (
    id INTEGER PRIMARY KEY,
    organisation INTEGER NOT NULL REFERENCES organisation (id) DEFERRABLE INITIALLY DEFERRED,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    verified INTEGER NOT NULL,
    how TEXT NOT NULL,
    valid_from INTEGER,
    valid_to INTEGER,
    version INTEGER NOT NULL,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    UNIQUE (value, kind, organisation)
);
CREATE INDEX resource_organisation ON resource (organisation);

CREATE TABLE contact (
    id INTEGER PRIMARY KEY,
    organisation INTEGER NOT NULL REFERENCES organisation (id) DEFERRABLE INITIALLY DEFERRED,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    phone TEXT NOT NULL,
    webhook TEXT NOT NULL,
    language TEXT NOT NULL,
    key_fingerprint TEXT NOT NULL,
    public_key TEXT NOT NULL,
    expires INTEGER,
    do_not_contact INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL
);
CREATE INDEX contact_organisation ON contact (organisation);

CREATE TABLE suppression (
    id INTEGER PRIMARY KEY,
    network TEXT NOT NULL,
    organisation INTEGER REFERENCES organisation (id) DEFERRABLE INITIALLY DEFERRED,
    feed TEXT NOT NULL,
    identifier TEXT NOT NULL,
    reason TEXT NOT NULL,
    valid_until INTEGER,
    by_user INTEGER,
    by_name TEXT NOT NULL,
    created INTEGER NOT NULL
);

CREATE TABLE do_not_contact (
    id INTEGER PRIMARY KEY,
    address TEXT NOT NULL,
    organisation INTEGER REFERENCES organisation (id) DEFERRABLE INITIALLY DEFERRED,
    reason TEXT NOT NULL,
    by_user INTEGER,
    by_name TEXT NOT NULL,
    created INTEGER NOT NULL
);
CREATE INDEX do_not_contact_address ON do_not_contact (address);

CREATE TABLE directory_change_set (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    by_user INTEGER,
    by_name TEXT NOT NULL,
    what TEXT NOT NULL,
    changes INTEGER NOT NULL,
    undoes INTEGER,
    undone_by INTEGER
);

CREATE TABLE directory_change (
    change_set INTEGER NOT NULL REFERENCES directory_change_set (id) DEFERRABLE INITIALLY DEFERRED,
    position INTEGER NOT NULL,
    change TEXT NOT NULL,
    kind TEXT NOT NULL,
    object INTEGER NOT NULL,
    before_fields TEXT,
    after_fields TEXT,
    erased INTEGER NOT NULL,
    PRIMARY KEY (change_set, position)
);
CREATE INDEX directory_change_object ON directory_change (object, kind);

CREATE TABLE directory_import (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    format TEXT NOT NULL,
    country TEXT NOT NULL,
    replaces INTEGER NOT NULL,
    state TEXT NOT NULL,
    by_user INTEGER,
    by_name TEXT NOT NULL,
    created INTEGER NOT NULL,
    applied INTEGER,
    content TEXT,
    summary TEXT NOT NULL,
    change_set INTEGER
);
