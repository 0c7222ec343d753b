//! The curve of the vertical force under one stance: two peaks, the valley between them, how fast load came on.

use crate::events::Stance;
use crate::signal;

/// Load is taken on between these shares of the first peak: the slope there is the loading rate (docs/GAIT.md, metrics).
const LOADING_FROM: f64 = 0.2;
const LOADING_TO: f64 = 0.8;
/// Fewest samples of a stance whose curve can be read.
const LEAST_SAMPLES: usize = 6;

/// Shape of the vertical force of one stance. Loads in body weights, moments as shares of the stance (0 to 1).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ForceCurve {
    /// Largest load in the first half.
    pub f1_bw: f64,
    /// Smallest load between the peaks.
    pub fv_bw: f64,
    /// Largest load in the second half.
    pub f2_bw: f64,
    /// When the first peak is reached.
    pub t_f1: f64,
    /// When the valley is reached.
    pub t_fv: f64,
    /// When the second peak is reached.
    pub t_f2: f64,
    /// Slope between 20 % and 80 % of the first peak, body weights per second.
    pub loading_rate_bw_per_s: Option<f64>,
    /// Load integrated over the stance, body weights times seconds.
    pub impulse_bw_s: f64,
}

impl ForceCurve {
    /// The same curve for a body `weight` times as heavy as the one its loads were divided by.
    pub(crate) fn over(self, weight: f64) -> Self {
        Self {
            f1_bw: self.f1_bw / weight,
            fv_bw: self.fv_bw / weight,
            f2_bw: self.f2_bw / weight,
            loading_rate_bw_per_s: self.loading_rate_bw_per_s.map(|rate| rate / weight),
            impulse_bw_s: self.impulse_bw_s / weight,
            ..self
        }
    }
}

/// Reads the curve of one stance from the load of its foot (in body weights). `None` for a stance that is too short or
/// not inside the recording.
pub(crate) fn curve(load: &[f64], stance: &Stance, sampling_hz: f64) -> Option<ForceCurve> {
    let (from, to) = (
        stance.contact.ceil().max(0.0) as usize,
        stance.toe_off.floor().max(0.0) as usize,
    );
    let part = load
        .get(from..=to)
        .filter(|part| part.len() >= LEAST_SAMPLES)?;
    let (first, second) = part.split_at(part.len() / 2);
    let (i1, f1) = largest(first)?;
    let (i2, f2) = largest(second).map(|(i, f)| (first.len() + i, f))?;
    let (iv, fv) = smallest(part.get(i1..=i2)?).map(|(i, f)| (i1 + i, f))?;
    let share = |i: usize| ((from + i) as f64 - stance.contact) / (stance.toe_off - stance.contact);
    Some(ForceCurve {
        f1_bw: f1,
        fv_bw: fv,
        f2_bw: f2,
        t_f1: share(i1),
        t_fv: share(iv),
        t_f2: share(i2),
        loading_rate_bw_per_s: loading_rate(part.get(..=i1)?, f1, sampling_hz),
        impulse_bw_s: part.iter().sum::<f64>() / sampling_hz,
    })
}

/// Slope of the straight line between the moments the rise last passes 20 % and 80 % of its peak.
fn loading_rate(rise: &[f64], peak: f64, sampling_hz: f64) -> Option<f64> {
    let crossing = |level: f64| {
        let k = rise.iter().rposition(|v| *v < level)?;
        let (before, after) = (*rise.get(k)?, *rise.get(k + 1)?);
        Some(k as f64 + (level - before) / (after - before))
    };
    let time_s = (crossing(LOADING_TO * peak)? - crossing(LOADING_FROM * peak)?) / sampling_hz;
    (time_s > 0.0).then(|| (LOADING_TO - LOADING_FROM) * peak / time_s)
}

/// The last of the largest values and its place; `None` where none is a number.
fn largest(values: &[f64]) -> Option<(usize, f64)> {
    let most = signal::largest(values);
    let place = values.iter().rposition(|v| *v == most)?;
    Some((place, most))
}

/// The first of the smallest values and its place; `None` where none is a number.
fn smallest(values: &[f64]) -> Option<(usize, f64)> {
    let least = signal::smallest(values);
    let place = values.iter().position(|v| *v == least)?;
    Some((place, least))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use approx::assert_abs_diff_eq;

    const LOAD: [f64; 9] = [0.0, 0.5, 1.1, 0.9, 0.7, 0.8, 1.0, 0.4, 0.0];

    fn stance(toe_off: f64) -> Stance {
        Stance {
            contact: 0.0,
            toe_off,
            peak: 1.1,
        }
    }

    #[test]
    fn two_humps() {
        let found = curve(&LOAD, &stance(8.0), 100.0).unwrap();
        assert_eq!((found.f1_bw, found.fv_bw, found.f2_bw), (1.1, 0.7, 1.0));
        assert_eq!((found.t_f1, found.t_fv, found.t_f2), (0.25, 0.5, 0.75));
        assert_abs_diff_eq!(found.impulse_bw_s, 0.054, epsilon = 1e-12);
    }

    #[test]
    fn loading_rate_of_a_straight_rise_is_its_slope() {
        let mut load: Vec<f64> = (0..=10).map(|i| 0.1 * f64::from(i)).collect();
        load.extend(std::iter::repeat_n(0.9, 12));
        let found = curve(&load, &stance(22.0), 100.0).unwrap();
        assert_abs_diff_eq!(found.loading_rate_bw_per_s.unwrap(), 10.0, epsilon = 1e-9);
    }

    #[test]
    fn a_stance_too_short_or_outside_has_no_curve() {
        assert_eq!(curve(&LOAD, &stance(3.0), 100.0), None);
        assert_eq!(curve(&LOAD, &stance(30.0), 100.0), None);
    }
}
