-- First prompts that a claim took and that have no row yet: it is written once, when the prompt has ended
-- (docs/decisions/0036-prompts-are-written-once.md). Ids of 16 bytes, one after the other; each is its occurrence's.
ALTER TABLE delivery_claims ADD COLUMN prompt_ids BLOB NOT NULL DEFAULT x'' CHECK (length(prompt_ids) % 16 = 0);
