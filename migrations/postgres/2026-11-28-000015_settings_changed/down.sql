DROP INDEX audit_settings;
