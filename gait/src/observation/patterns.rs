//! Loading patterns: what two pressure measures of one foot say together, judged against the fifths of a reference group
//! that wore the same sensor layout. A pattern of load, never the shape of a foot: posture and function agree weakly
//! (docs/GAIT.md, pressure).

use crate::metrics::MIN_STRIDES_PRESSURE;
use crate::metrics::derive::Estimate;

use super::SURE;

/// The outer fifths of a reference group: by the convention of the Framingham Foot Study (Menz 2013) the lowest and the
/// highest 20 % of a group are told apart from the middle 60 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fifths {
    /// A fifth of the group lies below.
    pub p20: f64,
    /// A fifth of the group lies above.
    pub p80: f64,
}

/// Where a measure lies among the fifths, by more than its own uncertainty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the lowest fifth.
    Lowest,
    /// In the highest fifth.
    Highest,
    /// Between, or not surely outside.
    Middle,
}

impl Fifths {
    /// The place of a measure: outside only when it passes the limit by 1.645 standard errors (one-sided 95 %).
    #[must_use]
    pub fn place(&self, measure: &Estimate) -> Place {
        let margin = SURE * measure.se;
        if measure.value + margin <= self.p20 {
            Place::Lowest
        } else if measure.value - margin >= self.p80 {
            Place::Highest
        } else {
            Place::Middle
        }
    }
}

/// Why no pattern can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Indeterminate {
    /// No reference group wore this sensor layout.
    NoReference,
    /// Fewer than 30 strides with pressure.
    TooFewStrides,
    /// A sensor that decides was filled in from its neighbours.
    Imputed,
    /// Walking slower than 0.8 or faster than 1.5 m/s, where the reference does not hold.
    Speed,
}

/// A loading pattern of one foot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Arch: much load in the midfoot and on its medial side. Medial/lateral: load on the medial side.
    LowOrMedial,
    /// Arch: little load there. Medial/lateral: load on the lateral side.
    HighOrLateral,
    /// Neither, by more than the uncertainty.
    Neutral,
    /// Cannot be told.
    Indeterminate(Indeterminate),
}

/// Speeds at which the pressure references hold, m/s: the reference walks (A, gait.md 7.1).
const REFERENCE_SPEED_M_PER_S: std::ops::RangeInclusive<f64> = 0.8..=1.5;

/// What limits a judgement of one foot, whatever the pattern.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Conditions {
    /// A sensor of the midfoot or forefoot was filled in from its neighbours.
    pub imputed: bool,
    /// Walking speed, m/s, where it is known.
    pub speed_m_per_s: Option<f64>,
}

impl Conditions {
    fn obstacle(&self, measures: &[&Estimate]) -> Option<Indeterminate> {
        if measures.iter().any(|m| m.n < MIN_STRIDES_PRESSURE) {
            Some(Indeterminate::TooFewStrides)
        } else if self.imputed {
            Some(Indeterminate::Imputed)
        } else if self
            .speed_m_per_s
            .is_some_and(|v| !REFERENCE_SPEED_M_PER_S.contains(&v))
        {
            Some(Indeterminate::Speed)
        } else {
            None
        }
    }
}

/// Arch loading: low when medial arch share and midfoot share both lie in the highest fifth, high when both lie in the
/// lowest.
#[must_use]
pub fn arch(
    malr: (&Estimate, Option<Fifths>),
    mid_load: (&Estimate, Option<Fifths>),
    conditions: &Conditions,
) -> Pattern {
    let (Some(malr_fifths), Some(mid_fifths)) = (malr.1, mid_load.1) else {
        return Pattern::Indeterminate(Indeterminate::NoReference);
    };
    if let Some(obstacle) = conditions.obstacle(&[malr.0, mid_load.0]) {
        return Pattern::Indeterminate(obstacle);
    }
    match (malr_fifths.place(malr.0), mid_fifths.place(mid_load.0)) {
        (Place::Highest, Place::Highest) => Pattern::LowOrMedial,
        (Place::Lowest, Place::Lowest) => Pattern::HighOrLateral,
        _ => Pattern::Neutral,
    }
}

