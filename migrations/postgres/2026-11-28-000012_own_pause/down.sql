-- A pause of a patient's own is their owner's from here on.
UPDATE pauses SET created_by = patients.owner_id FROM patients
    WHERE patients.tenant_id = pauses.tenant_id AND patients.id = pauses.patient_id AND pauses.created_by IS NULL;
ALTER TABLE pauses ALTER COLUMN created_by SET NOT NULL;
