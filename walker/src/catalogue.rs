//! The scenarios: who walks, with which conditions, on which device, doing what.

use gait::recording::Side;

use crate::activity::{BoutPlan, Gait, Posture, RestPlan};
use crate::cohort;
use crate::condition::{Antalgic, Conditions, LegLength, Parkinsonian};
use crate::faults::{BatteryEnd, Faults, SensorFault};
use crate::outlines::{hesitant, mixed_day, turning};
use crate::person::AgeGroup;
use crate::random::StreamKey;
use crate::scenario::{Outline, Scenario};
use crate::sides::PerSide;
use crate::transport::Clocks;

/// Days over which a person gets better or worse.
const COURSE_DAYS: u32 = 84;
/// New shoes are worn from this day on.
const NEW_SHOES_DAY: u32 = 14;
/// Sensors fail and the battery ends this long into a session, s.
const FAILS_AT_S: f64 = 40.0;
/// Standing time of the scenario without walking, s.
const STANDING_ONLY_S: f64 = 60.0;

/// An adult without conditions, on a usual device, walking for two minutes.
const fn neutral(name: &'static str, about: &'static str) -> Scenario {
    Scenario {
        name,
        about,
        days: 1,
        people: 1,
        age: |_| AgeGroup::Adult,
        conditions: |_| Conditions::default(),
        faults: Faults::usual,
        outline: |_| Outline::usual(),
    }
}

const fn with(
    name: &'static str,
    about: &'static str,
    conditions: fn(StreamKey) -> Conditions,
) -> Scenario {
    Scenario {
        conditions,
        ..neutral(name, about)
    }
}

const fn on_device(name: &'static str, about: &'static str, faults: fn() -> Faults) -> Scenario {
    Scenario {
        faults,
        ..neutral(name, about)
    }
}

const fn doing(
    name: &'static str,
    about: &'static str,
    outline: fn(StreamKey) -> Outline,
) -> Scenario {
    Scenario {
        outline,
        ..neutral(name, about)
    }
}

