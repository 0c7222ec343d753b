DROP TABLE sandbox_clock;
ALTER TABLE clinics DROP COLUMN sandbox;
