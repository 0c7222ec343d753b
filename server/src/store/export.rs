//! What the server holds about one patient, table by table, as rows of JSON.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::Tx;
use super::types::PatientId;
use crate::error::{Error, Result};

/// How a table's rows are known to be a patient's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The row is the patient.
    Own,
    /// It names the patient.
    Named,
    /// It names a delivery of theirs.
    OfDelivery,
    /// It names a suspension of theirs.
    OfSuspension,
}

/// The tables a patient is given, in this order.
pub const EXPORTED: &[(&str, Whose)] = &[
    ("patients", Whose::Own),
    ("consents", Whose::Named),
    ("erasures", Whose::Named),
    ("devices", Whose::Named),
    ("care_team", Whose::Named),
    ("plan_versions", Whose::Named),
    ("plan_items", Whose::Named),
    ("exercise_levels", Whose::Named),
    ("patient_days", Whose::Named),
    ("zone_reports", Whose::Named),
    ("pauses", Whose::Named),
    ("suspensions", Whose::Named),
    ("suspension_ends", Whose::OfSuspension),
    ("occurrences", Whose::Named),
    ("occurrence_events", Whose::Named),
    ("answers", Whose::Named),
    ("adherence_days", Whose::Named),
    ("checkins", Whose::Named),
    ("scale_results", Whose::Named),
    ("exams", Whose::Named),
    ("care_events", Whose::Named),
    ("insole_sessions", Whose::Named),
    ("wear_days", Whose::Named),
    ("alerts", Whose::Named),
    ("worklist_turns", Whose::Named),
    ("handover_patients", Whose::Named),
    ("notices", Whose::Named),
    ("messages", Whose::Named),
    ("care_calls", Whose::Named),
    ("rtm_entries", Whose::Named),
    ("rtm_evaluations", Whose::Named),
    ("suggestion_decisions", Whose::Named),
    ("deliveries", Whose::Named),
    ("delivery_attempts", Whose::OfDelivery),
    ("delivery_receipts", Whose::OfDelivery),
    ("quarantine", Whose::Named),
    ("discarded_uploads", Whose::Named),
];

/// The tables with rows of a patient that are not given, and why. With [`EXPORTED`] they are all an erasure empties; a test
/// holds that.
pub const WITHHELD: &[(&str, &str)] = &[
    ("access_tokens", "opens the account"),
    ("one_time_codes", "opens the account"),
    ("adherence_due", "which days are to be counted anew"),
    ("insole_watch", "which sessions are to be looked at"),
    ("live_changes", "what an open page is to fetch anew"),
];

/// Columns that say nothing of the patient, or would let somebody else reach the device.
const LEFT_OUT: [&str; 5] = [
    "tenant_id",
    "shard",
    "push_token",
    "content_hash",
    "lease_id",
];

/// The rows of a patient in one table, as the engine writes them: [`tidied`] makes one what a person is given. As texts, for
/// years of rows are ten times as large once they are read.
pub fn rows(
    tx: &mut Tx<'_>,
    table: &'static str,
    whose: Whose,
    patient: PatientId,
) -> Result<Vec<String>> {
    let tenant = tx.tenant();
    Ok(tx.connection().rows_as_json(
        table,
        |tenant, patient| condition(whose, tenant, patient),
        (tenant, patient),
    )?)
}

/// The condition of a table's rows; the places of the values are the engine's.
fn condition(whose: Whose, tenant: &str, patient: &str) -> String {
    let through = |parent: &str, column: &str| {
        format!(
            "t.tenant_id = {tenant} AND t.{column} IN \
             (SELECT p.id FROM {parent} p WHERE p.tenant_id = {tenant} AND p.patient_id = {patient})"
        )
    };
    match whose {
        Whose::Own => format!("t.tenant_id = {tenant} AND t.id = {patient}"),
        Whose::Named => format!("t.tenant_id = {tenant} AND t.patient_id = {patient}"),
        Whose::OfDelivery => through("deliveries", "delivery_id"),
        Whose::OfSuspension => through("suspensions", "suspension_id"),
    }
}

/// A row as a person is given it.
///
/// # Errors
/// When it is no JSON.
pub fn tidied(row: &str) -> Result<Value> {
    let row: Map<String, Value> = serde_json::from_str(row).map_err(Error::internal)?;
    Ok(Value::Object(tidy(row)))
}

/// A row as both engines give it to a person: instants as RFC 3339, stored JSON as JSON, bytes as digits.
fn tidy(row: Map<String, Value>) -> Map<String, Value> {
    row.into_iter()
        .filter(|(name, _)| !LEFT_OUT.contains(&name.as_str()))
        .map(|(name, value)| {
            let value = match value {
                Value::Number(micros) if name.ends_with("_at") || name == "at" => instant(&micros),
                Value::String(text) => words(text),
                other => other,
            };
            (name, value)
        })
        .collect()
}

fn instant(micros: &serde_json::Number) -> Value {
    let at = micros
        .as_i64()
        .and_then(|micros| Timestamp::from_microsecond(micros).ok());
    at.map_or_else(
        || Value::Number(micros.clone()),
        |at| Value::String(at.to_string()),
    )
}

fn words(text: String) -> Value {
    if let Some(bytes) = text.strip_prefix("\\x") {
        return Value::String(bytes.to_owned());
    }
    if text.starts_with(['{', '['])
        && let Ok(json) = serde_json::from_str(&text)
    {
        return json;
    }
    Value::String(text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;
    use crate::store::erasures::ERASED;

    #[test]
    fn whatever_an_erasure_empties_is_given_or_withheld_for_a_reason() {
        let given = EXPORTED.iter().map(|(table, _)| *table);
        let known: BTreeSet<&str> = given
            .chain(WITHHELD.iter().map(|(table, _)| *table))
            .collect();
        for table in ERASED {
            assert!(known.contains(table), "{table}");
        }
        assert_eq!(known.len(), EXPORTED.len() + WITHHELD.len(), "each once");
    }

    #[test]
    fn both_engines_read_alike() {
        let sqlite = r#"{"tenant_id":1,"id":"0a0b","body":"{\"back_pain\":4}","taken_at":1772431200000000,"push_token":"x"}"#;
        let postgres = r#"{"tenant_id":1,"id":"\\x0a0b","body":"{\"back_pain\":4}","taken_at":1772431200000000,"push_token":"x"}"#;
        let expected =
            json!({ "id": "0a0b", "body": { "back_pain": 4 }, "taken_at": "2026-03-02T06:00:00Z" });
        assert_eq!(tidied(sqlite).unwrap(), expected);
        assert_eq!(tidied(postgres).unwrap(), expected);
    }

    #[test]
    fn a_text_that_only_looks_like_json_stays_a_text() {
        assert_eq!(words("{not so".to_owned()), json!("{not so"));
        assert_eq!(words("[1]".to_owned()), json!([1]));
    }
}
