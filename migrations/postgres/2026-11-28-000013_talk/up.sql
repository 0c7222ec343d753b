-- What a patient and the clinic write to each other: each named by whoever wrote it, only ever added to. What becomes of a message
-- (read, answered) is noted beside it.
CREATE TABLE messages (
    tenant_id     BIGINT NOT NULL,
    id            BYTEA NOT NULL,
    patient_id    BYTEA NOT NULL,
    author        TEXT NOT NULL CHECK (author IN ('clinic', 'patient')),
    -- Of the clinic's: who wrote it.
    clinician_id  BYTEA,
    text          TEXT NOT NULL CHECK (char_length(text) BETWEEN 1 AND 2000),
    -- By the writer's clock, never later than the next.
    sent_at       BIGINT NOT NULL,
    received_at   BIGINT NOT NULL,
    -- When the other side first saw it.
    read_at       BIGINT,
    -- Of a patient's: when, by whom and how it was seen to. It waits until then.
    settled_at    BIGINT,
    settled_by    BYTEA,
    settled_how   TEXT CHECK (settled_how IN ('answered', 'no_answer')),
    -- Of the clinic's: the push that says there is something to read; several messages share one.
    delivery_id   BYTEA,
    PRIMARY KEY (tenant_id, id),
    CHECK ((author = 'clinic') = (clinician_id IS NOT NULL)),
    CHECK (author = 'clinic' OR delivery_id IS NULL),
    CHECK (author = 'patient' OR settled_at IS NULL),
    CHECK ((settled_at IS NULL) = (settled_how IS NULL)),
    CHECK ((settled_at IS NULL) = (settled_by IS NULL)),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    FOREIGN KEY (tenant_id, clinician_id) REFERENCES clinicians (tenant_id, id),
    FOREIGN KEY (tenant_id, settled_by) REFERENCES clinicians (tenant_id, id),
    FOREIGN KEY (tenant_id, delivery_id) REFERENCES deliveries (tenant_id, id)
);
CREATE INDEX messages_of_patient ON messages (tenant_id, patient_id, received_at, id);
-- What waits for an answer.
CREATE INDEX messages_waiting ON messages (tenant_id, patient_id, received_at, id) WHERE author = 'patient' AND settled_at IS NULL;
CREATE INDEX messages_announced ON messages (tenant_id, delivery_id, read_at) WHERE delivery_id IS NOT NULL;

CREATE FUNCTION messages_are_not_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a message is not changed'; END $$;
CREATE TRIGGER messages_no_change
    BEFORE UPDATE OF tenant_id, id, patient_id, author, clinician_id, text, sent_at, received_at ON messages
    FOR EACH STATEMENT EXECUTE FUNCTION messages_are_not_changed();

-- When something of a patient that a clinician may have open was last changed, by the database's own clock: what open pages are told
-- of. Written by triggers, so that no statement forgets it; says that something changed, never what. None is on the adding of what other
-- tables refer to: with a trigger there SQLite looks through all of those tables for each row.
CREATE TABLE live_changes (
    tenant_id   BIGINT NOT NULL,
    patient_id  BYTEA NOT NULL,
    changed_at  BIGINT NOT NULL,
    PRIMARY KEY (tenant_id, patient_id)
);
CREATE INDEX live_changes_newest ON live_changes (tenant_id, changed_at, patient_id);

CREATE FUNCTION note_live_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO live_changes AS known (tenant_id, patient_id, changed_at)
    VALUES (NEW.tenant_id, NEW.patient_id, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
    ON CONFLICT (tenant_id, patient_id) DO UPDATE SET changed_at = greatest(known.changed_at + 1, excluded.changed_at);
    RETURN NULL;
END $$;
CREATE FUNCTION note_live_patient() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO live_changes AS known (tenant_id, patient_id, changed_at)
    VALUES (NEW.tenant_id, NEW.id, (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)
    ON CONFLICT (tenant_id, patient_id) DO UPDATE SET changed_at = greatest(known.changed_at + 1, excluded.changed_at);
    RETURN NULL;
END $$;
CREATE TRIGGER messages_live AFTER INSERT OR UPDATE ON messages FOR EACH ROW EXECUTE FUNCTION note_live_change();
CREATE TRIGGER alerts_live AFTER INSERT OR UPDATE ON alerts FOR EACH ROW EXECUTE FUNCTION note_live_change();
CREATE TRIGGER worklist_turns_live AFTER INSERT OR UPDATE ON worklist_turns FOR EACH ROW EXECUTE FUNCTION note_live_change();
CREATE TRIGGER pauses_live AFTER INSERT OR UPDATE ON pauses FOR EACH ROW EXECUTE FUNCTION note_live_change();
CREATE TRIGGER patients_live AFTER UPDATE OF status, owner_id, name ON patients FOR EACH ROW EXECUTE FUNCTION note_live_patient();

-- A section of the worklist and a kind of upload more.
ALTER TABLE worklist_turns DROP CONSTRAINT worklist_turns_section_check;
ALTER TABLE worklist_turns ADD CONSTRAINT worklist_turns_section_check CHECK (section IN
    ('safety', 'worse', 'messages', 'stopped', 'silent', 'low', 'housekeeping', 'good', 'on_track', 'rest'));
ALTER TABLE discarded_uploads DROP CONSTRAINT discarded_uploads_kind_check;
ALTER TABLE discarded_uploads ADD CONSTRAINT discarded_uploads_kind_check CHECK (kind IN ('answer', 'insole_session', 'checkin', 'receipt', 'message'));

-- Whom a line of the trail is about, so that a patient's lines are found: those written before are filled in where they say it.
ALTER TABLE audit ADD COLUMN patient_id BYTEA;
ALTER TABLE audit DISABLE TRIGGER audit_no_change;
UPDATE audit SET patient_id = entity_id WHERE entity = 'patient' AND entity_id IS NOT NULL;
UPDATE audit SET patient_id = principal_id WHERE principal_kind = 'patient' AND patient_id IS NULL;
UPDATE audit SET patient_id = (SELECT t.patient_id FROM alerts t WHERE t.tenant_id = audit.tenant_id AND t.id = audit.entity_id)
    WHERE entity = 'alert' AND patient_id IS NULL;
UPDATE audit SET patient_id = (SELECT t.patient_id FROM exams t WHERE t.tenant_id = audit.tenant_id AND t.id = audit.entity_id)
    WHERE entity = 'exam' AND patient_id IS NULL;
UPDATE audit SET patient_id = (SELECT t.patient_id FROM care_events t WHERE t.tenant_id = audit.tenant_id AND t.id = audit.entity_id)
    WHERE entity = 'care_event' AND patient_id IS NULL;
UPDATE audit SET patient_id = (SELECT t.patient_id FROM devices t WHERE t.tenant_id = audit.tenant_id AND t.id = audit.entity_id)
    WHERE entity = 'device' AND patient_id IS NULL;
UPDATE audit SET patient_id = (SELECT t.patient_id FROM suspensions t WHERE t.tenant_id = audit.tenant_id AND t.id = audit.entity_id)
    WHERE entity = 'suspension' AND patient_id IS NULL;
ALTER TABLE audit ENABLE TRIGGER audit_no_change;
CREATE INDEX audit_of_patient ON audit (tenant_id, patient_id, at, id) WHERE patient_id IS NOT NULL;
CREATE INDEX audit_newest ON audit (tenant_id, at, id);
