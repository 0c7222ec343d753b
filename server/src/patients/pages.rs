//! HTML: the clinic's list, a patient's page, enrolment codes and pauses.

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::api::{Locale, cursor, parse_cursor};
use super::grid::LEGEND;
use super::head::{self, Head};
use super::held::{self, Held};
use super::pausing::{self, NewPause};
use super::record::record;
use super::service::{self, NewPatient, PauseReason};
use super::team_page;
use super::view::{ListRow, PatientView, reason_words};
use super::zones::COMMON_ZONES;
use crate::access::enrolment::enrolment_code;
use crate::access::identity::{Identity, identity};
use crate::app::App;
use crate::course::span::Span;
use crate::error::{Error, FieldError, Result};
use crate::http::extract::{Form, Path, Query, Text, time_zone};
use crate::http::format;
use crate::http::guard::Clinician;
use crate::http::page::{REFUSED, html, html_as, see_other};
use crate::http::router::{Access, Endpoint, at};
use crate::http::typed::Typed;
use crate::reminders::planner::zone_of;
use crate::store::types::PatientId;
use crate::worklist::service::{Standing, open_of};

/// Patients on one page of the list.
const PAGE: i64 = 50;

/// The languages prompts are written in.
const LOCALES: [(Locale, &str); 3] = [
    (Locale::En, "English"),
    (Locale::De, "Deutsch"),
    (Locale::Es, "Español"),
];

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/patients")
            .get(Access::Clinician, list)
            .post(Access::Clinician, create),
        at("/patients/{patient}").get(Access::Clinician, show),
        at("/patients/{patient}/team").post(Access::Clinician, team_page::set),
        at("/patients/{patient}/pauses").post(Access::Clinician, pause),
        at("/patients/{patient}/pauses/{pause}/resume").post(Access::Clinician, held::resume),
        at("/patients/{patient}/suspensions/{suspension}/end")
            .post(Access::Clinician, held::release),
        at("/patients/{patient}/enrolment-code").post(Access::Clinician, code),
    ]
}

/// Which page of the list.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct ListQuery {
    #[serde(default)]
    after: Option<String>,
}

/// The form that adds a patient, as typed.
#[derive(Default)]
struct AddForm {
    name: String,
    zone: String,
    locale: String,
    name_error: Option<String>,
    zone_error: Option<String>,
}

impl AddForm {
    fn of(form: &Form) -> Self {
        let text = |name| form.text(name).trim().to_owned();
        Self {
            name: text("name"),
            zone: text("time_zone"),
            locale: text("locale"),
            ..Self::default()
        }
    }

    fn is_wrong(&self) -> bool {
        self.name_error.is_some() || self.zone_error.is_some()
    }

    /// The patient the form describes; the form remembers what is wrong with it.
    fn check(&mut self) -> Option<NewPatient> {
        let name = Text::<100>::new(&self.name);
        self.name_error = name.as_ref().err().map(|rule| format!("The name {rule}."));
        self.zone_error = time_zone("", &self.zone)
            .err()
            .map(|error| rule_of(&error, "The time zone"));
        let locale = LOCALES
            .iter()
            .find(|(locale, _)| locale.tag() == self.locale);
        let locale = locale
            .map_or(Locale::En, |(locale, _)| *locale)
            .tag()
            .to_owned();
        match (name, &self.zone_error) {
            (Ok(name), None) => Some(NewPatient {
                name: name.into_string(),
                time_zone: self.zone.clone(),
                locale,
            }),
            _ => None,
        }
    }
}

fn rule_of(error: &Error, subject: &str) -> String {
    let rule = error
        .errors
        .first()
        .map_or("is not valid", |broken| broken.rule.as_str());
    format!("{subject} {rule}.")
}

#[derive(Template)]
#[template(path = "patients.html")]
struct ListPage {
    identity: Identity,
    rows: Vec<ListRow>,
    is_first: bool,
    next: Option<String>,
    add: AddForm,
    zones: &'static [&'static str],
    locales: [(&'static str, &'static str); 3],
}

async fn list(
    app: web::Data<App>,
    clinician: Clinician,
    query: Query<ListQuery>,
) -> Result<HttpResponse> {
    html(&list_page(&app, &clinician, query.0, None).await?)
}

async fn list_page(
    app: &App,
    clinician: &Clinician,
    query: ListQuery,
    add: Option<AddForm>,
) -> Result<ListPage> {
    let identity = identity(app, clinician).await?;
    let after = query.after.as_deref().map(parse_cursor).transpose()?;
    let lines = service::list(app, clinician.scope, after, PAGE).await?;
    let full = i64::try_from(lines.len()).is_ok_and(|count| count == PAGE);
    let now = app.now();
    let add = add.unwrap_or_else(|| AddForm {
        zone: identity.time_zone.clone(),
        ..AddForm::default()
    });
    Ok(ListPage {
        rows: lines
            .iter()
            .map(|line| ListRow::of(line, now))
            .collect::<Result<_>>()?,
        is_first: query.after.is_none(),
        next: lines.last().filter(|_| full).map(cursor),
        identity,
        add,
        zones: &COMMON_ZONES,
        locales: LOCALES.map(|(locale, name)| (locale.tag(), name)),
    })
}

