-- An observation that met a live indicator: once for each indicator, value, machine and day, however often it was seen.
CREATE TABLE intel_match (
    id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL REFERENCES intel_object (seq),
    kind INTEGER NOT NULL,              -- of the value, as in intel_value
    key BLOB NOT NULL,                  -- under which it is found there
    side TEXT NOT NULL,                 -- source, destination, file: where in the event it stood; own: no event, the
                                        -- indicator itself names a machine of the constituency
    subject TEXT NOT NULL,              -- the machine it is about: address, else name, URL, account
    day INTEGER NOT NULL,
    observed INTEGER NOT NULL,
    value TEXT NOT NULL,                -- as observed
    event TEXT NOT NULL,                -- what of the event the finding needs (IDF)
    feed TEXT NOT NULL,
    report INTEGER NOT NULL,            -- 0: no report
    state INTEGER NOT NULL,             -- 0 new, 1 handed on, 2 held: its owner may not know, 3 ruled out
    handed_on INTEGER,
    UNIQUE (seq, kind, key, side, subject, day)
);
CREATE INDEX intel_match_state ON intel_match (state, id);
