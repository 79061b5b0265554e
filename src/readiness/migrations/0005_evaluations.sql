-- When an assessment is looked through again, by kind, and what was found each time.
CREATE TABLE evaluation_schedule (
    assessment INTEGER NOT NULL,
    kind TEXT NOT NULL,                 -- catalogue, profile, portfolio
    every_days INTEGER NOT NULL,
    next INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    PRIMARY KEY (assessment, kind)
);

CREATE TABLE evaluation (
    id INTEGER PRIMARY KEY,
    assessment INTEGER NOT NULL,
    kind TEXT NOT NULL,
    at INTEGER NOT NULL,
    evaluated_by TEXT NOT NULL,
    note TEXT NOT NULL,
    due INTEGER                         -- when it should have been; NULL: it was not on a schedule
);
CREATE INDEX evaluation_of ON evaluation (assessment, kind, id);

-- The answers as they stood: one line for each item with a result.
CREATE TABLE evaluation_item (
    evaluation INTEGER NOT NULL,
    item TEXT NOT NULL,
    value INTEGER,
    declined INTEGER NOT NULL,
    wanted INTEGER,
    recommendation TEXT NOT NULL,
    assignment TEXT NOT NULL,
    assigned_to TEXT NOT NULL,
    standing TEXT NOT NULL,             -- none, proven, unproven, stale
    PRIMARY KEY (evaluation, item)
);
