//! HTML: the thread, for the clinician and on the patient's phone.

use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, ResponseError, web};
use askama::Template;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde::Deserialize;

use super::rules::LONGEST;
use super::service::{self, CONFLICT, NewMessage, PAGE, Thread};
use crate::access::identity::{Identity, identity};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::http::extract::{Form, Lines, Path, Query};
use crate::http::format;
use crate::http::guard::{Clinician, Patient as Phone};
use crate::http::page::{html, html_as, see_other};
use crate::http::router::{Access, Endpoint, at};
use crate::patients::view::out_of_care;
use crate::reminders::planner::zone_of;
use crate::store::messages::{Author, Message, Settlement};
use crate::store::types::{MessageId, PatientId};
use crate::texts;

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/patients/{patient}/messages")
            .get(Access::Clinician, show)
            .post(Access::Clinician, send),
        at("/patients/{patient}/messages/no-answer").post(Access::Clinician, no_answer),
        at("/patients/{patient}/praise").post(Access::Clinician, praise),
        at("/messages")
            .get(Access::Patient, show_mine)
            .post(Access::Patient, send_mine),
    ]
}

/// What was just done, so that the page says so once.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Done {
    Sent,
    Settled,
    Discarded,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct ThreadQuery {
    #[serde(default)]
    done: Option<Done>,
    #[serde(default)]
    before: Option<MessageId>,
}

/// A message as a page shows it.
pub(crate) struct Bubble {
    pub(crate) id: String,
    /// Whether whoever looks wrote it.
    pub(crate) is_own: bool,
    pub(crate) who: String,
    pub(crate) paragraphs: Vec<String>,
    pub(crate) time: String,
    /// What became of it.
    pub(crate) fate: Option<&'static str>,
}

/// The messages of one date.
pub(crate) struct Day {
    pub(crate) date: String,
    pub(crate) bubbles: Vec<Bubble>,
}

/// The thread oldest first, by the days of the patient's zone.
fn days(thread: &Thread, zone: &TimeZone, reader: Author) -> Vec<Day> {
    let mut days: Vec<Day> = Vec::new();
    let mut last = None;
    for message in thread.messages.iter().rev() {
        let at = message.received_at.timestamp();
        let date = at.to_zoned(zone.clone()).date();
        if last != Some(date) {
            last = Some(date);
            days.push(Day {
                date: format::long_date(date),
                bubbles: Vec::new(),
            });
        }
        if let Some(day) = days.last_mut() {
            day.bubbles.push(bubble(thread, message, zone, reader));
        }
    }
    days
}

fn bubble(thread: &Thread, message: &Message, zone: &TimeZone, reader: Author) -> Bubble {
    let is_own = message.author == reader;
    let name = message.clinician_id.and_then(|id| thread.names.get(&id));
    let who = match (message.author, reader) {
        (Author::Patient, Author::Patient) => "You".to_owned(),
        (Author::Patient, Author::Clinic) => thread.patient.name.clone(),
        (Author::Clinic, _) => name.cloned().unwrap_or_else(|| thread.clinic.clone()),
    };
    Bubble {
        id: message.id.to_string(),
        is_own,
        who,
        paragraphs: message
            .text
            .split('\n')
            .filter(|line| !line.trim().is_empty())
            .map(str::to_owned)
            .collect(),
        time: written(message, zone),
        fate: fate(message, reader),
    }
}

/// When it came, and when it was written where that is longer ago.
fn written(message: &Message, zone: &TimeZone) -> String {
    let came = format::time(message.received_at.timestamp(), zone);
    let lay = message
        .received_at
        .timestamp()
        .duration_since(message.sent_at.timestamp());
    if lay < SignedDuration::from_mins(5) {
        return came;
    }
    let sent_at = format::date_time(message.sent_at.timestamp(), zone);
    format!("{came}, written {sent_at}")
}

fn fate(message: &Message, reader: Author) -> Option<&'static str> {
    match (message.author, reader) {
        (Author::Patient, Author::Clinic) => Some(match message.settled_how {
            Some(Settlement::Answered) => "answered",
            Some(Settlement::NoAnswer) => "needs no answer",
            None => "waits for an answer",
        }),
        (Author::Patient, Author::Patient) | (Author::Clinic, Author::Clinic) => {
            Some(match message.read_at {
                Some(_) => "read",
                None => "not read yet",
            })
        }
        (Author::Clinic, Author::Patient) => None,
    }
}

/// A message as typed.
struct Typed {
    /// Made with the page: sent twice, it is one message.
    id: String,
    text: String,
    error: Option<String>,
}

impl Typed {
    fn fresh(app: &App) -> Self {
        Self {
            id: MessageId::from(app.ids.uuid()).to_string(),
            text: String::new(),
            error: None,
        }
    }

