//! A fake push gateway that speaks the real protocol: OAuth2 token endpoint and FCM HTTP v1
//! `messages:send`, over TLS and HTTP/2, on the loopback interface.
//!
//! It is strict where the real one is (shape, credentials) and stricter in one point: a message that
//! says anything about health is refused. It misbehaves on command ([`Behaviour`]), and keeps an
//! independent [`Ledger`](Accepted) of what it accepted, against which a run can be checked. It shares no
//! code with the server's push channel. Beside it stand a fake push service for browsers ([`FakeWebPush`])
//! and a fake receiver of webhooks ([`FakeWebhook`]).

mod answer;
mod api;
mod behaviour;
pub mod command;
mod credentials;
mod ledger;
mod plain;
mod policy;
mod rules;
mod shape;
mod tls;
mod web_push;
mod webhook;

use std::fs;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::{App, HttpServer, rt, web};
use footing_server::rt::clock::{Clock, WallClock};
use footing_server::rt::spawn;

pub use behaviour::{Behaviour, RetryAfter, TokenBehaviour};
pub use ledger::{Accepted, Counts, Violation};
pub use plain::PostBehaviour;
pub use web_push::{FakeWebPush, WebPushDelivery};
pub use webhook::{FakeWebhook, WebhookDelivery};

use behaviour::Script;
use credentials::Credentials;
use ledger::Ledger;

/// Milliseconds since the Unix epoch, UTC.
pub type UnixMillis = Arc<dyn Fn() -> i64 + Send + Sync>;

/// How a gateway is started.
#[derive(Clone)]
pub struct GatewayOptions {
    /// Where to listen. Port 0 takes a free one.
    pub address: SocketAddr,
    /// The Firebase project it plays.
    pub project_id: String,
    /// How long its access tokens live.
    pub access_token_lifetime_s: i64,
    /// Where accepted messages are appended as JSON lines.
    pub ledger_path: Option<PathBuf>,
    /// How long a request that gets no answer is held open.
    pub hold: Duration,
    /// What time it is: for tokens, dates and the ledger.
    pub clock: UnixMillis,
}

impl Default for GatewayOptions {
    fn default() -> Self {
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            project_id: "footing-test".to_owned(),
            access_token_lifetime_s: 3600,
            ledger_path: None,
            hold: Duration::from_secs(60),
            clock: Arc::new(|| WallClock.now().as_millisecond()),
        }
    }
}

/// Why the gateway cannot run.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// A file, folder, port or thread is not to be had.
    #[error("{what}")]
    Io {
        /// What was tried.
        what: String,
        /// Why it failed.
        #[source]
        source: io::Error,
    },
    /// The certificate cannot be made.
    #[error("the gateway's certificate cannot be made: {0}")]
    Certificate(String),
}

impl GatewayError {
    fn io(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }
}

/// What the handlers share.
struct State {
    options: GatewayOptions,
    credentials: Credentials,
    script: Script,
    ledger: Ledger,
    /// Whether it was told to stop: its workers do so a moment later.
    stopped: AtomicBool,
}

impl State {
    /// Resolves at once, or never when the gateway was stopped: what is on its way then is cut with its connection.
    async fn unless_stopped(&self) {
        if self.stopped.load(Ordering::Relaxed) {
            std::future::pending().await
        }
    }
}

/// A running gateway; stops when dropped.
pub struct FakeGateway {
    state: Arc<State>,
    address: SocketAddr,
    ca_pem: String,
    handle: ServerHandle,
    thread: Option<JoinHandle<()>>,
}

/// The files another process needs to use the gateway.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GatewayFiles {
    /// The certificate authority to trust.
    pub ca_pem: PathBuf,
    /// The service account to sign in with.
    pub service_account: PathBuf,
}

impl FakeGateway {
    /// Starts a gateway on a thread of its own.
    ///
    /// # Errors
    /// When the port, the ledger file, the thread or the certificate cannot be had.
    pub fn start(options: GatewayOptions) -> Result<Self, GatewayError> {
        let listener = TcpListener::bind(options.address).map_err(GatewayError::io(format!(
            "cannot listen on {}",
            options.address
        )))?;
        let address = listener
            .local_addr()
            .map_err(GatewayError::io("no local address"))?;
        let identity = tls::Identity::generate(address.ip())?;
        let state = Arc::new(State {
            credentials: Credentials::new(
                &options.project_id,
                &format!("https://{address}/token"),
                options.access_token_lifetime_s,
            ),
            script: Script::default(),
            ledger: Ledger::open(options.ledger_path.as_deref())?,
            options,
            stopped: AtomicBool::new(false),
        });
        let (sender, started) = mpsc::channel();
        let shared = state.clone();
        let thread = spawn::thread("fake-gateway", move || {
            serve(listener, identity.config, shared, &sender)
        })
        .map_err(GatewayError::io("no thread for the gateway"))?;
        let handle = started
            .recv()
            .unwrap_or_else(|_| Err(io::Error::other("the gateway's thread ended")))
            .map_err(GatewayError::io("the gateway does not start"))?;
        Ok(Self {
            state,
            address,
            ca_pem: identity.ca_pem,
            handle,
            thread: Some(thread),
        })
    }

