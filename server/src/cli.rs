//! The command line of `footing`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Arg, ArgAction, ArgMatches, Command, value_parser};
use futures_util::future::BoxFuture;

use crate::access::service::{self, NewClinic};
use crate::app::{Running, StartOptions, start, start_sandbox};
use crate::config::{Config, Layers, SETTINGS, Source};
use crate::consent::erasure;
use crate::http::extract::{Text, is_email, time_zone};
use crate::http::openapi;
use crate::push::{Outcome, PushChannel, PushMessage, PushTarget};
use crate::rt::Doors;
use crate::rt::clock::{Clock, VirtualClock, WallClock};
use crate::sandbox;
use crate::store::StoreOptions;
use crate::store::types::PatientId;

mod check;
mod log;
mod push;
mod watch;

/// Exit codes: 0 done, 1 failed, 2 wrong usage or configuration.
const FAILED: i32 = 1;
const USAGE: i32 = 2;

/// A failure with its exit code; the text is for a person.
struct Failure(i32, String);

impl<E: std::fmt::Display> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(FAILED, error.to_string())
    }
}

/// The whole command: parses the arguments, runs, and gives the exit code.
pub fn main() -> i32 {
    let matches = command().get_matches();
    match run(&matches) {
        Ok(()) => 0,
        Err(Failure(code, text)) => {
            log::last_word(&format!("footing: {text}"));
            code
        }
    }
}

/// What stands over the settings in the help of each command, after the command's own options.
const SETTINGS_HEADING: &str = "Settings";

/// The commands and flags.
pub fn command() -> Command {
    let config_file = Arg::new("config")
        .long("config")
        .value_name("FILE")
        .value_parser(value_parser!(PathBuf))
        .global(true)
        .help_heading(SETTINGS_HEADING)
        .help("TOML file with settings; `footing config print` lists them");
    let settings = SETTINGS.iter().map(|setting| {
        let default = setting
            .default
            .map(|default| format!(" [default: {default}]"))
            .unwrap_or_default();
        Arg::new(setting.name)
            .long(setting.name.replace('_', "-"))
            .value_name("VALUE")
            .global(true)
            .help_heading(SETTINGS_HEADING)
            .hide_short_help(!matches!(
                setting.name,
                "listen" | "public_url" | "database_url" | "push"
            ))
            .help(format!(
                "{}{default} [env: {}]",
                setting.help,
                setting.variable()
            ))
    });
    Command::new("footing")
        .about("The backend a foot-and-spine clinic runs for its patients between visits")
        .version(env!("CARGO_PKG_VERSION"))
        .after_help("Start here:\n  footing clinic create --slug demo --name \"Demo Clinic\" --time-zone Europe/Berlin \\\n      --clinician \"Test Clinician\" --email test.clinician@example.org\n  footing serve")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .arg(config_file)
        .args(settings)
        .subcommand(Command::new("serve").about("Run the server"))
        .subcommand(clinic_command())
        .subcommand(patient_command())
        .subcommand(watch::clock_command())
        .subcommand(watch::outage_command())
        .subcommand(
            Command::new("config")
                .about("Look at the configuration")
                .subcommand_required(true)
                .subcommand(Command::new("print").about("Print every setting with its source, secrets masked"))
                .subcommand(Command::new("check").about("Check every setting and say what is wrong")),
        )
        .subcommand(check::command())
        .subcommand(push::key_command())
        .subcommand(Command::new("openapi").about("Print the OpenAPI document"))
}

fn needed(name: &'static str, help: &'static str) -> Arg {
    Arg::new(name)
        .long(name)
        .required(true)
        .action(ArgAction::Set)
        .help(help)
}

fn patient_command() -> Command {
    Command::new("patient")
        .about("Erase a patient's data again after a backup was restored")
        .subcommand_required(true)
        .subcommand(
            Command::new("erase")
                .about("Erase a patient's data at once and leave a tombstone; it cannot be undone")
                .arg(needed("slug", "Short name of the clinic"))
                .arg(needed(
                    "patient",
                    "The patient's id, pat_ and 32 digits, as the tombstone names it",
                )),
        )
}

