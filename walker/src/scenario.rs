//! Named walkers: the catalogue behind `--scenario`.

use crate::activity::{BoutPlan, RestPlan};
use crate::catalogue::CATALOGUE;
use crate::condition::Conditions;
use crate::device::Faults;
use crate::person::{AgeGroup, Person};
use crate::plan::WalkPlan;
use crate::random::StreamKey;

/// A kind of walker; a key makes it a person and a session. Some change from day to day.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// Name on the command line.
    pub name: &'static str,
    /// One line about it.
    pub about: &'static str,
    /// Days of one run that show what it is about.
    pub days: u32,
    /// People of one run that show what it is about.
    pub people: u64,
    pub(crate) age: fn(StreamKey) -> AgeGroup,
    pub(crate) conditions: fn(StreamKey) -> Conditions,
    pub(crate) faults: fn() -> Faults,
    pub(crate) outline: fn(StreamKey) -> Outline,
}

/// What is done in a session.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outline {
    pub(crate) bouts: Vec<BoutPlan>,
    pub(crate) closing_pause_s: f64,
    pub(crate) closing_rests: Vec<RestPlan>,
}

impl Outline {
    pub(crate) const fn of(bouts: Vec<BoutPlan>) -> Self {
        Self {
            bouts,
            closing_pause_s: 3.0,
            closing_rests: Vec::new(),
        }
    }

    /// Two minutes of walking in two bouts with a pause between.
    pub(crate) fn usual() -> Self {
        Self::of(vec![BoutPlan::usual(3.0, 75.0), BoutPlan::usual(6.0, 45.0)])
    }
}

impl Scenario {
    /// The session of a key: a person drawn for the patient, doing what the scenario is about on that day.
    #[must_use]
    pub fn plan(&self, key: StreamKey) -> WalkPlan {
        let usual = WalkPlan::usual(key, Person::draw(key, (self.age)(key)));
        let outline = (self.outline)(key);
        WalkPlan {
            name: format!(
                "{}-{}-{}-{}-{}",
                self.name, key.seed, key.patient, key.day, key.session
            ),
            conditions: (self.conditions)(key),
            faults: (self.faults)(),
            bouts: outline.bouts,
            closing_pause_s: outline.closing_pause_s,
            closing_rests: outline.closing_rests,
            ..usual
        }
    }
}

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
