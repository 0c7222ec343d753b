//! The command line of `footing-sim`: which commands there are. What each takes stands beside what it does.

use std::path::PathBuf;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::{
    analyze, care_bench, clinic, demo, gateway, generate, load, manual, out, push_bench, replay,
    validate,
};

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
    Demo(demo::command::Arguments),
    /// Let a whole clinic live in virtual time before the real server, and hold what it says against what was seen
    #[command(after_help = clinic::args::HELP)]
    Clinic(clinic::args::Arguments),
    /// Report what the engine makes of recordings
    Analyze(analyze::Arguments),
    /// Measure the engine against authors' events, published tables and simulated truth
    ///
    /// Prints what was compared with what, the goals and the results. Records that cannot be read are listed and the
    /// rest goes on.
    Validate(validate::Arguments),
    /// Recompute the reference values from recordings of controls, beside the shipped ones
    Norms(validate::NormsArguments),
    /// Send recordings to a server as a phone would
    #[command(after_help = replay::HELP)]
    Replay(replay::Arguments),
    /// Write synthetic recordings and the truth about them
    #[command(after_help = generate::HELP)]
    Generate(generate::Arguments),
    /// Run a fake push gateway that checks every message against FCM HTTP v1
    Gateway(gateway::command::Arguments),
    /// Put load on a server and measure how long its answers take
    #[command(after_help = load::HELP)]
    Load(load::Arguments),
    /// Serve one measured server (started by `load`)
    #[command(hide = true)]
    LoadTarget(load::TargetArguments),
    /// Measure planning, sweeping and sending for many patients
    CareBench(care_bench::Arguments),
    /// Measure messages a second to the fake gateway beside a client made anew for each message
    PushBench(push_bench::Arguments),
    /// Serve one measured gateway (started by `push-bench`)
    #[command(hide = true)]
    PushBenchTarget(push_bench::TargetArguments),
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
}

/// The command with the exit codes under the help of each of its commands.
fn command() -> clap::Command {
    with_exit_codes(Cli::command())
}

fn with_exit_codes(command: clap::Command) -> clap::Command {
    let own = command.get_after_help().map(|own| format!("{own}\n\n"));
    command
        .after_help(own.unwrap_or_default() + out::EXIT_CODES)
        .mut_subcommands(with_exit_codes)
}

/// Parses the arguments, runs, and gives the exit code: 0 done, 1 failed, 2 wrong usage.
pub fn main() -> i32 {
    let cli = Cli::from_arg_matches(&command().get_matches()).unwrap_or_else(|error| error.exit());
    if let Command::Clinic(arguments) = &cli.command {
        // It has a runtime of its own, whose time is not the machine's.
        return out::exit_code(clinic::args::run(arguments, &mut std::io::stdout().lock()));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build();
    out::exit_code(match runtime {
        Ok(runtime) => runtime.block_on(run(cli.command)),
        Err(error) => Err(error.into()),
    })
}

async fn run(command: Command) -> anyhow::Result<i32> {
    match command {
        Command::Demo(arguments) => demo::command::run(arguments).await,
        // Run before there is a runtime.
        Command::Clinic(_) => Ok(2),
        Command::Analyze(arguments) => analyze::run(&arguments, &mut std::io::stdout().lock()),
        Command::Validate(arguments) => validate::run(&arguments, &mut std::io::stdout().lock()),
        Command::Norms(arguments) => validate::run_norms(&arguments, &mut std::io::stdout().lock()),
        Command::Replay(arguments) => replay::run(&arguments).await,
        Command::Generate(arguments) => generate::run(&arguments),
        Command::Gateway(arguments) => gateway::command::run(&arguments).await,
        Command::Load(arguments) => load::run(&arguments).await,
        Command::LoadTarget(arguments) => load::serve(&arguments).await.map(|()| 0),
        Command::CareBench(arguments) => care_bench::run(&arguments).await.map(|()| 0),
        Command::PushBench(arguments) => push_bench::run(&arguments).await.map(|()| 0),
        Command::PushBenchTarget(arguments) => push_bench::serve(&arguments).await.map(|()| 0),
        Command::Completions { shell } => {
            manual::completions(self::command(), shell, std::io::stdout().lock()).map(|()| 0)
        }
        Command::Man { out } => manual::pages(self::command(), &out).map(|()| 0),
    }
}
