//! JSON: the thread between a patient and the clinic.

use actix_web::{HttpResponse, web};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::service::{self, NewMessage, PAGE, Sent, Thread};
use crate::app::App;
use crate::error::{Error, Result};
use crate::http::extract::{Json, Lines, Path, Query};
use crate::http::guard::{Clinician, Patient};
use crate::http::problem::Problem;
use crate::http::router::{Access, Endpoint, at};
use crate::store::messages::{Author, Message, Settlement};
use crate::store::types::{ClinicianId, MessageId, PatientId, UtcMicros};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![
        at("/v1/patients/{patient}/messages")
            .get(Access::Clinician, messages)
            .post(Access::Clinician, write),
        at("/v1/patients/{patient}/messages/read").post(Access::Clinician, read),
        at("/v1/patients/{patient}/messages/no-answer").post(Access::Clinician, no_answer),
        at("/v1/patients/{patient}/praise").post(Access::Clinician, praise),
        at("/v1/me/messages")
            .get(Access::Patient, my_messages)
            .post(Access::Patient, write_mine),
        at("/v1/me/messages/read").post(Access::Patient, read_mine),
    ]
}

/// Which part of a thread.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ThreadQuery {
    /// Entries before this message; the newest when absent.
    #[serde(default)]
    before: Option<MessageId>,
    /// At most so many, 1 to 200; 50 when absent.
    #[serde(default)]
    limit: Option<i64>,
}

impl ThreadQuery {
    fn limit(&self) -> Result<i64> {
        match self.limit {
            None => Ok(PAGE),
            Some(limit) if (1..=200).contains(&limit) => Ok(limit),
            Some(_) => Err(Error::field("?limit", "must be 1 to 200")),
        }
    }
}

/// Something in a thread; there may be further kinds, which a reader that does not know them passes over.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Entry {
    /// A message.
    Message(MessageBody),
}

/// A message.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageBody {
    /// The message.
    id: MessageId,
    /// Which side wrote it.
    author: Author,
    /// Of the clinic's: who.
    clinician: Option<ClinicianId>,
    /// Their name.
    clinician_name: Option<String>,
    /// What.
    text: String,
    /// When, by the writer's clock.
    #[schema(value_type = String, format = DateTime)]
    sent_at: Timestamp,
    /// When it came.
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
    /// When the other side first saw it.
    #[schema(value_type = Option<String>, format = DateTime)]
    read_at: Option<Timestamp>,
    /// Of a patient's: when the clinic saw to it; it waits until then.
    #[schema(value_type = Option<String>, format = DateTime)]
    settled_at: Option<Timestamp>,
    /// How.
    settled_how: Option<Settlement>,
}

/// A thread.
#[derive(Debug, Serialize, ToSchema)]
pub struct ThreadBody {
    /// Newest first.
    entries: Vec<Entry>,
    /// Where there are earlier ones: what to pass as `before`.
    next: Option<MessageId>,
    /// Since when something of the patient's waits for an answer.
    #[schema(value_type = Option<String>, format = DateTime)]
    waiting_since: Option<Timestamp>,
}

impl From<Thread> for ThreadBody {
    fn from(thread: Thread) -> Self {
        let next = thread.messages.last().filter(|_| thread.more);
        Self {
            next: next.map(|last| last.id),
            waiting_since: thread.waiting.map(|waiting| waiting.first_at),
            entries: thread
                .messages
                .into_iter()
                .map(|one| {
                    let name = one.clinician_id.and_then(|id| thread.names.get(&id));
                    Entry::Message(body(one, name.cloned()))
                })
                .collect(),
        }
    }
}

fn body(message: Message, clinician_name: Option<String>) -> MessageBody {
    MessageBody {
        id: message.id,
        author: message.author,
        clinician: message.clinician_id,
        clinician_name,
        text: message.text,
        sent_at: message.sent_at.timestamp(),
        received_at: message.received_at.timestamp(),
        read_at: message.read_at.map(UtcMicros::timestamp),
        settled_at: message.settled_at.map(UtcMicros::timestamp),
        settled_how: message.settled_how,
    }
}

/// What became of a message.
#[derive(Debug, Serialize, ToSchema)]
pub struct SentBody {
    /// `created`, `duplicate`, `conflict` where the id has other content, which stays, or `discarded` where there is no consent to
    /// keep it.
    disposition: &'static str,
    /// When it came; null where it was not kept.
    #[schema(value_type = Option<String>, format = DateTime)]
    received_at: Option<Timestamp>,
}

impl From<Sent> for SentBody {
    fn from(sent: Sent) -> Self {
        Self {
            disposition: sent.disposition,
            received_at: sent.message.map(|one| one.received_at.timestamp()),
        }
    }
}

/// A patient's thread, newest first. Reading it marks nothing as read.
#[utoipa::path(get, path = "/v1/patients/{patient}/messages", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path), ThreadQuery),
    responses((status = 200, body = ThreadBody), (status = "4XX", body = Problem)))]
pub async fn messages(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    query: Query<ThreadQuery>,
) -> Result<HttpResponse> {
    let limit = query.0.limit()?;
    let before = query.0.before;
    let thread = service::thread(&app, clinician.scope, patient.0, before, limit).await?;
    Ok(HttpResponse::Ok().json(ThreadBody::from(thread)))
}

/// A message of a clinician.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteBody {
    /// Made by the writer: a repeat is one message.
    id: MessageId,
    /// What.
    text: Lines<2_000>,
    /// The newest message of the patient's that this answers; all so far when absent.
    #[serde(default)]
    answers: Option<MessageId>,
}

