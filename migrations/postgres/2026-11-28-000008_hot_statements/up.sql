-- A reference that is checked takes a lock in the row it names: of what one prompt costs, four such checks are the larger part
-- (docs/decisions/0020-references-of-prompts.md). These four hold by the way the rows are made; SQLite, where a check is a look, keeps them.
ALTER TABLE deliveries DROP CONSTRAINT deliveries_tenant_id_patient_id_fkey;
ALTER TABLE deliveries DROP CONSTRAINT deliveries_tenant_id_occurrence_id_patient_id_fkey;
ALTER TABLE delivery_attempts DROP CONSTRAINT delivery_attempts_tenant_id_delivery_id_fkey;
ALTER TABLE delivery_attempts DROP CONSTRAINT delivery_attempts_tenant_id_device_id_fkey;

-- When a patient's phone was last heard of.
CREATE INDEX delivery_receipts_of_device ON delivery_receipts (tenant_id, device_id, received_at);
