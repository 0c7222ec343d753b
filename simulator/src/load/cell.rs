//! One cell: a server process, clients that keep it busy, and what it cost.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use footing_server::rt::clock::{Clock, WallClock, real_sleep};
use footing_server::rt::spawn::Spawner;

use super::body::{Body, Ids};
use super::clinic::Staff;
use super::compare::Arguments;
use super::server::Target;
use super::wire::{self, Connection};

/// Patients the uploads come from.
const PATIENTS: u32 = 64;

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
    pub(super) async fn measure(&self, arguments: &Arguments) -> anyhow::Result<Measured> {
        let mut target = Target::start(&self.arguments).await?;
        let tokens = tokens(&target).await?;
        let before = target.cpu_us();
        let run = Run::new(target.address, tokens, arguments);
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

/// Enrols the patients; parse-and-drop needs none.
async fn tokens(target: &Target) -> anyhow::Result<Vec<String>> {
    let Some(code) = &target.code else {
        return Ok(vec![String::new()]);
    };
    let staff = Staff::sign_in(&target.base(), code).await?;
    let patients = staff.admit(PATIENTS, "UTC").await?;
    Ok(patients.into_iter().map(|patient| patient.token).collect())
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

struct Run {
    address: SocketAddr,
    tokens: Vec<String>,
    concurrency: usize,
}

impl Run {
    fn new(address: SocketAddr, tokens: Vec<String>, arguments: &Arguments) -> Self {
        Self {
            address,
            tokens,
            concurrency: usize::from(arguments.concurrency),
        }
    }

    /// Returns acknowledged summaries, each request's time in microseconds, and the seconds it took.
    async fn go(&self, arguments: &Arguments) -> anyhow::Result<(u64, Vec<u64>, f64)> {
        let (spawner, ids) = (Spawner::default(), Arc::new(Ids::new()));
        let (sender, mut results) = tokio::sync::mpsc::unbounded_channel();
        let requests: Vec<Body> = self
            .tokens
            .iter()
            .map(|token| wire::request(token, arguments.batch))
            .collect::<Result<_, _>>()?;
        let began = WallClock.now();
        let end = began + Duration::from_secs(arguments.seconds);
        for request in requests.into_iter().cycle().take(self.concurrency) {
            let (address, ids, sender) = (self.address, ids.clone(), sender.clone());
            spawner.spawn("phone", async move {
                // A send fails only when the measuring has been given up.
                let _ = sender.send(keep_busy(address, request, &ids, end).await);
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
    mut request: Body,
    ids: &Ids,
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
    let batch = u64::try_from(request.batch())?;
    let (mut acknowledged, mut times) = (0, Vec::new());
    loop {
        let began = WallClock.now();
        if began >= end {
            return Ok((acknowledged, times));
        }
        request.renew(ids);
        let body = connection.send(&request).await?;
        // Every summary must have been new and kept.
        let kept = body
            .windows(9)
            .filter(|nine| nine == b"\"created\"")
            .count();
        anyhow::ensure!(
            kept == request.batch() || !body.starts_with(b"{"),
            "{}",
            String::from_utf8_lossy(body)
        );
        acknowledged += batch;
        times.push(u64::try_from(WallClock.now().duration_since(began).as_micros()).unwrap_or(0));
    }
}
