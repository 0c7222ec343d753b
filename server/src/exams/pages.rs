//! HTML: a patient's record of examinations, findings and events, and the forms that add to it.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::events;
use super::forms;
use super::joints::Movement;
use super::physical_form::{self, MOVED_BY};
use super::rules::{FPI_SOURCE, Findings, ImagingFinding};
use super::service::{self, NewExam};
use super::timeline::{Timeline, Turn, just_recorded, timeline};
use super::words::{self, BANDS, FPI, ITEM_VALUES, LEG_METHODS, MODALITIES};
use crate::access::identity::{Identity, identity};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::extract::{Form, Path, Path2, Query};
use crate::http::format::number;
use crate::http::guard::Clinician;
use crate::http::page::{REFUSED, html, html_as, see_other};
use crate::http::router::{Access, Endpoint, at};
use crate::http::typed::Typed;
use crate::store::care_events::CareEventKind;
use crate::store::exams::{Exam, ExamKind};
use crate::store::types::{CareEventId, ExamId, PatientId};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/patients/{patient}/record").get(Access::Clinician, show),
        at("/patients/{patient}/record/exam")
            .get(Access::Clinician, exam_form)
            .post(Access::Clinician, exam),
        at("/patients/{patient}/record/imaging")
            .get(Access::Clinician, imaging_form)
            .post(Access::Clinician, imaging),
        at("/patients/{patient}/record/event")
            .get(Access::Clinician, event_form)
            .post(Access::Clinician, event),
        at("/patients/{patient}/record/events/{event}/retract").post(Access::Clinician, take_back),
    ]
}

/// What was just done, so that the page says so once.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct ShowQuery {
    done: Option<Done>,
    event: Option<CareEventId>,
}

/// Something done with the record.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Done {
    Recorded,
    Corrected,
    Retracted,
}

impl Done {
    fn words(self) -> &'static str {
        match self {
            Self::Recorded => "The record is there.",
            Self::Corrected => {
                "The correction is recorded. The first record stays, marked as corrected."
            }
            Self::Retracted => {
                "The event is taken back. It stays in the record and counts nowhere."
            }
        }
    }
}

/// A record to be corrected.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct FormQuery {
    replaces: Option<ExamId>,
}

#[derive(Template)]
#[template(path = "record.html")]
struct RecordPage {
    identity: Identity,
    id: PatientId,
    record: Timeline,
    done: Option<String>,
}

#[derive(Template)]
#[template(path = "record_exam.html")]
struct ExamPage {
    identity: Identity,
    id: PatientId,
    record: Timeline,
    form: Typed,
    totals: [String; 2],
}

impl ExamPage {
    /// Whether the movements of this kind are unfolded: the usual ones, and those that were typed.
    fn has_motion(&self, by: &str) -> bool {
        by == "passive" || self.form.any(&format!("rom-{by}-"))
    }

    /// The degrees a measurement can have.
    fn range(&self, movement: &Movement) -> String {
        let degrees = movement.degrees();
        format!(
            "{} to {}",
            number(*degrees.start(), 0),
            number(*degrees.end(), 0)
        )
    }
}

#[derive(Template)]
#[template(path = "record_imaging.html")]
struct ImagingPage {
    identity: Identity,
    id: PatientId,
    record: Timeline,
    form: Typed,
}

#[derive(Template)]
#[template(path = "record_event.html")]
struct EventPage {
    identity: Identity,
    id: PatientId,
    record: Timeline,
    form: Typed,
    kinds: Vec<(&'static str, &'static str)>,
}

async fn show(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    query: Query<ShowQuery>,
) -> Result<HttpResponse> {
    let record = timeline(&app, clinician.scope, patient.0).await?;
    let event = query.0.event.and_then(|id| just_recorded(&record, id));
    html(&RecordPage {
        identity: identity(&app, &clinician).await?,
        id: patient.0,
        done: event.or(query.0.done.map(|done| done.words().to_owned())),
        record,
    })
}

/// The record to be corrected, of the kind the form is for.
async fn known(
    app: &App,
    clinician: &Clinician,
    patient: PatientId,
    wanted: Option<ExamId>,
    kind: ExamKind,
) -> Result<Option<Exam>> {
    let Some(id) = wanted else {
        return Ok(None);
    };
    let all = service::list(app, clinician.scope, patient).await?;
    let own = |exam: &Exam| exam.id == id && exam.kind == kind;
    let found = all.into_iter().find(own);
    found.map(Some).ok_or_else(Error::not_found)
}

/// An empty form, dated today, or one with what stands in the record to be corrected.
fn begun(record: &Timeline, known: Option<&Exam>) -> Result<Typed> {
    let mut form = Typed::default();
    form.put("date", record.today);
    if let Some(exam) = known {
        form.put("date", exam.exam_date.date().map_err(Error::internal)?);
        form.put("replaces", exam.id);
    }
    Ok(form)
}

async fn exam_form(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    query: Query<FormQuery>,
) -> Result<HttpResponse> {
    let record = timeline(&app, clinician.scope, patient.0).await?;
    let wanted = query.0.replaces;
    let known = known(&app, &clinician, patient.0, wanted, ExamKind::Physical).await?;
    let mut form = begun(&record, known.as_ref())?;
    if let Some(exam) = known {
        let exam = serde_json::from_str(&exam.body).map_err(Error::internal)?;
        physical_form::filled(&exam, &mut form);
    }
    html(&exam_page(&app, &clinician, patient.0, record, form).await?)
}

