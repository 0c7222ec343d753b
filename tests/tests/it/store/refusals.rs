//! Inserts that every engine must refuse, past all of our own checks.

use std::collections::BTreeSet;

use diesel::result::{DatabaseErrorKind, Error};
use footing_tests::{Database, Raw};

use super::rows::{Cell, named, seed, tables};

/// What the database says to a statement, which leaves no trace.
fn refusal(raw: &mut Raw, sql: &str) -> Option<Error> {
    raw.execute("BEGIN").unwrap();
    let outcome = raw.execute(sql);
    raw.execute("ROLLBACK").unwrap();
    outcome.err()
}

fn is_refused(raw: &mut Raw, sql: &str, kind: DatabaseErrorKind) {
    match refusal(raw, sql) {
        Some(Error::DatabaseError(found, info)) => {
            let same = std::mem::discriminant(&found) == std::mem::discriminant(&kind);
            assert!(same, "{sql}\nis refused as {found:?}: {}", info.message());
        }
        other => panic!("{sql}\nis not refused as {kind:?} but gives {other:?}"),
    }
}

/// Whose references PostgreSQL does not check: docs/decisions/0020-references-of-prompts.md. SQLite checks them, so that a test
/// that writes a wrong one fails there.
const UNCHECKED_ON_POSTGRES: [&str; 2] = ["deliveries", "delivery_attempts"];

/// Tables in which a row is corrected by one other at most.
const CORRECTED_ONCE: [&str; 2] = ["rtm_entries", "care_calls"];

/// A reference to another clinic's row is refused, but for those given up.
fn is_refused_unless_given_up(raw: &mut Raw, table: &str, sql: &str) {
    let given_up = matches!(raw, Raw::Postgres(_)) && UNCHECKED_ON_POSTGRES.contains(&table);
    if given_up {
        assert!(
            refusal(raw, sql).is_none(),
            "it is checked after all: {sql}"
        );
    } else {
        is_refused(raw, sql, DatabaseErrorKind::ForeignKeyViolation);
    }
}

async fn no_reference_crosses_clinics(database: Database) {
    let mut raw = Raw::connect(&database);
    seed(&mut raw, 1);
    seed(&mut raw, 2);
    // A clinic itself refers to nothing.
    for table in tables().filter(|table| table.name != "clinics") {
        // A table with one row for each patient has no room for a second one of the same.
        let room = if CORRECTED_ONCE.contains(&table.name) {
            format!("DELETE FROM {} WHERE replaces IS NOT NULL; ", table.name)
        } else if table.has_own_key() {
            String::new()
        } else {
            format!("DELETE FROM {}; ", table.name)
        };
        let valid = room.clone() + &table.insert(&raw, 2, 7, &[]);
        assert!(
            refusal(&mut raw, &valid).is_none(),
            "the control must be taken: {valid}"
        );
        for (column, cell) in table.columns {
            if matches!(cell, Cell::First(_)) {
                let crossing = room.clone() + &table.insert(&raw, 2, 7, &[(column, *cell, 1)]);
                is_refused_unless_given_up(&mut raw, table.name, &crossing);
            }
        }
    }
}

/// With every reference of a row to the other clinic at once.
async fn no_row_belongs_to_two_clinics(database: Database) {
    let mut raw = Raw::connect(&database);
    seed(&mut raw, 1);
    seed(&mut raw, 2);
    for table in tables() {
        let crossed: Vec<(&str, Cell, u8)> = table
            .columns
            .iter()
            .filter(|(_, cell)| matches!(cell, Cell::First(_)))
            .map(|(column, cell)| (*column, *cell, 1))
            .collect();
        if !crossed.is_empty() {
            let crossing = table.insert(&raw, 2, 7, &crossed);
            is_refused_unless_given_up(&mut raw, table.name, &crossing);
        }
    }
}

/// Holds [`TABLES`] to the catalogue: no reference is left untried, and each leads with the clinic.
async fn every_reference_is_tried_and_leads_with_the_clinic(database: Database) {
    let mut raw = Raw::connect(&database);
    let references = references(&mut raw);
    assert!(references.len() >= 20, "{references:?}");
    for reference in &references {
        let (table, columns) = reference.split_once(':').unwrap();
        let mut columns = columns.split(',');
        assert_eq!(columns.next(), Some("tenant_id"), "{reference}");
        for column in columns {
            let tried = tables().filter(|known| known.name == table).any(|known| {
                known.columns.iter().any(|(name, cell)| {
                    *name == column && matches!(cell, Cell::First(_) | Cell::Is(1))
                })
            });
            assert!(tried, "{table}.{column} refers to a row and is not tried");
        }
    }
}

