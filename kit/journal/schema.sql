-- The journal of a run, schema version 1; schema_2.sql adds to it. A run is in it whole or not at all.
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE cell (
    cell_id TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    repetitions INTEGER NOT NULL CHECK (repetitions >= 0), -- 0: not planned, met in a release
    definition TEXT NOT NULL                               -- JSON of kit.model.study.Cell
) WITHOUT ROWID;
CREATE TABLE host (host_id TEXT PRIMARY KEY, record TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE run (
    seq INTEGER PRIMARY KEY,
    run_id TEXT NOT NULL UNIQUE,
    cell_id TEXT NOT NULL REFERENCES cell,
    repetition INTEGER NOT NULL CHECK (repetition >= 1),
    host_id TEXT NOT NULL REFERENCES host,
    outcome TEXT NOT NULL CHECK (outcome IN ('measured', 'failed', 'skipped')),
    reason TEXT CHECK ((reason IS NULL) = (outcome = 'measured')),
    unused TEXT,                                           -- why no published table uses it
    source TEXT
);
-- Nothing is measured twice: this index, not good behaviour, sees to it.
CREATE UNIQUE INDEX run_once ON run (cell_id, repetition) WHERE outcome = 'measured' AND unused IS NULL;
CREATE TABLE window (
    window_id INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL REFERENCES run,
    phase TEXT NOT NULL,
    started_at TEXT NOT NULL,
    duration_s REAL NOT NULL CHECK (duration_s >= 0),
    inferences INTEGER, input_tokens INTEGER, output_tokens INTEGER, images INTEGER, steps INTEGER,
    cpu_s REAL, load_average REAL,
    country TEXT, region TEXT, cloud_region TEXT, emissions_g REAL
);
CREATE INDEX window_of_run ON window (seq);
CREATE TABLE reading (
    window_id INTEGER NOT NULL REFERENCES window,
    component TEXT NOT NULL,
    energy_j REAL NOT NULL CHECK (energy_j >= 0),
    provenance TEXT NOT NULL CHECK (provenance IN ('counter', 'power-integral', 'model', 'constant')),
    meter TEXT NOT NULL,
    resolution_j REAL
);
CREATE INDEX reading_of_window ON reading (window_id);
CREATE TABLE lengths (cell_id TEXT PRIMARY KEY REFERENCES cell, input_tokens TEXT NOT NULL, output_tokens TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE quality (model TEXT, dataset TEXT, task TEXT, metric TEXT, value REAL NOT NULL, PRIMARY KEY (model, dataset, task, metric)) WITHOUT ROWID;
CREATE TABLE deviation (sentence TEXT PRIMARY KEY) WITHOUT ROWID;
