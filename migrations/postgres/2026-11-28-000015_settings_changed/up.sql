-- Who changed the clinic's settings last is read from the trail, without walking it.
CREATE INDEX audit_settings ON audit (tenant_id, at) WHERE action = 'clinic.settings';
