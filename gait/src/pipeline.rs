//! The one way from a recording to results: [`analyze`] for a recording, [`assess`] for an uploaded summary.

use std::collections::BTreeMap;

use crate::assessment::{Assessment, assess_measured};
use crate::bouts::{self, Bout};
use crate::detect::{Detection, detect};
use crate::events::Footfalls;
use crate::force;
use crate::issue::{Issue, IssueCode};
use crate::metrics::MIN_STRIDES_VARIABILITY;
use crate::metrics::collect::{Collected, collect};
use crate::metrics::derive::{self, Derived};
use crate::metrics::flags::Conditions;
use crate::metrics::series::{Series, gather};
use crate::moments::Moments;
use crate::observation::Observation;
use crate::recording::{ForceUnit, Format, Recording, Side, StepMark, StepMarkKind};
use crate::score::Score;
use crate::strides::{self, Exclusion, Feet, Stride};
use crate::summary::{FootCounts, FootMoments, Gathered, SessionSummary, Thresholds};

/// Version of the event detection and formulas; only results of equal versions compare.
pub const ENGINE_VERSION: &str = concat!("gait-", env!("CARGO_PKG_VERSION"));

/// How a recording is analysed. The defaults are the ones the reference values were computed with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Contact thresholds for calibrated force, fractions of body weight.
    pub calibrated: Thresholds,
    /// Contact thresholds for uncalibrated force, fractions of the local amplitude.
    pub relative: Thresholds,
    /// Seconds at the start whose strides are not used (gait initiation, set-up).
    pub trim_start_s: f64,
    /// Seconds at the end whose strides are not used.
    pub trim_end_s: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            calibrated: Thresholds {
                on_bw: 0.08,
                off_bw: 0.05,
                fc_bw: 0.05,
            },
            relative: Thresholds {
                on_bw: 0.30,
                off_bw: 0.20,
                fc_bw: 0.03,
            },
            trim_start_s: 0.0,
            trim_end_s: 0.0,
        }
    }
}

/// Everything found in a recording. Every intermediate is kept so that each number can be traced.
#[derive(Clone, Debug, PartialEq)]
pub struct Analysis {
    /// Name of the recording.
    pub recording: String,
    /// Its format.
    pub format: Format,
    /// [`ENGINE_VERSION`].
    pub engine_version: String,
    /// Version of the reference values.
    pub norms_version: String,
    /// Samples per second.
    pub sampling_hz: f64,
    /// Length, s.
    pub duration_s: f64,
    /// Meaning of the force.
    pub force_unit: ForceUnit,
    /// Contact thresholds used.
    pub thresholds: Thresholds,
    /// Mean total force over whole cycles, N; absent when uncalibrated or without gait.
    pub body_weight_force: Option<f64>,
    /// Missing samples, percent, left and right.
    pub missing_pct: [f64; 2],
    /// Longest run of missing samples, s.
    pub longest_gap_s: f64,
    /// What the reader and the analysis noticed.
    pub issues: Vec<Issue>,
    /// Initial contacts.
    pub steps: FootCounts,
    /// Every initial contact and toe-off found, both feet, by time.
    pub events: Vec<StepMark>,
    /// Walking bouts.
    pub bouts: Vec<Bout>,
    /// All candidate strides, each used or left out with a reason, by start.
    pub strides: Vec<Stride>,
    /// Moments per metric and foot over the strides used.
    pub metrics: BTreeMap<String, FootMoments>,
    /// Moments of pair quantities.
    pub pairs: BTreeMap<String, Moments>,
    /// What is no moment: bout classes, histograms, cycle counts, long memory.
    pub series: Series,
    /// The sums behind them, for the summary.
    pub(crate) sums: Collected,
    /// Observations, strongest first.
    pub observations: Vec<Observation>,
    /// The score or why there is none.
    pub score: Score,
}

impl Analysis {
    /// The session metrics, each a value or the reason for its absence.
    #[must_use]
    pub fn session_metrics(&self) -> BTreeMap<&'static str, Derived> {
        derive::session_metrics(self.measured())
    }
}

