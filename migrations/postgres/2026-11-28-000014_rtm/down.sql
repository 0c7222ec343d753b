ALTER TABLE handovers DROP COLUMN timers_stopped;
ALTER TABLE alerts DROP COLUMN first_acted_at;
DROP TABLE rtm_evaluations;
DROP TABLE care_calls;
DROP TABLE rtm_entries;
