//! The command line of `footing-sim`.

use std::io::Read;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::{CommandFactory, Parser, Subcommand};
use footing_server::rt::clock::{Clock, WallClock};
use gait::Format;
use jiff::Timestamp;

use crate::generate::FileFormat;
use crate::{
    analyze, care_bench, clinic, demo, gateway, generate, load, manual, push_bench, replay,
    validate,
};
use walker::random::StreamKey;
use walker::scenario;

/// Synthetic walkers, recorded replays, a demonstration clinic and load for Footing.
#[derive(Debug, Parser)]
#[command(
    name = "footing-sim",
    version,
    after_help = "Start here:\n  footing-sim demo\n  footing-sim generate --scenario neutral --out walks\n  footing-sim analyze walks"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Open a demonstration clinic, live through 28 days, then serve
    Demo {
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
    },
    /// Let a whole clinic live in virtual time before the real server, and hold what it says against what was seen
    Clinic(clinic::args::Arguments),
    /// Report what the engine makes of recordings
    Analyze {
        /// Recordings, or folders of them
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<PathBuf>,
        /// Format instead of looking at the content
        #[arg(long, value_enum)]
        format: Option<FormatName>,
        /// One JSON object a line
        #[arg(long)]
        json: bool,
        /// With every stride
        #[arg(long)]
        strides: bool,
    },
    /// Measure the engine against authors' events, published tables and simulated truth
    ///
    /// Prints what was compared with what, the goals and the results. Records that cannot be read are listed and the
    /// rest goes on.
    Validate(validate::Arguments),
    /// Recompute the reference values from recordings of controls, beside the shipped ones
    Norms(validate::NormsArguments),
    /// Send a recording to a server as a phone would
    Replay {
        /// The recording
        path: PathBuf,
        /// Address of the server, such as http://127.0.0.1:8080
        #[arg(long)]
        server: String,
        /// File with the device's token; - reads standard input
        #[arg(long, value_name = "FILE")]
        token_file: PathBuf,
        /// Format instead of looking at the content
        #[arg(long, value_enum)]
        format: Option<FormatName>,
        /// When the walk began, RFC 3339; the same start makes it the same session [default: just now]
        #[arg(long)]
        start: Option<Timestamp>,
    },
    /// Write synthetic recordings and the truth about them
    Generate {
        /// Kind of walker; `list` shows them
        #[arg(long)]
        scenario: String,
        /// Folder to write to
        #[arg(long, value_name = "DIR", default_value = ".")]
        out: PathBuf,
        /// Seed of everything
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// Number of the person
        #[arg(long, default_value_t = 0)]
        person: u64,
        /// Sessions, one a day, 1 to 1000
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
        sessions: u32,
        /// File format
        #[arg(long, value_enum, default_value = "moticon")]
        format: FileFormat,
    },
    /// Run a fake push gateway that checks every message against FCM HTTP v1
    Gateway {
        /// Folder for its certificate, its service account and its ledger
        #[arg(long, value_name = "DIR")]
        folder: PathBuf,
        /// Where to listen
        #[arg(long, default_value = "127.0.0.1:0")]
        listen: SocketAddr,
    },
    /// Measure durable uploads a second beside parse-and-drop of the same body
    Load(load::Arguments),
    /// Serve one measured cell (started by `load`)
    #[command(hide = true)]
    LoadTarget(load::TargetArguments),
    /// Measure planning, sweeping and sending for many patients
    CareBench(care_bench::Arguments),
    /// Measure messages a second to the fake gateway beside a client made anew for each message
    PushBench(push_bench::Arguments),
    /// Print completions for a shell
    Completions {
        /// Which shell
        shell: clap_complete::Shell,
    },
    /// Write manual pages, one for each command
    Man {
        /// Folder they are written to; made where it is missing
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
    /// Serve one measured gateway (started by `push-bench`)
    #[command(hide = true)]
    PushBenchTarget(push_bench::TargetArguments),
}

/// Recording formats by name.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum FormatName {
    Gaitpdb,
    Gaitndd,
    Moticon,
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Gaitpdb => Self::GaitPdb,
            FormatName::Gaitndd => Self::GaitNdd,
            FormatName::Moticon => Self::MoticonText,
        }
    }
}

/// Parses the arguments, runs, and gives the exit code: 0 done, 1 failed, 2 wrong usage.
pub fn main() -> i32 {
    let cli = Cli::parse();
    if let Command::Clinic(arguments) = &cli.command {
        // It has a runtime of its own, whose time is not the machine's.
        let outcome = clinic::args::run(arguments, &mut std::io::stdout().lock());
        return exit_code(outcome);
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(run(cli.command)),
        Err(error) => Err(error.into()),
    };
    exit_code(outcome)
}

fn exit_code(outcome: anyhow::Result<i32>) -> i32 {
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("footing-sim: {error:#}");
            1
        }
    }
}

