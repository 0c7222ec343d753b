//! HTML: the versions of a plan, and two of them side by side.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::diff::{self, LinePair};
use super::service::{self, Plan};
use super::spec::PlanItemSpec;
use crate::access::identity::{Identity, identity};
use crate::app::App;
use crate::error::Result;
use crate::http::extract::{Path, Path3};
use crate::http::format;
use crate::http::guard::Clinician;
use crate::http::page::html;
use crate::http::router::{Access, Endpoint, at};
use crate::patients;
use crate::people;
use crate::reminders::planner::zone_of;
use crate::store::plans::PlanVersion;
use crate::store::types::{ClinicianId, PatientId};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/patients/{patient}/plan/versions").get(Access::Clinician, list),
        at("/patients/{patient}/plan/versions/{before}/{after}").get(Access::Clinician, compare),
    ]
}

/// A version as the list shows it.
struct VersionRow {
    version: i64,
    /// The one before, where there is one.
    before: Option<i64>,
    when: String,
    by: String,
    note: String,
}

#[derive(Template)]
#[template(path = "plan_versions.html")]
struct VersionsPage {
    identity: Identity,
    id: PatientId,
    name: String,
    zone: String,
    versions: Vec<VersionRow>,
}

#[derive(Template)]
#[template(path = "plan_compare.html")]
struct ComparePage {
    identity: Identity,
    id: PatientId,
    name: String,
    zone: String,
    /// The earlier and the later as asked for.
    both: [VersionRow; 2],
    titles: [String; 2],
    pairs: Vec<LinePair>,
}

/// Whose plan, in which zone, and who signed.
struct Around {
    name: String,
    zone_words: String,
    zone: jiff::tz::TimeZone,
    team: Vec<(ClinicianId, String)>,
}

impl Around {
    async fn load(app: &App, clinician: &Clinician, id: PatientId) -> Result<Self> {
        let patient = patients::service::line(app, clinician.scope, id)
            .await?
            .patient;
        let zone = zone_of(&patient)?;
        let team = people::service::list(app, clinician.scope).await?;
        Ok(Self {
            zone_words: format::zone(&patient.time_zone, app.now(), &zone),
            name: patient.name,
            zone,
            team: team.into_iter().map(|one| (one.id, one.name)).collect(),
        })
    }

    fn row(&self, version: &PlanVersion) -> VersionRow {
        let signed = |(id, _): &&(ClinicianId, String)| *id == version.published_by;
        let name = self.team.iter().find(signed);
        VersionRow {
            version: version.version,
            before: (version.version > 1).then(|| version.version - 1),
            when: format::date_time(version.published_at.timestamp(), &self.zone),
            by: name.map_or_else(
                || version.published_by.to_string(),
                |(_, name)| name.clone(),
            ),
            note: version.note.clone(),
        }
    }
}

async fn list(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
) -> Result<HttpResponse> {
    let around = Around::load(&app, &clinician, patient.0).await?;
    let versions = service::versions(&app, clinician.scope, patient.0).await?;
    html(&VersionsPage {
        identity: identity(&app, &clinician).await?,
        id: patient.0,
        versions: versions.iter().map(|one| around.row(one)).collect(),
        name: around.name,
        zone: around.zone_words,
    })
}

async fn compare(
    app: web::Data<App>,
    clinician: Clinician,
    Path3(patient, before, after): Path3<PatientId, i64, i64>,
) -> Result<HttpResponse> {
    let around = Around::load(&app, &clinician, patient).await?;
    let before = service::version(&app, clinician.scope, patient, before).await?;
    let after = service::version(&app, clinician.scope, patient, after).await?;
    html(&ComparePage {
        identity: identity(&app, &clinician).await?,
        id: patient,
        pairs: diff::side_by_side(&lines(&before), &lines(&after)),
        titles: [&before, &after].map(|plan| format!("Version {}", plan.version.version)),
        both: [&before, &after].map(|plan| around.row(&plan.version)),
        name: around.name,
        zone: around.zone_words,
    })
}

fn lines(plan: &Plan) -> Vec<PlanItemSpec> {
    plan.items.iter().map(|(_, spec)| spec.clone()).collect()
}
