-- Somebody proposes to change or revoke an object. It is kept beside the object and changes nothing until it is accepted.
CREATE TABLE intel_proposal (
    id INTEGER PRIMARY KEY,
    uuid BLOB NOT NULL,                 -- of the object
    object TEXT NOT NULL,               -- its id
    at INTEGER NOT NULL,
    who TEXT NOT NULL,                  -- as in the audit log
    reason TEXT NOT NULL,
    revokes INTEGER NOT NULL,
    state INTEGER NOT NULL,             -- 0 open, 1 accepted, 2 dismissed, 3 withdrawn
    decided_at INTEGER,
    decided_by TEXT NOT NULL,
    answer TEXT NOT NULL,               -- why it was dismissed
    told TEXT NOT NULL                  -- the note or opinion that tells the object's author; empty: none
);
CREATE INDEX intel_proposal_uuid ON intel_proposal (uuid, id);
CREATE INDEX intel_proposal_state ON intel_proposal (state, id);
CREATE TABLE intel_proposal_change (
    proposal INTEGER NOT NULL REFERENCES intel_proposal (id),
    ordinal INTEGER NOT NULL,
    property TEXT NOT NULL,
    value TEXT NOT NULL,                -- JSON; empty: the property goes
    before TEXT NOT NULL,               -- JSON, as it was when this was proposed; empty: it was not there
    PRIMARY KEY (proposal, ordinal)
) WITHOUT ROWID;

-- A new event carried a watched value: once for each value, machine, side and day. The newest 10,000 of each watch.
CREATE TABLE intel_watched_event (
    id INTEGER PRIMARY KEY,
    watch INTEGER NOT NULL REFERENCES intel_watch (id),
    value TEXT NOT NULL,                -- which of the watched
    seen TEXT NOT NULL,                 -- as the event had it
    side TEXT NOT NULL,                 -- source, destination, file
    subject TEXT NOT NULL,              -- the machine the event is about
    day INTEGER NOT NULL,
    observed INTEGER NOT NULL,
    at INTEGER NOT NULL,                -- when it came in
    feed TEXT NOT NULL,
    report INTEGER NOT NULL,
    tlp INTEGER NOT NULL,               -- of the event
    is_read INTEGER NOT NULL,
    UNIQUE (watch, value, side, subject, day)
);
CREATE INDEX intel_watched_event_watch ON intel_watched_event (watch, id);
