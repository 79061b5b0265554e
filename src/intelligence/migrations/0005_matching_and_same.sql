-- How events are compared with an indicator's pattern: 0 by any of its values, 1 the whole pattern, 2 never. -1: it is no
-- indicator with a STIX pattern, or came before this was noted.
ALTER TABLE intel_object ADD COLUMN matching INTEGER NOT NULL DEFAULT -1;

-- Objects that a person found to be the same thing: lists and counts show one. Nothing of them is changed.
CREATE TABLE intel_same (
    uuid BLOB PRIMARY KEY,              -- is shown as ...
    into_uuid BLOB NOT NULL,            -- ... this one, which is in no row's uuid
    who TEXT NOT NULL,
    at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX intel_same_into ON intel_same (into_uuid);

CREATE INDEX intel_match_subject ON intel_match (subject, id);
