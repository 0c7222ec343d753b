-- What a patient and the clinic write to each other: each named by whoever wrote it, only ever added to. What becomes of a message
-- (read, answered) is noted beside it.
CREATE TABLE messages (
    tenant_id     INTEGER NOT NULL,
    id            BLOB NOT NULL,
    patient_id    BLOB NOT NULL,
    author        TEXT NOT NULL CHECK (author IN ('clinic', 'patient')),
    -- Of the clinic's: who wrote it.
    clinician_id  BLOB,
    text          TEXT NOT NULL CHECK (length(text) BETWEEN 1 AND 2000),
    -- By the writer's clock, never later than the next.
    sent_at       INTEGER NOT NULL,
    received_at   INTEGER NOT NULL,
    -- When the other side first saw it.
    read_at       INTEGER,
    -- Of a patient's: when, by whom and how it was seen to. It waits until then.
    settled_at    INTEGER,
    settled_by    BLOB,
    settled_how   TEXT CHECK (settled_how IN ('answered', 'no_answer')),
    -- Of the clinic's: the push that says there is something to read; several messages share one.
    delivery_id   BLOB,
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
) STRICT, WITHOUT ROWID;
CREATE INDEX messages_of_patient ON messages (tenant_id, patient_id, received_at, id);
-- What waits for an answer.
CREATE INDEX messages_waiting ON messages (tenant_id, patient_id, received_at, id) WHERE author = 'patient' AND settled_at IS NULL;
CREATE INDEX messages_announced ON messages (tenant_id, delivery_id, read_at) WHERE delivery_id IS NOT NULL;

CREATE TRIGGER messages_no_change
    BEFORE UPDATE OF tenant_id, id, patient_id, author, clinician_id, text, sent_at, received_at ON messages
    BEGIN SELECT RAISE(ABORT, 'a message is not changed'); END;

-- When something of a patient that a clinician may have open was last changed, by the database's own clock: what open pages are told
-- of. Written by triggers, so that no statement forgets it; says that something changed, never what. None is on the adding of what other
-- tables refer to: with a trigger there SQLite looks through all of those tables for each row.
CREATE TABLE live_changes (
    tenant_id   INTEGER NOT NULL,
    patient_id  BLOB NOT NULL,
    changed_at  INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, patient_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX live_changes_newest ON live_changes (tenant_id, changed_at, patient_id);

-- A section of the worklist and a kind of upload more: SQLite changes a check by a new table.
CREATE TABLE worklist_turns_new (
    tenant_id   INTEGER NOT NULL,
    patient_id  BLOB NOT NULL,
    section     TEXT NOT NULL CHECK (section IN
                  ('safety', 'worse', 'messages', 'stopped', 'silent', 'low', 'housekeeping', 'good', 'on_track', 'rest')),
    -- What the row rested on.
    evidence    TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('reviewed', 'acted', 'snoozed')),
    reason      TEXT NOT NULL,
    turned_by   BLOB NOT NULL,
    turned_at   INTEGER NOT NULL,
    -- The row is back at the latest then.
    until_at    INTEGER NOT NULL,
    PRIMARY KEY (tenant_id, patient_id, section),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id),
    FOREIGN KEY (tenant_id, turned_by) REFERENCES clinicians (tenant_id, id)
) STRICT, WITHOUT ROWID;
INSERT INTO worklist_turns_new SELECT * FROM worklist_turns;
DROP TABLE worklist_turns;
ALTER TABLE worklist_turns_new RENAME TO worklist_turns;

CREATE TABLE discarded_uploads_new (
    tenant_id      INTEGER NOT NULL,
    patient_id     BLOB NOT NULL,
    -- The date they arrived on, UTC.
    received_date  TEXT NOT NULL,
    kind           TEXT NOT NULL CHECK (kind IN ('answer', 'insole_session', 'checkin', 'receipt', 'message')),
    count          INTEGER NOT NULL CHECK (count >= 1),
    PRIMARY KEY (tenant_id, patient_id, received_date, kind),
    FOREIGN KEY (tenant_id, patient_id) REFERENCES patients (tenant_id, id)
) STRICT, WITHOUT ROWID;
INSERT INTO discarded_uploads_new SELECT * FROM discarded_uploads;
DROP TABLE discarded_uploads;
ALTER TABLE discarded_uploads_new RENAME TO discarded_uploads;

CREATE TRIGGER messages_live_insert AFTER INSERT ON messages BEGIN
    INSERT INTO live_changes (tenant_id, patient_id, changed_at)
    VALUES (NEW.tenant_id, NEW.patient_id, CAST(unixepoch('subsec') * 1000000 AS INTEGER))
    ON CONFLICT (tenant_id, patient_id) DO UPDATE SET changed_at = max(changed_at + 1, excluded.changed_at);
