//! The moment of a stance at which the foot stands stillest: least energy of rotation over 100 ms.

use std::ops::Range;

use super::rotation::Vector;
use super::segment::Inertial;

/// Length of the window, s (the usual choice for zero-velocity updates, Rampp 2014).
const WINDOW_S: f64 = 0.100;
/// Rotation beyond which the foot never stood still, degrees per second (root mean square over the window).
const STILL_DPS: f64 = 60.0;
/// What a resting accelerometer reads, g; outside, it is not at rest or not in g.
const REST_G: Range<f64> = 0.75..1.25;

/// The foot at rest on the ground.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct StillMoment {
    /// Sample in the middle of the window.
    pub(super) at: usize,
    /// Mean acceleration over the window, g: it points up.
    pub(super) up: Vector,
    /// Mean reading of the gyroscope over the window, degrees per second.
    pub(super) rate_dps: Vector,
}

/// The stillest moment of a range of samples; `None` when there is none still enough.
pub(super) fn still_moment(
    inertial: &Inertial<'_>,
    range: Range<usize>,
    bias_dps: Vector,
) -> Option<StillMoment> {
    let window = ((WINDOW_S * inertial.sampling_hz).round() as usize).max(2);
    let segment = inertial.segment(range.clone())?;
    let [x, y, z] = &segment.angular_velocity_dps;
    let [bx, by, bz] = bias_dps.map(|b| b as f32);
    let energy: Vec<f32> = x
        .iter()
        .zip(y.iter())
        .zip(z.iter())
        .map(|((x, y), z)| (x - bx).powi(2) + (y - by).powi(2) + (z - bz).powi(2))
        .collect();
    let (start, least) = least_window(&energy, window)?;
    let mean = |column: &[f32]| {
        let part = column.get(start..start + window)?;
        Some(part.iter().map(|v| f64::from(*v)).sum::<f64>() / window as f64)
    };
    let [ax, ay, az] = &segment.acceleration_g;
    let up = [mean(ax)?, mean(ay)?, mean(az)?];
    let rate_dps = [mean(x)?, mean(y)?, mean(z)?];
    let length = up.iter().map(|c| c * c).sum::<f64>().sqrt();
    let still = (least / window as f64).sqrt() <= STILL_DPS && REST_G.contains(&length);
    still.then_some(StillMoment {
        at: range.start + start + window / 2,
        up,
        rate_dps,
    })
}

/// Start and sum of the window with the least sum; the middle one of equals does not matter.
fn least_window(energy: &[f32], window: usize) -> Option<(usize, f64)> {
    let mut sum: f64 = energy.get(..window)?.iter().map(|e| f64::from(*e)).sum();
    let mut best = (0, sum);
    for (k, (new, old)) in energy.iter().skip(window).zip(energy).enumerate() {
        sum += f64::from(*new) - f64::from(*old);
        if sum < best.1 {
            best = (k + 1, sum);
        }
    }
    best.1.is_finite().then_some((best.0, best.1.max(0.0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_quietest_window_is_found() {
        let mut energy = vec![9.0; 50];
        energy[20..30].fill(1.0);
        assert_eq!(least_window(&energy, 10), Some((20, 10.0)));
        assert_eq!(least_window(&energy[..5], 10), None);
        assert_eq!(least_window(&[f32::NAN; 20], 10), None);
    }
}
