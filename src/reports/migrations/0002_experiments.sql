-- Two ways of saying it, drawn by lot for organisations. Times are microseconds since 1970, UTC.

CREATE TABLE report_experiment (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    identifier TEXT NOT NULL,           -- classification.identifier of the findings it is about; empty: all
    part TEXT NOT NULL,                 -- subject, intro, note
    difference INTEGER NOT NULL,        -- smallest one worth finding, in points of a hundred
    wanted INTEGER NOT NULL,            -- organisations in each variant before there is a verdict
    seed INTEGER NOT NULL,              -- of the draw
    started INTEGER NOT NULL,
    started_by TEXT NOT NULL,
    stopped INTEGER,
    reason TEXT NOT NULL                -- why it was stopped
);

CREATE TABLE report_experiment_text (
    experiment INTEGER NOT NULL REFERENCES report_experiment (id),
    variant TEXT NOT NULL,              -- a, b
    language TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (experiment, variant, language)
);

-- The draw, made once when the experiment starts. Organisations that come later get the usual words and are not in it.
CREATE TABLE report_experiment_draw (
    experiment INTEGER NOT NULL REFERENCES report_experiment (id),
    organisation INTEGER NOT NULL,
    variant TEXT NOT NULL,
    PRIMARY KEY (experiment, organisation)
);
