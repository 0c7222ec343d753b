//! The vertical ground reaction force over one stance, in body weights.

use std::f64::consts::PI;

use crate::contact::bisect;
use crate::laws::{Anchor, laws};
use crate::maths::sin;

const POINTS: usize = 11;
/// Index of the first peak among the points; valley and second peak follow.
const FIRST_PEAK: usize = 4;
/// The rise to the first peak is at most this much slower or faster than usual [A].
const RISE_RANGE: (f64, f64) = (0.6, 1.6);

/// The three values that shape a stance, body weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Peaks {
    /// First peak (weight acceptance).
    pub first_bw: f64,
    /// Valley between the peaks.
    pub valley_bw: f64,
    /// Second peak (push-off).
    pub second_bw: f64,
}

impl Peaks {
    /// Population peaks at a speed.
    #[must_use]
    pub fn at_speed(speed_mps: f64) -> Self {
        let (laws, c) = (&laws().laws, &laws().constants);
        let v = speed_mps.clamp(
            c.peak_law_speed_min_mps.value,
            c.peak_law_speed_max_mps.value,
        );
        let fast = (v - c.fast_second_peak_from_mps.value).max(0.0);
        Self {
            first_bw: laws.first_peak_bw.at(v),
            valley_bw: laws.valley_bw.at(v),
            second_bw: laws.second_peak_bw.at(v) + c.fast_second_peak_bw_per_mps.value * fast,
        }
    }

    /// The same peaks with the valley held below both, so that the curve keeps two peaks.
    #[must_use]
    pub fn with_two_peaks(self) -> Self {
        let highest =
            laws().constants.valley_to_lower_peak_max.value * self.first_bw.min(self.second_bw);
        Self {
            valley_bw: self.valley_bw.min(highest),
            ..self
        }
    }
}

/// Force over stance phase 0..=1: monotone cubic interpolation (Fritsch and Carlson 1980, slopes as in the PCHIP code)
/// through the tabulated points; its integral is exact.
#[derive(Clone, Debug, PartialEq)]
pub struct StanceCurve {
    phase: [f64; POINTS],
    force: [f64; POINTS],
    slope: [f64; POINTS],
    /// Integral from 0 to each point.
    integral: [f64; POINTS],
    /// Points of first peak, valley and second peak.
    peaks: [usize; 3],
}

impl StanceCurve {
    /// The curve with these peaks.
    #[must_use]
    pub fn new(peaks: Peaks) -> Self {
        Self::with_rise(peaks, 1.0)
    }

    /// The curve with these peaks, the first reached `rise` times as fast.
    #[must_use]
    pub fn with_rise(peaks: Peaks, rise: f64) -> Self {
        let points = &laws().stance_curve.points;
        let mut phase = points.map(|(phase, _, _)| phase);
        let rise = rise.clamp(RISE_RANGE.0, RISE_RANGE.1);
        phase[1..=FIRST_PEAK].iter_mut().for_each(|at| *at /= rise);
        let force = points.map(|(_, anchor, factor)| {
            factor
                * match anchor {
                    Anchor::Absolute => 1.0,
                    Anchor::FirstPeak => peaks.first_bw,
                    Anchor::Valley => peaks.valley_bw,
                    Anchor::SecondPeak => peaks.second_bw,
                }
        });
        Self::through(phase, force, [FIRST_PEAK, FIRST_PEAK + 1, FIRST_PEAK + 2])
    }

    /// One hump like a half sine of height 1.
    #[must_use]
    pub fn hump() -> Self {
        let last = (POINTS - 1) as f64;
        let phase = std::array::from_fn(|i| i as f64 / last);
        let force = phase.map(|phase| sin(PI * phase).max(0.0));
        Self::through(phase, force, [POINTS / 2; 3])
    }

    fn through(phase: [f64; POINTS], force: [f64; POINTS], peaks: [usize; 3]) -> Self {
        let mut curve = Self {
            phase,
            force,
            slope: pchip_slopes(&phase, &force),
            integral: [0.0; POINTS],
            peaks,
        };
        for i in 1..POINTS {
            curve.integral[i] = curve.integral[i - 1] + curve.segment_integral(i - 1, 1.0);
        }
        curve
    }

    /// Force at a stance phase, body weights; phases outside 0..=1 are held at the ends.
    #[must_use]
    pub fn force_bw(&self, phase: f64) -> f64 {
        let (i, u) = self.locate(phase);
        let h = self.phase[i + 1] - self.phase[i];
        let (u2, u3) = (u * u, u * u * u);
        self.force[i] * (1.0 - 3.0 * u2 + 2.0 * u3)
            + self.force[i + 1] * (3.0 * u2 - 2.0 * u3)
            + h * self.slope[i] * (u - 2.0 * u2 + u3)
            + h * self.slope[i + 1] * (u3 - u2)
    }

    /// Integral of the force over phase from 0 to `phase`.
    #[must_use]
    pub fn integral(&self, phase: f64) -> f64 {
        let (i, u) = self.locate(phase);
        self.integral[i] + self.segment_integral(i, u)
    }

    /// Phases of the tabulated points, where the cubic pieces meet.
    #[must_use]
    pub const fn knots(&self) -> &[f64; POINTS] {
        &self.phase
    }

