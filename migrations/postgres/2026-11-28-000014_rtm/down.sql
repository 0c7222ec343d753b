ALTER TABLE handovers DROP COLUMN timers_stopped;
DROP TABLE rtm_evaluations;
DROP TABLE care_calls;
DROP TABLE rtm_entries;
