-- The marking of the event that met the indicator: a match tells of both, so the stricter holds. Of matches from before it is
-- not known: 4, RED.
ALTER TABLE intel_match ADD COLUMN tlp INTEGER NOT NULL DEFAULT 4;
