//! A server in a process of its own, started for the run, on loopback, with the fake gateway of this process as its way out.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context;
use footing_server::rt::clock::real_timeout;
use jiff::Timestamp;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};

use crate::clinic::gateway::name_of;
use crate::clinic::ledger::Offer;
use crate::folder::Folder;
use crate::gateway::{Accepted, Behaviour, FakeGateway, GatewayFiles, GatewayOptions};

/// A start migrates the database, and the machine may be busy.
const START: Duration = Duration::from_secs(120);
/// A stop ends what is under way.
const STOP: Duration = Duration::from_secs(60);
/// How much of the server's own log is shown when it ends by itself, bytes.
const SHOWN_BYTES: usize = 2000;

/// How a server is started.
#[derive(Debug, Clone)]
pub(crate) struct SpawnOptions {
    /// The command `footing`.
    pub(crate) binary: PathBuf,
    /// An empty database; one in the temporary folder where there is none.
    pub(crate) database_url: Option<String>,
}

/// The server, its gateway and its folder.
pub(super) struct Spawned {
    // Dropped in this order: the process, what it speaks to, where it wrote.
    running: Option<Running>,
    gateway: FakeGateway,
    /// Messages of the gateway that were given away already.
    seen: u64,
    files: GatewayFiles,
    folder: Folder,
    binary: PathBuf,
    database_url: String,
}

struct Running {
    child: Child,
    /// Kept open: whoever prints into a pipe nobody holds is ended by it.
    _out: BufReader<ChildStdout>,
}

impl Spawned {
    /// What it takes, without the server.
    ///
    /// # Errors
    /// When the folder or the gateway is not to be had.
    pub(super) fn new(options: &SpawnOptions) -> anyhow::Result<Self> {
        let folder = Folder::new("clinic")?;
        let gateway = FakeGateway::start(GatewayOptions::default())?;
        let files = gateway.write_files(folder.path())?;
        let own = || format!("sqlite:{}", folder.path().join("footing.db").display());
        Ok(Self {
            running: None,
            database_url: options.database_url.clone().unwrap_or_else(own),
            binary: options.binary.clone(),
            gateway,
            seen: 0,
            files,
            folder,
        })
    }

    pub(super) fn is_up(&self) -> bool {
        self.running.is_some()
    }

    /// Starts the process and gives where it listens.
    ///
    /// # Errors
    /// When it does not listen.
    pub(super) async fn start(&mut self) -> anyhow::Result<String> {
        let log = File::options()
            .create(true)
            .append(true)
            .open(self.log())
            .with_context(|| self.log().display().to_string())?;
        let mut child = self
            .command(&["serve", "--listen", "127.0.0.1:0", "--workers", "1"])
            .args(["--push", "fcm", "--fcm-endpoint", &self.gateway.endpoint()])
            .arg("--fcm-root-ca-file")
            .arg(&self.files.ca_pem)
            .arg("--fcm-service-account-file")
            .arg(&self.files.service_account)
            .args(["--log", "warn"])
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .with_context(|| self.binary.display().to_string())?;
        let mut out = BufReader::new(child.stdout.take().context("the server's output")?);
        let mut line = String::new();
        let read = real_timeout(START, out.read_line(&mut line)).await;
        read.context("the server does not start")??;
        let Some((_, base)) = line.trim().split_once("listens on ") else {
            anyhow::bail!("the server does not start: {}", self.log_end());
        };
        self.running = Some(Running { child, _out: out });
        Ok(base.to_owned())
    }

