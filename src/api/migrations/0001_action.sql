-- Bulk actions on findings, kept so that they can be undone: what each finding was before.
CREATE TABLE finding_action (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    account INTEGER,                    -- none: a key
    what TEXT NOT NULL,                 -- false_positive, reopen, assign, unassign
    undone INTEGER                      -- when
);
CREATE TABLE finding_action_item (
    action INTEGER NOT NULL REFERENCES finding_action (id),
    finding TEXT NOT NULL,
    before TEXT NOT NULL,               -- of a ruling: the state; of an assignment: the account's number or ''
    PRIMARY KEY (action, finding)
);
