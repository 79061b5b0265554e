-- TAXII servers of others: which we poll, to which we push.
CREATE TABLE taxii_remote (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    peer INTEGER NOT NULL,              -- what comes is this one's, what goes is cleared for it
    url TEXT NOT NULL,                  -- discovery or API root
    login TEXT NOT NULL,                -- of HTTP Basic; empty: the secret is a bearer token
    secret BLOB,                        -- sealed with the installation's secret; NULL: none is sent
    ca_file TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    certificate TEXT NOT NULL,
    certificate_key TEXT NOT NULL,
    reachable TEXT NOT NULL,            -- networks that are not global, separated by commas
    allows_http INTEGER NOT NULL,
    collection TEXT NOT NULL,           -- id, alias or title there
    push_collection TEXT NOT NULL,
    polls INTEGER NOT NULL,
    pushes INTEGER NOT NULL,
    every INTEGER NOT NULL,             -- seconds
    types TEXT NOT NULL,                -- separated by commas; empty: all
    standard TEXT NOT NULL,             -- marking of what comes without one
    page INTEGER NOT NULL,
    is_paused INTEGER NOT NULL,
    created INTEGER NOT NULL,
    removed INTEGER
);

-- How far each way of a remote has come. Written after what it speaks of.
CREATE TABLE taxii_course (
    remote INTEGER NOT NULL,
    is_push INTEGER NOT NULL,
    due INTEGER NOT NULL,
    last_run INTEGER,
    last_success INTEGER,
    caught_up INTEGER,                  -- when nothing was left
    failures INTEGER NOT NULL,          -- in a row
    error TEXT NOT NULL,
    remarks TEXT NOT NULL,              -- what is odd about the server, one a line
    root TEXT NOT NULL,                 -- found at the first run
    collection TEXT NOT NULL,
    done INTEGER NOT NULL,              -- objects in all: stored, or confirmed
    known INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    added_after INTEGER,                -- poll: all before is here; push: all before is confirmed
    walk_from INTEGER,                  -- poll: added_after of the walk that `next` belongs to
    walk_began INTEGER,
    walk_last INTEGER,                  -- the latest date seen in it
    is_walk_ordered INTEGER NOT NULL,
    is_walk_deep INTEGER NOT NULL,
    next TEXT NOT NULL,
    deep INTEGER,                       -- when the last day was last read again
    clearance INTEGER NOT NULL,         -- push: the peer's when added_after was reached
    status TEXT NOT NULL,               -- push: the status that was still pending
    status_through INTEGER,
    status_sent INTEGER NOT NULL,
    PRIMARY KEY (remote, is_push)
);

-- What a remote refused, the last thousand of each.
CREATE TABLE taxii_refusal (
    id INTEGER PRIMARY KEY,
    remote INTEGER NOT NULL,
    at INTEGER NOT NULL,
    object TEXT NOT NULL,
    version TEXT NOT NULL,
    message TEXT NOT NULL
);
CREATE INDEX taxii_refusal_remote ON taxii_refusal (remote, id);