    /// The message a form describes, or the form with what is wrong with it.
    fn read(form: &Form) -> std::result::Result<NewMessage, Self> {
        let text = form.text("text");
        let wrong = |error: String| Self {
            id: form.text("id").to_owned(),
            text: text.to_owned(),
            error: Some(error),
        };
        let written =
            Lines::<LONGEST>::new(text).map_err(|rule| wrong(format!("The message {rule}.")))?;
        let id = form
            .text("id")
            .parse()
            .map_err(|_| wrong("Open the page again before you send it.".to_owned()))?;
        Ok(NewMessage {
            id,
            text: written.into_string(),
            sent_at: None,
        })
    }

    /// The same with an id of its own, and why it was not sent.
    fn again(new: &NewMessage, words: &str, app: &App) -> Self {
        Self {
            text: new.text.clone(),
            error: Some(words.to_owned()),
            ..Self::fresh(app)
        }
    }
}

#[derive(Template)]
#[template(path = "messages.html")]
struct ThreadPage {
    identity: Identity,
    id: PatientId,
    name: String,
    zone: String,
    days: Vec<Day>,
    earlier: Option<String>,
    is_newest: bool,
    out_of_care: Option<&'static str>,
    /// Since when something waits, in words, and the newest message of the patient's.
    waiting: Option<(String, String)>,
    answers: Option<String>,
    typed: Typed,
    done: Option<&'static str>,
}

async fn thread_page(
    app: &App,
    clinician: &Clinician,
    patient: PatientId,
    query: ThreadQuery,
    typed: Typed,
) -> Result<ThreadPage> {
    let thread = service::thread(app, clinician.scope, patient, query.before, PAGE).await?;
    let zone = zone_of(&thread.patient)?;
    let newest = thread
        .newest_of(Author::Patient)
        .map(|one| one.id.to_string());
    let done = match query.done {
        Some(Done::Sent) => Some("Sent. Several messages within minutes are one notification."),
        Some(Done::Settled) => Some("Noted: no answer is needed."),
        Some(Done::Discarded) | None => None,
    };
    Ok(ThreadPage {
        identity: identity(app, clinician).await?,
        id: patient,
        name: thread.patient.name.clone(),
        zone: format::zone(&thread.patient.time_zone, thread.now, &zone),
        days: days(&thread, &zone, Author::Clinic),
        earlier: earlier(&thread),
        is_newest: query.before.is_none(),
        out_of_care: out_of_care(thread.patient.status),
        waiting: thread
            .waiting
            .zip(newest.clone())
            .map(|(waiting, newest)| (format::ago(waiting.first_at, thread.now), newest)),
        answers: newest,
        typed,
        done,
    })
}

/// Where the entries before the first that is shown begin.
fn earlier(thread: &Thread) -> Option<String> {
    let first = thread.messages.last().filter(|_| thread.more);
    first.map(|first| first.id.to_string())
}

async fn show(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    query: Query<ThreadQuery>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let fresh = Typed::fresh(&app);
    let seen = request.method() != Method::HEAD && query.0.before.is_none();
    let page = thread_page(&app, &clinician, patient.0, query.0, fresh).await?;
    // What is on the page was seen; what came while it was made was not.
    if let (true, Some(newest)) = (seen, &page.answers) {
        let until = newest.parse().ok();
        service::mark_read(&app, clinician.scope, patient.0, Author::Clinic, until).await?;
    }
    html(&page)
}

async fn send(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    form: Form,
) -> Result<HttpResponse> {
    let patient = patient.0;
    let again = async |typed| {
        let page = thread_page(&app, &clinician, patient, ThreadQuery::default(), typed).await?;
        html_as(refused(), &page)
    };
    let new = match Typed::read(&form) {
        Ok(new) => new,
        Err(typed) => return again(typed).await,
    };
    let answers = form.text("answers").parse().ok();
    let sent = service::write(&app, &clinician, patient, new.clone(), answers).await?;
    if sent.disposition == CONFLICT {
        return again(Typed::again(&new, TWICE, &app)).await;
    }
    Ok(see_other(&format!(
        "/patients/{patient}/messages?done=sent#write"
    )))
}

/// A page that was sent twice with different words.
const TWICE: &str = "The page was sent already, with other words. Send this too if you meant both.";
const TOO_MANY: &str = "That are too many messages for one day. Call the clinic instead.";

/// The status of a form shown again.
fn refused() -> StatusCode {
    Error::fields(Vec::new()).status_code()
}

async fn no_answer(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    form: Form,
) -> Result<HttpResponse> {
    let until = form
        .text("up_to")
        .parse()
        .map_err(|_| Error::field("/up_to", "must be a message of this thread"))?;
    service::needs_no_answer(&app, &clinician, patient.0, until).await?;
    Ok(see_other(&format!(
        "/patients/{}/messages?done=settled",
        patient.0
    )))
}

async fn praise(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    form: Form,
) -> Result<HttpResponse> {
    let id = form
        .text("id")
        .parse()
        .map_err(|_| Error::field("/id", "must be of this page"))?;
    let done = service::praise(&app, &clinician, patient.0, id).await?;
    let of = if form.text("of") == "everyones" {
        "of=everyones&"
    } else {
        ""
    };
    let done = if done.pushed {
        "praised"
    } else {
        "praised_quietly"
    };
    Ok(see_other(&format!("/worklist?{of}done={done}")))
}

