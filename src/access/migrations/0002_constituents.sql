-- People and keys of constituents: whom they act for, and how they are let in. `organisation` is the directory's id;
-- `may` is reader, editor or manager. Times are microseconds since 1970, UTC.

CREATE TABLE account_organisation (
    account INTEGER NOT NULL REFERENCES account (id),
    organisation INTEGER NOT NULL,
    may TEXT NOT NULL,
    sees_below INTEGER NOT NULL,        -- 1: also those below it by parents
    since INTEGER NOT NULL,
    PRIMARY KEY (account, organisation)
);
CREATE INDEX account_organisation_by_organisation ON account_organisation (organisation);

ALTER TABLE api_key ADD COLUMN organisation INTEGER;
ALTER TABLE api_key ADD COLUMN sees_below INTEGER NOT NULL DEFAULT 0;

-- A link that makes an account, once.
CREATE TABLE invitation (
    id INTEGER PRIMARY KEY,
    token_hash BLOB NOT NULL UNIQUE,    -- SHA-256 of the token; the token itself was shown once
    organisation INTEGER NOT NULL,
    may TEXT NOT NULL,
    sees_below INTEGER NOT NULL,
    email TEXT NOT NULL,                -- whom it was meant for; may be empty, is emptied when it is used or withdrawn
    language TEXT NOT NULL,
    made_by TEXT NOT NULL,              -- the principal: "account:3", "command"
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    used INTEGER,
    withdrawn INTEGER,
    account INTEGER REFERENCES account (id) -- whose account it made
);
CREATE INDEX invitation_by_organisation ON invitation (organisation, id);
