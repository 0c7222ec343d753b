//! Strides that stand out from those around them: turns, stumbles.
//!
//! Each stride is held against the median of its neighbourhood, because stride times have long memory and people change
//! pace: a slow drift is walking, not a row of outliers. The limit is a multiple of the median absolute deviation, which
//! a few turns do not widen and which their removal hardly narrows, so repeating the rule leaves steady walking alone.

use super::{Exclusion, Stride};
use crate::moments::Moments;
use crate::recording::Side;
use crate::stats::median;

/// Modified z-score beyond which a value is an outlier (Iglewicz & Hoaglin 1993).
const MODIFIED_Z: f64 = 3.5;
/// SD of a normal distribution in median absolute deviations.
const SD_PER_MAD: f64 = 1.4826;
/// Strides before and after that make the neighbourhood: 31 strides pass a corridor end at most twice.
const NEIGHBOURS: usize = 15;
/// Smaller differences are not outliers however regular the walk, s: one sample at 100 Hz.
const LEAST_REACH_S: f64 = 0.010;

/// Limit of the repeated rule, standard deviations from the median.
const REPEATED_SDS: f64 = 3.0;

/// How strides that stand out are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cleaning {
    /// Distance from the median of the neighbourhood against its own median: follows drift and changes of pace.
    #[default]
    Neighbourhood,
    /// |x - median| <= 3 SD of all strides of the foot, repeated: the rule of published stride tables (Frenkel-Toledo
    /// 2005). For comparison with them; it narrows its own limit.
    RepeatedSd,
}

/// Marks outliers of stride and swing time among the strides still used, per foot, repeated until none is found.
/// `strides` are ordered by start.
pub(crate) fn mark_outliers(strides: &mut [Stride], cleaning: Cleaning) {
    let outlying: fn(&[f64]) -> Vec<bool> = match cleaning {
        Cleaning::Neighbourhood => far_from_neighbourhood,
        Cleaning::RepeatedSd => far_from_all,
    };
    for side in Side::BOTH {
        let mut used: Vec<&mut Stride> = strides
            .iter_mut()
            .filter(|s| s.foot == side && s.is_used())
            .collect();
        loop {
            let before = used.len();
            let out = |measure: fn(&Stride) -> f64| {
                outlying(&used.iter().map(|s| measure(s)).collect::<Vec<f64>>())
            };
            let (stride, swing) = (out(Stride::stride_time_s), out(Stride::swing_time_s));
            for ((s, a), b) in used.iter_mut().zip(stride).zip(swing) {
                if a || b {
                    s.exclude(Exclusion::Outlier);
                }
            }
            used.retain(|s| s.is_used());
            if used.len() == before {
                break;
            }
        }
    }
}

fn far_from_neighbourhood(values: &[f64]) -> Vec<bool> {
    let distances = distances_from_neighbourhood(values);
    let mad = median(distances.iter().copied()).unwrap_or(0.0);
    let reach = (MODIFIED_Z * SD_PER_MAD * mad).max(LEAST_REACH_S);
    distances.into_iter().map(|d| d > reach).collect()
}

fn far_from_all(values: &[f64]) -> Vec<bool> {
    let centre = median(values.iter().copied()).unwrap_or(0.0);
    let sd = Moments::of(values.iter().copied()).and_then(|m| m.sd());
    let reach = REPEATED_SDS * sd.unwrap_or(f64::INFINITY);
    values.iter().map(|v| (v - centre).abs() > reach).collect()
}

/// Distance of each value from the median of the values around it; at both ends the neighbourhood keeps its size.
fn distances_from_neighbourhood(values: &[f64]) -> Vec<f64> {
    let size = (2 * NEIGHBOURS + 1).min(values.len());
    let mut around: Vec<f64> = values.get(..size).unwrap_or_default().to_vec();
    around.sort_unstable_by(f64::total_cmp);
    let mut from = 0;
    values
        .iter()
        .enumerate()
        .map(|(k, value)| {
            let first = k.saturating_sub(NEIGHBOURS).min(values.len() - size);
            while from < first {
                slide(&mut around, values.get(from), values.get(from + size));
                from += 1;
            }
            (value - around.get(size / 2).unwrap_or(value)).abs()
        })
        .collect()
}

