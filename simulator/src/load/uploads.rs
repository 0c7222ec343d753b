//! `footing-sim load uploads`: session summaries, as phones send them after a walk.

use serde_json::json;

use super::body::{Body, Ids};
use super::clinic::Patient;
use super::http::{Ending, Http};
use super::outcome::{Outcome, Output};
use super::pace::{Pace, PaceArguments, Part};
use super::server::{ServerArguments, Site};
use crate::progress;

/// How uploads are sent.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Arguments {
    /// Where they go.
    #[command(flatten)]
    server: ServerArguments,
    /// When they leave.
    #[command(flatten)]
    pace: PaceArguments,
    /// Summaries in each upload, 1 to 100
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100))]
    batch: u32,
    /// Patients of the server that is started, 1 to 2000
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=2000))]
    patients: u32,
    /// How results are given.
    #[command(flatten)]
    output: Output,
}

/// Sends, shows what came of it, and gives the exit code.
///
/// # Errors
/// When the server does not start or no output can be written.
pub(super) async fn run(arguments: &Arguments) -> anyhow::Result<i32> {
    let pace = arguments.pace.pace();
    let site = Site::open(&arguments.server).await?;
    let tokens = match &site {
        Site::Running { tokens, .. } => tokens.clone(),
        Site::Own(own) => tokens(own.staff.admit(arguments.patients, "UTC").await?),
    };
    let (http, ids) = (Http::new(site.base())?, Ids::new());
    let body = Body::new(arguments.batch)?;
    let bar = progress::bar(
        pace.steps(),
        "Uploading  {bar:40} {pos} of {len}  {elapsed}",
    );
    let tally = pace
        .drive(None, &bar, |index| {
            let (http, tokens) = (&http, &tokens);
            let mut body = body.clone();
            body.renew(&ids);
            async move {
                let turn = usize::try_from(index).unwrap_or(0) % tokens.len().max(1);
                let token = tokens.get(turn).map_or("", String::as_str);
                vec![Part::of("upload", upload(http, token, body)).await]
            }
        })
        .await?;
    bar.finish_and_clear();
    let outcome = Outcome {
        name: "load uploads",
        protocol: vec![format!(
            "Uploads, summaries in each: {} ({} bytes), from {} devices to {}. {}",
            arguments.batch,
            body.bytes().len(),
            tokens.len(),
            site.base(),
            pace.words()
        )],
        asked: json!({
            "target": site.base(), "batch": arguments.batch, "devices": tokens.len(), "pace": pace.json(),
        }),
        items: "summaries kept",
        tally,
    };
    site.close().await?;
    outcome.give(&arguments.output)
}

/// The phones' tokens.
pub(super) fn tokens(patients: Vec<Patient>) -> Vec<String> {
    patients.into_iter().map(|patient| patient.token).collect()
}

async fn upload(http: &Http, token: &str, body: Body) -> Ending {
    let items = body.batch();
    let sent = http.post("/v1/me/insole-sessions", token, body.bytes().to_vec());
    match sent.await {
        Ok(answer) => Ending::of_batch(&answer, items, &["created"]),
        Err(ending) => ending,
    }
}

impl Pace {
    /// In words.
    pub(super) fn words(&self) -> String {
        let connections = self.connections;
        match self.rate {
            None => format!(
                "Closed loop: each of {connections} connections sends its next request when the last was answered; a time \
                 counts from the sending."
            ),
            Some(rate) => format!(
                "Open loop: {rate} requests a second leave by schedule over at most {connections} connections; a time counts \
                 from the instant the request was meant to leave."
            ),
        }
    }

    /// For machines.
    pub(super) fn json(&self) -> serde_json::Value {
        json!({
            "loop": if self.rate.is_some() { "open" } else { "closed" }, "connections": self.connections,
            "rate_per_second": self.rate, "seconds": self.length.as_secs(), "requests": self.total(),
        })
    }
}
