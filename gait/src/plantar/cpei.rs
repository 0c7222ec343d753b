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
    // The line ends where load passes the level, between samples: whole samples would shorten it by what the rate hides.
    let from = course.between(crossing(load_bw, first, first.checked_sub(1)))?;
    let to = course.between(crossing(load_bw, last, last.checked_add(1)))?;
    if !(from.0 < DISTAL_THIRD_X && DISTAL_THIRD_X < to.0) {
        return None;
    }
    let slope = (to.1 - from.1) / (to.0 - from.0);
    let line_y = from.1 + slope * (DISTAL_THIRD_X - from.0);
    let path_y = passes(course, first, last)?;
    Some(100.0 * (line_y - path_y) * slope.atan().cos())
}

/// Where load passes the level between a loaded sample and its unloaded neighbour; the sample itself without one.
fn crossing(load_bw: &[f64], loaded: usize, neighbour: Option<usize>) -> f64 {
    let at = loaded as f64;
    let load = |i: usize| load_bw.get(i).copied();
    let (Some(inner), Some(outer)) = (load(loaded), neighbour.and_then(load)) else {
        return at;
    };
    let share = (inner - LEAST_LOAD_BW) / (inner - outer);
    let towards = neighbour.map_or(0.0, |n| n as f64 - at);
    if share.is_finite() {
        at + share * towards
    } else {
        at
    }
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
    fn the_line_ends_where_load_passes_the_level() {
        // Unloaded before and after: the moments there are zero, so the ends keep the place of the loaded samples.
        let path = course(&[(-0.4, 0.0), (0.2, -0.1), (0.4, 0.0)]);
        let level = cpei_pct(&path, &[1.0; 3]).unwrap();
        let mut framed = course(&[(0.0, 0.0), (-0.4, 0.0), (0.2, -0.1), (0.4, 0.0), (0.0, 0.0)]);
        framed.load[0] = 0.0;
        framed.load[4] = 0.0;
        let found = cpei_pct(&framed, &[0.0, 1.0, 1.0, 1.0, 0.0]).unwrap();
        assert_abs_diff_eq!(found, level, epsilon = 1e-4);
        // Load rises from 0.05 to 0.15 between the first two samples: the level, and the end of the line, lie halfway in
        // load, where the moments are the mean of both.
        let way = [
            (-0.4, 0.0),
            (-0.4, 0.4),
            (0.0, -0.2),
            (0.2, -0.1),
            (0.4, 0.0),
        ];
        let mut slow = course(&way);
        for (k, load) in [(0, 0.05), (1, 0.15)] {
            slow.load[k] = load;
            slow.x[k] *= load;
            slow.y[k] *= load;
        }
        let found = cpei_pct(&slow, &[0.05, 0.15, 1.0, 1.0, 1.0]).unwrap();
        let ends = course(&[(-0.4, 0.3), (0.0, -0.2), (0.2, -0.1), (0.4, 0.0)]);
        assert_abs_diff_eq!(found, cpei_pct(&ends, &[1.0; 4]).unwrap(), epsilon = 1e-4);
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
