//! What a check-in causes: alerts, suspensions, notices, all in its transaction.

use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};

use super::item::FALL;
use super::persists;
use super::red_flags::{self, RedFlagList};
use super::rules::{self, Verdict, rose_later, verdict};
use super::service::{Intake, derived, is_late};
use super::worse;
use crate::attention::{self, Finding};
use crate::error::{Error, Result};
use crate::notices::{self, NewNotice};
use crate::plans::library;
use crate::reminders::replan;
use crate::store::alerts::{self, Severity};
use crate::store::audit::{self, Entry};
use crate::store::care_events::{self, CareEvent, CareEventKind, ExerciseLevel};
use crate::store::suspensions::{self, Suspension};
use crate::store::types::UtcMicros;
use crate::store::{Tx, checkins};

/// Why an exercise is suspended after a spike.
pub(super) const SPIKE: &str = "pain_spike";
/// Why an exercise rests after its stop rule was met.
pub(super) const REST: &str = "pain";
/// Why the whole plan is.
pub(super) const RED_FLAG: &str = "red_flag";
/// Values an alert shows besides the newest.
const SHOWN: i64 = 3;

/// The alert of a spike after an exercise.
pub(super) fn spike_rule(exercise: &str) -> String {
    format!("pain_spike:{exercise}")
}

/// The alert of a stop rule that was met.
pub(super) fn stop_rule(exercise: &str) -> String {
    format!("stop_rule:{exercise}")
}

/// Everything a new check-in causes.
pub(super) fn run(tx: &mut Tx<'_>, intake: &Intake<'_>) -> Result<()> {
    red_flags(tx, intake)?;
    after_exercise(tx, intake)?;
    a_day_later(tx, intake)?;
    worse::check(tx, intake)?;
    persists::check(tx, intake)
}

impl Intake<'_> {
    pub(super) fn finding(
        &self,
        rule: String,
        version: &'static str,
        severity: Severity,
        evidence: Value,
    ) -> Result<Finding> {
        let due_at = match severity {
            Severity::Critical => Some(
                self.now
                    .checked_add(self.rules.critical_due_h.hours())
                    .map_err(Error::internal)?,
            ),
            _ => None,
        };
        Ok(Finding {
            id: derived(self.body.id.bytes(), &rule).into(),
            rule,
            rule_version: version,
            severity,
            evidence,
            due_at,
        })
    }

    pub(super) fn tell(&self, tx: &mut Tx<'_>, key: &'static str, values: Value) -> Result<()> {
        let id = derived(self.body.id.bytes(), &format!("notice {key} {values}")).into();
        notices::tell(
            tx,
            self.patient.id,
            &NewNotice { id, key, values },
            self.now,
        )
    }

    pub(super) fn tell_of(&self, tx: &mut Tx<'_>, key: &'static str, exercise: &str) -> Result<()> {
        self.tell(tx, key, json!({ "exercise": title(exercise) }))
    }

    pub(super) fn note(&self, tx: &mut Tx<'_>, action: &'static str, on: &str) -> Result<()> {
        let entry = Entry {
            id: derived(self.body.id.bytes(), &format!("audit {action} {on}")).into(),
            at: self.now,
            action,
            entity: "checkin",
            entity_id: Some(*self.body.id.bytes()),
            principal: None,
            patient: None,
        };
        audit::append(tx, &[entry])
    }

    /// The live suspensions for a reason of exactly this exercise (or `*`).
    pub(super) fn live(
        &self,
        tx: &mut Tx<'_>,
        exercise: &str,
        reason: &str,
    ) -> Result<Vec<Suspension>> {
        let mut live = suspensions::live(tx, &[self.patient.id], self.now)?;
        live.retain(|one| one.exercise_key == exercise && one.reason == reason);
        Ok(live)
    }

    /// Suspends an exercise unless it is suspended for this reason; gives whether it did.
    fn suspend(
        &self,
        tx: &mut Tx<'_>,
        exercise: &str,
        reason: &'static str,
        until: Option<Timestamp>,
    ) -> Result<bool> {
        if !self.live(tx, exercise, reason)?.is_empty() {
            return Ok(false);
        }
        let row = Suspension {
            tenant_id: tx.tenant(),
            id: derived(
                self.body.id.bytes(),
                &format!("suspension {exercise} {reason}"),
            )
            .into(),
            patient_id: self.patient.id,
            exercise_key: exercise.to_owned(),
            reason: reason.to_owned(),
            from_at: self.now.into(),
            until_at: until.map(UtcMicros::from),
        };
        suspensions::insert(tx, &row)?;
        replan::replan(tx, self.patient.id, self.now)?;
        self.note(tx, "exercise.suspend", exercise)?;
        Ok(true)
    }
}

