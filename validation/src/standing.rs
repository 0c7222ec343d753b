//! The engine's share of weight in quiet standing against exact arithmetic on the file: one force plate under each foot.

use std::path::Path;

use gait::{Format, Options, analyze};
use serde_json::json;

use crate::errors::Errors;
use crate::files::{self, FileError};
use crate::report::{Floor, Goal, Mark, Plot, Report, Series, Table};

/// Columns of the vertical forces: leg 1 (dominant) and leg 2.
const FORCE_COLUMNS: [usize; 2] = [2, 5];

/// Share of weight on leg 1 in one trial.
struct Trial {
    name: String,
    samples: usize,
    /// By arithmetic on the file, percent: mean and SD.
    exact: (f64, f64),
    /// By the engine; the reason when it tells none.
    engine: Result<(f64, f64), String>,
    shifts: Option<u64>,
}

impl Trial {
    /// Engine minus file: mean, SD.
    fn errors(&self) -> Option<(f64, f64)> {
        let (mean, sd) = self.engine.as_ref().ok()?;
        Some((mean - self.exact.0, sd - self.exact.1))
    }
}

/// Compares every standing trial of a folder.
///
/// # Errors
/// When the folder cannot be listed or holds no trial.
pub fn run(folder: &Path) -> Result<Report, FileError> {
    let found = files::read_each(folder, Format::ForcePlates)?;
    let mut trials = Vec::new();
    for (path, recording) in &found.readable {
        let standing = analyze(recording, &Options::default()).standing;
        let shares = shares(&files::text(path)?);
        trials.push(Trial {
            name: recording.name.clone(),
            samples: shares.len(),
            exact: mean_and_sd(&shares),
            shifts: standing.as_ref().ok().map(|s| s.weight_shifts),
            engine: standing
                .map(|s| (s.share_left.mean_pct, s.share_left.sd_pct))
                .map_err(|reason| reason.to_string()),
        });
    }
    Ok(Report {
        name: "standing",
        protocol: vec![
            "Share of the weight on leg 1 (the dominant one, which the reader puts on the left): for each sample of the \
             file 100 F1 / (F1 + F2) of the vertical forces, then mean and standard deviation over the trial, by \
             arithmetic apart from the engine's reader; beside it what the engine tells of the recording."
                .to_owned(),
        ],
        floors: floors(&trials),
        tables: vec![table(&trials)],
        plots: vec![plot(&trials)],
        unreadable: found.unreadable,
        json: json!({ "trials": trials.iter().map(trial_json).collect::<Vec<_>>() }),
        ..Report::default()
    })
}

/// Share on leg 1 of each row, percent, read apart from the engine's reader.
fn shares(text: &str) -> Vec<f64> {
    let row = |line: &str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let [one, two] = FORCE_COLUMNS.map(|c| cells.get(c)?.trim().parse::<f64>().ok());
        let (one, two) = (one?, two?);
        Some(100.0 * one / (one + two))
    };
    text.lines().skip(1).filter_map(row).collect()
}

fn mean_and_sd(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|v| (v - mean).powi(2)).sum();
    (mean, (squares / (n - 1.0)).sqrt())
}

fn floors(trials: &[Trial]) -> Vec<Floor> {
    let (mut means, mut sds) = (Errors::default(), Errors::default());
    for (mean, sd) in trials.iter().filter_map(Trial::errors) {
        means.add(mean);
        sds.add(sd);
    }
    let silent = trials.len() - means.n();
    vec![
        Floor::new(
            "trials of which the engine tells no share",
            Goal::Exactly(0.0),
            silent as f64,
            trials.len(),
        ),
        Floor::new(
            "share of weight, worst, points",
            Goal::AtMost(0.01),
            means.worst(),
            means.n(),
        ),
        Floor::new(
            "spread of the share (SD), worst, points",
            Goal::AtMost(0.01),
            sds.worst(),
            sds.n(),
        ),
    ]
}

fn table(trials: &[Trial]) -> Table {
    let row = |trial: &Trial| {
        let (engine, error) = match (&trial.engine, trial.errors()) {
            (Ok((mean, sd)), Some((error, _))) => {
                (format!("{mean:.4} ± {sd:.4}"), format!("{error:+.5}"))
            }
            (Err(reason), _) => (reason.clone(), "-".to_owned()),
            (Ok(_), None) => ("-".to_owned(), "-".to_owned()),
        };
        vec![
            trial.name.clone(),
            trial.samples.to_string(),
            format!("{:.4} ± {:.4}", trial.exact.0, trial.exact.1),
            engine,
            error,
            trial
                .shifts
                .map_or_else(|| "-".to_owned(), |n| n.to_string()),
        ]
    };
    Table {
        title: "Share of weight on leg 1, percent".to_owned(),
        columns: [
            "trial",
            "samples",
            "file",
            "engine",
            "difference",
            "weight shifts",
        ]
        .map(str::to_owned)
        .into(),
        rows: trials.iter().map(row).collect(),
        note: Some("Mean ± standard deviation over the samples of a trial.".to_owned()),
    }
}

fn plot(trials: &[Trial]) -> Plot {
    let numbered = |value: fn(&Trial) -> Option<f64>| {
        let points = trials.iter().enumerate();
        points
            .filter_map(|(k, trial)| Some(((k + 1) as f64, value(trial)?)))
            .collect()
    };
    Plot {
        title: "Share of weight on leg 1".to_owned(),
        x_label: "trial, in the order of the table".to_owned(),
        y_label: "share, %".to_owned(),
        series: vec![
            Series {
                name: "file".to_owned(),
                mark: Mark::Dots,
                points: numbered(|t| Some(t.exact.0)),
            },
            Series {
                name: "engine".to_owned(),
                mark: Mark::Dots,
                points: numbered(|t| t.engine.as_ref().ok().map(|(mean, _)| *mean)),
            },
        ],
    }
}

fn trial_json(trial: &Trial) -> serde_json::Value {
    json!({
        "trial": trial.name, "samples": trial.samples,
        "file_share_pct": trial.exact.0, "file_sd_pct": trial.exact.1,
        "engine_share_pct": trial.engine.as_ref().ok().map(|(mean, _)| mean),
        "engine_sd_pct": trial.engine.as_ref().ok().map(|(_, sd)| sd),
        "absent": trial.engine.as_ref().err(),
        "weight_shifts": trial.shifts,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;

    #[test]
    fn shares_are_of_each_row_and_their_spread_is_of_n_minus_one() {
        let text = "head\n0\t1\t300\t0\t1\t100\t0\n0.01\t1\t100\t0\t1\t100\t0\n";
        let found = shares(text);
        assert_eq!(found, [75.0, 50.0]);
        let (mean, sd) = mean_and_sd(&found);
        assert_abs_diff_eq!(mean, 62.5);
        assert_abs_diff_eq!(sd, 312.5_f64.sqrt(), epsilon = 1e-12);
    }
}
