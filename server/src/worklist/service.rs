//! Use cases of the worklist: who needs somebody, and what was done about it; each is one transaction.

use jiff::{SignedDuration, Timestamp};

use super::arrange::{self, Row, Worklist, standing};
use super::load::{self, Candidate, Whose};
use super::rules::{self, Section, WorklistRules};
use super::words::{self, SectionWords};
use crate::app::App;
use crate::clinic_settings;
use crate::error::{Error, FieldError, Result};
use crate::http::format;
use crate::people::alerts::{self as acts, Action};
use crate::store::alerts::{Alert, AlertState};
use crate::store::types::{ClinicianId, PatientId};
use crate::store::worklist::{self, Turn, TurnKind};
use crate::store::{Scope, Tx, audit, patients};

/// The worklist.
///
/// # Errors
/// Unavailable when the database is away.
pub async fn worklist(
    app: &App,
    scope: Scope,
    me: ClinicianId,
    everyones: bool,
) -> Result<Worklist> {
    let now = app.now();
    let whose = if everyones {
        Whose::Everyones
    } else {
        Whose::Of(me)
    };
    app.store
        .read("worklist", scope, move |tx| {
            let settings = clinic_settings::current(tx)?;
            let (all, left_out) = load::candidates(tx, whose, settings.worklist.good_days, now)?;
            let a_day_ago = now
                .checked_sub(SignedDuration::from_hours(24))
                .map_err(Error::internal)?;
            let alerts_today = worklist::opened_since(tx, me, a_day_ago)?;
            let list = arrange::arrange(&all, &settings, alerts_today, now)?;
            Ok(Worklist { left_out, ..list })
        })
        .await
}

/// Something to be said of a patient, for their page.
#[derive(Debug, Clone)]
pub struct Standing {
    /// Where it belongs.
    pub section: Section,
    /// That in words.
    pub words: SectionWords,
    /// What.
    pub row: Row,
    /// Since when, in words.
    pub since: Option<String>,
    /// A clinician has seen just this.
    pub seen: bool,
}

/// Everything that is to be said of a patient, the most pressing first.
///
/// # Errors
/// Not found when there is no such patient.
pub async fn open_of(app: &App, scope: Scope, patient: PatientId) -> Result<Vec<Standing>> {
    let now = app.now();
    app.store
        .read("standing", scope, move |tx| {
            let settings = clinic_settings::current(tx)?;
            let patient = patients::find(tx, patient)?;
            let one = load::candidate(tx, patient, settings.worklist.good_days, now)?;
            let all = standing(&one, &settings.worklist, now)?;
            Ok(all
                .into_iter()
                .map(|(section, row, seen)| Standing {
                    section,
                    words: words::section(section),
                    since: row.since.map(|at| format::ago(at, now)),
                    row,
                    seen,
                })
                .collect())
        })
        .await
}

/// What a clinician does with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handling {
    /// What.
    pub kind: TurnKind,
    /// Why, in a few words.
    pub reason: String,
    /// Of a snooze, until when.
    pub until: Option<Timestamp>,
}

/// Notes what was done with a patient's row. Every live alert of the section is acted on with it, so that none goes to the
/// deputy meanwhile. Gives how many alerts that were.
///
/// # Errors
/// Not found when there is no such patient; conflict when nothing of that section holds any more; invalid when it may
/// not be put off like this.
pub async fn handle(
    app: &App,
    scope: Scope,
    by: ClinicianId,
    patient: PatientId,
    section: Section,
    what: Handling,
) -> Result<usize> {
    let now = app.now();
    let entry = app.audit("worklist.turn", "patient", Some(*patient.bytes()));
    let count = app
        .store
        .write("worklist_turn", scope, move |tx| {
            let locked = patients::lock(tx, patient)?;
            if section == Section::Messages && what.kind != TurnKind::Snoozed {
                let rule = "of a message can only be snoozed here: it is answered, or marked as needing no answer, in its thread";
                return Err(Error::field("/kind", rule));
            }
            let settings = clinic_settings::current(tx)?;
            let one = load::candidate(tx, locked, settings.worklist.good_days, now)?;
            let alerts: Vec<&Alert> = one
                .alerts
                .iter()
                .filter(|alert| rules::section_of(&alert.rule, alert.severity) == section)
                // What was put off by itself stays so, and comes back by itself.
                .filter(|alert| alert.state != AlertState::Snoozed)
                .collect();
            for alert in &alerts {
                acts::act_in(
                    tx,
                    by,
                    (patient, alert.id),
                    &action(&what)?,
                    &what.reason,
                    now,
                )?;
            }
            let turned = turn(tx, &one, by, section, &what, &settings.worklist, now)?;
            if alerts.is_empty() && !turned {
                return Err(Error::conflict(
                    "nothing of this section holds any more: look at the list again",
                    serde_json::json!({ "section": section }),
                ));
            }
            audit::append(tx, &[entry])?;
            Ok(alerts.len())
        })
        .await?;
    app.signals.wake();
    Ok(count)
}