fn clinic_command() -> Command {
    Command::new("clinic")
        .about("Open a clinic, let a clinician in")
        .subcommand_required(true)
        .subcommand(
            Command::new("create")
                .about("Open a clinic and print a one-time link that sets its first clinician's password")
                .arg(needed("slug", "Short name used at sign-in: lower case letters, digits and dashes"))
                .arg(needed("name", "Name of the clinic"))
                .arg(needed("time-zone", "IANA zone of the clinic, such as Europe/Berlin"))
                .arg(needed("clinician", "Name of the first clinician"))
                .arg(needed("email", "Their e-mail address"))
                .arg(
                    Arg::new("sandbox")
                        .long("sandbox")
                        .action(ArgAction::SetTrue)
                        .help("Mark it as a sandbox: its patients are synthetic, and its time may be moved"),
                ),
        )
        .subcommand(
            Command::new("sign-in-link")
                .about("Print a one-time link that signs a clinician in")
                .arg(needed("slug", "Short name of the clinic"))
                .arg(needed("email", "The clinician's e-mail address")),
        )
}

fn run(matches: &ArgMatches) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("serve", matches)) => serve(&config(matches)?),
        Some(("clinic", matches)) => match matches.subcommand() {
            Some(("create", matches)) => create_clinic(matches),
            Some((_, matches)) => sign_in_link(matches),
            None => Ok(()),
        },
        Some(("patient", matches)) => match matches.subcommand() {
            Some((_, matches)) => erase_patient(matches),
            None => Ok(()),
        },
        Some(("clock", matches)) => watch::clock(matches),
        Some(("outage", matches)) => watch::outage(matches),
        Some(("config", matches)) => match matches.subcommand() {
            Some(("print", matches)) => print_config(matches),
            Some((_, matches)) => {
                config(matches).map(|_| println!("The configuration is complete."))
            }
            None => Ok(()),
        },
        Some(("check", matches)) => check::database(&config(matches)?),
        Some(("push-key", matches)) => match matches.subcommand() {
            Some((_, matches)) => push::create_key(matches),
            None => Ok(()),
        },
        Some(("openapi", _)) => {
            print!("{}", openapi::document_text()?);
            Ok(())
        }
        _ => Ok(()),
    }
}

fn layers(matches: &ArgMatches) -> Result<Layers, Failure> {
    let mut layers = Layers::defaults();
    if let Some(path) = matches.get_one::<PathBuf>("config") {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure(USAGE, format!("{shown}: {error}")))?;
        layers = layers.file(&shown, &text);
    }
    let flags = SETTINGS.iter().filter_map(|setting| {
        Some((
            setting.name,
            matches.get_one::<String>(setting.name)?.clone(),
        ))
    });
    Ok(layers
        .environment(|name| std::env::var(name).ok())
        .flags(flags))
}

fn config(matches: &ArgMatches) -> Result<Config, Failure> {
    layers(matches)?.check().map_err(|errors| {
        Failure(
            USAGE,
            format!("the configuration is not valid\n  {}", errors.join("\n  ")),
        )
    })
}

fn print_config(matches: &ArgMatches) -> Result<(), Failure> {
    for (name, value, source) in layers(matches)?.shown() {
        let source = match source {
            Source::Default => "default",
            Source::File => "file",
            Source::Environment => "environment",
            Source::Flag => "command line",
        };
        println!("{name} = {} # {source}", toml::Value::String(value));
    }
    Ok(())
}

fn start_options(config: &Config) -> StartOptions {
    StartOptions {
        listen: config.listen,
        public_url: config.public_url.clone(),
        store: StoreOptions {
            url: config.database_url.clone(),
            connections: config.database_connections,
        },
        workers: usize::try_from(config.workers).unwrap_or(1),
        push_in_flight: usize::try_from(config.push_in_flight).unwrap_or(1),
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|error| Failure(USAGE, format!("{}: {error}", path.display())))
}

fn serve(config: &Config) -> Result<(), Failure> {
    let _log = log::start(config)?;
    let sandbox = config
        .sandbox_clock
        .then(|| VirtualClock::new(WallClock.now()));
    let clock: Arc<dyn Clock> = match &sandbox {
        Some(clock) => Arc::new(clock.clone()),
        None => Arc::new(WallClock),
    };
    let push = push::channel(&config.push, &clock)?;
    runtime()?.block_on(async {
        let (options, doors) = (start_options(config), Doors::real(push));
        let running = match sandbox {
            Some(clock) => start_sandbox(options, doors, clock).await?,
            None => start(options, doors).await?,
        };
        println!("Footing listens on http://{}", running.address);
        wait_for_stop().await?;
        tracing::info!("stopping");
        stop(running).await
    })
}

/// A second signal does not wait.
async fn stop(running: Running) -> Result<(), Failure> {
    tokio::select! {
        () = running.stop() => Ok(()),
        _ = wait_for_stop() => Err(Failure(FAILED, "stopped before everything had ended".to_owned())),
    }
}

