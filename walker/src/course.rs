//! Where the feet land: step lengths, turns, stairs, and steps that shorten and quicken.

use gait::recording::Side;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::activity::TurnPlan;
use crate::maths::{cos, sin};
use crate::pattern::GaitPattern;
use crate::person::side_sign;
use crate::random::{Purpose, StreamKey, normal};
use crate::steps::side_of;

/// Stride-to-stride variation of step lengths around their mean [A].
const STEP_LENGTH_CV: f64 = 0.025;
/// Most that one step turns, degrees: strides turn by up to twice this [A].
const TURN_PER_STEP_DEG: f64 = 17.5;
/// Steps in turns are this much shorter, the inner foot stands this much longer [A].
const TURN_LENGTH: f64 = 0.85;
const INSIDE_STANCE: f64 = 1.05;
/// Distance of each foot from the line of walking, m [A].
const HALF_STEP_WIDTH_M: f64 = 0.05;
/// Festination: steps in a run, change of length and of cadence from step to step, mean steps between runs at full
/// severity [A].
const FESTINATION_STEPS: std::ops::RangeInclusive<usize> = 8..=15;
const FESTINATION_LENGTH: f64 = 0.98;
const FESTINATION_CADENCE: f64 = 1.03;
const FESTINATION_INTERVAL: f64 = 60.0;

/// Where a foot stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Print {
    /// Forward at the beginning of the bout, m.
    pub x_m: f64,
    /// To the left at the beginning of the bout, m.
    pub y_m: f64,
    /// Up, m.
    pub z_m: f64,
    /// Heading, radians, positive to the left.
    pub heading_rad: f64,
}

/// What is special about one step: from a contact to the next of the other foot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct StepNote {
    /// Factor on its time.
    pub(crate) time: f64,
    /// Its length, m.
    pub(crate) length_m: f64,
    /// Change of heading, degrees.
    pub(crate) turn_deg: f64,
    /// Factor on the stance share of the foot whose contact begins it.
    pub(crate) stance: f64,
    /// Number of the turn it belongs to.
    pub(crate) turn: Option<usize>,
    /// Number of the run of festination it belongs to.
    pub(crate) festination: Option<usize>,
}

/// What decides the course of a bout.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CourseRequest<'a> {
    pub(crate) pattern: &'a GaitPattern,
    pub(crate) turns: &'a [TurnPlan],
    /// 0 to 1.
    pub(crate) festination: f64,
    /// Foot that swings first.
    pub(crate) first: Side,
    pub(crate) key: StreamKey,
    pub(crate) index: u64,
}

/// `count` steps; step 0 begins with the contact that carries the first swing.
pub(crate) fn course(request: &CourseRequest<'_>, count: usize) -> Vec<StepNote> {
    let mut lengths = request.key.rng(Purpose::StepLengths, request.index);
    let mean_m = request.pattern.step_length_m();
    let fixed = request.pattern.numbers().tread_m.is_some();
    let mut notes: Vec<StepNote> = (0..count)
        .map(|_| {
            let varied = 1.0 + STEP_LENGTH_CV * normal(&mut lengths).clamp(-3.0, 3.0);
            StepNote {
                time: 1.0,
                length_m: if fixed { mean_m } else { mean_m * varied },
                turn_deg: 0.0,
                stance: 1.0,
                turn: None,
                festination: None,
            }
        })
        .collect();
    for (number, turn) in request.turns.iter().enumerate() {
        lay_turn(request, number, turn, &mut notes);
    }
    if request.festination > 0.0 {
        let mut rng = request.key.rng(Purpose::Festination, request.index);
        festinate(request.festination, &mut rng, &mut notes);
    }
    notes
}

fn lay_turn(request: &CourseRequest<'_>, number: usize, turn: &TurnPlan, notes: &mut [StepNote]) {
    let steps = ((turn.angle_deg.abs() / TURN_PER_STEP_DEG).ceil() as usize).max(1);
    let from = (turn.at_s / request.pattern.steps.step_time_s).round() as usize;
    let inside = if turn.angle_deg > 0.0 {
        Side::Left
    } else {
        Side::Right
    };
    // A turn is walked whole: one planned too near the end is walked as late as it fits.
    let from = from.min(notes.len().saturating_sub(steps + 2));
    for (k, note) in notes.iter_mut().enumerate().skip(from).take(steps) {
        note.turn_deg += turn.angle_deg / steps as f64;
        note.turn = Some(number);
        note.length_m *= TURN_LENGTH;
        if side_of(request.first.other(), k) == inside {
            note.stance = INSIDE_STANCE;
        }
    }
}

fn festinate(severity: f64, rng: &mut ChaCha8Rng, notes: &mut [StepNote]) {
    let (mut left, mut run) = (0, 0);
    let (mut length, mut time) = (1.0, 1.0);
    for note in notes {
        if left == 0 {
            (length, time) = (1.0, 1.0);
            if rng.random::<f64>() < severity / FESTINATION_INTERVAL {
                left = rng.random_range(FESTINATION_STEPS);
                run += 1;
            }
        }
        if left > 0 {
            length *= FESTINATION_LENGTH;
            time /= FESTINATION_CADENCE;
            note.length_m *= length;
            note.time *= time;
            note.festination = Some(run - 1);
            left -= 1;
        }
    }
}

/// Where the feet stand: `[0]` the foot that carries the first swing, `[k + 1]` the contact that ends step `k`, the last
/// entry the closing foot beside the one before it. Also the place the first swing foot leaves.
pub(crate) fn prints(
    pattern: &GaitPattern,
    first: Side,
    notes: &[StepNote],
) -> (Print, Vec<Print>) {
    let mut middle = Print::default();
    let support = first.other();
    let mut prints = vec![beside(&middle, support)];
    let rise_m = pattern.numbers().rise_m;
    let last = notes.len().saturating_sub(1);
    for (k, note) in notes.iter().enumerate() {
        if k < last {
            middle.heading_rad += note.turn_deg.to_radians();
            middle.x_m += note.length_m * cos(middle.heading_rad);
            middle.y_m += note.length_m * sin(middle.heading_rad);
            middle.z_m += rise_m;
        }
        prints.push(beside(&middle, side_of(support, k + 1)));
    }
    (beside(&Print::default(), first), prints)
}

/// The place of a foot beside the line of walking.
fn beside(middle: &Print, side: Side) -> Print {
    let out_m = side_sign(side) * HALF_STEP_WIDTH_M;
    Print {
        x_m: middle.x_m - out_m * sin(middle.heading_rad),
        y_m: middle.y_m + out_m * cos(middle.heading_rad),
        ..*middle
    }
}
