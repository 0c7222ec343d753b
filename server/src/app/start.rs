//! Starting and stopping: jobs before the door opens, the door closed before jobs stop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServerHandle, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::middleware::from_fn;
use actix_web::{HttpServer, web};
use jiff::Timestamp;
use tokio::sync::Semaphore;

use super::passing::{Until, pass_time};
use super::{App, Settings};
use crate::access::service::{self, NewClinic, OpenedClinic};
use crate::access::throttle::Throttle;
use crate::error::{Error, Result};
use crate::http::{page, router};
use crate::insoles::ingest::{self, Ingest};
use crate::jobs::{self, Signals};
use crate::rt::Doors;
use crate::rt::clock::VirtualClock;
use crate::rt::spawn::Spawner;
use crate::sandbox::{self, Sandbox};
use crate::store::{Store, StoreOptions};

/// How long requests and jobs under way may take to end at shutdown.
pub(super) const PATIENCE: Duration = Duration::from_secs(25);

/// How a server is started.
#[derive(Debug, Clone)]
pub struct StartOptions {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// How browsers reach it; the listening address when absent.
    pub public_url: Option<String>,
    /// The database.
    pub store: StoreOptions,
    /// Threads that answer requests.
    pub workers: usize,
    /// Messages on their way at once, at most.
    pub push_in_flight: usize,
}

/// A running server.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    app: web::Data<App>,
    server: ServerHandle,
    /// The HTTP server and the writers behind its uploads.
    serving: Spawner,
    /// The background jobs.
    jobs: Spawner,
}

impl Running {
    /// Opens a clinic, as the operator's command line does.
    ///
    /// # Errors
    /// Conflict when the short name is taken.
    pub async fn open_clinic(&self, new: NewClinic) -> Result<OpenedClinic> {
        service::open_clinic(&self.app, new).await
    }

    /// Makes a one-time link for a clinician, as the operator's command line does.
    ///
    /// # Errors
    /// Not found when there is no such clinic or clinician.
    pub async fn sign_in_link(&self, slug: &str, email: &str) -> Result<String> {
        let code = service::sign_in_code(&self.app, slug, email).await?;
        Ok(format!(
            "{}/sign-in/link#{}",
            self.app.settings.public_origin(),
            code.reveal()
        ))
    }

    /// Runs every background job until it has nothing to do at the current instant; the jobs are those that run by
    /// themselves.
    pub async fn settle(&self) {
        self.app.signals.settle().await;
    }

    /// Lets time pass on the virtual clock this server was started with: [`pass_time`], the way the sandbox's routes
    /// and the demonstration move it.
    ///
    /// # Errors
    /// Unavailable when the server is being stopped.
    pub async fn advance(&self, clock: &VirtualClock, to: Timestamp) -> Result<()> {
        pass_time(&self.app, clock, Until::Instant(to), &mut ())
            .await
            .map(drop)
    }

    /// Begins nothing new: jobs end after what they are at, requests under way are finished, and only
    /// then do the writers they wait for stop.
    pub async fn stop(self) {
        self.app.stopping.store(true, Ordering::Relaxed);
        self.jobs.ask_to_stop();
        self.server.stop(true).await;
        self.jobs.stop(PATIENCE).await;
        self.serving.stop(PATIENCE).await;
    }
}

/// Opens the store, starts the jobs and begins to listen.
///
/// # Errors
/// When the database cannot be opened or the address is taken.
pub async fn start(options: StartOptions, doors: Doors) -> Result<Running> {
    begin(options, doors, None).await
}

/// The same on a sandbox clock, whose handle stands at the instant of a first start: it is set to where the database
/// says that time has come, takes the place of the doors' clock, and is moved over HTTP.
///
/// # Errors
/// As [`start`], and a conflict when a clinic in the database is not marked as sandbox.
pub async fn start_sandbox(
    options: StartOptions,
    doors: Doors,
    clock: VirtualClock,
) -> Result<Running> {
    let doors = Doors {
        clock: Arc::new(clock.clone()),
        ..doors
    };
    let sandbox = Sandbox::new(clock, &doors);
    begin(options, doors, Some(sandbox)).await
}

async fn begin(options: StartOptions, doors: Doors, sandbox: Option<Sandbox>) -> Result<Running> {
    let listener = std::net::TcpListener::bind(options.listen).map_err(Error::unavailable)?;
    let address = listener.local_addr().map_err(Error::unavailable)?;
    let app = web::Data::new(App {
        sandbox,
        ..assemble(&options, doors, address)?
    });
    sandbox::take_up(&app).await?;
    let (serving, jobs) = (Spawner::default(), Spawner::default());
    ingest::start(&app.clone().into_inner(), &serving);
    jobs::start(&app.clone().into_inner(), &jobs).await?;
    sandbox::start(&app.clone().into_inner(), &jobs);
    let state = app.clone();
    let server = HttpServer::new(move || site(state.clone()))
        .workers(options.workers)
        .shutdown_timeout(PATIENCE.as_secs())
        .client_request_timeout(Duration::from_secs(5))
        .disable_signals()
        .listen(listener)
        .map_err(Error::unavailable)?
        .run();
    let handle = server.handle();
    serving.spawn("http", async move {
        if let Err(error) = server.await {
            tracing::error!(%error, "the HTTP server ended");
        }
    });
    Ok(Running {
        address,
        app,
        server: handle,
        serving,
        jobs,
    })
}

/// What answers requests.
pub(super) fn site(
    state: web::Data<App>,
) -> actix_web::App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<impl MessageBody>,
        Error = actix_web::Error,
        InitError = (),
    >,
> {
    actix_web::App::new()
        .wrap(from_fn(page::headers))
        .app_data(state)
        .configure(router::configure)
}

/// The application with nothing listening and no jobs: for one use case from the command line.
///
/// # Errors
/// When the database cannot be opened.
pub fn assemble_for_command(options: &StartOptions, doors: Doors) -> Result<App> {
    assemble(options, doors, options.listen)
}

pub(super) fn assemble(options: &StartOptions, doors: Doors, address: SocketAddr) -> Result<App> {
    let public_url = options
        .public_url
        .clone()
        .unwrap_or_else(|| format!("http://{address}"));
    Ok(App {
        store: Store::open(&options.store, &doors.blocking)?,
        ids: doors.ids(),
        throttle: Throttle::new(&doors.clock),
        doors,
        settings: Settings { public_url },
        ingest: Ingest::default(),
        signals: Signals::default(),
        has_traces: AtomicBool::new(true),
        sends: Arc::new(Semaphore::new(options.push_in_flight)),
        stopping: AtomicBool::new(false),
        live: crate::live::Hub::default(),
        steps: crate::rt::step::StepGuard::default(),
        house: crate::rt::house::HouseClock::default(),
        sandbox: None,
    })
}
