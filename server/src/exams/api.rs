//! JSON: examinations.

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::rules::{
    BANDS_VERSION, Findings, ImagingFinding, PhysicalExam, PostureScore, posture_score,
};
use super::service::{self, NewExam};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::extract::{Json, Path};
use crate::http::guard::Clinician;
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::store::exams::{Exam, ExamKind};
use crate::store::types::{ClinicianId, ExamId, PatientId};

/// The routes of this file and of events.
pub fn endpoints() -> Vec<Endpoint> {
    let mut all = vec![
        at("/v1/patients/{patient}/exams")
            .get(Access::Clinician, exams)
            .post(Access::Clinician, record),
    ];
    all.extend(super::event_api::endpoints());
    all
}

/// An examination to be recorded: either a physical one or a finding on an image.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewExamBody {
    /// The date, in the patient's zone; not in the future.
    #[schema(value_type = String, format = Date)]
    exam_date: Date,
    /// What was found by examination.
    #[serde(default)]
    physical: Option<PhysicalExam>,
    /// What was found on an image.
    #[serde(default)]
    imaging: Option<ImagingFinding>,
    /// The record it corrects, which stays as it was.
    #[serde(default)]
    replaces: Option<ExamId>,
}

/// An examination just recorded.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewExamId {
    /// The record.
    id: ExamId,
}

/// Records an examination, or a correction of one.
#[utoipa::path(post, path = "/v1/patients/{patient}/exams", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path)), request_body = NewExamBody,
    responses((status = 201, body = NewExamId), (status = "4XX", body = Problem)))]
pub async fn record(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    body: Json<NewExamBody>,
) -> Result<HttpResponse> {
    let body = body.0;
    let findings = match (body.physical, body.imaging) {
        (Some(exam), None) => Findings::Physical(exam),
        (None, Some(finding)) => Findings::Imaging(finding),
        _ => {
            return Err(Error::field(
                "",
                "must have exactly one of physical and imaging",
            ));
        }
    };
    let new = NewExam {
        date: body.exam_date,
        findings,
        replaces: body.replaces,
    };
    let id = service::record(&app, clinician.scope, clinician.id, patient.0, new).await?;
    Ok(HttpResponse::Created().json(NewExamId { id }))
}

/// An examination.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExamBody {
    /// The record.
    id: ExamId,
    /// How it was found.
    kind: ExamKind,
    /// The date, in the patient's zone.
    exam_date: String,
    /// What was found by examination.
    #[serde(skip_serializing_if = "Option::is_none")]
    physical: Option<PhysicalExam>,
    /// Sums and published bands of the Foot Posture Index.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    foot_posture: Vec<PostureScore>,
    /// Right minus left leg, mm.
    #[serde(skip_serializing_if = "Option::is_none")]
    leg_difference_mm: Option<f64>,
    /// What was found on an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    imaging: Option<ImagingFinding>,
    /// By whom it was recorded.
    recorded_by: ClinicianId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Timestamp,
    /// The record it corrects.
    #[serde(skip_serializing_if = "Option::is_none")]
    replaces: Option<ExamId>,
    /// The record that corrects it: this one counts no longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    replaced_by: Option<ExamId>,
}

impl ExamBody {
    fn of(row: &Exam, all: &[Exam]) -> Result<Self> {
        let physical: Option<PhysicalExam> = match row.kind {
            ExamKind::Physical => Some(serde_json::from_str(&row.body).map_err(Error::internal)?),
            ExamKind::Imaging => None,
        };
        let imaging = match row.kind {
            ExamKind::Imaging => Some(serde_json::from_str(&row.body).map_err(Error::internal)?),
            ExamKind::Physical => None,
        };
        let legs = physical.as_ref().and_then(|exam| exam.leg_length.as_ref());
        Ok(Self {
            id: row.id,
            kind: row.kind,
            exam_date: row.exam_date.date().map_err(Error::internal)?.to_string(),
            foot_posture: physical.as_ref().map(postures).unwrap_or_default(),
            leg_difference_mm: legs.map(|legs| legs.right_mm - legs.left_mm),
            physical,
            imaging,
            recorded_by: row.recorded_by,
            recorded_at: row.recorded_at.timestamp(),
            replaces: row.replaces,
            replaced_by: all
                .iter()
                .find(|exam| exam.replaces == Some(row.id))
                .map(|exam| exam.id),
        })
    }
}

fn postures(exam: &PhysicalExam) -> Vec<PostureScore> {
    exam.foot_posture
        .iter()
        .map(|foot| posture_score(foot.side, &foot.items))
        .collect()
}

/// A patient's examinations.
#[derive(Debug, Serialize, ToSchema)]
pub struct Exams {
    /// The newest examination first, corrected ones among them.
    exams: Vec<ExamBody>,
    /// Version of the bands.
    #[schema(value_type = String)]
    bands_version: &'static str,
}

/// A patient's examinations, the newest first.
#[utoipa::path(get, path = "/v1/patients/{patient}/exams", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path)),
    responses((status = 200, body = Exams), (status = "4XX", body = Problem)))]
pub async fn exams(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
) -> Result<HttpResponse> {
    let rows = service::list(&app, clinician.scope, patient.0).await?;
    let exams = rows.iter().map(|row| ExamBody::of(row, &rows));
    Ok(HttpResponse::Ok().json(Exams {
        exams: exams.collect::<Result<_>>()?,
        bands_version: BANDS_VERSION,
    }))
}
