//! HTML: a patient's report for print, of some dates.

use actix_web::{HttpResponse, web};
use askama::Template;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Unit};
use serde::Deserialize;

use super::report_view::ReportView;
use crate::access::identity::{Identity, identity};
use crate::adherence::Figures;
use crate::adherence::figures::Period;
use crate::adherence::service::figures_of;
use crate::app::App;
use crate::checkins::rules::PainRules;
use crate::checkins::trend::{Trend, trend};
use crate::clinic_settings;
use crate::error::{Error, Result};
use crate::http::extract::{Path, Query};
use crate::http::guard::Clinician;
use crate::http::page::html;
use crate::http::router::{Access, Endpoint, at};
use crate::plans::service::{Plan, in_force};
use crate::reminders::planner::zone_of;
use crate::store::care_events::{self, CareEvent};
use crate::store::exams::{self, Exam};
use crate::store::insoles::{self, InsoleSession};
use crate::store::patients::{self, Patient};
use crate::store::pauses::{self, Pause};
use crate::store::plans::{self, PlanVersion};
use crate::store::types::PatientId;
use crate::store::{Scope, checkins};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![at("/patients/{patient}/report").get(Access::Clinician, show)]
}

/// Dates a report covers at most.
const LONGEST_DAYS: i32 = 366;
/// Dates it covers where none are asked for.
const USUAL_DAYS: i32 = 28;
/// Days before the first date that a usual pain looks back on.
const PAIN_BACK_DAYS: i32 = 28;

/// Which dates, as typed.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ReportQuery {
    from: Option<String>,
    to: Option<String>,
}

/// Everything a report is made of.
pub(super) struct Report {
    pub(super) patient: Patient,
    pub(super) zone: TimeZone,
    pub(super) now: Timestamp,
    pub(super) period: Period,
    pub(super) figures: Figures,
    pub(super) plan: Option<Plan>,
    pub(super) versions: Vec<PlanVersion>,
    pub(super) pauses: Vec<Pause>,
    pub(super) pain: Trend,
    pub(super) sessions: Vec<InsoleSession>,
    pub(super) events: Vec<CareEvent>,
    pub(super) exams: Vec<Exam>,
}

/// The dates asked for; what is wrong with them falls back to the usual ones, and is said.
fn dates(query: &ReportQuery, today: Date) -> (Period, Option<&'static str>) {
    let usual = |through: Date| through.saturating_sub((USUAL_DAYS - 1).days());
    let fallback = |wrong| {
        let period = Period {
            from: usual(today),
            through: today,
        };
        (period, Some(wrong))
    };
    let read = |text: &Option<String>| match text.as_deref().map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) => text.parse::<Date>().map(Some),
    };
    let (Ok(from), Ok(through)) = (read(&query.from), read(&query.to)) else {
        return fallback("Dates are written as 2026-03-01. The last 28 days are shown.");
    };
    let through = through.unwrap_or(today);
    let from = from.unwrap_or_else(|| usual(through));
    let days = from
        .until((Unit::Day, through))
        .map_or(i32::MAX, |span| span.get_days());
    if days < 0 {
        return fallback("The first day must not be after the last. The last 28 days are shown.");
    }
    if days >= LONGEST_DAYS {
        return fallback("A report covers at most 366 days. The last 28 days are shown.");
    }
    (Period { from, through }, None)
}

async fn report(
    app: &App,
    scope: Scope,
    id: PatientId,
    query: ReportQuery,
) -> Result<(Report, Option<&'static str>)> {
    let now = app.now();
    app.store
        .read("patient_report", scope, move |tx| {
            let patient = patients::find(tx, id)?;
            let zone = zone_of(&patient)?;
            let (period, wrong) = dates(&query, now.to_zoned(zone.clone()).date());
            let begin = |date: Date| -> Result<Timestamp> {
                let begin = date.to_zoned(zone.clone()).map_err(Error::internal)?;
                Ok(begin.timestamp())
            };
            let (from, until) = (
                begin(period.from)?,
                begin(period.through.saturating_add(1.day()))?,
            );
            let rules: PainRules = clinic_settings::current(tx)?.pain;
            let pain_from = period.from.saturating_sub(PAIN_BACK_DAYS.days());
            let said = checkins::standing(tx, id, pain_from, period.through)?;
            let report = Report {
                figures: figures_of(tx, id, period, now)?,
                plan: in_force(tx, id)?,
                versions: plans::versions(tx, id)?,
                pauses: pauses::of_patients(tx, &[id])?
                    .remove(&id)
                    .unwrap_or_default(),
                pain: trend(&said, period.from, period.through, &rules)?,
                sessions: insoles::between(tx, id, from, until)?,
                events: care_events::standing(tx, &[id])?,
                exams: exams::of_patient(tx, id)?,
                patient,
                zone: zone.clone(),
                now,
                period,
            };
            Ok((report, wrong))
        })
        .await
}

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage {
    identity: Identity,
    id: PatientId,
    view: ReportView,
    wrong: Option<&'static str>,
}

async fn show(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    query: Query<ReportQuery>,
) -> Result<HttpResponse> {
    let (report, wrong) = report(&app, clinician.scope, patient.0, query.0).await?;
    html(&ReportPage {
        identity: identity(&app, &clinician).await?,
        id: patient.0,
        view: ReportView::of(&report)?,
        wrong,
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn asked(from: &str, to: &str) -> (String, Option<&'static str>) {
        let query = ReportQuery {
            from: Some(from.to_owned()),
            to: Some(to.to_owned()),
        };
        let (period, wrong) = dates(&query, date(2026, 3, 31));
        (format!("{} {}", period.from, period.through), wrong)
    }

    #[test]
    fn dates_that_cannot_be_are_said_and_the_usual_ones_taken() {
        assert_eq!(asked("", ""), ("2026-03-04 2026-03-31".to_owned(), None));
        assert_eq!(
            asked("2026-01-01", "2026-02-28"),
            ("2026-01-01 2026-02-28".to_owned(), None)
        );
        for (from, to) in [
            ("2026-03-02", "2026-03-01"),
            ("2024-01-01", "2026-03-01"),
            ("yesterday", ""),
        ] {
            let (dates, wrong) = asked(from, to);
            assert_eq!(dates, "2026-03-04 2026-03-31");
            assert!(wrong.is_some(), "{from} {to}");
        }
    }
}
