//! The one way from a recording to results: [`analyze`] for a recording, [`assess`] for an uploaded summary.

use crate::activity::{self, Activity, Evidence};
use crate::analysis::Analysis;
use crate::assessment::{Assessment, Session, assess_session};
use crate::detect::{Detection, detect};
use crate::drift;
use crate::issue::{Issue, IssueCode};
use crate::metrics::collect::collect;
use crate::metrics::derive::{self, Measured};
use crate::metrics::flags::Conditions;
use crate::metrics::series::gather;
use crate::motion::{self, EstimateAbsent, SpatialEstimate, WalkRatio};
use crate::recording::{Recording, Side};
use crate::signal::health::FaultKind;
use crate::standing::{self, Standing, StandingAbsent};
use crate::strides::{Cleaning, Stride};
use crate::summary::{FootCounts, Gathered, SessionSummary, Thresholds, convert, make};
use crate::underfoot;
use crate::walk::{self, Walk};

/// Version of the event detection and formulas; only results of equal versions compare.
pub const ENGINE_VERSION: &str = concat!("gait-", env!("CARGO_PKG_VERSION"));

/// How a recording is analysed. The defaults are the ones the reference values were computed with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Options {
    /// Contact thresholds for calibrated force, fractions of body weight.
    pub calibrated: Thresholds,
    /// Contact thresholds for uncalibrated force, fractions of the local amplitude.
    pub relative: Thresholds,
    /// Mean total force of walking in the insole's own newtons, known from earlier; used where nobody walks, and to begin
    /// with elsewhere.
    pub body_weight_force: Option<f64>,
    /// One absolute contact level, N, in place of the fractions of body weight: contact is force above it, no zero level
    /// is taken off and phases under 0.1 s are merged, as published protocols do (Frenkel-Toledo 2005). Newtons only.
    pub contact_level_n: Option<f64>,
    /// How strides that stand out are left out.
    pub cleaning: Cleaning,
    /// Seconds at the start whose strides are not used (gait initiation, set-up).
    pub trim_start_s: f64,
    /// Seconds at the end whose strides are not used.
    pub trim_end_s: f64,
    /// Step length over cadence, for recordings without inertial sensors.
    pub walk_ratio: WalkRatio,
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
            body_weight_force: None,
            contact_level_n: None,
            cleaning: Cleaning::Neighbourhood,
            trim_start_s: 0.0,
            trim_end_s: 0.0,
            walk_ratio: WalkRatio::POPULATION,
        }
    }
}

/// Analyses a recording. Never fails: what cannot be told is absent, and an issue says why.
#[must_use]
pub fn analyze(recording: &Recording, options: &Options) -> Analysis {
    let hz = recording.sampling_hz;
    let usable = recording.samples() > 0 && (10.0..=10_000.0).contains(&hz);
    if usable {
        let detection = detect(recording, options);
        let walk = Walk::of(&detection, recording, options);
        finish(recording, options, Some(&detection), walk)
    } else {
        let mut nothing = Walk::default();
        let detail = "needs samples and a sampling rate of 10 to 10000 Hz";
        nothing.issues.push(Issue::new(IssueCode::Empty, detail));
        nothing.issues.extend(walk::too_few(&[]));
        finish(recording, options, None, nothing)
    }
}

/// Score and observations of an uploaded summary: the same judgement that [`analyze`] gives its own moments.
#[must_use]
pub fn assess(summary: &SessionSummary) -> Assessment {
    let gathered = summary.gathered();
    let layout_id = &summary.device.layout_id;
    assess_session(&Session {
        measured: gathered.measured(),
        force_unit: summary.quality.force_unit,
        thresholds: &summary.thresholds,
        layout_id,
        pressure: summary.pressure.as_ref(),
        drifts: &convert::drifts(&summary.drift, layout_id),
        longest_standing_s: summary
            .exposure
            .as_ref()
            .map(|e| f64::from(e.longest_standing_s)),
    })
}

