//! What clinicians do with alerts, and the pass that hands late ones on and opens those put off again.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};

use crate::app::App;
use crate::error::{Error, Result};
use crate::jobs::Next;
use crate::jobs::apart::{Done, apart};
use crate::store::alerts::{self, Alert, AlertState, Beside, Severity};
use crate::store::audit::{self, Entry};
use crate::store::types::{AlertId, ClinicianId, PatientId, UtcMicros};
use crate::store::{Scope, System, Tx, alert_turns, care_team, clinics, patients};

/// A critical alert is put off this long at most (care.md 6.2: 4 h and a note).
const CRITICAL_SNOOZE: SignedDuration = SignedDuration::from_hours(4);
/// Any other this long at most.
const SNOOZE: SignedDuration = SignedDuration::from_hours(90 * 24);
/// Alerts one pass takes of each kind.
const BATCH: i64 = 200;
/// Alerts of a patient that are listed.
const LISTED: i64 = 200;

/// What a clinician does with an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// Takes it on.
    Ack,
    /// Is done with it.
    Resolve,
    /// Puts it off.
    Snooze {
        /// Until when.
        until: Timestamp,
        /// What to remember.
        note: Option<String>,
    },
}

/// The state after an action; a repeat of what stands already is fine.
///
/// # Errors
/// Conflict with the state of an alert that is over.
pub fn next_state(state: AlertState, action: &Action) -> Result<AlertState> {
    let next = match action {
        Action::Ack => AlertState::Acked,
        Action::Resolve => AlertState::Resolved,
        Action::Snooze { .. } => AlertState::Snoozed,
    };
    if AlertState::LIVE.contains(&state) || state == next {
        return Ok(next);
    }
    Err(Error::conflict(
        "this alert is over",
        serde_json::json!({ "state": state }),
    ))
}

/// Checks how long and with what an alert may be put off.
///
/// # Errors
/// Invalid at the field that breaks a rule.
pub fn check_snooze(
    severity: Severity,
    until: Timestamp,
    note: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    let critical = severity == Severity::Critical;
    let longest = if critical { CRITICAL_SNOOZE } else { SNOOZE };
    let length = until.duration_since(now);
    if length <= SignedDuration::ZERO {
        return Err(Error::field("/until", "must be in the future"));
    }
    if length > longest {
        let hours = longest.as_hours();
        return Err(Error::field(
            "/until",
            format!("must be at most {hours} hours from now"),
        ));
    }
    if critical && note.is_none() {
        return Err(Error::field("/note", "is needed for a critical alert"));
    }
    Ok(())
}

/// The time to act of an alert that opens again: as long from now as it was at first.
pub fn due_again(
    first_seen_at: Timestamp,
    due_at: Option<Timestamp>,
    now: Timestamp,
) -> Option<Timestamp> {
    let allowed = due_at?
        .duration_since(first_seen_at)
        .max(SignedDuration::ZERO);
    now.checked_add(allowed).ok()
}

/// An alert with what stands beside it and the note it was put off with.
pub type Line = (Alert, Beside, Option<String>);

/// A patient's alerts, those seen last first.
///
/// # Errors
/// Not found when there is no such patient.
pub async fn list(app: &App, scope: Scope, patient: PatientId) -> Result<Vec<Line>> {
    app.store
        .read("alerts", scope, move |tx| {
            patients::find(tx, patient)?;
            alerts::of_patient_with(tx, patient, LISTED)
        })
        .await
}

/// Acts on an alert, saying why. A repeat of a resolution changes nothing.
///
/// # Errors
/// Not found when the patient has no such alert; conflict when it is over; invalid when it may not be put off like this.
pub async fn act(
    app: &App,
    scope: Scope,
    by: ClinicianId,
    (patient, id): (PatientId, AlertId),
    action: Action,
    reason: String,
) -> Result<AlertState> {
    let now = app.now();
    let verb = match action {
        Action::Ack => "alert.ack",
        Action::Resolve => "alert.resolve",
        Action::Snooze { .. } => "alert.snooze",
    };
    let entry = app.audit(verb, "alert", Some(*id.bytes())).about(patient);
    let state = app
        .store
        .write("act_on_alert", scope, move |tx| {
            let (state, changed) = act_in(tx, by, (patient, id), &action, &reason, now)?;
            if changed {
                audit::append(tx, &[entry])?;
            }
            Ok(state)
        })
        .await?;
    app.signals.wake();
    Ok(state)
}

/// The same inside a transaction. Gives the state, and whether anything was changed.
pub fn act_in(
    tx: &mut Tx<'_>,
    by: ClinicianId,
    (patient, id): (PatientId, AlertId),
    action: &Action,
    reason: &str,
    now: Timestamp,
) -> Result<(AlertState, bool)> {
    let alert = alerts::lock(tx, patient, id)?;
    let next = next_state(alert.state, action)?;
    if alert.state == AlertState::Resolved {
        return Ok((next, false));
    }
    if let Action::Snooze { until, note } = action {
        check_snooze(alert.severity, *until, note.as_deref(), now)?;
        alert_turns::set_snooze(tx, id, *until, note.as_deref())?;
    }
    alerts::set_state(tx, id, next, reason, Some(by), now)?;
    Ok((next, true))
}

