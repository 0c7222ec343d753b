//! `footing-sim replay`: recordings go to a server as a phone would send them, in their order and at their distance.

mod schedule;
mod summary;

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use footing_server::rt::clock::{Clock, WallClock, real_sleep};
use gait::{Analysis, Format, Options, Recording};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use validation::files;

use crate::analyze::FormatName;
use crate::client::{Client, address};
use crate::{out, progress};
use schedule::{Entry, Every, Schedule, Speed};
pub(crate) use summary::named;
pub use summary::{summarise, upload};

/// Under the help of the command.
pub const HELP: &str = "\
Recordings go in the order of the times in their files (Moticon, WFDB) when all of them have one,
else of their names, numbers by their value. They keep the distance of these times; without times
they lie a day apart, or as --every says. The same start makes the same sessions: sent again, they
are duplicates. One that cannot be read or is refused is named, and the rest goes on.";

/// What to send, to whom, and when.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// Recordings, or folders of them
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Address of the server, such as http://127.0.0.1:8080
    #[arg(long, value_name = "URL", required_unless_present = "dry_run", value_parser = address)]
    server: Option<String>,
    /// File with the device's token; - reads standard input
    #[arg(long, value_name = "FILE", required_unless_present = "dry_run")]
    token_file: Option<PathBuf>,
    /// Format instead of looking at the content
    #[arg(long, value_enum)]
    format: Option<FormatName>,
    /// When the first walk began, RFC 3339 [default: so that the last one ends just now]
    #[arg(long, value_name = "INSTANT")]
    start: Option<Timestamp>,
    /// Distance of the recordings' beginnings, such as 1d or 12h, whatever their files say
    #[arg(long, value_name = "DAYS|HOURS")]
    every: Option<Every>,
    /// How fast time passes between uploads: 1 as recorded, 60 sixty times faster, max (or 0) at once
    #[arg(long, value_name = "X", default_value = "max")]
    speed: Speed,
    /// Print what would be sent when, and send nothing
    #[arg(long)]
    dry_run: bool,
    /// One JSON object a line
    #[arg(long)]
    json: bool,
}