async fn run(command: Command) -> anyhow::Result<i32> {
    match command {
        Command::Demo {
            listen,
            data,
            seed,
            days,
            exit,
        } => demonstrate(listen, data, seed, days, exit).await,
        Command::Analyze {
            paths,
            format,
            json,
            strides,
        } => {
            let request = analyze::Request {
                paths,
                format: format.map(Format::from),
                json,
                strides,
            };
            match analyze::run(&request, &mut std::io::stdout().lock()) {
                Ok(failed) => Ok(i32::from(failed > 0)),
                // A reader such as `head` has seen enough.
                Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(0),
                Err(error) => Err(error.into()),
            }
        }
        Command::Validate(arguments) => validate::run(&arguments, &mut std::io::stdout().lock()),
        Command::Norms(arguments) => validate::run_norms(&arguments, &mut std::io::stdout().lock()),
        Command::Replay {
            path,
            server,
            token_file,
            format,
            start,
        } => {
            let token = read_token(&token_file)?;
            let now = WallClock.now();
            let format = format.map(Format::from);
            let done = replay::run(&replay::Request {
                path,
                format,
                server,
                token,
                start,
                now,
            })
            .await?;
            println!(
                "session {} {} ({} strides used)",
                done.session_id, done.disposition, done.strides
            );
            Ok(0)
        }
        Command::Generate {
            scenario,
            out,
            seed,
            person,
            sessions,
            format,
        } => {
            if scenario == "list" {
                list_scenarios();
                return Ok(0);
            }
            let key = StreamKey {
                seed,
                patient: person,
                day: 0,
                session: 0,
            };
            for path in generate::run(&generate::Request {
                scenario,
                key,
                sessions,
                format,
                folder: out,
            })? {
                println!("{}", path.display());
            }
            Ok(0)
        }
        Command::Gateway { folder, listen } => {
            let ledger_path = Some(folder.join("ledger.jsonl"));
            let options = gateway::GatewayOptions {
                address: listen,
                ledger_path,
                ..Default::default()
            };
            let ready = |gateway: &gateway::FakeGateway, files: &gateway::GatewayFiles| {
                println!("The gateway listens on {}", gateway.endpoint());
                println!("Certificate      {}", files.ca_pem.display());
                println!("Service account  {}", files.service_account.display());
            };
            gateway::run(options, &folder, ready, async {
                // Without signals there is only the kill, which needs no farewell.
                let _ = tokio::signal::ctrl_c().await;
            })
            .await?;
            Ok(0)
        }
        // Run before there is a runtime.
        Command::Clinic(_) => Ok(2),
        Command::Load(arguments) => load::run(&arguments).await.map(|()| 0),
        Command::LoadTarget(arguments) => load::serve(&arguments).await.map(|()| 0),
        Command::CareBench(arguments) => care_bench::run(&arguments).await.map(|()| 0),
        Command::PushBench(arguments) => push_bench::run(&arguments).await.map(|()| 0),
        Command::Completions { shell } => {
            manual::completions(Cli::command(), shell, std::io::stdout().lock()).map(|()| 0)
        }
        Command::Man { out } => {
            manual::pages(Cli::command(), &out)?;
            println!("Manual pages are in {}", out.display());
            Ok(0)
        }
        Command::PushBenchTarget(arguments) => push_bench::serve(&arguments).await.map(|()| 0),
    }
}

fn list_scenarios() {
    for scenario in scenario::all() {
        println!("{:<12} {}", scenario.name, scenario.about);
    }
}

fn read_token(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_string(&mut text)?;
    } else {
        text = std::fs::read_to_string(path)
            .map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
    }
    Ok(text.trim().to_owned())
}

async fn demonstrate(
    listen: SocketAddr,
    data: Option<PathBuf>,
    seed: u64,
    days: u32,
    exit: bool,
) -> anyhow::Result<i32> {
    let folder = data.unwrap_or_else(|| {
        std::env::temp_dir().join(format!(
            "footing-demo-{}-{}",
            std::process::id(),
            WallClock.now().as_second()
        ))
    });
    let listen = free_or_any(listen);
    let demo = demo::live(&demo::Request {
        listen,
        folder: folder.clone(),
        seed,
        days,
    })
    .await?;
    let counts = demo.gateway.counts();
    println!(
        "Footing serves a demonstration clinic with {} synthetic patients.\n",
        demo.clinic.patients.len()
    );
    for role in demo::cast::CAST {
        println!("  {}  {:20} {}", role.name, role.time_zone, role.shows);
    }
    println!("\nClinician   http://{}/", demo.running.address);
    println!("  sign in   {}   (works once)", demo.clinician_link);
    println!("Patient     {}   (works once)", demo.patient_link);
    println!(
        "Pushes      {}   ({} so far)",
        demo.push_log.display(),
        counts.accepted
    );
    println!("Data        {}", folder.display());
    println!("Stop        Ctrl-C");
    if !exit {
        tokio::signal::ctrl_c().await?;
    }
    demo.running.stop().await;
    demo.gateway.stop();
    Ok(0)
}

/// The address, or any free port of the same host when it is in use.
fn free_or_any(listen: SocketAddr) -> SocketAddr {
    match std::net::TcpListener::bind(listen) {
        Ok(_) => listen,
        Err(_) => SocketAddr::new(listen.ip(), 0),
    }
}
