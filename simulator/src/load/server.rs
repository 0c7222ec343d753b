//! The server under load: one that runs somewhere, or one started for the run.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::Context;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::clinic::Staff;
use crate::client::address;
use crate::folder::Folder;
use crate::out::Usage;
use crate::replay::read_token;

/// Which server.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct ServerArguments {
    /// Address of a running server; what it is sent stays there [default: one started for the run, on loopback]
    #[arg(long, value_name = "URL", requires = "token_file", value_parser = address,
        conflicts_with_all = ["database_url", "data"])]
    server: Option<String>,
    /// File with the token of a device on each line; - reads standard input
    #[arg(long, value_name = "FILE", requires = "server")]
    token_file: Option<PathBuf>,
    /// The server that is started
    #[command(flatten)]
    own: OwnArguments,
}

/// The server that is started.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct OwnArguments {
    /// Empty PostgreSQL database of the server that is started, such as postgres://user@host/database [default: SQLite]
    #[arg(long, value_name = "URL")]
    database_url: Option<String>,
    /// Folder for the database of the server that is started [default: a temporary one, removed afterwards]
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// A server that takes load.
pub(super) enum Site {
    /// It runs somewhere; these devices may speak to it.
    Running {
        /// Its address.
        base: String,
        /// One for each device.
        tokens: Vec<String>,
    },
    /// It was started for the run.
    Own(Box<Own>),
}

impl Site {
    /// The server the arguments mean, started if need be.
    ///
    /// # Errors
    /// When it does not start, or there is no token.
    pub(super) async fn open(arguments: &ServerArguments) -> anyhow::Result<Self> {
        let (Some(server), Some(file)) = (&arguments.server, &arguments.token_file) else {
            let own = Own::start(&arguments.own, None).await?;
            return Ok(Self::Own(Box::new(own)));
        };
        let tokens: Vec<String> = read_token(file)?
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        if tokens.is_empty() {
            return Err(Usage::error(format!("{}: holds no token", file.display())));
        }
        Ok(Self::Running {
            base: server.clone(),
            tokens,
        })
    }

    /// Its address.
    pub(super) fn base(&self) -> String {
        match self {
            Self::Running { base, .. } => base.clone(),
            Self::Own(own) => own.target.base(),
        }
    }

    /// Stops what was started.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub(super) async fn close(self) -> anyhow::Result<()> {
        match self {
            Self::Running { .. } => Ok(()),
            Self::Own(own) => own.close().await,
        }
    }
}

/// A server started for the run, with its clinic.
pub(super) struct Own {
    target: Target,
    /// Who runs the clinic.
    pub(super) staff: Staff,
    /// Goes after the server.
    _folder: Option<Folder>,
}

/// A push gateway the server sends to.
pub(super) struct Gateway<'a> {
    /// Its address.
    pub(super) endpoint: &'a str,
    /// Where its certificate and its service account are.
    pub(super) folder: &'a std::path::Path,
}

impl Own {
    /// Starts one on loopback and signs its clinician in.
    ///
    /// # Errors
    /// When the folder is not to be had or the server does not start.
    pub(super) async fn start(
        arguments: &OwnArguments,
        gateway: Option<&Gateway<'_>>,
    ) -> anyhow::Result<Self> {
        let temporary = match arguments.data {
            Some(_) => None,
            None => Some(Folder::new("load")?),
        };
        let given = arguments.data.clone();
        let path = given.or(temporary.as_ref().map(|folder| folder.path().to_owned()));
        let path = path.unwrap_or_default();
        std::fs::create_dir_all(&path).with_context(|| path.display().to_string())?;
        let url = arguments.database_url.clone();
        let url = url.unwrap_or_else(|| format!("sqlite:{}/load.db", path.display()));
        let mut words = vec!["--database-url".to_owned(), url];
        let folder = gateway.map_or(path.as_path(), |gateway| gateway.folder);
        words.extend(["--folder".to_owned(), folder.display().to_string()]);
        if let Some(gateway) = gateway {
            words.extend(["--gateway".to_owned(), gateway.endpoint.to_owned()]);
        }
        let target = Target::start(&words).await?;
        let code = target
            .code
            .as_deref()
            .context("the clinic's one-time code")?;
        let staff = Staff::sign_in(&target.base(), code).await?;
        Ok(Self {
            staff,
            target,
            _folder: temporary,
        })
    }

    /// Stops the server and removes what was temporary.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub(super) async fn close(mut self) -> anyhow::Result<()> {
        self.target.stop().await
    }
}

/// A server in a process of its own, so that its processor time can be told from the client's. It goes with its owner.
pub(super) struct Target {
    child: Child,
    /// Where it listens.
    pub(super) address: SocketAddr,
    /// Sets the password of the clinic's clinician, once; parse-and-drop has none.
    pub(super) code: Option<String>,
}

impl Target {
    /// Starts one and waits until it listens.
    ///
    /// # Errors
    /// When it does not.
    pub(super) async fn start(arguments: &[String]) -> anyhow::Result<Self> {
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

    /// `http://` and where it listens.
    pub(super) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// User and system time of the server process so far.
    pub(super) fn cpu_us(&self) -> u64 {
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

    /// Stops it and waits for its end.
    ///
    /// # Errors
    /// When it cannot be waited for.
    pub(super) async fn stop(&mut self) -> anyhow::Result<()> {
        drop(self.child.stdin.take());
        self.child.wait().await?;
        Ok(())
    }
}
