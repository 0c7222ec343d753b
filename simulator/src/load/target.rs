//! The measured server: Footing itself, or one that parses and drops.

use std::path::PathBuf;
use std::sync::Arc;

use actix_web::{App, FromRequest, HttpServer, web};
use footing_server::access::service::NewClinic;
use footing_server::app::{StartOptions, start};
use footing_server::http::batch::RawItem;
use footing_server::http::extract::{BATCH, Json};
use footing_server::push::fcm::{FcmChannel, FcmConfig, ServiceAccount};
use footing_server::push::{LogChannel, PushChannel};
use footing_server::rt::Doors;
use footing_server::rt::clock::{Clock, WallClock};
use footing_server::store::StoreOptions;
use gait::SessionSummary;
use serde::Deserialize;

use crate::out;

/// Which server to run.
#[derive(Debug, Clone, clap::Args)]
pub struct TargetArguments {
    /// Database; without one, parse and drop
    #[arg(long)]
    database_url: Option<String>,
    /// Where the push log goes, or a gateway's certificate and service account are
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Address of a push gateway; without one, prompts go to the log
    #[arg(long)]
    gateway: Option<String>,
}

/// Serves until standard input ends. Prints the address, and for a database the one-time code of the
/// clinic it opened.
///
/// # Errors
/// When the server cannot start.
pub async fn serve(arguments: &TargetArguments) -> anyhow::Result<()> {
    match &arguments.database_url {
        Some(url) => footing(url, arguments).await,
        None => drop_server().await,
    }
}

async fn footing(url: &str, arguments: &TargetArguments) -> anyhow::Result<()> {
    let store = StoreOptions {
        url: url.parse().map_err(anyhow::Error::msg)?,
        connections: 8,
    };
    let options = StartOptions {
        listen: ([127, 0, 0, 1], 0).into(),
        public_url: None,
        store,
        workers: 2,
        push_in_flight: 1000,
    };
    let running = start(options, Doors::real(channel(arguments)?)).await?;
    let new = NewClinic {
        slug: format!("load-{}", WallClock.now().as_microsecond()),
        name: "Load".to_owned(),
        time_zone: "UTC".to_owned(),
        clinician_name: "Test Clinician".to_owned(),
        email: "test.clinician@example.org".to_owned(),
        sandbox: false,
    };
    let opened = running.open_clinic(new).await?;
    out::line(&format!("{} {}", running.address, opened.code.reveal()))?;
    wait_for_end_of_input().await;
    running.stop().await;
    Ok(())
}

/// Where prompts go.
fn channel(arguments: &TargetArguments) -> anyhow::Result<Arc<dyn PushChannel>> {
    let folder = arguments.folder.clone().unwrap_or_else(std::env::temp_dir);
    let clock = Box::new(|| WallClock.now().as_second());
    let Some(endpoint) = &arguments.gateway else {
        return Ok(Arc::new(LogChannel::open(&folder.join("push.log"), clock)?));
    };
    let account = std::fs::read(folder.join("service-account.json"))?;
    let config = FcmConfig {
        endpoint: endpoint.clone(),
        extra_root_ca_pem: Some(std::fs::read_to_string(folder.join("ca.pem"))?),
        ..FcmConfig::new(ServiceAccount::from_json(&account)?)
    };
    Ok(Arc::new(FcmChannel::new(config, clock)?))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Sessions {
    sessions: Vec<RawItem>,
}

/// The same extractor and the same parsing as the real route, and then nothing.
async fn drop_server() -> anyhow::Result<()> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    let server = HttpServer::new(|| {
        App::new().route("/v1/me/insole-sessions", web::post().to(parse_and_drop))
    })
    .workers(2)
    .disable_signals()
    .listen(listener)?
    .run();
    out::line(&address.to_string())?;
    tokio::select! {
        ended = server => Ok(ended?),
        () = wait_for_end_of_input() => Ok(()),
    }
}

async fn parse_and_drop(
    request: actix_web::HttpRequest,
    payload: web::Payload,
) -> actix_web::Result<String> {
    let body = Json::<Sessions, BATCH>::from_request(&request, &mut payload.into_inner()).await?;
    let mut strides = 0;
    for item in &body.0.sessions {
        let summary: SessionSummary = item.parse()?;
        strides += summary.strides.left.valid;
    }
    Ok(strides.to_string())
}

async fn wait_for_end_of_input() {
    use tokio::io::AsyncReadExt;
    let mut rest = Vec::new();
    // Either way the parent is gone.
    let _ = tokio::io::stdin().read_to_end(&mut rest).await;
}
