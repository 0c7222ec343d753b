//! `footing-sim gateway` as it is called: the fake gateway for other processes, until it is interrupted.

use std::net::SocketAddr;
use std::path::PathBuf;

use super::{FakeGateway, GatewayFiles, GatewayOptions};
use crate::out;

/// Where the gateway runs.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// Folder for its certificate, its service account and its ledger
    #[arg(long, value_name = "DIR")]
    folder: PathBuf,
    /// Where to listen
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
}

/// Serves.
///
/// # Errors
/// When it cannot start or its files cannot be written.
pub async fn run(arguments: &Arguments) -> anyhow::Result<i32> {
    let options = GatewayOptions {
        address: arguments.listen,
        ledger_path: Some(arguments.folder.join("ledger.jsonl")),
        ..Default::default()
    };
    let ready = |gateway: &FakeGateway, files: &GatewayFiles| {
        // It serves on whether or not anyone reads where.
        let _ = out::line(&format!(
            "The gateway listens on {}\nCertificate      {}\nService account  {}",
            gateway.endpoint(),
            files.ca_pem.display(),
            files.service_account.display()
        ));
    };
    super::run(options, &arguments.folder, ready, async {
        // Without signals there is only the kill, which needs no farewell.
        let _ = tokio::signal::ctrl_c().await;
    })
    .await?;
    Ok(0)
}
