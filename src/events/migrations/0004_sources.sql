-- Where reports are fetched from.
CREATE TABLE events_source (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind INTEGER NOT NULL,              -- 0 http, 1 shadowserver, 2 imap
    feed TEXT NOT NULL,                 -- empty: recognised
    address TEXT NOT NULL,
    every INTEGER NOT NULL,             -- seconds
    login TEXT NOT NULL,
    header TEXT NOT NULL,               -- http: the header whose value the secret is
    secret BLOB,                        -- sealed with the installation's secret; NULL: none is sent
    ca_file TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    certificate TEXT NOT NULL,
    certificate_key TEXT NOT NULL,
    proxy TEXT NOT NULL,
    allows_private INTEGER NOT NULL,
    allows_http INTEGER NOT NULL,
    redirects_elsewhere INTEGER NOT NULL,
    most_bytes INTEGER NOT NULL,        -- of one report
    most_seconds INTEGER NOT NULL,
    days INTEGER NOT NULL,              -- how far back is looked for missed days
    downloads TEXT NOT NULL,            -- shadowserver: where reports are downloaded; empty: by the API
    reports TEXT NOT NULL,              -- shadowserver: names of reports, one a line; empty: all
    types TEXT NOT NULL,                -- shadowserver: types of reports, one a line; empty: all
    folder TEXT NOT NULL,               -- imap
    done_folder TEXT NOT NULL,          -- imap: where messages go; empty: they are flagged
    links TEXT NOT NULL,                -- imap: expressions for links that are fetched, one a line
    is_paused INTEGER NOT NULL,
    created INTEGER NOT NULL,
    removed INTEGER
);

-- How far a source has come. Written after what it speaks of.
CREATE TABLE events_source_course (
    source INTEGER PRIMARY KEY,
    due INTEGER NOT NULL,
    last_run INTEGER,
    last_success INTEGER,
    last_report INTEGER,
    failures INTEGER NOT NULL,          -- in a row
    error TEXT NOT NULL,
    taken INTEGER NOT NULL,             -- reports in all
    runs INTEGER NOT NULL,
    etag TEXT NOT NULL,                 -- http: of what was taken last
    modified INTEGER,
    body TEXT NOT NULL,                 -- http: its SHA-256
    part_url TEXT NOT NULL,             -- what is half fetched
    part_tag TEXT NOT NULL,
    part_bytes INTEGER NOT NULL,
    validity INTEGER NOT NULL,          -- imap: UIDVALIDITY
    uid INTEGER NOT NULL,               -- imap: all up to this are done
    back_from INTEGER,                  -- days to be asked for once more
    back_to INTEGER
);

-- What came, by the name it has there. `at` is the run's beginning: one run's reports share it.
CREATE TABLE events_source_item (
    source INTEGER NOT NULL,
    item TEXT NOT NULL,
    name TEXT NOT NULL,
    at INTEGER NOT NULL,
    report INTEGER,
    outcome INTEGER NOT NULL,           -- 0 taken, 1 known, 2 failed
    bytes INTEGER NOT NULL,
    error TEXT NOT NULL,
    PRIMARY KEY (source, item)
);
CREATE INDEX events_source_item_at ON events_source_item (source, at);