impl Analysis {
    /// The same session with other strides or bouts: metrics, score and observations are judged anew. For callers that
    /// leave strides out by knowledge of their own.
    #[must_use]
    pub fn with_strides(self, strides: Vec<Stride>, bouts: Vec<Bout>) -> Self {
        let sums = collect(&strides, &bouts);
        let gathered = gather(&sums, &strides, &bouts, self.series.conditions);
        let judged = Gathered::of(&sums, &gathered.series);
        let assessment = assess_measured(judged.measured(), self.force_unit, &self.thresholds);
        Self {
            strides,
            bouts,
            metrics: gathered.metrics,
            pairs: gathered.pairs,
            series: gathered.series,
            sums,
            observations: assessment.observations,
            score: assessment.score,
            ..self
        }
    }
}

/// Analyses a recording. Never fails: what cannot be told is absent, and an issue says why.
#[must_use]
pub fn analyze(recording: &Recording, options: &Options) -> Analysis {
    let hz = recording.sampling_hz;
    let usable = recording.samples() > 0 && (10.0..=10_000.0).contains(&hz);
    let mut issues = recording.issues.clone();
    if !usable {
        issues.push(Issue::new(
            IssueCode::Empty,
            "needs samples and a sampling rate of 10 to 10000 Hz",
        ));
        return finish(recording, options, issues, None);
    }
    let detection = detect(recording, options);
    issues.extend(detection.issues.iter().cloned());
    finish(recording, options, issues, Some(detection))
}

/// Score and observations of an uploaded summary: the same judgement that [`analyze`] gives its own moments.
#[must_use]
pub fn assess(summary: &SessionSummary) -> Assessment {
    let gathered = summary.gathered();
    assess_measured(
        gathered.measured(),
        summary.quality.force_unit,
        &summary.thresholds,
    )
}

fn finish(
    recording: &Recording,
    options: &Options,
    mut issues: Vec<Issue>,
    detection: Option<Detection>,
) -> Analysis {
    let (strides, bouts) = detection
        .as_ref()
        .map(|d| build_strides(d, recording, options))
        .unwrap_or_default();
    let conditions = Conditions {
        force_unit: recording.force_unit,
        ..Conditions::default()
    };
    let sums = collect(&strides, &bouts);
    let gathered = gather(&sums, &strides, &bouts, conditions);
    let thresholds = detection
        .as_ref()
        .map_or(options.calibrated, |d| d.thresholds);
    let judged = Gathered::of(&sums, &gathered.series);
    let assessment = assess_measured(judged.measured(), recording.force_unit, &thresholds);
    issues.extend(detection.as_ref().and_then(silent_foot));
    add_issues(&mut issues, &bouts, &strides, recording.duration_s());
    let [left, right] = detection
        .as_ref()
        .map_or([0, 0], |d| d.footfalls.each_ref().map(|f| f.count() as u64));
    let events = detection
        .as_ref()
        .map(|d| events(d, recording.sampling_hz))
        .unwrap_or_default();
    let (missing_pct, longest_gap_s) = missing(detection.as_ref(), recording);
    Analysis {
        recording: recording.name.clone(),
        format: recording.format,
        engine_version: assessment.engine_version,
        norms_version: assessment.norms_version,
        sampling_hz: recording.sampling_hz,
        duration_s: recording.duration_s(),
        force_unit: recording.force_unit,
        thresholds,
        body_weight_force: detection.and_then(|d| d.body_weight_force),
        missing_pct,
        longest_gap_s,
        issues,
        steps: FootCounts { left, right },
        events,
        bouts,
        strides,
        metrics: gathered.metrics,
        pairs: gathered.pairs,
        series: gathered.series,
        sums,
        observations: assessment.observations,
        score: assessment.score,
    }
}

fn events(detection: &Detection, sampling_hz: f64) -> Vec<StepMark> {
    let mark = |side, kind, sample: f64| StepMark {
        side,
        kind,
        time_s: sample / sampling_hz,
    };
    let feet = Side::BOTH.into_iter().zip(&detection.footfalls);
    let mut events: Vec<StepMark> = feet
        .flat_map(|(side, footfalls)| footfalls.contacts().map(move |c| (side, c)))
        .flat_map(|(side, (contact, toe_off))| {
            let contact = mark(side, StepMarkKind::InitialContact, contact);
            let toe_off = toe_off.map(|t| mark(side, StepMarkKind::ToeOff, t));
            std::iter::once(contact).chain(toe_off)
        })
        .collect();
    events.sort_by(|a, b| a.time_s.total_cmp(&b.time_s));
    events
}

