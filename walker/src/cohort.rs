//! A mixed population: the number of the patient decides age and condition, the same on every day.

use gait::recording::Side;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

use crate::condition::{Antalgic, Conditions, LegLength, Parkinsonian};
use crate::person::AgeGroup;
use crate::random::{Purpose, StreamKey};
use crate::sides::PerSide;

/// Share of people without any condition [A].
const HEALTHY: f64 = 0.5;
/// Mildest condition there is [A].
const MILDEST: f64 = 0.3;
/// Largest leg-length difference, mm [A].
const LARGEST_MM: f64 = 30.0;

fn rng(key: StreamKey, index: u64) -> ChaCha8Rng {
    key.of_person().rng(Purpose::Scenario, index)
}

/// Young, adult and older people, one third each.
pub(crate) fn age(key: StreamKey) -> AgeGroup {
    match rng(key, 0).random_range(0..3) {
        0 => AgeGroup::Young,
        1 => AgeGroup::Adult,
        _ => AgeGroup::Older,
    }
}

/// No condition for half of the people, one of nine at a random severity and side for the others.
pub(crate) fn conditions(key: StreamKey) -> Conditions {
    let rng = &mut rng(key, 1);
    let healthy = rng.random::<f64>() < HEALTHY;
    let kind = rng.random_range(0..9);
    let severity = rng.random_range(MILDEST..1.0);
    let side = if rng.random() {
        Side::Left
    } else {
        Side::Right
    };
    let none = Conditions::default();
    if healthy {
        return none;
    }
    let both = PerSide::both(severity);
    match kind {
        0 => Conditions {
            flat_foot: both,
            ..none
        },
        1 => Conditions {
            flat_foot: one(side, severity),
            ..none
        },
        2 => Conditions {
            cavus: both,
            ..none
        },
        3 => Conditions {
            overpronation: both,
            ..none
        },
        4 => Conditions {
            supination: both,
            ..none
        },
        5 => Conditions {
            leg_length: Some(LegLength {
                short: side,
                difference_mm: severity * LARGEST_MM,
            }),
            ..none
        },
        6 => Conditions {
            antalgic: Some(Antalgic { side, severity }),
            ..none
        },
        7 => Conditions {
            parkinsonian: Some(Parkinsonian {
                worse: side,
                severity,
            }),
            ..none
        },
        _ => Conditions {
            unsteady: severity,
            ..none
        },
    }
}

fn one(side: Side, severity: f64) -> PerSide<f64> {
    PerSide::from_fn(|foot| if foot == side { severity } else { 0.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_people_are_half_healthy_and_keep_their_condition() {
        let key = |patient, day| StreamKey {
            patient,
            day,
            ..StreamKey::from_seed(2)
        };
        let people: Vec<Conditions> = (0..1000).map(|p| conditions(key(p, 0))).collect();
        let healthy = people
            .iter()
            .filter(|c| **c == Conditions::default())
            .count();
        assert!((440..560).contains(&healthy), "{healthy}");
        assert!(people.iter().all(|c| c.out_of_range().is_none()));
        assert!((0..1000).all(|p| conditions(key(p, 30)) == people[p as usize]));
        let older = (0..1000)
            .filter(|p| age(key(*p, 0)) == AgeGroup::Older)
            .count();
        assert!((270..400).contains(&older), "{older}");
    }
}
