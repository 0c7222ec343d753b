//! Uncalibrated channels: zero, gain and sign are unknown, differ between the feet and drift. Load is then the position
//! between the local swing level and the local stance level, both followed by rolling quantiles.

use crate::recording::Side;
use crate::stats::quantile;

/// Half width of the window, s: at least two strides of slow walking on each side.
const HALF_WINDOW_S: f64 = 3.0;
/// Distance between windows, s.
const HOP_S: f64 = 0.25;
/// Swing takes 20 to 45 % of walking, stance the rest: these quantiles lie inside them.
const SWING_QUANTILE: f64 = 0.10;
const STANCE_QUANTILE: f64 = 0.90;
/// A window whose amplitude is below this share of the recording's own amplitude holds no walking: its levels are not
/// used, those of its neighbours are carried across (a standing foot stays loaded).
const WALKING_AMPLITUDE: f64 = 0.35;
/// The recording's own amplitude: 75th percentile over its windows.
const AMPLITUDE_QUANTILE: f64 = 0.75;

/// Local swing level and amplitude.
#[derive(Clone, Copy)]
struct Levels {
    zero: f64,
    amplitude: f64,
}

/// Load as a fraction of the local amplitude, and how far the zero level drifted (as a share of the amplitude).
pub(crate) struct Relative {
    pub(crate) load: Vec<f64>,
    pub(crate) drift: f64,
}

/// Load of one foot; `None` when the channel does not vary.
pub(crate) fn relative(force: &[f64], sampling_hz: f64) -> Option<Relative> {
    let hop = ((HOP_S * sampling_hz).round() as usize).max(1);
    let half = ((HALF_WINDOW_S * sampling_hz).round() as usize).max(1);
    let levels: Vec<Levels> = (0..force.len().div_ceil(hop))
        .map(|k| window(force, k * hop + hop / 2, half))
        .collect();
    let mut amplitudes: Vec<f64> = levels.iter().map(|l| l.amplitude).collect();
    let reference = quantile(&mut amplitudes, AMPLITUDE_QUANTILE).filter(|a| *a > 0.0)?;
    let carried = carry(&levels, WALKING_AMPLITUDE * reference);
    let (low, high) = carried
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), l| {
            (low.min(l.zero), high.max(l.zero))
        });
    let load = force.iter().enumerate().map(|(i, f)| {
        let Levels { zero, amplitude } = between(&carried, i, hop);
        (f - zero) / amplitude
    });
    Some(Relative {
        load: load.collect(),
        drift: (high - low) / reference,
    })
}

fn window(force: &[f64], centre: usize, half: usize) -> Levels {
    let (from, to) = (
        centre.saturating_sub(half),
        (centre + half).min(force.len()),
    );
    let mut values = force.get(from..to).unwrap_or_default().to_vec();
    let stance = quantile(&mut values, STANCE_QUANTILE).unwrap_or(0.0);
    let zero = quantile(&mut values, SWING_QUANTILE).unwrap_or(0.0);
    Levels {
        zero,
        amplitude: stance - zero,
    }
}

/// Replaces the levels of windows without walking by a straight line between the nearest windows with walking.
fn carry(levels: &[Levels], least: f64) -> Vec<Levels> {
    let mut next_good: Vec<Option<(usize, Levels)>> = vec![None; levels.len()];
    let mut next = None;
    for (k, (slot, level)) in next_good.iter_mut().zip(levels).enumerate().rev() {
        if level.amplitude >= least {
            next = Some((k, *level));
        }
        *slot = next;
    }
    let mut last: Option<(usize, Levels)> = None;
    levels
        .iter()
        .zip(&next_good)
        .enumerate()
        .map(|(k, (level, next))| {
            if level.amplitude >= least {
                last = Some((k, *level));
                return *level;
            }
            match (last, *next) {
                (Some((a, from)), Some((b, to))) => mix(from, to, (k - a) as f64 / (b - a) as f64),
                (Some((_, one)), None) | (None, Some((_, one))) => one,
                (None, None) => Levels {
                    zero: level.zero,
                    amplitude: level.amplitude.max(least),
                },
            }
        })
        .collect()
}

fn mix(a: Levels, b: Levels, share: f64) -> Levels {
    let line = |a: f64, b: f64| a + (b - a) * share;
    Levels {
        zero: line(a.zero, b.zero),
        amplitude: line(a.amplitude, b.amplitude),
    }
}

fn between(levels: &[Levels], sample: usize, hop: usize) -> Levels {
    let position = (sample as f64 / hop as f64 - 0.5).max(0.0);
    let k = position.floor() as usize;
    match (levels.get(k), levels.get(k + 1)) {
        (Some(a), Some(b)) => mix(*a, *b, position - k as f64),
        _ => levels.last().copied().unwrap_or(Levels {
            zero: 0.0,
            amplitude: 1.0,
        }),
    }
}

/// +1 when load raises the reading, -1 when it lowers it, for each foot.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct FootSigns {
    pub(crate) left: f64,
    pub(crate) right: f64,
}

impl FootSigns {
    pub(crate) const fn of(self, side: Side) -> f64 {
        match side {
            Side::Left => self.left,
            Side::Right => self.right,
        }
    }
}

/// Correlation of the feet beyond which they are said to move together or against each other.
const PARITY_CORRELATION: f64 = 0.2;
/// Least slope told apart from a constant, share of the amplitude per 40 ms.
const FLAT_SLOPE: f64 = 1e-3;
/// Both channels are turned over only on strong evidence, because nearly all are upright: stance flatter than swing by
/// this much (sum of both log ratios) ...
const BOTH_FLATTER: f64 = -1.0;
/// ... and both feet together loaded for at most this many cycles per cycle.
const BOTH_DUTY: f64 = 1.1;
/// Weight of the loaded time against the log ratio of slopes when one foot must be chosen.
const DUTY_WEIGHT: f64 = 4.0;

