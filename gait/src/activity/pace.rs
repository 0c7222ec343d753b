//! Which strides are running or stairs, and the stretches of time they and walking fill.

use super::{ActivityClass, Epoch};
use crate::bouts::Bout;
use crate::recording::Side;
use crate::strides::{Exclusion, Stride};

/// Stance share of a stride below which both feet may be in the air, percent.
const FLIGHT_STANCE_PCT: f64 = 50.0;
/// Fewest strides (both feet together) of running, as of a walking bout.
const LEAST_STRIDES: usize = 4;
/// Share of the strides around that must have a flight (docs/GAIT.md, activity).
const FLIGHT_SHARE: f64 = 0.8;
/// Strides before and after that are looked at.
const NEIGHBOURS: usize = 4;
/// Longest time between two strides of one stretch, s, as of a walking bout.
const MAX_BREAK_S: f64 = 3.0;
/// Change of height of one stride on stairs, m: more than half of two 0.15 m risers; level walking reads 0.05 (SD) at
/// 1.1 m/s, 0.13 at 1.9 m/s.
const STAIR_GAIN_M: f64 = 0.16;
/// Strides of one foot in a row that must all gain or all lose height (A): six steps.
const STAIR_STRIDES: usize = 3;
/// Nobody climbs faster, m/s along the ground: the height of fast level strides is noise.
const STAIR_SPEED_M_PER_S: f64 = 1.2;

/// Marks strides of running: a flight in nearly all strides around, so that one light step of a walk is none.
/// `strides` are ordered by start.
pub(crate) fn mark_running(strides: &mut [Stride]) {
    let flight: Vec<bool> = strides.iter().map(has_flight).collect();
    let share = |from: usize, to: usize, least: f64| {
        let part = flight.get(from..to.min(flight.len())).unwrap_or_default();
        let flights = part.iter().filter(|f| **f).count();
        flights >= LEAST_STRIDES && flights as f64 >= least * part.len() as f64
    };
    // Running begins and ends between strides that are none, so its first and last strides are told by its inside.
    let running: Vec<bool> = flight
        .iter()
        .enumerate()
        .map(|(k, flies)| {
            let inside = share(
                k.saturating_sub(NEIGHBOURS),
                k + NEIGHBOURS + 1,
                FLIGHT_SHARE,
            );
            let first = share(k, k + LEAST_STRIDES, 1.0);
            let last = share((k + 1).saturating_sub(LEAST_STRIDES), k + 1, 1.0);
            inside || (*flies && (first || last))
        })
        .collect();
    for (stride, running) in strides.iter_mut().zip(running) {
        if running {
            stride.invalidate(Exclusion::Running);
        }
    }
}

/// The feet were never loaded together and this one was loaded for less than half the time.
fn has_flight(stride: &Stride) -> bool {
    stride.is_valid()
        && stride.stance_pct() < FLIGHT_STANCE_PCT
        && stride.double_support_s.is_some_and(|s| s <= 0.0)
}

/// Marks strides on stairs: several of one foot in a row that all climb or all descend.
pub(crate) fn mark_stairs(strides: &mut [Stride]) {
    for side in Side::BOTH {
        let mut run: Vec<&mut Stride> = Vec::new();
        let mut up = None;
        for stride in strides.iter_mut().filter(|s| s.foot == side) {
            let direction = climbing(stride);
            if direction.is_none() || direction != up {
                close(&mut run);
                up = direction;
            }
            if direction.is_some() {
                run.push(stride);
            }
        }
        close(&mut run);
    }
}

/// Whether a stride goes up (`true`) or down; `None` when it stays level or cannot tell.
fn climbing(stride: &Stride) -> Option<bool> {
    let motion = stride.motion.filter(|_| stride.is_valid())?;
    let stairs =
        motion.height_gain_m.abs() >= STAIR_GAIN_M && motion.speed_m_per_s <= STAIR_SPEED_M_PER_S;
    stairs.then_some(motion.height_gain_m > 0.0)
}

fn close(run: &mut Vec<&mut Stride>) {
    let stairs = run.len() >= STAIR_STRIDES;
    for stride in run.drain(..).filter(|_| stairs) {
        stride.reason.get_or_insert(Exclusion::Stairs);
    }
}

/// Stretches of running, stairs and walking, in the order in which they take precedence.
pub(super) fn stretches(strides: &[Stride], bouts: &[Bout]) -> Vec<Epoch> {
    let mut all = stretch(strides, Exclusion::Running, ActivityClass::Running);
    all.extend(stretch(strides, Exclusion::Stairs, ActivityClass::Stairs));
    all.extend(bouts.iter().map(|b| Epoch {
        class: ActivityClass::Walking,
        start_s: b.start_s,
        end_s: b.end_s,
    }));
    all
}

fn stretch(strides: &[Stride], reason: Exclusion, class: ActivityClass) -> Vec<Epoch> {
    let mut found: Vec<Epoch> = Vec::new();
    for stride in strides.iter().filter(|s| s.reason == Some(reason)) {
        match found.last_mut() {
            Some(last) if stride.start_s - last.end_s <= MAX_BREAK_S => {
                last.end_s = last.end_s.max(stride.end_s);
            }
            _ => found.push(Epoch {
                class,
                start_s: stride.start_s,
                end_s: stride.end_s,
            }),
        }
    }
    found
}
