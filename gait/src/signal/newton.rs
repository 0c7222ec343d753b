//! Insoles that report newtons: zero level and body weight are taken from the walk itself, because insole newtons are
//! not to be trusted (gaitpdb: total force is 0.8 to 2 times body weight).

use super::sum;
use crate::events::Footfalls;
use crate::stats::quantile;

/// Share of samples below the first guess of the zero level.
const FIRST_ZERO_QUANTILE: f64 = 0.01;
/// A first zero above this share of the 95th percentile is load, not offset.
const FIRST_ZERO_MOST: f64 = 0.25;
/// Zero level: 5th percentile of the force in swing (docs/GAIT.md, preprocessing).
const SWING_ZERO_QUANTILE: f64 = 0.05;
/// Samples left out at both ends of a swing, s: the foot is not yet or no longer clear.
const SWING_MARGIN_S: f64 = 0.05;
/// Swings longer than this are rest, s.
const SWING_MOST_S: f64 = 1.5;
/// Zero level above this share of body weight is not an offset.
const ZERO_MOST_BW: f64 = 0.25;

/// Share of the largest total force (99.9th percentile) below which nobody stands on the insoles.
const LOADED_SHARE: f64 = 0.2;
/// Least body weight assumed, N: noise of empty insoles must not pass for walking.
const LEAST_BODY_WEIGHT: f64 = 100.0;

/// Values that a quantile of a recording is told from, at equal distances: the level it starts from need not be finer.
const SAMPLED_VALUES: usize = 65_536;

/// A body weight to start from, before any gait cycle is known: the 75th percentile of the total force while loaded.
pub(crate) fn nominal_body_weight(force: [&[f64]; 2], zero: &[f64; 2]) -> BodyWeight {
    let ([left, right], [zl, zr]) = (force, zero);
    let mut total: Vec<f64> = sampled(left)
        .zip(sampled(right))
        .map(|(l, r)| l - zl + r - zr)
        .collect();
    let largest = quantile(&mut total, 0.999).unwrap_or(0.0);
    total.retain(|t| *t > LOADED_SHARE * largest);
    BodyWeight(
        quantile(&mut total, 0.75)
            .unwrap_or(0.0)
            .max(LEAST_BODY_WEIGHT),
    )
}

fn sampled(values: &[f64]) -> impl Iterator<Item = f64> {
    let step = values.len().div_ceil(SAMPLED_VALUES).max(1);
    values.iter().copied().step_by(step)
}

/// Mean total force over whole gait cycles, in the insole's own newtons. By the impulse-momentum theorem the mean
/// vertical force over a periodic cycle is the weight carried.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct BodyWeight(pub(crate) f64);

/// A zero level to start from, before any swing is known.
pub(crate) fn first_zero(force: &[f64]) -> f64 {
    let mut values: Vec<f64> = sampled(force).collect();
    let high = quantile(&mut values, 0.95).unwrap_or(0.0);
    let low = quantile(&mut values, FIRST_ZERO_QUANTILE).unwrap_or(0.0);
    if low <= FIRST_ZERO_MOST * high {
        low
    } else {
        quantile(&mut values, 0.0)
            .unwrap_or(0.0)
            .min(FIRST_ZERO_MOST * high)
    }
}

/// The zero level from the swings between stances; `None` without a swing, or when it is too large to be an offset.
pub(crate) fn swing_zero(
    force: &[f64],
    footfalls: &Footfalls,
    sampling_hz: f64,
    body_weight: BodyWeight,
) -> Option<f64> {
    let margin = SWING_MARGIN_S * sampling_hz;
    let swings = || {
        let cycles = footfalls.cycles();
        let short = cycles
            .filter(|(stance, next)| next - stance.toe_off <= SWING_MOST_S * sampling_hz)
            .map(|(stance, next)| {
                let from = (stance.toe_off + margin).ceil() as usize;
                from..(next - margin).floor().max(0.0) as usize
            });
        short.filter_map(|range| force.get(range))
    };
    let samples: usize = swings().map(<[f64]>::len).sum();
    let step = samples.div_ceil(SAMPLED_VALUES).max(1);
    let mut swing: Vec<f64> = swings()
        .flat_map(|s| s.iter().step_by(step))
        .copied()
        .collect();
    quantile(&mut swing, SWING_ZERO_QUANTILE)
        .filter(|zero| zero.abs() <= ZERO_MOST_BW * body_weight.0)
}

/// Body weight over whole cycles, given as ranges of samples.
pub(crate) fn body_weight(
    force: [&[f64]; 2],
    zero: &[f64; 2],
    cycles: impl Iterator<Item = (f64, f64)>,
) -> Option<BodyWeight> {
    let ([left, right], [zl, zr]) = (force, zero);
    let (mut total, mut count) = (0.0, 0usize);
    for (from, to) in cycles {
        let (from, to) = (from.round().max(0.0) as usize, to.round().max(0.0) as usize);
        if let (Some(l), Some(r)) = (left.get(from..to), right.get(from..to)) {
            total += sum(l) + sum(r);
            count += l.len();
        }
    }
    let mean = total / count.max(1) as f64 - zl - zr;
    (count > 0 && mean.is_finite() && mean > 0.0).then_some(BodyWeight(mean))
}

/// Load in body weights.
pub(crate) fn scaled(force: &[f64], zero: f64, body_weight: BodyWeight) -> Vec<f64> {
    force.iter().map(|f| (f - zero) / body_weight.0).collect()
}
