DROP TABLE suggestion_decisions;
DROP TABLE plan_templates;
