-- What patients tell of pain, feet and legs, results of questionnaires, and who ended a suspension and why.

CREATE TABLE checkins (
    tenant_id      BIGINT NOT NULL,
    -- Made by the device, so that a repeated upload is recognised.
    id             BYTEA NOT NULL,
    patient_id     BYTEA NOT NULL,
    device_id      BYTEA NOT NULL,
    -- The patient's date it belongs to, in the zone of that day.
    local_date     TEXT NOT NULL,
    time_zone      TEXT NOT NULL,
    -- By the device's clock.
    taken_at       BIGINT NOT NULL,
    received_at    BIGINT NOT NULL,
    -- 0 to 10; NULL when not asked.
    back_pain      BIGINT CHECK (back_pain BETWEEN 0 AND 10),
    leg_pain       BIGINT CHECK (leg_pain BETWEEN 0 AND 10),
    foot_pain      BIGINT CHECK (foot_pain BETWEEN 0 AND 10),
    tired_feet     BIGINT CHECK (tired_feet BETWEEN 0 AND 10),
    -- What it was taken after, and the pain then.
    occurrence_id  BYTEA,
    exercise_key   TEXT,
    pain_before    BIGINT CHECK (pain_before BETWEEN 0 AND 10),
    pain_after     BIGINT CHECK (pain_after BETWEEN 0 AND 10),
    -- The check-in it corrects, which may arrive later than its correction.
    replaces       BYTEA,
    -- When it was corrected itself: kept, and counted nowhere.
    replaced_at    BIGINT,
    -- All of it as it came, JSON.
    body           TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    FOREIGN KEY (tenant_id, device_id, patient_id) REFERENCES devices (tenant_id, id, patient_id),
    FOREIGN KEY (tenant_id, occurrence_id, patient_id) REFERENCES occurrences (tenant_id, id, patient_id)
);
CREATE INDEX checkins_by_patient ON checkins (tenant_id, patient_id, local_date, taken_at);
CREATE UNIQUE INDEX checkins_corrected_once ON checkins (tenant_id, patient_id, replaces) WHERE replaces IS NOT NULL;

CREATE TABLE scale_results (
    tenant_id       BIGINT NOT NULL,
    -- Made by whoever records it, so that a repeated upload is recognised.
    id              BYTEA NOT NULL,
    patient_id      BYTEA NOT NULL,
    -- Which questionnaire.
    scale           TEXT NOT NULL,
    local_date      TEXT NOT NULL,
    time_zone       TEXT NOT NULL,
    taken_at        BIGINT NOT NULL,
    received_at     BIGINT NOT NULL,
    -- The patient's device, or the clinician who recorded it.
    device_id       BYTEA,
    recorded_by     BYTEA,
    -- JSON: the answer to each item, and the activities where the patient names them.
    answers         TEXT NOT NULL,
    -- NULL when too little was answered.
    score           DOUBLE PRECISION,
    -- JSON: the parts of the score.
    parts           TEXT NOT NULL,
    -- The version of the scoring rules that made it.
    engine_version  TEXT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    CHECK ((device_id IS NULL) <> (recorded_by IS NULL)),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    FOREIGN KEY (tenant_id, device_id, patient_id) REFERENCES devices (tenant_id, id, patient_id),
    FOREIGN KEY (tenant_id, recorded_by) REFERENCES clinicians (tenant_id, id)
);
CREATE INDEX scale_results_by_patient ON scale_results (tenant_id, patient_id, scale, taken_at);

-- Why a clinician ended a suspension.
CREATE TABLE suspension_ends (
    tenant_id      BIGINT NOT NULL,
    suspension_id  BYTEA NOT NULL,
    ended_by       BYTEA NOT NULL,
    note           TEXT NOT NULL,
    ended_at       BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, suspension_id, ended_at),
    FOREIGN KEY (tenant_id, suspension_id) REFERENCES suspensions (tenant_id, id),
    FOREIGN KEY (tenant_id, ended_by) REFERENCES clinicians (tenant_id, id)
);
