//! Function that fell: a questionnaire's score worse than the one before by a share of it, and not within its error.

use jiff::Timestamp;
use serde_json::json;

use super::rules::{self, PainRules};
use super::scales::Scale;
use super::scales::change::{Direction, change};
use super::service::derived;
use crate::attention::{self, Finding};
use crate::error::{Error, Result};
use crate::store::Tx;
use crate::store::alerts::{AlertState, Severity};
use crate::store::scale_results::{self, ScaleResultRow};

/// The alert of a fall, with the questionnaire.
fn rule(scale: &Scale) -> String {
    format!("function_fall:{}", scale.key)
}

/// Results looked at: the two newest that have a score are among them.
const LOOKED_AT: i64 = 10;

/// Whether the score fell: for the worse, by so many percent of the one before, and not by less than its known error.
pub(super) fn fell(scale: &Scale, from: f64, to: f64, rules: &PainRules) -> bool {
    let change = change(scale, from, to);
    // Of nothing there is no share; what is more than error, or matters to patients, then counts.
    let sure = change.beyond_error == Some(true) || change.matters == Some(true);
    let enough = change.percent.map_or(sure, |percent| {
        percent.abs() >= f64::from(rules.function_fall_pct)
    });
    scale.measures_function
        && change.direction == Direction::Worse
        && enough
        && change.beyond_error != Some(false)
}

/// Judges the newest two results of a questionnaire, whichever of them came last.
pub(super) fn check(
    tx: &mut Tx<'_>,
    scale: &Scale,
    row: &ScaleResultRow,
    rules: &PainRules,
    now: Timestamp,
) -> Result<()> {
    let newest = scale_results::of_patient(tx, row.patient_id, Some(&scale.key), LOOKED_AT)?;
    let mut scored = newest
        .iter()
        .filter_map(|one| Some((one, one.score?)))
        .take(2);
    let (Some((newest, to)), Some((before, from))) = (scored.next(), scored.next()) else {
        return Ok(());
    };
    let rule = rule(scale);
    if !fell(scale, from, to, rules) {
        let (state, reason) = (AlertState::AutoResolved, "the newest score is not lower");
        attention::settle(tx, row.patient_id, &rule, state, reason, now)?;
        return Ok(());
    }
    let finding = Finding {
        id: derived(newest.id.bytes(), &rule).into(),
        rule,
        rule_version: rules::VERSION,
        severity: Severity::Medium,
        evidence: json!({
            "results": [before.id, newest.id],
            "from": from,
            "to": to,
            "date": newest.local_date.date().map_err(Error::internal)?.to_string(),
            "date_last": before.local_date.date().map_err(Error::internal)?.to_string(),
            "mdc": scale.mdc,
        }),
        due_at: None,
    };
    attention::raise(tx, row.patient_id, &finding, now)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::scales::find;
    use super::*;

    #[test]
    fn a_fall_is_for_the_worse_a_fifth_and_more_than_error() {
        let fell = |key: &str, from, to| fell(find(key).unwrap(), from, to, &PainRules::default());
        assert!(fell("psfs", 8.0, 6.0));
        assert!(
            !fell("psfs", 5.0, 4.0),
            "a fifth, but within the error of 2"
        );
        assert!(!fell("psfs", 10.0, 8.1), "less than a fifth");
        assert!(!fell("psfs", 6.0, 8.0), "for the better");
        assert!(fell("rmdq", 10.0, 15.0) && !fell("rmdq", 15.0, 10.0));
        assert!(fell("rmdq", 0.0, 6.0), "of nothing there is no share");
        assert!(!fell("nprs_back", 4.0, 8.0), "pain is not function");
    }
}
