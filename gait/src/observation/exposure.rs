//! What was done for long.

use super::{Confidence, Evidence, Observation, owned};

/// Standing on one spot for longer is worth a word, minutes: prompts to move are usual after 30 to 45 minutes (A).
const LONG_STANDING_MIN: f64 = 45.0;

/// Id of the observation.
pub(super) const LONG_STANDING: &str = "long_standing";

/// Says so when somebody stood for long without a break.
pub(crate) fn observe(longest_standing_s: f64) -> Option<Observation> {
    let minutes = longest_standing_s / 60.0;
    (minutes > LONG_STANDING_MIN).then(|| Observation {
        id: LONG_STANDING.to_owned(),
        sentence: format!("You stood for {minutes:.0} minutes without a break."),
        evidence: vec![Evidence {
            metric: "longest_standing_min".to_owned(),
            value: minutes,
            unit: "minutes".to_owned(),
            se: 0.0,
            n: 1,
            limit: Some(LONG_STANDING_MIN),
            reference: "a reminder to move, no limit of health: about four of ten people without back pain feel it in two hours of standing (PMC4469524)".to_owned(),
            source: "design choice".to_owned(),
            standing: "A".to_owned(),
        }],
        could_also_be: owned(&["shoes left standing with something heavy on them", "sitting with much weight on the feet"]),
        would_raise_confidence: owned(&["knowing what was done at that time"]),
        confidence: Confidence::Low,
    })
}
