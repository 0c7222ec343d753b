//! Two-sided cumulative sum (Page 1954) of standardised daily values.

use serde::Serialize;

/// Slack per day, standard deviations: shifts below this never add up. 1.0 instead of the textbook 0.5, because the
/// baseline is itself estimated from 14 days and days resemble their neighbours: 0.5 gives 70 % false alarms in 90 days
/// (D, test `the_textbook_slack_is_too_small`).
pub const SLACK: f64 = 1.0;
/// Sum that raises an alarm, standard deviations (D, as above).
pub const LIMIT: f64 = 5.0;
/// A single day counts at most this much, standard deviations (A).
pub const CLIP: f64 = 4.0;

/// Which way a value moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Direction {
    /// Above the baseline.
    Higher,
    /// Below it.
    Lower,
}

impl Direction {
    /// +1 or -1.
    #[must_use]
    pub const fn sign(self) -> f64 {
        match self {
            Self::Higher => 1.0,
            Self::Lower => -1.0,
        }
    }
}

/// One side of the sum.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Arm {
    sum: f64,
    start: usize,
}

/// Running sums of both directions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cusum {
    slack: f64,
    seen: usize,
    higher: Arm,
    lower: Arm,
}

/// The larger of both sums.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Leading {
    /// Its direction.
    pub direction: Direction,
    /// Its height, standard deviations.
    pub sum: f64,
    /// Index of the first day after it last was zero: where the change began.
    pub start: usize,
}

impl Cusum {
    /// Sums of zero. `slack` is [`SLACK`] in the engine.
    #[must_use]
    pub fn new(slack: f64) -> Self {
        Self {
            slack,
            seen: 0,
            higher: Arm::default(),
            lower: Arm::default(),
        }
    }

    /// Adds the next day's standardised value.
    pub fn push(&mut self, z: f64) {
        let z = z.clamp(-CLIP, CLIP);
        self.seen += 1;
        for (arm, sign) in [(&mut self.higher, 1.0), (&mut self.lower, -1.0)] {
            // A value that is no number leaves the sum at zero.
            arm.sum = (arm.sum + sign * z - self.slack).max(0.0);
            if arm.sum == 0.0 {
                arm.start = self.seen;
            }
        }
    }

    /// The larger sum.
    #[must_use]
    pub fn leading(&self) -> Leading {
        let (direction, arm) = if self.higher.sum >= self.lower.sum {
            (Direction::Higher, self.higher)
        } else {
            (Direction::Lower, self.lower)
        };
        Leading {
            direction,
            sum: arm.sum,
            start: arm.start,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_abs_diff_eq;

    #[test]
    fn sums_by_hand() {
        let mut cusum = Cusum::new(SLACK);
        for z in [0.5, 3.0, -1.0, 2.5] {
            cusum.push(z);
        }
        // 0, 2, 0, 1.5: zero last after the third day.
        let leading = cusum.leading();
        assert_eq!((leading.direction, leading.start), (Direction::Higher, 3));
        assert_abs_diff_eq!(leading.sum, 1.5);
        for _ in 0..3 {
            cusum.push(-9.0);
        }
        // Clipped to -4 a day: three times three.
        let leading = cusum.leading();
        assert_eq!((leading.direction, leading.start), (Direction::Lower, 4));
        assert_abs_diff_eq!(leading.sum, 9.0);
    }

    #[test]
    fn what_is_no_number_adds_nothing() {
        let mut cusum = Cusum::new(SLACK);
        cusum.push(3.0);
        cusum.push(f64::NAN);
        assert_abs_diff_eq!(cusum.leading().sum, 0.0);
    }
}
