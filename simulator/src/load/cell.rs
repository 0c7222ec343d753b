//! One cell: a server process, clients that keep it busy, and what it cost.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context;
use footing_server::rt::clock::{Clock, WallClock, real_sleep};
use footing_server::rt::spawn::Spawner;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::Arguments;
use super::wire::{Connection, Template};
use crate::client::Client;

/// Patients the uploads come from.
const PATIENTS: usize = 64;

/// Which server is measured.
pub(super) struct Cell {
    name: &'static str,
    arguments: Vec<String>,
}

/// What was measured.
pub(super) struct Measured {
    /// Acknowledged summaries a second.
    pub(super) per_second: f64,
    /// Median of the requests' times, ms.
    pub(super) p50_ms: f64,
    /// 99th percentile of the requests' times, ms.
    pub(super) p99_ms: f64,
    /// Processor time of the server process for each summary, microseconds.
    pub(super) server_us_each: f64,
}

impl Cell {
    /// Parse and drop.
    pub(super) fn drop() -> Self {
        Self {
            name: "parse and drop",
            arguments: Vec::new(),
        }
    }

    /// Footing on a fresh SQLite file.
    pub(super) fn sqlite(folder: &Path) -> Self {
        let url = format!("sqlite:{}/load.db", folder.display());
        let folder = folder.display().to_string();
        Self {
            name: "sqlite",
            arguments: vec!["--database-url".into(), url, "--folder".into(), folder],
        }
    }

    /// Footing on PostgreSQL.
    pub(super) fn postgres(url: &str) -> Self {
        Self {
            name: "postgres",
            arguments: vec!["--database-url".into(), url.to_owned()],
        }
    }

    /// Its name.
    pub(super) fn name(&self) -> &'static str {
        self.name
    }

    /// Runs the server and keeps it busy.
    ///
    /// # Errors
    /// When the server does not start or an upload is refused.
    pub(super) async fn measure(
        &self,
        arguments: &Arguments,
        turn: u32,
    ) -> anyhow::Result<Measured> {
        let mut target = Target::start(&self.arguments).await?;
        let tokens = target.tokens().await?;
        let before = target.cpu_us();
        let run = Run::new(target.address, tokens, arguments, turn);
        let (count, mut times_us, seconds) = run.go(arguments).await?;
        let used = target.cpu_us().saturating_sub(before);
        target.stop().await?;
        times_us.sort_unstable();
        let at = |share: f64| percentile_ms(&times_us, share);
        #[expect(
            clippy::cast_precision_loss,
            reason = "counts and microseconds of a run of minutes"
        )]
        let (count, used) = (count as f64, used as f64);
        anyhow::ensure!(count > 0.0, "nothing was acknowledged");
        Ok(Measured {
            per_second: count / seconds,
            p50_ms: at(0.5),
            p99_ms: at(0.99),
            server_us_each: used / count,
        })
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "an index"
)]
fn percentile_ms(sorted_us: &[u64], share: f64) -> f64 {
    let index = ((sorted_us.len() as f64 * share) as usize).min(sorted_us.len().saturating_sub(1));
    sorted_us.get(index).map_or(0.0, |us| *us as f64 / 1000.0)
}

struct Target {
    child: Child,
    address: SocketAddr,
    code: Option<String>,
}

