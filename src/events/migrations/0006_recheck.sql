-- Looking again, on request (docs/decisions/0034). Off while there is no row, or is_on is 0.
CREATE TABLE events_recheck_setting (
    id INTEGER PRIMARY KEY,
    is_on INTEGER NOT NULL,
    per_minute INTEGER NOT NULL,
    per_network_an_hour INTEGER NOT NULL,
    gap INTEGER NOT NULL,             -- seconds between two looks at one address
    after_answer TEXT NOT NULL,       -- seconds after an owner's "repaired", by comma
    agent TEXT NOT NULL,
    source TEXT NOT NULL,
    name TEXT NOT NULL,               -- what an open resolver is asked for
    reachable TEXT NOT NULL,          -- networks that are not global, by comma
    heard INTEGER NOT NULL,           -- statements up to this were looked at
    at INTEGER NOT NULL,
    by_whom TEXT NOT NULL
);

CREATE TABLE events_recheck_permission (
    id INTEGER PRIMARY KEY,
    organisation INTEGER NOT NULL,
    networks TEXT NOT NULL,           -- by comma
    given_by TEXT NOT NULL,
    given INTEGER NOT NULL,
    starts INTEGER NOT NULL,
    ends INTEGER NOT NULL,
    evidence TEXT NOT NULL,
    recorded INTEGER NOT NULL,
    recorded_by TEXT NOT NULL,
    withdrawn INTEGER,
    withdrawn_by TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT ''
);
CREATE INDEX events_recheck_permission_organisation ON events_recheck_permission (organisation);

CREATE TABLE events_recheck (
    id INTEGER PRIMARY KEY,
    finding TEXT NOT NULL,
    organisation INTEGER NOT NULL,
    address TEXT NOT NULL,
    port INTEGER NOT NULL,
    check_name TEXT NOT NULL,
    cause INTEGER NOT NULL,           -- team, owner, answer
    asked_by TEXT NOT NULL,
    asked INTEGER NOT NULL,
    not_before INTEGER NOT NULL,
    state INTEGER NOT NULL,           -- waiting, running, done
    run_by TEXT NOT NULL DEFAULT '',  -- the process that runs it
    attempts INTEGER NOT NULL DEFAULT 0,
    permission INTEGER,
    verdict INTEGER,                  -- still open, closed, unclear, not asked
    seen TEXT NOT NULL DEFAULT '',
    detail TEXT NOT NULL DEFAULT '',
    began INTEGER,
    ended INTEGER,
    told INTEGER NOT NULL DEFAULT 0   -- the verdict stands among the finding's statements
);
CREATE INDEX events_recheck_state ON events_recheck (state, not_before);
CREATE INDEX events_recheck_finding ON events_recheck (finding, id);
CREATE INDEX events_recheck_told ON events_recheck (told, verdict);

-- One row before each contact, also of those that a kill ended: limits are counted here.
CREATE TABLE events_recheck_contact (
    id INTEGER PRIMARY KEY,
    recheck INTEGER NOT NULL,
    at INTEGER NOT NULL,
    address TEXT NOT NULL,
    network TEXT NOT NULL
);
CREATE INDEX events_recheck_contact_at ON events_recheck_contact (at);
CREATE INDEX events_recheck_contact_address ON events_recheck_contact (address, at);
CREATE INDEX events_recheck_contact_network ON events_recheck_contact (network, at);
