//! `footing-sim analyze`: what the engine makes of recordings.

use std::fmt::Write as _;
use std::path::PathBuf;

use gait::{Analysis, Format, Options};
use serde_json::Value;

use crate::out;
use validation::files;

/// What to analyse and how to say it.
#[derive(Debug, Clone, clap::Args)]
pub struct Arguments {
    /// Recordings, or folders of them
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Format instead of looking at the content
    #[arg(long, value_enum)]
    pub format: Option<FormatName>,
    /// One JSON object a line
    #[arg(long)]
    pub json: bool,
    /// With every stride
    #[arg(long)]
    pub strides: bool,
}

/// Recording formats by name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum FormatName {
    /// PhysioNet "Gait in Parkinson's Disease"
    Gaitpdb,
    /// PhysioNet "Gait in Neurodegenerative Disease"
    Gaitndd,
    /// Moticon OpenGo text export
    Moticon,
    /// Novel Pedar export
    Pedar,
    /// Tekscan F-Scan movie
    Fscan,
    /// Two force plates
    Forceplates,
    /// Footing's own stream, a frame a line
    Ndjson,
    /// The same as comma-separated columns
    Csv,
    /// The same as Parquet columns
    Parquet,
}

impl From<FormatName> for Format {
    fn from(name: FormatName) -> Self {
        match name {
            FormatName::Gaitpdb => Self::GaitPdb,
            FormatName::Gaitndd => Self::GaitNdd,
            FormatName::Moticon => Self::MoticonText,
            FormatName::Pedar => Self::Pedar,
            FormatName::Fscan => Self::FScan,
            FormatName::Forceplates => Self::ForcePlates,
            FormatName::Ndjson => Self::StreamNdjson,
            FormatName::Csv => Self::StreamCsv,
            FormatName::Parquet => Self::StreamParquet,
        }
    }
}

/// Prints a report of each recording, and gives the exit code: 1 when one could not be read; the rest are reported all
/// the same.
///
/// # Errors
/// When the output cannot be written.
pub fn run(arguments: &Arguments, out: &mut impl std::io::Write) -> anyhow::Result<i32> {
    match report_all(arguments, out) {
        Ok(failed) => Ok(i32::from(failed > 0)),
        Err(error) => out::told(Err(error)).map(|()| 0),
    }
}

fn report_all(request: &Arguments, out: &mut impl std::io::Write) -> std::io::Result<usize> {
    let mut failed = 0;
    for path in &request.paths {
        match files::recordings(path) {
            Ok(found) if found.is_empty() => {
                failed += complain(format!("{}: holds no recording", path.display()))
            }
            Ok(found) => {
                for file in found {
                    match files::read(&file, request.format.map(Format::from)) {
                        Ok(recording) => {
                            let analysis = gait::analyze(&recording, &Options::default());
                            print(&analysis, request, out)?;
                        }
                        Err(error) => failed += complain(error.to_string()),
                    }
                }
            }
            Err(error) => failed += complain(error.to_string()),
        }
    }
    Ok(failed)
}

fn complain(text: String) -> usize {
    out::complain(&text);
    1
}

fn print(
    analysis: &Analysis,
    request: &Arguments,
    out: &mut impl std::io::Write,
) -> std::io::Result<()> {
    let document = analysis.to_json(request.strides);
    if request.json {
        return writeln!(out, "{document}");
    }
    writeln!(out, "{}", report(analysis, &document, request.strides))
}

/// The report a person reads.
fn report(analysis: &Analysis, document: &Value, strides: bool) -> String {
    let mut text = String::new();
    let used = analysis
        .strides
        .iter()
        .filter(|stride| stride.is_used())
        .count();
    // Writing to a string cannot fail.
    let _ = writeln!(
        text,
        "{}  ({}, {:.1} s at {} Hz, engine {})",
        analysis.recording,
        format_name(analysis.format),
        analysis.duration_s,
        analysis.sampling_hz,
        analysis.engine_version
    );
    let walking: f64 = analysis.bouts.iter().map(|bout| bout.duration_s()).sum();
    let _ = writeln!(
        text,
        "  {} walking bouts, {walking:.1} s; {} strides, {used} used{}",
        analysis.bouts.len(),
        analysis.strides.len(),
        excluded(document)
    );
    for issue in &analysis.issues {
        let _ = writeln!(text, "  ! {}: {}", issue.code.as_str(), issue.detail);
    }
    told(&mut text, analysis);
    metrics(&mut text, document);
    score(&mut text, analysis);
    for observation in &analysis.observations {
        let _ = writeln!(text, "  * {}", observation.sentence);
    }
    if strides {
        stride_table(&mut text, document);
    }
    text
}

