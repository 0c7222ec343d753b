-- People and consent: roles, deputies, handovers, consent by episode, erasure. Conventions as in the foundation.

-- An 'admin' also looks after the clinic's clinicians; those who were there before did so alone.
ALTER TABLE clinicians ADD COLUMN role TEXT NOT NULL DEFAULT 'clinician' CHECK (role IN ('admin', 'clinician'));
UPDATE clinicians SET role = 'admin';

-- When a device's access was ended; its push token is gone then.
ALTER TABLE devices ADD COLUMN ended_at BIGINT;

-- Until when an alert is put off, and what was noted with it.
ALTER TABLE alerts ADD COLUMN snoozed_until_at BIGINT;
ALTER TABLE alerts ADD COLUMN snooze_note TEXT;
-- When it was handed on because nobody had looked in time: once.
ALTER TABLE alerts ADD COLUMN escalated_at BIGINT;
CREATE INDEX alerts_to_escalate ON alerts (due_at) WHERE state = 'open' AND due_at IS NOT NULL AND escalated_at IS NULL;
CREATE INDEX alerts_to_reopen ON alerts (snoozed_until_at) WHERE state = 'snoozed' AND snoozed_until_at IS NOT NULL;
CREATE INDEX alerts_by_owner ON alerts (tenant_id, owner_id) WHERE state IN ('open', 'acked', 'snoozed');

-- Who else looks after a patient; the owner stands with the patient.
CREATE TABLE care_team (
    tenant_id     BIGINT NOT NULL,
    patient_id    BYTEA NOT NULL,
    role          TEXT NOT NULL CHECK (role IN ('deputy')),
    -- Who is asked first, from 1.
    place         BIGINT NOT NULL CHECK (place >= 1),
    clinician_id  BYTEA NOT NULL,
    since_at      BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, patient_id, role, place),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    FOREIGN KEY (tenant_id, clinician_id) REFERENCES clinicians (tenant_id, id)
);
CREATE INDEX care_team_by_clinician ON care_team (tenant_id, clinician_id);

-- A clinician's patients given to another: what the new owner is told, once.
CREATE TABLE handovers (
    tenant_id        BIGINT NOT NULL,
    id               BYTEA NOT NULL,
    from_id          BYTEA NOT NULL,
    to_id            BYTEA NOT NULL,
    handed_by        BYTEA NOT NULL,
    handed_at        BIGINT NOT NULL,
    patients         BIGINT NOT NULL,
    alerts           BIGINT NOT NULL,
    critical_alerts  BIGINT NOT NULL,
    deputy_of        BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, id),
    FOREIGN KEY (tenant_id, from_id) REFERENCES clinicians (tenant_id, id),
    FOREIGN KEY (tenant_id, to_id) REFERENCES clinicians (tenant_id, id),
    FOREIGN KEY (tenant_id, handed_by) REFERENCES clinicians (tenant_id, id)
);
CREATE INDEX handovers_by_receiver ON handovers (tenant_id, to_id, handed_at);

CREATE TABLE handover_patients (
    tenant_id    BIGINT NOT NULL,
    handover_id  BYTEA NOT NULL,
    position     BIGINT NOT NULL,
    patient_id   BYTEA NOT NULL,
    PRIMARY KEY (tenant_id, handover_id, position),
    FOREIGN KEY (tenant_id, handover_id) REFERENCES handovers (tenant_id, id),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id)
);
CREATE INDEX handover_patients_by_patient ON handover_patients (tenant_id, patient_id);

-- Consent, an episode for each time it was given. Kept for ever, also after the patient's data was erased: no reference to
-- the patient, and nothing in it that tells who that was.
CREATE TABLE consents (
    tenant_id     BIGINT NOT NULL REFERENCES clinics (tenant_id),
    patient_id    BYTEA NOT NULL,
    episode       BIGINT NOT NULL CHECK (episode >= 1),
    -- Which text was agreed to.
    text_version  TEXT NOT NULL,
    -- NULL where it was given before consent was recorded.
    given_at      BIGINT,
    -- The clinician who recorded it; NULL when a device of the patient did.
    given_by      BYTEA,
    withdrawn_at  BIGINT,
    withdrawn_by  BYTEA,
    PRIMARY KEY (tenant_id, patient_id, episode),
    CHECK (given_at IS NULL OR withdrawn_at IS NULL OR given_at <= withdrawn_at),
    FOREIGN KEY (tenant_id, given_by) REFERENCES clinicians (tenant_id, id),
    FOREIGN KEY (tenant_id, withdrawn_by) REFERENCES clinicians (tenant_id, id)
);
CREATE UNIQUE INDEX consents_open ON consents (tenant_id, patient_id) WHERE withdrawn_at IS NULL;

-- How many uploads were thrown away because there was no consent: all that is kept of them.
CREATE TABLE discarded_uploads (
    tenant_id      BIGINT NOT NULL,
    patient_id     BYTEA NOT NULL,
    -- The date they arrived on, UTC.
    received_date  TEXT NOT NULL,
    kind           TEXT NOT NULL CHECK (kind IN ('answer', 'insole_session', 'checkin', 'receipt')),
    count          BIGINT NOT NULL CHECK (count >= 1),
    PRIMARY KEY (tenant_id, patient_id, received_date, kind),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id)
);

-- Requests to erase a patient's data and, once done, the tombstone: no reference to the patient, who is gone then.
CREATE TABLE erasures (
    tenant_id     BIGINT NOT NULL REFERENCES clinics (tenant_id),
    id            BYTEA NOT NULL,
    patient_id    BYTEA NOT NULL,
    requested_at  BIGINT NOT NULL,
    -- NULL when the operator asked.
    requested_by  BYTEA,
    due_at        BIGINT NOT NULL,
    cancelled_at  BIGINT,
    cancelled_by  BYTEA,
    erased_at     BIGINT,
    -- JSON; rows erased by table.
    counts        TEXT,
    PRIMARY KEY (tenant_id, id),
    CHECK (cancelled_at IS NULL OR erased_at IS NULL),
    CHECK ((erased_at IS NULL) = (counts IS NULL)),
    FOREIGN KEY (tenant_id, requested_by) REFERENCES clinicians (tenant_id, id),
    FOREIGN KEY (tenant_id, cancelled_by) REFERENCES clinicians (tenant_id, id)
);
CREATE UNIQUE INDEX erasures_open ON erasures (tenant_id, patient_id) WHERE cancelled_at IS NULL AND erased_at IS NULL;
CREATE INDEX erasures_due ON erasures (due_at) WHERE cancelled_at IS NULL AND erased_at IS NULL;