/// Every foreign key as `table:column,column`.
fn references(raw: &mut Raw) -> BTreeSet<String> {
    let sql = match raw {
        Raw::Postgres(_) => {
            "SELECT c.conrelid::regclass || ':' || string_agg(a.attname, ',' ORDER BY k.place) AS value
             FROM pg_constraint c
             CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS k (number, place)
             JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.number
             WHERE c.contype = 'f' GROUP BY c.oid, c.conrelid"
        }
        Raw::Sqlite(_) => {
            "SELECT name || ':' || columns AS value FROM (
                SELECT m.name AS name, f.id, group_concat(f.\"from\", ',') AS columns
                FROM sqlite_schema m, pragma_foreign_key_list(m.name) f
                WHERE m.type = 'table' GROUP BY m.name, f.id ORDER BY f.seq)"
        }
    };
    raw.texts(sql).into_iter().collect()
}

async fn a_device_acts_for_its_own_patient_only(database: Database) {
    let mut raw = Raw::connect(&database);
    seed(&mut raw, 1);
    let second = named("patients").insert(&raw, 1, 2, &[]);
    raw.execute(&second).unwrap();
    let theirs = named("devices").insert(&raw, 1, 2, &[("patient_id", Cell::Own(0xa1), 1)]);
    raw.execute(&theirs).unwrap();
    let device = ("device_id", Cell::Own(0xd1), 1);
    for name in ["answers", "insole_sessions", "access_tokens"] {
        let mismatch = named(name).insert(&raw, 1, 2, &[device]);
        is_refused(&mut raw, &mismatch, DatabaseErrorKind::ForeignKeyViolation);
    }
    for name in ["insole_sessions", "access_tokens"] {
        let own = named(name).insert(&raw, 1, 2, &[device, ("patient_id", Cell::Own(0xa1), 1)]);
        assert!(
            refusal(&mut raw, &own).is_none(),
            "the control must be taken: {own}"
        );
    }
}

async fn an_occurrence_is_planned_once(database: Database) {
    let mut raw = Raw::connect(&database);
    seed(&mut raw, 1);
    let occurrences = named("occurrences");
    let again = occurrences.insert(&raw, 1, 2, &[("window_no", Cell::Is(1), 1)]);
    is_refused(&mut raw, &again, DatabaseErrorKind::UniqueViolation);
    let next_day = [
        ("window_no", Cell::Is(1), 1),
        ("local_date", Cell::Says("2026-03-03"), 1),
    ];
    let other = occurrences.insert(&raw, 1, 2, &next_day);
    assert!(refusal(&mut raw, &other).is_none());
}

async fn the_audit_trail_is_only_added_to(database: Database) {
    let mut raw = Raw::connect(&database);
    seed(&mut raw, 1);
    let mut attempts = vec![
        "UPDATE audit SET action = 'nothing'",
        "UPDATE audit SET at = at WHERE tenant_id = 1",
        "DELETE FROM audit",
        "DELETE FROM audit WHERE tenant_id = 1",
    ];
    if matches!(raw, Raw::Postgres(_)) {
        attempts.push("TRUNCATE audit");
    }
    for attempt in attempts {
        let refusal = refusal(&mut raw, attempt).expect(attempt);
        assert!(
            refusal.to_string().contains("append-only"),
            "{attempt}: {refusal}"
        );
    }
    let second = named("audit").insert(&raw, 1, 2, &[]);
    raw.execute(&second).unwrap();
    assert_eq!(raw.number("SELECT count(*) AS value FROM audit"), 2);
}

async fn values_outside_their_set_are_refused(database: Database) {
    let mut raw = Raw::connect(&database);
    seed(&mut raw, 1);
    let wrong: [(&str, &str, Cell); 10] = [
        ("clinicians", "active", Cell::Is(2)),
        ("devices", "platform", Cell::Says("toaster")),
        ("devices", "push_state", Cell::Says("")),
        ("one_time_codes", "purpose", Cell::Says("anything")),
        ("plan_versions", "version", Cell::Is(0)),
        ("pauses", "through_date", Cell::Says("2026-03-01")),
        ("occurrences", "state", Cell::Says("forgotten")),
        ("occurrences", "closes_at", Cell::Is(1)),
        ("deliveries", "state", Cell::Says("lost")),
        // What has ended and would be looked at for ever.
        ("deliveries", "state", Cell::Says("sent")),
    ];
    for (table, column, cell) in wrong {
        let insert = named(table).insert(&raw, 1, 7, &[(column, cell, 1)]);
        is_refused(&mut raw, &insert, DatabaseErrorKind::CheckViolation);
    }
}

footing_tests::on_both_engines!(
    no_reference_crosses_clinics,
    no_row_belongs_to_two_clinics,
    every_reference_is_tried_and_leads_with_the_clinic,
    a_device_acts_for_its_own_patient_only,
    an_occurrence_is_planned_once,
    the_audit_trail_is_only_added_to,
    values_outside_their_set_are_refused,
);
