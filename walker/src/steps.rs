//! When each step falls: a mean from the cadence, a side difference, and long-memory plus white variability.

use std::f64::consts::TAU;

use gait::recording::Side;
use rand_chacha::ChaCha8Rng;

use crate::laws::laws;
use crate::maths::{cos, pow, sin};
use crate::random::normal;
use crate::sides::PerSide;

/// Variability beyond this many standard deviations is cut, so that no step time can turn negative or swing vanish [A].
const STEP_DEVIATION_LIMIT: f64 = 3.5;

/// Autocovariance of unit-variance fractional Gaussian noise at a lag:
/// `(|k+1|^2H - 2|k|^2H + |k-1|^2H) / 2` (Mandelbrot and Van Ness 1968).
#[must_use]
pub fn fgn_autocovariance(hurst: f64, lag: usize) -> f64 {
    let power = |x: f64| pow(x.abs(), 2.0 * hurst);
    let k = lag as f64;
    0.5 * (power(k + 1.0) - 2.0 * power(k) + power(k - 1.0))
}

/// `n` values of unit-variance fractional Gaussian noise by circulant embedding (Davies and Harte 1987).
///
/// Exact for 0 < H < 1: the eigenvalues of the embedding are not negative; rounding below zero is cut.
#[must_use]
pub fn fractional_gaussian_noise(n: usize, hurst: f64, rng: &mut ChaCha8Rng) -> Vec<f64> {
    let half = n.max(2).next_power_of_two();
    let size = 2 * half;
    let mut spectrum: Vec<Complex> = (0..size)
        .map(|i| Complex {
            re: fgn_autocovariance(hurst, i.min(size - i)),
            im: 0.0,
        })
        .collect();
    fourier(&mut spectrum);
    let mut series: Vec<Complex> = spectrum
        .iter()
        .map(|eigenvalue| {
            let amplitude = (eigenvalue.re.max(0.0) / size as f64).sqrt();
            Complex {
                re: amplitude * normal(rng),
                im: amplitude * normal(rng),
            }
        })
        .collect();
    fourier(&mut series);
    series.truncate(n);
    series.into_iter().map(|value| value.re).collect()
}

#[derive(Clone, Copy)]
struct Complex {
    re: f64,
    im: f64,
}

/// In-place discrete Fourier transform; the length is a power of two.
fn fourier(values: &mut [Complex]) {
    let n = values.len();
    if n < 2 {
        return;
    }
    let shift = usize::BITS - n.trailing_zeros();
    for i in 0..n {
        let j = i.reverse_bits() >> shift;
        if i < j {
            values.swap(i, j);
        }
    }
    let mut half = 1;
    while half < n {
        let step = -TAU / (2 * half) as f64;
        let twiddles: Vec<(f64, f64)> = (0..half)
            .map(|k| (sin(step * k as f64), cos(step * k as f64)))
            .collect();
        for block in values.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for ((a, b), &(sin, cos)) in low.iter_mut().zip(high).zip(&twiddles) {
                butterfly(a, b, sin, cos);
            }
        }
        half *= 2;
    }
}

fn butterfly(a: &mut Complex, b: &mut Complex, sin: f64, cos: f64) {
    let turned = Complex {
        re: b.re * cos - b.im * sin,
        im: b.re * sin + b.im * cos,
    };
    *b = Complex {
        re: a.re - turned.re,
        im: a.im - turned.im,
    };
    *a = Complex {
        re: a.re + turned.re,
        im: a.im + turned.im,
    };
}

/// What decides the step times of one bout.
#[derive(Clone, Debug, PartialEq)]
pub struct StepPattern {
    /// Mean step time, s.
    pub step_time_s: f64,
    /// Coefficient of variation of step times around their side's mean.
    pub step_cv: f64,
    /// Relative length of the step begun by each foot's contact; the pair averages 1.
    pub side_factor: PerSide<f64>,
}

