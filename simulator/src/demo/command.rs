//! `footing-sim demo` as it is called: opens the demonstration, says where it is, serves until it is stopped.

use std::net::SocketAddr;
use std::path::PathBuf;

use footing_server::rt::clock::{Clock, WallClock};

use super::{Demo, Request, cast};
use crate::out;

/// How to demonstrate.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// Where to listen; a free port is taken when this one is in use
    #[arg(long, default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Folder for the database and the logs [default: a fresh one among the temporary files]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Seed of everything the patients do
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Days that pass before it serves, 1 to 366
    #[arg(long, default_value_t = 28, value_parser = clap::value_parser!(u32).range(1..=366))]
    days: u32,
    /// Stop once the days have passed
    #[arg(long)]
    exit: bool,
}

/// Demonstrates until it is interrupted.
///
/// # Errors
/// When the folder is in use or the server refuses something it should take.
pub async fn run(arguments: Arguments) -> anyhow::Result<i32> {
    let folder = arguments.data.unwrap_or_else(|| {
        std::env::temp_dir().join(format!(
            "footing-demo-{}-{}",
            std::process::id(),
            WallClock.now().as_second()
        ))
    });
    let demo = super::live(&Request {
        listen: free_or_any(arguments.listen),
        folder: folder.clone(),
        seed: arguments.seed,
        days: arguments.days,
    })
    .await?;
    out::line(&introduction(&demo, &folder.display().to_string()))?;
    if !arguments.exit {
        tokio::signal::ctrl_c().await?;
    }
    demo.running.stop().await;
    demo.gateway.stop();
    Ok(0)
}

fn introduction(demo: &Demo, folder: &str) -> String {
    let mut lines = vec![format!(
        "Footing serves a demonstration clinic with {} synthetic patients.\n",
        demo.clinic.patients.len()
    )];
    let cast = cast::CAST.iter();
    lines.extend(cast.map(|role| format!("  {}  {:20} {}", role.name, role.time_zone, role.shows)));
    lines.extend([
        format!("\nClinician   http://{}/", demo.running.address),
        format!("  sign in   {}   (works once)", demo.clinician_link),
        format!("Patient     {}   (works once)", demo.patient_link),
        format!(
            "Pushes      {}   ({} so far)",
            demo.push_log.display(),
            demo.gateway.counts().accepted
        ),
        format!("Data        {folder}"),
        "Stop        Ctrl-C".to_owned(),
    ]);
    lines.join("\n")
}

/// The address, or any free port of the same host when it is in use.
fn free_or_any(listen: SocketAddr) -> SocketAddr {
    match std::net::TcpListener::bind(listen) {
        Ok(_) => listen,
        Err(_) => SocketAddr::new(listen.ip(), 0),
    }
}
