//! `footing-sim load morning-sync`: phones that were off line over night read their day and upload the answers they kept.

use std::time::Duration;

use footing_server::rt::clock::{Clock, WallClock};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::{Value, json};

use super::body::Ids;
use super::clinic::{text, zone_where_it_is};
use super::http::{Ending, Http};
use super::outcome::{Outcome, Output};
use super::pace::{Pace, Part};
use super::server::{Own, ServerArguments, Site};
use super::uploads::tokens;
use crate::out::Usage;
use crate::progress;

/// Answers the server takes in one request.
const MOST_ANSWERS: usize = 100;
/// It is this hour where the phones are, and their prompt is due an hour later: its window is open.
const HOUR: i8 = 8;
const DUE_AT: &str = "09:30";

/// How the morning goes.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Arguments {
    /// Where they sync.
    #[command(flatten)]
    server: ServerArguments,
    /// Phones, 1 to 2000 [default: 100; with --server as many as there are tokens]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=2000))]
    phones: Option<u32>,
    /// Seconds within which they begin, evenly, 1 to 3600
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    within: u64,
    /// Phones that sync at once at most, 1 to 4096
    #[arg(long, default_value_t = 1024, value_parser = clap::value_parser!(u16).range(1..=4096))]
    connections: u16,
    /// How results are given.
    #[command(flatten)]
    output: Output,
}

/// Lets the phones sync, shows what came of it, and gives the exit code.
///
/// # Errors
/// When the server does not start, there are fewer tokens than phones, or no output can be written.
pub(super) async fn run(arguments: &Arguments) -> anyhow::Result<i32> {
    let site = Site::open(&arguments.server).await?;
    let tokens = match &site {
        Site::Running { tokens, .. } => chosen(tokens, arguments.phones)?,
        Site::Own(own) => prepared(own, arguments.phones.unwrap_or(100)).await?,
    };
    let pace = Pace {
        connections: usize::from(arguments.connections),
        rate: Some(tokens.len() as f64 / arguments.within as f64),
        length: Duration::from_secs(arguments.within),
        requests: Some(tokens.len() as u64),
    };
    let (http, ids) = (Http::new(site.base())?, Ids::new());
    let bar = progress::bar(
        tokens.len() as u64,
        "Syncing  {bar:40} {pos} of {len}  {elapsed}",
    );
    let tally = pace
        .drive(Some("whole sync"), &bar, |index| {
            let token = usize::try_from(index)
                .ok()
                .and_then(|index| tokens.get(index));
            sync(&http, token.map_or("", String::as_str), &ids)
        })
        .await?;
    bar.finish_and_clear();
    let outcome = Outcome {
        name: "load morning-sync",
        protocol: vec![format!(
            "{} phones begin within {} s at {}: each reads its day (GET /v1/me/occurrences) and uploads an answer to everything \
             that is open (POST /v1/me/answers). The first time counts from the instant a phone was meant to begin.",
            tokens.len(),
            arguments.within,
            site.base()
        )],
        asked: json!({
            "target": site.base(), "phones": tokens.len(), "within_s": arguments.within,
            "connections": arguments.connections,
        }),
        items: "answers kept",
        tally,
    };
    site.close().await?;
    outcome.give(&arguments.output)
}

/// The tokens of so many phones.
fn chosen(tokens: &[String], phones: Option<u32>) -> anyhow::Result<Vec<String>> {
    let wanted = phones.map_or(tokens.len(), |phones| phones as usize);
    let chosen = tokens.get(..wanted).map(<[String]>::to_vec);
    chosen.ok_or_else(|| {
        Usage::error(format!(
            "{wanted} phones need as many tokens; there are {}",
            tokens.len()
        ))
    })
}

/// Patients of the started server, each with a stretch due this morning.
async fn prepared(own: &Own, phones: u32) -> anyhow::Result<Vec<String>> {
    let now = WallClock.now();
    let zone = zone_where_it_is(HOUR, now);
    let today = now.to_zoned(TimeZone::get(&zone)?).date().to_string();
    let patients = own.staff.admit(phones, &zone).await?;
    own.staff.prescribe(&patients, &today, DUE_AT).await?;
    Ok(tokens(patients))
}

async fn sync(http: &Http, token: &str, ids: &Ids) -> Vec<Part> {
    let mut body = None;
    let read = Part::of("day read", async {
        match http.get("/v1/me/occurrences", token).await {
            Ok(day) => {
                body = answers(&day, WallClock.now(), ids);
                Ending::good(0)
            }
            Err(ending) => ending,
        }
    });
    let read = read.await;
    let mut parts = vec![read];
    if let Some((count, body)) = body {
        let sent = async {
            let body = body.to_string().into_bytes();
            match http.post("/v1/me/answers", token, body).await {
                Ok(answer) => Ending::of_batch(&answer, count, &["applied"]),
                Err(ending) => ending,
            }
        };
        parts.push(Part::of("answers taken", sent).await);
    }
    parts
}

/// An answer to everything that is open, as a phone keeps them; none when nothing is.
fn answers(day: &Value, now: Timestamp, ids: &Ids) -> Option<(usize, Value)> {
    let occurrences = day["occurrences"].as_array().into_iter().flatten();
    let answers: Vec<Value> = occurrences
        .filter(|one| matches!(text(&one["phase"]), "open" | "upcoming"))
        .take(MOST_ANSWERS)
        .map(|one| {
            json!({
                "id": format!("ans_{}", ids.next().simple()), "occurrence_id": one["id"], "kind": "done",
                "answered_at": now.to_string(),
            })
        })
        .collect();
    let count = answers.len();
    // What the phone takes the time to be goes along, so that a server whose clock differs sets the answers right.
    let body = json!({ "answers": answers, "device_time": now.to_string() });
    (count > 0).then_some((count, body))
}
