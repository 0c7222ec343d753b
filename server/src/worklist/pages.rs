//! HTML: the clinician's Monday morning.

use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError, web};
use askama::Template;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::api::Of;
use super::arrange::{Part, Row, Worklist};
use super::rules::Section;
use super::service::{self, Handling};
use super::words::{self, SectionWords};
use crate::access::identity::{Identity, identity};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::http::extract::{Form, Path, Query, Text};
use crate::http::format;
use crate::http::guard::Clinician;
use crate::http::page::{REFUSED, html, html_as, see_other};
use crate::http::router::{Access, Endpoint, at};
use crate::store::types::{MessageId, PatientId};
use crate::store::worklist::TurnKind;

/// Rows of a section that are shown at once.
const SHOWN: usize = 25;

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/worklist").get(Access::Clinician, show),
        at("/patients/{patient}/worklist").post(Access::Clinician, turn),
    ]
}

/// Which list, whether all of a section, and what was just done.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct PageQuery {
    of: Of,
    all: Option<Section>,
    done: Option<Done>,
}

/// What was just done, so that the page says so once.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Done {
    Reviewed,
    Acted,
    Snoozed,
    Praised,
    PraisedQuietly,
}

/// How long a row can be put off from the page.
const SNOOZES: [(&str, i64); 4] = [
    ("4 hours", 4),
    ("until tomorrow", 24),
    ("3 days", 72),
    ("a week", 168),
];

struct RowView {
    id: String,
    name: String,
    reason: String,
    changed: Option<String>,
    further: Option<String>,
    since: Option<String>,
    due: Option<String>,
    is_late: bool,
    next: &'static str,
    href: String,
    came_back: bool,
    /// How long something they wrote waits, where that is not the reason of the row.
    wrote: Option<String>,
    /// Made with the page: clicked twice, it is one word of praise.
    praise: Option<String>,
    snoozes: Vec<(&'static str, i64)>,
}

impl RowView {
    fn of(row: Row, section: Section, now: Timestamp, app: &App) -> Self {
        let longest = if section == Section::Safety {
            4
        } else {
            i64::MAX
        };
        Self {
            id: row.patient.to_string(),
            href: format!("/patients/{}{}", row.patient, row.next.path),
            name: row.name,
            reason: row.reason,
            changed: row.changed,
            further: match row.further {
                0 => None,
                1 => Some("1 further reason".to_owned()),
                many => Some(format!("{many} further reasons")),
            },
            // Of a message the reason says it.
            since: row
                .since
                .filter(|_| section != Section::Messages)
                .map(|at| format::ago(at, now)),
            wrote: row
                .wrote_at
                .filter(|_| section != Section::Messages)
                .map(|at| format::ago(at, now)),
            praise: (section == Section::Good).then(|| MessageId::from(app.ids.uuid()).to_string()),
            is_late: row.due_at.is_some_and(|at| at <= now),
            due: row.due_at.map(|at| due(at, now)),
            next: row.next.label,
            came_back: row.came_back,
            snoozes: SNOOZES
                .into_iter()
                .filter(|(_, hours)| *hours <= longest)
                .collect(),
        }
    }
}

impl RowView {
    /// What else is to be said of the row, in one line.
    fn notes(&self) -> String {
        let since = self.since.as_ref().map(|ago| format!("First found {ago}"));
        let back = self.came_back.then(|| "back with something new".to_owned());
        let all = [since, self.changed.clone(), back, self.further.clone()];
        let all: Vec<String> = all.into_iter().flatten().collect();
        all.join(" · ")
    }
}

fn due(at: Timestamp, now: Timestamp) -> String {
    let left = at.duration_since(now);
    if left <= SignedDuration::ZERO {
        return format!("was to be acted on {}", format::ago(at, now));
    }
    match left.as_hours() {
        0 => format!("act within {} min", left.as_mins().max(1)),
        hours => format!("act within {hours} h"),
    }
}

struct PartView {
    section: Section,
    words: SectionWords,
    threshold: String,
    rows: Vec<RowView>,
    count: usize,
    hidden: usize,
    seen_to: usize,
}

impl PartView {
    fn of(part: Part, all: Option<Section>, now: Timestamp, app: &App) -> Self {
        let count = part.rows.len();
        let shown = if all == Some(part.section) {
            count
        } else {
            SHOWN
        };
        let section = part.section;
        let rows: Vec<RowView> = part
            .rows
            .into_iter()
            .take(shown)
            .map(|row| RowView::of(row, section, now, app))
            .collect();
        Self {
            section,
            words: words::section(section),
            threshold: part.threshold,
            hidden: count - rows.len(),
            rows,
            count,
            seen_to: part.seen_to,
        }
    }

    /// A section one works through; the others are counted and folded.
    fn is_work(&self) -> bool {
        self.section < Section::Good
    }

    /// Where a look at the row is enough: a message is read first.
    fn can_review(&self) -> bool {
        self.section != Section::Messages
    }

