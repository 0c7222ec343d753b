DROP INDEX occurrences_by_day;
CREATE INDEX occurrences_by_day ON occurrences (tenant_id, patient_id, local_date, due_at);
DROP INDEX alerts_opened;
DROP TABLE worklist_turns;