/// An exercise's name, as a notice shows it.
pub(crate) fn title(exercise: &str) -> &str {
    library::find(exercise).map_or(exercise, |found| found.title.as_str())
}

fn red_flags(tx: &mut Tx<'_>, intake: &Intake<'_>) -> Result<()> {
    let raised = intake.body.raised_flags();
    let Some(pressing) = red_flags::most_pressing(raised.iter().copied()) else {
        return Ok(());
    };
    let mut news = false;
    for key in &raised {
        let evidence = json!({
            "checkin": intake.body.id,
            "taken_at": intake.body.taken_at.to_string(),
            "list": red_flags::find(key).map(|flag| flag.list.as_str()),
        });
        let rule = format!("red_flag:{key}");
        let finding = intake.finding(rule, red_flags::version(), Severity::Critical, evidence)?;
        news |= attention::raise(tx, intake.patient.id, &finding, intake.now)?.1;
        intake.note(tx, "checkin.red_flag", key)?;
    }
    intake.suspend(tx, Suspension::ALL, RED_FLAG, None)?;
    if raised.contains(FALL) {
        record_fall(tx, intake)?;
    }
    if news {
        intake.tell(tx, RedFlagList::advice_key(pressing), json!({}))?;
    }
    Ok(())
}

fn record_fall(tx: &mut Tx<'_>, intake: &Intake<'_>) -> Result<()> {
    let event = CareEvent {
        tenant_id: tx.tenant(),
        id: derived(intake.body.id.bytes(), "fall").into(),
        patient_id: intake.patient.id,
        kind: CareEventKind::Fall,
        event_date: intake.row.local_date.clone(),
        detail: json!({ "checkin": intake.body.id }).to_string(),
        recorded_by: None,
        recorded_at: intake.now.into(),
        retracted_at: None,
    };
    care_events::insert(tx, &event)
}

fn after_exercise(tx: &mut Tx<'_>, intake: &Intake<'_>) -> Result<()> {
    let (Some(after), Some(exercise)) = (intake.body.after, intake.row.exercise_key.as_deref())
    else {
        return Ok(());
    };
    let mut evidence = json!({
        "checkin": intake.body.id,
        "occurrence": after.occurrence_id,
        "exercise": exercise,
        "taken_at": intake.body.taken_at.to_string(),
        "pain": after.pain,
        "pain_before": after.pain_before,
    });
    match verdict(after.pain, intake.rules) {
        Verdict::GoOn => Ok(()),
        Verdict::Stop => stop(tx, intake, exercise, evidence),
        Verdict::Spike => {
            let last = checkins::after_exercise(tx, intake.patient.id, exercise, SHOWN + 1)?;
            let values: Vec<_> = last
                .iter()
                .filter(|row| row.id != intake.body.id)
                .filter_map(|row| row.pain_after)
                .collect();
            evidence["last_values"] = json!(values);
            spike(tx, intake, exercise, evidence)
        }
    }
}

