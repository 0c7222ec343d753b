//! The walks of a point: who walks, on which insoles, and what the engine made of it.

use gait::strides::Stride;
use gait::{Analysis, Options, Side, analyze};
use walker::person::{AgeGroup, Person};
use walker::plan::{PlanError, WalkPlan};
use walker::random::StreamKey;
use walker::scenario;
use walker::truth::StrideTruth;
use walker::{Walk, simulate};

/// Stream of the persons of the scenarios, apart from those of the plain walks.
const SCENARIO_PERSONS: u64 = 1_000;
/// A stride of the engine is the true one that begins within this, s.
const SAME_STRIDE_S: f64 = 0.05;

/// A simulated walk and its analysis.
pub(super) struct Case {
    pub(super) walk: Walk,
    pub(super) analysis: Analysis,
}

impl Case {
    pub(super) fn of(plan: &WalkPlan) -> Result<Self, PlanError> {
        let walk = simulate(plan)?;
        let analysis = analyze(&walk.recording, &Options::default());
        Ok(Self { walk, analysis })
    }

    /// A session metric of the engine; not a number when absent.
    pub(super) fn session(&self, id: &str) -> f64 {
        session(&self.analysis, id)
    }

    /// Each true stride of a foot that the engine used, beside the engine's.
    pub(super) fn used(&self, side: Side) -> Vec<(&StrideTruth, &Stride)> {
        let truth = self.walk.truth.strides.iter();
        truth
            .filter(|t| t.side == side)
            .filter_map(|t| {
                let start = t.threshold.start_s;
                let strides = self.analysis.strides.iter();
                let mut used = strides.filter(|s| s.foot == side && s.is_used());
                let same = used.find(|s| (s.start_s - start).abs() <= SAME_STRIDE_S);
                same.map(|stride| (t, stride))
            })
            .collect()
    }
}

pub(super) fn session(analysis: &Analysis, id: &str) -> f64 {
    let metrics = analysis.session_metrics();
    metrics
        .get(id)
        .and_then(|metric| metric.ok())
        .map_or(f64::NAN, |metric| metric.value)
}

/// Two minutes of a person on perfect insoles: 16 sensors for even persons, 8 for odd ones.
pub(super) fn clean(seed: u64, person: u64) -> WalkPlan {
    let key = StreamKey {
        patient: person,
        ..StreamKey::from_seed(seed)
    };
    let groups = [AgeGroup::Young, AgeGroup::Adult, AgeGroup::Older];
    let group = groups[(person % 3) as usize];
    let plan = WalkPlan::usual(key, Person::draw(key, group));
    if person.is_multiple_of(2) {
        plan
    } else {
        WalkPlan {
            layout_id: "gaitpdb-8".to_owned(),
            ..plan
        }
    }
}

/// The session of a scenario for a person; `None` when the catalogue has no such scenario.
pub(super) fn of_scenario(name: &str, seed: u64, person: u64) -> Option<WalkPlan> {
    let key = StreamKey {
        patient: SCENARIO_PERSONS + person,
        ..StreamKey::from_seed(seed)
    };
    scenario::by_name(name).map(|scenario| scenario.plan(key))
}
