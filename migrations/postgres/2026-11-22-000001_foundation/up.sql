-- Foundation: clinics and people, access, plans, occurrences, prompts, insole sessions, audit.
--
-- Conventions, the same in both engines:
--   tenant_id leads every key; a reference is always (tenant_id, id), so that the database itself
--     refuses one that crosses clinics.
--   *_at   instants, integer microseconds since 1970-01-01T00:00Z.
--   *_date local dates as text, YYYY-MM-DD, in the zone that stands in the same row.
--   ids    16 bytes; JSON as text where it is never queried.

CREATE TABLE clinics (
    tenant_id   BIGINT NOT NULL PRIMARY KEY,
    slug        TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    time_zone   TEXT NOT NULL,
    created_at  BIGINT NOT NULL
);

CREATE TABLE clinicians (
    tenant_id     BIGINT NOT NULL REFERENCES clinics (tenant_id),
    id            BYTEA NOT NULL,
    email         TEXT NOT NULL,
    name          TEXT NOT NULL,
    -- NULL until the first password is set through a one-time link.
    password_phc  TEXT,
    active        BIGINT NOT NULL CHECK (active IN (0, 1)),
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, email)
);

CREATE TABLE patients (
    tenant_id        BIGINT NOT NULL REFERENCES clinics (tenant_id),
    id               BYTEA NOT NULL,
    name             TEXT NOT NULL,
    time_zone        TEXT NOT NULL,
    locale           TEXT NOT NULL,
    owner_id         BYTEA NOT NULL,
    -- Occurrences exist for every local date up to and including this one.
    planned_through  TEXT,
    created_at       BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, owner_id) REFERENCES clinicians (tenant_id, id)
);
CREATE INDEX patients_by_name ON patients (tenant_id, name, id);
CREATE INDEX patients_to_plan ON patients (planned_through) WHERE planned_through IS NOT NULL;
CREATE INDEX patients_by_owner ON patients (tenant_id, owner_id);

CREATE TABLE devices (
    tenant_id     BIGINT NOT NULL,
    id            BYTEA NOT NULL,
    patient_id    BYTEA NOT NULL,
    platform      TEXT NOT NULL CHECK (platform IN ('android', 'ios', 'web')),
    push_token    TEXT,
    -- 'none' no token; 'live' use it; 'gone' the gateway said it is unregistered.
    push_state    TEXT NOT NULL CHECK (push_state IN ('none', 'live', 'gone')),
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    -- What a patient's device acts on must be that patient's: token rows refer to this pair.
    UNIQUE (tenant_id, id, patient_id),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id)
);
CREATE INDEX devices_by_patient ON devices (tenant_id, patient_id);
CREATE UNIQUE INDEX devices_by_push_token ON devices (tenant_id, push_token) WHERE push_token IS NOT NULL;

CREATE TABLE access_tokens (
    tenant_id     BIGINT NOT NULL REFERENCES clinics (tenant_id),
    -- SHA-256 of the token; the token itself is never stored.
    token_hash    BYTEA NOT NULL,
    clinician_id  BYTEA,
    patient_id    BYTEA,
    device_id     BYTEA,
    created_at    BIGINT NOT NULL,
    expires_at    BIGINT,
    revoked_at    BIGINT,
    PRIMARY KEY (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, clinician_id) REFERENCES clinicians (tenant_id, id),
    FOREIGN KEY (tenant_id, device_id, patient_id) REFERENCES devices (tenant_id, id, patient_id),
    CHECK ((clinician_id IS NULL) = (patient_id IS NOT NULL)),
    CHECK ((patient_id IS NULL) = (device_id IS NULL))
);

CREATE TABLE one_time_codes (
    tenant_id     BIGINT NOT NULL REFERENCES clinics (tenant_id),
    code_hash     BYTEA NOT NULL,
    -- 'set_password' and 'sign_in' for a clinician, 'enrol' for a patient's device.
    purpose       TEXT NOT NULL CHECK (purpose IN ('set_password', 'sign_in', 'enrol')),
    clinician_id  BYTEA,
    patient_id    BYTEA,
    created_at    BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    used_at       BIGINT,
    PRIMARY KEY (tenant_id, code_hash),
    FOREIGN KEY (tenant_id, clinician_id) REFERENCES clinicians (tenant_id, id),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    CHECK ((purpose = 'enrol') = (patient_id IS NOT NULL)),
    CHECK ((clinician_id IS NULL) = (patient_id IS NOT NULL))
);

