//! JSON: the clinic's report.

use std::collections::BTreeMap;

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::load::{self, ClinicReport};
use crate::app::App;
use crate::error::Result;
use crate::http::guard::Clinician;
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![at("/v1/clinic/report").get(Access::Clinician, clinic_report)]
}

/// Patients with a live alert at an instant, by section.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportWeek {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Each patient in the first section that held.
    sections: BTreeMap<&'static str, usize>,
}

/// How long safety alerts of the last 28 days waited for a clinician.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportFirstAction {
    /// Alerts.
    alerts: usize,
    /// Those a clinician did something about.
    acted: usize,
    /// Middle of their times, seconds.
    median_s: Option<i64>,
}

/// Adherence of 28 days over patients.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportDistribution {
    /// Patients from 0 to 9 %, 10 to 19 %, and so on; the last with 100 %.
    bins: Vec<usize>,
    /// Patients with fewer than ten closed occurrences.
    too_early: usize,
    /// Patients with nothing due.
    nothing_due: usize,
}

/// A week of the drop-out curve.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportCurveWeek {
    /// Weeks since the patient was added.
    week: i64,
    /// Patients followed into it.
    at_risk: usize,
    /// Who dropped out in it.
    dropped: usize,
    /// Share still there at its end, percent.
    staying_pct: f64,
}

/// Prompts that were not sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportNotSent {
    /// How they ended.
    state: &'static str,
    /// Why.
    reason: String,
    /// How many.
    count: i64,
}

/// Reminders of the last seven days: occurrences whose prompts got so far.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportFunnel {
    /// A gateway took one.
    sent: i64,
    /// A device said it arrived.
    delivered: i64,
    /// It was shown.
    displayed: i64,
    /// It was opened.
    opened: i64,
    /// Of those sent, done at least in part.
    done: i64,
    /// What was not sent.
    not_sent: Vec<ReportNotSent>,
}

/// Sessions of the last seven days of one kind of insole.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportQuality {
    /// Maker's model.
    model: String,
    /// Firmware.
    firmware: String,
    /// Sessions.
    sessions: usize,
    /// Those with an index.
    scored: usize,
    /// Reasons against one.
    reasons: BTreeMap<String, usize>,
}

/// The clinic as a whole.
#[derive(Debug, Serialize, ToSchema)]
pub struct ClinicReportBody {
    /// As of when.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Patients in care it is made of.
    patients: usize,
    /// Patients in care there was no room for.
    left_out: usize,
    /// Patients in care whose owner is not active any more: must be 0.
    unowned_active_patients: i64,
    /// Ends of the last four weeks, and now.
    weeks: Vec<ReportWeek>,
    /// How long safety alerts waited.
    first_action: ReportFirstAction,
    /// How adherence spreads.
    adherence: ReportDistribution,
    /// Patients in the drop-out curve: those added within 182 days who were asked for something.
    cohort: usize,
    /// The curve.
    drop_out: Vec<ReportCurveWeek>,
    /// Reminders.
    reminders: ReportFunnel,
    /// Data by model and firmware, of the newest 2,000 sessions.
    insoles: Vec<ReportQuality>,
}

impl From<ClinicReport> for ClinicReportBody {
    fn from(report: ClinicReport) -> Self {
        let funnel = report.funnel;
        Self {
            at: report.now,
            patients: report.patients,
            left_out: report.left_out,
            unowned_active_patients: report.unowned,
            weeks: report
                .weeks
                .into_iter()
                .map(|(at, counts)| ReportWeek {
                    at,
                    sections: counts
                        .into_iter()
                        .map(|(section, count)| (section.as_str(), count))
                        .collect(),
                })
                .collect(),
            first_action: ReportFirstAction {
                alerts: report.first_action.alerts,
                acted: report.first_action.acted,
                median_s: report.first_action.median_s,
            },
            adherence: ReportDistribution {
                bins: report.distribution.bins.to_vec(),
                too_early: report.distribution.too_early,
                nothing_due: report.distribution.nothing_due,
            },
            cohort: report.cohort,
            drop_out: report
                .curve
                .into_iter()
                .map(|week| ReportCurveWeek {
                    week: week.week,
                    at_risk: week.at_risk,
                    dropped: week.dropped,
                    staying_pct: week.staying_pct,
                })
                .collect(),
            reminders: ReportFunnel {
                sent: funnel.sent,
                delivered: funnel.delivered,
                displayed: funnel.displayed,
                opened: funnel.opened,
                done: funnel.done,
                not_sent: funnel
                    .not_sent
                    .into_iter()
                    .map(|(state, reason, count)| ReportNotSent {
                        state: state.as_str(),
                        reason,
                        count,
                    })
                    .collect(),
            },
            insoles: report
                .quality
                .into_iter()
                .map(|((model, firmware), row)| ReportQuality {
                    model,
                    firmware,
                    sessions: row.sessions,
                    scored: row.scored,
                    reasons: row.reasons,
                })
                .collect(),
        }
    }
}

/// The clinic as a whole: alerts by week, how long they waited, how adherence spreads, who drops out, what becomes of reminders.
#[utoipa::path(get, path = "/v1/clinic/report", tag = "clinician", security(("token" = [])),
    responses((status = 200, body = ClinicReportBody), (status = "4XX", body = Problem)))]
pub async fn clinic_report(app: web::Data<App>, clinician: Clinician) -> Result<HttpResponse> {
    let found = load::report(&app, clinician.scope).await?;
    Ok(HttpResponse::Ok().json(ClinicReportBody::from(found)))
}
