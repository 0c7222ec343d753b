DROP TABLE adherence_due;
DROP TABLE adherence_days;
