//! JSON: wear, and adherence to prescribed footwear.

use actix_web::{HttpResponse, web};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::rules::{FootwearAdherence, RULE_VERSION, Sufficiency};
use super::service::{self, Wear};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::extract::{Path, Query};
use crate::http::guard::{Clinician, Patient};
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::store::types::PatientId;
use crate::store::wear::{TagKind, Worn};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/patients/{patient}/wear").get(Access::Clinician, wear),
        at("/v1/me/wear").get(Access::Patient, my_wear),
    ]
}

/// Dates of the patient; the last 28 when absent.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WearQuery {
    /// First date, `YYYY-MM-DD`.
    #[param(value_type = Option<String>, format = Date)]
    from: Option<Date>,
    /// Last date, `YYYY-MM-DD`; less than 92 days after the first.
    #[param(value_type = Option<String>, format = Date)]
    through: Option<Date>,
}

/// Wear under one orthotic or in one pair of shoes.
#[derive(Debug, Serialize, ToSchema)]
pub struct WearTag {
    /// Orthotic or shoe.
    kind: TagKind,
    /// As sessions name it.
    id: String,
    /// Whole minutes worn.
    worn_min: i64,
    /// Steps of both feet.
    steps: i64,
}

/// Wear of one date.
#[derive(Debug, Serialize, ToSchema)]
pub struct WearDay {
    /// The date, in the patient's zone of that day.
    date: String,
    /// Whole minutes worn, whatever the insoles lay in.
    worn_min: i64,
    /// Steps of both feet.
    steps: i64,
    /// With which orthotic and in which shoes.
    tags: Vec<WearTag>,
}

/// Wear over a period.
#[derive(Debug, Serialize, ToSchema)]
pub struct WearBody {
    /// First date.
    from: String,
    /// Last date.
    through: String,
    /// The zone the patient lives in now.
    time_zone: String,
    /// Dates with any upload.
    days: Vec<WearDay>,
    /// Of each kind of footwear that is prescribed for so many minutes a day.
    adherence: Vec<FootwearAdherence>,
    /// What the data are worth, beside adherence and never part of it.
    sufficiency: Sufficiency,
    /// Version of the arithmetic.
    #[schema(value_type = String)]
    rule_version: &'static str,
}

impl WearBody {
    fn of(wear: Wear) -> Result<Self> {
        let days = wear.days.into_iter().map(|(date, day)| {
            let orthotics = day.orthotics.into_iter();
            let shoes = day.shoes.into_iter();
            let tags = orthotics
                .map(|(id, worn)| tag(TagKind::Orthotic, id, worn))
                .chain(shoes.map(|(id, worn)| tag(TagKind::Shoe, id, worn)));
            Ok(WearDay {
                date: date.date().map_err(Error::internal)?.to_string(),
                worn_min: day.all.minutes(),
                steps: day.all.steps,
                tags: tags.collect(),
            })
        });
        Ok(Self {
            from: wear.from.to_string(),
            through: wear.through.to_string(),
            time_zone: wear.time_zone,
            days: days.collect::<Result<_>>()?,
            adherence: wear.adherence,
            sufficiency: wear.sufficiency,
            rule_version: RULE_VERSION,
        })
    }
}

fn tag(kind: TagKind, id: String, worn: Worn) -> WearTag {
    WearTag {
        kind,
        id,
        worn_min: worn.minutes(),
        steps: worn.steps,
    }
}

/// A patient's wear.
#[utoipa::path(get, path = "/v1/patients/{patient}/wear", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path), WearQuery),
    responses((status = 200, body = WearBody), (status = "4XX", body = Problem)))]
pub async fn wear(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    query: Query<WearQuery>,
) -> Result<HttpResponse> {
    let (from, through) = (query.0.from, query.0.through);
    let wear = service::wear(&app, clinician.scope, patient.0, from, through).await?;
    Ok(HttpResponse::Ok().json(WearBody::of(wear)?))
}

/// The caller's own wear.
#[utoipa::path(get, path = "/v1/me/wear", tag = "patient", params(WearQuery), security(("token" = [])),
    responses((status = 200, body = WearBody), (status = "4XX", body = Problem)))]
pub async fn my_wear(
    app: web::Data<App>,
    me: Patient,
    query: Query<WearQuery>,
) -> Result<HttpResponse> {
    let (from, through) = (query.0.from, query.0.through);
    let wear = service::wear(&app, me.scope, me.id, from, through).await?;
    Ok(HttpResponse::Ok().json(WearBody::of(wear)?))
}
