//! Point 9: where there is no walking the engine says so, and nothing else.

use gait::{Analysis, FootSignal, IssueCode, Options as EngineOptions, Recording, Side, analyze};
use serde_json::json;
use walker::plan::PlanError;
use walker::simulate;

use super::cohort::{clean, of_scenario};
use super::{Options, Point};
use crate::report::{Goal, Table};

/// Persons of each case.
const PERSONS: u64 = 6;

/// A recording without both feet walking, and the issue that must say why.
struct Nothing {
    name: &'static str,
    recording: Recording,
    wanted: IssueCode,
}

pub(super) fn point(options: &Options) -> Result<Point, PlanError> {
    let mut rows = Vec::new();
    let (mut quiet, mut said, mut n) = (0, 0, 0);
    for person in 0..PERSONS.min(options.persons) {
        for case in cases(options.seed, person)? {
            let analysis = analyze(&case.recording, &EngineOptions::default());
            let explained = analysis
                .issues
                .iter()
                .any(|issue| issue.code == case.wanted);
            (n, quiet, said) = (
                n + 1,
                quiet + usize::from(is_empty(&analysis, case.wanted)),
                said + usize::from(explained),
            );
            if person == 0 {
                rows.push(row(&case, &analysis));
            }
        }
    }
    let mut point = Point {
        name: "9 no gait",
        protocol: "standing only, sitting only where the catalogue has it, no samples, one foot dead, both feet dead, \
                   every packet lost, one step: no stride is used, no session metric given, no score, no observation, \
                   and an issue says why; no bout either, unless one foot walks. A panic would end this command.",
        tables: vec![table(rows)],
        json: json!({ "cases": n, "empty": quiet, "explained": said }),
        ..Point::default()
    };
    point.goal(
        "recordings with an empty result",
        Goal::Exactly(n as f64),
        quiet as f64,
        n,
    );
    point.goal(
        "recordings whose issue says why",
        Goal::Exactly(n as f64),
        said as f64,
        n,
    );
    Ok(point)
}

fn cases(seed: u64, person: u64) -> Result<Vec<Nothing>, PlanError> {
    let walk = simulate(&clean(seed, person))?.recording;
    let samples = walk.samples();
    let silent = |foot: &FootSignal| FootSignal {
        force: vec![0.0; foot.force.len()],
        sensors: foot.sensors.iter().map(|s| vec![0.0; s.len()]).collect(),
        motion: None,
        ..foot.clone()
    };
    let mut one_foot = walk.clone();
    one_foot.right = silent(&walk.right);
    let mut no_foot = one_foot.clone();
    no_foot.left = silent(&walk.left);
    let mut all_lost = no_foot.clone();
    for foot in [&mut all_lost.left, &mut all_lost.right] {
        foot.missing = std::iter::once(0..samples).collect();
    }
    let mut one_step = walk.clone();
    let _rest = one_step.split_off((4.5 * walk.sampling_hz) as usize);
    let mut no_samples = walk;
    let _all = no_samples.split_off(0);
    let nothing = |name, recording, wanted| Nothing {
        name,
        recording,
        wanted,
    };
    let mut cases = vec![
        nothing("no samples", no_samples, IssueCode::Empty),
        nothing("one foot dead", one_foot, IssueCode::NoSignal),
        nothing("both feet dead", no_foot, IssueCode::NoGait),
        nothing("every packet lost", all_lost, IssueCode::NoGait),
        nothing("one step", one_step, IssueCode::NoGait),
    ];
    for (scenario, name) in [("no_gait", "standing only"), ("sit_only", "sitting only")] {
        if let Some(plan) = of_scenario(scenario, seed, person) {
            cases.push(nothing(name, simulate(&plan)?.recording, IssueCode::NoGait));
        }
    }
    Ok(cases)
}

/// Nothing that could be taken for a measured walk. The bout itself remains when only one foot is dead: the other walks.
fn is_empty(analysis: &Analysis, wanted: IssueCode) -> bool {
    (analysis.bouts.is_empty() || wanted == IssueCode::NoSignal)
        && analysis.strides.iter().all(|stride| !stride.is_used())
        && analysis.session_metrics().values().all(Result::is_err)
        && analysis.score.value.is_none()
        && analysis.observations.is_empty()
}

fn row(case: &Nothing, analysis: &Analysis) -> Vec<String> {
    let issues: Vec<&str> = analysis.issues.iter().map(|i| i.code.as_str()).collect();
    let strides = |side| analysis.strides.iter().filter(|s| s.foot == side).count();
    vec![
        case.name.to_owned(),
        format!("{:.0} s", case.recording.duration_s()),
        (strides(Side::Left) + strides(Side::Right)).to_string(),
        if is_empty(analysis, case.wanted) {
            "yes"
        } else {
            "NO"
        }
        .to_owned(),
        issues.join(", "),
    ]
}

fn table(rows: Vec<Vec<String>>) -> Table {
    Table {
        title: "Recordings without walking".to_owned(),
        columns: [
            "recording",
            "length",
            "candidate strides",
            "empty",
            "issues",
        ]
        .map(str::to_owned)
        .into(),
        rows,
        note: None,
    }
}
