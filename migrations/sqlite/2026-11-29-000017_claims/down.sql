DROP INDEX deliveries_waiting;
ALTER TABLE deliveries ADD COLUMN wake_at INTEGER NOT NULL DEFAULT 0;
UPDATE deliveries SET wake_at = coalesce(next_attempt_at, due_at);
-- What a claim holds may be taken from its end on, as before.
UPDATE deliveries SET wake_at = coalesce(
    (SELECT until_at FROM delivery_claims AS claim WHERE claim.tenant_id = deliveries.tenant_id AND claim.lease = deliveries.lease), due_at)
    WHERE state = 'leased';
ALTER TABLE deliveries DROP COLUMN next_attempt_at;
ALTER TABLE deliveries RENAME COLUMN wake_at TO next_attempt_at;
CREATE INDEX deliveries_due ON deliveries (next_attempt_at) WHERE state IN ('pending', 'leased');
DROP TABLE delivery_claims;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('deliveries', 'deliveries_due', '1000 2');
ANALYZE sqlite_schema;
