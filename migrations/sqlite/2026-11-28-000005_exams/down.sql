DROP TABLE insole_watch;
DROP TABLE wear_days;
DROP INDEX insole_sessions_uncounted;
ALTER TABLE insole_sessions DROP COLUMN worn_s;
ALTER TABLE insole_sessions DROP COLUMN reasons;
DROP TABLE exams;