END;
CREATE TRIGGER messages_live_update AFTER UPDATE ON messages BEGIN
    INSERT INTO live_changes (tenant_id, patient_id, changed_at)
    VALUES (NEW.tenant_id, NEW.patient_id, CAST(unixepoch('subsec') * 1000000 AS INTEGER))
    ON CONFLICT (tenant_id, patient_id) DO UPDATE SET changed_at = max(changed_at + 1, excluded.changed_at);
END;
CREATE TRIGGER alerts_live_insert AFTER INSERT ON alerts BEGIN
    INSERT INTO live_changes (tenant_id, patient_id, changed_at)
    VALUES (NEW.tenant_id, NEW.patient_id, CAST(unixepoch('subsec') * 1000000 AS INTEGER))
    ON CONFLICT (tenant_id, patient_id) DO UPDATE SET changed_at = max(changed_at + 1, excluded.changed_at);
END;
CREATE TRIGGER alerts_live_update AFTER UPDATE ON alerts BEGIN
    INSERT INTO live_changes (tenant_id, patient_id, changed_at)
    VALUES (NEW.tenant_id, NEW.patient_id, CAST(unixepoch('subsec') * 1000000 AS INTEGER))
    ON CONFLICT (tenant_id, patient_id) DO UPDATE SET changed_at = max(changed_at + 1, excluded.changed_at);
END;
CREATE TRIGGER worklist_turns_live_insert AFTER INSERT ON worklist_turns BEGIN
    INSERT INTO live_changes (tenant_id, patient_id, changed_at)
    VALUES (NEW.tenant_id, NEW.patient_id, CAST(unixepoch('subsec') * 1000000 AS INTEGER))
    ON CONFLICT (tenant_id, patient_id) DO UPDATE SET changed_at = max(changed_at + 1, excluded.changed_at);
END;
CREATE TRIGGER worklist_turns_live_update AFTER UPDATE ON worklist_turns BEGIN
    INSERT INTO live_changes (tenant_id, patient_id, changed_at)
    VALUES (NEW.tenant_id, NEW.patient_id, CAST(unixepoch('subsec') * 1000000 AS INTEGER))
    ON CONFLICT (tenant_id, patient_id) DO UPDATE SET changed_at = max(changed_at + 1, excluded.changed_at);
END;
CREATE TRIGGER pauses_live_insert AFTER INSERT ON pauses BEGIN
    INSERT INTO live_changes (tenant_id, patient_id, changed_at)
    VALUES (NEW.tenant_id, NEW.patient_id, CAST(unixepoch('subsec') * 1000000 AS INTEGER))
    ON CONFLICT (tenant_id, patient_id) DO UPDATE SET changed_at = max(changed_at + 1, excluded.changed_at);
END;
CREATE TRIGGER pauses_live_update AFTER UPDATE ON pauses BEGIN
    INSERT INTO live_changes (tenant_id, patient_id, changed_at)
    VALUES (NEW.tenant_id, NEW.patient_id, CAST(unixepoch('subsec') * 1000000 AS INTEGER))
    ON CONFLICT (tenant_id, patient_id) DO UPDATE SET changed_at = max(changed_at + 1, excluded.changed_at);
END;
CREATE TRIGGER patients_live_update AFTER UPDATE OF status, owner_id, name ON patients BEGIN
    INSERT INTO live_changes (tenant_id, patient_id, changed_at)
    VALUES (NEW.tenant_id, NEW.id, CAST(unixepoch('subsec') * 1000000 AS INTEGER))
    ON CONFLICT (tenant_id, patient_id) DO UPDATE SET changed_at = max(changed_at + 1, excluded.changed_at);
END;

-- Whom a line of the trail is about, so that a patient's lines are found: those written before are filled in where they say it.
ALTER TABLE audit ADD COLUMN patient_id BLOB;
DROP TRIGGER audit_no_update;
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
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit is append-only'); END;
CREATE INDEX audit_of_patient ON audit (tenant_id, patient_id, at, id) WHERE patient_id IS NOT NULL;
CREATE INDEX audit_newest ON audit (tenant_id, at, id);

DELETE FROM sqlite_stat1 WHERE tbl IN ('worklist_turns', 'discarded_uploads');
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('audit', 'audit_newest', '10000000 10000000 2 1'),
    ('audit', 'audit_of_patient', '5000000 5000000 100 2 1'),
    ('discarded_uploads', 'discarded_uploads', '1000 1000 1 1 1'),
    ('live_changes', 'live_changes', '50000 50000 1'),
    ('live_changes', 'live_changes_newest', '50000 50000 1 1'),
    ('messages', 'messages', '1000000 1000000 1'),
    ('messages', 'messages_of_patient', '1000000 1000000 20 1 1'),
    ('messages', 'messages_waiting', '1000 1000 1 1 1'),
    ('messages', 'messages_announced', '500000 500000 2 1'),
    ('worklist_turns', 'worklist_turns', '10000 10000 2 1');
ANALYZE sqlite_schema;