/// `detection` is absent for a recording that cannot be analysed.
fn finish(
    recording: &Recording,
    options: &Options,
    detection: Option<&Detection>,
    walk: Walk,
) -> Analysis {
    let conditions = conditions(recording, &walk);
    let sums = collect(&walk.strides, &walk.bouts);
    let gathered = gather(&sums, &walk.strides, &walk.bouts, conditions);
    let thresholds = detection.map_or(options.calibrated, |d| d.thresholds);
    // Judged by the numbers that the summary will carry, so that an upload is judged alike.
    let judged = Gathered::of(&sums, &gathered.series);
    let measured = judged.measured();
    let spatial_estimate = spatial_estimate(&walk.strides, measured, options);
    let drift = drift::within_session(
        &walk.strides,
        &walk.bouts,
        drift::Session {
            creep_corrected: walk.underfoot.creep_pct.is_some(),
            layout_id: recording.layout_id.as_deref().unwrap_or("none"),
        },
    );
    let (activity, standing) = still(recording, detection, &walk);
    let [left, right] =
        detection.map_or([0, 0], |d| d.footfalls.each_ref().map(|f| f.count() as u64));
    let pressure = make::pressure(&walk.strides);
    let assessment = assess_session(&Session {
        measured,
        force_unit: recording.force_unit,
        thresholds: &thresholds,
        layout_id: recording.layout_id.as_deref().unwrap_or("none"),
        pressure: pressure.as_ref(),
        drifts: &drift,
        longest_standing_s: Some(activity.exposure.longest_standing_s),
    });
    let (missing_pct, longest_gap_s) = missing(detection, recording);
    let found = detection.map_or(&[][..], |d| &d.issues);
    let issues = recording.issues.iter().chain(found).cloned();
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
        clock: walk.clock,
        creep_pct: walk.underfoot.creep_pct,
        sensor_faults: walk.underfoot.faults,
        pressure: Side::BOTH.map(|side| underfoot::pressure(&walk.strides, side)),
        issues: issues.chain(walk.issues).collect(),
        steps: FootCounts { left, right },
        events: walk.events,
        bouts: walk.bouts,
        strides: walk.strides,
        turns: walk.turns,
        spatial_estimate,
        activity,
        standing,
        drift,
        metrics: gathered.metrics,
        pairs: gathered.pairs,
        series: gathered.series,
        sums,
        drawn: pressure,
        observations: assessment.observations,
        load_balance: assessment.load_balance,
        layout_id: recording.layout_id.clone(),
        score: assessment.score,
    }
}

fn conditions(recording: &Recording, walk: &Walk) -> Conditions {
    let faults = walk.underfoot.faults.iter().flatten();
    Conditions {
        force_unit: recording.force_unit,
        sync_ms: walk.clock.as_ref().map(|clock| clock.sync_ms),
        imputed: faults.filter(|f| f.kind != FaultKind::Saturated).count() > 0,
    }
}

/// What was done when, and how the person stood.
fn still(
    recording: &Recording,
    detection: Option<&Detection>,
    walk: &Walk,
) -> (Activity, Result<Standing, StandingAbsent>) {
    let Some(detection) = detection else {
        return (Activity::default(), Err(StandingAbsent::NoStanding));
    };
    let activity = activity::classify(&Evidence {
        recording,
        detection,
        stillness: &walk.stillness,
        strides: &walk.strides,
        bouts: &walk.bouts,
        events: &walk.events,
    });
    let standing = standing::measure(recording, detection, &activity);
    (activity, standing)
}

/// Length and speed by the walk ratio, unless strides were measured.
fn spatial_estimate(
    strides: &[Stride],
    measured: Measured<'_>,
    options: &Options,
) -> Result<SpatialEstimate, EstimateAbsent> {
    if strides.iter().any(|s| s.motion.is_some()) {
        return Err(EstimateAbsent::Measured);
    }
    let cadence = derive::session_metrics(measured)
        .remove("cadence_steps_per_min")
        .and_then(Result::ok);
    motion::walk_ratio::estimate(cadence, options.walk_ratio)
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
