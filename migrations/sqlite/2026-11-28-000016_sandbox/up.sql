-- A clinic of synthetic patients: the only kind a server with a sandbox clock serves.
ALTER TABLE clinics ADD COLUMN sandbox INTEGER NOT NULL DEFAULT 0 CHECK (sandbox IN (0, 1));

-- Where the sandbox clock stands: one row at most, made when a server with such a clock first starts.
CREATE TABLE sandbox_clock (
    id         INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    state      TEXT NOT NULL CHECK (state IN ('absent', 'frozen', 'running')),
    -- Time has come so far; written before anything is done at that instant.
    now_at     INTEGER NOT NULL,
    -- The process that moves it: the one that started last.
    holder_id  BLOB NOT NULL
) STRICT;
