//! Point 1: every contact and toe-off, none else, and when.

use gait::{Side, StepMarkKind};
use serde_json::json;
use walker::plan::PlanError;
use walker::truth::{EventPhase, Truth};

use super::cohort::{Case, clean, of_scenario};
use super::{Options, Point};
use crate::errors::Errors;
use crate::matching::Matching;
use crate::report::{Goal, Mark, Plot, Series, Table};

/// Half width of the window in which an event is the true one, s.
const WINDOW_S: f64 = 0.050;
/// The wide window that gait libraries report, s.
const WIDE_S: f64 = 0.5;

/// Events of several walks against the truth.
#[derive(Default)]
struct Tally {
    wanted: usize,
    hit: usize,
    given: usize,
    given_true: usize,
    errors_ms: Errors,
}

impl Tally {
    fn add(&mut self, case: &Case, kind: StepMarkKind, window_s: f64) {
        for side in Side::BOTH {
            let truth = &case.walk.truth;
            let (wanted, given) = (wanted(truth, side, kind), given(case, side, kind));
            let found = Matching::of(&wanted, &given, window_s);
            self.wanted += wanted.len();
            self.hit += found.pairs.len();
            self.given += given.len();
            let happened = happened(truth, side, kind, |_| true);
            self.given_true += Matching::of(&happened, &given, window_s).pairs.len();
            self.errors_ms
                .merge(&found.errors().map(|e| 1000.0 * e).collect());
        }
    }

    fn recall(&self) -> f64 {
        self.hit as f64 / self.wanted as f64
    }

    fn precision(&self) -> f64 {
        self.given_true as f64 / self.given as f64
    }

    fn f1(&self) -> f64 {
        2.0 * self.recall() * self.precision() / (self.recall() + self.precision())
    }
}

/// Contacts and toe-offs of one kind of walk.
#[derive(Default)]
struct Both {
    contact: Tally,
    toe_off: Tally,
    wide: Tally,
}

impl Both {
    fn add(&mut self, case: &Case) {
        self.contact
            .add(case, StepMarkKind::InitialContact, WINDOW_S);
        self.toe_off.add(case, StepMarkKind::ToeOff, WINDOW_S);
        self.wide.add(case, StepMarkKind::InitialContact, WIDE_S);
    }
}

fn happened(
    truth: &Truth,
    side: Side,
    kind: StepMarkKind,
    phase: impl Fn(EventPhase) -> bool,
) -> Vec<f64> {
    let events = truth.events.iter();
    let of = events.filter(|e| e.side == side && e.kind == kind && phase(e.phase));
    of.map(|e| e.threshold_time_s).collect()
}

/// Events of walking within strides: they must be found. Those of starting and stopping may be.
fn wanted(truth: &Truth, side: Side, kind: StepMarkKind) -> Vec<f64> {
    let mut times = happened(truth, side, kind, |phase| phase == EventPhase::Walking);
    let strides = || truth.strides.iter().filter(|s| s.side == side);
    times.retain(|time| {
        strides().any(|s| s.threshold.start_s <= *time && *time <= s.threshold.end_s)
    });
    times
}

/// Events of the engine's valid strides.
fn given(case: &Case, side: Side, kind: StepMarkKind) -> Vec<f64> {
    let strides = case.analysis.strides.iter();
    let valid = strides.filter(|s| s.foot == side && s.is_valid());
    let mut times: Vec<f64> = match kind {
        StepMarkKind::InitialContact => valid.flat_map(|s| [s.start_s, s.end_s]).collect(),
        StepMarkKind::ToeOff => valid.map(|s| s.toe_off_s).collect(),
    };
    times.sort_by(f64::total_cmp);
    times.dedup_by(|a, b| (*a - *b).abs() < 1e-9);
    times
}

pub(super) fn point(options: &Options) -> Result<Point, PlanError> {
    let (mut perfect, mut noisy) = (Both::default(), Both::default());
    for person in 0..options.persons {
        perfect.add(&Case::of(&clean(options.seed, person))?);
        if let Some(plan) = of_scenario("noisy_link", options.seed, person) {
            noisy.add(&Case::of(&plan)?);
        }
    }
    let mut point = Point {
        name: "1 events",
        protocol: "events of valid strides, one to one within 50 ms of the truth. Recall is of the walking events \
                   inside true strides; precision counts every true event, those of starting and stopping included. \
                   Perfect insoles of 16 and of 8 sensors; noisy_link has every sensor fault and loses packets.",
        tables: vec![table(&perfect, &noisy)],
        plots: vec![plot(&perfect, &noisy)],
        json: json!({ "perfect": both_json(&perfect), "noisy_link": both_json(&noisy) }),
        ..Point::default()
    };
    goals(&mut point, &perfect, &noisy);
    Ok(point)
}

