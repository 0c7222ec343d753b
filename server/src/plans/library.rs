//! The exercise and habit library: data with its evidence, embedded in the binary.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::spec::Dose;
use crate::store::types::text_enum;

text_enum! {
    /// What kind of care an item is.
    CareKind {
        /// Lengthening of muscles and fascia.
        Stretching = "stretching",
        /// Strength of feet, legs, hips and trunk.
        Strengthening = "strengthening",
        /// Standing, sitting and moving between them.
        Posture = "posture",
        /// What the foot stands in.
        Footwear = "footwear",
        /// Orthotics and getting used to them.
        Orthotic = "orthotic",
        /// Walking.
        Walking = "walking",
    }
}

/// One exercise or habit.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Exercise {
    /// Stable key.
    pub key: String,
    /// What kind of care it is.
    pub kind: CareKind,
    /// Its name.
    pub title: String,
    /// What it works on.
    pub target: String,
    /// How to do it, in plain words.
    pub instruction: String,
    /// The dose to start from.
    pub dose: Dose,
    /// When to leave off.
    pub stop_rule: String,
    /// How sure anyone is that it helps.
    pub evidence: String,
    /// Where dose and evidence come from.
    pub source: String,
}

/// The library as shipped.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Library {
    /// Changes with every change of content.
    pub version: String,
    /// All exercises and habits.
    pub exercise: Vec<Exercise>,
}

#[expect(
    clippy::expect_used,
    reason = "the file is part of the binary and a test reads it"
)]
static LIBRARY: LazyLock<Library> = LazyLock::new(|| {
    toml::from_str(include_str!("../data/exercises.toml")).expect("the embedded library is valid")
});

/// The whole library.
pub fn library() -> &'static Library {
    &LIBRARY
}

/// The exercise with this key.
pub fn find(key: &str) -> Option<&'static Exercise> {
    LIBRARY.exercise.iter().find(|exercise| exercise.key == key)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_library_has_every_kind_and_every_key_once() {
        let keys: BTreeSet<_> = library()
            .exercise
            .iter()
            .map(|exercise| &exercise.key)
            .collect();
        assert_eq!(keys.len(), library().exercise.len());
        for kind in CareKind::ALL {
            assert!(
                library()
                    .exercise
                    .iter()
                    .any(|exercise| exercise.kind == *kind),
                "{kind}"
            );
        }
    }
}
