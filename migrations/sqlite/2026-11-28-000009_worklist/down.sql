DROP INDEX occurrences_by_day;
CREATE INDEX occurrences_by_day ON occurrences (tenant_id, patient_id, local_date, due_at);
DROP INDEX alerts_opened;
DROP TABLE worklist_turns;
DELETE FROM sqlite_stat1 WHERE idx IN ('alerts_opened', 'occurrences_by_day', 'worklist_turns');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('occurrences', 'occurrences_by_day', '10000000 10000000 200 1 1');
ANALYZE sqlite_schema;
