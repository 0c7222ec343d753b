//! Whether a dose may change: the clinician's rule against what is known. Nothing else changes a dose.

use std::collections::BTreeSet;

use super::spec::Progression;

/// What is known of a patient and an item at its level.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Facts<'a> {
    /// Whole days at the level.
    pub days_at_level: u32,
    /// Adherence to the item at the level, percent; none while nothing is closed.
    pub adherence_pct: Option<f64>,
    /// The worst pain reported at the level, 0 to 10.
    pub pain: Option<f64>,
    /// The pain before the level began.
    pub baseline_pain: Option<f64>,
    /// Observations of gait present by now; none where no session tells.
    pub observations: Option<BTreeSet<&'a str>>,
}

/// What the rule says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The dose stays, for these reasons.
    Hold {
        /// Every reason that keeps it.
        why: Vec<HoldReason>,
    },
    /// Everything that was asked for holds: one level up.
    Advance,
    /// One level back.
    StepBack {
        /// What was exceeded.
        why: StepBackReason,
    },
}

/// Why a dose stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum HoldReason {
    /// There is no higher level.
    AtTop,
    /// Pain asks for a step back, and there is no lower level: a clinician should look.
    PainAtFirstLevel,
    /// Not long enough at this level.
    TooEarly,
    /// Nothing is closed yet, so that there is no adherence.
    AdherenceUnknown,
    /// Adherence is below what was asked for.
    AdherenceLow,
    /// No pain was reported either way.
    PainUnknown,
    /// Pain is above what was asked for.
    PainHigh,
    /// Observations were asked about and no session tells.
    ObservationsUnknown,
    /// An observation that must be present is not.
    ObservationMissing,
    /// An observation that must be absent is not.
    ObservationPresent,
}

/// Why a dose goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepBackReason {
    /// Pain above the stop threshold.
    PainAboveThreshold,
    /// Pain further above the baseline than allowed.
    PainAboveBaseline,
}

/// Decides whether an item at a level stays, advances or steps back. What is not known never advances.
pub fn progress(rule: &Progression, level: usize, facts: &Facts<'_>) -> Decision {
    if let Some(why) = step_back(rule, facts) {
        return if level == 0 {
            Decision::Hold {
                why: vec![HoldReason::PainAtFirstLevel],
            }
        } else {
            Decision::StepBack { why }
        };
    }
    let why = hold(rule, level, facts);
    if why.is_empty() {
        Decision::Advance
    } else {
        Decision::Hold { why }
    }
}

fn step_back(rule: &Progression, facts: &Facts<'_>) -> Option<StepBackReason> {
    let pain = facts.pain?;
    if pain > f64::from(rule.step_back.pain_above) {
        return Some(StepBackReason::PainAboveThreshold);
    }
    let over = f64::from(rule.step_back.pain_over_baseline);
    facts
        .baseline_pain
        .is_some_and(|baseline| pain - baseline > over)
        .then_some(StepBackReason::PainAboveBaseline)
}

