-- A question that somebody keeps: the same words as in the address of the list.
CREATE TABLE intel_search (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    owner TEXT NOT NULL,                -- who, as in the audit log
    is_team INTEGER NOT NULL,           -- the whole team sees it
    created INTEGER NOT NULL,
    UNIQUE (owner, name)
);

-- Somebody wants to be told what new comes to a search, or of a list of values.
CREATE TABLE intel_watch (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    search INTEGER NOT NULL,            -- intel_search; 0: a list of values
    owner TEXT NOT NULL,
    is_team INTEGER NOT NULL,
    created INTEGER NOT NULL,
    seen_added INTEGER NOT NULL,        -- objects up to this date of arrival were looked at
    seen_match INTEGER NOT NULL,        -- and matches up to this number
    UNIQUE (owner, name)
);
CREATE TABLE intel_watch_value (
    watch INTEGER NOT NULL REFERENCES intel_watch (id),
    ordinal INTEGER NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (watch, ordinal)
) WITHOUT ROWID;

-- What came of it, the newest 10,000 of each watch.
CREATE TABLE intel_watch_hit (
    id INTEGER PRIMARY KEY,
    watch INTEGER NOT NULL REFERENCES intel_watch (id),
    seq INTEGER NOT NULL,               -- the object; of a match its indicator
    match INTEGER NOT NULL,             -- intel_match; 0: the object itself is new
    value TEXT NOT NULL,                -- which of the watched; empty: found by a search
    at INTEGER NOT NULL,
    is_read INTEGER NOT NULL,
    UNIQUE (watch, seq, match)
);
CREATE INDEX intel_watch_hit_watch ON intel_watch_hit (watch, id);
