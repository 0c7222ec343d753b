//! The foot's way through space, from the inertial sensors of the insole: stride length, speed, heading, clearance; and
//! what follows from it: turns, stepping on the spot, loads that come without a swing.

mod foot;
mod integrate;
mod lanes;
mod midstance;
mod rotation;
mod segment;
mod stillness;
mod turns;
pub mod walk_ratio;

use std::ops::RangeInclusive;

use serde::Serialize;

pub use turns::Turn;
pub use walk_ratio::{EstimateAbsent, SpatialEstimate, WalkRatio};

pub(crate) use stillness::{Stillness, block_size};

use crate::detect::Detection;
use crate::issue::{Issue, IssueCode};
use crate::recording::{Recording, Side};
use crate::strides::{Exclusion, Stride};
use foot::{FootMotion, StrideFindings};
use turns::{Heading, TURN_STRIDE_DEG};

/// Credible stride length, m (Mobilise-D thresholds, docs/GAIT.md, motion).
const STRIDE_LENGTH_M: RangeInclusive<f64> = 0.15..=2.19;
/// Contacts after which a working gyroscope has turned.
const STEPPING: usize = 4;
/// Rotation that proves a swing, degrees per second about y: the toes rise (docs/GAIT.md, motion).
const SWING_DPS: f64 = -100.0;

/// What the inertial sensors tell of one stride, between two moments at which the foot stands still.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct StrideMotion {
    /// Distance covered by the foot on the ground, m.
    pub stride_length_m: f64,
    /// Stride length over stride time, m/s.
    pub speed_m_per_s: f64,
    /// Change of heading over the stride, degrees, positive to the left.
    pub yaw_deg: f64,
    /// Rise of the ground from one stance to the next, m; stairs, never a measure of slope.
    pub height_gain_m: f64,
    /// Highest rise of the insole above the ground during swing, m: the whole insole, not the toes.
    pub clearance_m: f64,
    /// Pitch of the insole at the initial contact that ends the stride, degrees, toes up positive, against its own
    /// posture in the stance that follows.
    pub contact_pitch_deg: f64,
}

/// What motion adds to an analysis.
pub(crate) struct Findings {
    /// Turns by start; `None` when no foot can tell.
    pub(crate) turns: Option<Vec<Turn>>,
    /// Stillness per foot, for the activity classes.
    pub(crate) stillness: [Option<Stillness>; 2],
    pub(crate) issues: Vec<Issue>,
}

/// Gives every stride its motion and marks those that are turns, near one, on the spot or without a swing. `strides`
/// are ordered by start; the k-th stride of a foot begins with its k-th stance.
pub(crate) fn measure(
    strides: &mut [Stride],
    detection: &Detection,
    recording: &Recording,
) -> Findings {
    let mut findings = Findings {
        turns: None,
        stillness: [None, None],
        issues: Vec::new(),
    };
    let mut of_feet = [Vec::new(), Vec::new()];
    let feet = Side::BOTH.into_iter().zip(&detection.footfalls);
    let slots = findings.stillness.iter_mut().zip(&mut of_feet);
    for (((side, footfalls), missing), (stillness, turns)) in
        feet.zip(&detection.missing).zip(slots)
    {
        let Some(foot) = FootMotion::of(recording.foot(side), missing, recording.sampling_hz)
        else {
            continue;
        };
        if !foot.works() && footfalls.count() >= STEPPING {
            let detail = "the gyroscope does not turn; inertial data of this foot are not used";
            findings
                .issues
                .push(Issue::new(IssueCode::MotionImplausible, detail).on(side));
            continue;
        }
        let found = foot.strides(footfalls);
        findings
            .issues
            .extend(judge(strides, side, &found).map(|issue| issue.on(side)));
        *turns = mark_turning(strides, side, &found);
        *stillness = Some(foot.stillness);
        findings.turns = Some(Vec::new());
    }
    mark_near_turns(strides);
    let [left, right] = of_feet;
    findings.turns = findings.turns.map(|_| turns::together(left, right));
    findings
}

