//! The clocks of the two insoles. Each counts its own samples; the host sees them arrive, always late and by a varying
//! delay. The earliest arrivals of each stretch of time lie on a straight line, and the lines of both feet on the one host
//! clock tell how their clocks stand to each other. Constant differences of the two radio delays cannot be told apart
//! from an offset of the clocks.

use std::ops::Range;

use crate::events::{Footfalls, Stance};
use crate::recording::Arrival;
use crate::stats::median;

/// Length of the stretches of which the earliest arrival is taken, s, and the share of a short recording they may be.
/// Standing A: the earliest of five seconds of packets arrived without a retry.
const STRETCH_S: f64 = 5.0;
const STRETCH_SHARE: f64 = 1.0 / 12.0;
/// Fewest stretches of a fit.
const LEAST_STRETCHES: usize = 6;
/// Stretches whose earliest arrival lies further from the line than this many SD (by the median absolute deviation) were
/// delayed throughout.
const OUTLYING_SD: f64 = 3.0;
const SD_PER_MAD: f64 = 1.4826;
/// Distances below this are not outlying, s.
const LEAST_REACH_S: f64 = 1e-4;
/// What is known of two crystals before anything is measured: their rates differ by this, SD. A short recording cannot
/// tell the rate and stays near it. Standing A.
const PRIOR_RATE_SD: f64 = 50e-6;
/// No two insoles differ by more than this (docs/GAIT.md, preprocessing).
const MOST_RATE: f64 = 200e-6;

/// How the right foot's clock stands to the left foot's.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct ClockFit {
    /// Right time minus left time at the start of the left foot's recording, s.
    pub offset_s: f64,
    /// How much faster the right clock runs, parts per million.
    pub skew_ppm: f64,
    /// SD of the earliest arrivals about the fit, ms: what the alignment can be trusted to.
    pub sync_ms: f64,
    /// Stretches of the foot with fewer of them.
    pub stretches: usize,
}

impl ClockFit {
    /// Fits the clocks of both feet; `samples` is the length of the recording. `None` without enough arrivals of both
    /// feet, or when the rates differ by more than any crystals do.
    #[must_use]
    pub fn of(
        left: &[Arrival],
        right: &[Arrival],
        samples: usize,
        sampling_hz: f64,
    ) -> Option<Self> {
        let (l, r) = (
            Line::of(left, samples, sampling_hz)?,
            Line::of(right, samples, sampling_hz)?,
        );
        let pivot_s = 0.5 * (l.centre_s + r.centre_s);
        let measured = l.slope - r.slope;
        let variance = l.slope_variance + r.slope_variance;
        if measured.abs() - 2.0 * variance.sqrt() > MOST_RATE {
            return None;
        }
        let prior = PRIOR_RATE_SD * PRIOR_RATE_SD;
        let rate = (measured * prior / (prior + variance)).clamp(-MOST_RATE, MOST_RATE);
        let at_pivot = l.at(pivot_s) - r.at(pivot_s);
        let fit = Self {
            offset_s: at_pivot - rate * pivot_s,
            skew_ppm: 1e6 * rate,
            sync_ms: 1000.0 * l.residual_sd.hypot(r.residual_sd),
            stretches: l.stretches.min(r.stretches),
        };
        let finite = [fit.offset_s, fit.skew_ppm, fit.sync_ms];
        finite.iter().all(|v| v.is_finite()).then_some(fit)
    }

    /// Time on the right foot's clock, s, of a time on the left foot's.
    #[must_use]
    pub fn right_s(&self, left_s: f64) -> f64 {
        left_s + self.offset_s + 1e-6 * self.skew_ppm * left_s
    }

    /// Time on the left foot's clock, s, of a time on the right foot's.
    #[must_use]
    pub fn left_s(&self, right_s: f64) -> f64 {
        (right_s - self.offset_s) / (1.0 + 1e-6 * self.skew_ppm)
    }

    /// Contacts of the right foot on the left foot's grid.
    pub(crate) fn footfalls_on_left(&self, right: &Footfalls, sampling_hz: f64) -> Footfalls {
        let moved = |sample: f64| self.left_s(sample / sampling_hz) * sampling_hz;
        let stances = right.stances.iter().map(|stance| Stance {
            contact: moved(stance.contact),
            toe_off: moved(stance.toe_off),
            peak: stance.peak,
        });
        Footfalls {
            stances: stances.collect(),
            open_contact: right.open_contact.map(moved),
        }
    }

