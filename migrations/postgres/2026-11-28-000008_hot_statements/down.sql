DROP INDEX delivery_receipts_of_device;
ALTER TABLE deliveries ADD CONSTRAINT deliveries_tenant_id_patient_id_fkey
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id);
ALTER TABLE deliveries ADD CONSTRAINT deliveries_tenant_id_occurrence_id_patient_id_fkey
    FOREIGN KEY (tenant_id, occurrence_id, patient_id) REFERENCES occurrences (tenant_id, id, patient_id);
ALTER TABLE delivery_attempts ADD CONSTRAINT delivery_attempts_tenant_id_delivery_id_fkey
    FOREIGN KEY (tenant_id, delivery_id) REFERENCES deliveries (tenant_id, id);
ALTER TABLE delivery_attempts ADD CONSTRAINT delivery_attempts_tenant_id_device_id_fkey
    FOREIGN KEY (tenant_id, device_id) REFERENCES devices (tenant_id, id);
