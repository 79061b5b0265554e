-- What the team says about itself, once, for all its documents.
CREATE TABLE team_answer (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    changed INTEGER NOT NULL,
    changed_by TEXT NOT NULL
);
-- A section of a document in the owner's own words.
CREATE TABLE team_document_text (
    kind TEXT NOT NULL,
    section TEXT NOT NULL,
    language TEXT NOT NULL,
    markup TEXT NOT NULL,
    changed INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    PRIMARY KEY (kind, section, language)
);
-- What everybody may read at the server's own address. Nothing, until somebody says so.
CREATE TABLE team_document_published (
    kind TEXT PRIMARY KEY,
    language TEXT NOT NULL,
    since INTEGER NOT NULL,
    published_by TEXT NOT NULL
);
