//! From the contacts of both feet to strides, turns and bouts, on one clock.

use crate::activity;
use crate::bouts::{self, Bout};
use crate::detect::Detection;
use crate::events::Footfalls;
use crate::issue::{Issue, IssueCode};
use crate::metrics::MIN_STRIDES_VARIABILITY;
use crate::motion::{self, Stillness, Turn};
use crate::pipeline::Options;
use crate::recording::{ForceUnit, Recording, Side, StepMark, StepMarkKind};
use crate::signal::clock::ClockFit;
use crate::strides::{self, Exclusion, Feet, Stride};
use crate::underfoot::{self, Underfoot};

/// What was walked. Events, strides, turns and bouts are on the left foot's clock.
#[derive(Default)]
pub(crate) struct Walk {
    pub(crate) clock: Option<ClockFit>,
    /// Every initial contact and toe-off, by time.
    pub(crate) events: Vec<StepMark>,
    pub(crate) strides: Vec<Stride>,
    pub(crate) bouts: Vec<Bout>,
    /// `None` when no foot can tell.
    pub(crate) turns: Option<Vec<Turn>>,
    pub(crate) stillness: [Option<Stillness>; 2],
    pub(crate) underfoot: Underfoot,
    pub(crate) issues: Vec<Issue>,
}

impl Walk {
    /// Strides are built, measured and judged, in this order: what a stride is by itself (gaps, pauses, force), what the
    /// insoles tell of it (curve, pressure, motion, turns), what its neighbours say (bouts, ends, outliers).
    pub(crate) fn of(detection: &Detection, recording: &Recording, options: &Options) -> Self {
        let hz = recording.sampling_hz;
        let mut issues = Vec::new();
        let clock = clock(recording, &mut issues);
        let footfalls = on_one_clock(detection, clock.as_ref(), hz);
        let mut strides = strides(detection, &footfalls, clock.as_ref(), hz);
        let underfoot = match recording.force_unit {
            ForceUnit::Newton => underfoot::measure(&mut strides, detection, recording),
            ForceUnit::Uncalibrated => Underfoot::default(),
        };
        activity::mark_running(&mut strides);
        let motion = motion::measure(&mut strides, detection, recording);
        activity::mark_stairs(&mut strides);
        let bouts = bouts::find(&mut strides);
        trim(&mut strides, recording.duration_s(), options);
        strides::mark_outliers(&mut strides, options.cleaning);
        issues.extend(underfoot.issues.iter().chain(&motion.issues).cloned());
        issues.extend(silent_foot(detection));
        issues.extend(pauses(&bouts));
        issues.extend(no_gait(&bouts));
        issues.extend(too_few(&strides));
        Self {
            clock,
            events: events(&footfalls, hz),
            strides,
            bouts,
            turns: motion.turns,
            stillness: motion.stillness,
            underfoot,
            issues,
        }
    }
}

/// The clocks of both feet; an issue when arrivals are there and do not tell.
fn clock(recording: &Recording, issues: &mut Vec<Issue>) -> Option<ClockFit> {
    let (left, right) = (&recording.left.arrivals, &recording.right.arrivals);
    let fit = ClockFit::of(left, right, recording.samples(), recording.sampling_hz);
    if fit.is_none() && !(left.is_empty() && right.is_empty()) {
        let detail = "the arrival times do not tell how the clocks of the feet stand to each other";
        issues.push(Issue::new(IssueCode::ClocksUntold, detail));
    }
    fit
}

/// The contacts of both feet on the left foot's clock.
fn on_one_clock(
    detection: &Detection,
    clock: Option<&ClockFit>,
    sampling_hz: f64,
) -> [Footfalls; 2] {
    let [left, right] = &detection.footfalls;
    let right = clock.map_or_else(
        || right.clone(),
        |clock| clock.footfalls_on_left(right, sampling_hz),
    );
    [left.clone(), right]
}

/// Strides judged by themselves; the k-th stride of a foot begins with its k-th stance.
fn strides(
    detection: &Detection,
    footfalls: &[Footfalls; 2],
    clock: Option<&ClockFit>,
    sampling_hz: f64,
) -> Vec<Stride> {
    let [left, right] = &detection.missing;
    let moved = clock.map(|clock| clock.missing_on_left(right, sampling_hz));
    let feet = Feet {
        footfalls,
        missing: [left, moved.as_deref().unwrap_or(right)],
        sampling_hz,
    };
    feet.strides()
}

fn trim(strides: &mut [Stride], duration_s: f64, options: &Options) {
    let latest_s = duration_s - options.trim_end_s;
    for stride in strides
        .iter_mut()
        .filter(|s| s.start_s < options.trim_start_s || s.end_s > latest_s)
    {
        stride.reason.get_or_insert(Exclusion::Trimmed);
    }
}

fn events(footfalls: &[Footfalls; 2], sampling_hz: f64) -> Vec<StepMark> {
    let mark = |side, kind, sample: f64| StepMark {
        side,
        kind,
        time_s: sample / sampling_hz,
    };
    let feet = Side::BOTH.into_iter().zip(footfalls);
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

fn pauses(bouts: &[Bout]) -> impl Iterator<Item = Issue> {
    bouts
        .iter()
        .zip(bouts.iter().skip(1))
        .map(|(before, after)| {
            let detail = format!("no walking for {:.1} s", after.start_s - before.end_s);
            Issue::new(IssueCode::Pause, detail).between(before.end_s, after.start_s)
        })
}

pub(crate) fn no_gait(bouts: &[Bout]) -> Option<Issue> {
    let detail = "no walking bout of at least four strides was found";
    bouts
        .is_empty()
        .then(|| Issue::new(IssueCode::NoGait, detail))
}

pub(crate) fn too_few(strides: &[Stride]) -> Option<Issue> {
    let [left, right] = Side::BOTH.map(|side| {
        let used = strides.iter().filter(|s| s.foot == side && s.is_used());
        used.count() as u64
    });
    (left.min(right) < MIN_STRIDES_VARIABILITY).then(|| {
        let detail = format!(
            "{left} left and {right} right strides are usable; variability and the score need {MIN_STRIDES_VARIABILITY} each"
        );
        Issue::new(IssueCode::TooFewStrides, detail)
    })
}
