-- Prompts become deliveries: one table for everything that leaves the house, filled by sweeps at the time it is due.

-- Everything that leaves the house for a patient's devices. Prompts come from a sweep over occurrences at the time they are due, not
-- before; rows stay as the history of what was sent, held back, and why.
CREATE TABLE deliveries (
    tenant_id        INTEGER NOT NULL,
    -- Of a prompt: the occurrence's id with the last byte XOR the step, so that a step exists once.
    id               BLOB NOT NULL,
    patient_id       BLOB NOT NULL,
    kind             TEXT NOT NULL CHECK (kind IN ('prompt', 'withdraw', 'digest', 'nudge', 'notice')),
    occurrence_id    BLOB,
    step             INTEGER NOT NULL,
    state            TEXT NOT NULL CHECK (state IN
                       ('pending', 'leased', 'sent', 'expired', 'undeliverable', 'rejected', 'withdrawn', 'suppressed', 'folded')),
    -- Why it was held back, folded or expired.
    reason           TEXT,
    due_at           INTEGER NOT NULL,
    -- Not sent after this instant.
    expires_at       INTEGER NOT NULL,
    -- When to look next: the due time, a retry time, or the end of a lease.
    next_attempt_at  INTEGER NOT NULL,
    attempts         INTEGER NOT NULL,
    -- Who holds the lease: one id for each claim, so that a late answer of a lost lease is refused.
    lease            BLOB,
    sent_at          INTEGER,
    -- Not to this device: it was there that the reason for a withdrawal was given.
    except_device    BLOB,
    PRIMARY KEY (tenant_id, id),
    CHECK ((kind = 'prompt' OR kind = 'withdraw') = (occurrence_id IS NOT NULL)),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    FOREIGN KEY (tenant_id, occurrence_id, patient_id) REFERENCES occurrences (tenant_id, id, patient_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_due ON deliveries (next_attempt_at) WHERE state IN ('pending', 'leased');
CREATE INDEX deliveries_of_patient ON deliveries (tenant_id, patient_id, due_at) WHERE kind <> 'prompt';

CREATE TABLE delivery_attempts (
    tenant_id            INTEGER NOT NULL,
    delivery_id          BLOB NOT NULL,
    id                   BLOB NOT NULL,
    device_id            BLOB,
    channel              TEXT NOT NULL,
    outcome              TEXT NOT NULL,
    code                 TEXT,
    provider_message_id  TEXT,
    attempted_at         INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, delivery_id, id),
    FOREIGN KEY (tenant_id, delivery_id) REFERENCES deliveries (tenant_id, id),
    FOREIGN KEY (tenant_id, device_id) REFERENCES devices (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- What a device says became of a delivery.
CREATE TABLE delivery_receipts (
    tenant_id    INTEGER NOT NULL,
    delivery_id  BLOB NOT NULL,
    device_id    BLOB NOT NULL,
    kind         TEXT NOT NULL CHECK (kind IN ('delivered', 'displayed', 'opened', 'acted')),
    at           INTEGER NOT NULL,
    received_at  INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, delivery_id, device_id, kind),
    FOREIGN KEY (tenant_id, delivery_id) REFERENCES deliveries (tenant_id, id),
    FOREIGN KEY (tenant_id, device_id) REFERENCES devices (tenant_id, id)
) STRICT, WITHOUT ROWID;

-- How far each sweep over due occurrences has come; advanced in the transaction that writes the deliveries.
CREATE TABLE sweeps (
    shard      INTEGER NOT NULL PRIMARY KEY,
    swept_at   INTEGER NOT NULL,
    swept_id   BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- Reminders stopped after a long silence; a clinician decides what comes next.
ALTER TABLE patients ADD COLUMN reminders_stopped_at INTEGER;
-- When the rules want to look at the patient again: the end of the day, or at once after late news.
ALTER TABLE patients ADD COLUMN watch_at INTEGER;
CREATE INDEX patients_to_watch ON patients (watch_at) WHERE watch_at IS NOT NULL;

-- An operator's word that a clock which went too far is right.
CREATE TABLE clock_orders (
    id           BLOB NOT NULL PRIMARY KEY,
    accepted_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Times in which nothing was sent although it should have been.
CREATE TABLE outages (
    id          BLOB NOT NULL PRIMARY KEY,
    from_at     INTEGER NOT NULL,
    until_at    INTEGER NOT NULL,
    excused_at  INTEGER
) STRICT, WITHOUT ROWID;

INSERT INTO deliveries (tenant_id, id, patient_id, kind, occurrence_id, step, state, reason, due_at, expires_at, next_attempt_at,
                        attempts, lease, sent_at)
    SELECT tenant_id, occurrence_id, patient_id, 'prompt', occurrence_id, step, state, NULL, due_at, expires_at, next_attempt_at,
           attempts, lease, sent_at FROM prompts WHERE step = 0;
INSERT INTO delivery_attempts (tenant_id, delivery_id, id, device_id, channel, outcome, code, provider_message_id, attempted_at)
    SELECT tenant_id, occurrence_id, id, device_id, channel, outcome, code, provider_message_id, attempted_at FROM push_attempts
    WHERE step = 0;
DROP TABLE push_attempts;
DROP TABLE prompts;
