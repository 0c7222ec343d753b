DROP TABLE outages;
DROP TABLE clock_orders;
DROP INDEX patients_to_watch;
ALTER TABLE patients DROP COLUMN watch_at;
ALTER TABLE patients DROP COLUMN reminders_stopped_at;
DROP TABLE sweeps;
DROP TABLE delivery_receipts;
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

INSERT INTO prompts SELECT tenant_id, occurrence_id, step, patient_id,
    CASE WHEN state IN ('suppressed', 'folded') THEN 'withdrawn' ELSE state END,
    due_at, expires_at, next_attempt_at, attempts, lease, sent_at FROM deliveries WHERE kind = 'prompt';
INSERT INTO push_attempts SELECT a.tenant_id, a.id, d.occurrence_id, d.step, a.device_id, a.channel, a.outcome, a.code,
    a.provider_message_id, a.attempted_at FROM delivery_attempts a
    JOIN deliveries d ON d.tenant_id = a.tenant_id AND d.id = a.delivery_id WHERE d.kind = 'prompt';
DROP TABLE delivery_attempts;
DROP TABLE deliveries;
