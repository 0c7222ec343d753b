//! `footing-sim load`: load on a server, and how long its answers take. Uploads, a morning on which every phone syncs, and
//! a minute in which everyone's prompt is due; and durable uploads beside a server that parses and drops.
//!
//! A server that is started for the run is a process of its own, so that its processor time can be told from the client's.

mod body;
mod cell;
mod clinic;
mod compare;
mod http;
mod morning;
mod outcome;
mod pace;
mod prompts;
mod server;
mod tally;
mod target;
mod uploads;
mod wire;

pub use target::{TargetArguments, serve};

/// Under the help of the command.
pub const HELP: &str = "\
Without --server a server is started on loopback, with a clinic of synthetic patients, and removed
afterwards. With --server the load goes to that address and no other; what is uploaded stays there,
marked as simulated. A request that was not answered as it should be makes the exit code 1.";

/// Which load.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    which: Which,
}

#[derive(Debug, Clone, clap::Subcommand)]
enum Which {
    /// Upload session summaries, in a closed loop or at a rate
    Uploads(uploads::Arguments),
    /// Let every phone read its day and upload the answers it kept
    MorningSync(morning::Arguments),
    /// Let everyone's prompt be due in the same minute and wait for the push gateway
    Prompts(prompts::Arguments),
    /// Measure durable uploads a second beside parse-and-drop of the same body
    Compare(compare::Arguments),
}

/// Runs it and gives the exit code.
///
/// # Errors
/// When a server cannot be started or an output cannot be written.
pub async fn run(arguments: &Arguments) -> anyhow::Result<i32> {
    match &arguments.which {
        Which::Uploads(arguments) => uploads::run(arguments).await,
        Which::MorningSync(arguments) => morning::run(arguments).await,
        Which::Prompts(arguments) => prompts::run(arguments).await,
        Which::Compare(arguments) => compare::run(arguments).await.map(|()| 0),
    }
}
