-- Intelligence: STIX objects as they came, and the indexes that find them. docs/intelligence.md says how it fits together.
-- Times are microseconds since 1970. A uuid is 16 bytes.

-- Markings and terms, each combination once: what the gate is asked about instead of every object.
CREATE TABLE intel_policy (
    id INTEGER PRIMARY KEY,
    tlp INTEGER NOT NULL,
    pap INTEGER NOT NULL,               -- -1: none
    sharing_group INTEGER NOT NULL,     -- 0: none
    embargo INTEGER NOT NULL,           -- 0: none
    originator INTEGER NOT NULL,        -- 0: ours
    originator_control INTEGER NOT NULL,
    UNIQUE (tlp, pap, sharing_group, embargo, originator, originator_control)
);

-- One delivery: who brought objects, when, by which way, and what came of it.
CREATE TABLE intel_source (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,                 -- import, api, taxii, text, local
    name TEXT NOT NULL,
    who TEXT NOT NULL,
    organisation INTEGER NOT NULL,      -- 0: ours
    at INTEGER NOT NULL,
    stored INTEGER NOT NULL,
    known INTEGER NOT NULL,
    rejected INTEGER NOT NULL,
    warned INTEGER NOT NULL
);

-- Words of small vocabularies: types and labels.
CREATE TABLE intel_word (
    id INTEGER PRIMARY KEY,
    word TEXT NOT NULL UNIQUE
);

-- Bodies, some dozens together: a zstd frame of JSON texts, one a line.
CREATE TABLE intel_block (
    id INTEGER PRIMARY KEY,
    bytes BLOB NOT NULL
);

-- One version of one object. `added` is its date_added: strictly increasing, and given anew when more may see the object.
CREATE TABLE intel_object (
    seq INTEGER PRIMARY KEY,
    added INTEGER NOT NULL,
    uuid BLOB NOT NULL,
    type INTEGER NOT NULL,              -- intel_word; checked by doctor, not at each of a million inserts, as the three below
    version INTEGER NOT NULL,           -- modified; else created; 0: neither
    version_text TEXT,                  -- as written; none: there was none
    is_last INTEGER NOT NULL,
    is_revoked INTEGER NOT NULL,
    policy INTEGER NOT NULL,
    has_parts INTEGER NOT NULL,         -- parts with markings of their own
    source INTEGER NOT NULL,
    creator BLOB,                       -- created_by_ref
    block INTEGER NOT NULL,
    slot INTEGER NOT NULL,              -- which line of the block
    confidence INTEGER NOT NULL,        -- -1: not said
    live_from INTEGER NOT NULL,
    live_until INTEGER NOT NULL,        -- 0: it is nothing that is matched
    UNIQUE (uuid, version)
);
CREATE UNIQUE INDEX intel_object_added ON intel_object (added);
CREATE INDEX intel_object_type ON intel_object (type, added);

-- What an object is about, in an order that finds values, prefixes, networks and all names below a domain.
CREATE TABLE intel_value (
    kind INTEGER NOT NULL,
    key BLOB NOT NULL,
    seq INTEGER NOT NULL,
    policy INTEGER NOT NULL,            -- of the property it stands in: a part may be stricter than its object
    PRIMARY KEY (kind, key, seq)
) WITHOUT ROWID;
CREATE TABLE intel_reference (
    target BLOB NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (target, seq)
) WITHOUT ROWID;
CREATE TABLE intel_label (
    label INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (label, seq)
) WITHOUT ROWID;
CREATE VIRTUAL TABLE intel_text USING fts5 (words, content='', tokenize='unicode61 remove_diacritics 2');

-- Whose resources it is about; whom the originator named.
CREATE TABLE intel_concern (
    seq INTEGER NOT NULL,
    organisation INTEGER NOT NULL,
    PRIMARY KEY (seq, organisation)
) WITHOUT ROWID;
CREATE INDEX intel_concern_organisation ON intel_concern (organisation, seq);
CREATE TABLE intel_named (
    seq INTEGER NOT NULL,
    organisation INTEGER NOT NULL,
    PRIMARY KEY (seq, organisation)
) WITHOUT ROWID;

-- What was put into a collection by hand or by a peer.
CREATE TABLE intel_member (
    collection INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (collection, seq)
) WITHOUT ROWID;

-- Objects whose marking-definition has not come yet: kept strict until it does.
CREATE TABLE intel_unresolved (
    definition BLOB NOT NULL,
    seq INTEGER NOT NULL,
    PRIMARY KEY (definition, seq)
) WITHOUT ROWID;

-- What could not be taken, with its reason: countable and replayable.
CREATE TABLE intel_rejected (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES intel_source (id),
    ordinal INTEGER NOT NULL,           -- which object of the delivery, from 1
    object TEXT NOT NULL,
    property TEXT NOT NULL,
    reason TEXT NOT NULL,
    raw TEXT NOT NULL,
    at INTEGER NOT NULL,
    state TEXT NOT NULL                 -- kept, replayed, discarded
);
CREATE INDEX intel_rejected_source ON intel_rejected (source, id);
