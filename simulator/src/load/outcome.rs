//! A run as it is shown: a table for people, one JSON object, a page with plots. All three are made by the report of the
//! validations, so they look alike and need no plotting of their own.

use std::path::PathBuf;

use serde_json::{Map, Value, json};
use validation::report::{Floor, Goal, Mark, Plot, Report, Series, Table};

use super::tally::{Tally, Times};
use crate::validate;

/// How results are given.
#[derive(Debug, Clone, clap::Args)]
pub(super) struct Output {
    /// One JSON object instead of tables
    #[arg(long)]
    json: bool,
    /// Also write a page with plots: one HTML file that loads nothing
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// A run and what came of it.
pub(super) struct Outcome {
    /// Name on the command line, such as `load uploads`.
    pub(super) name: &'static str,
    /// What was done, in words: one paragraph each.
    pub(super) protocol: Vec<String>,
    /// What was asked for, for machines: an object.
    pub(super) asked: Value,
    /// What the items are that the server took over.
    pub(super) items: &'static str,
    /// What came of it.
    pub(super) tally: Tally,
}

impl Outcome {
    /// Prints it, writes its page, and gives the exit code: 1 when a request failed, or none was sent.
    ///
    /// # Errors
    /// When an output cannot be written.
    pub(super) fn give(&self, output: &Output) -> anyhow::Result<i32> {
        let report = self.report();
        let page = output.report.as_deref();
        validate::show(&report, output.json, page, &mut std::io::stdout().lock())?;
        Ok(i32::from(!report.is_met()))
    }

    fn report(&self) -> Report {
        let tally = &self.tally;
        let sent = usize::try_from(tally.requests()).unwrap_or(usize::MAX);
        let failed = "requests that failed";
        Report {
            name: self.name,
            title: Some("Load"),
            protocol: self.protocol.clone(),
            floors: vec![Floor::new(
                failed,
                Goal::Exactly(0.0),
                tally.errors as f64,
                sent,
            )],
            tables: self.tables(),
            plots: vec![latency_plot(&tally.times), throughput_plot(tally)],
            unreadable: Vec::new(),
            json: self.json(),
        }
    }

    fn json(&self) -> Value {
        let tally = &self.tally;
        let times = tally
            .times
            .iter()
            .map(|times| (times.name.replace(' ', "_"), times.json()));
        let seconds = tally.seconds.iter();
        json!({
            "asked": self.asked, "requests": tally.requests(), "errors": tally.errors,
            "statuses": tally.statuses, "failures": tally.failures, "seconds": tally.length.as_secs_f64(),
            "per_second": tally.per_second(), "kept": tally.kept,
            "latency_ms": times.collect::<Map<_, _>>(), "left_late_ms": tally.late.json(),
            "timeline": seconds.map(|second| json!([second.good, second.failed])).collect::<Vec<_>>(),
        })
    }

    fn tables(&self) -> Vec<Table> {
        let tally = &self.tally;
        let mut tables = vec![
            Table {
                title: "Requests".to_owned(),
                columns: ["what", "value"].map(str::to_owned).into(),
                rows: vec![
                    vec!["sent".to_owned(), tally.requests().to_string()],
                    vec![
                        "took, s".to_owned(),
                        format!("{:.2}", tally.length.as_secs_f64()),
                    ],
                    vec![
                        "answered well, /s".to_owned(),
                        format!("{:.1}", tally.per_second()),
                    ],
                    vec![self.items.to_owned(), tally.kept.to_string()],
                ],
                note: None,
            },
            times_table(tally),
            Table {
                title: "Answers".to_owned(),
                columns: ["status", "requests"].map(str::to_owned).into(),
                rows: tally
                    .statuses
                    .iter()
                    .map(|(status, count)| vec![status.clone(), count.to_string()])
                    .collect(),
                note: None,
            },
        ];
        if !tally.failures.is_empty() {
            tables.push(Table {
                title: "The first failures".to_owned(),
                columns: vec!["what came".to_owned()],
                rows: tally.failures.iter().map(|why| vec![why.clone()]).collect(),
                note: None,
            });
        }
        tables
    }
}

fn times_table(tally: &Tally) -> Table {
    let late = (tally.late.count() > 0).then_some(&tally.late);
    let rows = tally.times.iter().chain(late).map(|times| {
        let shown = [0.5, 0.9, 0.99, 0.999].map(|share| times.at_ms(share));
        let numbers = shown.into_iter().chain([times.max_ms()]);
        let numbers = numbers.map(|ms| format!("{ms:.2}"));
        [times.name.to_owned(), times.count().to_string()]
            .into_iter()
            .chain(numbers)
            .collect()
    });
    Table {
        title: "Times, ms".to_owned(),
        columns: ["of", "n", "p50", "p90", "p99", "p99.9", "max"]
            .map(str::to_owned)
            .into(),
        rows: rows.collect(),
        note: None,
    }
}

/// Percentiles as far as there are requests behind them: one nine more for each tenfold.
fn latency_plot(times: &[Times]) -> Plot {
    let series = times.iter().map(|times| {
        let nines = (times.count().max(1) as f64).log10();
        let steps = (nines * 20.0).ceil() as u32;
        let shares = (0..=steps).map(|step| (f64::from(step) / 20.0).min(nines));
        Series {
            name: times.name.to_owned(),
            mark: Mark::Line,
            points: shares
                .map(|nines| (nines, times.at_ms(1.0 - 10_f64.powf(-nines))))
                .collect(),
        }
    });
    Plot {
        title: "Times by percentile".to_owned(),
        x_label: "nines: 1 is the 90th percentile, 2 the 99th, 3 the 99.9th".to_owned(),
        y_label: "time, ms".to_owned(),
        series: series.collect(),
    }
}

fn throughput_plot(tally: &Tally) -> Plot {
    let series = |name: &str, count: fn(&super::tally::Second) -> u64| Series {
        name: name.to_owned(),
        mark: Mark::Line,
        points: (0_u32..)
            .zip(&tally.seconds)
            .map(|(second, brought)| (f64::from(second) + 0.5, count(brought) as f64))
            .collect(),
    };
    Plot {
        title: "Answers in each second".to_owned(),
        x_label: "time, s".to_owned(),
        y_label: "answers".to_owned(),
        series: vec![
            series("as they should be", |second| second.good),
            series("failed", |second| second.failed),
        ],
    }
}
