//! HTML: the clinic's templates.

use actix_web::{HttpResponse, ResponseError, web};
use serde::Deserialize;

use super::form::TemplateForm;
use super::{Owner, Template, TemplateLine, TemplateRef, service};
use crate::access::identity::{Identity, identity};
use crate::app::App;
use crate::error::{Code, Result};
use crate::http::extract::{Form, Path, Query};
use crate::http::format;
use crate::http::guard::Clinician;
use crate::http::page::{REFUSED, html, html_as, see_other};
use crate::http::router::{Access, Endpoint, at};
use crate::plans::library::Exercise;
use crate::plans::pages::{KINDS, by_kind};
use crate::plans::spec::Weekday;
use crate::plans::words;
use crate::store::types::PlanTemplateId;

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/templates")
            .get(Access::Clinician, list)
            .post(Access::Clinician, create),
        at("/templates/new").get(Access::Clinician, new),
        at("/templates/{template}").get(Access::Clinician, show),
        at("/templates/{template}/edit")
            .get(Access::Clinician, edit)
            .post(Access::Clinician, save),
        at("/templates/{template}/retire").post(Access::Clinician, retire),
    ]
}

/// What was just done.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Done {
    Saved,
    Retired,
}

impl Done {
    fn words(self) -> &'static str {
        match self {
            Self::Saved => "The template is saved.",
            Self::Retired => "The template is retired: it is no longer offered.",
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct DoneQuery {
    #[serde(default)]
    done: Option<Done>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FromQuery {
    #[serde(default)]
    from: Option<String>,
}

/// A template as the list shows it.
struct ListRow {
    id: String,
    name: String,
    reason: String,
    evidence: String,
    lines: String,
}

#[derive(askama::Template)]
#[template(path = "templates.html")]
struct ListPage {
    identity: Identity,
    done: Option<&'static str>,
    parts: [(&'static str, Vec<ListRow>); 3],
}

/// A line as the page shows it.
struct LineRow {
    title: String,
    dose: String,
    days: String,
    times: String,
    span: String,
    more: Vec<String>,
}

#[derive(askama::Template)]
#[template(path = "template.html")]
struct ShowPage {
    identity: Identity,
    done: Option<&'static str>,
    template: Template,
    is_own: bool,
    version: String,
    lines: Vec<LineRow>,
}

#[derive(askama::Template)]
#[template(path = "template_edit.html")]
struct EditPage {
    identity: Identity,
    title: String,
    action: String,
    form: TemplateForm,
    texts: [(&'static str, &'static str, String, usize); 4],
    library: Vec<(&'static str, Vec<&'static Exercise>)>,
    kinds: &'static [(&'static str, &'static str)],
    weekdays: [Weekday; 7],
    conflict: Option<String>,
}

async fn list(
    app: web::Data<App>,
    clinician: Clinician,
    query: Query<DoneQuery>,
) -> Result<HttpResponse> {
    let all = service::list(&app, clinician.scope).await?;
    let part = |wanted: fn(&Template) -> bool| {
        let rows = all.iter().filter(|one| wanted(one));
        rows.map(list_row).collect::<Vec<_>>()
    };
    html(&ListPage {
        identity: identity(&app, &clinician).await?,
        done: query.0.done.map(Done::words),
        parts: [
            (
                "The clinic’s own",
                part(|one| one.owner == Owner::Clinic && !one.retired),
            ),
            ("Built in", part(|one| one.owner == Owner::BuiltIn)),
            ("Retired", part(|one| one.retired)),
        ],
    })
}

fn list_row(one: &Template) -> ListRow {
    let lines = match one.lines.len() {
        1 => "1 line".to_owned(),
        many => format!("{many} lines"),
    };
    ListRow {
        id: one.id.clone(),
        name: one.name.clone(),
        reason: one.reason.clone(),
        evidence: one.evidence.clone(),
        lines,
    }
}

async fn show(
    app: web::Data<App>,
    clinician: Clinician,
    template: Path<TemplateRef>,
    query: Query<DoneQuery>,
) -> Result<HttpResponse> {
    let template = service::find(&app, clinician.scope, &template.0).await?;
    let identity = identity(&app, &clinician).await?;
    let zone = crate::reminders::planner::zone_named(&identity.time_zone)?;
    html(&ShowPage {
        done: query.0.done.map(Done::words),
        is_own: template.owner == Owner::Clinic,
        version: match template.written_at {
            Some(at) => format!(
                "{}, {} ({})",
                template.version,
                format::date_time(at, &zone),
                format::zone(&identity.time_zone, at, &zone)
            ),
            None => format!("{} (built in)", template.version),
        },
        lines: template.lines.iter().map(line_row).collect(),
        identity,
        template,
    })
}

fn line_row(line: &TemplateLine) -> LineRow {
    let item = line.on(jiff::civil::Date::constant(2000, 1, 3));
    let times: Vec<&str> = item.windows.iter().map(|one| one.at.as_str()).collect();
    let from = match line.starts_after_days {
        0 => "at once".to_owned(),
        1 => "after 1 day".to_owned(),
        days => format!("after {days} days"),
    };
    let span = match line.for_days {
        None => format!("{from}, open"),
        Some(1) => format!("{from}, for 1 day"),
        Some(days) => format!("{from}, for {days} days"),
    };
    let further = words::parts(&item).into_iter().skip(5);
    LineRow {
        title: words::title(&item.exercise),
        dose: item.dose.words(),
        days: item.recurrence.words(),
        times: times.join(", "),
        span,
        more: further
            .map(|(label, words)| format!("{label}: {words}"))
            .collect(),
    }
}

async fn edit_page(
    app: &App,
    clinician: &Clinician,
    form: TemplateForm,
    id: Option<PlanTemplateId>,
    conflict: Option<String>,
) -> Result<EditPage> {
    let texts = [
        ("name", "Name", form.name.clone(), 80),
        ("reason", "Why: what it is for", form.reason.clone(), 500),
        (
            "evidence",
            "How sure it is that it helps",
            form.evidence.clone(),
            300,
        ),
        (
            "source",
            "Source: where dose and evidence come from",
            form.source.clone(),
            300,
        ),
    ];
    Ok(EditPage {
        identity: identity(app, clinician).await?,
        title: match id {
            Some(_) => "Edit the template".to_owned(),
            None => "Write a template".to_owned(),
        },
        action: match id {
            Some(id) => format!("/templates/{id}/edit"),
            None => "/templates".to_owned(),
        },
        texts,
        form,
        library: by_kind(),
        kinds: &KINDS,
        weekdays: Weekday::ALL,
        conflict,
    })
}

async fn new(
    app: web::Data<App>,
    clinician: Clinician,
    query: Query<FromQuery>,
) -> Result<HttpResponse> {
    let form = match query.0.from {
        None => TemplateForm::empty(),
        Some(from) => {
            let Ok(from) = from.parse::<TemplateRef>();
            let template = service::find(&app, clinician.scope, &from).await?;
            TemplateForm {
                base_version: 0,
                name: format!("{} (copy)", template.name),
                ..TemplateForm::of(&template)
            }
        }
    };
    html(&edit_page(&app, &clinician, form, None, None).await?)
}

async fn edit(
    app: web::Data<App>,
    clinician: Clinician,
    template: Path<PlanTemplateId>,
) -> Result<HttpResponse> {
    let id = template.0;
    let found = service::find(&app, clinician.scope, &TemplateRef::Clinic(id)).await?;
    let form = TemplateForm::of(&found);
    html(&edit_page(&app, &clinician, form, Some(id), None).await?)
}

async fn create(app: web::Data<App>, clinician: Clinician, form: Form) -> Result<HttpResponse> {
    write(&app, &clinician, &form, None).await
}

async fn save(
    app: web::Data<App>,
    clinician: Clinician,
    template: Path<PlanTemplateId>,
    form: Form,
) -> Result<HttpResponse> {
    // Of another clinic, or of nobody: not found before anything else is said.
    service::find(&app, clinician.scope, &TemplateRef::Clinic(template.0)).await?;
    write(&app, &clinician, &form, Some(template.0)).await
}

async fn write(
    app: &App,
    clinician: &Clinician,
    form: &Form,
    id: Option<PlanTemplateId>,
) -> Result<HttpResponse> {
    let mut typed = TemplateForm::read(form);
    if form.text("action") == "more" {
        typed.add_rows();
        return html(&edit_page(app, clinician, typed, id, None).await?);
    }
    let Some(written) = typed.check() else {
        return html_as(REFUSED, &edit_page(app, clinician, typed, id, None).await?);
    };
    let (scope, by) = (clinician.scope, clinician.id);
    let saved = match id {
        Some(id) => service::edit(app, scope, by, id, typed.base_version, written).await,
        None => service::create(app, scope, by, written).await,
    };
    match saved {
        Ok(template) => Ok(see_other(&format!("/templates/{}?done=saved", template.id))),
        Err(error) if error.code == Code::Conflict => {
            if let Some(id) = id {
                let current = service::find(app, scope, &TemplateRef::Clinic(id)).await?;
                typed.base_version = current.version.parse().unwrap_or(0);
            }
            let detail = error.detail.clone().unwrap_or_default();
            let page = edit_page(app, clinician, typed, id, Some(detail)).await?;
            html_as(error.status_code(), &page)
        }
        Err(error) => Err(error),
    }
}

async fn retire(
    app: web::Data<App>,
    clinician: Clinician,
    template: Path<PlanTemplateId>,
) -> Result<HttpResponse> {
    service::retire(&app, clinician.scope, clinician.id, template.0).await?;
    Ok(see_other("/templates?done=retired"))
}