fn hold(rule: &Progression, level: usize, facts: &Facts<'_>) -> Vec<HoldReason> {
    let asked = &rule.advance;
    let mut why = Vec::new();
    if level >= rule.top() {
        why.push(HoldReason::AtTop);
    }
    if facts.days_at_level < asked.min_days {
        why.push(HoldReason::TooEarly);
    }
    match facts.adherence_pct {
        None => why.push(HoldReason::AdherenceUnknown),
        Some(pct) if pct >= f64::from(asked.min_adherence_pct) => {}
        Some(_) => why.push(HoldReason::AdherenceLow),
    }
    match facts.pain {
        None => why.push(HoldReason::PainUnknown),
        Some(pain) if pain <= f64::from(asked.max_pain) => {}
        Some(_) => why.push(HoldReason::PainHigh),
    }
    let nothing_asked =
        asked.required_observations.is_empty() && asked.forbidden_observations.is_empty();
    match &facts.observations {
        _ if nothing_asked => {}
        None => why.push(HoldReason::ObservationsUnknown),
        Some(present) => {
            let has = |id: &String| present.contains(id.as_str());
            if !asked.required_observations.iter().all(has) {
                why.push(HoldReason::ObservationMissing);
            }
            if asked.forbidden_observations.iter().any(has) {
                why.push(HoldReason::ObservationPresent);
            }
        }
    }
    why
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plans::spec::{AdvanceRule, Dose, ProgressionMode, StepBackRule};

    fn rule() -> Progression {
        let dose = |sets| Dose {
            sets,
            reps: Some(10),
            hold_s: None,
            minutes: None,
            each_side: false,
        };
        Progression {
            mode: ProgressionMode::Propose,
            levels: vec![dose(2), dose(3)],
            advance: AdvanceRule {
                min_adherence_pct: 80,
                min_days: 7,
                max_pain: 3,
                required_observations: vec!["low_cadence".to_owned()],
                forbidden_observations: vec!["long_stance".to_owned()],
            },
            step_back: StepBackRule::default(),
        }
    }

    fn good() -> Facts<'static> {
        Facts {
            days_at_level: 7,
            adherence_pct: Some(80.0),
            pain: Some(3.0),
            baseline_pain: Some(1.0),
            observations: Some(BTreeSet::from(["low_cadence"])),
        }
    }

    #[test]
    fn it_advances_when_all_of_it_holds_and_only_then() {
        assert_eq!(progress(&rule(), 0, &good()), Decision::Advance);
        let spoilt = [
            (
                HoldReason::TooEarly,
                Facts {
                    days_at_level: 6,
                    ..good()
                },
            ),
            (
                HoldReason::AdherenceUnknown,
                Facts {
                    adherence_pct: None,
                    ..good()
                },
            ),
            (
                HoldReason::AdherenceLow,
                Facts {
                    adherence_pct: Some(79.9),
                    ..good()
                },
            ),
            (
                HoldReason::PainUnknown,
                Facts {
                    pain: None,
                    ..good()
                },
            ),
            (
                HoldReason::PainHigh,
                Facts {
                    pain: Some(4.0),
                    baseline_pain: None,
                    ..good()
                },
            ),
            (
                HoldReason::ObservationsUnknown,
                Facts {
                    observations: None,
                    ..good()
                },
            ),
            (
                HoldReason::ObservationMissing,
                Facts {
                    observations: Some(BTreeSet::new()),
                    ..good()
                },
            ),
            (
                HoldReason::ObservationPresent,
                Facts {
                    observations: Some(BTreeSet::from(["low_cadence", "long_stance"])),
                    ..good()
                },
            ),
        ];
        for (reason, facts) in spoilt {
            let hold = Decision::Hold { why: vec![reason] };
            assert_eq!(progress(&rule(), 0, &facts), hold, "{facts:?}");
        }
        let top = Decision::Hold {
            why: vec![HoldReason::AtTop],
        };
        assert_eq!(progress(&rule(), 2, &good()), top);
    }

    #[test]
    fn observations_nobody_asks_about_are_not_needed() {
        let mut rule = rule();
        rule.advance.required_observations.clear();
        rule.advance.forbidden_observations.clear();
        let facts = Facts {
            observations: None,
            ..good()
        };
        assert_eq!(progress(&rule, 0, &facts), Decision::Advance);
    }

    #[test]
    fn pain_steps_back_above_five_or_more_than_two_over_the_baseline() {
        let at = |pain, baseline| {
            let facts = Facts {
                pain: Some(pain),
                baseline_pain: baseline,
                ..good()
            };
            progress(&rule(), 1, &facts)
        };
        let back = |why| Decision::StepBack { why };
        assert_eq!(at(6.0, Some(6.0)), back(StepBackReason::PainAboveThreshold));
        assert_eq!(at(5.0, Some(2.0)), back(StepBackReason::PainAboveBaseline));
        let hold = Decision::Hold {
            why: vec![HoldReason::PainHigh],
        };
        assert_eq!(at(5.0, Some(3.0)), hold);
        assert_eq!(at(5.0, None), hold);
        let facts = Facts {
            pain: Some(6.0),
            ..good()
        };
        let stays = Decision::Hold {
            why: vec![HoldReason::PainAtFirstLevel],
        };
        assert_eq!(progress(&rule(), 0, &facts), stays);
    }
}
