-- A pause may be a patient's own word: nobody of the clinic entered it then. SQLite takes NOT NULL from a column only with a new table.
CREATE TABLE pauses_anew (
    tenant_id     INTEGER NOT NULL,
    id            BLOB NOT NULL,
    patient_id    BLOB NOT NULL,
    from_date     TEXT NOT NULL,
    -- The last paused local date.
    through_date  TEXT NOT NULL,
    reason        TEXT NOT NULL,
    -- The clinician who entered it; NULL when the patient did.
    created_by    BLOB,
    created_at    INTEGER NOT NULL,
    resume_rule   TEXT NOT NULL DEFAULT 'automatic' CHECK (resume_rule IN ('automatic', 'confirm')),
    -- The first date on which things are asked again; NULL until then.
    resumed_date  TEXT,
    resumed_at    INTEGER,
    -- Percent of the dose in each week after the return, as JSON.
    ramp_pct      TEXT,
    PRIMARY KEY (tenant_id, id),
    CHECK (from_date <= through_date),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    FOREIGN KEY (tenant_id, created_by) REFERENCES clinicians (tenant_id, id)
) STRICT, WITHOUT ROWID;
INSERT INTO pauses_anew (tenant_id, id, patient_id, from_date, through_date, reason, created_by, created_at, resume_rule, resumed_date,
        resumed_at, ramp_pct)
    SELECT tenant_id, id, patient_id, from_date, through_date, reason, created_by, created_at, resume_rule, resumed_date, resumed_at,
        ramp_pct FROM pauses;
DROP TABLE pauses;
ALTER TABLE pauses_anew RENAME TO pauses;
CREATE INDEX pauses_by_patient ON pauses (tenant_id, patient_id);

DELETE FROM sqlite_stat1 WHERE tbl IN ('pauses', 'pauses_anew');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('pauses', 'pauses', '50000 50000 1'),
    ('pauses', 'pauses_by_patient', '50000 50000 1');
ANALYZE sqlite_schema;
