DROP TABLE suggestion_decisions;
DROP TABLE plan_templates;
DELETE FROM sqlite_stat1 WHERE idx IN ('plan_templates', 'suggestion_decisions');
ANALYZE sqlite_schema;
