//! Exponential tilting: the shares nearest to given ones whose centre lies at a wanted point.

use crate::maths::{exp, hypot, ln};

/// Newton's steps are cut to this length in units of one over the layout's size.
const MAX_NEWTON_STEP: f64 = 10.0;
const NEWTON_TOLERANCE: f64 = 1e-13;
const MAX_NEWTON_STEPS: usize = 60;
const DUAL_ROUNDING: f64 = 1e-14;
const MAX_HALVINGS: usize = 30;

/// A point on the insole in layout units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Towards the toes.
    pub x: f64,
    /// Towards the big toe.
    pub y: f64,
}

/// Values scaled to sum to 1.
pub(crate) fn normalised(mut shares: Vec<f64>) -> Vec<f64> {
    let sum: f64 = shares.iter().sum();
    shares.iter_mut().for_each(|share| *share /= sum);
    shares
}

/// Centre of the shares.
pub(crate) fn centre(shares: &[f64], positions: &[Point]) -> Point {
    let sum: f64 = shares.iter().sum();
    let (x, y) = shares
        .iter()
        .zip(positions)
        .fold((0.0, 0.0), |(x, y), (share, at)| {
            (x + share * at.x, y + share * at.y)
        });
    Point {
        x: x / sum,
        y: y / sum,
    }
}

/// Shares proportional to `base exp(lambda . r)` whose centre is `target`: the distribution nearest to `base` in relative
/// entropy. Newton's method on the convex dual, 2 unknowns; a target outside the sensors' hull is approached only.
pub(crate) fn tilt(base: &[f64], positions: &[Point], target: Point) -> Vec<f64> {
    let size = positions
        .iter()
        .fold(0.0f64, |size, at| size.max(at.x.abs()).max(at.y.abs()));
    let arms: Vec<Point> = positions
        .iter()
        .map(|at| Point {
            x: (at.x - target.x) / size,
            y: (at.y - target.y) / size,
        })
        .collect();
    let mut lambda = Point { x: 0.0, y: 0.0 };
    let (mut shares, mut height) = tilted(base, &arms, lambda);
    for _ in 0..MAX_NEWTON_STEPS {
        let mean = centre(&shares, &arms);
        if hypot(mean.x, mean.y) < NEWTON_TOLERANCE {
            break;
        }
        let step = newton_step(&shares, &arms, mean);
        let mut length = (MAX_NEWTON_STEP / hypot(step.x, step.y)).min(1.0);
        // Halve until the dual falls; near the minimum rounding may let it stand still.
        for _ in 0..MAX_HALVINGS {
            let next = Point {
                x: lambda.x - length * step.x,
                y: lambda.y - length * step.y,
            };
            let (next_shares, next_height) = tilted(base, &arms, next);
            if next_height <= height + DUAL_ROUNDING {
                (lambda, shares, height) = (next, next_shares, next_height);
                break;
            }
            length *= 0.5;
        }
    }
    shares
}

/// Tilted shares and the dual function `ln(sum base exp(lambda . arm))`.
fn tilted(base: &[f64], arms: &[Point], lambda: Point) -> (Vec<f64>, f64) {
    let exponents: Vec<f64> = arms
        .iter()
        .map(|arm| lambda.x * arm.x + lambda.y * arm.y)
        .collect();
    let highest = exponents.iter().copied().fold(f64::MIN, f64::max);
    let shares: Vec<f64> = base
        .iter()
        .zip(exponents)
        .map(|(share, exponent)| share * exp(exponent - highest))
        .collect();
    let height = highest + ln(shares.iter().sum::<f64>());
    (normalised(shares), height)
}

/// Solves covariance * step = mean; a trace of the diagonal keeps it solvable when one sensor carries nearly all.
fn newton_step(shares: &[f64], arms: &[Point], mean: Point) -> Point {
    let (mut xx, mut xy, mut yy) = (1e-15, 0.0, 1e-15);
    for (share, arm) in shares.iter().zip(arms) {
        let (dx, dy) = (arm.x - mean.x, arm.y - mean.y);
        xx += share * dx * dx;
        xy += share * dx * dy;
        yy += share * dy * dy;
    }
    let determinant = xx * yy - xy * xy;
    Point {
        x: (yy * mean.x - xy * mean.y) / determinant,
        y: (xx * mean.y - xy * mean.x) / determinant,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn tilting_reaches_any_target_inside_the_sensors(
            weights in proptest::collection::vec(0.05..1.0f64, 16),
            mix in proptest::collection::vec(0.05..1.0f64, 16),
        ) {
            let layout = gait::layout::by_id("moticon-16").unwrap();
            let positions: Vec<Point> = layout.sensors.iter().map(|s| Point { x: s.x, y: s.y }).collect();
            let target = centre(&mix, &positions);
            let shares = tilt(&weights, &positions, target);
            let reached = centre(&shares, &positions);
            prop_assert!((reached.x - target.x).hypot(reached.y - target.y) < 1e-10);
            prop_assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
    }
}