/// Takes one value out of a sorted neighbourhood and puts another in.
fn slide(sorted: &mut Vec<f64>, out: Option<&f64>, into: Option<&f64>) {
    let (Some(out), Some(into)) = (out, into) else {
        return;
    };
    let place =
        |sorted: &[f64], value: &f64| sorted.partition_point(|v| v.total_cmp(value).is_lt());
    let gone = place(sorted, out);
    if gone < sorted.len() {
        sorted.remove(gone);
    }
    sorted.insert(place(sorted, into), *into);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Right strides of the given times, s; swing is 38 % of each.
    fn strides(times_s: impl IntoIterator<Item = f64>) -> Vec<Stride> {
        let mut start_s = 0.0;
        let stride = |time_s: f64| {
            let stride = Stride {
                foot: Side::Right,
                start_s,
                toe_off_s: start_s + 0.62 * time_s,
                end_s: start_s + time_s,
                reason: None,
                contralateral_s: None,
                double_support_s: None,
                initial_double_support_s: None,
                force: None,
                plantar: None,
                motion: None,
                bout: None,
            };
            start_s += time_s;
            stride
        };
        times_s.into_iter().map(stride).collect()
    }

    /// An uneven sequence of spread 1 (about uniform in +-1.7).
    fn spread(k: usize) -> f64 {
        3.4 * ((k as f64 * 0.618_034).fract() - 0.5)
    }

    const NONE: [usize; 0] = [];

    fn marked(times_s: Vec<f64>) -> Vec<usize> {
        let mut strides = strides(times_s);
        mark_outliers(&mut strides, Cleaning::Neighbourhood);
        let out = |(k, s): (usize, &Stride)| (s.reason == Some(Exclusion::Outlier)).then_some(k);
        strides.iter().enumerate().filter_map(out).collect()
    }

    #[test]
    fn the_sliding_median_is_the_median_of_each_neighbourhood() {
        for n in [0usize, 1, 2, 7, 30, 31, 32, 200] {
            let values: Vec<f64> = (0..n).map(|k| 1.1 + spread(k * k)).collect();
            let size = (2 * NEIGHBOURS + 1).min(n);
            let found = distances_from_neighbourhood(&values);
            assert_eq!(found.len(), n);
            for (k, found) in found.into_iter().enumerate() {
                let from = k.saturating_sub(NEIGHBOURS).min(n - size);
                let middle = median(values[from..from + size].iter().copied());
                assert_eq!(Some(found), middle.map(|m| (values[k] - m).abs()));
            }
        }
    }

    #[test]
    fn turns_are_left_out_however_many_there_are() {
        // Three slower strides at every fourteenth: a fifth of the walk.
        let turn = |k: usize| k % 14 >= 11;
        let times = (0..112)
            .map(|k| 1.1 + 0.02 * spread(k) + if turn(k) { 0.25 } else { 0.0 })
            .collect();
        assert_eq!(
            marked(times),
            (0..112).filter(|k| turn(*k)).collect::<Vec<_>>()
        );
    }

    #[test]
    fn steady_walking_and_its_drift_are_kept() {
        let steady = |k: usize| 1.1 + 0.02 * spread(k);
        assert_eq!(marked((0..200).map(steady).collect()), NONE);
        let drifting = |k: usize| steady(k) + 0.08 * (k as f64 / 40.0).sin();
        assert_eq!(marked((0..200).map(drifting).collect()), NONE);
    }

    #[test]
    fn a_second_pace_is_walking_too() {
        let pace = |k: usize| if k < 160 { 1.1 } else { 1.4 } + 0.02 * spread(k);
        assert_eq!(marked((0..220).map(pace).collect()), NONE);
    }

    #[test]
    fn a_walk_of_identical_strides_has_no_outliers_below_a_sample() {
        let times = |extra: f64| {
            (0..50)
                .map(|k| if k == 20 { 1.1 + extra } else { 1.1 })
                .collect()
        };
        assert_eq!(marked(times(0.009)), NONE);
        assert_eq!(marked(times(0.012)), [20]);
        assert_eq!(marked(Vec::new()), NONE);
    }
}