/// What was done beside walking straight on.
fn told(text: &mut String, analysis: &Analysis) {
    let seconds = &analysis.activity.exposure.seconds;
    let list: Vec<String> = seconds
        .iter()
        .map(|(class, s)| format!("{} {s:.0} s", class.as_str()))
        .collect();
    let _ = writeln!(text, "  activity: {}", list.join(", "));
    if let Some(turns) = analysis.turns.as_ref().filter(|turns| !turns.is_empty()) {
        let _ = writeln!(text, "  {} turns", turns.len());
    }
    if let Ok(standing) = &analysis.standing {
        let share = &standing.share_left;
        let _ = writeln!(
            text,
            "  standing {:.0} s: {:.2} % of the load on the left foot (wandering by {:.2})",
            standing.duration_s, share.mean_pct, share.sd_pct
        );
    }
}

fn format_name(format: Format) -> String {
    match serde_json::to_value(format) {
        Ok(Value::String(name)) => name,
        _ => String::new(),
    }
}

fn excluded(document: &Value) -> String {
    let Some(reasons) = document["excluded"]
        .as_object()
        .filter(|map| !map.is_empty())
    else {
        return String::new();
    };
    let list: Vec<String> = reasons
        .iter()
        .map(|(reason, count)| format!("{reason} {count}"))
        .collect();
    format!(" (left out: {})", list.join(", "))
}

fn metrics(text: &mut String, document: &Value) {
    let Some(metrics) = document["metrics"].as_object() else {
        return;
    };
    let _ = writeln!(text, "  {:<28} {:>20} {:>20}", "metric", "left", "right");
    for (id, value) in metrics
        .iter()
        .filter(|(_, value)| value.get("value").is_none())
    {
        let _ = writeln!(
            text,
            "  {id:<24} {:>20} {:>20}",
            foot(&value["left"]),
            foot(&value["right"])
        );
    }
    let _ = writeln!(
        text,
        "  {:<28} {:>20} {:>20}",
        "metric", "value", "standard error"
    );
    for (id, value) in metrics
        .iter()
        .filter(|(_, value)| value.get("value").is_some())
    {
        let (estimate, error) = (number(&value["value"]), number(&value["se"]));
        let _ = writeln!(text, "  {id:<24} {estimate:>20} {error:>20}");
    }
}

fn foot(moments: &Value) -> String {
    match (
        moments["mean"].as_f64(),
        moments["sd"].as_f64(),
        moments["n"].as_u64(),
    ) {
        (Some(mean), Some(sd), Some(n)) => format!("{mean:.3} ± {sd:.3} ({n})"),
        (Some(mean), None, Some(n)) => format!("{mean:.3} ({n})"),
        _ => "-".to_owned(),
    }
}

fn number(value: &Value) -> String {
    value
        .as_f64()
        .map_or_else(|| "-".to_owned(), |number| format!("{number:.3}"))
}

fn score(text: &mut String, analysis: &Analysis) {
    let _ = match &analysis.score.value {
        Some(value) => writeln!(
            text,
            "  gait regularity and symmetry index {:.0} ± {:.0} (standard error; {} strides; {} of {} components; reference 100 ± 10)",
            value.points,
            value.se,
            value.n,
            analysis.score.coverage,
            analysis.score.components_total
        ),
        None => writeln!(
            text,
            "  no index: {} of {} components",
            analysis.score.coverage, analysis.score.components_total
        ),
    };
}

fn stride_table(text: &mut String, document: &Value) {
    let _ = writeln!(
        text,
        "  {:<6} {:>9} {:>9} {:>9} {:>8} {:>8}  reason",
        "foot", "start_s", "toe_off_s", "end_s", "stride_s", "swing_s"
    );
    for stride in document["strides"].as_array().into_iter().flatten() {
        let _ = writeln!(
            text,
            "  {:<6} {:>9} {:>9} {:>9} {:>8} {:>8}  {}",
            stride["foot"].as_str().unwrap_or("-"),
            number(&stride["start_s"]),
            number(&stride["toe_off_s"]),
            number(&stride["end_s"]),
            number(&stride["stride_time_s"]),
            number(&stride["swing_time_s"]),
            stride["reason"].as_str().unwrap_or("")
        );
    }
}
