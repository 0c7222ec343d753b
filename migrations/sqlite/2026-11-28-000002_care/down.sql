-- Answers that were taken back have no place in the older table.
CREATE TABLE answers_before (
    tenant_id      INTEGER NOT NULL,
    -- Made by the device, so that a repeated upload is recognised.
    id             BLOB NOT NULL,
    patient_id     BLOB NOT NULL,
    occurrence_id  BLOB NOT NULL,
    device_id      BLOB NOT NULL,
    kind           TEXT NOT NULL CHECK (kind IN ('done', 'partial', 'skip')),
    done_dose      REAL,
    reason         TEXT,
    answered_at    INTEGER NOT NULL,
    received_at    INTEGER NOT NULL,
    -- 'applied', or why the answer did not move the occurrence.
    disposition    TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, occurrence_id, patient_id) REFERENCES occurrences (tenant_id, id, patient_id),
    FOREIGN KEY (tenant_id, device_id, patient_id) REFERENCES devices (tenant_id, id, patient_id)
) STRICT, WITHOUT ROWID;
INSERT INTO answers_before SELECT tenant_id, id, patient_id, occurrence_id, device_id, kind, done_dose, reason, answered_at, received_at,
    disposition FROM answers WHERE kind NOT IN ('undo', 'snooze');
DROP TABLE answers;
ALTER TABLE answers_before RENAME TO answers;
CREATE INDEX answers_by_occurrence ON answers (tenant_id, occurrence_id);

DROP TABLE quarantine;
DROP TABLE notices;
DROP TABLE alerts;
DROP TABLE exercise_levels;
DROP TABLE care_events;
DROP TABLE suspensions;
ALTER TABLE pauses DROP COLUMN ramp_pct;
ALTER TABLE pauses DROP COLUMN resumed_at;
ALTER TABLE pauses DROP COLUMN resumed_date;
ALTER TABLE pauses DROP COLUMN resume_rule;
DROP TABLE occurrence_events;
DROP INDEX occurrences_to_remind;
ALTER TABLE occurrences DROP COLUMN done_amount;
ALTER TABLE occurrences DROP COLUMN flexible;
ALTER TABLE occurrences DROP COLUMN shard;
ALTER TABLE occurrences DROP COLUMN ladder;
ALTER TABLE occurrences DROP COLUMN remind_at;
DROP TABLE patient_days;
DROP TABLE zone_reports;
ALTER TABLE patients DROP COLUMN settings;
ALTER TABLE patients DROP COLUMN status;
ALTER TABLE patients DROP COLUMN day_starts_min;
ALTER TABLE clinics DROP COLUMN settings;