/// The strides of one foot with what was found of each.
fn with<'a>(
    strides: &'a mut [Stride],
    side: Side,
    found: &'a [StrideFindings],
) -> impl Iterator<Item = (&'a mut Stride, &'a StrideFindings)> {
    strides
        .iter_mut()
        .filter(move |s| s.foot == side)
        .zip(found)
}

/// Motion of each stride, and the strides that are none.
fn judge(strides: &mut [Stride], side: Side, found: &[StrideFindings]) -> Option<Issue> {
    let mut implausible = 0;
    for (stride, found) in with(strides, side, found) {
        // Who shuffles or climbs may turn the foot less: then the way it made proves the swing.
        let advanced = found
            .path
            .is_some_and(|p| STRIDE_LENGTH_M.contains(&p.length_m));
        if !advanced && found.swing_dps.is_some_and(|least| least > SWING_DPS) {
            stride.invalidate(Exclusion::NoSwingRotation);
        }
        let Some(path) = found.path else { continue };
        if STRIDE_LENGTH_M.contains(&path.length_m) {
            stride.motion = Some(StrideMotion {
                stride_length_m: path.length_m,
                speed_m_per_s: path.length_m / stride.stride_time_s(),
                yaw_deg: path.yaw_deg,
                height_gain_m: path.height_gain_m,
                clearance_m: path.clearance_m,
                contact_pitch_deg: path.contact_pitch_deg,
            });
        } else if path.length_m > *STRIDE_LENGTH_M.end() {
            implausible += usize::from(stride.is_valid());
        } else if path.yaw_deg.abs() < TURN_STRIDE_DEG {
            stride.invalidate(Exclusion::OnTheSpot);
        }
    }
    (implausible > 0).then(|| {
        let detail = format!(
            "{implausible} strides longer than {} m by the inertial sensors; they have no length",
            STRIDE_LENGTH_M.end()
        );
        Issue::new(IssueCode::ImplausibleStrideLength, detail)
    })
}

/// Marks the strides of one foot that turn and gives the turns they make.
fn mark_turning(strides: &mut [Stride], side: Side, found: &[StrideFindings]) -> Vec<Turn> {
    let headings: Vec<Heading> = with(strides, side, found)
        .map(|(stride, found)| Heading {
            start_s: stride.start_s,
            end_s: stride.end_s,
            yaw_deg: found.path.map(|p| p.yaw_deg),
        })
        .collect();
    let turns = turns::of_foot(&headings);
    let mut of_turns = turns.iter().peekable();
    for (stride, found) in with(strides, side, found) {
        while of_turns.next_if(|t| t.end_s <= stride.start_s).is_some() {}
        let within = of_turns.peek().is_some_and(|t| t.start_s <= stride.start_s);
        let by_itself = found
            .path
            .is_some_and(|p| p.yaw_deg.abs() >= TURN_STRIDE_DEG);
        if within || by_itself {
            stride.reason.get_or_insert(Exclusion::Turn);
        }
    }
    turns
}

/// Strides of either foot within one stride of a turning one: what lies within half its time before or after it.
fn mark_near_turns(strides: &mut [Stride]) {
    let turning = strides
        .iter()
        .filter(|s| s.reason == Some(Exclusion::Turn))
        .map(|s| (s.start_s, s.end_s, 0.5 * s.stride_time_s()));
    let mut near: Vec<(f64, f64)> = turning.map(|(a, b, m)| (a - m, b + m)).collect();
    near.sort_by(|a, b| a.0.total_cmp(&b.0));
    near.dedup_by(|next, kept| {
        let same = next.0 <= kept.1;
        if same {
            kept.1 = kept.1.max(next.1);
        }
        same
    });
    for stride in strides.iter_mut() {
        let after = near.partition_point(|(_, end)| *end <= stride.start_s);
        if near
            .get(after)
            .is_some_and(|(from, _)| *from < stride.end_s)
        {
            stride.reason.get_or_insert(Exclusion::NearTurn);
        }
    }
}
