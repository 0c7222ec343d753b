//! How long the server takes for the worklist of a clinic with many patients, all of them on it, asked over HTTP as a
//! browser does: `cargo run --release -p footing-tests --example worklist [PATIENTS] [REQUESTS]`.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, ensure};
use footing_server::rt::clock::{Clock, WallClock};
use reqwest::header::{CONTENT_TYPE, COOKIE, ORIGIN, SET_COOKIE};
use reqwest::redirect::Policy;

use footing_simulator::demo::{self, Demo};
use footing_tests::crowd;

/// Days the demonstration lives through first.
const DAYS: u32 = 28;
/// Requests before the first that counts.
const WARM: u32 = 5;
/// The list of everyone's patients.
const PAGE: &str = "/worklist?of=everyones";

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut number = |default: u32| {
        let given = arguments.next().map(|text| text.parse());
        given
            .unwrap_or(Ok(default))
            .context("PATIENTS and REQUESTS are whole numbers")
    };
    let (patients, requests) = (number(2000)?, number(200)?);
    let folder = tempfile::tempdir()?;
    measure(patients, requests, folder.path().join("demo")).await
}

async fn measure(patients: u32, requests: u32, folder: PathBuf) -> anyhow::Result<()> {
    let request = demo::Request {
        listen: ([127, 0, 0, 1], 0).into(),
        folder,
        seed: 1,
        days: DAYS,
    };
    let demo = demo::live(&request).await?;
    crowd::add(&request.folder.join("footing.db"), patients)?;
    let browser = Browser::signed_in(&demo).await?;
    let mut times = Vec::new();
    let mut bytes = 0;
    for number in 0..WARM + requests {
        let began = WallClock.running_for();
        let page = browser.get(PAGE).await?;
        let took = WallClock.running_for().saturating_sub(began);
        bytes = page.len();
        ensure!(
            patients_of(&page)? >= patients,
            "the page does not list them all"
        );
        if number >= WARM {
            times.push(took);
        }
    }
    demo.running.stop().await;
    demo.gateway.stop();
    times.sort_unstable();
    println!(
        "worklist of {} patients and more, {} requests, {} kB: p50 {:.1} ms, p95 {:.1} ms, p99 {:.1} ms, longest {:.1} ms",
        patients,
        requests,
        bytes / 1000,
        percentile_ms(&times, 50),
        percentile_ms(&times, 95),
        percentile_ms(&times, 99),
        percentile_ms(&times, 100),
    );
    Ok(())
}

/// The number before the first word "patients" that has one.
fn patients_of(page: &str) -> anyhow::Result<u32> {
    let places = page.match_indices(" patients");
    let mut numbers = places.filter_map(|(at, _)| {
        let digits = page
            .get(..at)?
            .rsplit(|c: char| !c.is_ascii_digit())
            .next()?;
        digits.parse().ok()
    });
    numbers
        .next()
        .context("the page names no number of patients")
}

/// The value that many in a hundred do not exceed; of sorted times.
fn percentile_ms(sorted: &[Duration], percent: usize) -> f64 {
    let place = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted
        .get(place)
        .map_or(f64::NAN, |time| time.as_secs_f64() * 1000.0)
}

/// A clinician's browser.
struct Browser {
    http: reqwest::Client,
    base: String,
    cookie: String,
}

impl Browser {
    async fn signed_in(demo: &Demo) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .build()?;
        let base = format!("http://{}", demo.running.address);
        let (page, code) = demo.clinician_link.split_once('#').context("a code")?;
        let entered = http
            .post(page)
            .header(ORIGIN, &base)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(format!("code={code}"))
            .send()
            .await?
            .error_for_status()?;
        let cookie = entered.headers().get(SET_COOKIE).context("a session")?;
        let cookie = cookie.to_str()?.split(';').next().unwrap_or_default();
        Ok(Self {
            http,
            base,
            cookie: cookie.to_owned(),
        })
    }

    async fn get(&self, path: &str) -> anyhow::Result<String> {
        let request = self.http.get(format!("{}{path}", self.base));
        let answer = request.header(COOKIE, &self.cookie).send().await?;
        Ok(answer.error_for_status()?.text().await?)
    }
}
