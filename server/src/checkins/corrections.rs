//! A correction: what the corrected value caused is taken back, where nothing else stands for it.

use jiff::SignedDuration;
use serde_json::Value;

use super::effects::{REST, SPIKE, set_level, spike_rule, stop_rule};
use super::persists::PERSISTS;
use super::rules::{Verdict, verdict};
use super::service::Intake;
use crate::attention;
use crate::error::{Error, Result};
use crate::reminders::replan;
use crate::store::alerts::{self, Alert, AlertState};
use crate::store::checkins::{self, CheckinRow};
use crate::store::types::CheckinId;
use crate::store::{Tx, care_events, suspensions};

/// Marks what an intake corrects, and takes back what that caused.
///
/// Red flags are not taken back: only a clinician ends what they stopped.
pub(super) fn undo(tx: &mut Tx<'_>, intake: &Intake<'_>) -> Result<()> {
    let Some(replaced) = intake.body.replaces else {
        return Ok(());
    };
    let Some(old) = checkins::find(tx, replaced)?.filter(|old| old.patient_id == intake.patient.id)
    else {
        return Ok(());
    };
    checkins::set_replaced(tx, old.id, intake.now)?;
    let window = SignedDuration::from_mins(intake.rules.correction_min);
    if intake
        .body
        .taken_at
        .duration_since(old.taken_at.timestamp())
        > window
    {
        // Later it is another opinion, not a slip: the clinician sees both values.
        return Ok(());
    }
    undo_spike(tx, intake, &old)?;
    undo_stops(tx, intake, &old)?;
    undo_changed(tx, intake, &old)
}

/// The alert of a change of standing or walking that the correction no longer tells.
fn undo_changed(tx: &mut Tx<'_>, intake: &Intake<'_>, old: &CheckinRow) -> Result<()> {
    let live = alerts::live(tx, intake.patient.id, PERSISTS)?;
    let Some(live) = live.filter(|_| intake.body.standing_walking_changed != Some(true)) else {
        return Ok(());
    };
    let evidence: Value = serde_json::from_str(&live.evidence).map_err(Error::internal)?;
    if rests_on(&evidence, old.id) && evidence["pain_stays"] == Value::Bool(false) {
        let (state, reason) = (AlertState::Retracted, reason(intake, None));
        alerts::set_state(tx, live.id, state, &reason, None, intake.now)?;
    }
    Ok(())
}

fn pain(value: Option<i64>) -> Option<u8> {
    value.and_then(|value| u8::try_from(value).ok())
}

/// Whether a check-in tells of a spike after an exercise.
fn is_spike(intake: &Intake<'_>, row: &CheckinRow, exercise: &str) -> bool {
    row.exercise_key.as_deref() == Some(exercise)
        && pain(row.pain_after).is_some_and(|pain| verdict(pain, intake.rules) == Verdict::Spike)
}

fn undo_spike(tx: &mut Tx<'_>, intake: &Intake<'_>, old: &CheckinRow) -> Result<()> {
    let Some(exercise) = old
        .exercise_key
        .as_deref()
        .filter(|key| is_spike(intake, old, key))
    else {
        return Ok(());
    };
    let live = alerts::live(tx, intake.patient.id, &spike_rule(exercise))?;
    // What stands for the alert besides: any spike since it was opened, this correction included.
    let since = live.as_ref().map(|alert| alert.first_seen_at);
    let others = checkins::after_exercise(tx, intake.patient.id, exercise, i64::MAX)?
        .iter()
        .filter(|row| since.is_none_or(|since| row.received_at >= since))
        .any(|row| is_spike(intake, row, exercise));
    if others {
        return Ok(());
    }
    if live.is_some() {
        let reason = reason(intake, old.pain_after);
        let rule = spike_rule(exercise);
        attention::settle(
            tx,
            intake.patient.id,
            &rule,
            AlertState::Retracted,
            &reason,
            intake.now,
        )?;
    }
    resume(tx, intake, exercise, SPIKE)
}

/// Why an alert is retracted, for the clinician.
fn reason(intake: &Intake<'_>, from: Option<i64>) -> String {
    let minutes = intake.rules.correction_min;
    match (from, intake.body.after) {
        (Some(from), Some(after)) => {
            let to = after.pain;
            format!("the patient corrected the value from {from} to {to} within {minutes} minutes")
        }
        _ => format!("the patient corrected the check-in within {minutes} minutes"),
    }
}

fn resume(tx: &mut Tx<'_>, intake: &Intake<'_>, exercise: &str, why: &str) -> Result<()> {
    let suspended = intake.live(tx, exercise, why)?;
    if suspended.is_empty() {
        return Ok(());
    }
    for one in suspended {
        suspensions::end(tx, one.id, intake.now)?;
    }
    replan::replan(tx, intake.patient.id, intake.now)?;
    intake.note(tx, "exercise.resume", exercise)?;
    intake.tell_of(tx, "exercise_resumed", exercise)
}

/// Stop rules whose newest evidence is the corrected check-in.
fn undo_stops(tx: &mut Tx<'_>, intake: &Intake<'_>, old: &CheckinRow) -> Result<()> {
    let prefix = stop_rule("");
    for alert in alerts::live_of(tx, intake.patient.id)? {
        let Some(exercise) = alert.rule.strip_prefix(&prefix) else {
            continue;
        };
        let evidence: Value = serde_json::from_str(&alert.evidence).map_err(Error::internal)?;
        if !rests_on(&evidence, old.id) {
            continue;
        }
        let reason = reason(intake, old.pain_after);
        alerts::set_state(
            tx,
            alert.id,
            AlertState::Retracted,
            &reason,
            None,
            intake.now,
        )?;
        restore_level(tx, intake, &alert, exercise, &evidence)?;
        resume(tx, intake, exercise, REST)?;
    }
    Ok(())
}

fn rests_on(evidence: &Value, checkin: CheckinId) -> bool {
    evidence["checkin"].as_str() == Some(checkin.to_string().as_str())
}

/// Back to the level the exercise was stepped back from, unless somebody decided otherwise meanwhile.
fn restore_level(
    tx: &mut Tx<'_>,
    intake: &Intake<'_>,
    alert: &Alert,
    exercise: &str,
    evidence: &Value,
) -> Result<()> {
    let Some(from) = evidence["level_from"].as_i64() else {
        return Ok(());
    };
    let level = care_events::levels(tx, &[intake.patient.id])?
        .into_iter()
        .find(|level| level.exercise_key == exercise);
    match level {
        Some(level) if level.level == from - 1 && level.decided_at == alert.last_seen_at => {
            set_level(tx, intake, &level, from)?;
            intake.tell_of(tx, "exercise_resumed", exercise)
        }
        _ => Ok(()),
    }
}
