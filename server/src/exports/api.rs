//! The clinic's sheets as CSV, written as they are read: a page of patients at a time, so that a clinic of any size fits. A page is
//! one consistent state; the sheet as a whole is as old as its begin to its end.

use actix_web::web::Bytes;
use actix_web::{HttpResponse, web};
use futures_util::{Stream, stream};
use jiff::civil::Date;
use jiff::{ToSpan, Unit};
use serde::Deserialize;
use utoipa::IntoParams;

use super::csv::{Sheet, attachment};
use super::sheets::{Dates, Export};
use crate::app::App;
use crate::error::{Error, FieldError, Result};
use crate::http::extract::Query;
use crate::http::guard::Clinician;
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::rtm::api::{MonthQuery, month_of};
use crate::rtm::evidence;
use crate::rtm::service::{clinic_today, look};
use crate::store::patients::Patient;
use crate::store::rtm::EvaluationCause;
use crate::store::types::{ClinicianId, PatientId};
use crate::store::{Scope, audit, patients as stored};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/clinic/exports/patients.csv").get(Access::Clinician, patients),
        at("/v1/clinic/exports/sessions.csv").get(Access::Clinician, sessions),
        at("/v1/clinic/exports/adherence-days.csv").get(Access::Clinician, adherence_days),
        at("/v1/clinic/exports/occurrences.csv").get(Access::Clinician, occurrences),
        at("/v1/clinic/exports/rtm.csv").get(Access::Clinician, rtm),
    ]
}

/// The longest time an export covers, days.
const LONGEST_DAYS: i32 = 366;
/// The time it covers where none is asked for, days.
const USUAL_DAYS: i32 = 28;

/// Which dates, in each patient's own zone.
#[derive(Debug, Clone, Copy, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
pub struct DatesQuery {
    /// First date; 28 days up to `through` when absent.
    #[param(value_type = Option<String>)]
    pub from: Option<Date>,
    /// Last date; the clinic's today when absent. At most 366 days from the first.
    #[param(value_type = Option<String>)]
    pub through: Option<Date>,
}

impl DatesQuery {
    /// The dates meant.
    ///
    /// # Errors
    /// Invalid when they are in the wrong order or too many.
    pub fn dates(self, today: Date) -> Result<Dates> {
        let through = self.through.unwrap_or(today);
        let usual = || through.checked_sub((USUAL_DAYS - 1).days());
        let from = match self.from {
            Some(from) => from,
            None => usual().map_err(Error::internal)?,
        };
        let days = from
            .until((Unit::Day, through))
            .map_or(i32::MAX, |span| span.get_days());
        if days < 0 {
            return Err(Error::fields(vec![FieldError::new(
                "?from",
                "must not be after the last date",
            )]));
        }
        if days >= LONGEST_DAYS {
            let rule = format!("must be within {LONGEST_DAYS} days of the last date");
            return Err(Error::field("?from", rule));
        }
        Ok(Dates { from, through })
    }
}

/// Where a sheet that is being written stands.
enum Next {
    /// After this patient; before the first when there is none.
    After(Option<(String, PatientId)>),
    /// Nothing is left.
    Done,
}

fn follow(page: &[Patient], full: i64) -> Next {
    let is_full = i64::try_from(page.len()).is_ok_and(|count| count == full);
    match page.last().filter(|_| is_full) {
        Some(last) => Next::After(Some((last.name.clone(), last.id))),
        None => Next::Done,
    }
}

async fn export(
    app: web::Data<App>,
    clinician: Clinician,
    export: Export,
    query: DatesQuery,
) -> Result<HttpResponse> {
    let today = clinic_today(&app, clinician.scope).await?;
    let dates = query.dates(today)?;
    note(&app, clinician.scope).await?;
    let name = match export {
        Export::Patients => format!("patients-{today}.csv"),
        _ => format!("{}-{}-to-{}.csv", export.name(), dates.from, dates.through),
    };
    Ok(attachment(
        &name,
        pages(app, clinician.scope, export, dates),
    ))
}

/// The trail has a line for each sheet that leaves.
async fn note(app: &App, scope: Scope) -> Result<()> {
    let entry = app.audit("clinic.export", "clinic", None);
    app.store
        .write("note_export", scope, move |tx| audit::append(tx, &[entry]))
        .await
}