/// Sends, prints what became of each, and gives the exit code: 1 when one could not be read or was not kept.
///
/// # Errors
/// When there is nothing to send, or the server does not know the token.
pub async fn run(arguments: &Arguments) -> anyhow::Result<i32> {
    let schedule = Schedule::of(&arguments.paths, arguments.every)?;
    let mut failed = schedule.unreadable.len();
    for (path, error) in &schedule.unreadable {
        report_failure(path, error, arguments.json)?;
    }
    let phone = match (&arguments.server, &arguments.token_file) {
        (Some(server), Some(token)) if !arguments.dry_run => Some(Phone::of(server, token).await?),
        _ => None,
    };
    let start = match arguments.start {
        Some(start) => start,
        None => ends_now(&schedule, arguments)?,
    };
    let began = WallClock.running_for();
    let bar = progress::bar(
        schedule.entries.len() as u64,
        "{pos} of {len} recordings  {bar:40}",
    );
    for entry in &schedule.entries {
        let wait = arguments.speed.real(entry.offset);
        if !arguments.dry_run {
            real_sleep(wait.saturating_sub(WallClock.running_for() - began)).await;
        }
        let told = send(entry, start, wait, phone.as_ref(), arguments).await;
        bar.suspend(|| match told {
            Ok(told) => out::line(&if arguments.json {
                told.json()
            } else {
                told.text()
            }),
            Err(error) => {
                failed += 1;
                report_failure(&entry.path, &format!("{error:#}"), arguments.json)
            }
        })?;
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(i32::from(failed > 0))
}

fn report_failure(path: &Path, error: &str, json: bool) -> anyhow::Result<()> {
    let named = path.display().to_string();
    // What a reader says names the file already.
    out::complain(&if error.contains(&named) {
        error.to_owned()
    } else {
        format!("{named}: {error}")
    });
    if json {
        out::line(&json!({"recording": named, "error": error}).to_string())?;
    }
    Ok(())
}

/// The beginning of the first recording for which the last one ends now.
fn ends_now(schedule: &Schedule, arguments: &Arguments) -> anyhow::Result<Timestamp> {
    let Some(last) = schedule.entries.last() else {
        return Ok(WallClock.now());
    };
    // One that cannot be read is named when its turn comes.
    let lasts = read(last, arguments).map_or(0.0, |recording| recording.duration_s());
    let before = last.offset + SignedDuration::try_from_secs_f64(lasts)?;
    Ok(WallClock.now().checked_sub(before)?)
}

fn read(entry: &Entry, arguments: &Arguments) -> Result<Recording, files::FileError> {
    files::read(&entry.path, arguments.format.map(Format::from))
}

/// Who sends.
struct Phone {
    client: Client,
    time_zone: String,
}

impl Phone {
    async fn of(server: &str, token_file: &Path) -> anyhow::Result<Self> {
        let client = Client::new(server)?.with_token(&read_token(token_file)?);
        let me = client.get("/v1/me").await?;
        let time_zone = me["time_zone"].as_str().unwrap_or("UTC").to_owned();
        Ok(Self { client, time_zone })
    }
}

/// The text of a file, or of standard input for `-`.
///
/// # Errors
/// When it cannot be read.
pub fn read_token(path: &Path) -> anyhow::Result<String> {
    let mut text = String::new();
    if path == Path::new("-") {
        std::io::stdin().read_to_string(&mut text)?;
    } else {
        text = std::fs::read_to_string(path)
            .map_err(|error| anyhow::anyhow!("{}: {error}", path.display()))?;
    }
    Ok(text.trim().to_owned())
}

/// What became of a recording, or would.
struct Told<'a> {
    entry: &'a Entry,
    began: Timestamp,
    analysis: Analysis,
    strides: usize,
    /// When it is sent, counted from the first.
    wait: Duration,
    /// The session and its disposition; none of a dry run.
    sent: Option<(String, String)>,
}

impl Told<'_> {
    fn text(&self) -> String {
        let (path, strides) = (self.entry.path.display(), self.strides);
        match &self.sent {
            Some((id, disposition)) => format!(
                "session {id} {disposition} ({strides} strides used) {} {path}",
                self.began
            ),
            None => format!(
                "would send {} ({strides} strides used, {:.0} s) after {:.1} s {path}",
                self.began,
                self.analysis.duration_s,
                self.wait.as_secs_f64()
            ),
        }
    }

    fn json(&self) -> String {
        let (session_id, disposition) = match &self.sent {
            Some((id, disposition)) => (Value::from(id.as_str()), disposition.as_str()),
            None => (Value::Null, "dry_run"),
        };
        json!({
            "recording": self.entry.path.display().to_string(), "start": self.began.to_string(),
            "duration_s": self.analysis.duration_s, "strides": self.strides,
            "after_s": self.wait.as_secs_f64(), "session_id": session_id, "disposition": disposition,
        })
        .to_string()
    }
}

async fn send<'a>(
    entry: &'a Entry,
    start: Timestamp,
    wait: Duration,
    phone: Option<&Phone>,
    arguments: &Arguments,
) -> anyhow::Result<Told<'a>> {
    let recording = read(entry, arguments)?;
    let analysis = gait::analyze(&recording, &Options::default());
    let began = start.checked_add(entry.offset)?;
    let sent = match phone {
        None => None,
        Some(phone) => {
            let layout_id = recording.layout_id.as_deref().unwrap_or("none");
            let summary = summarise(&analysis, layout_id, None, began, &phone.time_zone);
            let disposition = upload(&phone.client, &summary).await?;
            Some((summary.session_id, disposition))
        }
    };
    let used = analysis.strides.iter().filter(|stride| stride.is_used());
    Ok(Told {
        entry,
        began,
        strides: used.count(),
        analysis,
        wait,
        sent,
    })
}