/// Medial or lateral loading: the centre of pressure takes the medial way (CPEI in the lowest fifth) and a medial share,
/// of the whole foot or of the forefoot, lies in the highest fifth; lateral is the mirror image.
#[must_use]
pub fn medial_lateral(
    cpei: (&Estimate, Option<Fifths>),
    shares: &[(&Estimate, Option<Fifths>)],
    conditions: &Conditions,
) -> Pattern {
    let known: Vec<(&Estimate, Fifths)> = shares
        .iter()
        .filter_map(|(e, f)| Some((*e, (*f)?)))
        .collect();
    let Some(cpei_fifths) = cpei.1.filter(|_| !known.is_empty()) else {
        return Pattern::Indeterminate(Indeterminate::NoReference);
    };
    if let Some(obstacle) = conditions.obstacle(&[cpei.0]) {
        return Pattern::Indeterminate(obstacle);
    }
    let any = |place| {
        let enough = |e: &Estimate| e.n >= MIN_STRIDES_PRESSURE;
        known.iter().any(|(e, f)| enough(e) && f.place(e) == place)
    };
    match cpei_fifths.place(cpei.0) {
        Place::Lowest if any(Place::Highest) => Pattern::LowOrMedial,
        Place::Highest if any(Place::Lowest) => Pattern::HighOrLateral,
        _ => Pattern::Neutral,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::flags::Flags;

    const MALR: Fifths = Fifths {
        p20: 0.17,
        p80: 0.416,
    };
    const MID: Fifths = Fifths {
        p20: 0.138,
        p80: 0.271,
    };
    const CPEI: Fifths = Fifths {
        p20: 0.6,
        p80: 13.2,
    };
    const USUAL: Conditions = Conditions {
        imputed: false,
        speed_m_per_s: Some(1.2),
    };

    fn e(value: f64) -> Estimate {
        Estimate {
            value,
            se: 0.005,
            n: 80,
            flags: Flags::default(),
        }
    }

    fn arch_of(malr: f64, mid: f64, conditions: &Conditions) -> Pattern {
        arch((&e(malr), Some(MALR)), (&e(mid), Some(MID)), conditions)
    }

    #[test]
    fn an_arch_pattern_needs_both_measures_in_the_same_outer_fifth() {
        assert_eq!(arch_of(0.5, 0.3, &USUAL), Pattern::LowOrMedial);
        assert_eq!(arch_of(0.1, 0.1, &USUAL), Pattern::HighOrLateral);
        assert_eq!(arch_of(0.5, 0.2, &USUAL), Pattern::Neutral);
        assert_eq!(arch_of(0.5, 0.1, &USUAL), Pattern::Neutral);
    }

    #[test]
    fn a_measure_that_is_not_surely_outside_is_in_the_middle() {
        assert_eq!(arch_of(0.42, 0.3, &USUAL), Pattern::Neutral);
        assert_eq!(arch_of(0.43, 0.3, &USUAL), Pattern::LowOrMedial);
    }

    #[test]
    fn what_the_reference_does_not_cover_is_indeterminate() {
        let why = |pattern| match pattern {
            Pattern::Indeterminate(why) => Some(why),
            _ => None,
        };
        let fast = Conditions {
            speed_m_per_s: Some(1.6),
            ..USUAL
        };
        let imputed = Conditions {
            imputed: true,
            ..USUAL
        };
        assert_eq!(why(arch_of(0.5, 0.3, &fast)), Some(Indeterminate::Speed));
        assert_eq!(
            why(arch_of(0.5, 0.3, &imputed)),
            Some(Indeterminate::Imputed)
        );
        let few = Estimate { n: 29, ..e(0.5) };
        assert_eq!(
            why(arch((&few, Some(MALR)), (&e(0.3), Some(MID)), &USUAL)),
            Some(Indeterminate::TooFewStrides)
        );
        assert_eq!(
            why(arch((&e(0.5), None), (&e(0.3), Some(MID)), &USUAL)),
            Some(Indeterminate::NoReference)
        );
        // An unknown speed hides nothing that is known.
        let unknown = Conditions {
            speed_m_per_s: None,
            ..USUAL
        };
        assert_eq!(arch_of(0.5, 0.3, &unknown), Pattern::LowOrMedial);
    }

    #[test]
    fn a_medial_path_counts_only_with_a_medial_load() {
        let fmlr = Fifths {
            p20: 0.46,
            p80: 0.585,
        };
        let of = |cpei: f64, share: f64| {
            medial_lateral((&e(cpei), Some(CPEI)), &[(&e(share), Some(fmlr))], &USUAL)
        };
        assert_eq!(of(-3.0, 0.65), Pattern::LowOrMedial);
        assert_eq!(of(-3.0, 0.50), Pattern::Neutral);
        assert_eq!(of(18.0, 0.40), Pattern::HighOrLateral);
        assert_eq!(of(6.0, 0.65), Pattern::Neutral);
    }
}
