-- Groups of organisations that share among each other. Ids are not used twice; a closed group has no members any more.
CREATE TABLE sharing_group (
    id INTEGER PRIMARY KEY,
    uuid TEXT NOT NULL UNIQUE,          -- how peers call it
    name TEXT NOT NULL UNIQUE,
    description TEXT NOT NULL,
    created INTEGER NOT NULL,
    changed INTEGER NOT NULL
);
CREATE TABLE sharing_group_member (
    sharing_group INTEGER NOT NULL REFERENCES sharing_group (id),
    organisation INTEGER NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (sharing_group, organisation)
);

-- What exactly a disclosure held, where it held many things (a page of a collection): as the room writes it.
-- Its SHA-256 is part of the audit entry.
ALTER TABLE disclosure ADD COLUMN contents BLOB;
