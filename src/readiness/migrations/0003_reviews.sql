-- Signed packages of assessments: ours that others review, and those of others that we review.
CREATE TABLE review (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL,                 -- of the package
    side TEXT NOT NULL,                 -- home: it is ours; guest: we review
    assessment INTEGER NOT NULL,        -- home only; 0: none
    package TEXT NOT NULL,              -- canonical JSON, as it was signed
    signature TEXT NOT NULL,            -- of the package, hexadecimal
    original TEXT NOT NULL,             -- home only: the assessment before anything was redacted
    salt TEXT NOT NULL,                 -- home only: of the hashes over what was redacted, hexadecimal
    signed INTEGER,                     -- guest only: when it was signed last; NULL: not since the last comment
    created INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    changed INTEGER NOT NULL,
    UNIQUE (uuid, side)
);
-- Guest: what we say about an item.
CREATE TABLE review_comment (
    review INTEGER NOT NULL,
    item TEXT NOT NULL,
    level INTEGER,                      -- NULL: none given
    words TEXT NOT NULL,
    changed INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    PRIMARY KEY (review, item)
);
-- Home: who countersigned, with the part of the file that was signed.
CREATE TABLE review_signature (
    review INTEGER NOT NULL,
    fingerprint TEXT NOT NULL,
    assessor TEXT NOT NULL,             -- under which name the comments stand in the assessment
    statement TEXT NOT NULL,            -- canonical JSON
    signature TEXT NOT NULL,
    taken INTEGER NOT NULL,
    taken_by TEXT NOT NULL,
    PRIMARY KEY (review, fingerprint)
);
-- Keys of other teams that somebody here compared and accepted.
CREATE TABLE review_key (
    fingerprint TEXT PRIMARY KEY,
    public_key TEXT NOT NULL,
    team TEXT NOT NULL,
    trusted INTEGER NOT NULL,
    trusted_by TEXT NOT NULL
);
