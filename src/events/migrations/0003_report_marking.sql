-- The strictest marking of what a report holds, as a rank: 1 CLEAR to 5 RED. Null: not known yet, which is taken as RED.
ALTER TABLE events_report ADD COLUMN tlp INTEGER;
