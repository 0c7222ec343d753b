DROP INDEX audit_of_patient;
DROP INDEX audit_newest;
ALTER TABLE audit DROP COLUMN patient_id;
DROP TRIGGER messages_live_insert;
DROP TRIGGER messages_live_update;
DROP TRIGGER alerts_live_insert;
DROP TRIGGER alerts_live_update;
DROP TRIGGER worklist_turns_live_insert;
DROP TRIGGER worklist_turns_live_update;
DROP TRIGGER pauses_live_insert;
DROP TRIGGER pauses_live_update;
DROP TRIGGER patients_live_update;
CREATE TABLE worklist_turns_new (
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
INSERT INTO worklist_turns_new SELECT * FROM worklist_turns WHERE section <> 'messages';
DROP TABLE worklist_turns;
ALTER TABLE worklist_turns_new RENAME TO worklist_turns;

CREATE TABLE discarded_uploads_new (
    tenant_id      INTEGER NOT NULL,
    patient_id     BLOB NOT NULL,
    -- The date they arrived on, UTC.
    received_date  TEXT NOT NULL,
    kind           TEXT NOT NULL CHECK (kind IN ('answer', 'insole_session', 'checkin', 'receipt')),
    count          INTEGER NOT NULL CHECK (count >= 1),
    PRIMARY KEY (tenant_id, patient_id, received_date, kind),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id)
) STRICT, WITHOUT ROWID;
INSERT INTO discarded_uploads_new SELECT * FROM discarded_uploads WHERE kind <> 'message';
DROP TABLE discarded_uploads;
ALTER TABLE discarded_uploads_new RENAME TO discarded_uploads;
DROP TABLE live_changes;
DROP TABLE messages;

DELETE FROM sqlite_stat1 WHERE tbl IN ('worklist_turns', 'discarded_uploads');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('discarded_uploads', 'discarded_uploads', '1000 1000 1 1 1'),
    ('worklist_turns', 'worklist_turns', '10000 10000 2 1');
ANALYZE sqlite_schema;
