//! The way of the centre of pressure under one stance.

use super::{CopPath, PATH_POINTS};

/// Load and its moments along and across the foot, one value per sample: the centre of pressure is their quotient.
#[derive(Clone, Debug, Default)]
pub(super) struct Course {
    pub(super) load: Vec<f32>,
    pub(super) x: Vec<f32>,
    pub(super) y: Vec<f32>,
}

impl Course {
    /// All zero over `samples` samples.
    pub(super) fn clear(&mut self, samples: usize) {
        for values in [&mut self.load, &mut self.x, &mut self.y] {
            values.clear();
            values.resize(samples, 0.0);
        }
    }

    /// Centre of pressure at a sample; `None` without load.
    pub(super) fn at(&self, sample: usize) -> Option<(f64, f64)> {
        let value = |values: &[f32]| values.get(sample).copied().map(f64::from);
        centre(value(&self.load)?, value(&self.x)?, value(&self.y)?)
    }

    /// Centre of pressure between samples: load and moments are taken on the straight line, so an unloaded neighbour
    /// has no say.
    pub(super) fn between(&self, position: f64) -> Option<(f64, f64)> {
        let before = position.max(0.0) as usize;
        let share = position - before as f64;
        let value = |values: &[f32]| {
            let from = f64::from(*values.get(before)?);
            let to = values.get(before + 1).map_or(from, |v| f64::from(*v));
            Some(from + share * (to - from))
        };
        centre(value(&self.load)?, value(&self.x)?, value(&self.y)?)
    }

    /// [`PATH_POINTS`] points evenly spaced from `start` to `end` (samples, fractional). `None` when one has no load.
    pub(super) fn path(&self, start: f64, end: f64) -> Option<CopPath> {
        let mut path = CopPath {
            x: [0.0; PATH_POINTS],
            y: [0.0; PATH_POINTS],
        };
        let points = path.x.iter_mut().zip(&mut path.y).enumerate();
        for (k, (x, y)) in points {
            let share = k as f64 / (PATH_POINTS - 1) as f64;
            (*x, *y) = self.between(start + share * (end - start))?;
        }
        Some(path)
    }
}

fn centre(load: f64, x: f64, y: f64) -> Option<(f64, f64)> {
    (load > 0.0).then(|| (x / load, y / load))
}

impl CopPath {
    /// Extent along the foot, insole lengths.
    #[must_use]
    pub fn length(&self) -> f64 {
        extent(&self.x)
    }

    /// Extent across the foot, insole widths.
    #[must_use]
    pub fn width(&self) -> f64 {
        extent(&self.y)
    }
}

fn extent(values: &[f64]) -> f64 {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    high - low
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use approx::assert_abs_diff_eq;

    /// One newton that walks from -0.4 to +0.4 in 9 samples, two newtons in the second half.
    fn course() -> Course {
        let mut course = Course::default();
        course.clear(9);
        for k in 0..9 {
            let load = if k < 4 { 1.0 } else { 2.0 };
            course.load[k] = load;
            course.x[k] = load * (0.1 * k as f32 - 0.4);
            course.y[k] = load * 0.1;
        }
        course
    }

    #[test]
    fn the_path_runs_through_the_samples() {
        let path = course().path(0.0, 8.0).unwrap();
        assert_abs_diff_eq!(path.x[0], -0.4, epsilon = 1e-6);
        assert_abs_diff_eq!(path.x[20], 0.4, epsilon = 1e-6);
        assert_abs_diff_eq!(path.x[5], -0.2, epsilon = 1e-6);
        assert_abs_diff_eq!(path.length(), 0.8, epsilon = 1e-6);
        assert_abs_diff_eq!(path.width(), 0.0, epsilon = 1e-6);
    }

    #[test]
    fn between_samples_the_heavier_one_counts_more() {
        // Halfway from 1 N at -0.1 to 2 N at 0.0.
        let (x, _) = course().between(3.5).unwrap();
        assert_abs_diff_eq!(x, -0.1 / 3.0, epsilon = 1e-6);
    }

    #[test]
    fn no_load_no_centre() {
        let mut course = course();
        course.load[3] = 0.0;
        assert_eq!(course.at(3), None);
        assert_eq!(course.at(9), None);
        // The unloaded sample alone has no centre; a path that does not rest on it exists.
        assert!(course.path(0.0, 8.0).is_some());
        course.load[4] = 0.0;
        assert!(course.path(0.0, 8.0).is_none());
    }
}
