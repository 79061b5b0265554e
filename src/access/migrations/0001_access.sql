-- Accounts, second factors, sessions, keys, throttles and the audit log. Times are microseconds since 1970, UTC.

CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,          -- lower case; "erased-<id>" after erasure
    full_name TEXT NOT NULL,
    email TEXT NOT NULL,
    role TEXT NOT NULL,                 -- viewer, analyst, administrator
    language TEXT NOT NULL,
    theme TEXT NOT NULL,
    password TEXT NOT NULL,             -- Argon2id with its parameters and salt; empty: cannot sign in
    is_disabled INTEGER NOT NULL,
    is_erased INTEGER NOT NULL,
    totp_secret BLOB,                   -- sealed with the installation's secret
    totp_on INTEGER NOT NULL,           -- 0: enrolled but not confirmed, or none
    totp_last_step INTEGER NOT NULL,    -- a code works once: steps up to this one are used
    recovery_hash BLOB,                 -- of the one-time code that sets a new password
    recovery_expires INTEGER,
    created INTEGER NOT NULL,
    last_seen INTEGER
);

-- Stand in for a code of the second factor, once each.
CREATE TABLE account_backup_code (
    account INTEGER NOT NULL REFERENCES account (id),
    hash BLOB NOT NULL,
    PRIMARY KEY (account, hash)
);

CREATE TABLE session (
    token_hash BLOB PRIMARY KEY,        -- SHA-256 of the token
    public_id TEXT NOT NULL UNIQUE,
    account INTEGER NOT NULL REFERENCES account (id),
    created INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    expires INTEGER NOT NULL,           -- absolute
    address TEXT NOT NULL,
    agent TEXT NOT NULL
);
CREATE INDEX session_by_account ON session (account);

CREATE TABLE api_key (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    feeds TEXT NOT NULL,                -- one a line; empty: not limited
    secret_hash BLOB NOT NULL,          -- SHA-256 of the whole key
    made_by INTEGER REFERENCES account (id),
    created INTEGER NOT NULL,
    expires INTEGER,
    last_used INTEGER,
    revoked INTEGER
);

-- Wrong attempts in a row. The subject is a keyed hash of a name or an address, known or not.
CREATE TABLE log_in_attempt (
    subject BLOB PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_failure INTEGER NOT NULL,
    locked_until INTEGER NOT NULL
);

-- Small facts: the print of the installation's secret, to notice when another one is in its place.
CREATE TABLE access_fact (
    name TEXT PRIMARY KEY,
    value BLOB NOT NULL
);

-- The hash chain; see audit.hpp for what is hashed. Address and details are erasable: then text and salt are NULL.
CREATE TABLE audit_entry (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    kind TEXT NOT NULL,
    object TEXT NOT NULL,
    address TEXT,
    address_salt BLOB,
    address_digest BLOB NOT NULL,       -- SHA-256 of salt and text; empty when there was none
    details TEXT,
    details_salt BLOB,
    details_digest BLOB NOT NULL,
    hash BLOB NOT NULL                  -- SHA-256 of the hash before and of this entry
);
CREATE INDEX audit_entry_by_object ON audit_entry (kind, object, number);
CREATE INDEX audit_entry_by_who ON audit_entry (who, number);
