-- A clinic's own plan templates: every change is a new version, the newest counts. Retiring is a version too.
CREATE TABLE plan_templates (
    tenant_id   INTEGER NOT NULL,
    id          BLOB NOT NULL,
    version     INTEGER NOT NULL CHECK (version > 0),
    name        TEXT NOT NULL,
    reason      TEXT NOT NULL,
    evidence    TEXT NOT NULL,
    source      TEXT NOT NULL,
    -- Its lines as JSON.
    lines       TEXT NOT NULL,
    retired     INTEGER NOT NULL CHECK (retired IN (0, 1)),
    written_by  BLOB NOT NULL,
    written_at  INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id, version),
    FOREIGN KEY (tenant_id, written_by) REFERENCES clinicians (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- What a clinician decided on a template that an observation suggested. The suggestion itself is an alert.
CREATE TABLE suggestion_decisions (
    tenant_id    INTEGER NOT NULL,
    patient_id   BLOB NOT NULL,
    observation  TEXT NOT NULL,
    decided_at   INTEGER NOT NULL,
    decision     TEXT NOT NULL CHECK (decision IN ('accepted', 'rejected')),
    template     TEXT NOT NULL,
    -- Why it was rejected.
    reason       TEXT,
    -- What was seen by then, as JSON: a rejected one returns on more than that.
    evidence     TEXT NOT NULL,
    -- The version that was published with it,
    plan_version INTEGER,
    -- and how its lines differ from the template's, as JSON.
    edits        TEXT,
    decided_by   BLOB NOT NULL,
    PRIMARY KEY (tenant_id, patient_id, observation, decided_at),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    FOREIGN KEY (tenant_id, decided_by) REFERENCES clinicians (tenant_id, id),
    CHECK ((decision = 'rejected') = (reason IS NOT NULL)),
    CHECK ((decision = 'accepted') = (plan_version IS NOT NULL))
) STRICT, WITHOUT ROWID;

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('plan_templates', 'plan_templates', '1000 100 3 1'),
    ('suggestion_decisions', 'suggestion_decisions', '10000 10000 4 2 1');
ANALYZE sqlite_schema;
