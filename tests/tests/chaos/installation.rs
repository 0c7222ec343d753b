//! Footing installed: its program, its settings, and the process that serves.

use std::fs::{File, OpenOptions};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use footing_server::rt::clock::{real_sleep, real_timeout};
use footing_simulator::gateway::GatewayFiles;
use jiff::Timestamp;
use reqwest::Method;

use crate::evidence::{End, Life};
use crate::wire::{Wire, now_ms};

/// Messages a server may have on their way at once: few, so that a life claims 64 of each of the four shards and no more. What it
/// leaves behind nobody sends within the minute, and the lives to come need something to send.
pub(crate) const IN_FLIGHT: usize = 32;

/// A server that is not ready by then never will be.
const READY_WITHIN: Duration = Duration::from_secs(30);

/// Program and settings.
pub(crate) struct Installation {
    pub(crate) address: SocketAddr,
    settings: Vec<(&'static str, String)>,
    log: PathBuf,
}

impl Installation {
    /// Footing on this database, sending through this gateway.
    pub(crate) fn new(folder: &Path, database: &str, gateway: &str, files: &GatewayFiles) -> Self {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
        let settings = vec![
            ("FOOTING_LISTEN", address.to_string()),
            ("FOOTING_DATABASE_URL", database.to_owned()),
            ("FOOTING_PUSH", "fcm".to_owned()),
            ("FOOTING_FCM_ENDPOINT", gateway.to_owned()),
            (
                "FOOTING_FCM_SERVICE_ACCOUNT_FILE",
                files.service_account.display().to_string(),
            ),
            (
                "FOOTING_FCM_ROOT_CA_FILE",
                files.ca_pem.display().to_string(),
            ),
            ("FOOTING_PUSH_IN_FLIGHT", IN_FLIGHT.to_string()),
            ("FOOTING_LOG", "info".to_owned()),
        ];
        Self {
            address,
            settings,
            log: folder.join("server.log"),
        }
    }

    /// Its base address.
    pub(crate) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_footing-under-test"));
        command
            .args(words)
            .envs(self.settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end and gives what it printed.
    pub(crate) fn run(&self, words: &[&str]) -> String {
        let output = self.command(words).output().unwrap();
        assert!(
            output.status.success(),
            "{words:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8(output.stdout).unwrap()
    }

    /// Starts the server and waits until it is ready.
    pub(crate) async fn serve(&self) -> Server {
        let started_ms = now_ms();
        let log: File = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.log)
            .unwrap();
        let child = self
            .command(&["serve"])
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut server = Server {
            child,
            started_ms,
            ready_ms: i64::MAX,
        };
        let wire = Wire::to(self.base());
        let ready = async {
            while !matches!(
                wire.ask(Method::GET, "/readyz", "", None).await,
                Some((200, _))
            ) {
                assert!(
                    server.child.try_wait().unwrap().is_none(),
                    "the server ended:\n{}",
                    self.log()
                );
                real_sleep(Duration::from_millis(10)).await;
            }
        };
        real_timeout(READY_WITHIN, ready)
            .await
            .unwrap_or_else(|| panic!("not ready:\n{}", self.log()));
        server.ready_ms = now_ms();
        server
    }

    /// What the servers have said, the last 40 lines.
    pub(crate) fn log(&self) -> String {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }

    /// Lines that speak of a bug whatever happens around the server, which may call its operator over a gateway that
    /// refuses only while this one does.
    pub(crate) fn alarms(&self, refusing_ms: &Range<i64>) -> Vec<String> {
        let text = std::fs::read_to_string(&self.log).unwrap_or_default();
        let expected = |line: &str| {
            line.contains("event=\"push_circuit_opened\"")
                && logged_ms(line).is_some_and(|at| refusing_ms.contains(&at))
        };
        let alarming = |line: &&str| {
            (line.contains("panicked") || line.contains(" ERROR ")) && !expected(line)
        };
        text.lines().filter(alarming).map(str::to_owned).collect()
    }
}

/// When a line was logged: it begins with the instant.
fn logged_ms(line: &str) -> Option<i64> {
    let at: Timestamp = line.split_whitespace().next()?.parse().ok()?;
    Some(at.as_millisecond())
}

/// A port below those the kernel hands out: there, a phone that redials a dead server could be given the
/// server's own port and keep it from coming back.
fn free_port() -> u16 {
    let first = u16::try_from(std::process::id() % 10_000).unwrap_or(0);
    let mut ports = (0..10_000).map(|step| 20_000 + (first + step) % 10_000);
    ports
        .find(|port| TcpListener::bind((Ipv4Addr::LOCALHOST, *port)).is_ok())
        .expect("a free port")
}

/// A process that serves; killed with this value.
pub(crate) struct Server {
    child: Child,
    started_ms: i64,
    ready_ms: i64,
}

impl Server {
    fn life(&self, end: Option<(i64, End)>) -> Life {
        Life {
            started_ms: self.started_ms,
            ready_ms: self.ready_ms,
            end,
        }
    }

    /// Its life so far.
    pub(crate) fn so_far(&self) -> Life {
        self.life(None)
    }

    /// SIGKILL, and the life it ends.
    pub(crate) fn kill(&mut self) -> Life {
        let at_ms = now_ms();
        self.child.kill().unwrap();
        let status = self.child.wait().unwrap();
        assert!(
            status.code().is_none(),
            "the server ended by itself before it was killed: {status}"
        );
        self.life(Some((at_ms, End::Killed)))
    }

    /// SIGTERM: the life it ends, how it ended (`None`: not within `patience`), and after how long.
    pub(crate) async fn stop(
        &mut self,
        patience: Duration,
    ) -> (Life, Option<ExitStatus>, Duration) {
        let at_ms = now_ms();
        let term = Command::new("kill")
            .args(["-TERM", &self.child.id().to_string()])
            .status()
            .unwrap();
        assert!(term.success());
        let waited = async {
            loop {
                if let Some(status) = self.child.try_wait().unwrap() {
                    return status;
                }
                real_sleep(Duration::from_millis(10)).await;
            }
        };
        let status = real_timeout(patience, waited).await;
        if status.is_none() {
            self.child.kill().unwrap();
            self.child.wait().unwrap();
        }
        let took = Duration::from_millis(u64::try_from(now_ms() - at_ms).unwrap_or(0));
        (self.life(Some((at_ms, End::Stopped))), status, took)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already over in every good case.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
