//! HTML: what holds a patient's plan back, and the forms by which a clinician lets it go on, on the patient's page.

use actix_web::{HttpResponse, web};
use jiff::civil::Date;

use super::pages::{Shown, again};
use super::pausing::{self, PROPOSED_RAMP_PCT, Return};
use super::record::Record;
use super::view::reason_words;
use crate::app::App;
use crate::checkins::suspensions;
use crate::error::{Code, Error, Result};
use crate::http::extract::{Form, Path2};
use crate::http::format;
use crate::http::guard::Clinician;
use crate::http::page::see_other;
use crate::http::typed::Typed;
use crate::store::Scope;
use crate::store::suspensions::Suspension;
use crate::store::types::{PatientId, PauseId, SuspensionId};

/// The longest note.
const NOTE_MAX: usize = 1000;
/// The field of the day on which a paused plan goes on.
const GOES_ON: &str = "goes-on";
/// The field of how.
const DOSE: &str = "dose";
/// How a dose may come back: by the proposed steps, or all of it.
const DOSES: [(&str, &str); 2] = [
    (
        "steps",
        "by steps: half, three quarters, whole, a week each",
    ),
    ("whole", "whole at once"),
];

/// Everything that holds a plan back now.
pub(super) struct Held {
    pub(super) suspensions: Vec<HeldExercise>,
    pub(super) pause: Option<HeldPlan>,
    pub(super) doses: [(&'static str, &'static str); 2],
    pub(super) form: Typed,
}

/// An exercise, or the whole plan, that is not asked for.
pub(super) struct HeldExercise {
    pub(super) id: SuspensionId,
    /// The field of the note.
    pub(super) note: String,
    pub(super) what: String,
    pub(super) why: &'static str,
    pub(super) since: String,
    pub(super) until: Option<String>,
}

/// The pause of today.
pub(super) struct HeldPlan {
    pub(super) id: PauseId,
    pub(super) why: &'static str,
    /// Whether it is over by its date and waits for a clinician's word.
    pub(super) waits: bool,
}

fn note_of(id: SuspensionId) -> String {
    format!("note-{id}")
}

fn why(reason: &str) -> &'static str {
    match reason {
        "red_flag" => "a red flag was answered with yes",
        "pain_spike" => "pain was high after it",
        "pain" => "its stop rule was met",
        _ => "held back",
    }
}

impl HeldExercise {
    fn of(row: &Suspension, record: &Record) -> Self {
        let words =
            |at: crate::store::types::UtcMicros| format::date_time(at.timestamp(), &record.zone);
        Self {
            id: row.id,
            note: note_of(row.id),
            what: match row.exercise_key.as_str() {
                Suspension::ALL => "The whole plan".to_owned(),
                exercise => suspensions::title(exercise).to_owned(),
            },
            why: why(&row.reason),
            since: words(row.from_at),
            until: row.until_at.map(words),
        }
    }
}

/// What holds the plan of a record back, with the form as typed.
pub(super) async fn held(
    app: &App,
    scope: Scope,
    record: &Record,
    typed: Option<Typed>,
) -> Result<Held> {
    let line = &record.line;
    let live = suspensions::live(app, scope, line.patient.id).await?;
    Ok(Held {
        suspensions: live
            .iter()
            .map(|row| HeldExercise::of(row, record))
            .collect(),
        pause: line.pause.as_ref().map(|pause| HeldPlan {
            id: pause.id,
            why: reason_words(&pause.reason),
            waits: line.waits,
        }),
        doses: DOSES,
        form: typed.unwrap_or_else(|| begun(record.today)),
    })
}

fn begun(today: Date) -> Typed {
    let mut form = Typed::default();
    form.put(GOES_ON, today);
    form.put(DOSE, DOSES[0].0);
    form
}

impl Held {
    /// Whether there is anything.
    pub(super) fn is_any(&self) -> bool {
        self.pause.is_some() || !self.suspensions.is_empty()
    }
}

/// Lets a suspended exercise, or the whole plan, go on.
pub(super) async fn release(
    app: web::Data<App>,
    clinician: Clinician,
    Path2(patient, suspension): Path2<PatientId, SuspensionId>,
    form: Form,
) -> Result<HttpResponse> {
    let mut typed = Typed::read(&form);
    let Some(note) = typed.needed::<NOTE_MAX>(&note_of(suspension), "The note") else {
        return again(&app, &clinician, patient, Shown::held(typed)).await;
    };
    let note = note.into_string();
    let ended = suspensions::end(&app, &clinician, patient, suspension, note).await;
    gone_on(patient, ended.map(drop))
}

/// Lets a paused plan go on.
pub(super) async fn resume(
    app: web::Data<App>,
    clinician: Clinician,
    Path2(patient, pause): Path2<PatientId, PauseId>,
    form: Form,
) -> Result<HttpResponse> {
    let mut typed = Typed::read(&form);
    let from = typed.date(GOES_ON);
    let ramp_pct = match typed.value(DOSE) {
        "steps" => PROPOSED_RAMP_PCT.to_vec(),
        "whole" => Vec::new(),
        _ => {
            typed.blame(DOSE, "Choose how the dose comes back.");
            Vec::new()
        }
    };
    if let (Some(from), false) = (from, typed.is_wrong()) {
        let back = Return { from, ramp_pct };
        match pausing::resume(&app, clinician.scope, patient, pause, back).await {
            Err(error) if !error.errors.is_empty() => {
                for broken in &error.errors {
                    typed.blame(GOES_ON, format!("The day {}.", broken.rule));
                }
            }
            done => return gone_on(patient, done),
        }
    }
    again(&app, &clinician, patient, Shown::held(typed)).await
}

/// Back to the page, which says what became of it: what somebody else ended meanwhile has ended.
fn gone_on(patient: PatientId, done: Result<()>) -> Result<HttpResponse> {
    let what = match done {
        Ok(()) => "goes_on",
        Err(Error {
            code: Code::Conflict,
            ..
        }) => "stale",
        Err(error) => return Err(error),
    };
    Ok(see_other(&format!("/patients/{patient}?done={what}")))
}
