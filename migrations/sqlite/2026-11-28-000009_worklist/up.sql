-- What a clinician did with a patient's row on the worklist, where no alert stands behind it: one live turn for a patient and a
-- section. The row comes back when what it rests on is no longer what was seen, or its time is over.
CREATE TABLE worklist_turns (
    tenant_id   INTEGER NOT NULL,
    patient_id  BLOB NOT NULL,
    section     TEXT NOT NULL CHECK (section IN
                  ('safety', 'worse', 'stopped', 'silent', 'low', 'housekeeping', 'good', 'on_track', 'rest')),
    -- What the row rested on.
    evidence    TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('reviewed', 'acted', 'snoozed')),
    reason      TEXT NOT NULL,
    turned_by   BLOB NOT NULL,
    turned_at   INTEGER NOT NULL,
    -- The row is back at the latest then.
    until_at    INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, patient_id, section),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    FOREIGN KEY (tenant_id, turned_by) REFERENCES clinicians (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- How many alerts a clinician got in a time.
CREATE INDEX alerts_opened ON alerts (tenant_id, owner_id, first_seen_at);

-- What a patient did in a time is counted from the index alone: of 2,000 patients over two weeks the rows themselves take longer to
-- find than to count.
DROP INDEX occurrences_by_day;
CREATE INDEX occurrences_by_day ON occurrences (tenant_id, patient_id, local_date, due_at, state, flexible, done_fraction);

DELETE FROM sqlite_stat1 WHERE idx = 'occurrences_by_day';
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('alerts', 'alerts_opened', '100000 100000 1000 2'),
    ('occurrences', 'occurrences_by_day', '10000000 10000000 200 4 1 1 1 1'),
    ('worklist_turns', 'worklist_turns', '10000 10000 2 1');
ANALYZE sqlite_schema;
