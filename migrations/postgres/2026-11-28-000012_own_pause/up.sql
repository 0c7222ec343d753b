-- A pause may be a patient's own word: nobody of the clinic entered it then.
ALTER TABLE pauses ALTER COLUMN created_by DROP NOT NULL;
