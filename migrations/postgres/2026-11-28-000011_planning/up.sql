-- A clinic's own plan templates: every change is a new version, the newest counts. Retiring is a version too.
CREATE TABLE plan_templates (
    tenant_id   BIGINT NOT NULL,
    id          BYTEA NOT NULL,
    version     BIGINT NOT NULL CHECK (version > 0),
    name        TEXT NOT NULL,
    reason      TEXT NOT NULL,
    evidence    TEXT NOT NULL,
    source      TEXT NOT NULL,
    -- Its lines as JSON.
    lines       TEXT NOT NULL,
    retired     BIGINT NOT NULL CHECK (retired IN (0, 1)),
    written_by  BYTEA NOT NULL,
    written_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id, version),
    FOREIGN KEY (tenant_id, written_by) REFERENCES clinicians (tenant_id, id)
);

-- What a clinician decided on a template that an observation suggested. The suggestion itself is an alert.
CREATE TABLE suggestion_decisions (
    tenant_id    BIGINT NOT NULL,
    patient_id   BYTEA NOT NULL,
    observation  TEXT NOT NULL,
    decided_at   BIGINT NOT NULL,
    decision     TEXT NOT NULL CHECK (decision IN ('accepted', 'rejected')),
    template     TEXT NOT NULL,
    -- Why it was rejected.
    reason       TEXT,
    -- What was seen by then, as JSON: a rejected one returns on more than that.
    evidence     TEXT NOT NULL,
    -- The version that was published with it,
    plan_version BIGINT,
    -- and how its lines differ from the template's, as JSON.
    edits        TEXT,
    decided_by   BYTEA NOT NULL,
    PRIMARY KEY (tenant_id, patient_id, observation, decided_at),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    FOREIGN KEY (tenant_id, decided_by) REFERENCES clinicians (tenant_id, id),
    CHECK ((decision = 'rejected') = (reason IS NOT NULL)),
    CHECK ((decision = 'accepted') = (plan_version IS NOT NULL))
);