impl Target {
    async fn start(arguments: &[String]) -> anyhow::Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("load-target")
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let out = child.stdout.take().context("the server's output")?;
        let line = BufReader::new(out)
            .lines()
            .next_line()
            .await?
            .context("the server did not start")?;
        let mut words = line.split(' ');
        let address = words.next().unwrap_or_default().parse()?;
        Ok(Self {
            child,
            address,
            code: words.next().map(str::to_owned),
        })
    }

    /// Enrols the patients; parse-and-drop needs none.
    async fn tokens(&self) -> anyhow::Result<Vec<String>> {
        let Some(code) = &self.code else {
            return Ok(vec![String::new()]);
        };
        let anonymous = Client::new(&format!("http://{}", self.address))?;
        let body = json!({"code": code, "password": "a pass phrase for load"});
        let session = anonymous.post("/v1/clinicians/password", &body).await?;
        let clinician = anonymous.with_token(text(&session["token"]));
        let mut tokens = Vec::new();
        for number in 0..PATIENTS {
            let new = json!({"name": format!("Test Patient {number:03}"), "time_zone": "UTC"});
            let patient = clinician.post("/v1/patients", &new).await?;
            let path = format!("/v1/patients/{}/enrolment-codes", text(&patient["id"]));
            let code = clinician.post(&path, &json!({})).await?;
            let body = json!({"code": code["code"], "platform": "android"});
            // Enrolment is slowed against guessing; the client waits and asks again.
            let enrolled = anonymous.post("/v1/enrolments", &body).await?;
            tokens.push(text(&enrolled["token"]).to_owned());
        }
        Ok(tokens)
    }

    /// User and system time of the server process so far.
    fn cpu_us(&self) -> u64 {
        let stat = self
            .child
            .id()
            .and_then(|id| std::fs::read_to_string(format!("/proc/{id}/stat")).ok());
        // Fields 14 and 15 (man 5 proc), counted after the name, which may hold spaces; 100 ticks a second on Linux.
        let fields = stat
            .as_deref()
            .and_then(|stat| stat.rsplit_once(')'))
            .map(|(_, rest)| rest.to_owned());
        let ticks: u64 = fields
            .iter()
            .flat_map(|rest| rest.split_whitespace().skip(11).take(2))
            .filter_map(|field| field.parse::<u64>().ok())
            .sum();
        ticks * 10_000
    }

    async fn stop(&mut self) -> anyhow::Result<()> {
        drop(self.child.stdin.take());
        self.child.wait().await?;
        Ok(())
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

struct Run {
    address: SocketAddr,
    tokens: Vec<String>,
    concurrency: usize,
    /// Tells this run's ids from those of other turns on the same database.
    run: u64,
}

impl Run {
    fn new(address: SocketAddr, tokens: Vec<String>, arguments: &Arguments, turn: u32) -> Self {
        let salt = u64::try_from(WallClock.now().as_millisecond()).unwrap_or(0);
        Self {
            address,
            tokens,
            concurrency: usize::from(arguments.concurrency),
            run: salt.wrapping_add(u64::from(turn)),
        }
    }

    /// Returns acknowledged summaries, each request's time in microseconds, and the seconds it took.
    async fn go(&self, arguments: &Arguments) -> anyhow::Result<(u64, Vec<u64>, f64)> {
        let (spawner, counter) = (Spawner::default(), Arc::new(AtomicU64::new(0)));
        let (sender, mut results) = tokio::sync::mpsc::unbounded_channel();
        let templates: Vec<Template> = self
            .tokens
            .iter()
            .map(|token| Template::new(token, arguments.batch))
            .collect::<Result<_, _>>()?;
        let began = WallClock.now();
        let end = began + Duration::from_secs(arguments.seconds);
        for template in templates.into_iter().cycle().take(self.concurrency) {
            let (address, run, counter, sender) =
                (self.address, self.run, counter.clone(), sender.clone());
            spawner.spawn("phone", async move {
                // A send fails only when the measuring has been given up.
                let _ = sender.send(keep_busy(address, template, run, &counter, end).await);
            });
        }
        drop(sender);
        let (mut count, mut times) = (0, Vec::new());
        while let Some(result) = results.recv().await {
            let (acknowledged, mut own) = result?;
            count += acknowledged;
            times.append(&mut own);
        }
        let seconds = WallClock.now().duration_since(began).as_secs_f64();
        spawner.stop(Duration::from_secs(1)).await;
        Ok((count, times, seconds))
    }
}

async fn keep_busy(
    address: SocketAddr,
    mut template: Template,
    run: u64,
    counter: &AtomicU64,
    end: jiff::Timestamp,
) -> anyhow::Result<(u64, Vec<u64>)> {
    let mut connection = match Connection::open(address).await {
        Ok(connection) => connection,
        Err(_) => {
            // The listen queue was full for a moment.
            real_sleep(Duration::from_millis(200)).await;
            Connection::open(address).await?
        }
    };
    let batch = u64::try_from(template.batch())?;
    let (mut acknowledged, mut times) = (0, Vec::new());
    loop {
        let began = WallClock.now();
        if began >= end {
            return Ok((acknowledged, times));
        }
        let mut first = counter.fetch_add(batch, Ordering::Relaxed);
        template.renew(run, &mut first);
        let body = connection.send(&template).await?;
        // Every summary must have been new and kept.
        let kept = body
            .windows(9)
            .filter(|nine| nine == b"\"created\"")
            .count();
        anyhow::ensure!(
            kept == template.batch() || !body.starts_with(b"{"),
            "{}",
            String::from_utf8_lossy(body)
        );
        acknowledged += batch;
        times.push(u64::try_from(WallClock.now().duration_since(began).as_micros()).unwrap_or(0));
    }
}
