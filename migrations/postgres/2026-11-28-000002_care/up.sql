-- Care between visits: days, zones, deliveries, alerts, notices, suspensions, events. Conventions as in the foundation.

ALTER TABLE clinics ADD COLUMN settings TEXT;

-- Minutes after midnight at which the patient's day begins; night workers choose later.
ALTER TABLE patients ADD COLUMN day_starts_min BIGINT NOT NULL DEFAULT 0 CHECK (day_starts_min BETWEEN 0 AND 360);
-- 'withdrawn' after consent was taken back, 'closed' when the episode ended: nothing is planned or sent then.
ALTER TABLE patients ADD COLUMN status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'withdrawn', 'closed'));
-- Quiet hours, digest and nudges as the patient chose them, as JSON; NULL is the clinic's default.
ALTER TABLE patients ADD COLUMN settings TEXT;

-- What phones, patients and clinicians said about the zone a patient is in, and what came of it.
CREATE TABLE zone_reports (
    tenant_id    BIGINT NOT NULL,
    id           BYTEA NOT NULL,
    patient_id   BYTEA NOT NULL,
    -- NULL when a clinician set it.
    device_id    BYTEA,
    time_zone    TEXT NOT NULL,
    reported_at  BIGINT NOT NULL,
    -- 'same', 'noted' (a first report), 'ignored' (a bare offset), 'adopted'.
    outcome      TEXT NOT NULL CHECK (outcome IN ('same', 'noted', 'ignored', 'adopted')),
    -- The zone before, where it was adopted.
    from_zone    TEXT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    FOREIGN KEY (tenant_id, device_id, patient_id) REFERENCES devices (tenant_id, id, patient_id)
);
CREATE INDEX zone_reports_by_patient ON zone_reports (tenant_id, patient_id, reported_at);

-- A patient's day: written ahead with the zone of that time, frozen once it has begun.
CREATE TABLE patient_days (
    tenant_id   BIGINT NOT NULL,
    patient_id  BYTEA NOT NULL,
    local_date  TEXT NOT NULL,
    time_zone   TEXT NOT NULL,
    starts_at   BIGINT NOT NULL,
    -- When the next day starts; equal to starts_at for a date that was skipped.
    ends_at     BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, patient_id, local_date),
    CHECK (starts_at <= ends_at),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id)
);

-- When the first reminder of an occurrence is to be sent; NULL when none is.
ALTER TABLE occurrences ADD COLUMN remind_at BIGINT;
-- The rungs after the first, as JSON [[step, micros], ...]; NULL when there is no other.
ALTER TABLE occurrences ADD COLUMN ladder TEXT;
-- Which of the sweeps looks after it: 0 to 3, from the patient's id.
ALTER TABLE occurrences ADD COLUMN shard BIGINT NOT NULL DEFAULT 0;
-- 1 when it may be done on any day of its week.
ALTER TABLE occurrences ADD COLUMN flexible BIGINT NOT NULL DEFAULT 0 CHECK (flexible IN (0, 1));
-- How much of the dose was done, in the dose's unit; more than prescribed is kept as said.
ALTER TABLE occurrences ADD COLUMN done_amount DOUBLE PRECISION;
CREATE INDEX occurrences_to_remind ON occurrences (shard, remind_at, id) WHERE state = 'planned' AND remind_at IS NOT NULL;

-- Everything that happened to an occurrence besides being planned and answered.
CREATE TABLE occurrence_events (
    tenant_id      BIGINT NOT NULL,
    id             BYTEA NOT NULL,
    patient_id     BYTEA NOT NULL,
    occurrence_id  BYTEA NOT NULL,
    at             BIGINT NOT NULL,
    event          TEXT NOT NULL,
    -- JSON; what was before and why.
    detail         TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, occurrence_id, patient_id) REFERENCES occurrences (tenant_id, id, patient_id)
);
CREATE INDEX occurrence_events_by_occurrence ON occurrence_events (tenant_id, occurrence_id, at);

-- Pauses that end by a clinician's word only, and the way back.
ALTER TABLE pauses ADD COLUMN resume_rule TEXT NOT NULL DEFAULT 'automatic' CHECK (resume_rule IN ('automatic', 'confirm'));
-- The first date on which things are asked again; NULL until then.
ALTER TABLE pauses ADD COLUMN resumed_date TEXT;
ALTER TABLE pauses ADD COLUMN resumed_at BIGINT;
-- Percent of the dose in each week after the return, as JSON.
ALTER TABLE pauses ADD COLUMN ramp_pct TEXT;

-- An exercise that is not asked for, while the rest of the plan goes on.
CREATE TABLE suspensions (
    tenant_id     BIGINT NOT NULL,
    id            BYTEA NOT NULL,
    patient_id    BYTEA NOT NULL,
    exercise_key  TEXT NOT NULL,
    reason        TEXT NOT NULL,
    from_at       BIGINT NOT NULL,
    until_at      BIGINT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id)
);
CREATE INDEX suspensions_by_patient ON suspensions (tenant_id, patient_id);

