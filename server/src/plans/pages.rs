//! HTML: the plan editor.

use std::fmt::Write as _;

use actix_web::{HttpResponse, ResponseError, web};
use serde::Deserialize;

use super::decide::{self, ProposalView, SuggestedView, Wrong};
use super::diff::{self, LinePair};
use super::form::PlanForm;
use super::library::{self, CareKind, Exercise};
use super::preview_view::{self, DayView};
use super::service::{self, NewVersion, Plan, Preview};
use super::spec::{MAX_ITEMS, PlanItemSpec, Weekday};
use super::templates::{self, Template, TemplateRef};
use super::{suggest, words};
use crate::access::identity::{Identity, identity};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::http::extract::{Form, Path, Query};
use crate::http::format;
use crate::http::guard::Clinician;
use crate::http::page::{REFUSED, html, html_as, see_other};
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
pub(super) const KINDS: [(&str, &str); 6] = [
    ("daily", "every day"),
    ("weekdays", "on weekdays"),
    ("every_n_days", "every few days"),
    ("times_per_week", "so many times a week"),
    ("every_n_weeks", "on weekdays of every few weeks"),
    ("after_event", "from some days after an event"),
];

#[derive(askama::Template)]
#[template(path = "plan.html")]
struct EditorPage {
    identity: Identity,
    id: PatientId,
    name: String,
    zone: String,
    published: Option<String>,
    form: PlanForm,
    library: Vec<(&'static str, Vec<&'static Exercise>)>,
    kinds: [(&'static str, &'static str); 6],
    weekdays: [Weekday; 7],
    conflict: Option<Conflict>,
    /// Where the lines that were filled in come from.
    filled: Option<String>,
    templates: Vec<(String, String)>,
    suggested: Vec<SuggestedView>,
    decided: Vec<String>,
    proposals: Vec<ProposalView>,
    /// What is wrong with a rejection, and of what.
    wrong: Option<Wrong>,
}

/// What someone else published meanwhile.
struct Conflict {
    detail: String,
    lines: Vec<String>,
}

/// The library by kind of care.
pub(super) fn by_kind() -> Vec<(&'static str, Vec<&'static Exercise>)> {
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
    let decide = decide::load(app, clinician.scope, id, &zone).await?;
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
        filled: None,
        templates: decide.templates,
        suggested: decide.suggested,
        decided: decide.decided,
        proposals: decide.proposals,
        wrong: None,
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

/// What the editor is to be filled with.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct EditQuery {
    /// An observation whose suggestion is to be looked at.
    #[serde(default)]
    suggestion: Option<String>,
}

async fn edit(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    query: Query<EditQuery>,
) -> Result<HttpResponse> {
    let mut page = page(&app, &clinician, patient.0, None).await?;
    if let Some(observation) = query.0.suggestion {
        let all = suggest::service::of_patient(&app, clinician.scope, patient.0).await?;
        let mut open = all.open.into_iter();
        let found = open.find(|one| one.evidence.observation == observation);
        let found = found.ok_or_else(Error::not_found)?;
        fill(
            &mut page,
            &found.template,
            today(&app, &clinician, patient.0).await?,
        );
        page.form.accepts.push(observation);
    }
    html(&page)
}

/// Adds a template's lines to the form, and says so.
fn fill(page: &mut EditorPage, template: &Template, today: jiff::civil::Date) {
    let (added, kept) = template.beside(|exercise| page.form.has(exercise), today);
    if !page.form.add_lines(&added, today) {
        let rule = format!("With this template the plan would have more than {MAX_ITEMS} lines.");
        page.form.errors.push(rule);
        return;
    }
    let lines = match added.len() {
        1 => "1 line was".to_owned(),
        many => format!("{many} lines were"),
    };
    let mut words = format!(
        "{lines} added from the template “{}”. Nothing is published yet.",
        template.name
    );
    if !kept.is_empty() {
        let _ = write!(
            words,
            " The plan has already, left as it is: {}.",
            kept.join(", ")
        );
    }
    page.filled = Some(words);
}

