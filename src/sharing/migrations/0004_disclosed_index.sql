-- Which lines of the disclosure log may have held an object: by its number in the store, 1,024 to a bucket. What exactly a
-- line held stands in the log; this only finds it, and is made from the log as far as it has come.
CREATE TABLE disclosed_bucket (
    bucket INTEGER NOT NULL,
    line INTEGER NOT NULL,              -- number in the disclosure log
    PRIMARY KEY (bucket, line)
) WITHOUT ROWID;
CREATE TABLE disclosed_mark (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    line INTEGER NOT NULL               -- lines up to this one are in the index
);
