//! The values of a course as numbers, for the script that lets one zoom in: the same as in the pictures, nothing more.

use serde::Serialize;

use super::axis::round_range;
use super::facts::{Course, CourseDay};
use crate::http::format::short_date;
use crate::walking::trend::REFERENCE;

/// A course in numbers; what is not known is null.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Series {
    /// The name of each date.
    pub dates: Vec<String>,
    /// Worst pain of each date.
    pub pain: Vec<Option<u8>>,
    /// Median, lower and upper end of its band.
    pub usual: [Vec<Option<f64>>; 3],
    /// Percent done of what was due.
    pub done: Vec<Option<f64>>,
    /// Habit strength, percent.
    pub strength: Vec<Option<f64>>,
    /// Sessions with an index: place among the dates (0.5 is the middle of the first), index, standard error.
    pub walking: Vec<[f64; 3]>,
    /// Lowest and highest value of the axis of the index.
    pub walking_range: [f64; 2],
    /// Mean and standard deviation of the reference group.
    pub reference: [f64; 2],
    /// Hours worn.
    pub wear: Vec<Option<f64>>,
    /// Places of the dates on which something happened.
    pub happened: Vec<usize>,
}

impl Series {
    /// The numbers of a course.
    pub fn of(course: &Course) -> Self {
        let days = &course.days;
        let usual = |of: fn(super::rules::PainBand) -> f64| {
            days.iter().map(|day| day.usual.map(of)).collect()
        };
        let walking: Vec<[f64; 3]> = days.iter().enumerate().flat_map(walks).collect();
        let (mean, sd) = REFERENCE;
        let edges = walking
            .iter()
            .flat_map(|[_, score, se]| [score - se, score + se]);
        let (low, high) = round_range(edges, (mean - 2.0 * sd, mean + 2.0 * sd), 10.0);
        Self {
            dates: days.iter().map(|day| short_date(day.date)).collect(),
            pain: days.iter().map(CourseDay::worst_pain).collect(),
            usual: [
                usual(|band| band.median),
                usual(|band| band.low),
                usual(|band| band.high),
            ],
            done: days.iter().map(|day| day.done_pct().map(tenth)).collect(),
            strength: days
                .iter()
                .map(|day| day.strength_pct().map(tenth))
                .collect(),
            walking,
            walking_range: [low, high],
            reference: [mean, sd],
            wear: days.iter().map(|day| day.worn_h().map(tenth)).collect(),
            happened: course
                .marks
                .iter()
                .filter_map(|mark| days.iter().position(|day| day.date == mark.date))
                .collect(),
        }
    }
}

/// The sessions of a day that have an index, where the picture has them too.
fn walks((place, day): (usize, &CourseDay)) -> Vec<[f64; 3]> {
    let of = day.walks.len() as f64 + 1.0;
    let walks = day.walks.iter().enumerate();
    walks
        .filter_map(|(n, walk)| {
            let (score, se) = walk.score?;
            let within = (n as f64 + 1.0) / of;
            Some([place as f64 + within, tenth(score), tenth(se)])
        })
        .collect()
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::civil::date;

    use super::super::facts::Walk;
    use super::*;
    use crate::store::types::SessionId;

    #[test]
    fn what_is_not_known_is_null_and_each_session_has_its_place() {
        let walk = |score| Walk {
            id: SessionId::from([1; 16]),
            at: Timestamp::UNIX_EPOCH,
            source: "worn".to_owned(),
            score,
            reasons: Vec::new(),
            versions: (String::new(), String::new()),
        };
        let day = |number, walks| CourseDay {
            date: date(2026, 3, number),
            pain: None,
            usual: None,
            done: None,
            walks,
            worn: None,
        };
        let course = Course {
            from: date(2026, 3, 1),
            through: date(2026, 3, 2),
            days: vec![
                day(1, Vec::new()),
                day(
                    2,
                    vec![
                        walk(Some((93.04, 4.0))),
                        walk(None),
                        walk(Some((140.0, 9.0))),
                    ],
                ),
            ],
            band_days: 7,
            pauses: Vec::new(),
            marks: Vec::new(),
        };
        let series = Series::of(&course);
        assert_eq!(series.walking, [[1.25, 93.0, 4.0], [1.75, 140.0, 9.0]]);
        assert_eq!(series.walking_range, [80.0, 150.0]);
        let text = serde_json::to_string(&series).unwrap();
        assert!(text.contains(r#""pain":[null,null]"#) && text.contains(r#""wear":[null,null]"#));
        assert!(!text.contains("NaN"));
    }
}
