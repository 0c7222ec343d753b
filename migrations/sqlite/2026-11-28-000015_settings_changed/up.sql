-- Who changed the clinic's settings last is read from the trail, without walking it.
CREATE INDEX audit_settings ON audit (tenant_id, at) WHERE action = 'clinic.settings';

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('audit', 'audit_settings', '1000 10 1');
ANALYZE sqlite_schema;
