-- What is on its way gets the row it had before.
INSERT INTO deliveries (tenant_id, id, patient_id, kind, occurrence_id, step, due_at, expires_at, attempts, state, lease)
    SELECT due.tenant_id, due.id, due.patient_id, 'prompt', due.id, 0, coalesce(due.remind_at, due.due_at), due.closes_at, 1, 'leased', claim.lease
    FROM delivery_claims AS claim, generate_series(0, length(claim.prompt_ids) / 16 - 1) AS place, occurrences AS due
    WHERE due.tenant_id = claim.tenant_id AND due.id = substring(claim.prompt_ids FROM place * 16 + 1 FOR 16)
    ON CONFLICT DO NOTHING;
UPDATE delivery_claims SET delivery_ids = delivery_ids || prompt_ids;
ALTER TABLE delivery_claims DROP COLUMN prompt_ids;
ALTER TABLE deliveries SET (fillfactor = 50);
