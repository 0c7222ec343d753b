-- A pause of a patient's own is their owner's from here on.
CREATE TABLE pauses_before (
    tenant_id     INTEGER NOT NULL,
    id            BLOB NOT NULL,
    patient_id    BLOB NOT NULL,
    from_date     TEXT NOT NULL,
    through_date  TEXT NOT NULL,
    reason        TEXT NOT NULL,
    created_by    BLOB NOT NULL,
    created_at    INTEGER NOT NULL,
    resume_rule   TEXT NOT NULL DEFAULT 'automatic' CHECK (resume_rule IN ('automatic', 'confirm')),
    resumed_date  TEXT,
    resumed_at    INTEGER,
    ramp_pct      TEXT,
    PRIMARY KEY (tenant_id, id),
    CHECK (from_date <= through_date),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    FOREIGN KEY (tenant_id, created_by) REFERENCES clinicians (tenant_id, id)
) STRICT, WITHOUT ROWID;
INSERT INTO pauses_before (tenant_id, id, patient_id, from_date, through_date, reason, created_by, created_at, resume_rule,
        resumed_date, resumed_at, ramp_pct)
    SELECT q.tenant_id, q.id, q.patient_id, q.from_date, q.through_date, q.reason, coalesce(q.created_by, p.owner_id), q.created_at,
        q.resume_rule, q.resumed_date, q.resumed_at, q.ramp_pct
    FROM pauses q JOIN patients p ON p.tenant_id = q.tenant_id AND p.id = q.patient_id;
DROP TABLE pauses;
ALTER TABLE pauses_before RENAME TO pauses;
CREATE INDEX pauses_by_patient ON pauses (tenant_id, patient_id);

DELETE FROM sqlite_stat1 WHERE tbl IN ('pauses', 'pauses_before');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('pauses', 'pauses', '50000 50000 1'),
    ('pauses', 'pauses_by_patient', '50000 50000 1');
ANALYZE sqlite_schema;
