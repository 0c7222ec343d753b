-- Foundation: clinics and people, access, plans, occurrences, prompts, insole sessions, audit.
--
-- Conventions, the same in both engines:
--   tenant_id leads every key; a reference is always (tenant_id, id), so that the database itself
--     refuses one that crosses clinics.
--   *_at   instants, integer microseconds since 1970-01-01T00:00Z.
--   *_date local dates as text, YYYY-MM-DD, in the zone that stands in the same row.
--   ids    16 bytes; JSON as text where it is never queried.

CREATE TABLE clinics (
    tenant_id   INTEGER NOT NULL PRIMARY KEY,
    slug        TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    time_zone   TEXT NOT NULL,
    created_at  INTEGER NOT NULL
) STRICT;

CREATE TABLE clinicians (
    tenant_id     INTEGER NOT NULL REFERENCES clinics (tenant_id),
    id            BLOB NOT NULL,
    email         TEXT NOT NULL,
    name          TEXT NOT NULL,
    -- NULL until the first password is set through a one-time link.
    password_phc  TEXT,
    active        INTEGER NOT NULL CHECK (active IN (0, 1)),
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, email)
) STRICT, WITHOUT ROWID;

CREATE TABLE patients (
    tenant_id        INTEGER NOT NULL REFERENCES clinics (tenant_id),
    id               BLOB NOT NULL,
    name             TEXT NOT NULL,
    time_zone        TEXT NOT NULL,
    locale           TEXT NOT NULL,
    owner_id         BLOB NOT NULL,
    -- Occurrences exist for every local date up to and including this one.
    planned_through  TEXT,
    created_at       INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, owner_id) REFERENCES clinicians (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX patients_by_name ON patients (tenant_id, name, id);
CREATE INDEX patients_to_plan ON patients (planned_through) WHERE planned_through IS NOT NULL;
CREATE INDEX patients_by_owner ON patients (tenant_id, owner_id);

CREATE TABLE devices (
    tenant_id     INTEGER NOT NULL,
    id            BLOB NOT NULL,
    patient_id    BLOB NOT NULL,
    platform      TEXT NOT NULL CHECK (platform IN ('android', 'ios', 'web')),
    push_token    TEXT,
    -- 'none' no token; 'live' use it; 'gone' the gateway said it is unregistered.
    push_state    TEXT NOT NULL CHECK (push_state IN ('none', 'live', 'gone')),
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    -- What a patient's device acts on must be that patient's: token rows refer to this pair.
    UNIQUE (tenant_id, id, patient_id),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX devices_by_patient ON devices (tenant_id, patient_id);
CREATE UNIQUE INDEX devices_by_push_token ON devices (tenant_id, push_token) WHERE push_token IS NOT NULL;

CREATE TABLE access_tokens (
    tenant_id     INTEGER NOT NULL REFERENCES clinics (tenant_id),
    -- SHA-256 of the token; the token itself is never stored.
    token_hash    BLOB NOT NULL,
    clinician_id  BLOB,
    patient_id    BLOB,
    device_id     BLOB,
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER,
    revoked_at    INTEGER,
    PRIMARY KEY (tenant_id, token_hash),
    FOREIGN KEY (tenant_id, clinician_id) REFERENCES clinicians (tenant_id, id),
    FOREIGN KEY (tenant_id, device_id, patient_id) REFERENCES devices (tenant_id, id, patient_id),
    CHECK ((clinician_id IS NULL) = (patient_id IS NOT NULL)),
    CHECK ((patient_id IS NULL) = (device_id IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE one_time_codes (
    tenant_id     INTEGER NOT NULL REFERENCES clinics (tenant_id),
    code_hash     BLOB NOT NULL,
    -- 'set_password' and 'sign_in' for a clinician, 'enrol' for a patient's device.
    purpose       TEXT NOT NULL CHECK (purpose IN ('set_password', 'sign_in', 'enrol')),
    clinician_id  BLOB,
    patient_id    BLOB,
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    used_at       INTEGER,
    PRIMARY KEY (tenant_id, code_hash),
    FOREIGN KEY (tenant_id, clinician_id) REFERENCES clinicians (tenant_id, id),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    CHECK ((purpose = 'enrol') = (patient_id IS NOT NULL)),
    CHECK ((clinician_id IS NULL) = (patient_id IS NOT NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE plan_versions (
    tenant_id     INTEGER NOT NULL,
    patient_id    BLOB NOT NULL,
    version       INTEGER NOT NULL CHECK (version >= 1),
    note          TEXT NOT NULL,
    published_by  BLOB NOT NULL,
    published_at  INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, patient_id, version),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    FOREIGN KEY (tenant_id, published_by) REFERENCES clinicians (tenant_id, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE plan_items (
    tenant_id     INTEGER NOT NULL,
    id            BLOB NOT NULL,
    patient_id    BLOB NOT NULL,
    plan_version  INTEGER NOT NULL,
    position      INTEGER NOT NULL,
    exercise_key  TEXT NOT NULL,
    -- dose, recurrence and windows as the API speaks them.
    body          TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, patient_id, plan_version, position),
    FOREIGN KEY (tenant_id, patient_id, plan_version) REFERENCES plan_versions (tenant_id, patient_id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE pauses (
    tenant_id     INTEGER NOT NULL,
    id            BLOB NOT NULL,
    patient_id    BLOB NOT NULL,
    from_date     TEXT NOT NULL,
    -- The last paused local date.
    through_date  TEXT NOT NULL,
    reason        TEXT NOT NULL,
    created_by    BLOB NOT NULL,
    created_at    INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CHECK (from_date <= through_date),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    FOREIGN KEY (tenant_id, created_by) REFERENCES clinicians (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX pauses_by_patient ON pauses (tenant_id, patient_id);

-- Frozen at planning time and never deleted: the denominator of adherence.
CREATE TABLE occurrences (
    tenant_id      INTEGER NOT NULL,
    -- The first 16 bytes of SHA-256 (plan item, local date, window): a phone offline computes the same.
    id             BLOB NOT NULL,
    patient_id     BLOB NOT NULL,
    plan_version   INTEGER NOT NULL,
    plan_item_id   BLOB NOT NULL,
    window_no      INTEGER NOT NULL,
    exercise_key   TEXT NOT NULL,
    dose           TEXT NOT NULL,
    local_date     TEXT NOT NULL,
    local_time     TEXT NOT NULL,
    time_zone      TEXT NOT NULL,
    -- How the local time met the zone's clock: 'exact', 'gap_shift_forward' or 'fold_first'.
    clock_rule     TEXT NOT NULL CHECK (clock_rule IN ('exact', 'gap_shift_forward', 'fold_first')),
    opens_at       INTEGER NOT NULL,
    due_at         INTEGER NOT NULL,
    closes_at      INTEGER NOT NULL,
    -- 'planned' is upcoming or open by the clock; every other state is final unless undone or excused.
    state          TEXT NOT NULL CHECK (state IN
                     ('planned', 'done', 'done_late', 'partial', 'missed', 'declined', 'excused', 'cancelled')),
    reason         TEXT,
    -- Share of the dose that was done, 0 to 1; NULL before an answer.
    done_fraction  REAL CHECK (done_fraction >= 0 AND done_fraction <= 1),
    answered_at    INTEGER,
    planned_at     INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    UNIQUE (tenant_id, plan_item_id, local_date, window_no),
    UNIQUE (tenant_id, id, patient_id),
    CHECK (opens_at <= due_at AND due_at < closes_at),
    FOREIGN KEY (tenant_id, plan_item_id) REFERENCES plan_items (tenant_id, id),
    FOREIGN KEY (tenant_id, patient_id, plan_version) REFERENCES plan_versions (tenant_id, patient_id, version)
) STRICT, WITHOUT ROWID;
CREATE INDEX occurrences_by_day ON occurrences (tenant_id, patient_id, local_date, due_at);
CREATE INDEX occurrences_to_close ON occurrences (closes_at) WHERE state = 'planned';

-- What a patient said, as said; the occurrence's state follows from it.
CREATE TABLE answers (
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
CREATE INDEX answers_by_occurrence ON answers (tenant_id, occurrence_id);

CREATE TABLE prompts (
    tenant_id        INTEGER NOT NULL,
    occurrence_id    BLOB NOT NULL,
    step             INTEGER NOT NULL,
    patient_id       BLOB NOT NULL,
    state            TEXT NOT NULL CHECK (state IN
                       ('pending', 'leased', 'sent', 'expired', 'undeliverable', 'rejected', 'withdrawn')),
    due_at           INTEGER NOT NULL,
    -- Not sent after this instant.
    expires_at       INTEGER NOT NULL,
    -- When to look next: the due time, a retry time, or the end of a lease.
    next_attempt_at  INTEGER NOT NULL,
    attempts         INTEGER NOT NULL,
    -- Who holds the lease: one id for each claim, so that a late answer of a lost lease is refused.
    lease            BLOB,
    sent_at          INTEGER,
    PRIMARY KEY (tenant_id, occurrence_id, step),
    FOREIGN KEY (tenant_id, occurrence_id, patient_id) REFERENCES occurrences (tenant_id, id, patient_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX prompts_due ON prompts (next_attempt_at) WHERE state IN ('pending', 'leased');

CREATE TABLE push_attempts (
    tenant_id            INTEGER NOT NULL,
    id                   BLOB NOT NULL,
    occurrence_id        BLOB NOT NULL,
    step                 INTEGER NOT NULL,
    device_id            BLOB,
    channel              TEXT NOT NULL,
    outcome              TEXT NOT NULL,
    code                 TEXT,
    provider_message_id  TEXT,
    attempted_at         INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, occurrence_id, step) REFERENCES prompts (tenant_id, occurrence_id, step),
    FOREIGN KEY (tenant_id, device_id) REFERENCES devices (tenant_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX push_attempts_by_prompt ON push_attempts (tenant_id, occurrence_id, step);

CREATE TABLE insole_sessions (
    tenant_id       INTEGER NOT NULL,
    -- Made by the phone (or the simulator) before the first upload.
    session_id      BLOB NOT NULL,
    patient_id      BLOB NOT NULL,
    device_id       BLOB NOT NULL,
    -- SHA-256 of the canonical summary: tells a repeat from a conflict.
    content_hash    BLOB NOT NULL,
    started_at      INTEGER NOT NULL,
    received_at     INTEGER NOT NULL,
    source          TEXT NOT NULL,
    engine_version  TEXT NOT NULL,
    norms_version   TEXT NOT NULL,
    score           REAL,
    score_se        REAL,
    strides         INTEGER NOT NULL,
    summary         TEXT NOT NULL,
    assessment      TEXT NOT NULL,
    PRIMARY KEY (tenant_id, session_id),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    FOREIGN KEY (tenant_id, device_id, patient_id) REFERENCES devices (tenant_id, id, patient_id)
) STRICT;
CREATE INDEX insole_sessions_by_time ON insole_sessions (tenant_id, patient_id, started_at);

CREATE TABLE audit (
    tenant_id       INTEGER NOT NULL REFERENCES clinics (tenant_id),
    id              BLOB NOT NULL,
    at              INTEGER NOT NULL,
    principal_kind  TEXT NOT NULL,
    principal_id    BLOB,
    action          TEXT NOT NULL,
    entity          TEXT NOT NULL,
    entity_id       BLOB,
    PRIMARY KEY (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- The audit trail is only ever added to.
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
