//! What a phone makes of a recording, and how it sends that.

use gait::summary::{Device, SessionSource, Simulation, Tag};
use gait::{Analysis, SessionSummary, SummaryHeader};
use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::client::Client;

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
