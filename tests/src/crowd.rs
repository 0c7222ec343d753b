//! Many patients for one colleague of the demonstration, for pages that must stay quick with them.

use std::path::Path;

use anyhow::Context;
use diesel::connection::SimpleConnection;
use diesel::{Connection, SqliteConnection};

/// The patient who is copied: in care, with a plan and answers.
const MODEL: &str = "Test Patient 14";

/// Copies one patient of the demonstration so often, with plan and days, for a colleague: each tenth has stopped.
///
/// # Errors
/// When the database of the demonstration cannot be written.
pub fn add(database: &Path, size: u32) -> anyhow::Result<()> {
    let file = database.to_str().context("the database's path")?;
    let mut sqlite = SqliteConnection::establish(file)?;
    for statement in statements(size) {
        sqlite.batch_execute(&statement).context(statement)?;
    }
    Ok(())
}

fn statements(size: u32) -> Vec<String> {
    let copy = |table: &str, columns: &[&str], named: &[(&str, &str)]| {
        let values = columns.iter().map(|column| {
            let own = named.iter().find(|(name, _)| name == column);
            own.map_or(format!("t.{column}"), |(_, value)| (*value).to_owned())
        });
        let values: Vec<String> = values.collect();
        format!(
            "INSERT INTO {table} ({}) SELECT {} FROM {table} t, crowd WHERE t.patient_id = crowd.model;",
            columns.join(", "),
            values.join(", ")
        )
    };
    // An id of a row of the crowd: the model's with the number of the copy in its middle.
    let of = |column: &str| {
        format!("unhex(substr(hex({column}), 1, 8) || crowd.hex || substr(hex({column}), 17))")
    };
    let (id, line) = (of("t.id"), of("t.plan_item_id"));
    vec![
        "PRAGMA busy_timeout = 10000; BEGIN IMMEDIATE;".to_owned(),
        format!(
            "CREATE TEMP TABLE crowd AS WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {size})
             SELECT n, printf('%08X', n) AS hex, m.tenant_id, m.id AS model, m.time_zone,
                 unhex(substr(hex(m.id), 1, 8) || printf('%08X', n) || substr(hex(m.id), 17)) AS id,
                 (SELECT c.id FROM clinicians c WHERE c.tenant_id = m.tenant_id AND c.active = 1 AND c.id <> m.owner_id) AS owner
             FROM n, patients m WHERE m.name = '{MODEL}';"
        ),
        "INSERT INTO patients (tenant_id, id, name, time_zone, locale, owner_id, created_at, day_starts_min, status)
             SELECT tenant_id, id, printf('Zz Crowd Patient %04d', n), time_zone, 'en', owner, 0, 0, 'active' FROM crowd;"
            .to_owned(),
        copy(
            "plan_versions",
            &["tenant_id", "patient_id", "version", "note", "published_by", "published_at"],
            &[("patient_id", "crowd.id")],
        ),
        copy(
            "plan_items",
            &["tenant_id", "id", "patient_id", "plan_version", "position", "exercise_key", "body"],
            &[("patient_id", "crowd.id"), ("id", &id)],
        ),
        copy(
            "occurrences",
            &[
                "tenant_id", "id", "patient_id", "plan_version", "plan_item_id", "window_no", "exercise_key", "dose",
                "local_date", "local_time", "time_zone", "clock_rule", "opens_at", "due_at", "closes_at", "state",
                "reason", "done_fraction", "answered_at", "planned_at", "shard", "flexible", "done_amount",
            ],
            &[("patient_id", "crowd.id"), ("id", &id), ("plan_item_id", &line)],
        ),
        "INSERT INTO alerts (tenant_id, id, patient_id, rule, rule_version, severity, state, state_at, evidence, first_seen_at,
             last_seen_at, count, owner_id)
             SELECT tenant_id, id, id, 'missed_days', 'watch-1', 'medium', 'open', 0, '{\"days\":[\"2026-03-01\",\"2026-03-02\"]}',
                 0, 0, 1, owner FROM crowd WHERE n % 10 = 0;"
            .to_owned(),
        "COMMIT;".to_owned(),
    ]
}