/// One pass: alerts put off until now are open again, open ones whose time to act has passed go to the deputy.
pub async fn pass(app: Arc<App>) -> Result<Next> {
    let now = app.now();
    let (reopening, overdue) = app
        .store
        .read("alert_turns", System, move |tx| {
            Ok((
                alert_turns::snooze_ended(tx, now, BATCH)?,
                alerts::overdue(tx, now, BATCH)?,
            ))
        })
        .await?;
    if reopening.is_empty() && overdue.is_empty() {
        let next = app
            .store
            .read("next_alert_turn", System, alert_turns::next_turn)
            .await?;
        return Ok(next.map_or(Next::WhenSignalled, Next::At));
    }
    let mut done = Done::default();
    for (tenant, patient, id) in reopening {
        let entry = app
            .audit("alert.reopen", "alert", Some(*id.bytes()))
            .about(patient);
        let scope = Scope::job(tenant, "escalation");
        let work = move |tx: &mut Tx<'_>, _: &[AlertId]| reopen(tx, patient, id, now, entry);
        let of = ("escalation", "reopen_alert");
        done.extend(apart(&app, of, scope, vec![id], AlertId::to_string, work).await?);
    }
    for (tenant, patient, id) in overdue {
        let entry = app
            .audit("alert.escalate", "alert", Some(*id.bytes()))
            .about(patient);
        let scope = Scope::job(tenant, "escalation");
        let work = move |tx: &mut Tx<'_>, _: &[AlertId]| escalate(tx, patient, id, now, entry);
        let of = ("escalation", "escalate_alert");
        done.extend(apart(&app, of, scope, vec![id], AlertId::to_string, work).await?);
    }
    Ok(done.next(now, None))
}

fn reopen(
    tx: &mut Tx<'_>,
    patient: PatientId,
    id: AlertId,
    now: Timestamp,
    entry: Entry,
) -> Result<()> {
    let alert = alerts::find(tx, patient, id)?;
    let due_at = due_again(
        alert.first_seen_at.timestamp(),
        alert.due_at.map(UtcMicros::timestamp),
        now,
    );
    if alert_turns::reopen(tx, id, "snooze_ended", due_at, now)? {
        audit::append(tx, &[entry])?;
    }
    Ok(())
}

/// Hands a late alert on, once; its evidence stays as it is.
fn escalate(
    tx: &mut Tx<'_>,
    patient: PatientId,
    id: AlertId,
    now: Timestamp,
    entry: Entry,
) -> Result<()> {
    let alert = alerts::find(tx, patient, id)?;
    let next = stand_in(tx, &alert)?.unwrap_or(alert.owner_id);
    if alert_turns::escalate(tx, id, next, now)? {
        audit::append(tx, &[entry])?;
    }
    Ok(())
}

/// Who gets a late alert: the patient's deputy, else the patient's owner where somebody else had it, else the clinic's
/// first other admin. Nobody in a clinic of one.
fn stand_in(tx: &mut Tx<'_>, alert: &Alert) -> Result<Option<ClinicianId>> {
    let mut candidates = Vec::new();
    candidates.extend(care_team::deputy(tx, alert.patient_id)?);
    candidates.push(patients::find(tx, alert.patient_id)?.owner_id);
    candidates.extend(clinics::active_admins(tx)?);
    for candidate in candidates {
        if candidate != alert.owner_id && clinics::clinician(tx, candidate)?.active == 1 {
            return Ok(Some(candidate));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::from_second(minutes * 60).unwrap()
    }

    #[test]
    fn only_a_live_alert_is_acted_on() {
        let snooze = Action::Snooze {
            until: at(1),
            note: None,
        };
        for action in [Action::Ack, Action::Resolve, snooze] {
            for state in AlertState::LIVE {
                assert!(next_state(state, &action).is_ok());
            }
            for state in [AlertState::AutoResolved, AlertState::Retracted] {
                let refused = next_state(state, &action).unwrap_err();
                assert_eq!(
                    refused.conflict,
                    Some(serde_json::json!({ "state": state }))
                );
            }
        }
        assert!(next_state(AlertState::Resolved, &Action::Resolve).is_ok());
        assert!(next_state(AlertState::Resolved, &Action::Ack).is_err());
    }

    #[test]
    fn a_critical_alert_is_put_off_for_four_hours_at_most_and_with_a_note() {
        let check = |severity, minutes, note| check_snooze(severity, at(minutes), note, at(0));
        assert!(check(Severity::Critical, 240, Some("in theatre")).is_ok());
        assert!(check(Severity::Critical, 241, Some("in theatre")).is_err());
        assert!(check(Severity::Critical, 10, None).is_err());
        assert!(check(Severity::High, 241, None).is_ok());
        assert!(check(Severity::High, 90 * 24 * 60 + 1, None).is_err());
        assert!(check(Severity::Low, 0, None).is_err());
    }

    #[test]
    fn an_alert_that_opens_again_has_as_long_as_at_first() {
        assert_eq!(due_again(at(10), Some(at(70)), at(500)), Some(at(560)));
        assert_eq!(due_again(at(10), Some(at(0)), at(500)), Some(at(500)));
        assert_eq!(due_again(at(10), None, at(500)), None);
    }
}