-- Dated events of an episode: surgery, orthotic and shoe issued, fall, visit. Relative schedules count from them.
CREATE TABLE care_events (
    tenant_id    BIGINT NOT NULL,
    id           BYTEA NOT NULL,
    patient_id   BYTEA NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('surgery', 'orthotic_issued', 'shoe_issued', 'fall', 'visit')),
    event_date   TEXT NOT NULL,
    -- JSON; which orthotic, which shoe, a note.
    detail       TEXT NOT NULL,
    -- NULL when the patient said so.
    recorded_by  BYTEA,
    recorded_at  BIGINT NOT NULL,
    -- Taken back: kept, and counted nowhere.
    retracted_at BIGINT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    FOREIGN KEY (tenant_id, recorded_by) REFERENCES clinicians (tenant_id, id)
);
CREATE INDEX care_events_by_patient ON care_events (tenant_id, patient_id, event_date);

-- How far along its graded levels an exercise is for a patient.
CREATE TABLE exercise_levels (
    tenant_id     BIGINT NOT NULL,
    patient_id    BYTEA NOT NULL,
    exercise_key  TEXT NOT NULL,
    level         BIGINT NOT NULL CHECK (level >= 0),
    since_date    TEXT NOT NULL,
    -- 'clinician' or 'rule'.
    source        TEXT NOT NULL,
    decided_at    BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, patient_id, exercise_key),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id)
);

-- What a clinic should look at. One open row for a patient and a rule, whatever is found again.
CREATE TABLE alerts (
    tenant_id      BIGINT NOT NULL,
    id             BYTEA NOT NULL,
    patient_id     BYTEA NOT NULL,
    rule           TEXT NOT NULL,
    rule_version   TEXT NOT NULL,
    severity       TEXT NOT NULL CHECK (severity IN ('critical', 'high', 'medium', 'low', 'info')),
    state          TEXT NOT NULL CHECK (state IN ('open', 'acked', 'snoozed', 'resolved', 'auto_resolved', 'retracted')),
    state_reason   TEXT,
    state_at       BIGINT NOT NULL,
    -- The clinician who changed the state; NULL when a rule did.
    state_by       BYTEA,
    -- JSON; numbers and ids of what it rests on.
    evidence       TEXT NOT NULL,
    first_seen_at  BIGINT NOT NULL,
    last_seen_at   BIGINT NOT NULL,
    count          BIGINT NOT NULL,
    -- Who is to act; escalation changes it.
    owner_id       BYTEA NOT NULL,
    due_at         BIGINT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    FOREIGN KEY (tenant_id, owner_id) REFERENCES clinicians (tenant_id, id),
    FOREIGN KEY (tenant_id, state_by) REFERENCES clinicians (tenant_id, id)
);
CREATE UNIQUE INDEX alerts_open ON alerts (tenant_id, patient_id, rule) WHERE state IN ('open', 'acked', 'snoozed');
CREATE INDEX alerts_by_patient ON alerts (tenant_id, patient_id, last_seen_at);
CREATE INDEX alerts_due ON alerts (due_at) WHERE state = 'open' AND due_at IS NOT NULL;

-- What Footing tells a patient inside the app, in the patient's language: a key of the catalogue and its values.
CREATE TABLE notices (
    tenant_id    BIGINT NOT NULL,
    id           BYTEA NOT NULL,
    patient_id   BYTEA NOT NULL,
    text_key     TEXT NOT NULL,
    -- JSON object of the values.
    text_values  TEXT NOT NULL,
    created_at   BIGINT NOT NULL,
    seen_at      BIGINT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id)
);
CREATE INDEX notices_by_patient ON notices (tenant_id, patient_id, created_at);

-- Uploads that cannot be believed or that contradict what is stored: kept for review, counted nowhere.
CREATE TABLE quarantine (
    tenant_id    BIGINT NOT NULL,
    id           BYTEA NOT NULL,
    patient_id   BYTEA NOT NULL,
    device_id    BYTEA NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('answer', 'insole_session', 'checkin')),
    -- 'conflict', 'clock', 'future'.
    reason       TEXT NOT NULL,
    body         TEXT NOT NULL,
    received_at  BIGINT NOT NULL,
    reviewed_at  BIGINT,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, device_id, patient_id) REFERENCES devices (tenant_id, id, patient_id)
);
CREATE INDEX quarantine_by_patient ON quarantine (tenant_id, patient_id, received_at);

-- An answer can be taken back; a device's clock can be wrong by a known amount.
ALTER TABLE answers DROP CONSTRAINT answers_kind_check;
ALTER TABLE answers ADD CONSTRAINT answers_kind_check CHECK (kind IN ('done', 'partial', 'skip', 'undo', 'snooze'));
-- Seconds the device's clock was ahead; answered_at is already corrected by it.
ALTER TABLE answers ADD COLUMN clock_ahead_s BIGINT NOT NULL DEFAULT 0;
