//! One value of one person, day after day against its own baseline.

use super::baseline::{BASELINE_DAYS, Baseline};
use super::cusum::{Cusum, Direction, LIMIT};
use super::student;

/// Days whose mean must still point the same way, and by how many standard deviations (A).
const RECENT_DAYS: usize = 3;
const RECENT_Z: f64 = 1.0;
/// Days of the weekly test.
const WEEK_DAYS: usize = 7;

/// One valid day of one value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Days since 1970-01-01.
    pub date: i64,
    /// Value.
    pub value: f64,
    /// Its standard error.
    pub se: f64,
    /// Cadence of the day, steps/min.
    pub cadence: f64,
}

/// Where a value stands after its last day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Standing {
    /// What it is compared with.
    pub baseline: Baseline,
    /// Which way it leans.
    pub direction: Direction,
    /// Height of the cumulative sum, standard deviations.
    pub sum: f64,
    /// First day of the change: the day after the sum last was zero.
    pub start_date: i64,
    /// Days since then, that day included.
    pub days: usize,
    /// Mean distance from the baseline over these days.
    pub delta: f64,
    /// Its standard error.
    pub delta_se: f64,
    /// Mean cadence of these days minus that of the baseline, steps/min.
    pub cadence_delta: f64,
    /// Two-sided p of the last seven days against the baseline.
    pub week_p: f64,
    /// Sum, recent days and size all say that it changed.
    pub alarm: bool,
}

/// Follows a value over days in order of their dates. `sem` is the device's standard error of measurement, if known.
/// `adjust` takes cadence out. `None` until a baseline and one more day are there.
#[must_use]
pub fn follow(points: &[Point], sem: Option<f64>, adjust: bool) -> Option<Standing> {
    let (base, after) = points.split_at_checked(BASELINE_DAYS)?;
    let fitted: Vec<(f64, f64)> = base.iter().map(|p| (p.value, p.cadence)).collect();
    let baseline = Baseline::fit(&fitted, sem, adjust)?;
    let mut cusum = Cusum::new(super::cusum::SLACK);
    let z: Vec<f64> = after
        .iter()
        .map(|p| baseline.z(p.value, p.cadence, p.se))
        .collect();
    z.iter().for_each(|z| cusum.push(*z));
    let last = after.last()?;
    let leading = cusum.leading();
    let since = after.get(leading.start..).filter(|days| !days.is_empty());
    let run = mean(&baseline, since.unwrap_or(std::slice::from_ref(last)));
    let week = mean(&baseline, tail(after, WEEK_DAYS));
    let recent = tail(&z, RECENT_DAYS);
    let still = recent.len() == RECENT_DAYS
        && leading.direction.sign() * recent.iter().sum::<f64>() / RECENT_DAYS as f64 >= RECENT_Z;
    let large = run.delta.abs() >= baseline.mdc95_of_means(run.days);
    Some(Standing {
        baseline,
        direction: leading.direction,
        sum: leading.sum,
        start_date: after.get(leading.start).unwrap_or(last).date,
        days: run.days,
        delta: run.delta,
        delta_se: run.se,
        cadence_delta: run.cadence_delta,
        week_p: student::two_sided_p(week.delta / week.se, baseline.df),
        alarm: leading.sum > LIMIT && still && large,
    })
}

/// Mean distance of the days from `start_date` on from a baseline that takes cadence out.
#[must_use]
pub fn adjusted_delta(points: &[Point], baseline: &Baseline, start_date: i64) -> f64 {
    let days: Vec<Point> = points
        .iter()
        .filter(|p| p.date >= start_date)
        .copied()
        .collect();
    mean(baseline, &days).delta
}

struct Mean {
    days: usize,
    delta: f64,
    se: f64,
    cadence_delta: f64,
}

fn mean(baseline: &Baseline, days: &[Point]) -> Mean {
    let n = days.len().max(1) as f64;
    let sum: f64 = days
        .iter()
        .map(|p| baseline.residual(p.value, p.cadence))
        .sum();
    let cadence = days.iter().map(|p| p.cadence).sum::<f64>() / n;
    Mean {
        days: days.len(),
        delta: sum / n,
        se: baseline.difference_se(days.len(), cadence),
        cadence_delta: cadence - baseline.line.cadence,
    }
}

fn tail<T>(values: &[T], n: usize) -> &[T] {
    values
        .get(values.len().saturating_sub(n)..)
        .unwrap_or(values)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failing unwrap is a failing test")]
    use super::*;
    use approx::assert_abs_diff_eq;

    fn days(values: &[f64]) -> Vec<Point> {
        let point = |(date, value): (i64, &f64)| Point {
            date,
            value: *value,
            se: 0.0,
            cadence: 110.0,
        };
        (0..).zip(values).map(point).collect()
    }

    /// Fourteen days around 10 with spread 1, then the given ones.
    fn after_baseline(later: &[f64]) -> Vec<Point> {
        let base = (0..14).map(|i| if i % 2 == 0 { 9.0 } else { 11.0 });
        let values: Vec<f64> = base.chain(later.iter().copied()).collect();
        days(&values)
    }

    #[test]
    fn a_shift_is_found_with_its_first_day() {
        let mut later = vec![10.0; 5];
        later.extend([13.0; 6]);
        let found = follow(&after_baseline(&later), Some(1.0), false).unwrap();
        assert!(found.alarm);
        assert_eq!(
            (found.direction, found.start_date, found.days),
            (Direction::Higher, 19, 6)
        );
        assert_abs_diff_eq!(found.delta, 3.0, epsilon = 1e-9);
        assert!(found.week_p < 0.01 && found.delta / found.delta_se > 4.0);
    }

    #[test]
    fn a_change_that_went_away_raises_nothing() {
        let mut later = vec![13.0; 5];
        later.extend([9.9; 3]);
        let found = follow(&after_baseline(&later), Some(1.0), false).unwrap();
        assert!(!found.alarm, "the last three days are back: {found:?}");
    }

    #[test]
    fn before_the_baseline_is_complete_nothing_is_said() {
        assert_eq!(follow(&days(&[1.0; 10]), Some(1.0), false), None);
        assert_eq!(follow(&days(&[1.0; 14]), Some(1.0), false), None);
    }

    #[test]
    fn a_shift_within_the_error_of_means_is_not_told() {
        // Days that never vary are held up by the device error 1: s = 0.66. A shift of 0.78 adds 0.1 a day and passes
        // the limit after six weeks, but the mean of so many days has a detectable change of 0.82.
        let after = |shift: f64| {
            let mut values = vec![10.0; 14];
            values.extend([10.0 + shift; 50]);
            follow(&days(&values), Some(1.0), false).unwrap()
        };
        let small = after(0.78);
        assert!(small.sum > LIMIT && !small.alarm, "{small:?}");
        assert!(after(0.95).alarm);
    }
}
