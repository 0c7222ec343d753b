//! Uncalibrated channels: which way up they are, told by walking itself.
//!
//! The feet load in turn, so upright channels move against each other; if they move together, one is inverted. Whether
//! a channel or both are inverted is told by what is true of every walk: one foot at least is on the ground, stance lasts
//! longer than swing, a heel strike is more abrupt than a toe-off, and load varies in stance while a swinging foot reads
//! its zero. No single sign decides; each is a logarithm of a ratio that changes its sign with the channel, and they add.

use crate::recording::Side;
use crate::stats::quantile;

/// Correlation of the feet beyond which they move together.
const TOGETHER: f64 = 0.2;
/// Evidence below which both channels are turned over. Nearly all are upright, so more than none is asked for. The 20
/// gaitndd records here give 1.3 to 4.9 upright, and the negative of it inverted (D).
const BOTH_INVERTED: f64 = -0.5;
/// Weight of the loaded time beyond a half when one foot must be chosen.
const DUTY_WEIGHT: f64 = 4.0;
/// Weight of the spread of the levels, and its bound: a railed channel has none.
const SPREAD_WEIGHT: f64 = 0.5;
const SPREAD_MOST: f64 = 1.0;
/// Bound of the evidence of both feet loaded against both unloaded, and the smallest share of time it tells apart.
const GROUND_MOST: f64 = 2.0;
const LEAST_SHARE: f64 = 1e-3;
/// Least difference of levels told apart, amplitudes.
const LEAST_SPREAD: f64 = 0.01;
/// A rise or fall is measured between the means of two neighbouring windows of this length, s: a period of mains hum.
const ABRUPT_S: f64 = 0.020;
/// Length of the stretches that are looked at, s: one stride or more.
const BLOCK_S: f64 = 2.0;
/// Range of load within a stretch below which a foot does not walk, amplitudes: a pause or a dead channel tells nothing.
const WALKING_RANGE: f64 = 0.6;
/// Values the spread is told from, at equal distances.
const SPREAD_VALUES: usize = 20_000;

/// Whether each foot's channel is inverted (load lowers the reading).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Inverted {
    pub(crate) left: bool,
    pub(crate) right: bool,
}

impl Inverted {
    pub(crate) const fn of(self, side: Side) -> bool {
        match side {
            Side::Left => self.left,
            Side::Right => self.right,
        }
    }
}

/// Which channels are inverted, from the relative load as if they were upright.
pub(crate) fn inverted(left: &[f64], right: &[f64], sampling_hz: f64) -> Inverted {
    let block = ((BLOCK_S * sampling_hz).round() as usize).max(1);
    let (left, right) = walking(left, right, block);
    let feet = Feet::of(&left, &right);
    let correlation = feet.correlation();
    let shape = |load: &[f64]| Shape::of(load, block, sampling_hz);
    let (l, r) = (shape(&left), shape(&right));
    if correlation > TOGETHER {
        let left = l.single(feet.left) < r.single(feet.right);
        Inverted { left, right: !left }
    } else {
        let both =
            correlation < -TOGETHER && feet.on_the_ground() + l.pair() + r.pair() < BOTH_INVERTED;
        Inverted {
            left: both,
            right: both,
        }
    }
}

/// The stretches in which both feet walk, one after the other.
fn walking(left: &[f64], right: &[f64], block: usize) -> (Vec<f64>, Vec<f64>) {
    let walks = |load: &[f64]| {
        let (low, high) = load
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| {
                (low.min(*v), high.max(*v))
            });
        high - low >= WALKING_RANGE
    };
    let pairs = left.chunks_exact(block).zip(right.chunks_exact(block));
    let (mut l, mut r) = (Vec::new(), Vec::new());
    for (left, right) in pairs.filter(|(left, right)| walks(left) && walks(right)) {
        l.extend_from_slice(left);
        r.extend_from_slice(right);
    }
    (l, r)
}

/// Shares of time: each foot loaded, both, neither.
struct Feet {
    left: f64,
    right: f64,
    both: f64,
    neither: f64,
}

impl Feet {
    fn of(left: &[f64], right: &[f64]) -> Self {
        let (mut l, mut r, mut both) = (0_usize, 0_usize, 0_usize);
        for (a, b) in left.iter().zip(right) {
            let (a, b) = (*a > 0.5, *b > 0.5);
            l += usize::from(a);
            r += usize::from(b);
            both += usize::from(a && b);
        }
        let n = left.len().min(right.len()).max(1) as f64;
        let share = |count: usize| count as f64 / n;
        Self {
            left: share(l),
            right: share(r),
            both: share(both),
            neither: 1.0 - share(l) - share(r) + share(both),
        }
    }

    /// Correlation of the loaded states of the feet.
    fn correlation(&self) -> f64 {
        let spread = self.left * (1.0 - self.left) * self.right * (1.0 - self.right);
        if spread > 0.0 {
            (self.both - self.left * self.right) / spread.sqrt()
        } else {
            0.0
        }
    }