/// `count` step times in seconds; step `k` begins with the contact of `first` when `k` is even.
///
/// `T_k = mean * (side factor + cv * (sqrt(m) G_k + sqrt(1 - m) W_k))`, G long-memory, W white, m = .8 (gaitpdb controls).
#[must_use]
pub fn step_times(
    pattern: &StepPattern,
    first: Side,
    count: usize,
    memory: &mut ChaCha8Rng,
    noise: &mut ChaCha8Rng,
) -> Vec<f64> {
    let constants = &laws().constants;
    let share = constants.long_memory_share.value;
    let long = fractional_gaussian_noise(count, constants.hurst.value, memory);
    long.into_iter()
        .enumerate()
        .map(|(k, g)| {
            let deviation = share.sqrt() * g + (1.0 - share).sqrt() * normal(noise);
            let side = side_of(first, k);
            let limited = deviation.clamp(-STEP_DEVIATION_LIMIT, STEP_DEVIATION_LIMIT);
            pattern.step_time_s * (pattern.side_factor.get(side) + pattern.step_cv * limited)
        })
        .collect()
}

/// The foot of contact `k` when `first` makes contact 0.
#[must_use]
pub const fn side_of(first: Side, k: usize) -> Side {
    if k.is_multiple_of(2) {
        first
    } else {
        first.other()
    }
}

#[cfg(test)]
mod tests {
    use approx::assert_abs_diff_eq;

    use super::*;
    use crate::random::{Purpose, StreamKey};

    fn autocovariance(series: &[f64], lag: usize) -> f64 {
        series
            .iter()
            .zip(&series[lag..])
            .map(|(a, b)| a * b)
            .sum::<f64>()
            / (series.len() - lag) as f64
    }

    #[test]
    fn long_memory_noise_has_the_autocovariance_it_promises() {
        let mut rng = StreamKey::from_seed(11).rng(Purpose::StepMemory, 0);
        let runs = 400;
        let mut sums = [0.0; 4];
        for _ in 0..runs {
            let series = fractional_gaussian_noise(500, 0.75, &mut rng);
            assert_eq!(series.len(), 500);
            for (lag, sum) in sums.iter_mut().enumerate() {
                *sum += autocovariance(&series, lag) / f64::from(runs);
            }
        }
        for (lag, measured) in sums.into_iter().enumerate() {
            assert_abs_diff_eq!(measured, fgn_autocovariance(0.75, lag), epsilon = 0.03);
        }
        assert_abs_diff_eq!(
            fgn_autocovariance(0.75, 1),
            2f64.sqrt() - 1.0,
            epsilon = 1e-12
        );
    }

    #[test]
    fn the_transform_of_a_cosine_is_one_pair_of_lines() {
        let n = 16;
        let mut values: Vec<Complex> = (0..n)
            .map(|i| Complex {
                re: (TAU * 3.0 * i as f64 / n as f64).cos(),
                im: 0.0,
            })
            .collect();
        fourier(&mut values);
        for (k, value) in values.iter().enumerate() {
            let expected = if k == 3 || k == 13 {
                n as f64 / 2.0
            } else {
                0.0
            };
            assert_abs_diff_eq!(value.re, expected, epsilon = 1e-9);
            assert_abs_diff_eq!(value.im, 0.0, epsilon = 1e-9);
        }
    }

    #[test]
    fn steps_alternate_and_keep_the_side_factor() {
        let pattern = StepPattern {
            step_time_s: 0.5,
            step_cv: 0.0,
            side_factor: PerSide {
                left: 0.9,
                right: 1.1,
            },
        };
        let rng = |purpose| StreamKey::from_seed(1).rng(purpose, 0);
        let times = step_times(
            &pattern,
            Side::Right,
            4,
            &mut rng(Purpose::StepMemory),
            &mut rng(Purpose::StepNoise),
        );
        for (time, expected) in times.into_iter().zip([0.55, 0.45, 0.55, 0.45]) {
            assert_abs_diff_eq!(time, expected, epsilon = 1e-12);
        }
    }
}