pub(crate) static CATALOGUE: [Scenario; 32] = [
    neutral("neutral", "an adult without any condition"),
    Scenario {
        age: |_| AgeGroup::Young,
        ..neutral("young", "a young adult, steadier and faster")
    },
    Scenario {
        age: |_| AgeGroup::Older,
        ..neutral("older75", "a person of 75 years and above, slower")
    },
    with("flat_bilat", "low-arch loading of both feet", |_| {
        Conditions {
            flat_foot: PerSide::both(1.0),
            ..Conditions::default()
        }
    }),
    with("flat_left", "low-arch loading of the left foot", |_| {
        Conditions {
            flat_foot: PerSide {
                left: 1.0,
                right: 0.0,
            },
            ..Conditions::default()
        }
    }),
    with("cavus", "high-arch loading of both feet", |_| Conditions {
        cavus: PerSide::both(1.0),
        ..Conditions::default()
    }),
    with(
        "overpron",
        "centre of pressure led medially on both feet",
        |_| Conditions {
            overpronation: PerSide::both(1.0),
            ..Conditions::default()
        },
    ),
    with(
        "supin",
        "centre of pressure led laterally on both feet",
        |_| Conditions {
            supination: PerSide::both(1.0),
            ..Conditions::default()
        },
    ),
    with("lld5", "left leg 5 mm shorter", |_| short_left_leg(5.0)),
    with("lld10", "left leg 10 mm shorter", |_| short_left_leg(10.0)),
    with("lld20", "left leg 20 mm shorter", |_| short_left_leg(20.0)),
    with("lld30", "left leg 30 mm shorter", |_| short_left_leg(30.0)),
    with("antalgic_R", "spares a painful right foot", |_| {
        sparing_right(1.0)
    }),
    with("unsteady", "raised step-to-step variability", |_| {
        Conditions {
            unsteady: 1.0,
            ..Conditions::default()
        }
    }),
    Scenario {
        conditions: |_| Conditions {
            parkinsonian: Some(Parkinsonian {
                worse: Side::Left,
                severity: 1.0,
            }),
            ..Conditions::default()
        },
        outline: |_| hesitant(),
        ..neutral(
            "pd_like",
            "varied, flattened steps with festination and freezing",
        )
    },
    Scenario {
        conditions: |_| Conditions {
            fatigue: 1.0,
            ..Conditions::default()
        },
        outline: |_| Outline::of((0..4).map(|_| BoutPlan::usual(10.0, 600.0)).collect()),
        ..neutral("fatigue_day", "drifts over forty minutes of walking")
    },
    Scenario {
        days: 2 * NEW_SHOES_DAY,
        ..with(
            "shoe_change",
            "softer shoes from the fifteenth day on",
            |key| Conditions {
                cushioned_shoe: if key.day >= NEW_SHOES_DAY { 1.0 } else { 0.0 },
                ..Conditions::default()
            },
        )
    },
    Scenario {
        days: 8,
        ..with(
            "orthotic_before_after",
            "low arches; arch support on every other day, from the second on",
            |key| Conditions {
                flat_foot: PerSide::both(0.7),
                orthotic: PerSide::both(if key.day % 2 == 1 { 1.0 } else { 0.0 }),
                ..Conditions::default()
            },
        )
    },
    Scenario {
        days: COURSE_DAYS,
        ..with(
            "improving_12wk",
            "a painful right foot gets better over twelve weeks",
            |key| sparing_right(1.0 - course(key)),
        )
    },
    Scenario {
        days: COURSE_DAYS,
        ..with(
            "worsening_12wk",
            "a painful right foot gets worse over twelve weeks",
            |key| sparing_right(course(key)),
        )
    },
    on_device("noisy_link", "every device fault, packets lost", || {
        Faults {
            duplicated: 0.005,
            reordered: 0.005,
            ..Faults::all()
        }
    }),
    on_device(
        "dead_sensor",
        "a dead sensor on the left, a stuck one on the right after a while",
        || {
            let fault = |side, sensor| SensorFault {
                side,
                sensor,
                from_s: FAILS_AT_S,
            };
            Faults {
                dead: vec![fault(Side::Left, 7)],
                stuck: vec![fault(Side::Right, 5)],
                ..Faults::usual()
            }
        },
    ),
    on_device(
        "skewed_clocks",
        "insole clocks that run apart, with arrivals at the host",
        || Faults {
            clocks: Some(Clocks::usual()),
            ..Faults::usual()
        },
    ),
    on_device(
        "battery_end",
        "the right insole falls silent during the walk",
        || Faults {
            battery_end: Some(BatteryEnd {
                side: Side::Right,
                at_s: FAILS_AT_S,
            }),
            ..Faults::usual()
        },
    ),
    doing("no_gait", "stands, never walks", |_| Outline {
        closing_pause_s: STANDING_ONLY_S,
        ..Outline::of(Vec::new())
    }),
    doing("sit_only", "sits, never walks", |_| Outline {
        closing_pause_s: 0.0,
        closing_rests: vec![RestPlan::new(Posture::Sitting, STANDING_ONLY_S)],
        ..Outline::of(Vec::new())
    }),
    doing("running", "runs between two stretches of walking", |_| {
        Outline::of(vec![
            BoutPlan::usual(3.0, 20.0),
            BoutPlan::of(Gait::Running, 3.0, 90.0, 2.2),
            BoutPlan::usual(3.0, 20.0),
        ])
    }),
    doing("stairs", "up and down stairs with walking between", |_| {
        Outline::of(vec![
            BoutPlan::usual(3.0, 20.0),
            BoutPlan::of(Gait::StairsUp, 2.0, 14.0, 1.0),
            BoutPlan::usual(2.0, 30.0),
            BoutPlan::of(Gait::StairsDown, 2.0, 12.0, 1.0),
            BoutPlan::usual(2.0, 20.0),
        ])
    }),
    doing("shuffle", "shuffles with hardly lifted feet", |_| {
        Outline::of(vec![
            BoutPlan::usual(3.0, 20.0),
            BoutPlan::of(Gait::Shuffling, 3.0, 60.0, 0.35),
        ])
    }),
    doing(
        "mixed_day",
        "sits, stands, takes the shoes off, walks short and long ways",
        |_| mixed_day(),
    ),
    doing("turns", "turns by 90 and 180 degrees to both sides", |_| {
        Outline::of(vec![turning()])
    }),
    Scenario {
        people: 1000,
        age: cohort::age,
        conditions: cohort::conditions,
        ..neutral(
            "cohort_1000",
            "people of all ages, half of them with a condition of any severity",
        )
    },
];

fn short_left_leg(difference_mm: f64) -> Conditions {
    Conditions {
        leg_length: Some(LegLength {
            short: Side::Left,
            difference_mm,
        }),
        ..Conditions::default()
    }
}

fn sparing_right(severity: f64) -> Conditions {
    Conditions {
        antalgic: Some(Antalgic {
            side: Side::Right,
            severity,
        }),
        ..Conditions::default()
    }
}

/// How far a person is on the way, 0 to 1.
fn course(key: StreamKey) -> f64 {
    f64::from(key.day.min(COURSE_DAYS)) / f64::from(COURSE_DAYS)
}