fn action(what: &Handling) -> Result<Action> {
    Ok(match what.kind {
        TurnKind::Reviewed => Action::Ack,
        TurnKind::Acted => Action::Resolve,
        TurnKind::Snoozed => Action::Snooze {
            until: until(what)?,
            note: Some(what.reason.clone()),
        },
    })
}

fn until(what: &Handling) -> Result<Timestamp> {
    what.until
        .ok_or_else(|| Error::field("/until", "is needed to put something off"))
}

/// Longest time a row without an alert is put off.
const LONGEST: SignedDuration = SignedDuration::from_hours(90 * 24);

fn turn(
    tx: &mut Tx<'_>,
    one: &Candidate,
    by: ClinicianId,
    section: Section,
    what: &Handling,
    rules: &WorklistRules,
    now: Timestamp,
) -> Result<bool> {
    if section == Section::Messages {
        return put_off_messages(tx, one, by, what, now);
    }
    let Some(known) = one.today.known() else {
        return Ok(false);
    };
    let found = rules::found(known, rules, now)
        .into_iter()
        .find(|found| found.section() == section);
    let Some(found) = found else {
        return Ok(false);
    };
    let until_at = match what.kind {
        TurnKind::Snoozed => checked(until(what)?, now)?,
        TurnKind::Reviewed | TurnKind::Acted => now
            .checked_add(found.lasts(rules))
            .map_err(Error::internal)?,
    };
    worklist::turn(
        tx,
        &Turn {
            tenant_id: tx.tenant(),
            patient_id: one.patient.id,
            section,
            evidence: found.evidence(known),
            kind: what.kind,
            reason: what.reason.clone(),
            turned_by: by,
            turned_at: now.into(),
            until_at: until_at.into(),
        },
    )?;
    Ok(true)
}

/// Messages that wait are looked at later, or when there is another one.
fn put_off_messages(
    tx: &mut Tx<'_>,
    one: &Candidate,
    by: ClinicianId,
    what: &Handling,
    now: Timestamp,
) -> Result<bool> {
    let Some(waiting) = &one.waiting else {
        return Ok(false);
    };
    let until_at = checked(until(what)?, now)?;
    worklist::turn(
        tx,
        &Turn {
            tenant_id: tx.tenant(),
            patient_id: one.patient.id,
            section: Section::Messages,
            evidence: arrange::wrote(waiting),
            kind: what.kind,
            reason: what.reason.clone(),
            turned_by: by,
            turned_at: now.into(),
            until_at: until_at.into(),
        },
    )?;
    Ok(true)
}

/// Notes that a patient was praised: their good news is seen to, where there is any.
pub fn praised(tx: &mut Tx<'_>, patient: PatientId, by: ClinicianId, now: Timestamp) -> Result<()> {
    let settings = clinic_settings::current(tx)?;
    let patient = patients::find(tx, patient)?;
    let one = load::candidate(tx, patient, settings.worklist.good_days, now)?;
    let what = Handling {
        kind: TurnKind::Acted,
        reason: "praised".to_owned(),
        until: None,
    };
    turn(tx, &one, by, Section::Good, &what, &settings.worklist, now).map(drop)
}

fn checked(until: Timestamp, now: Timestamp) -> Result<Timestamp> {
    let length = until.duration_since(now);
    if length <= SignedDuration::ZERO || length > LONGEST {
        let rule = format!("must be within {} days from now", LONGEST.as_hours() / 24);
        return Err(Error::fields(vec![FieldError::new("/until", rule)]));
    }
    Ok(until)
}
