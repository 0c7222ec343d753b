//! Pain that is getting worse by the clinic's list: a rise over the last day with a value, or a slope surely above zero.

use jiff::ToSpan;
use serde_json::json;

use super::rules::{self, Slope};
use super::service::Intake;
use super::trend::{by_date, worst_by_date};
use crate::attention;
use crate::error::{Error, Result};
use crate::store::alerts::{AlertState, Severity};
use crate::store::{Tx, checkins};

/// The alert of pain that gets worse.
pub(super) const WORSE: &str = "pain_worse";
/// Days in which the value before is looked for.
const LOOK_BACK_DAYS: i32 = 28;

/// Judges the newest day with a value, whichever day this check-in was for: one that came late changes what was before.
pub(super) fn check(tx: &mut Tx<'_>, intake: &Intake<'_>) -> Result<()> {
    if intake.body.worst_pain().is_none() {
        return Ok(());
    }
    let date = intake.row.local_date.date().map_err(Error::internal)?;
    let span = LOOK_BACK_DAYS.days();
    let (from, until) = (
        date.checked_sub(span).map_err(Error::internal)?,
        date.checked_add(span).map_err(Error::internal)?,
    );
    let rows = checkins::standing(tx, intake.patient.id, from, until)?;
    let worst = worst_by_date(&by_date(&rows)?);
    let Some((newest, pain)) = worst.last_key_value().map(|(date, pain)| (*date, *pain)) else {
        return Ok(());
    };
    let before = worst.range(..newest).next_back();
    let slope = rules::slope(&worst, newest, intake.rules);
    let last = before.map(|(_, pain)| *pain);
    if !rules::is_worse(last, pain, slope.as_ref(), intake.rules) {
        let (state, reason) = (AlertState::AutoResolved, "pain no longer gets worse");
        attention::settle(tx, intake.patient.id, WORSE, state, reason, intake.now)?;
        return Ok(());
    }
    let evidence = json!({
        "checkin": intake.body.id,
        "date": newest.to_string(),
        "pain": pain,
        "pain_last": last,
        "date_last": before.map(|(date, _)| date.to_string()),
        "slope": slope.filter(Slope::is_above_zero),
    });
    let rule = WORSE.to_owned();
    let finding = intake.finding(rule, rules::VERSION, Severity::Medium, evidence)?;
    attention::raise(tx, intake.patient.id, &finding, intake.now)?;
    Ok(())
}