CREATE TABLE plan_versions (
    tenant_id     BIGINT NOT NULL,
    patient_id    BYTEA NOT NULL,
    version       BIGINT NOT NULL CHECK (version >= 1),
    note          TEXT NOT NULL,
    published_by  BYTEA NOT NULL,
    published_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, patient_id, version),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    FOREIGN KEY (tenant_id, published_by) REFERENCES clinicians (tenant_id, id)
);

CREATE TABLE plan_items (
    tenant_id     BIGINT NOT NULL,
    id            BYTEA NOT NULL,
    patient_id    BYTEA NOT NULL,
    plan_version  BIGINT NOT NULL,
    position      BIGINT NOT NULL,
    exercise_key  TEXT NOT NULL,
    -- dose, recurrence and windows as the API speaks them.
    body          TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, patient_id, plan_version, position),
    FOREIGN KEY (tenant_id, patient_id, plan_version) REFERENCES plan_versions (tenant_id, patient_id, version)
);

CREATE TABLE pauses (
    tenant_id     BIGINT NOT NULL,
    id            BYTEA NOT NULL,
    patient_id    BYTEA NOT NULL,
    from_date     TEXT NOT NULL,
    -- The last paused local date.
    through_date  TEXT NOT NULL,
    reason        TEXT NOT NULL,
    created_by    BYTEA NOT NULL,
    created_at    BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CHECK (from_date <= through_date),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    FOREIGN KEY (tenant_id, created_by) REFERENCES clinicians (tenant_id, id)
);
CREATE INDEX pauses_by_patient ON pauses (tenant_id, patient_id);

-- Frozen at planning time and never deleted: the denominator of adherence.
CREATE TABLE occurrences (
    tenant_id      BIGINT NOT NULL,
    -- The first 16 bytes of SHA-256 (plan item, local date, window): a phone offline computes the same.
    id             BYTEA NOT NULL,
    patient_id     BYTEA NOT NULL,
    plan_version   BIGINT NOT NULL,
    plan_item_id   BYTEA NOT NULL,
    window_no      BIGINT NOT NULL,
    exercise_key   TEXT NOT NULL,
    dose           TEXT NOT NULL,
    local_date     TEXT NOT NULL,
    local_time     TEXT NOT NULL,
    time_zone      TEXT NOT NULL,
    -- How the local time met the zone's clock: 'exact', 'gap_shift_forward' or 'fold_first'.
    clock_rule     TEXT NOT NULL CHECK (clock_rule IN ('exact', 'gap_shift_forward', 'fold_first')),
    opens_at       BIGINT NOT NULL,
    due_at         BIGINT NOT NULL,
    closes_at      BIGINT NOT NULL,
    -- 'planned' is upcoming or open by the clock; every other state is final unless undone or excused.
    state          TEXT NOT NULL CHECK (state IN
                     ('planned', 'done', 'done_late', 'partial', 'missed', 'declined', 'excused', 'cancelled')),
    reason         TEXT,
    -- Share of the dose that was done, 0 to 1; NULL before an answer.
    done_fraction  DOUBLE PRECISION CHECK (done_fraction >= 0 AND done_fraction <= 1),
    answered_at    BIGINT,
    planned_at     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, plan_item_id, local_date, window_no),
    UNIQUE (tenant_id, id, patient_id),
    CHECK (opens_at <= due_at AND due_at < closes_at),
    FOREIGN KEY (tenant_id, plan_item_id) REFERENCES plan_items (tenant_id, id),
    FOREIGN KEY (tenant_id, patient_id, plan_version) REFERENCES plan_versions (tenant_id, patient_id, version)
);
CREATE INDEX occurrences_by_day ON occurrences (tenant_id, patient_id, local_date, due_at);
CREATE INDEX occurrences_to_close ON occurrences (closes_at) WHERE state = 'planned';

