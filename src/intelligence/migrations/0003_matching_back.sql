-- Indicators that some of the archive has not been compared with yet: those with after_seq < seq <= to_seq. Removed when
-- the archive was looked through.
CREATE TABLE intel_sweep (
    id INTEGER PRIMARY KEY,
    after_seq INTEGER NOT NULL,
    to_seq INTEGER NOT NULL,
    segment INTEGER NOT NULL            -- wait until this segment of the archive is there; 0: no wait
);
