-- What organisations say is theirs, and how they want to be warned. Times are microseconds since 1970.

CREATE TABLE resource_claim (
    id INTEGER PRIMARY KEY,
    organisation INTEGER NOT NULL,      -- it may be gone: the claim stays on record
    kind TEXT NOT NULL,
    value TEXT NOT NULL,                -- canonical
    evidence TEXT NOT NULL,             -- dns, security_txt, rir_mail, explanation
    explanation TEXT NOT NULL,
    token TEXT NOT NULL,                -- what the claimant publishes
    mail_hash BLOB,                     -- SHA-256 of the secret in the link of the last mail
    mail_sent INTEGER,
    state TEXT NOT NULL,                -- open, approved, refused, withdrawn
    proof TEXT NOT NULL,                -- none, sent, found, missing
    proof_text TEXT NOT NULL,
    proof_at INTEGER,
    checked INTEGER,                    -- when the evidence was looked at last
    by_who TEXT NOT NULL,               -- the principal: "account:3"
    created INTEGER NOT NULL,
    decided INTEGER,
    decided_by TEXT NOT NULL,
    reason TEXT NOT NULL,
    conflict TEXT NOT NULL,             -- none, share, move
    resource INTEGER,
    change_set INTEGER
);
CREATE INDEX resource_claim_by_organisation ON resource_claim (organisation, id);
CREATE INDEX resource_claim_by_state ON resource_claim (state, id);

-- What was decided between two organisations about one value; remembered for the next claim.
CREATE TABLE claim_decision (
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    claimant INTEGER NOT NULL,
    holder INTEGER NOT NULL,
    decision TEXT NOT NULL,             -- share, move
    at INTEGER NOT NULL,
    by_who TEXT NOT NULL,
    PRIMARY KEY (kind, value, claimant, holder)
);

CREATE TABLE notice_setting (
    organisation INTEGER PRIMARY KEY,
    language TEXT NOT NULL,
    digest_seconds INTEGER,
    least_severity TEXT NOT NULL,
    channel TEXT NOT NULL,
    by_who TEXT NOT NULL,
    changed INTEGER NOT NULL
);