fn build_strides(
    detection: &Detection,
    recording: &Recording,
    options: &Options,
) -> (Vec<Stride>, Vec<Bout>) {
    let feet = Feet {
        footfalls: &detection.footfalls,
        missing: detection.missing.each_ref().map(Vec::as_slice),
        sampling_hz: recording.sampling_hz,
    };
    let mut strides = feet.strides();
    if recording.force_unit == ForceUnit::Newton {
        add_curves(&mut strides, detection, recording.sampling_hz);
    }
    let bouts = bouts::find(&mut strides);
    let latest_s = recording.duration_s() - options.trim_end_s;
    for stride in strides
        .iter_mut()
        .filter(|s| s.start_s < options.trim_start_s || s.end_s > latest_s)
    {
        stride.reason.get_or_insert(Exclusion::Trimmed);
    }
    strides::mark_outliers(&mut strides);
    (strides, bouts)
}

/// Force peaks of each stride's stance: the k-th stride of a foot begins with its k-th stance.
fn add_curves(strides: &mut [Stride], detection: &Detection, sampling_hz: f64) {
    for ((side, footfalls), load) in Side::BOTH
        .into_iter()
        .zip(&detection.footfalls)
        .zip(&detection.load)
    {
        let of_side = strides.iter_mut().filter(|s| s.foot == side);
        for (stride, stance) in of_side.zip(&footfalls.stances) {
            stride.force = force::curve(load, stance, sampling_hz);
        }
    }
}

/// A foot without any contact while the other walks: a dead or unworn insole.
fn silent_foot(detection: &Detection) -> Option<Issue> {
    let [left, right] = detection.footfalls.each_ref().map(Footfalls::count);
    let side = match (left, right) {
        (0, n) if n > 1 => Side::Left,
        (n, 0) if n > 1 => Side::Right,
        _ => return None,
    };
    let known = detection
        .issues
        .iter()
        .any(|i| i.code == IssueCode::NoSignal && i.side == Some(side));
    (!known).then(|| {
        Issue::new(
            IssueCode::NoSignal,
            "no contact of this foot was seen while the other walks",
        )
        .on(side)
    })
}

fn add_issues(issues: &mut Vec<Issue>, bouts: &[Bout], strides: &[Stride], duration_s: f64) {
    for pair in bouts.windows(2) {
        if let [before, after] = pair {
            let detail = format!("no walking for {:.1} s", after.start_s - before.end_s);
            issues.push(Issue::new(IssueCode::Pause, detail).between(before.end_s, after.start_s));
        }
    }
    if bouts.is_empty() && duration_s > 0.0 {
        issues.push(Issue::new(
            IssueCode::NoGait,
            "no walking bout of at least four strides was found",
        ));
    }
    let used = |side| {
        strides
            .iter()
            .filter(|s| s.foot == side && s.is_used())
            .count() as u64
    };
    let (left, right) = (used(Side::Left), used(Side::Right));
    if left.min(right) < MIN_STRIDES_VARIABILITY {
        let detail = format!(
            "{left} left and {right} right strides are usable; variability and the score need {MIN_STRIDES_VARIABILITY} each"
        );
        issues.push(Issue::new(IssueCode::TooFewStrides, detail));
    }
}

fn missing(detection: Option<&Detection>, recording: &Recording) -> ([f64; 2], f64) {
    let Some(detection) = detection else {
        return ([0.0; 2], 0.0);
    };
    let samples = recording.samples().max(1) as f64;
    let pct = detection.missing.each_ref().map(|gaps| {
        100.0 * gaps.iter().map(ExactSizeIterator::len).sum::<usize>() as f64 / samples
    });
    let longest = detection
        .missing
        .iter()
        .flatten()
        .map(ExactSizeIterator::len)
        .max()
        .unwrap_or(0);
    (pct, longest as f64 / recording.sampling_hz)
}
