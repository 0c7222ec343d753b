//! Pauses: entered, also backwards; ended, by date or by a clinician's word (care design, S5).

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde_json::json;

use super::own_pause;
use super::service::PauseReason;
use crate::app::App;
use crate::attention;
use crate::error::{Error, FieldError, Result};
use crate::notices::{self, NewNotice};
use crate::planted::{self, Bug};
use crate::reminders::changes::apply;
use crate::reminders::replan::replan;
use crate::reminders::state::Event;
use crate::reminders::watch::rules;
use crate::store::alerts::AlertState;
use crate::store::pauses::{self, Pause, ResumeRule};
use crate::store::types::{ClinicianId, PatientId, PauseId};
use crate::store::{Scope, Tx, audit, occurrences, patients};

/// Steps a return may have, in weeks.
const MAX_STEPS: usize = 8;

/// A pause to be entered.
#[derive(Debug, Clone, Copy)]
pub struct NewPause {
    /// First paused date, in the patient's zone.
    pub from: Date,
    /// Last paused date.
    pub through: Date,
    /// Why.
    pub reason: PauseReason,
    /// How it ends; by what the reason is where not said.
    pub resume: Option<ResumeRule>,
}

/// After an operation, an illness or an injury nothing starts again by itself.
fn usual_rule(reason: PauseReason) -> ResumeRule {
    match reason {
        PauseReason::Surgery | PauseReason::Illness | PauseReason::Injury => ResumeRule::Confirm,
        PauseReason::Holiday | PauseReason::Clinic | PauseReason::Other => ResumeRule::Automatic,
    }
}

/// Enters a pause, of a clinician (`by`) or of the patient's own, also one that began in the past: what was missed or is still to come in it is
/// excused, its prompts are withdrawn, and nothing is planned into it.
///
/// # Errors
/// Invalid when the dates are the wrong way round or more than a year apart; conflict when it is the patient's own and breaks
/// the rules of those.
pub async fn pause(
    app: &App,
    scope: Scope,
    by: Option<ClinicianId>,
    id: PatientId,
    new: NewPause,
) -> Result<PauseId> {
    if new.from > new.through {
        return Err(Error::field("/through", "must not be before from"));
    }
    if (new.through - new.from).get_days() > 366 {
        return Err(Error::field(
            "/through",
            "must be at most a year after from",
        ));
    }
    let now = app.now();
    let row = Pause {
        tenant_id: scope.tenant,
        id: PauseId::from(app.ids.uuid()),
        patient_id: id,
        from_date: new.from.into(),
        through_date: new.through.into(),
        reason: new.reason.as_str().to_owned(),
        created_by: by,
        created_at: now.into(),
        resume_rule: new.resume.unwrap_or_else(|| usual_rule(new.reason)),
        resumed_date: None,
        resumed_at: None,
        ramp_pct: None,
    };
    let entry = app.audit("patient.pause", "patient", Some(*id.bytes()));
    let notice = NewNotice::new(
        app,
        "pause_began",
        json!({ "from": new.from, "through": new.through }),
    );
    let pause_id = row.id;
    app.store
        .write("pause", scope, move |tx| {
            let patient = patients::lock(tx, id)?;
            if by.is_none() {
                own_pause::require(tx, &patient, (new.from, new.through), now)?;
            }
            if !planted::is(Bug::ForgetsPause) {
                pauses::insert(tx, &row)?;
                excuse(tx, id, new, now)?;
            }
            replan(tx, id, now)?;
            attention::settle_where(
                tx,
                id,
                |alert| rules::about_missing(&alert.rule),
                AlertState::AutoResolved,
                &format!("paused: {}", new.reason),
                now,
            )?;
            notices::tell(tx, id, &notice, now)?;
            audit::append(tx, &[entry])
        })
        .await?;
    app.signals.wake();
    Ok(pause_id)
}

fn excuse(tx: &mut Tx<'_>, id: PatientId, pause: NewPause, now: Timestamp) -> Result<()> {
    let rows = occurrences::excusable(tx, id, pause.from, pause.through)?;
    apply(tx, id, &rows, Event::Excused, pause.reason.as_str(), now).map(drop)
}

/// How a patient returns from a pause.
#[derive(Debug, Clone)]
pub struct Return {
    /// The first date on which things are asked again.
    pub from: Date,
    /// Percent of the dose in each week from then on; all of it at once when empty.
    pub ramp_pct: Vec<u32>,
}

/// What is proposed where a clinician says nothing else.
pub const PROPOSED_RAMP_PCT: [u32; 3] = [50, 75, 100];

impl Return {
    fn check(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        if self.ramp_pct.len() > MAX_STEPS {
            errors.push(FieldError::new(
                "/ramp_pct",
                format!("must have at most {MAX_STEPS} steps"),
            ));
        }
        for (index, step) in self.ramp_pct.iter().enumerate() {
            if !(10..=100).contains(step) {
                errors.push(FieldError::new(
                    format!("/ramp_pct/{index}"),
                    "must be between 10 and 100",
                ));
            }
        }
        errors
    }
}

/// Ends a pause: from a date on things are asked again, with a dose that comes back by steps.
///
/// # Errors
/// Invalid with every broken rule; conflict when it was ended already.
pub async fn resume(
    app: &App,
    scope: Scope,
    id: PatientId,
    pause: PauseId,
    back: Return,
) -> Result<()> {
    let errors = back.check();
    if !errors.is_empty() {
        return Err(Error::fields(errors));
    }
    let now = app.now();
    let entry = app.audit("patient.resume", "patient", Some(*id.bytes()));
    let notice = NewNotice::new(app, "pause_ended", json!({ "from": back.from }));
    app.store
        .write("resume", scope, move |tx| {
            let patient = patients::lock(tx, id)?;
            let known = pauses::find(tx, id, pause)?;
            if known.resumed_date == Some(back.from.into()) {
                return Ok(());
            }
            if known.resumed_date.is_some() {
                return Err(Error::detailed(
                    crate::error::Code::Conflict,
                    "the pause has ended already",
                ));
            }
            let from = known.from_date.date().map_err(Error::internal)?;
            let today = crate::reminders::patient_day::Place::of(&patient)?.date_at(now);
            if back.from < today.checked_sub(1.day()).map_err(Error::internal)? || back.from < from
            {
                return Err(Error::field(
                    "/from",
                    "must not be before the pause or before today",
                ));
            }
            let ramp = serde_json::to_string(&back.ramp_pct).map_err(Error::internal)?;
            let ramp = (!back.ramp_pct.is_empty()).then_some(ramp.as_str());
            pauses::set_resumed(tx, pause, back.from, now, ramp)?;
            replan(tx, id, now)?;
            attention::settle(tx, id, rules::RESUME, AlertState::Resolved, "resumed", now)?;
            notices::tell(tx, id, &notice, now)?;
            audit::append(tx, &[entry])
        })
        .await?;
    app.signals.wake();
    Ok(())
}

/// A patient's pauses, earliest first.
pub async fn list(app: &App, scope: Scope, id: PatientId) -> Result<Vec<Pause>> {
    app.store
        .read("pauses", scope, move |tx| {
            patients::find(tx, id)?;
            Ok(pauses::of_patients(tx, &[id])?
                .remove(&id)
                .unwrap_or_default())
        })
        .await
}