/// Sends the patient a message, which answers what they wrote. Dispositions: created, duplicate, conflict.
#[utoipa::path(post, path = "/v1/patients/{patient}/messages", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path)), request_body = WriteBody,
    responses((status = 200, body = SentBody), (status = "4XX", body = Problem)))]
pub async fn write(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    body: Json<WriteBody>,
) -> Result<HttpResponse> {
    let WriteBody { id, text, answers } = body.0;
    let new = NewMessage {
        id,
        text: text.into_string(),
        sent_at: None,
    };
    let sent = service::write(&app, &clinician, patient.0, new, answers).await?;
    Ok(HttpResponse::Ok().json(SentBody::from(sent)))
}

/// Up to which message.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReadBody {
    /// The newest message that was shown.
    up_to: MessageId,
}

/// Notes that a clinician saw what the patient wrote, up to a message; the first time counts.
#[utoipa::path(post, path = "/v1/patients/{patient}/messages/read", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path)), request_body = ReadBody,
    responses((status = 204), (status = "4XX", body = Problem)))]
pub async fn read(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    body: Json<ReadBody>,
) -> Result<HttpResponse> {
    let until = Some(body.0.up_to);
    service::mark_read(&app, clinician.scope, patient.0, Author::Clinic, until).await?;
    Ok(HttpResponse::NoContent().finish())
}

/// How many messages were seen to.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoAnswerDone {
    /// Those that waited until now.
    messages: usize,
}

/// Notes that what the patient wrote, up to a message, needs no answer here: it waits no more. Once more changes nothing.
#[utoipa::path(post, path = "/v1/patients/{patient}/messages/no-answer", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path)), request_body = ReadBody,
    responses((status = 200, body = NoAnswerDone), (status = "4XX", body = Problem)))]
pub async fn no_answer(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    body: Json<ReadBody>,
) -> Result<HttpResponse> {
    let messages = service::needs_no_answer(&app, &clinician, patient.0, body.0.up_to).await?;
    Ok(HttpResponse::Ok().json(NoAnswerDone { messages }))
}

/// A word of praise.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PraiseBody {
    /// Of the message, made by the writer: a repeat is one message.
    id: MessageId,
}

/// Words of praise, as sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct PraiseDone {
    /// `created`, `duplicate` or `conflict`.
    disposition: &'static str,
    /// Whether a push says so; the budget of nudges may be used up, and some patients want none.
    pushed: bool,
}

/// Sends the catalogue's word of praise in the patient's language; it counts in the budget of nudges, and the row of good news
/// is seen to with it.
#[utoipa::path(post, path = "/v1/patients/{patient}/praise", tag = "clinician", security(("token" = [])),
    params(("patient" = PatientId, Path)), request_body = PraiseBody,
    responses((status = 200, body = PraiseDone), (status = "4XX", body = Problem)))]
pub async fn praise(
    app: web::Data<App>,
    clinician: Clinician,
    patient: Path<PatientId>,
    body: Json<PraiseBody>,
) -> Result<HttpResponse> {
    let done = service::praise(&app, &clinician, patient.0, body.0.id).await?;
    let (disposition, pushed) = (done.disposition, done.pushed);
    Ok(HttpResponse::Ok().json(PraiseDone {
        disposition,
        pushed,
    }))
}

/// The caller's thread, newest first. Reading it marks nothing as read.
#[utoipa::path(get, path = "/v1/me/messages", tag = "patient", params(ThreadQuery), security(("token" = [])),
    responses((status = 200, body = ThreadBody), (status = "4XX", body = Problem)))]
pub async fn my_messages(
    app: web::Data<App>,
    me: Patient,
    query: Query<ThreadQuery>,
) -> Result<HttpResponse> {
    let limit = query.0.limit()?;
    let thread = service::thread(&app, me.scope, me.id, query.0.before, limit).await?;
    Ok(HttpResponse::Ok().json(ThreadBody::from(thread)))
}

/// A message of a patient.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WriteMineBody {
    /// Made by the device: a repeat is one message.
    id: MessageId,
    /// What.
    text: Lines<2_000>,
    /// When it was written, where it lay on the device since: within the last 30 days.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    sent_at: Option<Timestamp>,
}

/// Sends the clinic a message. Dispositions: created, duplicate, conflict, discarded. It is not for emergencies: nobody is woken by it.
#[utoipa::path(post, path = "/v1/me/messages", tag = "patient", security(("token" = [])), request_body = WriteMineBody,
    responses((status = 200, body = SentBody), (status = "4XX", body = Problem)))]
pub async fn write_mine(
    app: web::Data<App>,
    me: Patient,
    body: Json<WriteMineBody>,
) -> Result<HttpResponse> {
    let WriteMineBody { id, text, sent_at } = body.0;
    let new = NewMessage {
        id,
        text: text.into_string(),
        sent_at,
    };
    let sent = service::take(&app, &me, new).await?;
    Ok(HttpResponse::Ok().json(SentBody::from(sent)))
}

/// Notes that the caller saw what the clinic wrote, up to a message; the first time counts. What was seen is not announced by a
/// push any more.
#[utoipa::path(post, path = "/v1/me/messages/read", tag = "patient", security(("token" = [])), request_body = ReadBody,
    responses((status = 204), (status = "4XX", body = Problem)))]
pub async fn read_mine(
    app: web::Data<App>,
    me: Patient,
    body: Json<ReadBody>,
) -> Result<HttpResponse> {
    let until = Some(body.0.up_to);
    service::mark_read(&app, me.scope, me.id, Author::Patient, until).await?;
    Ok(HttpResponse::NoContent().finish())
}
