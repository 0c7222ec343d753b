-- Examinations, wear as insoles tell it, and what is wrong with a session. Conventions as in the foundation.

-- What was found at an examination. Never rewritten: a correction is a new record that names the one it replaces.
CREATE TABLE exams (
    tenant_id    BIGINT NOT NULL,
    id           BYTEA NOT NULL,
    patient_id   BYTEA NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('physical', 'imaging')),
    exam_date    TEXT NOT NULL,
    -- JSON; its shape belongs to the kind.
    body         TEXT NOT NULL,
    replaces     BYTEA,
    recorded_by  BYTEA NOT NULL,
    recorded_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, id, patient_id),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    FOREIGN KEY (tenant_id, replaces, patient_id) REFERENCES exams (tenant_id, id, patient_id),
    FOREIGN KEY (tenant_id, recorded_by) REFERENCES clinicians (tenant_id, id)
);
CREATE INDEX exams_by_patient ON exams (tenant_id, patient_id, exam_date);

-- Why a session has no score, as JSON; NULL when it has one.
ALTER TABLE insole_sessions ADD COLUMN reasons TEXT;
-- Seconds the insoles were worn, once they are counted in wear_days.
ALTER TABLE insole_sessions ADD COLUMN worn_s BIGINT;
CREATE INDEX insole_sessions_uncounted ON insole_sessions (tenant_id, session_id) WHERE worn_s IS NULL;

-- How long insoles were worn on a patient's date: under 'all' whatever they lay in, and once more for the orthotic and
-- for the shoe that the session names. Sums of whole seconds and steps, so that the order of uploads does not matter.
CREATE TABLE wear_days (
    tenant_id   BIGINT NOT NULL,
    patient_id  BYTEA NOT NULL,
    local_date  TEXT NOT NULL,
    tag_kind    TEXT NOT NULL CHECK (tag_kind IN ('all', 'orthotic', 'shoe')),
    -- As the patient's own list names it; empty under 'all'.
    tag_id      TEXT NOT NULL,
    worn_s      BIGINT NOT NULL CHECK (worn_s >= 0),
    steps       BIGINT NOT NULL CHECK (steps >= 0),
    PRIMARY KEY (tenant_id, patient_id, local_date, tag_kind, tag_id),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id)
);

-- What the watch over insole sessions knows of a patient.
CREATE TABLE insole_watch (
    tenant_id        BIGINT NOT NULL,
    patient_id       BYTEA NOT NULL,
    -- How often something came in since it last looked; 0 when nothing did.
    pending          BIGINT NOT NULL CHECK (pending >= 0),
    -- The last day of the run of days without usable data about which the patient was told.
    told_through     TEXT,
    PRIMARY KEY (tenant_id, patient_id),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id)
);
CREATE INDEX insole_watch_pending ON insole_watch (tenant_id, patient_id) WHERE pending > 0;
