-- What was given to whom. Each row repeats an entry of the audit chain, in columns that can be searched.
CREATE TABLE disclosure (
    number INTEGER PRIMARY KEY,         -- of the audit entry
    at INTEGER NOT NULL,
    who TEXT NOT NULL,                  -- who let it out
    door TEXT NOT NULL,
    recipient TEXT NOT NULL,
    kind TEXT NOT NULL,
    object TEXT NOT NULL,
    marking TEXT NOT NULL,
    removed INTEGER NOT NULL            -- parts left out
);
CREATE INDEX disclosure_by_recipient ON disclosure (recipient, number);
CREATE INDEX disclosure_by_object ON disclosure (kind, object, number);
