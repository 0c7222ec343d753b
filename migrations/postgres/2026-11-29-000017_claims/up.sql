-- A claim has a row of its own, and a delivery that nobody is to look at has no time for it: so a delivery is in the index of what waits
-- only while it waits, and the end of a claim touches no index (docs/decisions/0035-claims-have-rows.md).
CREATE TABLE delivery_claims (
    tenant_id     BIGINT NOT NULL REFERENCES clinics (tenant_id),
    -- The lease its deliveries are held under, as long as they are.
    lease         BYTEA NOT NULL,
    -- From this instant what it still holds waits again.
    until_at      BIGINT NOT NULL,
    -- What it took: ids of 16 bytes, one after the other.
    delivery_ids  BYTEA NOT NULL CHECK (length(delivery_ids) % 16 = 0),
    PRIMARY KEY (tenant_id, lease)
);
-- Ids of chance are not made smaller by trying.
ALTER TABLE delivery_claims ALTER COLUMN delivery_ids SET STORAGE EXTERNAL;
CREATE INDEX delivery_claims_until ON delivery_claims (until_at);

-- No server runs while this does: what one held when it died waits for the end of its lease, as it did.
UPDATE deliveries SET state = 'pending', lease = NULL WHERE state = 'leased';

DROP INDEX deliveries_due;
-- When to look next, of one that waits: the due time or a retry time.
ALTER TABLE deliveries ADD COLUMN wake_at BIGINT;
UPDATE deliveries SET wake_at = next_attempt_at WHERE state = 'pending';
ALTER TABLE deliveries DROP COLUMN next_attempt_at;
ALTER TABLE deliveries RENAME COLUMN wake_at TO next_attempt_at;
ALTER TABLE deliveries ADD CONSTRAINT deliveries_waiting_has_a_time CHECK ((state = 'pending') = (next_attempt_at IS NOT NULL));
CREATE INDEX deliveries_waiting ON deliveries (next_attempt_at) WHERE next_attempt_at IS NOT NULL;

-- Each row gets a second version, of how it ended: there is to be room for it on the same page.
ALTER TABLE deliveries SET (fillfactor = 50);