#[derive(Template)]
#[template(path = "my_messages.html")]
struct MyThreadPage {
    clinic: String,
    zone: String,
    now: String,
    days: Vec<Day>,
    earlier: Option<String>,
    is_newest: bool,
    /// That it is not for emergencies, in the patient's language, with that language.
    warning: (String, &'static str),
    withdrawn: bool,
    typed: Typed,
    done: Option<(bool, &'static str)>,
}

/// Says whom to call when it cannot wait.
const WARNING: &str = "messages_not_urgent";

async fn my_page(
    app: &App,
    me: &Phone,
    query: ThreadQuery,
    typed: Typed,
) -> Result<(MyThreadPage, Option<MessageId>)> {
    let thread = service::thread(app, me.scope, me.id, query.before, PAGE).await?;
    let zone = zone_of(&thread.patient)?;
    let locale = &thread.patient.locale;
    let values = serde_json::json!({ "clinic": thread.clinic });
    let page = MyThreadPage {
        zone: format::zone(&thread.patient.time_zone, thread.now, &zone),
        now: format::time(thread.now, &zone),
        days: days(&thread, &zone, Author::Patient),
        earlier: earlier(&thread),
        is_newest: query.before.is_none(),
        warning: (
            texts::render(WARNING, locale, &values),
            texts::language_of(WARNING, locale),
        ),
        withdrawn: out_of_care(thread.patient.status).is_some(),
        clinic: thread.clinic.clone(),
        typed,
        done: query.done.map(|done| match done {
            Done::Sent | Done::Settled => (true, "Sent. Your clinic sees that you wrote."),
            Done::Discarded => (
                false,
                "You have taken your consent back, so it was not kept. Call the clinic.",
            ),
        }),
    };
    Ok((page, thread.newest_of(Author::Clinic).map(|one| one.id)))
}

async fn show_mine(
    app: web::Data<App>,
    me: Phone,
    query: Query<ThreadQuery>,
    request: HttpRequest,
) -> Result<HttpResponse> {
    let fresh = Typed::fresh(&app);
    let seen = request.method() != Method::HEAD && query.0.before.is_none();
    let (page, newest) = my_page(&app, &me, query.0, fresh).await?;
    if seen && newest.is_some() {
        service::mark_read(&app, me.scope, me.id, Author::Patient, newest).await?;
    }
    html(&page)
}

async fn send_mine(app: web::Data<App>, me: Phone, form: Form) -> Result<HttpResponse> {
    let again = async |typed| {
        let (page, _) = my_page(&app, &me, ThreadQuery::default(), typed).await?;
        html_as(refused(), &page)
    };
    let new = match Typed::read(&form) {
        Ok(new) => new,
        Err(typed) => return again(typed).await,
    };
    match service::take(&app, &me, new.clone()).await {
        Ok(sent) if sent.message.is_some() => Ok(see_other("/messages?done=sent#write")),
        Ok(sent) if sent.disposition == CONFLICT => again(Typed::again(&new, TWICE, &app)).await,
        Ok(_) => Ok(see_other("/messages?done=discarded")),
        Err(error) if error.code == Code::TooManyRequests => {
            again(Typed::again(&new, TOO_MANY, &app)).await
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::store::types::UtcMicros;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn message(author: Author) -> Message {
        Message {
            tenant_id: crate::store::types::TenantId(1),
            id: MessageId::from([1; 16]),
            patient_id: PatientId::from([2; 16]),
            author,
            clinician_id: None,
            text: "Synthetic".to_owned(),
            sent_at: at("2026-03-02T07:00:00Z").into(),
            received_at: at("2026-03-02T07:00:30Z").into(),
            read_at: None,
            settled_at: None,
            settled_by: None,
            settled_how: None,
            delivery_id: None,
        }
    }

    #[test]
    fn what_lay_on_a_phone_says_when_it_was_written() {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let mut one = message(Author::Patient);
        assert_eq!(written(&one, &zone), "08:00");
        one.received_at = UtcMicros::from(at("2026-03-03T09:00:00Z"));
        assert_eq!(written(&one, &zone), "10:00, written Mon 2 Mar 2026, 08:00");
    }

    #[test]
    fn the_clinic_sees_what_waits_and_the_patient_only_what_was_read() {
        let mut one = message(Author::Patient);
        assert_eq!(fate(&one, Author::Clinic), Some("waits for an answer"));
        assert_eq!(fate(&one, Author::Patient), Some("not read yet"));
        one.settled_how = Some(Settlement::NoAnswer);
        one.read_at = Some(one.received_at);
        assert_eq!(fate(&one, Author::Clinic), Some("needs no answer"));
        assert_eq!(fate(&one, Author::Patient), Some("read"));
        assert_eq!(fate(&message(Author::Clinic), Author::Patient), None);
    }
}