-- What a patient said, as said; the occurrence's state follows from it.
CREATE TABLE answers (
    tenant_id      BIGINT NOT NULL,
    -- Made by the device, so that a repeated upload is recognised.
    id             BYTEA NOT NULL,
    patient_id     BYTEA NOT NULL,
    occurrence_id  BYTEA NOT NULL,
    device_id      BYTEA NOT NULL,
    kind           TEXT NOT NULL CHECK (kind IN ('done', 'partial', 'skip')),
    done_dose      DOUBLE PRECISION,
    reason         TEXT,
    answered_at    BIGINT NOT NULL,
    received_at    BIGINT NOT NULL,
    -- 'applied', or why the answer did not move the occurrence.
    disposition    TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, occurrence_id, patient_id) REFERENCES occurrences (tenant_id, id, patient_id),
    FOREIGN KEY (tenant_id, device_id, patient_id) REFERENCES devices (tenant_id, id, patient_id)
);
CREATE INDEX answers_by_occurrence ON answers (tenant_id, occurrence_id);

CREATE TABLE prompts (
    tenant_id        BIGINT NOT NULL,
    occurrence_id    BYTEA NOT NULL,
    step             BIGINT NOT NULL,
    patient_id       BYTEA NOT NULL,
    state            TEXT NOT NULL CHECK (state IN
                       ('pending', 'leased', 'sent', 'expired', 'undeliverable', 'rejected', 'withdrawn')),
    due_at           BIGINT NOT NULL,
    -- Not sent after this instant.
    expires_at       BIGINT NOT NULL,
    -- When to look next: the due time, a retry time, or the end of a lease.
    next_attempt_at  BIGINT NOT NULL,
    attempts         BIGINT NOT NULL,
    -- Who holds the lease: one id for each claim, so that a late answer of a lost lease is refused.
    lease            BYTEA,
    sent_at          BIGINT,
    PRIMARY KEY (tenant_id, occurrence_id, step),
    FOREIGN KEY (tenant_id, occurrence_id, patient_id) REFERENCES occurrences (tenant_id, id, patient_id)
);
CREATE INDEX prompts_due ON prompts (next_attempt_at) WHERE state IN ('pending', 'leased');

CREATE TABLE push_attempts (
    tenant_id            BIGINT NOT NULL,
    id                   BYTEA NOT NULL,
    occurrence_id        BYTEA NOT NULL,
    step                 BIGINT NOT NULL,
    device_id            BYTEA,
    channel              TEXT NOT NULL,
    outcome              TEXT NOT NULL,
    code                 TEXT,
    provider_message_id  TEXT,
    attempted_at         BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, occurrence_id, step) REFERENCES prompts (tenant_id, occurrence_id, step),
    FOREIGN KEY (tenant_id, device_id) REFERENCES devices (tenant_id, id)
);
CREATE INDEX push_attempts_by_prompt ON push_attempts (tenant_id, occurrence_id, step);

CREATE TABLE insole_sessions (
    tenant_id       BIGINT NOT NULL,
    -- Made by the phone (or the simulator) before the first upload.
    session_id      BYTEA NOT NULL,
    patient_id      BYTEA NOT NULL,
    device_id       BYTEA NOT NULL,
    -- SHA-256 of the canonical summary: tells a repeat from a conflict.
    content_hash    BYTEA NOT NULL,
    started_at      BIGINT NOT NULL,
    received_at     BIGINT NOT NULL,
    source          TEXT NOT NULL,
    engine_version  TEXT NOT NULL,
    norms_version   TEXT NOT NULL,
    score           DOUBLE PRECISION,
    score_se        DOUBLE PRECISION,
    strides         BIGINT NOT NULL,
    summary         TEXT NOT NULL,
    assessment      TEXT NOT NULL,
    PRIMARY KEY (tenant_id, session_id),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    FOREIGN KEY (tenant_id, device_id, patient_id) REFERENCES devices (tenant_id, id, patient_id)
);
CREATE INDEX insole_sessions_by_time ON insole_sessions (tenant_id, patient_id, started_at);

CREATE TABLE audit (
    tenant_id       BIGINT NOT NULL REFERENCES clinics (tenant_id),
    id              BYTEA NOT NULL,
    at              BIGINT NOT NULL,
    principal_kind  TEXT NOT NULL,
    principal_id    BYTEA,
    action          TEXT NOT NULL,
    entity          TEXT NOT NULL,
    entity_id       BYTEA,
    PRIMARY KEY (tenant_id, id)
);

-- The audit trail is only ever added to.
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'audit is append-only'; END $$;
CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();
