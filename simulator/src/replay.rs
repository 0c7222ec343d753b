//! `footing-sim replay`: a recording goes to a server as a phone would send it.

use std::path::PathBuf;

use gait::summary::{Device, SessionSource, Simulation, Tag};
use gait::{Analysis, Format, Options, SessionSummary, SummaryHeader};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::Client;
use validation::files;

/// What to replay, and to whom.
#[derive(Debug, Clone)]
pub struct Request {
    /// The recording.
    pub path: PathBuf,
    /// Instead of looking at the content.
    pub format: Option<Format>,
    /// Address of the server.
    pub server: String,
    /// The device's token.
    pub token: String,
    /// When the walk began; just now when absent. With it a repeated replay is the same session.
    pub start: Option<Timestamp>,
    /// The current instant.
    pub now: Timestamp,
}

/// What the server said.
#[derive(Debug, Clone)]
pub struct Replayed {
    /// The session.
    pub session_id: String,
    /// `created`, `duplicate`, or `discarded` where consent is withdrawn.
    pub disposition: String,
    /// Strides used.
    pub strides: usize,
}

/// Reads, analyses and uploads a recording.
///
/// # Errors
/// When the file is no recording, or the server cannot be reached or refuses it.
pub async fn run(request: &Request) -> anyhow::Result<Replayed> {
    let recording = files::read(&request.path, request.format)?;
    let analysis = gait::analyze(&recording, &Options::default());
    let client = Client::new(&request.server)?.with_token(&request.token);
    let me = client.get("/v1/me").await?;
    let time_zone = me["time_zone"].as_str().unwrap_or("UTC");
    let began = match request.start {
        Some(start) => start,
        None => request
            .now
            .checked_sub(SignedDuration::try_from_secs_f64(analysis.duration_s)?)?,
    };
    let layout_id = recording
        .layout_id
        .clone()
        .unwrap_or_else(|| "none".to_owned());
    let summary = summarise(&analysis, &layout_id, None, began, time_zone);
    let disposition = upload(&client, &summary).await?;
    let strides = analysis
        .strides
        .iter()
        .filter(|stride| stride.is_used())
        .count();
    Ok(Replayed {
        session_id: summary.session_id,
        disposition,
        strides,
    })
}

/// The summary of an analysis, as the phone of a person in `time_zone` would make it; of a recorded walk unless it says
/// which simulated one.
pub fn summarise(
    analysis: &Analysis,
    layout_id: &str,
    simulation: Option<Simulation>,
    began: Timestamp,
    time_zone: &str,
) -> SessionSummary {
    let (source, model) = match simulation {
        Some(_) => (SessionSource::Simulated, "simulated"),
        None => (SessionSource::Recorded, "recorded"),
    };
    let device = Device {
        model: model.to_owned(),
        layout_id: layout_id.to_owned(),
        ..Device::default()
    };
    let header = SummaryHeader {
        session_id: String::new(),
        device,
        shoe_id: None,
        orthotic_id: None,
        start_utc: began.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        tz: time_zone.to_owned(),
        tag: Tag::Usual,
        source,
        simulation,
    };
    named(analysis.summary(header), began)
}

/// The summary under the id of what it holds and when it began.
pub(crate) fn named(mut summary: SessionSummary, began: Timestamp) -> SessionSummary {
    summary.session_id = session_id(&summary, began).to_string();
    summary
}

/// An id made from when it was and what it holds, so that the same session has the same id wherever
/// and however often it is sent from.
fn session_id(summary: &SessionSummary, began: Timestamp) -> Uuid {
    let digest = ring::digest::digest(&ring::digest::SHA256, summary.content_hash().as_bytes());
    let mut random = [0; 10];
    random.copy_from_slice(digest.as_ref().split_at(10).0);
    let millis = u64::try_from(began.as_millisecond()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// Uploads one summary. Returns what became of it.
///
/// # Errors
/// When the server cannot be reached, refuses, or finds the summary invalid.
pub async fn upload(client: &Client, summary: &SessionSummary) -> anyhow::Result<String> {
    let answer = client
        .post("/v1/me/insole-sessions", &json!({ "sessions": [summary] }))
        .await?;
    let result: &Value = &answer["results"][0];
    match result["disposition"].as_str() {
        // Without consent it is thrown away, and the phone is done with it too.
        Some(disposition @ ("created" | "duplicate" | "discarded")) => Ok(disposition.to_owned()),
        _ => anyhow::bail!("the server did not keep the session: {result}"),
    }
}
