//! The engine against simulated walkers, whose truth is known by construction: the acceptance points of the gait
//! specification, each a set of goals.

mod asymmetry;
mod chance;
mod change;
mod cohort;
mod events;
mod loading;
mod nothing;
mod properties;
mod values;

use serde_json::{Map, Value, json};
use walker::plan::PlanError;

use crate::report::{Floor, Goal, Plot, Report, Table};

/// What to simulate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Seed of everything: the same seed gives the same report.
    pub seed: u64,
    /// Persons per point; a point that needs more takes a multiple.
    pub persons: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: 1,
            persons: 60,
        }
    }
}

/// What one acceptance point found.
#[derive(Default)]
struct Point {
    name: &'static str,
    protocol: &'static str,
    floors: Vec<Floor>,
    tables: Vec<Table>,
    plots: Vec<Plot>,
    json: Value,
}

impl Point {
    fn goal(&mut self, what: &str, goal: Goal, reached: f64, n: usize) {
        let name = format!("{}: {what}", self.name);
        self.floors.push(Floor::new(name, goal, reached, n));
    }
}

/// Simulates, analyses and compares.
///
/// # Errors
/// When a walk cannot be simulated.
pub fn run(options: &Options) -> Result<Report, PlanError> {
    let points = [
        events::point(options)?,
        values::point(options)?,
        properties::point(options)?,
        loading::pressure(options)?,
        loading::arches(options)?,
        asymmetry::point(options)?,
        change::days(options),
        change::drift(options)?,
        nothing::point(options)?,
    ];
    let mut report = Report {
        name: "synthetic",
        protocol: protocol(options),
        ..Report::default()
    };
    let mut json = Map::new();
    json.insert("seed".to_owned(), json!(options.seed));
    json.insert("persons".to_owned(), json!(options.persons));
    for point in points {
        report
            .protocol
            .push(format!("{}: {}", point.name, point.protocol));
        report.floors.extend(point.floors);
        report.tables.extend(point.tables);
        report.plots.extend(point.plots);
        json.insert(point.name.to_owned(), point.json);
    }
    report.json = Value::Object(json);
    Ok(report)
}

fn protocol(options: &Options) -> Vec<String> {
    vec![format!(
        "Walkers are simulated with seed {}, {} persons a point (young, adult and older in turn), two minutes each unless \
         said otherwise, and analysed with the engine's defaults. Truth is what the simulator put in: events where the \
         force passes 5 % of body weight, in continuous time. Goals on errors are of the worst walk unless they say mean \
         or percentile. The simulator knows nothing of the engine; what it leaves out of reality, this leaves out too.",
        options.seed, options.persons
    )]
}
