DROP INDEX deliveries_waiting;
ALTER TABLE deliveries DROP CONSTRAINT deliveries_waiting_has_a_time;
ALTER TABLE deliveries RESET (fillfactor);
UPDATE deliveries SET next_attempt_at = due_at WHERE next_attempt_at IS NULL;
-- What a claim holds may be taken from its end on, as before.
UPDATE deliveries SET next_attempt_at = claim.until_at FROM delivery_claims AS claim
    WHERE claim.tenant_id = deliveries.tenant_id AND claim.lease = deliveries.lease AND state = 'leased';
ALTER TABLE deliveries ALTER COLUMN next_attempt_at SET NOT NULL;
CREATE INDEX deliveries_due ON deliveries (next_attempt_at) WHERE state IN ('pending', 'leased');
DROP TABLE delivery_claims;