    /// Missing samples of the right foot on the left foot's grid.
    pub(crate) fn missing_on_left(
        &self,
        right: &[Range<usize>],
        sampling_hz: f64,
    ) -> Vec<Range<usize>> {
        let moved = |sample: usize| self.left_s(sample as f64 / sampling_hz) * sampling_hz;
        right
            .iter()
            .map(|gap| {
                let start = moved(gap.start).floor().max(0.0) as usize;
                start..(moved(gap.end).ceil().max(0.0) as usize).max(start)
            })
            .collect()
    }
}

/// Earliest arrivals of one foot: host time minus own time, as a straight line over own time.
struct Line {
    slope: f64,
    intercept: f64,
    centre_s: f64,
    slope_variance: f64,
    residual_sd: f64,
    stretches: usize,
}

impl Line {
    fn of(arrivals: &[Arrival], samples: usize, sampling_hz: f64) -> Option<Self> {
        let first = Self::fit(&earliest(arrivals, samples, sampling_hz))?;
        let points = earliest(arrivals, samples, sampling_hz);
        let residuals: Vec<f64> = points.iter().map(|(t, d)| d - first.at(*t)).collect();
        let middle = median(residuals.iter().copied())?;
        let mad = median(residuals.iter().map(|r| (r - middle).abs()))?;
        let reach = (OUTLYING_SD * SD_PER_MAD * mad).max(LEAST_REACH_S);
        let near = points.iter().zip(&residuals);
        let kept: Vec<(f64, f64)> = near
            .filter(|(_, residual)| (*residual - middle).abs() <= reach)
            .map(|(point, _)| *point)
            .collect();
        Self::fit(&kept)
    }

    fn at(&self, own_s: f64) -> f64 {
        self.intercept + self.slope * own_s
    }

    /// Least squares.
    fn fit(points: &[(f64, f64)]) -> Option<Self> {
        if points.len() < LEAST_STRETCHES {
            return None;
        }
        let n = points.len() as f64;
        let (sum_t, sum_d) = points
            .iter()
            .fold((0.0, 0.0), |(a, b), (t, d)| (a + t, b + d));
        let (t0, d0) = (sum_t / n, sum_d / n);
        let (stt, std) = points.iter().fold((0.0, 0.0), |(a, b), (t, d)| {
            (a + (t - t0) * (t - t0), b + (t - t0) * (d - d0))
        });
        if stt <= 0.0 || !stt.is_finite() {
            return None;
        }
        let slope = std / stt;
        let squares: f64 = points
            .iter()
            .map(|(t, d)| (d - d0 - slope * (t - t0)).powi(2))
            .sum();
        let variance = squares / (n - 2.0);
        Some(Self {
            slope,
            intercept: d0 - slope * t0,
            centre_s: t0,
            slope_variance: variance / stt,
            residual_sd: variance.sqrt(),
            stretches: points.len(),
        })
    }
}