/// The sign of each channel, told by walking itself. The feet load in turn, so upright channels move against each
/// other: if they move together, one is inverted, namely the one whose "stance" is flatter than its "swing". If they
/// move against each other, both are upright unless everything speaks against it.
pub(crate) fn signs(left: &[f64], right: &[f64], sampling_hz: f64) -> FootSigns {
    let reach = ((0.02 * sampling_hz).round() as usize).max(1);
    let (l, r) = (Shape::of(left, reach), Shape::of(right, reach));
    let together = correlation(left, right);
    let upright = FootSigns {
        left: 1.0,
        right: 1.0,
    };
    if together > PARITY_CORRELATION {
        return if l.evidence() < r.evidence() {
            FootSigns {
                left: -1.0,
                ..upright
            }
        } else {
            FootSigns {
                right: -1.0,
                ..upright
            }
        };
    }
    let flatter = l.upright + r.upright < BOTH_FLATTER;
    if together < -PARITY_CORRELATION && flatter && l.duty + r.duty < BOTH_DUTY {
        return FootSigns {
            left: -1.0,
            right: -1.0,
        };
    }
    upright
}

struct Shape {
    /// Share of samples above half load.
    duty: f64,
    /// Log ratio of the typical slope above half load to that below: stance is uneven, swing is flat. Constant
    /// stretches (a railed converter) tell nothing and are left out.
    upright: f64,
}

impl Shape {
    /// Positive when the channel looks upright.
    fn evidence(&self) -> f64 {
        DUTY_WEIGHT.mul_add(self.duty - 0.5, self.upright)
    }

    fn of(load: &[f64], reach: usize) -> Self {
        let (mut high, mut low) = (Vec::new(), Vec::new());
        for window in load.windows(2 * reach + 1).step_by(reach) {
            if let (Some(a), Some(b)) = (window.first(), window.last()) {
                let slope = (b - a).abs();
                if slope < FLAT_SLOPE {
                    continue;
                }
                if window.iter().all(|v| *v > 0.5) {
                    high.push(slope);
                } else if window.iter().all(|v| *v <= 0.5) {
                    low.push(slope);
                }
            }
        }
        let duty = load.iter().filter(|v| **v > 0.5).count() as f64 / load.len().max(1) as f64;
        let slope = |values: &mut Vec<f64>| quantile(values, 0.5).unwrap_or(FLAT_SLOPE);
        Self {
            duty,
            upright: (slope(&mut high) / slope(&mut low)).ln(),
        }
    }
}

/// Correlation of the feet's loaded/unloaded state.
fn correlation(left: &[f64], right: &[f64]) -> f64 {
    let sign = |v: f64| if v > 0.5 { 1.0 } else { -1.0 };
    let (mut product, mut l, mut r) = (0.0, 0.0, 0.0);
    for (a, b) in left.iter().zip(right) {
        let (a, b) = (sign(*a), sign(*b));
        product += a * b;
        l += a;
        r += b;
    }
    let n = left.len().min(right.len()).max(1) as f64;
    let (l, r) = (l / n, r / n);
    let spread = ((1.0 - l * l) * (1.0 - r * r)).sqrt();
    if spread > 0.0 {
        (product / n - l * r) / spread
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;

    /// Stance 0.65 s with a dent, swing 0.35 s flat.
    fn walk(phase: f64, n: usize) -> Vec<f64> {
        (0..n)
            .map(|i| {
                let t = (i as f64 / 100.0 + phase) % 1.0;
                if t < 0.65 {
                    1.0 - 0.3 * (std::f64::consts::PI * t / 0.65).sin()
                } else {
                    0.0
                }
            })
            .collect()
    }

    #[test]
    fn signs_follow_each_inversion() {
        let (l, r) = (walk(0.0, 3000), walk(0.5, 3000));
        let flip = |x: &[f64]| -> Vec<f64> { x.iter().map(|v| 1.0 - v).collect() };
        let told = |l: &[f64], r: &[f64]| {
            let s = signs(l, r, 100.0);
            (s.left, s.right)
        };
        assert_eq!(told(&l, &r), (1.0, 1.0));
        assert_eq!(told(&flip(&l), &r), (-1.0, 1.0));
        assert_eq!(told(&l, &flip(&r)), (1.0, -1.0));
        assert_eq!(told(&flip(&l), &flip(&r)), (-1.0, -1.0));
    }

    #[test]
    fn a_drifting_zero_is_followed_and_reported() {
        let drifting: Vec<f64> = walk(0.0, 6000)
            .iter()
            .enumerate()
            .map(|(i, v)| 700.0 * v + i as f64 / 10.0)
            .collect();
        let found = relative(&drifting, 100.0).unwrap();
        assert!(found.drift > 0.5 && found.drift < 1.5, "{}", found.drift);
        let swing_at_end = found.load.get(5980).copied().unwrap();
        assert!(swing_at_end.abs() < 0.2, "{swing_at_end}");
    }

    #[test]
    fn a_pause_keeps_the_levels_of_the_walk() {
        let mut x = walk(0.0, 2000);
        x.extend(vec![0.8; 2000]);
        x.extend(walk(0.0, 2000));
        let load = relative(&x, 100.0).unwrap().load;
        assert!(load[2100..3900].iter().all(|v| *v > 0.5));
    }

    #[test]
    fn constant_and_empty_channels_have_no_load() {
        assert!(relative(&[5.0; 1000], 100.0).is_none());
        assert!(relative(&[], 100.0).is_none());
    }
}
