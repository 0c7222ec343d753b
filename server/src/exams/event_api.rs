//! JSON: dated events of an episode.

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::events::{self, NewEvent};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::extract::{Json, Path, Path2, Text};
use crate::http::guard::{Clinician, Patient};
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::insoles::footwear::EventDetail;
use crate::store::care_events::{CareEvent, CareEventKind};
use crate::store::types::{CareEventId, ClinicianId, PatientId};

/// The routes of this file.
pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/patients/{patient}/events")
            .get(Access::Clinician, events)
            .post(Access::Clinician, record),
        at("/v1/patients/{patient}/events/{event}").delete(Access::Clinician, retract),
        at("/v1/me/events").post(Access::Patient, report),
    ]
}

/// Something that happened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEventBody {
    /// What; a patient reports a fall or new shoes.
    kind: CareEventKind,
    /// On which date, in the patient's zone.
    #[schema(value_type = String, format = Date)]
    date: Date,
    /// For `orthotic_issued`: as insole sessions name it. Sessions that name another one have no score from then on.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 64)]
    orthotic_id: Option<Text<64>>,
    /// For `shoe_issued`, likewise.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 64)]
    shoe_id: Option<Text<64>>,
    /// In words.
    #[serde(default)]
    #[schema(value_type = Option<String>, max_length = 500)]
    note: Option<Text<500>>,
}

impl From<NewEventBody> for NewEvent {
    fn from(body: NewEventBody) -> Self {
        Self {
            kind: body.kind,
            date: body.date,
            detail: EventDetail {
                orthotic_id: body.orthotic_id.map(Text::into_string),
                shoe_id: body.shoe_id.map(Text::into_string),
                note: body.note.map(Text::into_string),
            },
        }
    }
}

/// An event just recorded, or the same one of before.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewEventId {
    /// The event.
    id: CareEventId,
}

/// An event.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventBody {
    /// The event.
    id: CareEventId,
    /// What.
    kind: CareEventKind,
    /// On which date, in the patient's zone.
    date: String,
    /// The orthotic, as sessions name it.
    #[serde(skip_serializing_if = "Option::is_none")]
    orthotic_id: Option<String>,
    /// The pair of shoes, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    shoe_id: Option<String>,
    /// In words.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    /// Who recorded it; the patient when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    recorded_by: Option<ClinicianId>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Timestamp,
    /// When it was taken back.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    retracted_at: Option<Timestamp>,
}

impl EventBody {
    fn of(row: &CareEvent) -> Result<Self> {
        let detail = EventDetail::parse(&row.detail);
        Ok(Self {
            id: row.id,
            kind: row.kind,
            date: row.event_date.date().map_err(Error::internal)?.to_string(),
            orthotic_id: detail.orthotic_id,
            shoe_id: detail.shoe_id,
            note: detail.note,
            recorded_by: row.recorded_by,
            recorded_at: row.recorded_at.timestamp(),
            retracted_at: row.retracted_at.map(|at| at.timestamp()),
        })
    }
}

/// A patient's events.
#[derive(Debug, Serialize, ToSchema)]
pub struct Events {
    /// The newest first, those taken back among them.
    events: Vec<EventBody>,
}

/// Records an event. Orthotics, shoes and surgery begin the patient's own baselines anew.
#[utoipa::path(post, path = "/v1/patients/{patient}/events", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path)), request_body = NewEventBody,
    responses((status = 201, body = NewEventId), (status = "4XX", body = Problem)))]
pub async fn record(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    body: Json<NewEventBody>,
) -> Result<HttpResponse> {
    let id = events::record(&app, &clinician, patient.0, body.0.into()).await?;
    Ok(HttpResponse::Created().json(NewEventId { id }))
}

/// A patient's events, the newest first.
#[utoipa::path(get, path = "/v1/patients/{patient}/events", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path)),
    responses((status = 200, body = Events), (status = "4XX", body = Problem)))]
pub async fn events(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
) -> Result<HttpResponse> {
    let rows = events::list(&app, clinician.scope, patient.0).await?;
    let events = rows.iter().map(EventBody::of).collect::<Result<_>>()?;
    Ok(HttpResponse::Ok().json(Events { events }))
}

/// Takes an event back: it stays in the record and counts nowhere.
#[utoipa::path(delete, path = "/v1/patients/{patient}/events/{event}", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path), ("event" = CareEventId, Path)),
    responses((status = 204), (status = "4XX", body = Problem)))]
pub async fn retract(
    app: web::Data<App>,
    clinician: Clinician,
    path: Path2<PatientId, CareEventId>,
) -> Result<HttpResponse> {
    events::retract(&app, clinician.scope, path.0, path.1).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// Tells the clinic of a fall or of new shoes.
#[utoipa::path(post, path = "/v1/me/events", tag = "patient", security(("token" = [])), request_body = NewEventBody,
    responses((status = 201, body = NewEventId), (status = "4XX", body = Problem)))]
pub async fn report(
    app: web::Data<App>,
    me: Patient,
    body: Json<NewEventBody>,
) -> Result<HttpResponse> {
    let id = events::report(&app, &me, body.0.into()).await?;
    Ok(HttpResponse::Created().json(NewEventId { id }))
}
