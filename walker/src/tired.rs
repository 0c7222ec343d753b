//! What walking on and on does to a walker: variability grows, load drifts in a direction that is each person's own.

use gait::layout::Layout;
use rand::RngExt;

use crate::effects::Effects;
use crate::maths::exp;
use crate::random::{Purpose, StreamKey};
use crate::sides::PerSide;

/// Time constant of fatigue in walking, s [A].
const TIME_CONSTANT_S: f64 = 1800.0;
/// Gain in step-time variability at full fatigue [A].
const STEP_CV: f64 = 0.5;
/// Shift of the centre of pressure, insole widths [A].
const COP_SHIFT: f64 = 0.03;
/// Change of how fast the first peak is reached [A].
const LOADING_RATE: f64 = 0.1;
/// Change of the forefoot's and toes' share [A].
const FOREFOOT: f64 = 0.05;
/// Walking after which the effects are taken anew, s.
pub(crate) const BLOCK_S: f64 = 120.0;

/// How one person tires. Evidence on the direction is inconsistent (Barbieri 2013, dos Santos 2019), so it is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fatigue {
    severity: f64,
    direction: f64,
}

impl Fatigue {
    /// The same person drifts the same way on every day.
    pub(crate) fn draw(key: StreamKey, severity: f64) -> Self {
        let medial: bool = key.of_person().rng(Purpose::Habits, 0).random();
        Self {
            severity,
            direction: if medial { 1.0 } else { -1.0 },
        }
    }

    /// +1 when load drifts medially, forward and comes on faster; -1 for the opposite; absent without fatigue.
    pub(crate) fn direction(self) -> Option<f64> {
        (self.severity > 0.0).then_some(self.direction)
    }

    /// Fatigue after walking for a time: 0 to the severity.
    pub(crate) fn after(self, walked_s: f64) -> f64 {
        self.severity * (1.0 - exp(-walked_s / TIME_CONSTANT_S))
    }

    /// Factor on the step-time variability.
    pub(crate) fn step_cv(self, walked_s: f64) -> f64 {
        1.0 + STEP_CV * self.after(walked_s)
    }

    /// Factor on how fast the first peak is reached.
    pub(crate) fn loading_rate(self, walked_s: f64) -> f64 {
        1.0 + self.direction * LOADING_RATE * self.after(walked_s)
    }

    /// Whether the load's distribution changes at all.
    pub(crate) fn tires(self) -> bool {
        self.severity > 0.0
    }

    /// The effects of a fresh walker after walking for a time.
    pub(crate) fn on(self, fresh: &Effects, layout: &Layout, walked_s: f64) -> Effects {
        let drift = self.direction * self.after(walked_s);
        let mut effects = fresh.clone();
        let PerSide { left, right } = &mut effects.feet;
        for foot in [left, right] {
            foot.cop_shift += COP_SHIFT * drift;
            for (share, sensor) in foot.sensor_share.iter_mut().zip(&layout.sensors) {
                if is_forefoot(&sensor.region) {
                    *share *= 1.0 + FOREFOOT * drift;
                }
            }
        }
        effects
    }
}

/// Whether a region lies in front of the midfoot.
pub(crate) fn is_forefoot(region: &str) -> bool {
    ["mth", "fore_", "toe", "hallux"]
        .iter()
        .any(|part| region.starts_with(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fatigue_saturates_and_people_drift_either_way_but_never_change_their_way() {
        let key = |patient, day| StreamKey {
            patient,
            day,
            ..StreamKey::from_seed(8)
        };
        let ways: Vec<f64> = (0..40)
            .filter_map(|patient| Fatigue::draw(key(patient, 0), 1.0).direction())
            .collect();
        let medial = ways.iter().filter(|way| **way > 0.0).count();
        assert!((8..=32).contains(&medial));
        let again = (0..40).filter_map(|patient| Fatigue::draw(key(patient, 9), 1.0).direction());
        assert!(again.eq(ways.iter().copied()));
        let fatigue = Fatigue::draw(key(0, 0), 0.8);
        assert_eq!(fatigue.after(0.0), 0.0);
        assert!((fatigue.after(1800.0) - 0.8 * 0.632).abs() < 1e-3);
        assert_eq!(Fatigue::draw(key(0, 0), 0.0).direction(), None);
    }
}
