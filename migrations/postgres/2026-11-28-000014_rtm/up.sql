-- The ledger of remote therapeutic monitoring: time spent on a patient, calls, and what was found eligible when. Nothing in it is
-- overwritten: a correction is a row that names the one it replaces, an evaluation a further revision.

-- Time a clinician spent on a patient. A timer that runs has no end.
CREATE TABLE rtm_entries (
    tenant_id     BIGINT NOT NULL,
    id            BYTEA NOT NULL,
    patient_id    BYTEA NOT NULL,
    clinician_id  BYTEA NOT NULL,
    activity      TEXT NOT NULL CHECK (activity IN ('setup', 'review', 'messages', 'coordination')),
    started_at    BIGINT NOT NULL,
    ended_at      BIGINT,
    -- A timer nobody stopped ends then by itself, and does not count until it is corrected.
    ends_by_at    BIGINT NOT NULL,
    how           TEXT NOT NULL CHECK (how IN ('timer', 'typed', 'correction')),
    -- What was done, or why it was corrected.
    note          TEXT,
    recorded_by   BYTEA NOT NULL,
    recorded_at   BIGINT NOT NULL,
    replaces      BYTEA,
    PRIMARY KEY (tenant_id, id),
    CHECK (ended_at IS NULL OR ended_at >= started_at),
    CHECK (how = 'timer' OR ended_at IS NOT NULL),
    CHECK ((how = 'correction') = (replaces IS NOT NULL)),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    FOREIGN KEY (tenant_id, clinician_id) REFERENCES clinicians (tenant_id, id),
    FOREIGN KEY (tenant_id, recorded_by) REFERENCES clinicians (tenant_id, id),
    FOREIGN KEY (tenant_id, replaces) REFERENCES rtm_entries (tenant_id, id)
);
CREATE INDEX rtm_entries_by_patient ON rtm_entries (tenant_id, patient_id, started_at);
CREATE INDEX rtm_entries_by_clinician ON rtm_entries (tenant_id, clinician_id, started_at);
CREATE INDEX rtm_entries_running ON rtm_entries (tenant_id, clinician_id) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX rtm_entries_corrected_once ON rtm_entries (tenant_id, replaces) WHERE replaces IS NOT NULL;

-- Calls with a patient, and calls nobody took.
CREATE TABLE care_calls (
    tenant_id     BIGINT NOT NULL,
    id            BYTEA NOT NULL,
    patient_id    BYTEA NOT NULL,
    clinician_id  BYTEA NOT NULL,
    started_at    BIGINT NOT NULL,
    ended_at      BIGINT NOT NULL,
    -- Both spoke with each other at the same time.
    live          BIGINT NOT NULL CHECK (live IN (0, 1)),
    note          TEXT,
    recorded_by   BYTEA NOT NULL,
    recorded_at   BIGINT NOT NULL,
    replaces      BYTEA,
    PRIMARY KEY (tenant_id, id),
    CHECK (ended_at >= started_at),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    FOREIGN KEY (tenant_id, clinician_id) REFERENCES clinicians (tenant_id, id),
    FOREIGN KEY (tenant_id, recorded_by) REFERENCES clinicians (tenant_id, id),
    FOREIGN KEY (tenant_id, replaces) REFERENCES care_calls (tenant_id, id)
);
CREATE INDEX care_calls_by_patient ON care_calls (tenant_id, patient_id, started_at);
CREATE INDEX care_calls_by_clinician ON care_calls (tenant_id, clinician_id, started_at);
CREATE UNIQUE INDEX care_calls_corrected_once ON care_calls (tenant_id, replaces) WHERE replaces IS NOT NULL;

-- What was found eligible: a revision for each change, with who looked and when.
CREATE TABLE rtm_evaluations (
    tenant_id     BIGINT NOT NULL,
    patient_id    BYTEA NOT NULL,
    clock         TEXT NOT NULL CHECK (clock IN ('episode', 'device', 'management')),
    -- Number of the episode, first day of the window, or month.
    period        TEXT NOT NULL,
    revision      BIGINT NOT NULL CHECK (revision >= 1),
    rule_version  TEXT NOT NULL,
    -- What counted as a monitored day.
    basis         TEXT NOT NULL,
    -- The period had ended.
    is_over       BIGINT NOT NULL CHECK (is_over IN (0, 1)),
    outcome       TEXT NOT NULL,
    cause         TEXT NOT NULL CHECK (cause IN ('looked', 'entry', 'call', 'correction', 'export')),
    evaluated_by  BYTEA NOT NULL,
    evaluated_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, patient_id, clock, period, revision),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    FOREIGN KEY (tenant_id, evaluated_by) REFERENCES clinicians (tenant_id, id)
);

-- When a clinician did something about it first; unknown for what was found before.
ALTER TABLE alerts ADD COLUMN first_acted_at BIGINT;

-- Running timers a handover stopped.
ALTER TABLE handovers ADD COLUMN timers_stopped BIGINT NOT NULL DEFAULT 0;
