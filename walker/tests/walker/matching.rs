//! Matching of found events to those that happened, one to one.

use gait::Analysis;
use gait::recording::{Side, StepMarkKind};
use walker::Walk;
use walker::truth::{EventPhase, Truth};

/// Tolerance of event matching, s.
pub(crate) const TOLERANCE_S: f64 = 0.050;

/// Event times of valid strides: contacts or toe-offs of one foot.
fn found(analysis: &Analysis, side: Side, kind: StepMarkKind) -> Vec<f64> {
    let strides = analysis
        .strides
        .iter()
        .filter(|stride| stride.foot == side && stride.is_valid());
    let mut times: Vec<f64> = strides
        .flat_map(|stride| match kind {
            StepMarkKind::InitialContact => vec![stride.start_s, stride.end_s],
            StepMarkKind::ToeOff => vec![stride.toe_off_s],
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times.dedup_by(|a, b| (*a - *b).abs() < 1e-9);
    times
}

/// Events of walking, which must be found; those of initiation and termination may be.
fn happened(truth: &Truth, side: Side, kind: StepMarkKind, walking_only: bool) -> Vec<f64> {
    let events = truth
        .events
        .iter()
        .filter(|event| event.side == side && event.kind == kind);
    events
        .filter(|event| !walking_only || event.phase == EventPhase::Walking)
        .map(|event| event.threshold_time_s)
        .collect()
}

/// One-to-one matching in time order: for each wanted time the nearest unused one within the tolerance.
fn matched(wanted: &[f64], given: &[f64]) -> Vec<f64> {
    let mut errors = Vec::new();
    let mut next = 0;
    for &time in wanted {
        while next < given.len() && given[next] < time - TOLERANCE_S {
            next += 1;
        }
        if next < given.len() && given[next] <= time + TOLERANCE_S {
            errors.push(given[next] - time);
            next += 1;
        }
    }
    errors
}

#[derive(Default)]
pub(crate) struct Matching {
    pub(crate) wanted: usize,
    pub(crate) hit: usize,
    given: usize,
    true_given: usize,
    errors: Vec<f64>,
}

impl Matching {
    pub(crate) fn add(
        &mut self,
        walk: &Walk,
        analysis: &Analysis,
        kind: StepMarkKind,
        strides: Strides,
    ) {
        for side in Side::BOTH {
            let given = found(analysis, side, kind);
            let wanted = wanted(&walk.truth, side, kind, strides);
            let errors = matched(&wanted, &given);
            self.wanted += wanted.len();
            self.hit += errors.len();
            self.given += given.len();
            self.true_given += matched(&given, &happened(&walk.truth, side, kind, false)).len();
            self.errors.extend(errors);
        }
    }

    pub(crate) fn recall(&self) -> f64 {
        self.hit as f64 / self.wanted as f64
    }

    pub(crate) fn precision(&self) -> f64 {
        self.true_given as f64 / self.given as f64
    }

    /// Mean and 95th percentile of the absolute error, ms.
    pub(crate) fn error_ms(&self) -> (f64, f64) {
        let mut sizes: Vec<f64> = self
            .errors
            .iter()
            .map(|error| 1000.0 * error.abs())
            .collect();
        sizes.sort_by(f64::total_cmp);
        let mean = sizes.iter().sum::<f64>() / sizes.len() as f64;
        (mean, sizes[sizes.len() * 95 / 100])
    }
}

/// Whose events are wanted.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Strides {
    /// Every stride of walking.
    All,
    /// Strides whose closing contact is followed by a toe-off before the recording ends.
    Completed,
}

/// Walking events within strides: a toe-off before a foot's first contact of a bout belongs to none.
fn wanted(truth: &Truth, side: Side, kind: StepMarkKind, strides: Strides) -> Vec<f64> {
    let last_toe_off = happened(truth, side, StepMarkKind::ToeOff, false)
        .into_iter()
        .fold(0.0, f64::max);
    let kept = |end_s: f64| strides == Strides::All || end_s < last_toe_off;
    let own = || {
        truth
            .strides
            .iter()
            .filter(|stride| stride.side == side && kept(stride.threshold.end_s))
    };
    let inside = |time: f64| {
        own().any(|stride| stride.threshold.start_s <= time && time <= stride.threshold.end_s)
    };
    happened(truth, side, kind, true)
        .into_iter()
        .filter(|time| inside(*time))
        .collect()
}
