-- What people wrote for sections of reports. Times are microseconds since 1970, UTC.

CREATE TABLE report_statement (
    period TEXT NOT NULL,               -- 2026-01-01/2027-01-01
    section TEXT NOT NULL,
    language TEXT NOT NULL,
    text TEXT NOT NULL,
    changed INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    PRIMARY KEY (period, section, language)
);