async fn wait_for_stop() -> std::io::Result<()> {
    let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
    tokio::select! {
        _ = terminate.recv() => Ok(()),
        interrupted = tokio::signal::ctrl_c() => interrupted,
    }
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
}

/// Commands send nothing.
struct NoPush;

impl PushChannel for NoPush {
    fn name(&self) -> &'static str {
        "none"
    }

    fn send<'a>(&'a self, _: &'a PushTarget, _: &'a PushMessage) -> BoxFuture<'a, Outcome> {
        Box::pin(std::future::ready(Outcome::RetryAfter {
            delay: None,
            code: "NOT_SERVING".to_owned(),
        }))
    }
}

/// Runs one use case on the configured database, with nothing listening.
fn with_app<T>(
    matches: &ArgMatches,
    work: impl AsyncFnOnce(&crate::app::App) -> crate::error::Result<T>,
) -> Result<(T, Config), Failure> {
    let config = config(matches)?;
    let push = Arc::new(NoPush);
    let result = runtime()?.block_on(async {
        let mut doors = Doors::real(push);
        let sandbox = VirtualClock::new(doors.clock.now());
        if config.sandbox_clock {
            doors.clock = Arc::new(sandbox.clone());
        }
        let app = crate::app::assemble_for_command(&start_options(&config), doors)?;
        if config.sandbox_clock {
            sandbox::follow(&app, &sandbox).await?;
        }
        work(&app).await
    })?;
    Ok((result, config))
}

fn argument(matches: &ArgMatches, name: &str) -> String {
    matches.get_one::<String>(name).cloned().unwrap_or_default()
}

fn create_clinic(matches: &ArgMatches) -> Result<(), Failure> {
    let new = new_clinic(matches).map_err(|rules| Failure(USAGE, rules.join("\n")))?;
    let slug = new.slug.clone();
    let (opened, config) = with_app(matches, async |app| service::open_clinic(app, new).await)?;
    println!("Clinic {slug} is open. The first clinician sets a password here, within 48 hours:");
    println!(
        "{}/welcome#{}",
        public_origin(&config),
        opened.code.reveal()
    );
    Ok(())
}

fn new_clinic(matches: &ArgMatches) -> Result<NewClinic, Vec<String>> {
    let mut rules = Vec::new();
    let mut text = |name: &str| {
        Text::<100>::new(&argument(matches, name))
            .map(Text::into_string)
            .unwrap_or_else(|rule| {
                rules.push(format!("--{name} {rule}"));
                String::new()
            })
    };
    let new = NewClinic {
        slug: text("slug"),
        name: text("name"),
        time_zone: text("time-zone"),
        clinician_name: text("clinician"),
        email: text("email"),
        sandbox: matches.get_flag("sandbox"),
    };
    if new
        .slug
        .bytes()
        .any(|b| !(b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'))
    {
        rules.push("--slug must be lower case letters, digits and dashes".to_owned());
    }
    if time_zone("", &new.time_zone).is_err() {
        rules.push(
            "--time-zone must be the name of an IANA time zone, such as Europe/Berlin".to_owned(),
        );
    }
    if !is_email(&new.email) {
        rules.push("--email must be an e-mail address".to_owned());
    }
    if rules.is_empty() {
        Ok(new)
    } else {
        Err(rules)
    }
}

fn sign_in_link(matches: &ArgMatches) -> Result<(), Failure> {
    let (slug, email) = (argument(matches, "slug"), argument(matches, "email"));
    let (code, config) = with_app(matches, async |app| {
        service::sign_in_code(app, &slug, &email).await
    })?;
    println!("{}/sign-in/link#{}", public_origin(&config), code.reveal());
    Ok(())
}

fn erase_patient(matches: &ArgMatches) -> Result<(), Failure> {
    let slug = argument(matches, "slug");
    let patient: PatientId = argument(matches, "patient")
        .parse()
        .map_err(|rule| Failure(USAGE, format!("--patient {rule}")))?;
    let (counts, _) = with_app(matches, async |app| {
        erasure::erase_now(app, &slug, patient).await
    })?;
    println!("Erased, rows by table: {counts}");
    Ok(())
}

fn public_origin(config: &Config) -> String {
    config
        .public_url
        .clone()
        .unwrap_or_else(|| format!("http://{}", config.listen))
        .trim_end_matches('/')
        .to_owned()
}