async fn create(app: web::Data<App>, clinician: Clinician, form: Form) -> Result<HttpResponse> {
    let mut add = AddForm::of(&form);
    let Some(new) = add.check() else {
        return html_as(
            REFUSED,
            &list_page(&app, &clinician, ListQuery::default(), Some(add)).await?,
        );
    };
    let patient = service::create(&app, clinician.scope, clinician.id, new).await?;
    Ok(see_other(&format!("/patients/{}?done=added", patient.id)))
}

/// What was just done, so that the page says so once.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct ShowQuery {
    #[serde(default)]
    done: Option<Done>,
    /// How far back the day grid looks: 28 or 84.
    #[serde(default)]
    days: Option<String>,
}

/// Something done on a patient's page.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "lowercase")]
enum Done {
    Added,
    Paused,
    Published,
    Reviewed,
    Stale,
    Team,
    GoesOn,
}

impl Done {
    fn words(self) -> &'static str {
        match self {
            Self::Added => "The patient is added. Next: connect their device and write a plan.",
            Self::Paused => "The pause is entered. What falls into it is excused.",
            Self::Reviewed => {
                "Noted as reviewed. It is back on the worklist when there is something new."
            }
            Self::Stale => {
                "Nothing was changed: somebody saw to that meanwhile, or it is over. What is open now stands below."
            }
            Self::Team => "Who looks after the patient is set. A new owner has the open alerts.",
            Self::GoesOn => "It goes on. The patient is told.",
            Self::Published => "The plan is published. Prompts follow it from now on.",
        }
    }
}

/// The form that enters a pause, as typed.
#[derive(Default)]
struct PauseForm {
    from: String,
    through: String,
    reason: String,
    from_error: Option<String>,
    through_error: Option<String>,
    reason_error: Option<String>,
}

impl PauseForm {
    fn of(form: &Form) -> Self {
        let text = |name| form.text(name).trim().to_owned();
        Self {
            from: text("from"),
            through: text("through"),
            reason: text("reason"),
            ..Self::default()
        }
    }

    fn is_wrong(&self) -> bool {
        self.from_error.is_some() || self.through_error.is_some() || self.reason_error.is_some()
    }

    /// The pause the form describes; the form remembers what is wrong with it.
    fn check(&mut self) -> Option<NewPause> {
        let (from, through) = (self.from.parse().ok(), self.through.parse().ok());
        let reason = PauseReason::from_name(&self.reason);
        let wrong = |is_wrong: bool, words: &str| is_wrong.then(|| words.to_owned());
        self.from_error = wrong(from.is_none(), "Give the first paused day.");
        self.through_error = wrong(through.is_none(), "Give the last paused day.");
        self.reason_error = wrong(reason.is_none(), "Choose a reason.");
        Some(NewPause {
            from: from?,
            through: through?,
            reason: reason?,
            resume: None,
        })
    }

    fn blame(&mut self, broken: &FieldError) {
        self.through_error = Some(format!("The last day {}.", broken.rule));
    }
}

#[derive(Template)]
#[template(path = "patient.html")]
struct PatientPage {
    identity: Identity,
    view: PatientView,
    path: String,
    head: Head,
    team: Typed,
    held: Held,
    open: Vec<Standing>,
    legend: [(&'static str, &'static str); 7],
    done: Option<&'static str>,
    pause: PauseForm,
    reasons: Vec<(&'static str, &'static str)>,
}

/// What a page is shown with: how far back, and the forms it is shown again with.
#[derive(Default)]
pub(super) struct Shown {
    /// Of the day grid; four weeks where none is chosen.
    span: Option<Span>,
    pause: PauseForm,
    team: Option<Typed>,
    held: Option<Typed>,
}

impl Shown {
    /// Who looks after the patient, as chosen.
    pub(super) fn team(typed: Typed) -> Self {
        Self {
            team: Some(typed),
            ..Self::default()
        }
    }

    /// What was typed to let a plan go on.
    pub(super) fn held(typed: Typed) -> Self {
        Self {
            held: Some(typed),
            ..Self::default()
        }
    }
}

