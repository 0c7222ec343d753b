DROP INDEX audit_settings;
DELETE FROM sqlite_stat1 WHERE idx = 'audit_settings';
ANALYZE sqlite_schema;
