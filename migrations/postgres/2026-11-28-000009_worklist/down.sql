DROP INDEX alerts_opened;
DROP TABLE worklist_turns;
