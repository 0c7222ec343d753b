DROP INDEX alerts_opened;
DROP TABLE worklist_turns;
DELETE FROM sqlite_stat1 WHERE idx IN ('alerts_opened', 'worklist_turns');
