//! Creep: insoles read more and more under the same load. The body weight over whole gait cycles tells by how much, as it
//! does not change within a session; loads are divided by it, times are left alone.

use crate::events::Footfalls;

/// Windows over which body weight is taken, s (docs/GAIT.md, preprocessing).
const WINDOW_S: f64 = 600.0;
/// Fewest gait cycles per foot of a window that can weigh the body. Standing A: two minutes of walking, so that a few odd
/// steps do not pass for creep.
const LEAST_CYCLES: usize = 100;
/// Fewest gait cycles per foot that weigh the body at all.
const LEAST_OVERALL: usize = 5;
/// Longer cycles are pauses and do not weigh the body, s.
const LONGEST_CYCLE_S: f64 = 3.0;

/// Body weight over the session, as a share of the session's own.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct WeightCourse {
    /// Middle of each window that could be weighed (samples) and its weight.
    windows: Vec<(f64, f64)>,
}

impl WeightCourse {
    /// Weighs each window; nothing where fewer than two can be weighed, which cannot tell creep. `load` and `footfalls` are
    /// left, right.
    pub(crate) fn of(load: [&[f64]; 2], footfalls: &[Footfalls; 2], sampling_hz: f64) -> Self {
        let length = WINDOW_S * sampling_hz;
        let samples = load.iter().map(|load| load.len()).max().unwrap_or(0);
        if (samples as f64) <= length {
            return Self::default();
        }
        let windows = weigh(load, footfalls, length, LEAST_CYCLES, sampling_hz);
        match windows.len() {
            0 | 1 => Self::default(),
            _ => Self { windows },
        }
    }

    /// The same for loads that were mended after the body was weighed: where creep cannot be told, one weight for all.
    pub(crate) fn anew(load: [&[f64]; 2], footfalls: &[Footfalls; 2], sampling_hz: f64) -> Self {
        let course = Self::of(load, footfalls, sampling_hz);
        if !course.windows.is_empty() {
            return course;
        }
        let whole = load.iter().map(|load| load.len() + 1).max().unwrap_or(1) as f64;
        Self {
            windows: weigh(load, footfalls, whole, LEAST_OVERALL, sampling_hz),
        }
    }

    /// Weight at a sample: on the straight line between the middles of windows, held at both ends. 1 when nothing could
    /// be weighed.
    pub(crate) fn at(&self, sample: f64) -> f64 {
        let next = self.windows.partition_point(|(middle, _)| *middle < sample);
        let before = next.checked_sub(1).and_then(|k| self.windows.get(k));
        match (before, self.windows.get(next)) {
            (Some((a, from)), Some((b, to))) => from + (to - from) * (sample - a) / (b - a),
            (Some((_, one)), None) | (None, Some((_, one))) => *one,
            (None, None) => 1.0,
        }
    }

    /// Weight at a sample over the weight of the first window.
    pub(crate) fn creep(&self, sample: f64) -> f64 {
        let first = self.windows.first().map_or(1.0, |(_, weight)| *weight);
        self.at(sample) / first
    }

    /// How much more the last window reads than the first, percent; `None` with fewer than two windows.
    pub(crate) fn creep_pct(&self) -> Option<f64> {
        match self.windows.as_slice() {
            [(_, first), .., (_, last)] => Some(100.0 * (last / first - 1.0)),
            _ => None,
        }
    }
}

/// Middle and weight of each window of `length` samples in which both feet made at least `least` cycles.
fn weigh(
    load: [&[f64]; 2],
    footfalls: &[Footfalls; 2],
    length: f64,
    least: usize,
    sampling_hz: f64,
) -> Vec<(f64, f64)> {
    let ([left, right], [l, r]) = (load, footfalls);
    let left = means(left, l, length, least, sampling_hz);
    let right = means(right, r, length, least, sampling_hz);
    let windows = left.into_iter().zip(right).enumerate();
    windows
        .filter_map(|(k, (left, right))| {
            let weight = left? + right?;
            (weight > 0.0).then_some(((k as f64 + 0.5) * length, weight))
        })
        .collect()
}

/// Mean load over the cycles that begin in each window; `None` for windows with too few.
fn means(
    load: &[f64],
    footfalls: &Footfalls,
    window: f64,
    least: usize,
    sampling_hz: f64,
) -> Vec<Option<f64>> {
    let mut sums = vec![(0.0, 0usize, 0usize); (load.len() as f64 / window).ceil() as usize];
    for (stance, next) in footfalls.cycles() {
        if next - stance.contact > LONGEST_CYCLE_S * sampling_hz {
            continue;
        }
        let cycle = stance.contact.round().max(0.0) as usize..next.round().max(0.0) as usize;
        let slot = sums.get_mut((stance.contact / window).max(0.0) as usize);
        if let (Some(slot), Some(part)) = (slot, load.get(cycle)) {
            slot.0 += part.iter().sum::<f64>();
            slot.1 += part.len();
            slot.2 += 1;
        }
    }
    let mean = |(sum, samples, cycles): (f64, usize, usize)| {
        (cycles >= least).then(|| sum / samples.max(1) as f64)
    };
    sums.into_iter().map(mean).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use crate::events::Stance;
    use approx::assert_abs_diff_eq;

    const HZ: f64 = 10.0;

    /// One stride per second, each foot half a body weight on average, growing by `per_hour`.
    fn walk(hours: f64, per_hour: f64) -> (Vec<f64>, Footfalls) {
        let samples = (hours * 3600.0 * HZ) as usize;
        let load = (0..samples).map(|k| {
            let t_s = k as f64 / HZ;
            let on = t_s.fract() < 0.45;
            f64::from(u8::from(on)) * (1.0 + per_hour * t_s / 3600.0)
        });
        let stances = (0..samples / 10 - 1).map(|k| Stance {
            contact: 10.0 * k as f64,
            toe_off: 10.0 * k as f64 + 5.0,
            peak: 1.0,
        });
        let footfalls = Footfalls {
            stances: stances.collect(),
            open_contact: None,
        };
        (load.collect(), footfalls)
    }

    #[test]
    fn a_growing_reading_is_told_and_followed() {
        let (load, footfalls) = walk(1.0, 0.12);
        let course = WeightCourse::of([&load, &load], &[footfalls.clone(), footfalls], HZ);
        // First window centred at 5 min, last at 55 min: 1.01 to 1.11.
        assert_abs_diff_eq!(
            course.creep_pct().unwrap(),
            100.0 * (1.11 / 1.01 - 1.0),
            epsilon = 0.02
        );
        let at = |minute: f64| course.creep(minute * 60.0 * HZ);
        assert_abs_diff_eq!(at(30.0), 1.06 / 1.01, epsilon = 1e-3);
        assert_abs_diff_eq!(at(0.0), 1.0, epsilon = 1e-9);
        assert_abs_diff_eq!(at(90.0), 1.11 / 1.01, epsilon = 1e-3);
    }

    #[test]
    fn a_short_walk_has_no_creep() {
        let (load, footfalls) = walk(0.15, 0.12);
        let course = WeightCourse::of([&load, &load], &[footfalls.clone(), footfalls], HZ);
        assert_eq!(course.creep_pct(), None);
        assert_abs_diff_eq!(course.creep(1000.0), 1.0);
        assert_eq!(WeightCourse::default().at(5.0), 1.0);
        let nothing = WeightCourse::of([&[], &[]], &Default::default(), HZ);
        assert_eq!(nothing, WeightCourse::default());
    }
}
