ALTER TABLE handovers DROP COLUMN timers_stopped;
ALTER TABLE alerts DROP COLUMN first_acted_at;
DROP TABLE rtm_evaluations;
DROP TABLE care_calls;
DROP TABLE rtm_entries;
DELETE FROM sqlite_stat1 WHERE tbl IN ('rtm_entries', 'care_calls', 'rtm_evaluations');
ANALYZE sqlite_schema;
