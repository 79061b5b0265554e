-- One delivery of a feed. covered: records 1 to covered are committed (events, duplicates or rejected).
CREATE TABLE events_report (
    id INTEGER PRIMARY KEY,
    feed TEXT NOT NULL,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    bytes INTEGER NOT NULL,
    received INTEGER NOT NULL,
    origin INTEGER NOT NULL,
    state INTEGER NOT NULL,
    spool TEXT,
    covered INTEGER NOT NULL DEFAULT 0,
    events INTEGER NOT NULL DEFAULT 0,
    duplicates INTEGER NOT NULL DEFAULT 0,
    rejected INTEGER NOT NULL DEFAULT 0,
    attributed INTEGER NOT NULL DEFAULT 0,
    progress REAL NOT NULL DEFAULT 0,
    finished INTEGER,
    report_date INTEGER,
    round INTEGER,
    newest INTEGER,
    error TEXT NOT NULL DEFAULT '',
    redelivery_of INTEGER REFERENCES events_report (id)
);
CREATE INDEX events_report_sha256 ON events_report (sha256);
CREATE INDEX events_report_feed ON events_report (feed, id);
CREATE INDEX events_report_state ON events_report (state, id);

-- The commit points. What the archive holds of a higher segment, and files that events_run does not name, are removed.
CREATE TABLE events_segment (
    number INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    events INTEGER NOT NULL
);

-- kind 1: deduplication keys of one event day (or of several: day is null); kind 2: findings.
CREATE TABLE events_run (
    name TEXT PRIMARY KEY,
    kind INTEGER NOT NULL,
    day INTEGER,
    level INTEGER NOT NULL,
    records INTEGER NOT NULL
);
-- Records of segments too small for files of their own.
CREATE TABLE events_small_run (
    id INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    records BLOB NOT NULL
);

CREATE TABLE events_word (
    id INTEGER PRIMARY KEY,
    text TEXT NOT NULL
);
-- What findings share: words of feed, taxonomy, type, identifier, transport.
CREATE TABLE events_class (
    id INTEGER PRIMARY KEY,
    feed INTEGER NOT NULL,
    taxonomy INTEGER NOT NULL,
    type INTEGER NOT NULL,
    identifier INTEGER NOT NULL,
    transport INTEGER NOT NULL
);
-- The domain, URL or account of findings that are about more than an address.
CREATE TABLE events_subject (
    hash INTEGER PRIMARY KEY,
    kind INTEGER NOT NULL,
    text TEXT NOT NULL
);
-- A feed came with a report for this round (time divided by the feed's interval).
CREATE TABLE events_feed (
    feed TEXT PRIMARY KEY,
    round_seconds INTEGER NOT NULL,
    repaired_after INTEGER NOT NULL
);
CREATE TABLE events_round (
    feed TEXT NOT NULL,
    round INTEGER NOT NULL,
    PRIMARY KEY (feed, round)
);

CREATE TABLE events_rejected (
    id INTEGER PRIMARY KEY,
    report INTEGER NOT NULL REFERENCES events_report (id),
    record INTEGER NOT NULL,
    field TEXT NOT NULL,
    reason TEXT NOT NULL,
    raw TEXT NOT NULL,
    header TEXT NOT NULL,
    at INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'kept'
);
CREATE INDEX events_rejected_report ON events_rejected (report, state);

CREATE TABLE events_statement (
    id INTEGER PRIMARY KEY,
    finding TEXT NOT NULL,
    saying INTEGER NOT NULL,
    by_team INTEGER NOT NULL,
    by_whom TEXT NOT NULL,
    at INTEGER NOT NULL,
    text TEXT NOT NULL
);
CREATE INDEX events_statement_finding ON events_statement (finding, id);

CREATE TABLE events_secret (
    id INTEGER PRIMARY KEY,
    bytes BLOB NOT NULL
);