    /// Where one has to do something, not only look.
    fn can_act(&self) -> bool {
        self.section < Section::OnTrack
    }
}

/// The meter of alerts.
struct Budget {
    today: i64,
    target: i64,
    most: u8,
    is_over: bool,
}

#[derive(Template)]
#[template(path = "worklist.html")]
struct WorklistPage {
    identity: Identity,
    day: String,
    everyones: bool,
    parts: Vec<PartView>,
    open: usize,
    patients: usize,
    left_out: i64,
    budget: Budget,
    done: Option<&'static str>,
    wrong: Option<String>,
}

async fn show(
    app: web::Data<App>,
    clinician: Clinician,
    query: Query<PageQuery>,
) -> Result<HttpResponse> {
    html(&page(&app, &clinician, query.0, None).await?)
}

async fn page(
    app: &App,
    clinician: &Clinician,
    query: PageQuery,
    wrong: Option<String>,
) -> Result<WorklistPage> {
    let everyones = query.of == Of::Everyones;
    let identity = identity(app, clinician).await?;
    let list = service::worklist(app, clinician.scope, clinician.id, everyones).await?;
    let zone = jiff::tz::TimeZone::get(&identity.time_zone).map_err(Error::internal)?;
    let today = list.now.to_zoned(zone.clone());
    let budget = budget(&list);
    let (patients, left_out) = (list.patients, list.left_out);
    let parts: Vec<PartView> = list
        .parts
        .into_iter()
        .map(|part| PartView::of(part, query.all, list.now, app))
        .collect();
    Ok(WorklistPage {
        day: format!(
            "{}, {}",
            format::long_date(today.date()),
            format::time(list.now, &zone)
        ),
        everyones,
        open: parts
            .iter()
            .filter(|part| part.is_work())
            .map(|part| part.count)
            .sum(),
        parts,
        patients,
        left_out,
        budget,
        identity,
        done: query.done.map(done_words),
        wrong,
    })
}

/// One alert for ten patients a day is what one can see to beside the work.
fn budget(list: &Worklist) -> Budget {
    let target = i64::try_from(list.patients.div_ceil(10)).unwrap_or(i64::MAX);
    Budget {
        today: list.alerts_today,
        target,
        most: list.rules.alerts_a_day,
        is_over: list.alerts_today > i64::from(list.rules.alerts_a_day),
    }
}

fn done_words(done: Done) -> &'static str {
    match done {
        Done::Praised => "Sent: a word of praise, with a notification.",
        Done::PraisedQuietly => {
            "Sent: a word of praise, without a notification. Enough were sent lately, or the patient wants none."
        }
        Done::Reviewed => {
            "Noted as reviewed. The patient is back on the list when there is something new."
        }
        Done::Acted => "Noted as done. The patient is back on the list when it is found again.",
        Done::Snoozed => {
            "Put off. The patient is back on the list then, or when there is something new."
        }
    }
}

async fn turn(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    form: Form,
) -> Result<HttpResponse> {
    let patient = patient.0;
    let query = PageQuery {
        of: if form.text("of") == "everyones" {
            Of::Everyones
        } else {
            Of::Mine
        },
        ..PageQuery::default()
    };
    let (section, what) = match handling(&form, app.now()) {
        Ok(read) => read,
        Err(rule) => return again(&app, &clinician, query, rule).await,
    };
    let kind = what.kind;
    match service::handle(&app, clinician.scope, clinician.id, patient, section, what).await {
        Ok(_) if form.text("back") == "patient" => {
            Ok(see_other(&format!("/patients/{patient}?done=reviewed")))
        }
        Ok(_) => {
            let of = if query.of == Of::Everyones {
                "of=everyones&"
            } else {
                ""
            };
            Ok(see_other(&format!("/worklist?{of}done={kind}")))
        }
        // Somebody else saw to it, or it is over: the list as it is now, instead of an error.
        Err(error) if error.code == Code::Conflict => {
            if form.text("back") == "patient" {
                return Ok(see_other(&format!("/patients/{patient}?done=stale")));
            }
            shown_again(
                error.status_code(),
                &page(&app, &clinician, query, Some(STALE.to_owned())).await?,
            )
        }
        Err(error) => match error.errors.first() {
            Some(broken) => {
                let rule = format!("It was not put off: the time {}.", broken.rule);
                again(&app, &clinician, query, rule).await
            }
            None => Err(error),
        },
    }
}

/// A row that was gone when its form came.
const STALE: &str = "Nothing was changed: somebody saw to that row meanwhile, or it is over. This is the list as it is now.";

async fn again(
    app: &App,
    clinician: &Clinician,
    query: PageQuery,
    rule: String,
) -> Result<HttpResponse> {
    shown_again(REFUSED, &page(app, clinician, query, Some(rule)).await?)
}

/// The list in answer to a form; a script that sent it keeps its address, as this one cannot be asked for.
fn shown_again(status: StatusCode, page: &WorklistPage) -> Result<HttpResponse> {
    let mut answer = html_as(status, page)?;
    let name = HeaderName::from_static("hx-push-url");
    answer
        .headers_mut()
        .insert(name, HeaderValue::from_static("false"));
    Ok(answer)
}

/// What the form says, or what is wrong with it.
fn handling(form: &Form, now: Timestamp) -> std::result::Result<(Section, Handling), String> {
    let section = Section::from_name(form.text("section")).ok_or("Choose a row of the list.")?;
    let kind = TurnKind::from_name(form.text("kind")).ok_or("Choose what was done.")?;
    let typed = form.text("reason").trim();
    let reason = match (typed, kind) {
        ("", TurnKind::Reviewed) => "reviewed",
        ("", _) => return Err("Say in a few words why.".to_owned()),
        (typed, _) => typed,
    };
    let reason = Text::<200>::new(reason).map_err(|rule| format!("The reason {rule}."))?;
    let until = match kind {
        TurnKind::Snoozed => {
            let hours: i64 = form
                .text("hours")
                .parse()
                .map_err(|_| "Choose for how long.".to_owned())?;
            let end = now.checked_add(SignedDuration::from_hours(hours.clamp(0, 10_000)));
            Some(end.map_err(|_| "Choose for how long.".to_owned())?)
        }
        TurnKind::Reviewed | TurnKind::Acted => None,
    };
    let what = Handling {
        kind,
        reason: reason.into_string(),
        until,
    };
    Ok((section, what))
}