    /// Phases of first peak, valley and second peak.
    #[must_use]
    pub fn peak_phases(&self) -> [f64; 3] {
        self.peaks.map(|point| self.phase[point])
    }

    /// Phases at which the rise to the first peak passes 20 % and 80 % of it: the engine reads the loading rate there.
    #[must_use]
    pub fn loading_phases(&self) -> (f64, f64) {
        let [first, ..] = self.peak_phases();
        let peak = self.force_bw(first);
        let at = |share: f64| bisect(0.0, first, |phase| self.force_bw(phase) > share * peak);
        (at(0.2), at(0.8))
    }

    /// Segment and place 0..=1 within it.
    fn locate(&self, phase: f64) -> (usize, f64) {
        let phase = phase.clamp(0.0, 1.0);
        let i = self.phase[1..POINTS - 1]
            .iter()
            .take_while(|&&knot| knot <= phase)
            .count();
        (
            i,
            (phase - self.phase[i]) / (self.phase[i + 1] - self.phase[i]),
        )
    }

    fn segment_integral(&self, i: usize, u: f64) -> f64 {
        let h = self.phase[i + 1] - self.phase[i];
        let (u2, u3, u4) = (u * u, u * u * u, u * u * u * u);
        h * (self.force[i] * (u - u3 + u4 / 2.0)
            + self.force[i + 1] * (u3 - u4 / 2.0)
            + h * self.slope[i] * (u2 / 2.0 - 2.0 * u3 / 3.0 + u4 / 4.0)
            + h * self.slope[i + 1] * (u4 / 4.0 - u3 / 3.0))
    }
}

/// Slopes that keep each piece monotone: weighted harmonic mean inside, limited three-point formula at the ends.
fn pchip_slopes(x: &[f64; POINTS], y: &[f64; POINTS]) -> [f64; POINTS] {
    let width = |i: usize| x[i + 1] - x[i];
    let secant = |i: usize| (y[i + 1] - y[i]) / width(i);
    let mut slopes = [0.0; POINTS];
    for (i, slope) in slopes.iter_mut().enumerate().take(POINTS - 1).skip(1) {
        let (before, after) = (secant(i - 1), secant(i));
        if before * after > 0.0 {
            let (w1, w2) = (2.0 * width(i) + width(i - 1), width(i) + 2.0 * width(i - 1));
            *slope = (w1 + w2) / (w1 / before + w2 / after);
        }
    }
    slopes[0] = end_slope(width(0), width(1), secant(0), secant(1));
    let last = POINTS - 2;
    slopes[POINTS - 1] = end_slope(width(last), width(last - 1), secant(last), secant(last - 1));
    slopes
}

fn end_slope(near: f64, next: f64, secant_near: f64, secant_next: f64) -> f64 {
    let slope = ((2.0 * near + next) * secant_near - near * secant_next) / (near + next);
    if slope * secant_near <= 0.0 {
        0.0
    } else if secant_near * secant_next <= 0.0 && slope.abs() > 3.0 * secant_near.abs() {
        3.0 * secant_near
    } else {
        slope
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_curve_passes_through_its_peaks_and_nearly_closes_by_itself() {
        for speed in [0.9, 1.0, 1.2, 1.4, 1.6] {
            let peaks = Peaks::at_speed(speed);
            let curve = StanceCurve::new(peaks);
            assert_abs_diff_eq!(curve.force_bw(0.24), peaks.first_bw, epsilon = 1e-12);
            assert_abs_diff_eq!(curve.force_bw(0.466), peaks.valley_bw, epsilon = 1e-12);
            assert_abs_diff_eq!(curve.force_bw(0.70), peaks.second_bw, epsilon = 1e-12);
            // Template and stance law agree: factor .985-.999 over usual speeds (gaitpdb controls).
            let stance = laws().laws.stance_pct.at(speed) / 100.0;
            let factor = 0.5 / (stance * curve.integral(1.0));
            assert!(
                (0.97..1.01).contains(&factor),
                "closure factor {factor} at {speed}"
            );
        }
    }

    proptest! {
        #[test]
        fn between_points_the_force_never_overshoots(first in 0.7..1.4f64, second in 0.7..1.4f64, dip in 0.5..1.2f64) {
            let curve = StanceCurve::new(Peaks { first_bw: first, valley_bw: dip, second_bw: second }.with_two_peaks());
            for i in 0..POINTS - 1 {
                let (a, b) = (curve.force[i].min(curve.force[i + 1]), curve.force[i].max(curve.force[i + 1]));
                for step in 0..=10 {
                    let phase = curve.phase[i] + (curve.phase[i + 1] - curve.phase[i]) * f64::from(step) / 10.0;
                    let force = curve.force_bw(phase);
                    prop_assert!(force >= a - 1e-12 && force <= b + 1e-12);
                }
            }
        }

        #[test]
        fn the_integral_is_that_of_the_curve(from in 0.0..1.0f64, to in 0.0..1.0f64) {
            let curve = StanceCurve::new(Peaks::at_speed(1.2));
            let (a, b) = (from.min(to), from.max(to));
            let n = 4000;
            let h = (b - a) / f64::from(n);
            let midpoints: f64 = (0..n).map(|i| curve.force_bw(a + (f64::from(i) + 0.5) * h)).sum();
            prop_assert!((midpoints * h - (curve.integral(b) - curve.integral(a))).abs() < 1e-6);
        }
    }
}
