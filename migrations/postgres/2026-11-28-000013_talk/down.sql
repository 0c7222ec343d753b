DROP INDEX audit_of_patient;
ALTER TABLE audit DROP COLUMN patient_id;
DROP TRIGGER messages_live ON messages;
DROP TRIGGER alerts_live ON alerts;
DROP TRIGGER worklist_turns_live ON worklist_turns;
DROP TRIGGER pauses_live ON pauses;
DROP TRIGGER patients_live ON patients;
DROP FUNCTION note_live_change();
DROP FUNCTION note_live_patient();
DELETE FROM worklist_turns WHERE section = 'messages';
DELETE FROM discarded_uploads WHERE kind = 'message';
ALTER TABLE worklist_turns DROP CONSTRAINT worklist_turns_section_check;
ALTER TABLE worklist_turns ADD CONSTRAINT worklist_turns_section_check CHECK (section IN
    ('safety', 'worse', 'stopped', 'silent', 'low', 'housekeeping', 'good', 'on_track', 'rest'));
ALTER TABLE discarded_uploads DROP CONSTRAINT discarded_uploads_kind_check;
ALTER TABLE discarded_uploads ADD CONSTRAINT discarded_uploads_kind_check CHECK (kind IN ('answer', 'insole_session', 'checkin', 'receipt'));
DROP TABLE live_changes;
DROP TABLE messages;
DROP FUNCTION messages_are_not_changed();
