-- Whom we test whether we reach them, and what came of each test. Times are microseconds since 1970, UTC.
CREATE TABLE reach_target (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,                 -- duty (our own), constituent, peer
    organisation INTEGER NOT NULL,      -- whose address it is, in the directory; 0: our own
    contact INTEGER NOT NULL,           -- of the directory: its address and language are taken when a test is sent; 0: none
    name TEXT NOT NULL,
    address TEXT NOT NULL,              -- without a contact; empty: the team's own
    language TEXT NOT NULL,             -- empty: the contact's, or the team's
    time_zone TEXT NOT NULL,
    hours TEXT NOT NULL,                -- "mon,tue,wed,thu,fri 09:00-17:00"
    every_days INTEGER NOT NULL,        -- 0: only when somebody asks
    whenever TEXT NOT NULL,             -- in-hours, out-of-hours, any
    answer_within INTEGER NOT NULL,     -- hours
    agreed_by TEXT NOT NULL,            -- who of them said yes; empty: nobody yet, nothing is sent
    agreed_on INTEGER,
    is_paused INTEGER NOT NULL,
    note TEXT NOT NULL,
    next INTEGER,                       -- when the next test is due
    made INTEGER NOT NULL,              -- tests so far
    created INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    changed INTEGER NOT NULL,
    removed INTEGER
);

CREATE TABLE reach_test (
    id INTEGER PRIMARY KEY,
    target INTEGER NOT NULL,
    state TEXT NOT NULL,                -- queued, sending, sent, failed, uncertain
    address TEXT NOT NULL,              -- it goes to; "erased" when its person was erased
    language TEXT NOT NULL,
    message_id TEXT NOT NULL UNIQUE,    -- the same at every attempt
    link BLOB NOT NULL UNIQUE,          -- random bytes in the receiver's link
    created INTEGER NOT NULL,
    created_by TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_attempt INTEGER NOT NULL,      -- while queued
    boot TEXT NOT NULL,                 -- while sending: the machine's run
    sent INTEGER,
    is_outside INTEGER NOT NULL,        -- sent out of the receiver's hours
    deadline INTEGER NOT NULL,
    opened INTEGER,                     -- the page was seen first; scanners do that, too
    answered INTEGER,                   -- the button was pressed
    error TEXT NOT NULL
);
CREATE INDEX reach_test_of ON reach_test (target, id);
CREATE INDEX reach_test_state ON reach_test (state, next_attempt);
