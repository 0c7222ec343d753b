//! What the server holds about one patient, table by table, as rows of JSON.

use diesel::backend::Backend;
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Binary, HasSqlType};
use jiff::Timestamp;
use serde_json::{Map, Value};

use super::Tx;
use super::backend::raw::Statement;
use super::types::{PatientId, TenantId};
use crate::error::{Error, Result};

/// How a table's rows are known to be a patient's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The row is the patient.
    Own,
    /// It names the patient, and has an id in this column.
    Named(&'static str),
    /// It names the patient; at most a few for each day, so that all are read together.
    Few,
    /// It names a delivery of theirs.
    OfDelivery,
    /// It names a suspension of theirs.
    OfSuspension,
}

/// The tables a patient is given, in this order.
pub const EXPORTED: &[(&str, Whose)] = &[
    ("patients", Whose::Own),
    ("consents", Whose::Few),
    ("erasures", Whose::Named("id")),
    ("devices", Whose::Named("id")),
    ("care_team", Whose::Few),
    ("plan_versions", Whose::Few),
    ("plan_items", Whose::Named("id")),
    ("exercise_levels", Whose::Few),
    ("patient_days", Whose::Few),
    ("zone_reports", Whose::Named("id")),
    ("pauses", Whose::Named("id")),
    ("suspensions", Whose::Named("id")),
    ("suspension_ends", Whose::OfSuspension),
    ("occurrences", Whose::Named("id")),
    ("occurrence_events", Whose::Named("id")),
    ("answers", Whose::Named("id")),
    ("adherence_days", Whose::Few),
    ("checkins", Whose::Named("id")),
    ("scale_results", Whose::Named("id")),
    ("exams", Whose::Named("id")),
    ("care_events", Whose::Named("id")),
    ("insole_sessions", Whose::Named("session_id")),
    ("wear_days", Whose::Few),
    ("alerts", Whose::Named("id")),
    ("worklist_turns", Whose::Few),
    ("handover_patients", Whose::Few),
    ("notices", Whose::Named("id")),
    ("messages", Whose::Named("id")),
    ("care_calls", Whose::Named("id")),
    ("rtm_entries", Whose::Named("id")),
    ("rtm_evaluations", Whose::Few),
    ("suggestion_decisions", Whose::Few),
    ("deliveries", Whose::Named("id")),
    ("delivery_attempts", Whose::OfDelivery),
    ("delivery_receipts", Whose::OfDelivery),
    ("quarantine", Whose::Named("id")),
    ("discarded_uploads", Whose::Few),
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

/// Rows that are read together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// All of the table.
    All,
    /// Those with one of these keys.
    With(&'static str, Vec<Vec<u8>>),
}

/// Rows with so many keys are read together: years of sessions are tens of megabytes.
const TOGETHER: usize = 32;

/// The rows of a patient in one table, in parts that each fit in little memory. A row added later is in none of them.
pub fn parts(
    tx: &mut Tx<'_>,
    table: &'static str,
    whose: Whose,
    patient: PatientId,
) -> Result<Vec<Part>> {
    let key = match whose {
        Whose::Few => return Ok(vec![Part::All]),
        Whose::Own => "id",
        Whose::Named(key) => key,
        Whose::OfDelivery => "delivery_id",
        Whose::OfSuspension => "suspension_id",
    };
    let condition = Condition {
        whose,
        tenant: tx.tenant(),
        patient,
        part: &Part::All,
    };
    let keys = tx.connection().keys(table, key, &condition)?;
    let part = |keys: &[Vec<u8>]| Part::With(key, keys.to_vec());
    Ok(keys.chunks(TOGETHER).map(part).collect())
}

/// The rows of a part, as the engine writes them: [`tidied`] makes one what a person is given.
pub fn rows(
    tx: &mut Tx<'_>,
    table: &'static str,
    whose: Whose,
    patient: PatientId,
    part: &Part,
) -> Result<Vec<String>> {
    let condition = Condition {
        whose,
        tenant: tx.tenant(),
        patient,
        part,
    };
    Ok(tx.connection().rows_as_json(table, &condition)?)
}

/// Which rows of the table `t` are meant.
pub(super) struct Condition<'a> {
    whose: Whose,
    tenant: TenantId,
    patient: PatientId,
    part: &'a Part,
}

impl Condition<'_> {
    /// Goes on with a statement that ends in `WHERE`.
    pub(super) fn written<'s, DB>(&'s self, statement: Statement<'s, DB>) -> Statement<'s, DB>
    where
        DB: Backend + HasSqlType<BigInt> + HasSqlType<Binary> + 's,
        TenantId: ToSql<BigInt, DB>,
        PatientId: ToSql<Binary, DB>,
        [u8]: ToSql<Binary, DB>,
    {
        let of_clinic = statement
            .text("t.tenant_id = ")
            .bind::<BigInt, _>(self.tenant);
        match self.part {
            Part::All => self.all(of_clinic),
            Part::With(key, keys) => {
                let begun = of_clinic.text(format!(" AND t.{key} IN ("));
                let separators = std::iter::once("").chain(std::iter::repeat(", "));
                // Always as many, so that one text serves.
                let again = keys.last().into_iter().cycle();
                separators
                    .zip(keys.iter().chain(again).take(TOGETHER))
                    .fold(begun, |statement, (separator, key)| {
                        statement.text(separator).bind::<Binary, _>(key.as_slice())
                    })
                    .text(")")
            }
        }
    }

    fn all<'s, DB>(&'s self, of_clinic: Statement<'s, DB>) -> Statement<'s, DB>
    where
        DB: Backend + HasSqlType<BigInt> + HasSqlType<Binary> + 's,
        TenantId: ToSql<BigInt, DB>,
        PatientId: ToSql<Binary, DB>,
    {
        let through = |of_clinic: Statement<'s, DB>, parent: &str, column: &str| {
            of_clinic
                .text(format!(
                    " AND t.{column} IN (SELECT p.id FROM {parent} p WHERE p.tenant_id = "
                ))
                .bind::<BigInt, _>(self.tenant)
                .text(" AND p.patient_id = ")
                .bind::<Binary, _>(self.patient)
                .text(")")
        };
        match self.whose {
            Whose::OfDelivery => return through(of_clinic, "deliveries", "delivery_id"),
            Whose::OfSuspension => return through(of_clinic, "suspensions", "suspension_id"),
            Whose::Own => of_clinic.text(" AND t.id = "),
            Whose::Named(_) | Whose::Few => of_clinic.text(" AND t.patient_id = "),
        }
        .bind::<Binary, _>(self.patient)
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
