-- What was removed for its age. A row is written before anything is removed, and finished after: a kill in between is
-- seen and the rest done. Counts grow with each step; a kill can leave the last step out of them.
CREATE TABLE events_forgetting (
    id INTEGER PRIMARY KEY,
    before INTEGER NOT NULL,
    begun INTEGER NOT NULL,
    finished INTEGER,
    events INTEGER NOT NULL DEFAULT 0,
    rejected INTEGER NOT NULL DEFAULT 0,
    by_whom TEXT NOT NULL
);
CREATE INDEX events_rejected_at ON events_rejected (at);