async fn page(
    app: &App,
    clinician: &Clinician,
    id: PatientId,
    shown: Shown,
) -> Result<PatientPage> {
    let span = shown.span.unwrap_or(Span::Days28);
    let record = record(app, clinician.scope, id, span).await?;
    let facts = head::facts(app, clinician.scope, id).await?;
    let team = shown.team.unwrap_or_else(|| {
        let mut team = Typed::default();
        team.put("owner", facts.team.owner);
        if let Some(deputy) = facts.team.deputy {
            team.put("deputy", deputy);
        }
        team
    });
    Ok(PatientPage {
        identity: identity(app, clinician).await?,
        view: PatientView::of(&record)?,
        path: format!("/patients/{id}"),
        head: Head::of(&facts, &record),
        held: held::held(app, clinician.scope, &record, shown.held).await?,
        team,
        open: open_of(app, clinician.scope, id).await?,
        legend: LEGEND,
        done: None,
        pause: shown.pause,
        reasons: PauseReason::ALL
            .iter()
            .map(|reason| (reason.as_str(), reason_words(reason.as_str())))
            .collect(),
    })
}

/// The page shown again, with what is wrong with a form of it.
pub(super) async fn again(
    app: &App,
    clinician: &Clinician,
    id: PatientId,
    shown: Shown,
) -> Result<HttpResponse> {
    html_as(REFUSED, &page(app, clinician, id, shown).await?)
}

async fn show(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    query: Query<ShowQuery>,
) -> Result<HttpResponse> {
    let shown = Shown {
        span: Some(Span::of(query.0.days.as_deref(), Span::Days28)?),
        ..Shown::default()
    };
    let page = page(&app, &clinician, patient.0, shown).await?;
    html(&PatientPage {
        done: query.0.done.map(Done::words),
        ..page
    })
}

async fn pause(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    form: Form,
) -> Result<HttpResponse> {
    let mut typed = PauseForm::of(&form);
    if let Some(new) = typed.check() {
        match pausing::pause(&app, clinician.scope, Some(clinician.id), patient.0, new).await {
            Ok(_) => return Ok(see_other(&format!("/patients/{}?done=paused", patient.0))),
            Err(error) => match error.errors.first() {
                Some(broken) => typed.blame(broken),
                None => return Err(error),
            },
        }
    }
    let shown = Shown {
        pause: typed,
        ..Shown::default()
    };
    again(&app, &clinician, patient.0, shown).await
}

#[derive(Template)]
#[template(path = "enrolment_code.html")]
struct CodePage {
    identity: Identity,
    id: PatientId,
    name: String,
    code: String,
    url: String,
    expires: String,
    zone: String,
}

/// Shows a new code once: it is not kept in a form in which it could be shown again.
async fn code(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
) -> Result<HttpResponse> {
    let line = service::line(&app, clinician.scope, patient.0).await?;
    let (code, expires_at) = enrolment_code(&app, clinician.scope, patient.0).await?;
    let zone = zone_of(&line.patient)?;
    html(&CodePage {
        identity: identity(&app, &clinician).await?,
        id: patient.0,
        name: line.patient.name,
        url: format!("{}/enrol#{}", app.settings.public_origin(), code.reveal()),
        code: grouped(code.reveal()),
        expires: format::date_time(expires_at, &zone),
        zone: format::zone(&line.patient.time_zone, expires_at, &zone),
    })
}

/// The code with its digits in groups of four, for reading aloud; the field takes it so.
fn grouped(code: &str) -> String {
    let (clinic, digits) = code.split_once('-').unwrap_or(("", code));
    let digits: Vec<char> = digits.chars().collect();
    let groups: Vec<String> = digits
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    format!("{clinic}-{}", groups.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::token::OneTimeCode;
    use crate::rt::entropy::SeededEntropy;
    use crate::store::types::TenantId;

    #[test]
    fn a_grouped_code_is_taken_as_the_same_code() {
        let code = OneTimeCode::new(TenantId(42), &SeededEntropy::new(1));
        assert_eq!(grouped(code.reveal()).parse(), Ok(code));
    }

    #[test]
    fn every_common_zone_is_a_zone() {
        for zone in COMMON_ZONES {
            assert!(time_zone("", zone).is_ok(), "{zone}");
        }
    }

    #[test]
    fn a_form_remembers_what_was_typed_and_what_is_wrong_with_it() {
        let mut add = AddForm {
            zone: "Mars/Phobos".to_owned(),
            ..AddForm::default()
        };
        assert!(add.check().is_none() && add.is_wrong());
        assert!(add.zone_error.unwrap().starts_with("The time zone must be"));
        let mut pause = PauseForm {
            from: "2026-03-01".to_owned(),
            reason: "surgery".to_owned(),
            ..PauseForm::default()
        };
        assert!(pause.check().is_none());
        assert_eq!(
            (
                pause.from_error,
                pause.through_error.is_some(),
                pause.reason_error
            ),
            (None, true, None)
        );
    }
}
