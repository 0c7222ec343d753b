//! HTML: the plan editor.

use actix_web::{HttpResponse, ResponseError, web};
use askama::Template;

use super::form::PlanForm;
use super::library::{self, CareKind, Exercise};
use super::service::{self, NewVersion, Plan};
use super::spec::{PlanItemSpec, Weekday};
use crate::access::identity::{Identity, identity};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::http::extract::{Form, Path};
use crate::http::format;
use crate::http::guard::Clinician;
use crate::http::page::{html, html_as, see_other};
use crate::http::router::{Access, Endpoint, at};
use crate::patients;
use crate::reminders::planner::zone_of;
use crate::store::types::PatientId;

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/patients/{patient}/plan")
            .get(Access::Clinician, edit)
            .post(Access::Clinician, publish),
    ]
}

/// The ways of saying on which days.
const KINDS: [(&str, &str); 3] = [
    ("daily", "every day"),
    ("weekdays", "on weekdays"),
    ("every_n_days", "every few days"),
];

#[derive(Template)]
#[template(path = "plan.html")]
struct EditorPage {
    identity: Identity,
    id: PatientId,
    name: String,
    zone: String,
    published: Option<String>,
    form: PlanForm,
    library: Vec<(&'static str, Vec<&'static Exercise>)>,
    kinds: [(&'static str, &'static str); 3],
    weekdays: [Weekday; 7],
    conflict: Option<Conflict>,
}

/// What someone else published meanwhile.
struct Conflict {
    detail: String,
    lines: Vec<String>,
}

/// The library by kind of care.
fn by_kind() -> Vec<(&'static str, Vec<&'static Exercise>)> {
    let of = |kind: CareKind| {
        library::library()
            .exercise
            .iter()
            .filter(|exercise| exercise.kind == kind)
            .collect()
    };
    CareKind::ALL
        .iter()
        .map(|kind| (kind_words(*kind), of(*kind)))
        .collect()
}

fn kind_words(kind: CareKind) -> &'static str {
    match kind {
        CareKind::Stretching => "Stretching",
        CareKind::Strengthening => "Strengthening",
        CareKind::Posture => "Posture",
        CareKind::Footwear => "Footwear",
        CareKind::Orthotic => "Orthotics",
        CareKind::Walking => "Walking",
    }
}

/// The page around a form: the one that was typed, or the one of the plan in force.
async fn page(
    app: &App,
    clinician: &Clinician,
    id: PatientId,
    typed: Option<PlanForm>,
) -> Result<EditorPage> {
    let patient = patients::service::line(app, clinician.scope, id)
        .await?
        .patient;
    let plan = service::current(app, clinician.scope, id).await?;
    let (zone, now) = (zone_of(&patient)?, app.now());
    let today = now.to_zoned(zone.clone()).date();
    Ok(EditorPage {
        identity: identity(app, clinician).await?,
        id,
        name: patient.name,
        published: plan.as_ref().map(|plan| {
            let at = format::date_time(plan.version.published_at.timestamp(), &zone);
            format!("Version {}, published {at}", plan.version.version)
        }),
        zone: format::zone(&patient.time_zone, now, &zone),
        form: typed.unwrap_or_else(|| {
            PlanForm::of_plan(version(plan.as_ref()), &items(plan.as_ref()), today)
        }),
        library: by_kind(),
        kinds: KINDS,
        weekdays: Weekday::ALL,
        conflict: None,
    })
}

fn version(plan: Option<&Plan>) -> i64 {
    plan.map_or(0, |plan| plan.version.version)
}

fn items(plan: Option<&Plan>) -> Vec<PlanItemSpec> {
    plan.into_iter()
        .flat_map(|plan| plan.items.iter().map(|(_, item)| item.clone()))
        .collect()
}

async fn edit(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
) -> Result<HttpResponse> {
    html(&page(&app, &clinician, patient.0, None).await?)
}

