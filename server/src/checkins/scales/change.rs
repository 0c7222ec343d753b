//! Whether a change of a score is more than measurement error, and whether it matters.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Better, Scale};
use crate::store::types::text_enum;

text_enum! {
    /// Which way a score moved.
    Direction {
        /// For the better.
        Better = "better",
        /// For the worse.
        Worse = "worse",
        /// Not at all.
        Same = "same",
    }
}

/// A change between two scores.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct Change {
    /// New less old, in the score's points.
    pub points: f64,
    /// The same in percent of the old; absent where that is 0.
    pub percent: Option<f64>,
    /// Which way.
    pub direction: Direction,
    /// Whether it is more than measurement error; absent where no source says how large that is.
    pub beyond_error: Option<bool>,
    /// Whether it is as large as patients notice, in points; absent where no source says.
    pub matters: Option<bool>,
    /// The same by the percentage of the old.
    pub matters_by_percent: Option<bool>,
}

/// The change from one score to a later one.
pub fn change(scale: &Scale, from: f64, to: f64) -> Change {
    let points = to - from;
    let size = points.abs();
    let percent = (from != 0.0).then(|| 100.0 * points / from);
    let up_is_better = scale.better == Better::Higher;
    let direction = if size < f64::EPSILON {
        Direction::Same
    } else if (points > 0.0) == up_is_better {
        Direction::Better
    } else {
        Direction::Worse
    };
    Change {
        points,
        percent,
        direction,
        beyond_error: scale.mdc.map(|mdc| size >= mdc),
        matters: scale.mic.map(|mic| size >= mic),
        matters_by_percent: scale
            .mic_pct
            .zip(percent)
            .map(|(mic, percent)| percent.abs() >= mic),
    }
}

/// Whether people with this score count as recovered; absent where no source says.
pub fn is_recovered(scale: &Scale, score: f64) -> Option<bool> {
    scale.recovered.map(|line| match scale.better {
        Better::Lower => score <= line,
        Better::Higher => score >= line,
    })
}

#[cfg(test)]
mod tests {
    use super::super::find;
    use super::*;

    #[test]
    fn roland_matters_from_five_points_or_thirty_percent() {
        let rmdq = find("rmdq").unwrap();
        let five = change(rmdq, 20.0, 15.0);
        assert_eq!(
            (five.direction, five.matters, five.matters_by_percent),
            (Direction::Better, Some(true), Some(false))
        );
        let third = change(rmdq, 6.0, 4.0);
        assert_eq!(
            (third.matters, third.matters_by_percent),
            (Some(false), Some(true))
        );
        assert_eq!(third.beyond_error, None, "no source gives one");
        assert_eq!(
            (is_recovered(rmdq, 2.0), is_recovered(rmdq, 3.0)),
            (Some(true), Some(false))
        );
    }

    #[test]
    fn a_change_can_matter_and_still_be_within_the_error() {
        let change = change(find("msk_hq").unwrap(), 30.0, 37.0);
        assert_eq!(change.direction, Direction::Better);
        assert_eq!(
            (change.beyond_error, change.matters),
            (Some(false), Some(true))
        );
    }

    #[test]
    fn nothing_changed_is_neither_and_from_zero_there_is_no_percentage() {
        let nprs = find("nprs_back").unwrap();
        assert_eq!(change(nprs, 3.0, 3.0).direction, Direction::Same);
        let from_zero = change(nprs, 0.0, 3.0);
        assert_eq!(
            (from_zero.percent, from_zero.matters_by_percent),
            (None, None)
        );
        assert_eq!(from_zero.direction, Direction::Worse);
        assert_eq!(is_recovered(find("psfs").unwrap(), 10.0), None);
    }
}
