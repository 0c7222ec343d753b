//! Named walkers: the catalogue behind `--scenario`.

use gait::recording::Side;

use crate::condition::{Antalgic, Conditions, LegLength};
use crate::device::Faults;
use crate::person::{AgeGroup, Person};
use crate::plan::{BoutPlan, WalkPlan};
use crate::random::StreamKey;
use crate::sides::PerSide;

/// Standing time of the scenario without walking, s.
const STANDING_ONLY_S: f64 = 60.0;

/// A kind of walker; a key makes it a person and a session.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// Name on the command line.
    pub name: &'static str,
    /// One line about it.
    pub about: &'static str,
    age: AgeGroup,
    conditions: fn() -> Conditions,
    faults: fn() -> Faults,
    walks: bool,
}

impl Scenario {
    const fn new(name: &'static str, about: &'static str, conditions: fn() -> Conditions) -> Self {
        Self {
            name,
            about,
            age: AgeGroup::Adult,
            conditions,
            faults: Faults::usual,
            walks: true,
        }
    }

    /// The session of a key: a person drawn for the patient, two minutes of walking in two bouts with a pause between.
    #[must_use]
    pub fn plan(&self, key: StreamKey) -> WalkPlan {
        let usual = WalkPlan::usual(key, Person::draw(key, self.age));
        let plan = WalkPlan {
            name: format!(
                "{}-{}-{}-{}-{}",
                self.name, key.seed, key.patient, key.day, key.session
            ),
            conditions: (self.conditions)(),
            faults: (self.faults)(),
            ..usual
        };
        if self.walks {
            WalkPlan {
                bouts: vec![BoutPlan::usual(3.0, 75.0), BoutPlan::usual(6.0, 45.0)],
                ..plan
            }
        } else {
            WalkPlan {
                bouts: Vec::new(),
                closing_pause_s: STANDING_ONLY_S,
                ..plan
            }
        }
    }
}

static CATALOGUE: [Scenario; 12] = [
    Scenario::new(
        "neutral",
        "an adult without any condition",
        Conditions::default,
    ),
    Scenario {
        age: AgeGroup::Young,
        ..Scenario::new(
            "young",
            "a young adult, steadier and faster",
            Conditions::default,
        )
    },
    Scenario {
        age: AgeGroup::Older,
        ..Scenario::new(
            "older75",
            "a person of 75 years and above, slower",
            Conditions::default,
        )
    },
    Scenario::new("flat_bilat", "low-arch loading of both feet", || {
        Conditions {
            flat_foot: PerSide::both(1.0),
            ..Conditions::default()
        }
    }),
    Scenario::new("cavus", "high-arch loading of both feet", || Conditions {
        cavus: PerSide::both(1.0),
        ..Conditions::default()
    }),
    Scenario::new(
        "overpron",
        "centre of pressure led medially on both feet",
        || Conditions {
            overpronation: PerSide::both(1.0),
            ..Conditions::default()
        },
    ),
    Scenario::new(
        "supin",
        "centre of pressure led laterally on both feet",
        || Conditions {
            supination: PerSide::both(1.0),
            ..Conditions::default()
        },
    ),
    Scenario::new("lld20", "left leg 20 mm shorter", || Conditions {
        leg_length: Some(LegLength {
            short: Side::Left,
            difference_mm: 20.0,
        }),
        ..Conditions::default()
    }),
    Scenario::new("antalgic_R", "spares a painful right foot", || Conditions {
        antalgic: Some(Antalgic {
            side: Side::Right,
            severity: 1.0,
        }),
        ..Conditions::default()
    }),
    Scenario::new("unsteady", "raised step-to-step variability", || {
        Conditions {
            unsteady: 1.0,
            ..Conditions::default()
        }
    }),
    Scenario {
        faults: Faults::all,
        ..Scenario::new(
            "noisy_link",
            "every device fault, packets lost",
            Conditions::default,
        )
    },
    Scenario {
        walks: false,
        ..Scenario::new("no_gait", "stands, never walks", Conditions::default)
    },
];

/// The scenario of a name.
#[must_use]
pub fn by_name(name: &str) -> Option<&'static Scenario> {
    CATALOGUE.iter().find(|scenario| scenario.name == name)
}

/// Names in catalogue order.
pub fn names() -> impl Iterator<Item = &'static str> {
    CATALOGUE.iter().map(|scenario| scenario.name)
}

/// All scenarios.
#[must_use]
pub fn all() -> &'static [Scenario] {
    &CATALOGUE
}
