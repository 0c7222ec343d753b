//! Uncalibrated channels: zero, gain and sign are unknown, differ between the feet and drift. Load is then the position
//! between the local swing level and the local stance level, both followed by rolling quantiles.

use crate::stats::quantile;

/// Half width of the window, s: at least two strides of slow walking on each side.
const HALF_WINDOW_S: f64 = 3.0;
/// Distance between windows, s.
const HOP_S: f64 = 0.25;
/// Values a window is told from, at equal distances: its quantiles do not need more. 400 in 6 s are more than six in a
/// period of mains hum or of none.
const WINDOW_VALUES: usize = 400;
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

/// Load as a fraction of the local amplitude.
pub(crate) struct Relative {
    pub(crate) load: Vec<f64>,
    /// How far the zero level drifted, as a share of the amplitude.
    pub(crate) drift: f64,
    /// How far the level of stance drifted, which is the zero level of the channel turned over.
    stance_drift: f64,
}

impl Relative {
    /// The load of the same channel with its sign reversed: the levels change places.
    pub(crate) fn turned(mut self) -> Self {
        self.load.iter_mut().for_each(|v| *v = 1.0 - *v);
        std::mem::swap(&mut self.drift, &mut self.stance_drift);
        self
    }
}

/// Load of one foot; `None` when the channel does not vary.
pub(crate) fn relative(force: &[f64], sampling_hz: f64) -> Option<Relative> {
    let hop = ((HOP_S * sampling_hz).round() as usize).max(1);
    let half = ((HALF_WINDOW_S * sampling_hz).round() as usize).max(1);
    let mut values = Vec::with_capacity(2 * half);
    let levels: Vec<Levels> = (0..force.len().div_ceil(hop))
        .map(|k| window(force, k * hop + hop / 2, half, &mut values))
        .collect();
    let mut amplitudes: Vec<f64> = levels.iter().map(|l| l.amplitude).collect();
    let reference = quantile(&mut amplitudes, AMPLITUDE_QUANTILE).filter(|a| *a > 0.0)?;
    let carried = carry(&levels, WALKING_AMPLITUDE * reference);
    let drift = |level: fn(&Levels) -> f64| {
        let range = carried
            .iter()
            .map(level)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
                (low.min(v), high.max(v))
            });
        (range.1 - range.0) / reference
    };
    let load = force.iter().enumerate().map(|(i, f)| {
        let Levels { zero, amplitude } = between(&carried, i, hop);
        (f - zero) / amplitude
    });
    Some(Relative {
        load: load.collect(),
        drift: drift(|l| l.zero),
        stance_drift: drift(|l| l.zero + l.amplitude),
    })
}

fn window(force: &[f64], centre: usize, half: usize, values: &mut Vec<f64>) -> Levels {
    let (from, to) = (
        centre.saturating_sub(half),
        (centre + half).min(force.len()),
    );
    let step = (2 * half).div_ceil(WINDOW_VALUES).max(1);
    values.clear();
    values.extend(force.get(from..to).unwrap_or_default().iter().step_by(step));
    let stance = quantile(values, STANCE_QUANTILE).unwrap_or(0.0);
    let zero = quantile(values, SWING_QUANTILE).unwrap_or(0.0);
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
    fn a_channel_turned_over_is_the_load_of_its_mirror_image() {
        let upright = walk(0.0, 3000);
        let inverted: Vec<f64> = upright.iter().map(|v| 40.0 - 7.0 * v).collect();
        let (a, b) = (
            relative(&upright, 100.0).unwrap(),
            relative(&inverted, 100.0).unwrap().turned(),
        );
        assert!((a.drift - b.drift).abs() < 1e-9);
        assert!(
            a.load
                .iter()
                .zip(&b.load)
                .all(|(a, b)| (a - b).abs() < 1e-9)
        );
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
