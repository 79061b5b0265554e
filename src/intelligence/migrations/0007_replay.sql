-- What a delivery was taken in with, so that what was kept aside of it can be tried again. NULL: not noted; then it is kept
-- as strict as can be.
ALTER TABLE intel_source ADD COLUMN tlp INTEGER;
ALTER TABLE intel_source ADD COLUMN pap INTEGER NOT NULL DEFAULT -1;
ALTER TABLE intel_source ADD COLUMN sharing_group INTEGER NOT NULL DEFAULT 0;
ALTER TABLE intel_source ADD COLUMN embargo INTEGER NOT NULL DEFAULT 0;
ALTER TABLE intel_source ADD COLUMN originator_control INTEGER NOT NULL DEFAULT 0;
ALTER TABLE intel_source ADD COLUMN collection INTEGER NOT NULL DEFAULT 0;
ALTER TABLE intel_source ADD COLUMN may_relay INTEGER NOT NULL DEFAULT 0;
ALTER TABLE intel_source ADD COLUMN named TEXT NOT NULL DEFAULT '';   -- organisations, by comma