async fn publish(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    form: Form,
) -> Result<HttpResponse> {
    let mut typed = PlanForm::read(&form);
    if form.text("action") == "more" {
        let mut page = page(&app, &clinician, patient.0, Some(typed)).await?;
        page.form
            .add_rows(today(&app, &clinician, patient.0).await?);
        return html(&page);
    }
    let Some(items) = typed.check() else {
        let status = Error::new(Code::Invalid).status_code();
        return html_as(
            status,
            &page(&app, &clinician, patient.0, Some(typed)).await?,
        );
    };
    let new = NewVersion {
        base_version: typed.base_version,
        note: typed.note.clone(),
        items,
    };
    match service::publish(&app, clinician.scope, clinician.id, patient.0, new).await {
        Ok(_) => Ok(see_other(&format!(
            "/patients/{}?done=published",
            patient.0
        ))),
        Err(error) if error.code == Code::Conflict => {
            conflict(&app, &clinician, patient.0, typed, &error).await
        }
        Err(error) => Err(error),
    }
}

async fn today(app: &App, clinician: &Clinician, id: PatientId) -> Result<jiff::civil::Date> {
    let patient = patients::service::line(app, clinician.scope, id)
        .await?
        .patient;
    Ok(app.now().to_zoned(zone_of(&patient)?).date())
}

/// Shows what is in force by now beside what was typed; publishing again replaces it knowingly.
async fn conflict(
    app: &App,
    clinician: &Clinician,
    id: PatientId,
    typed: PlanForm,
    error: &Error,
) -> Result<HttpResponse> {
    let plan = service::current(app, clinician.scope, id).await?;
    let typed = PlanForm {
        base_version: version(plan.as_ref()),
        ..typed
    };
    let mut page = page(app, clinician, id, Some(typed)).await?;
    let lines = items(plan.as_ref()).iter().map(line_words).collect();
    page.conflict = Some(Conflict {
        detail: error.detail.clone().unwrap_or_default(),
        lines,
    });
    html_as(error.status_code(), &page)
}

/// A line of a plan as a person reads it.
fn line_words(item: &PlanItemSpec) -> String {
    let title =
        library::find(&item.exercise).map_or(item.exercise.as_str(), |exercise| &exercise.title);
    let times: Vec<&str> = item
        .windows
        .iter()
        .map(|window| window.at.as_str())
        .collect();
    let until = item
        .ends_on
        .map(|date| format!(" until {}", format::short_date(date)))
        .unwrap_or_default();
    format!(
        "{title}: {}, {} at {}{until}",
        item.dose.words(),
        item.recurrence.words(),
        times.join(", ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exercise_is_offered_once() {
        let offered: usize = by_kind().iter().map(|(_, exercises)| exercises.len()).sum();
        assert_eq!(offered, library::library().exercise.len());
    }

    #[test]
    fn what_was_typed_is_shown_as_text() {
        let hostile = "\"><script>alert(1)</script>";
        let mut form = PlanForm::of_plan(0, &[], jiff::civil::date(2026, 3, 1));
        form.note = hostile.to_owned();
        if let Some(row) = form.rows.first_mut() {
            row.sets = hostile.to_owned();
        }
        let name = || hostile.to_owned();
        let page = EditorPage {
            identity: Identity {
                clinic: name(),
                time_zone: "UTC".to_owned(),
                clinician: name(),
                is_admin: false,
            },
            id: PatientId::from([1; 16]),
            name: name(),
            zone: "UTC".to_owned(),
            published: None,
            form,
            library: by_kind(),
            kinds: KINDS,
            weekdays: Weekday::ALL,
            conflict: Some(Conflict {
                detail: name(),
                lines: vec![name()],
            }),
        };
        let html = page.render().unwrap();
        assert!(
            !html.contains("<script>alert"),
            "a typed value reached the page as markup"
        );
        assert!(html.matches("script&#62;alert(1)").count() >= 7, "{html}");
    }
}
