//! HTML: the walking of a patient, one session, before and after new footwear.

use actix_web::{HttpResponse, web};
use askama::Template;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::comparisons::ChangeView;
use super::session::Why;
use super::view::{Seen, SessionRow, SessionView, trend};
use crate::access::identity::{Identity, identity};
use crate::app::App;
use crate::error::Result;
use crate::http::extract::{Path, Path2};
use crate::http::format;
use crate::http::guard::Clinician;
use crate::http::page::html;
use crate::http::router::{Access, Endpoint, at};
use crate::insoles::effects::service::effects;
use crate::insoles::service as sessions;
use crate::reminders::planner::zone_of;
use crate::store::insoles::{self, InsoleSession};
use crate::store::patients::{self, Patient};
use crate::store::types::{PatientId, SessionId};

/// Sessions the trend and the table show.
const SESSIONS: i64 = 60;

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/patients/{patient}/gait").get(Access::Clinician, walking),
        at("/patients/{patient}/sessions/{session}").get(Access::Clinician, session),
        at("/patients/{patient}/comparisons").get(Access::Clinician, comparisons),
    ]
}

/// Whose page it is.
struct Head {
    id: PatientId,
    name: String,
    zone: String,
}

impl Head {
    fn of(patient: Patient, (zone, now): (&TimeZone, Timestamp)) -> Self {
        Self {
            id: patient.id,
            zone: format::zone(&patient.time_zone, now, zone),
            name: patient.name,
        }
    }
}

#[derive(Template)]
#[template(path = "gait.html")]
struct WalkingPage {
    identity: Identity,
    head: Head,
    newest: Option<SessionView>,
    trend: Option<String>,
    sessions: Vec<SessionRow>,
}

async fn walking(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
) -> Result<HttpResponse> {
    let now = app.now();
    let id = patient.0;
    let (patient, rows): (Patient, Vec<InsoleSession>) = app
        .store
        .read("patient_walking", clinician.scope, move |tx| {
            Ok((patients::find(tx, id)?, insoles::newest(tx, id, SESSIONS)?))
        })
        .await?;
    let zone = zone_of(&patient)?;
    let seen = Seen { zone: &zone, now };
    html(&WalkingPage {
        identity: identity(&app, &clinician).await?,
        head: Head::of(patient, (&zone, now)),
        newest: rows.first().map(|row| SessionView::of(row, seen)),
        trend: trend(&rows, &zone),
        sessions: rows.iter().map(|row| SessionRow::of(row, seen)).collect(),
    })
}

#[derive(Template)]
#[template(path = "session.html")]
struct SessionPage {
    identity: Identity,
    head: Head,
    why: Why,
}

async fn session(
    app: web::Data<App>,
    clinician: Clinician,
    path: Path2<PatientId, uuid::Uuid>,
) -> Result<HttpResponse> {
    let (id, now) = (path.0, app.now());
    let row = sessions::find(&app, clinician.scope, id, SessionId::from(path.1)).await?;
    let patient = app
        .store
        .read("patient_name", clinician.scope, move |tx| {
            patients::find(tx, id)
        })
        .await?;
    let zone = zone_of(&patient)?;
    let why = Why::of(&row, Seen { zone: &zone, now })?;
    html(&SessionPage {
        identity: identity(&app, &clinician).await?,
        head: Head::of(patient, (&zone, now)),
        why,
    })
}

#[derive(Template)]
#[template(path = "comparisons.html")]
struct ComparisonsPage {
    identity: Identity,
    head: Head,
    changes: Vec<ChangeView>,
}

async fn comparisons(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
) -> Result<HttpResponse> {
    let (id, now) = (patient.0, app.now());
    let found = effects(&app, clinician.scope, id).await?;
    let patient = app
        .store
        .read("patient_name", clinician.scope, move |tx| {
            patients::find(tx, id)
        })
        .await?;
    let zone = zone_of(&patient)?;
    html(&ComparisonsPage {
        identity: identity(&app, &clinician).await?,
        head: Head::of(patient, (&zone, now)),
        changes: found.iter().map(ChangeView::of).collect(),
    })
}
