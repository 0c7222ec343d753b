DROP INDEX delivery_receipts_of_device;
-- The table itself is SQLite's and stays; empty it says nothing.
DELETE FROM sqlite_stat1;
ANALYZE sqlite_schema;