    /// Walking has double support and no flight.
    fn on_the_ground(&self) -> f64 {
        (self.both.max(LEAST_SHARE) / self.neither.max(LEAST_SHARE))
            .ln()
            .clamp(-GROUND_MOST, GROUND_MOST)
    }
}

/// What the form of one channel says; positive for upright.
struct Shape {
    /// Log ratio of the steepest rise to the steepest fall.
    abrupt: f64,
    /// Log ratio of the spread of the highest levels to that of the lowest.
    spread: f64,
}

impl Shape {
    fn of(load: &[f64], block: usize, sampling_hz: f64) -> Self {
        Self {
            abrupt: abrupt(load, block, sampling_hz),
            spread: spread(load).clamp(-SPREAD_MOST, SPREAD_MOST),
        }
    }

    fn pair(&self) -> f64 {
        SPREAD_WEIGHT.mul_add(self.spread, self.abrupt)
    }

    /// With the share of time this foot is loaded, which the pair already tells better.
    fn single(&self, duty: f64) -> f64 {
        DUTY_WEIGHT.mul_add(duty - 0.5, self.pair())
    }
}

fn abrupt(load: &[f64], block: usize, sampling_hz: f64) -> f64 {
    let reach = ((ABRUPT_S * sampling_hz).round() as usize).max(1);
    let (mut rises, mut falls) = (Vec::new(), Vec::new());
    for stretch in load.chunks(block) {
        let (fall, rise) = steepest(stretch, reach);
        rises.push(rise);
        falls.push(-fall);
    }
    let typical = |values: &mut Vec<f64>| quantile(values, 0.5).unwrap_or(0.0).max(LEAST_SPREAD);
    (typical(&mut rises) / typical(&mut falls)).ln()
}

/// Largest fall (negative) and rise between neighbouring means of `reach` samples.
fn steepest(load: &[f64], reach: usize) -> (f64, f64) {
    let mut before: f64 = load.iter().take(reach).sum();
    let mut after: f64 = load.iter().skip(reach).take(reach).sum();
    let (mut fall, mut rise) = (0.0_f64, 0.0_f64);
    let next = load.get(2 * reach..).unwrap_or_default();
    let middle = load.get(reach..).unwrap_or_default();
    for ((first, middle), last) in load.iter().zip(middle).zip(next) {
        let change = (after - before) / reach as f64;
        (fall, rise) = (fall.min(change), rise.max(change));
        before += middle - first;
        after += last - middle;
    }
    (fall, rise)
}

fn spread(load: &[f64]) -> f64 {
    let step = load.len().div_ceil(SPREAD_VALUES).max(1);
    let mut values: Vec<f64> = load.iter().copied().step_by(step).collect();
    let mut between = |low: f64, high: f64| {
        let (low, high) = (quantile(&mut values, low), quantile(&mut values, high));
        high.unwrap_or(0.0) - low.unwrap_or(0.0) + LEAST_SPREAD
    };
    (between(0.75, 0.95) / between(0.05, 0.25)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stance with a dent, swing flat; ramps of a tenth of stance, the first one steeper.
    fn walk(stance_s: f64, phase: f64) -> Vec<f64> {
        (0..6000)
            .map(|i| {
                let s = (f64::from(i) / 100.0 + phase) % 1.0 / stance_s;
                let dent = 1.1 - 0.3 * (std::f64::consts::PI * s).sin();
                dent * (s / 0.08).min((1.0 - s) / 0.12).clamp(0.0, 1.0)
            })
            .collect()
    }

    fn told(left: &[f64], right: &[f64]) -> (bool, bool) {
        let found = inverted(left, right, 100.0);
        (found.left, found.right)
    }

    fn turned(load: &[f64]) -> Vec<f64> {
        load.iter().map(|v| 1.0 - v).collect()
    }

    #[test]
    fn each_inversion_is_told_at_every_stance() {
        for stance_s in [0.58, 0.60, 0.62, 0.65, 0.70] {
            let (l, r) = (walk(stance_s, 0.0), walk(stance_s, 0.5));
            assert_eq!(told(&l, &r), (false, false), "{stance_s}");
            assert_eq!(told(&turned(&l), &r), (true, false), "{stance_s}");
            assert_eq!(told(&l, &turned(&r)), (false, true), "{stance_s}");
            assert_eq!(told(&turned(&l), &turned(&r)), (true, true), "{stance_s}");
        }
    }

    #[test]
    fn without_evidence_channels_are_upright() {
        assert_eq!(told(&[], &[]), (false, false));
        assert_eq!(told(&[0.0; 500], &[0.0; 500]), (false, false));
        let alternating = |phase: usize| -> Vec<f64> {
            (0..6000)
                .map(|i| f64::from(u8::from((i + phase) % 100 < 50)))
                .collect()
        };
        assert_eq!(told(&alternating(0), &alternating(50)), (false, false));
    }
}