/// Per stretch the arrival with the least delay: own time and host time minus own time, s.
fn earliest(arrivals: &[Arrival], samples: usize, sampling_hz: f64) -> Vec<(f64, f64)> {
    let length_s = (samples as f64 / sampling_hz * STRETCH_SHARE).min(STRETCH_S);
    let mut found: Vec<Option<(f64, f64)>> = Vec::new();
    let credible = |a: &&Arrival| a.sample < samples && a.host_s.is_finite();
    for arrival in arrivals.iter().filter(credible) {
        let own_s = arrival.sample as f64 / sampling_hz;
        let delay = arrival.host_s - own_s;
        let stretch = (own_s / length_s) as usize;
        if found.len() <= stretch {
            found.resize(stretch + 1, None);
        }
        if let Some(slot) = found.get_mut(stretch)
            && slot.is_none_or(|(_, least)| delay < least)
        {
            *slot = Some((own_s, delay));
        }
    }
    found.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use approx::assert_abs_diff_eq;

    const HZ: f64 = 100.0;

    /// Arrivals of every tenth sample of a clock that shows `offset_s + (1 + ppm) host`, delayed by an uneven 5 to 45 ms.
    fn arrivals(seconds: f64, offset_s: f64, ppm: f64, seed: f64) -> Vec<Arrival> {
        let count = (seconds * HZ / 10.0) as usize;
        (0..count)
            .map(|k| {
                let sample = 10 * k;
                let host_s = (sample as f64 / HZ - offset_s) / (1.0 + 1e-6 * ppm);
                let uneven = (k as f64 * 0.754_877 + seed).fract();
                let delay_s = 0.005 + 0.04 * uneven * uneven;
                Arrival {
                    sample,
                    host_s: host_s + delay_s,
                }
            })
            .collect()
    }

    fn fit(seconds: f64, offset_s: f64, ppm: f64) -> ClockFit {
        let (left, right) = (
            arrivals(seconds, 0.0, 0.0, 0.1),
            arrivals(seconds, offset_s, ppm, 0.6),
        );
        ClockFit::of(&left, &right, (seconds * HZ) as usize, HZ).unwrap()
    }

    #[test]
    fn offset_and_rate_are_recovered_through_uneven_delays() {
        let found = fit(600.0, 0.018, 40.0);
        assert_abs_diff_eq!(found.offset_s, 0.018, epsilon = 5e-4);
        assert_abs_diff_eq!(found.skew_ppm, 40.0, epsilon = 1.5);
        assert!(found.sync_ms < 1.0, "{found:?}");
        assert_abs_diff_eq!(found.right_s(100.0), 100.018 + 0.004, epsilon = 5e-4);
        assert_abs_diff_eq!(found.left_s(found.right_s(321.0)), 321.0, epsilon = 1e-9);
    }

    #[test]
    fn a_short_recording_tells_the_offset_and_hardly_the_rate() {
        let found = fit(20.0, -0.012, 50.0);
        assert_abs_diff_eq!(found.right_s(10.0) - 10.0, -0.0115, epsilon = 2e-3);
        assert!(found.skew_ppm.abs() <= 60.0, "{found:?}");
    }

    #[test]
    fn a_stretch_of_late_packets_does_not_bend_the_line() {
        let left = arrivals(300.0, 0.0, 0.0, 0.1);
        let mut right = arrivals(300.0, 0.010, -30.0, 0.6);
        for arrival in right
            .iter_mut()
            .filter(|a| (10_000..14_000).contains(&a.sample))
        {
            arrival.host_s += 0.4;
        }
        let found = ClockFit::of(&left, &right, 30_000, HZ).unwrap();
        assert_abs_diff_eq!(found.right_s(150.0) - 150.0, 0.0055, epsilon = 1e-3);
    }

    #[test]
    fn what_cannot_be_told_is_absent() {
        let good = arrivals(60.0, 0.0, 0.0, 0.0);
        assert_eq!(ClockFit::of(&good, &[], 6000, HZ), None);
        assert_eq!(ClockFit::of(&good, &good[..20], 6000, HZ), None);
        let racing = arrivals(60.0, 0.0, 900.0, 0.0);
        assert_eq!(ClockFit::of(&good, &racing, 6000, HZ), None);
        let mut wild = good.clone();
        wild[3].host_s = f64::NAN;
        wild[4].sample = usize::MAX;
        assert!(ClockFit::of(&wild, &good, 6000, HZ).is_some());
    }

    #[test]
    fn contacts_and_gaps_move_to_the_left_clock() {
        let fit = ClockFit {
            offset_s: 0.025,
            skew_ppm: 0.0,
            sync_ms: 0.1,
            stretches: 9,
        };
        let right = Footfalls {
            stances: vec![Stance {
                contact: 100.0,
                toe_off: 160.0,
                peak: 1.0,
            }],
            open_contact: Some(210.0),
        };
        let moved = fit.footfalls_on_left(&right, HZ);
        assert_abs_diff_eq!(moved.stances[0].contact, 97.5, epsilon = 1e-9);
        assert_abs_diff_eq!(moved.open_contact.unwrap(), 207.5, epsilon = 1e-9);
        let one = |r: Range<usize>| vec![r];
        assert_eq!(fit.missing_on_left(&one(1..5), HZ), one(0..3));
    }
}