    /// Its base address: the FCM endpoint to configure.
    pub fn endpoint(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The certificate authority that vouches for it, as PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    /// The JSON key of its one service account.
    pub fn service_account_json(&self) -> String {
        self.state.credentials.service_account_json()
    }

    /// Writes `ca.pem` and `service-account.json` into a folder, making it if need be.
    ///
    /// # Errors
    /// When a file or the folder cannot be written.
    pub fn write_files(&self, folder: &Path) -> Result<GatewayFiles, GatewayError> {
        let files = GatewayFiles {
            ca_pem: folder.join("ca.pem"),
            service_account: folder.join("service-account.json"),
        };
        let write = |path: &Path, text: &str| {
            fs::write(path, text)
                .map_err(GatewayError::io(format!("cannot write {}", path.display())))
        };
        fs::create_dir_all(folder).map_err(GatewayError::io(format!(
            "cannot make {}",
            folder.display()
        )))?;
        write(&files.ca_pem, &self.ca_pem)?;
        write(&files.service_account, &self.service_account_json())?;
        Ok(files)
    }

    /// From now on messages to this device meet this behaviour.
    pub fn set_behaviour(&self, token: &str, behaviour: Behaviour) {
        self.state.script.set(token, Vec::new(), behaviour);
    }

    /// The next messages to this device meet these behaviours in turn, later ones succeed.
    pub fn set_sequence(&self, token: &str, sequence: impl IntoIterator<Item = Behaviour>) {
        self.state
            .script
            .set(token, sequence.into_iter().collect(), Behaviour::Success);
    }

    /// What messages to devices without a behaviour of their own meet; success at first.
    pub fn set_default_behaviour(&self, behaviour: Behaviour) {
        self.state.script.set_default(behaviour);
    }

    /// What requests for access tokens meet; a grant at first.
    pub fn set_token_behaviour(&self, behaviour: TokenBehaviour) {
        self.state.script.set_token_behaviour(behaviour);
    }

    /// Makes every access token issued so far expire.
    pub fn expire_access_tokens(&self) {
        self.state.credentials.expire_all();
    }

    /// What was accepted, in order.
    pub fn accepted(&self) -> Vec<Accepted> {
        self.state.ledger.accepted_after(0)
    }

    /// What was accepted after the message of this order.
    pub fn accepted_after(&self, order: u64) -> Vec<Accepted> {
        self.state.ledger.accepted_after(order)
    }

    /// What was refused for breaking the protocol or the health-free rule. Empty after a good run.
    pub fn violations(&self) -> Vec<Violation> {
        self.state.ledger.violations()
    }

    /// How often what happened.
    pub fn counts(&self) -> Counts {
        self.state.ledger.counts()
    }

    /// Stops it and waits for its thread; open requests are cut.
    pub fn stop(mut self) {
        self.shut_down();
    }

    fn shut_down(&mut self) {
        self.state.stopped.store(true, Ordering::Relaxed);
        // The order is given by the call; the future only tells when it is done, as joining does.
        drop(self.handle.stop(false));
        if let Some(thread) = self.thread.take() {
            // An error is a panic of that thread, which has been printed.
            let _ = thread.join();
        }
    }
}

impl Drop for FakeGateway {
    fn drop(&mut self) {
        self.shut_down();
    }
}

/// Runs a gateway for other processes: writes the files they need into `folder`, says that it is
/// ready, and stops when `until` resolves.
///
/// # Errors
/// When it cannot start or the files cannot be written.
pub async fn run(
    options: GatewayOptions,
    folder: &Path,
    ready: impl FnOnce(&FakeGateway, &GatewayFiles),
    until: impl Future<Output = ()>,
) -> Result<(), GatewayError> {
    let gateway = FakeGateway::start(options)?;
    let files = gateway.write_files(folder)?;
    ready(&gateway, &files);
    until.await;
    gateway.stop();
    Ok(())
}

/// The life of the gateway's thread.
fn serve(
    listener: TcpListener,
    tls: rustls::ServerConfig,
    state: Arc<State>,
    started: &mpsc::Sender<io::Result<ServerHandle>>,
) {
    rt::System::new().block_on(async {
        let state = web::Data::from(state);
        let server =
            HttpServer::new(move || App::new().app_data(state.clone()).configure(api::routes))
                .workers(1)
                .disable_signals()
                .listen_rustls_0_23(listener, tls);
        match server {
            Ok(server) => {
                let server = server.run();
                // Nobody listening means that the starter is gone; the handle it dropped stops nothing.
                if started.send(Ok(server.handle())).is_ok()
                    && let Err(error) = server.await
                {
                    tracing::error!(%error, "the fake gateway failed");
                }
            }
            Err(error) => {
                let _ = started.send(Err(error));
            }
        }
    });
}
