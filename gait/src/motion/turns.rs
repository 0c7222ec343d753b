//! Turns, from the change of heading of each foot's strides.

use serde::Serialize;

use crate::recording::Side;

/// A stride that changes heading by this much is a turn by itself, degrees (A, docs/GAIT.md, turns).
pub(crate) const TURN_STRIDE_DEG: f64 = 20.0;
/// A turn changes heading by this much in all, degrees (El-Gohary 2014 as used by Mobilise-D).
const TURN_DEG: f64 = 45.0;
/// ... within this time, s: longer ones are a curved path.
const TURN_S: std::ops::RangeInclusive<f64> = 0.5..=10.0;
/// Strides that turn slower than this do not belong to a turn, degrees per second (the same source).
const EDGE_DPS: f64 = 5.0;

/// A turn of the body, seen by one foot or both.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Turn {
    /// Start of its first stride, s from the first sample.
    pub start_s: f64,
    /// End of its last stride, s from the first sample.
    pub end_s: f64,
    /// Change of heading, degrees, positive to the left; the mean where both feet saw it.
    pub angle_deg: f64,
    /// To which side.
    pub side: Side,
}

/// Heading of one stride; `None` where it could not be followed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heading {
    pub(super) start_s: f64,
    pub(super) end_s: f64,
    pub(super) yaw_deg: Option<f64>,
}

impl Heading {
    /// The heading change of a stride that turns at all.
    fn turning(&self) -> Option<f64> {
        self.yaw_deg
            .filter(|yaw| yaw.abs() >= EDGE_DPS * (self.end_s - self.start_s))
    }
}

/// Turns of one foot: consecutive strides towards one side. `strides` ascending.
pub(super) fn of_foot(strides: &[Heading]) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    let mut open: Option<Turn> = None;
    for stride in strides {
        let next = stride.turning().map(|yaw| Turn {
            start_s: stride.start_s,
            end_s: stride.end_s,
            angle_deg: yaw,
            side: if yaw > 0.0 { Side::Left } else { Side::Right },
        });
        open = match (open, next) {
            (Some(turn), Some(next)) if joined(&turn, &next) => Some(Turn {
                end_s: next.end_s,
                angle_deg: turn.angle_deg + next.angle_deg,
                ..turn
            }),
            (before, next) => {
                turns.extend(before.filter(is_turn));
                next
            }
        };
    }
    turns.extend(open.filter(is_turn));
    turns
}

/// The same side, and one stride straight after the other.
fn joined(turn: &Turn, next: &Turn) -> bool {
    turn.side == next.side && next.start_s <= turn.end_s + 1e-6
}

fn is_turn(turn: &Turn) -> bool {
    turn.angle_deg.abs() >= TURN_DEG && TURN_S.contains(&(turn.end_s - turn.start_s))
}

/// Both feet make the same turn one after the other: turns to one side that overlap are one.
pub(super) fn together(left: Vec<Turn>, right: Vec<Turn>) -> Vec<Turn> {
    let mut all: Vec<(Turn, f64)> = left.into_iter().chain(right).map(|t| (t, 1.0)).collect();
    all.sort_by(|(a, _), (b, _)| a.start_s.total_cmp(&b.start_s));
    all.dedup_by(|(next, _), (kept, feet)| {
        let same = next.side == kept.side && next.start_s < kept.end_s;
        if same {
            kept.angle_deg = (kept.angle_deg * *feet + next.angle_deg) / (*feet + 1.0);
            *feet += 1.0;
            kept.end_s = kept.end_s.max(next.end_s);
        }
        same
    });
    all.into_iter().map(|(turn, _)| turn).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn foot(from_s: f64, yaws: &[Option<f64>]) -> Vec<Heading> {
        let heading = |(k, yaw_deg): (usize, &Option<f64>)| Heading {
            start_s: from_s + k as f64,
            end_s: from_s + k as f64 + 1.0,
            yaw_deg: *yaw_deg,
        };
        yaws.iter().enumerate().map(heading).collect()
    }

    fn angles(yaws: &[Option<f64>]) -> Vec<f64> {
        of_foot(&foot(0.0, yaws))
            .iter()
            .map(|t| t.angle_deg)
            .collect()
    }

    #[test]
    fn strides_to_one_side_add_up() {
        let yaws = [1.0, 30.0, 40.0, 20.0, -2.0, -50.0, 0.0].map(Some);
        assert_eq!(angles(&yaws), [90.0, -50.0]);
        assert_eq!(angles(&[Some(20.0), Some(20.0)]), [0.0; 0], "too little");
    }

    #[test]
    fn a_lost_stride_a_change_of_side_and_a_long_curve_are_no_turn() {
        assert_eq!(angles(&[Some(25.0), None, Some(25.0)]), [0.0; 0]);
        assert_eq!(angles(&[Some(30.0), Some(-30.0)]), [0.0; 0]);
        assert_eq!(angles(&[Some(9.0); 12]), [0.0; 0], "a curve of 12 s");
        assert_eq!(angles(&[Some(9.0); 6]), [54.0]);
    }

    #[test]
    fn both_feet_make_one_turn() {
        let left = of_foot(&foot(0.0, &[Some(60.0), Some(60.0)]));
        let right = of_foot(&foot(0.5, &[Some(50.0), Some(50.0)]));
        let both = together(left, right);
        assert_eq!(both.len(), 1);
        assert!(
            both.iter()
                .all(|t| t.angle_deg == 110.0 && t.side == Side::Left)
        );
        assert!(both.iter().all(|t| t.start_s == 0.0 && t.end_s == 2.5));
    }
}