fn spike(tx: &mut Tx<'_>, intake: &Intake<'_>, exercise: &str, evidence: Value) -> Result<()> {
    // Told late it is shown to the clinician; what the plan did meanwhile has happened.
    let is_late = is_late(intake.row, intake.rules);
    let severity = if is_late {
        Severity::High
    } else {
        Severity::Critical
    };
    let finding = intake.finding(spike_rule(exercise), rules::VERSION, severity, evidence)?;
    attention::raise(tx, intake.patient.id, &finding, intake.now)?;
    if !is_late && intake.suspend(tx, exercise, SPIKE, None)? {
        intake.tell_of(tx, "exercise_paused", exercise)?;
    }
    Ok(())
}

/// The stop rule of an exercise is met: one level back where there is one, else a rest.
fn stop(tx: &mut Tx<'_>, intake: &Intake<'_>, exercise: &str, mut evidence: Value) -> Result<()> {
    let patient = intake.patient.id;
    let rule = stop_rule(exercise);
    let suspended = suspensions::live(tx, &[patient], intake.now)?
        .iter()
        .any(|one| one.holds(exercise, intake.now));
    let a_day_ago = intake
        .now
        .checked_sub(24.hours())
        .map_err(Error::internal)?;
    let live = alerts::live(tx, patient, &rule)?;
    let acted = live.is_some_and(|alert| alert.last_seen_at.timestamp() > a_day_ago);
    let level = care_events::levels(tx, &[patient])?
        .into_iter()
        .find(|level| level.exercise_key == exercise && level.level > 0);
    let acts = !suspended && !acted;
    if let (true, Some(level)) = (acts, &level) {
        evidence["level_from"] = json!(level.level);
    }
    let finding = intake.finding(rule, rules::VERSION, Severity::High, evidence)?;
    attention::raise(tx, patient, &finding, intake.now)?;
    match level {
        _ if !acts => Ok(()),
        Some(level) => {
            set_level(tx, intake, &level, level.level - 1)?;
            intake.note(tx, "exercise.step_back", exercise)?;
            intake.tell_of(tx, "exercise_stepped_back", exercise)
        }
        None => {
            let until = intake
                .now
                .checked_add(intake.rules.rest_h.hours())
                .map_err(Error::internal)?;
            intake.suspend(tx, exercise, REST, Some(until))?;
            intake.tell_of(tx, "exercise_rests", exercise)
        }
    }
}

/// Sets an exercise's level by rule.
pub(super) fn set_level(
    tx: &mut Tx<'_>,
    intake: &Intake<'_>,
    of: &ExerciseLevel,
    level: i64,
) -> Result<()> {
    let row = ExerciseLevel {
        level,
        since_date: intake.row.local_date.clone(),
        source: "rule".to_owned(),
        decided_at: intake.now.into(),
        ..of.clone()
    };
    care_events::set_level(tx, &row)?;
    replan::replan(tx, row.patient_id, intake.now)
}

/// Pain of today against the pain before each exercise of about a day ago.
fn a_day_later(tx: &mut Tx<'_>, intake: &Intake<'_>) -> Result<()> {
    let Some(later) = intake.body.worst_pain() else {
        return Ok(());
    };
    let ago = |hours: i64| {
        let at = intake.body.taken_at.checked_sub(hours.hours());
        at.map_err(Error::internal)
    };
    let (begin, end) = (
        ago(intake.rules.later_through_h)?,
        ago(intake.rules.later_from_h)?,
    );
    let today = intake.row.local_date.date().map_err(Error::internal)?;
    let from = today.checked_sub(4.days()).map_err(Error::internal)?;
    for row in checkins::standing(tx, intake.patient.id, from, today)? {
        let is_then = (begin..=end).contains(&row.taken_at.timestamp());
        let before = row.pain_before.and_then(|pain| u8::try_from(pain).ok());
        let (Some(exercise), Some(before)) = (&row.exercise_key, before.filter(|_| is_then)) else {
            continue;
        };
        if rose_later(before, later, intake.rules) {
            let evidence = json!({
                "checkin": intake.body.id,
                "exercise": exercise,
                "exercise_checkin": row.id,
                "pain_before": before,
                "pain_a_day_later": later,
            });
            stop(tx, intake, exercise, evidence)?;
        }
    }
    Ok(())
}