    /// The command on the run's database, with nothing of this process's own settings.
    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        let own = std::env::vars_os().map(|(name, _)| name);
        for name in own.filter(|name| name.to_string_lossy().starts_with("FOOTING_")) {
            command.env_remove(name);
        }
        command
            .args(words)
            .args([
                "--sandbox-clock",
                "true",
                "--database-url",
                &self.database_url,
            ])
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("server.log")
    }

    /// What the server said last.
    fn log_end(&self) -> String {
        end_of(&self.log())
    }

    /// Opens a clinic, as its operator does, and gives the code that sets its clinician's password.
    ///
    /// # Errors
    /// When the command refuses.
    pub(super) async fn create_clinic(
        &self,
        slug: &str,
        time_zone: &str,
    ) -> anyhow::Result<String> {
        let output = self
            .command(&["clinic", "create", "--sandbox", "--slug", slug])
            .args(["--name", &format!("Test Clinic {slug}")])
            .args(["--time-zone", time_zone, "--clinician", "Test Clinician"])
            .args(["--email", &crate::clinic::staff::email(slug)])
            .output()
            .await?;
        let said = String::from_utf8_lossy(&output.stdout);
        let code = said.trim().rsplit_once('#').map(|(_, code)| code);
        let code = code.filter(|_| output.status.success());
        let code = code.with_context(|| {
            let why = String::from_utf8_lossy(&output.stderr);
            format!("the clinic cannot be opened: {}", why.trim())
        })?;
        Ok(code.to_owned())
    }

    /// SIGKILL.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub(super) async fn kill(&mut self) -> anyhow::Result<()> {
        if let Some(mut running) = self.running.take() {
            running.child.kill().await?;
        }
        Ok(())
    }

    /// SIGTERM.
    ///
    /// # Errors
    /// When it does not end, or not well.
    pub(super) async fn stop(&mut self) -> anyhow::Result<()> {
        let Some(mut running) = self.running.take() else {
            return Ok(());
        };
        let id = running.child.id().context("the server's process")?;
        let told = Command::new("kill")
            .args(["-TERM", &id.to_string()])
            .status()
            .await?;
        anyhow::ensure!(told.success(), "SIGTERM cannot be sent");
        let ended = real_timeout(STOP, running.child.wait()).await;
        let status = ended.context("the server does not stop when it is told to")??;
        anyhow::ensure!(
            status.success(),
            "the server was told to stop and ended with {status}: {}",
            self.log_end()
        );
        Ok(())
    }

    /// # Errors
    /// When the process has ended by itself.
    pub(super) fn check_it_lives(&mut self) -> anyhow::Result<()> {
        let Some(running) = &mut self.running else {
            return Ok(());
        };
        if let Some(status) = running.child.try_wait()? {
            let said = end_of(&self.log());
            anyhow::bail!("the server ended by itself with {status}: {said}");
        }
        Ok(())
    }

    /// From now on the gateway does not know this token.
    pub(super) fn forget_token(&self, token: &str) {
        self.gateway.set_behaviour(token, Behaviour::Unregistered);
    }

    /// What the gateway took since the last time, dated by the true time.
    ///
    /// # Errors
    /// When a message broke the gateway's protocol.
    pub(super) fn new_offers(&mut self, at: Timestamp, life: usize) -> anyhow::Result<Vec<Offer>> {
        if let Some(broken) = self.gateway.violations().first() {
            anyhow::bail!(
                "the gateway refused a message: {} {}",
                broken.field,
                broken.rule
            );
        }
        let new = self.gateway.accepted_after(self.seen);
        self.seen = new.last().map_or(self.seen, |last| last.order);
        Ok(new.into_iter().map(|one| offer(one, at, life)).collect())
    }
}

fn offer(accepted: Accepted, at: Timestamp, life: usize) -> Offer {
    let data = |field: &str| accepted.data.get(field).cloned().unwrap_or_default();
    Offer {
        at,
        token: name_of(&accepted.token),
        kind: data("kind"),
        id: data("id").replace('-', ""),
        collapse: accepted.collapse_key.clone().unwrap_or_default(),
        accepted: true,
        told: accepted.answered,
        life,
    }
}

fn end_of(path: &Path) -> String {
    let log = std::fs::read(path).unwrap_or_default();
    let from = log.len().saturating_sub(SHOWN_BYTES);
    String::from_utf8_lossy(log.get(from..).unwrap_or_default())
        .trim()
        .to_owned()
}