fn pages(
    app: web::Data<App>,
    scope: Scope,
    export: Export,
    dates: Dates,
) -> impl Stream<Item = Result<Bytes>> {
    stream::try_unfold((app, Next::After(None)), move |(app, next)| async move {
        let Next::After(after) = next else {
            return Ok(None);
        };
        let is_first = after.is_none();
        let (bytes, next) = app
            .store
            .read("export", scope, move |tx| {
                let page = stored::page(tx, after, export.patients_at_once())?;
                let mut sheet = if is_first {
                    Sheet::headed(export.head())?
                } else {
                    Sheet::empty()
                };
                export.lines(tx, &page, dates, &mut sheet)?;
                Ok((sheet.bytes()?, follow(&page, export.patients_at_once())))
            })
            .await?;
        Ok(Some((bytes, (app, next))))
    })
}

/// The clinic's patients.
#[utoipa::path(get, path = "/v1/clinic/exports/patients.csv", tag = "exports", security(("token" = [])),
    responses((status = 200, body = String, content_type = "text/csv"), (status = "4XX", body = Problem)))]
pub async fn patients(app: web::Data<App>, clinician: Clinician) -> Result<HttpResponse> {
    export(app, clinician, Export::Patients, DatesQuery::default()).await
}

/// Insole sessions that began on these dates.
#[utoipa::path(get, path = "/v1/clinic/exports/sessions.csv", tag = "exports", security(("token" = [])), params(DatesQuery),
    responses((status = 200, body = String, content_type = "text/csv"), (status = "4XX", body = Problem)))]
pub async fn sessions(
    app: web::Data<App>,
    clinician: Clinician,
    query: Query<DatesQuery>,
) -> Result<HttpResponse> {
    export(app, clinician, Export::Sessions, query.0).await
}

/// Adherence of these dates as it was kept: every revision, those that were superseded too.
#[utoipa::path(get, path = "/v1/clinic/exports/adherence-days.csv", tag = "exports", security(("token" = [])),
    params(DatesQuery),
    responses((status = 200, body = String, content_type = "text/csv"), (status = "4XX", body = Problem)))]
pub async fn adherence_days(
    app: web::Data<App>,
    clinician: Clinician,
    query: Query<DatesQuery>,
) -> Result<HttpResponse> {
    export(app, clinician, Export::AdherenceDays, query.0).await
}

/// Occurrences of these dates.
#[utoipa::path(get, path = "/v1/clinic/exports/occurrences.csv", tag = "exports", security(("token" = [])),
    params(DatesQuery),
    responses((status = 200, body = String, content_type = "text/csv"), (status = "4XX", body = Problem)))]
pub async fn occurrences(
    app: web::Data<App>,
    clinician: Clinician,
    query: Query<DatesQuery>,
) -> Result<HttpResponse> {
    export(app, clinician, Export::Occurrences, query.0).await
}

/// What is eligible in a month, a line for each patient, period and code. It says eligible and no more.
#[utoipa::path(get, path = "/v1/clinic/exports/rtm.csv", tag = "exports", security(("token" = [])), params(MonthQuery),
    responses((status = 200, body = String, content_type = "text/csv"), (status = "4XX", body = Problem)))]
pub async fn rtm(
    app: web::Data<App>,
    clinician: Clinician,
    query: Query<MonthQuery>,
) -> Result<HttpResponse> {
    let month = month_of(&app, &clinician, query.0.month.as_deref()).await?;
    note(&app, clinician.scope).await?;
    let name = format!("rtm-{}.csv", month.key());
    Ok(attachment(
        &name,
        rtm_pages(app, clinician.scope, clinician.id, month),
    ))
}

/// Patients whose ledgers are made before a piece is written.
const LEDGERS: i64 = 20;

fn rtm_pages(
    app: web::Data<App>,
    scope: Scope,
    by: ClinicianId,
    month: evidence::CalendarMonth,
) -> impl Stream<Item = Result<Bytes>> {
    stream::try_unfold((app, Next::After(None)), move |(app, next)| async move {
        let Next::After(after) = next else {
            return Ok(None);
        };
        let mut sheet = if after.is_none() {
            Sheet::headed(&evidence::CLINIC_HEAD)?
        } else {
            Sheet::empty()
        };
        let page = app
            .store
            .read("export", scope, move |tx| stored::page(tx, after, LEDGERS))
            .await?;
        for one in &page {
            let found = look(&app, scope, by, one.id, EvaluationCause::Export).await?;
            let found = evidence::of_month(found, month);
            evidence::clinic_lines(one, &found, &mut sheet)?;
        }
        Ok(Some((sheet.bytes()?, (app, follow(&page, LEDGERS)))))
    })
}
