-- Whether the public statistics are published, and how. One line at most. Times are microseconds since 1970, UTC.

CREATE TABLE report_public_statistics (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    published INTEGER NOT NULL,
    published_by TEXT NOT NULL,
    strictest TEXT NOT NULL,            -- marking up to which findings are counted: CLEAR, GREEN, AMBER
    fewest INTEGER NOT NULL             -- organisations behind each number
);
