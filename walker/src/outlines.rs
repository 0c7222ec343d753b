//! Sessions that are more than a walk.

use crate::activity::{BoutPlan, Posture, RestPlan, TurnPlan};
use crate::scenario::Outline;

/// Two minutes with turns to both sides.
pub(crate) fn turning() -> BoutPlan {
    let turns = [
        (15.0, 90.0),
        (35.0, -90.0),
        (55.0, 180.0),
        (80.0, -180.0),
        (105.0, 90.0),
    ];
    BoutPlan {
        turns: turns
            .map(|(at_s, angle_deg)| TurnPlan { at_s, angle_deg })
            .to_vec(),
        ..BoutPlan::usual(3.0, 125.0)
    }
}

/// Starts, freezes, walks on, turns, freezes again.
pub(crate) fn hesitant() -> Outline {
    let frozen = |duration_s| vec![RestPlan::new(Posture::Freezing, duration_s)];
    let turn = TurnPlan {
        at_s: 25.0,
        angle_deg: -180.0,
    };
    Outline::of(vec![
        BoutPlan::usual(3.0, 50.0),
        BoutPlan {
            rests_before: frozen(4.0),
            turns: vec![turn],
            ..BoutPlan::usual(0.0, 45.0)
        },
        BoutPlan {
            rests_before: frozen(7.0),
            ..BoutPlan::usual(0.0, 30.0)
        },
    ])
}

/// A stretch of daily life: short ways are walked more slowly than long ones.
pub(crate) fn mixed_day() -> Outline {
    let rest = RestPlan::new;
    Outline {
        bouts: vec![
            BoutPlan {
                rests_before: vec![rest(Posture::Sitting, 120.0)],
                ..BoutPlan::free_living(5.0, 9.0)
            },
            BoutPlan::free_living(150.0, 25.0),
            BoutPlan {
                rests_before: vec![
                    rest(Posture::Sitting, 20.0),
                    rest(Posture::Unworn, 60.0),
                    rest(Posture::Sitting, 10.0),
                ],
                ..BoutPlan::free_living(4.0, 90.0)
            },
        ],
        closing_pause_s: 5.0,
        closing_rests: vec![rest(Posture::Sitting, 60.0)],
    }
}
