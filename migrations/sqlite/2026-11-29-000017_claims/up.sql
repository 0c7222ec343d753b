-- A claim has a row of its own, and a delivery that nobody is to look at has no time for it: so a delivery is in the index of what waits
-- only while it waits, and the end of a claim touches no index (docs/decisions/0035-claims-have-rows.md).
CREATE TABLE delivery_claims (
    tenant_id     INTEGER NOT NULL REFERENCES clinics (tenant_id),
    -- The lease its deliveries are held under, as long as they are.
    lease         BLOB NOT NULL,
    -- From this instant what it still holds waits again.
    until_at      INTEGER NOT NULL,
    -- What it took: ids of 16 bytes, one after the other.
    delivery_ids  BLOB NOT NULL CHECK (length(delivery_ids) % 16 = 0),
    PRIMARY KEY (tenant_id, lease)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_claims_until ON delivery_claims (until_at);

-- No server runs while this does: what one held when it died waits for the end of its lease, as it did.
UPDATE deliveries SET state = 'pending', lease = NULL WHERE state = 'leased';

DROP INDEX deliveries_due;
-- When to look next, of one that waits: the due time or a retry time.
ALTER TABLE deliveries ADD COLUMN wake_at INTEGER CHECK (wake_at IS NULL OR state = 'pending');
UPDATE deliveries SET wake_at = next_attempt_at WHERE state = 'pending';
ALTER TABLE deliveries DROP COLUMN next_attempt_at;
ALTER TABLE deliveries RENAME COLUMN wake_at TO next_attempt_at;
CREATE INDEX deliveries_waiting ON deliveries (next_attempt_at) WHERE next_attempt_at IS NOT NULL;

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('deliveries', 'deliveries_waiting', '1000 2'),
    ('delivery_claims', 'delivery_claims', '100 100 1'),
    ('delivery_claims', 'delivery_claims_until', '100 1');
ANALYZE sqlite_schema;
