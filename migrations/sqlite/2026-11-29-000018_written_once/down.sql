-- What is on its way gets the row it had before.
WITH RECURSIVE named (tenant_id, lease, id, rest) AS (
    SELECT tenant_id, lease, substr(prompt_ids, 1, 16), substr(prompt_ids, 17) FROM delivery_claims WHERE length(prompt_ids) > 0
    UNION ALL
    SELECT tenant_id, lease, substr(rest, 1, 16), substr(rest, 17) FROM named WHERE length(rest) > 0
)
INSERT INTO deliveries (tenant_id, id, patient_id, kind, occurrence_id, step, due_at, expires_at, attempts, state, lease)
    SELECT due.tenant_id, due.id, due.patient_id, 'prompt', due.id, 0, coalesce(due.remind_at, due.due_at), due.closes_at, 1, 'leased', named.lease
    FROM named JOIN occurrences AS due ON due.tenant_id = named.tenant_id AND due.id = named.id
    WHERE TRUE ON CONFLICT DO NOTHING;
UPDATE delivery_claims SET delivery_ids = CAST(delivery_ids || prompt_ids AS BLOB);
ALTER TABLE delivery_claims DROP COLUMN prompt_ids;