/// The plan page again, with what is wrong with a rejection.
pub(super) async fn with_wrong(
    app: &App,
    clinician: &Clinician,
    patient: PatientId,
    wrong: Wrong,
) -> Result<HttpResponse> {
    let mut page = page(app, clinician, patient, None).await?;
    page.wrong = Some(wrong);
    html_as(REFUSED, &page)
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
    if form.text("action") == "template" {
        let mut page = page(&app, &clinician, patient.0, Some(typed)).await?;
        let Ok(chosen) = form.text("template").parse::<TemplateRef>();
        match templates::service::find(&app, clinician.scope, &chosen).await {
            Ok(template) => {
                let today = today(&app, &clinician, patient.0).await?;
                fill(&mut page, &template, today);
            }
            Err(error) if error.code == Code::NotFound => {
                page.filled = Some("Choose a template first.".to_owned());
            }
            Err(error) => return Err(error),
        }
        return html(&page);
    }
    if form.text("action") == "edit" {
        return html(&page(&app, &clinician, patient.0, Some(typed)).await?);
    }
    let Some(items) = typed.check() else {
        return html_as(
            REFUSED,
            &page(&app, &clinician, patient.0, Some(typed)).await?,
        );
    };
    let new = NewVersion {
        base_version: typed.base_version,
        note: typed.note.clone(),
        items,
        accepts: typed.accepts.clone(),
    };
    if form.text("action") == "preview" {
        return match service::preview(&app, clinician.scope, clinician.id, patient.0, new).await {
            Ok(seen) => preview_page(&app, &clinician, &form, &typed, seen).await,
            Err(error) if error.code == Code::Conflict => {
                conflict(&app, &clinician, patient.0, typed, &error).await
            }
            Err(error) => Err(error),
        };
    }
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

/// Shows what publishing would do; everything typed comes along, to be published or edited on.
async fn preview_page(
    app: &App,
    clinician: &Clinician,
    form: &Form,
    typed: &PlanForm,
    seen: Preview,
) -> Result<HttpResponse> {
    let zone = zone_of(&seen.patient)?;
    let fields = form
        .fields()
        .filter(|(name, _)| *name != "action")
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    html(&PreviewPage {
        identity: identity(app, clinician).await?,
        id: seen.patient.id,
        zone: format::zone(&seen.patient.time_zone, app.now(), &zone),
        in_force: seen.in_force.as_ref().map_or(0, |plan| plan.version),
        note: typed.note.clone(),
        days: preview_view::days(&seen.shown, &zone)?,
        totals: preview_view::totals(&seen.shown),
        silent: preview_view::silent(&seen.shown),
        pairs: diff::side_by_side(&seen.before, &seen.after),
        fields: fields.collect(),
        name: seen.patient.name,
    })
}

#[derive(askama::Template)]
#[template(path = "plan_preview.html")]
struct PreviewPage {
    identity: Identity,
    id: PatientId,
    name: String,
    zone: String,
    in_force: i64,
    note: String,
    days: Vec<DayView>,
    totals: Vec<String>,
    silent: Vec<String>,
    pairs: Vec<LinePair>,
    fields: Vec<(String, String)>,
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
    let lines = items(plan.as_ref()).iter().map(words::line).collect();
    page.conflict = Some(Conflict {
        detail: error.detail.clone().unwrap_or_default(),
        lines,
    });
    html_as(error.status_code(), &page)
}

#[cfg(test)]
mod tests {
    use askama::Template as _;

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
            filled: Some(name()),
            templates: vec![(name(), name())],
            suggested: Vec::new(),
            decided: vec![name()],
            proposals: Vec::new(),
            wrong: None,
        };
        let html = page.render().unwrap();
        assert!(
            !html.contains("<script>alert"),
            "a typed value reached the page as markup"
        );
        assert!(html.matches("script&#62;alert(1)").count() >= 7, "{html}");
    }
}