async fn exam_page(
    app: &App,
    clinician: &Clinician,
    id: PatientId,
    record: Timeline,
    form: Typed,
) -> Result<ExamPage> {
    Ok(ExamPage {
        identity: identity(app, clinician).await?,
        id,
        record,
        totals: physical_form::totals(&form),
        form,
    })
}

async fn exam(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    form: Form,
) -> Result<HttpResponse> {
    let id = patient.0;
    let record = timeline(&app, clinician.scope, id).await?;
    let mut typed = Typed::read(&form);
    if form.text("action") == "totals" {
        return html(&exam_page(&app, &clinician, id, record, typed).await?);
    }
    let date = typed.date("date");
    let read = physical_form::read(&mut typed);
    // Everything that is wrong is said at once, what the rules say beside what could not be read.
    let findings = Findings::Physical(read.exam.clone());
    let whole = !typed.is_wrong();
    for broken in findings.violations() {
        // Nothing was read because something is wrong: that is said where it stands.
        if whole || broken.pointer != "/physical" {
            read.blame(&mut typed, &broken);
        }
    }
    if let (Some(date), false) = (date, typed.is_wrong()) {
        match add(&app, &clinician, id, date, findings, &typed).await {
            Ok(done) => return Ok(done),
            Err(error) if error.errors.is_empty() => return Err(error),
            Err(error) => error
                .errors
                .iter()
                .for_each(|broken| read.blame(&mut typed, broken)),
        }
    }
    html_as(
        REFUSED,
        &exam_page(&app, &clinician, id, record, typed).await?,
    )
}

/// Records findings and sends the browser back to the record.
async fn add(
    app: &App,
    clinician: &Clinician,
    patient: PatientId,
    date: jiff::civil::Date,
    findings: Findings,
    typed: &Typed,
) -> Result<HttpResponse> {
    let replaces = match typed.value("replaces") {
        "" => None,
        id => Some(
            id.parse()
                .map_err(|_| Error::field("/replaces", "must be a record of this patient"))?,
        ),
    };
    let new = NewExam {
        date,
        findings,
        replaces,
    };
    service::record(app, clinician.scope, clinician.id, patient, new).await?;
    let done = if replaces.is_some() {
        "corrected"
    } else {
        "recorded"
    };
    Ok(see_other(&format!(
        "/patients/{patient}/record?done={done}"
    )))
}

async fn imaging_form(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    query: Query<FormQuery>,
) -> Result<HttpResponse> {
    let record = timeline(&app, clinician.scope, patient.0).await?;
    let wanted = query.0.replaces;
    let known = known(&app, &clinician, patient.0, wanted, ExamKind::Imaging).await?;
    let mut form = begun(&record, known.as_ref())?;
    if let Some(exam) = known {
        let finding: ImagingFinding = serde_json::from_str(&exam.body).map_err(Error::internal)?;
        forms::filled(&finding, &mut form);
    }
    html(&ImagingPage {
        identity: identity(&app, &clinician).await?,
        id: patient.0,
        record,
        form,
    })
}

async fn imaging(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    form: Form,
) -> Result<HttpResponse> {
    let id = patient.0;
    let record = timeline(&app, clinician.scope, id).await?;
    let mut typed = Typed::read(&form);
    let (date, finding) = (typed.date("date"), forms::imaging(&mut typed));
    if let (Some(date), Some(finding), false) = (date, finding, typed.is_wrong()) {
        match add(
            &app,
            &clinician,
            id,
            date,
            Findings::Imaging(finding),
            &typed,
        )
        .await
        {
            Ok(done) => return Ok(done),
            Err(error) if error.errors.is_empty() => return Err(error),
            Err(error) => error
                .errors
                .iter()
                .for_each(|broken| forms::blame(&mut typed, broken)),
        }
    }
    let page = ImagingPage {
        identity: identity(&app, &clinician).await?,
        id,
        record,
        form: typed,
    };
    html_as(REFUSED, &page)
}

async fn event_page(
    app: &App,
    clinician: &Clinician,
    id: PatientId,
    record: Timeline,
    form: Typed,
) -> Result<EventPage> {
    Ok(EventPage {
        identity: identity(app, clinician).await?,
        id,
        record,
        form,
        kinds: CareEventKind::ALL
            .iter()
            .map(|kind| (kind.as_str(), words::event(*kind)))
            .collect(),
    })
}

async fn event_form(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
) -> Result<HttpResponse> {
    let record = timeline(&app, clinician.scope, patient.0).await?;
    let form = begun(&record, None)?;
    html(&event_page(&app, &clinician, patient.0, record, form).await?)
}

async fn event(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    form: Form,
) -> Result<HttpResponse> {
    let id = patient.0;
    let record = timeline(&app, clinician.scope, id).await?;
    let mut typed = Typed::read(&form);
    if let (Some(new), false) = (forms::event(&mut typed), typed.is_wrong()) {
        match events::record(&app, &clinician, id, new).await {
            Ok(event) => {
                return Ok(see_other(&format!("/patients/{id}/record?event={event}")));
            }
            Err(error) if error.errors.is_empty() => return Err(error),
            Err(error) => error
                .errors
                .iter()
                .for_each(|broken| forms::blame(&mut typed, broken)),
        }
    }
    html_as(
        REFUSED,
        &event_page(&app, &clinician, id, record, typed).await?,
    )
}

async fn take_back(
    app: web::Data<App>,
    clinician: Clinician,
    path: Path2<PatientId, CareEventId>,
) -> Result<HttpResponse> {
    let Path2(patient, event) = path;
    events::retract(&app, clinician.scope, patient, event).await?;
    Ok(see_other(&format!(
        "/patients/{patient}/record?done=retracted"
    )))
}
