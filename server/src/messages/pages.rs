//! HTML: the thread, for the clinician and on the patient's phone.

use actix_web::http::Method;
use actix_web::{HttpRequest, HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use super::rules::LONGEST;
use super::service::{self, CONFLICT, NewMessage, PAGE, Thread};
use super::thread::{Day, Reader, days};
use crate::access::identity::{Identity, identity};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::http::extract::{Form, Lines, Path, Query};
use crate::http::format;
use crate::http::guard::{Clinician, Patient as Phone};
use crate::http::page::{REFUSED, html, html_as, see_other};
use crate::http::router::{Access, Endpoint, at};
use crate::patients::view::out_of_care;
use crate::reminders::planner::zone_of;
use crate::store::messages::Author;
use crate::store::types::{MessageId, PatientId};
use crate::texts::Voice;

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

    /// The same with an id of its own.
    fn again(new: &NewMessage, app: &App) -> Self {
        Self {
            text: new.text.clone(),
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
        days: days(&thread, &zone, &Reader::Clinic),
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
        html_as(REFUSED, &page)
    };
    let new = match Typed::read(&form) {
        Ok(new) => new,
        Err(typed) => return again(typed).await,
    };
    let answers = form.text("answers").parse().ok();
    let sent = service::write(&app, &clinician, patient, new.clone(), answers).await?;
    if sent.disposition == CONFLICT {
        let error = Some(TWICE.to_owned());
        return again(Typed {
            error,
            ..Typed::again(&new, &app)
        })
        .await;
    }
    Ok(see_other(&format!(
        "/patients/{patient}/messages?done=sent#write"
    )))
}

/// A page that was sent twice with different words.
const TWICE: &str = "The page was sent already, with other words. Send this too if you meant both.";

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
    voice: Voice,
    clinic: String,
    zone: String,
    now: String,
    days: Vec<Day>,
    earlier: Option<String>,
    is_newest: bool,
    /// That it is not for emergencies.
    warning: String,
    withdrawn: bool,
    typed: Typed,
    done: Option<(bool, String)>,
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
    let voice = Voice::of(&thread.patient.locale);
    let reader = Reader::Patient(voice.clone());
    let page = MyThreadPage {
        zone: format::zone(&thread.patient.time_zone, thread.now, &zone),
        now: format::time(thread.now, &zone),
        days: days(&thread, &zone, &reader),
        earlier: earlier(&thread),
        is_newest: query.before.is_none(),
        warning: voice.one(WARNING, "clinic", &thread.clinic),
        withdrawn: out_of_care(thread.patient.status).is_some(),
        clinic: thread.clinic.clone(),
        typed,
        done: query.done.map(|done| match done {
            Done::Sent | Done::Settled => (true, voice.say("message_sent")),
            Done::Discarded => (false, voice.say("message_discarded")),
        }),
        voice,
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
    let again = async |typed: Typed, key: &str| {
        let (mut page, _) = my_page(&app, &me, ThreadQuery::default(), typed).await?;
        page.typed.error = Some(page.voice.say(key));
        html_as(REFUSED, &page)
    };
    let new = match Typed::read(&form) {
        Ok(new) => new,
        Err(typed) => return again(typed, "message_length").await,
    };
    match service::take(&app, &me, new.clone()).await {
        Ok(sent) if sent.message.is_some() => Ok(see_other("/messages?done=sent#write")),
        Ok(sent) if sent.disposition == CONFLICT => {
            again(Typed::again(&new, &app), "message_twice").await
        }
        Ok(_) => Ok(see_other("/messages?done=discarded")),
        Err(error) if error.code == Code::TooManyRequests => {
            again(Typed::again(&new, &app), "message_too_many").await
        }
        Err(error) => Err(error),
    }
}
