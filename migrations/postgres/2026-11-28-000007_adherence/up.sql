-- Adherence of each patient's day, kept as it was known; and the days whose figures are to be looked at again.

-- The figures of a day, as revisions: one that changed is superseded, never overwritten.
CREATE TABLE adherence_days (
    tenant_id      BIGINT NOT NULL,
    patient_id     BYTEA NOT NULL,
    local_date     TEXT NOT NULL,
    -- 1, 2, 3, ...
    revision       BIGINT NOT NULL CHECK (revision >= 1),
    -- JSON, with the version of the arithmetic.
    figures        TEXT NOT NULL,
    computed_at    BIGINT NOT NULL,
    -- What made it be computed.
    cause          TEXT NOT NULL CHECK (cause IN ('day_ended', 'closed', 'answered', 'undone', 'excused', 'cancelled')),
    -- NULL for the one that holds.
    superseded_at  BIGINT,
    PRIMARY KEY (tenant_id, patient_id, local_date, revision),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id)
);
CREATE UNIQUE INDEX adherence_days_current ON adherence_days (tenant_id, patient_id, local_date) WHERE superseded_at IS NULL;

-- Days something happened to since their figures were computed.
CREATE TABLE adherence_due (
    tenant_id   BIGINT NOT NULL,
    patient_id  BYTEA NOT NULL,
    local_date  TEXT NOT NULL,
    -- When the day has ended.
    due_at      BIGINT NOT NULL,
    cause       TEXT NOT NULL CHECK (cause IN ('day_ended', 'closed', 'answered', 'undone', 'excused', 'cancelled')),
    PRIMARY KEY (tenant_id, patient_id, local_date),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id)
);
CREATE INDEX adherence_due_next ON adherence_due (due_at);
