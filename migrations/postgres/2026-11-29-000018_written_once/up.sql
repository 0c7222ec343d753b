-- First prompts that a claim took and that have no row yet: it is written once, when the prompt has ended
-- (docs/decisions/0036-prompts-are-written-once.md). Ids of 16 bytes, one after the other; each is its occurrence's.
ALTER TABLE delivery_claims ADD COLUMN prompt_ids BYTEA NOT NULL DEFAULT '' CHECK (length(prompt_ids) % 16 = 0);
ALTER TABLE delivery_claims ALTER COLUMN prompt_ids DROP DEFAULT;
ALTER TABLE delivery_claims ALTER COLUMN prompt_ids SET STORAGE EXTERNAL;

-- Only what has to wait gets a second version.
ALTER TABLE deliveries SET (fillfactor = 90);
