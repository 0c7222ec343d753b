//! The installed command, as an operator runs it: a folder, a database, and processes that serve.

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use footing_server::rt::clock::{real_sleep, real_timeout};
use footing_tests::clinic::PASSWORD;
use footing_tests::example::clinic_create;
use footing_tests::{Caller, Clinic, Database};
use serde_json::json;
use tempfile::TempDir;

/// The command with a database and an empty folder, and nothing of the environment.
pub(crate) struct Shell {
    folder: TempDir,
    pub(crate) database: Database,
}

impl Shell {
    pub(crate) fn new(database: Database) -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            database,
        }
    }

    /// Where its processes run.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        self.set(
            Command::new(env!("CARGO_BIN_EXE_footing-under-test")),
            words,
        )
    }

    /// The same under a shell's word, such as `ulimit -n 64`.
    pub(crate) fn command_under(&self, word: &str, words: &[&str]) -> Command {
        let mut shell = Command::new("sh");
        let program = env!("CARGO_BIN_EXE_footing-under-test");
        shell.args(["-c", &format!("{word}; exec \"$0\" \"$@\""), program]);
        self.set(shell, words)
    }

    fn set(&self, mut command: Command, words: &[&str]) -> Command {
        command
            .args(words)
            .env_clear()
            .env("FOOTING_DATABASE_URL", self.database.address())
            .env("FOOTING_LISTEN", "127.0.0.1:0")
            .current_dir(self.folder())
            .stdin(Stdio::null());
        command
    }

    /// Exit code and what was said.
    pub(crate) fn run(&self, words: &[&str]) -> (Option<i32>, String) {
        let output = self.command(words).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(said).unwrap())
    }

    /// Opens a clinic and signs its first clinician in.
    pub(crate) async fn open_clinic(&self, server: &Server, slug: &str, more: &[&str]) -> Clinic {
        let email = format!("clinician@{slug}.example.org");
        let (code, said) = self.run(&[&clinic_create(slug, &email)[..], more].concat());
        assert_eq!(code, Some(0), "{said}");
        let code = said.trim().rsplit('#').next().unwrap();
        let anonymous = Caller::anonymous(&server.base);
        let body = json!({ "code": code, "password": PASSWORD });
        let session = anonymous.post("/v1/clinicians/password", &body).await;
        let session = session.expect(201);
        Clinic {
            slug: slug.to_owned(),
            email,
            clinician: anonymous.with_token(session["token"].as_str().unwrap()),
        }
    }

    /// A server with more words, once it listens. What it says goes to [`Self::log`].
    pub(crate) fn serve(&self, more: &[&str]) -> Server {
        self.serving(self.command(&[&["serve"], more].concat()))
    }

    /// A command that serves, once it listens.
    pub(crate) fn serving(&self, mut command: Command) -> Server {
        let path = self.folder().join("server.log");
        let log = OpenOptions::new().create(true).append(true).open(path);
        command.stderr(log.unwrap());
        Server::start(&mut command).unwrap_or_else(|| panic!("it ended:\n{}", self.log()))
    }

    /// What its servers said.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self.folder().join("server.log")).unwrap_or_default()
    }
}

/// A process that serves; killed with this value.
pub(crate) struct Server {
    pub(crate) base: String,
    pub(crate) child: Child,
}

impl Server {
    /// Starts it and waits until it listens; `None` when it ends before.
    pub(crate) fn start(command: &mut Command) -> Option<Self> {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        let stdout = child.stdout.as_mut().unwrap();
        BufReader::new(stdout).read_line(&mut line).unwrap();
        let mut server = Self {
            base: String::new(),
            child,
        };
        let (_, base) = line.trim().split_once("listens on ")?;
        server.base = base.to_owned();
        Some(server)
    }

    /// Host and port.
    pub(crate) fn address(&self) -> &str {
        self.base.trim_start_matches("http://")
    }

    /// Sends it a signal, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.unwrap().success(), "{name}");
    }

    /// How it ended; `None` when it did not within `limit`.
    pub(crate) async fn ended(&mut self, limit: Duration) -> Option<ExitStatus> {
        let waited = async {
            loop {
                if let Some(status) = self.child.try_wait().unwrap() {
                    return status;
                }
                real_sleep(Duration::from_millis(5)).await;
            }
        };
        real_timeout(limit, waited).await
    }

    /// SIGKILL.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already over in every good case.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
