//! Ranges of motion: which movements are measured, and within which degrees a measurement can be meant.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A movement of one joint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Movement {
    /// Ankle, toes up, knee straight: the calf's gastrocnemius is stretched.
    AnkleDorsiflexionKneeStraight,
    /// Ankle, toes up, knee bent: the soleus alone limits.
    AnkleDorsiflexionKneeBent,
    /// Ankle, toes down.
    AnklePlantarflexion,
    /// Heel inwards.
    SubtalarInversion,
    /// Heel outwards.
    SubtalarEversion,
    /// Big toe up.
    FirstToeExtension,
    /// Knee bent.
    KneeFlexion,
    /// Knee straight and beyond; negative where it does not reach straight.
    KneeExtension,
    /// Thigh up.
    HipFlexion,
    /// Thigh back; negative where it does not reach straight.
    HipExtension,
    /// Thigh turned in.
    HipInternalRotation,
    /// Thigh turned out.
    HipExternalRotation,
    /// Thigh outwards.
    HipAbduction,
}

impl Movement {
    /// Every movement, from the foot up, with its key and its name.
    pub const ALL: [(Self, &'static str, &'static str); 13] = [
        (
            Self::AnkleDorsiflexionKneeStraight,
            "ankle_dorsiflexion_knee_straight",
            "Ankle dorsiflexion, knee straight",
        ),
        (
            Self::AnkleDorsiflexionKneeBent,
            "ankle_dorsiflexion_knee_bent",
            "Ankle dorsiflexion, knee bent",
        ),
        (
            Self::AnklePlantarflexion,
            "ankle_plantarflexion",
            "Ankle plantarflexion",
        ),
        (
            Self::SubtalarInversion,
            "subtalar_inversion",
            "Subtalar inversion",
        ),
        (
            Self::SubtalarEversion,
            "subtalar_eversion",
            "Subtalar eversion",
        ),
        (
            Self::FirstToeExtension,
            "first_toe_extension",
            "First toe extension",
        ),
        (Self::KneeFlexion, "knee_flexion", "Knee flexion"),
        (Self::KneeExtension, "knee_extension", "Knee extension"),
        (Self::HipFlexion, "hip_flexion", "Hip flexion"),
        (Self::HipExtension, "hip_extension", "Hip extension"),
        (
            Self::HipInternalRotation,
            "hip_internal_rotation",
            "Hip internal rotation",
        ),
        (
            Self::HipExternalRotation,
            "hip_external_rotation",
            "Hip external rotation",
        ),
        (Self::HipAbduction, "hip_abduction", "Hip abduction"),
    ];

    /// Its name.
    pub fn title(self) -> &'static str {
        let own = Self::ALL.iter().find(|(movement, ..)| *movement == self);
        own.map_or("", |(_, _, title)| title)
    }

    /// The degrees a measurement can have: from what a stiff joint reaches to about one and a half times the usual end of
    /// the movement (American Academy of Orthopaedic Surgeons, Joint Motion, 1965; Greene and Heckman 1994). A check
    /// against slips of the pen, not a judgement.
    pub fn degrees(self) -> std::ops::RangeInclusive<f64> {
        match self {
            // Usual end 20.
            Self::AnkleDorsiflexionKneeStraight | Self::AnkleDorsiflexionKneeBent => -30.0..=50.0,
            // 50.
            Self::AnklePlantarflexion => 0.0..=80.0,
            // 35.
            Self::SubtalarInversion => 0.0..=60.0,
            // 15.
            Self::SubtalarEversion => 0.0..=40.0,
            // 70.
            Self::FirstToeExtension => 0.0..=110.0,
            // 135.
            Self::KneeFlexion => 0.0..=165.0,
            // 0 to 10.
            Self::KneeExtension => -60.0..=25.0,
            // 120.
            Self::HipFlexion => 0.0..=150.0,
            // 30.
            Self::HipExtension => -45.0..=45.0,
            // 45.
            Self::HipInternalRotation | Self::HipExternalRotation => 0.0..=90.0,
            // 45.
            Self::HipAbduction => 0.0..=80.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_the_api() {
        for (movement, key, _) in Movement::ALL {
            assert_eq!(serde_json::json!(movement), serde_json::json!(key));
        }
    }
}
