-- Assessments, the evidence they rest on, the roadmap, and who claims what about whom.
CREATE TABLE assessment (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,
    framework TEXT NOT NULL,            -- id and version: "sim3-v2i"
    title TEXT NOT NULL,
    subject TEXT NOT NULL,              -- name of the team assessed; empty: we
    organisation INTEGER NOT NULL,      -- of the subject in the directory; 0: none
    profile TEXT NOT NULL,              -- target profile; empty: none
    state TEXT NOT NULL,                -- open, moderated, closed
    note TEXT NOT NULL,
    assessors TEXT NOT NULL,            -- separated by line ends
    created INTEGER NOT NULL,
    created_by TEXT NOT NULL,           -- name of the one who did
    changed INTEGER NOT NULL
);

-- What somebody says about one item. The assessor "" is the result: of the only assessor, or moderated.
CREATE TABLE assessment_answer (
    assessment INTEGER NOT NULL,
    item TEXT NOT NULL,
    assessor TEXT NOT NULL,
    value INTEGER,                      -- score or level; NULL: none given
    declined INTEGER NOT NULL,          -- it was decided not to do it
    wanted INTEGER,
    recommendation TEXT NOT NULL,       -- services only, as the next two
    assignment TEXT NOT NULL,
    assigned_to TEXT NOT NULL,
    justification TEXT NOT NULL,
    evidence TEXT NOT NULL,             -- links, separated by line ends
    proposed INTEGER,                   -- level that evidence proposed when it was accepted or overridden
    proposed_by TEXT NOT NULL,          -- its rules, separated by commas; empty: the value does not rest on evidence
    proposed_at INTEGER,
    why TEXT NOT NULL,                  -- key of the reason the wizard had; empty: not from the wizard
    version INTEGER NOT NULL,           -- 1 when first given
    changed INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    PRIMARY KEY (assessment, item, assessor)
);

CREATE TABLE assessment_history (
    id INTEGER PRIMARY KEY,
    assessment INTEGER NOT NULL,
    item TEXT NOT NULL,
    assessor TEXT NOT NULL,
    at INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    before TEXT NOT NULL,               -- JSON as the API writes an answer; empty: there was none
    after TEXT NOT NULL
);
CREATE INDEX assessment_history_of ON assessment_history (assessment, item);

-- Documents that prove something: where they are and for how long they hold. The file itself stays where it is.
CREATE TABLE readiness_document (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    items TEXT NOT NULL,                -- "sim3:O-1", separated by commas
    issued INTEGER NOT NULL,
    valid_until INTEGER,                -- NULL: no end known
    approved_by TEXT NOT NULL,          -- on whose authority; empty: not formalised
    link TEXT NOT NULL,
    sha256 TEXT NOT NULL,               -- of the file, when it was at hand
    note TEXT NOT NULL,
    added INTEGER NOT NULL,
    added_by TEXT NOT NULL,
    removed INTEGER
);

CREATE TABLE roadmap_step (
    id INTEGER PRIMARY KEY,
    assessment INTEGER NOT NULL,
    item TEXT NOT NULL,                 -- empty: the step is about a group or stands for itself
    item_group TEXT NOT NULL,
    phase TEXT NOT NULL,                -- assessment, design, establishment, enhancement
    title TEXT NOT NULL,                -- empty: phase and item say it
    from_value INTEGER,
    to_value INTEGER,
    owner TEXT NOT NULL,
    cost TEXT NOT NULL,                 -- "12000 USD", as written
    depends_on TEXT NOT NULL,           -- numbers of steps, separated by commas
    due INTEGER,
    done INTEGER,
    note TEXT NOT NULL,
    version INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    changed_by TEXT NOT NULL
);
CREATE INDEX roadmap_step_of ON roadmap_step (assessment);

-- Registers of one's own (sectors, provinces); the Member States come with the program.
CREATE TABLE register (
    id TEXT PRIMARY KEY,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,                 -- sectors, provinces, other
    created INTEGER NOT NULL
);
CREATE TABLE register_entry (
    register TEXT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    entry_group TEXT NOT NULL,
    PRIMARY KEY (register, code)
);
-- Somebody says that there is a team, or none. Nothing here is a fact; what contradicts stands side by side.
CREATE TABLE register_claim (
    id INTEGER PRIMARY KEY,
    register TEXT NOT NULL,
    subject TEXT NOT NULL,              -- code of the entry: iso2 of a country
    says TEXT NOT NULL,                 -- yes, no, planned
    team TEXT NOT NULL,                 -- its name; empty: not told
    claimant TEXT NOT NULL,
    source TEXT NOT NULL,
    date INTEGER NOT NULL,
    maturity TEXT NOT NULL,             -- as published; empty: not told
    note TEXT NOT NULL,
    added INTEGER NOT NULL,
    added_by TEXT NOT NULL,
    withdrawn INTEGER
);
CREATE INDEX register_claim_of ON register_claim (register, subject);
