//! Centre of Pressure Excursion Index (Song 1996) in insole form: how far lateral of the straight line between its ends
//! the centre of pressure passes the distal third of the foot.

use super::cop::Course;

/// Samples count while the load exceeds this, body weights: near contact and toe-off the centre of pressure is made of a
/// few readings (docs/GAIT.md, pressure).
pub(super) const LEAST_LOAD_BW: f64 = 0.10;
/// Where the distal third of the insole begins, insole lengths from its middle.
const DISTAL_THIRD_X: f64 = 1.0 / 6.0;

/// The index in percent of the insole's width, positive when the path runs lateral of the line; `None` when the path
/// does not pass the distal third between its first and last loaded sample. `load_bw` is the load of the course's samples.
pub(super) fn cpei_pct(course: &Course, load_bw: &[f64]) -> Option<f64> {
    let loaded = |load: &f64| *load > LEAST_LOAD_BW;
    let first = load_bw.iter().position(loaded)?;
    let last = load_bw.iter().rposition(loaded)?;
    let (from, to) = (course.at(first)?, course.at(last)?);
    if !(from.0 < DISTAL_THIRD_X && DISTAL_THIRD_X < to.0) {
        return None;
    }
    let slope = (to.1 - from.1) / (to.0 - from.0);
    let line_y = from.1 + slope * (DISTAL_THIRD_X - from.0);
    let path_y = passes(course, first, last)?;
    Some(100.0 * (line_y - path_y) * slope.atan().cos())
}

/// Where across the foot the path first passes into the distal third.
fn passes(course: &Course, first: usize, last: usize) -> Option<f64> {
    let mut before = course.at(first)?;
    for sample in first + 1..=last {
        let Some(here) = course.at(sample) else {
            continue;
        };
        if here.0 >= DISTAL_THIRD_X {
            let share = (DISTAL_THIRD_X - before.0) / (here.0 - before.0);
            return Some(before.1 + share * (here.1 - before.1));
        }
        before = here;
    }
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use approx::assert_abs_diff_eq;

    /// Points of equal load.
    fn course(points: &[(f32, f32)]) -> Course {
        Course {
            load: vec![1.0; points.len()],
            x: points.iter().map(|p| p.0).collect(),
            y: points.iter().map(|p| p.1).collect(),
        }
    }

    #[test]
    fn distance_from_a_level_line() {
        // The line lies at y = 0; between x = 0.0 (y = -0.3) and x = 1/3 (y = -0.1) the path is at -0.2.
        let path = course(&[(-0.4, 0.0), (0.0, -0.3), (1.0 / 3.0, -0.1), (0.4, 0.0)]);
        let found = cpei_pct(&path, &[1.0; 4]).unwrap();
        assert_abs_diff_eq!(found, 20.0, epsilon = 1e-4);
    }

    #[test]
    fn the_tilt_of_the_line_shortens_the_distance() {
        // Line from (-0.5, -0.5) to (0.5, 0.5): slope 1, cosine 1/sqrt 2; at x = 1/6 it lies at 1/6, the path at -1/6.
        let path = course(&[(-0.5, -0.5), (1.0 / 6.0, -1.0 / 6.0), (0.5, 0.5)]);
        let found = cpei_pct(&path, &[1.0; 3]).unwrap();
        assert_abs_diff_eq!(found, 100.0 / 3.0 * 0.5_f64.sqrt(), epsilon = 1e-4);
    }

    #[test]
    fn a_path_medial_of_the_line_is_negative() {
        let path = course(&[(-0.4, 0.0), (0.2, 0.1), (0.4, 0.0)]);
        assert!(cpei_pct(&path, &[1.0; 3]).unwrap() < -5.0);
    }

    #[test]
    fn samples_of_little_load_do_not_set_the_line() {
        let points = [
            (-0.4, 0.4),
            (-0.4, 0.0),
            (0.2, -0.1),
            (0.4, 0.0),
            (0.4, 0.4),
        ];
        let inner = cpei_pct(&course(&points), &[0.1, 1.0, 1.0, 1.0, 0.05]).unwrap();
        let level = cpei_pct(&course(&points[1..4]), &[1.0; 3]).unwrap();
        assert_abs_diff_eq!(inner, level, epsilon = 1e-12);
    }

    #[test]
    fn a_path_that_stays_behind_the_distal_third_has_none() {
        assert_eq!(
            cpei_pct(&course(&[(-0.4, 0.0), (0.1, 0.0)]), &[1.0; 2]),
            None
        );
        assert_eq!(
            cpei_pct(&course(&[(-0.4, 0.0), (0.3, 0.0)]), &[0.0; 2]),
            None
        );
        assert_eq!(cpei_pct(&course(&[]), &[]), None);
    }
}
