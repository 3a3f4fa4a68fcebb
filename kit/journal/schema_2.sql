-- What version 2 of the schema adds: notes of windows, and how the host stood around the runs of a process.
CREATE TABLE note (window_id INTEGER NOT NULL REFERENCES window, sentence TEXT NOT NULL);
CREATE INDEX note_of_window ON note (window_id);
CREATE TABLE state (
    seq INTEGER PRIMARY KEY,
    host_id TEXT NOT NULL REFERENCES host,
    moment TEXT NOT NULL CHECK (moment IN ('before', 'after')),
    taken_at TEXT NOT NULL,
    model TEXT NOT NULL,
    record TEXT NOT NULL                                   -- JSON
);