fn goals(point: &mut Point, perfect: &Both, noisy: &Both) {
    for (name, tally, mean_ms, p95_ms) in [
        ("contact", &perfect.contact, 2.0, 5.0),
        ("toe-off", &perfect.toe_off, 3.0, 8.0),
    ] {
        let (n, errors) = (tally.wanted, &tally.errors_ms);
        point.goal(
            &format!("{name} recall"),
            Goal::Exactly(1.0),
            tally.recall(),
            n,
        );
        point.goal(
            &format!("{name} precision"),
            Goal::Exactly(1.0),
            tally.precision(),
            tally.given,
        );
        point.goal(
            &format!("{name} error, mean size, ms"),
            Goal::AtMost(mean_ms),
            errors.mean_size(),
            errors.n(),
        );
        point.goal(
            &format!("{name} error, 95th percentile, ms"),
            Goal::AtMost(p95_ms),
            errors.size_at(0.95),
            errors.n(),
        );
    }
    point.goal(
        "contact F1 on a noisy link",
        Goal::AtLeast(0.995),
        noisy.contact.f1(),
        noisy.contact.wanted,
    );
    point.goal(
        "toe-off F1 on a noisy link",
        Goal::AtLeast(0.995),
        noisy.toe_off.f1(),
        noisy.toe_off.wanted,
    );
}

fn table(perfect: &Both, noisy: &Both) -> Table {
    let row = |name: &str, tally: &Tally| {
        vec![
            name.to_owned(),
            tally.wanted.to_string(),
            format!("{:.4}", tally.recall()),
            format!("{:.4}", tally.precision()),
            format!("{:.4}", tally.f1()),
            format!("{:+.2}", tally.errors_ms.mean()),
            format!("{:.2}", tally.errors_ms.mean_size()),
            format!("{:.2}", tally.errors_ms.size_at(0.95)),
        ]
    };
    Table {
        title: "Events against the truth".to_owned(),
        columns: [
            "events",
            "n",
            "recall",
            "precision",
            "F1",
            "bias ms",
            "mean size ms",
            "P95 ms",
        ]
        .map(str::to_owned)
        .into(),
        rows: vec![
            row("contact, perfect insoles", &perfect.contact),
            row("toe-off, perfect insoles", &perfect.toe_off),
            row("contact within 0.5 s, perfect", &perfect.wide),
            row("contact, noisy link", &noisy.contact),
            row("toe-off, noisy link", &noisy.toe_off),
            row("contact within 0.5 s, noisy", &noisy.wide),
        ],
        note: None,
    }
}

fn plot(perfect: &Both, noisy: &Both) -> Plot {
    let series = |name: &str, tally: &Tally| {
        let mut sizes: Vec<f64> = tally.errors_ms.values().to_vec();
        sizes.sort_by(f64::total_cmp);
        let n = sizes.len();
        // A hundred points tell the curve as well as thousands.
        let points = (0..=100).filter_map(|p| {
            let at = (p * n.saturating_sub(1)) / 100;
            sizes.get(at).map(|error| (*error, p as f64))
        });
        Series {
            name: name.to_owned(),
            mark: Mark::Line,
            points: points.collect(),
        }
    };
    Plot {
        title: "Error of events, engine minus truth".to_owned(),
        x_label: "error, ms".to_owned(),
        y_label: "events with at most this error, %".to_owned(),
        series: vec![
            series("contact", &perfect.contact),
            series("toe-off", &perfect.toe_off),
            series("contact, noisy link", &noisy.contact),
            series("toe-off, noisy link", &noisy.toe_off),
        ],
    }
}

fn both_json(both: &Both) -> serde_json::Value {
    let one = |tally: &Tally| {
        json!({
            "n": tally.wanted, "recall": tally.recall(), "precision": tally.precision(), "f1": tally.f1(),
            "bias_ms": tally.errors_ms.mean(), "mean_size_ms": tally.errors_ms.mean_size(),
            "p95_ms": tally.errors_ms.size_at(0.95),
        })
    };
    json!({ "contact": one(&both.contact), "toe_off": one(&both.toe_off), "contact_within_500_ms": one(&both.wide) })
}
