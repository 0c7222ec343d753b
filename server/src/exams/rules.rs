//! What an examination may say: shapes, ranges and published bands, each with its source. Findings of people, kept beside
//! what the insoles say and never mixed into it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::joints::Movement;
use crate::error::FieldError;
use crate::http::extract::{Text, in_range};
use crate::store::exams::ExamKind;

/// Version of the bands, returned with every one.
pub const BANDS_VERSION: &str = "exam-bands-1";
/// Where the bands of the Foot Posture Index come from.
pub const FPI_SOURCE: &str =
    "Redmond, Crosbie and Ouvrier 2006; bands of the user guide (Redmond 2005)";

/// Items of the Foot Posture Index (FPI-6).
pub const FPI_ITEMS: usize = 6;
/// Length of a leg, mm: from a small child to the tallest adult.
const LEG_MM: std::ops::RangeInclusive<f64> = 300.0..=1400.0;
/// Standard error of a difference between legs, mm: no method is better than the first, and with the last nothing was
/// measured.
const LEG_ERROR_MM: std::ops::RangeInclusive<f64> = 0.1..=50.0;
/// How far the navicular drops from sitting to standing, mm. Brody 1982 calls about 10 usual; a foot whose navicular
/// rises was read the wrong way round.
const NAVICULAR_DROP_MM: std::ops::RangeInclusive<f64> = 0.0..=40.0;
/// Height of the instep over the length of the foot without toes (Williams and McClay 2000: 0.29 to 0.36 in most).
const ARCH_HEIGHT_INDEX: std::ops::RangeInclusive<f64> = 0.15..=0.55;
/// Movements one record may hold: each on both sides.
const MAX_MOTIONS: usize = 26;

/// A foot or leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BodySide {
    /// Left.
    Left,
    /// Right.
    Right,
}

/// The Foot Posture Index of one foot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FootPosture {
    /// Which.
    pub side: BodySide,
    /// Six items of -2 to 2 in the order of the form: talar head, malleolar curves, calcaneus, talonavicular bulge,
    /// medial arch, forefoot.
    #[schema(min_items = 6, max_items = 6)]
    pub items: Vec<i8>,
}

/// How leg length was measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum LegLengthMethod {
    /// Tape from the front of the pelvis to the inner ankle.
    TapeAsisMedialMalleolus,
    /// Tape from the navel to the inner ankle: apparent length.
    TapeUmbilicusMedialMalleolus,
    /// Blocks under the shorter leg until the pelvis is level.
    Blocks,
    /// Radiograph.
    ImagingXray,
    /// Computed tomography.
    ImagingCt,
    /// Upright low-dose stereo radiograph.
    ImagingStereo,
}

/// Leg lengths.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LegLength {
    /// How it was measured: methods do not compare.
    pub method: LegLengthMethod,
    /// Left, mm, 300 to 1400.
    pub left_mm: f64,
    /// Right, mm, 300 to 1400.
    pub right_mm: f64,
    /// Standard error of the difference, mm, 0.1 to 50, as the examiner or the report gives it. Where it is absent, how far
    /// off the difference may be is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_mm: Option<f64>,
}

/// The arch of one foot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Arch {
    /// Which.
    pub side: BodySide,
    /// How far the navicular drops from sitting to standing, mm, 0 to 40.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub navicular_drop_mm: Option<f64>,
    /// Height of the instep over the length of the foot without toes, 0.15 to 0.55.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arch_height_index: Option<f64>,
}

/// One range of motion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Motion {
    /// Joint and direction.
    pub movement: Movement,
    /// Which leg.
    pub side: BodySide,
    /// Degrees.
    pub degrees: f64,
    /// Moved by the patient, not by the examiner.
    #[serde(default)]
    pub active: bool,
}

/// A physical examination; at least one part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PhysicalExam {
    /// Foot Posture Index of each foot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub foot_posture: Vec<FootPosture>,
    /// Leg length.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub leg_length: Option<LegLength>,
    /// Arch of each foot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub arches: Vec<Arch>,
    /// Ranges of motion.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub motions: Vec<Motion>,
    /// In words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    pub note: Option<Text<2000>>,
}

/// How an image was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Modality {
    /// Radiograph.
    Xray,
    /// Computed tomography.
    Ct,
    /// Magnetic resonance.
    Mri,
    /// Ultrasound.
    Ultrasound,
    /// Upright low-dose stereo radiograph.
    Stereo,
    /// Another one.
    Other,
}

/// What was found on an image, as its report says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ImagingFinding {
    /// How the image was made.
    pub modality: Modality,
    /// Which part of the body.
    #[schema(value_type = String, max_length = 100)]
    pub region: Text<100>,
    /// The finding.
    #[schema(value_type = String, max_length = 2000)]
    pub text: Text<2000>,
    /// Where the image or its report is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 64)]
    pub reference_id: Option<Text<64>>,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub enum Findings {
    /// By examination.
    Physical(PhysicalExam),
    /// On an image.
    Imaging(ImagingFinding),
}

impl Findings {
    /// How.
    pub fn kind(&self) -> ExamKind {
        match self {
            Self::Physical(_) => ExamKind::Physical,
            Self::Imaging(_) => ExamKind::Imaging,
        }
    }

    /// Every broken rule.
    pub fn violations(&self) -> Vec<FieldError> {
        match self {
            Self::Physical(exam) => exam.violations(),
            Self::Imaging(_) => Vec::new(),
        }
    }
}

impl PhysicalExam {
    fn violations(&self) -> Vec<FieldError> {
        let mut errors = Vec::new();
        let empty = self.foot_posture.is_empty()
            && self.leg_length.is_none()
            && self.arches.is_empty()
            && self.motions.is_empty();
        if empty {
            errors.push(FieldError::new("/physical", "must have at least one part"));
        }
        self.check_posture(&mut errors);
        self.check_legs(&mut errors);
        self.check_arches(&mut errors);
        self.check_motions(&mut errors);
        errors
    }

    fn check_posture(&self, errors: &mut Vec<FieldError>) {
        for (index, foot) in self.foot_posture.iter().enumerate() {
            let at = format!("/physical/foot_posture/{index}");
            let twice = |one: &FootPosture| one.side == foot.side;
            if self.foot_posture.iter().take(index).any(twice) {
                errors.push(FieldError::new(format!("{at}/side"), "must be there once"));
            }
            let sound = foot.items.len() == FPI_ITEMS
                && foot.items.iter().all(|item| (-2..=2).contains(item));
            if !sound {
                errors.push(FieldError::new(
                    format!("{at}/items"),
                    "must be six items, each a whole number from -2 to 2",
                ));
            }
        }
    }

    fn check_legs(&self, errors: &mut Vec<FieldError>) {
        let Some(legs) = &self.leg_length else {
            return;
        };
        for (field, value) in [("left_mm", legs.left_mm), ("right_mm", legs.right_mm)] {
            let at = format!("/physical/leg_length/{field}");
            errors.extend(in_range(&at, value, LEG_MM).err());
        }
        let at = "/physical/leg_length/error_mm";
        let wide = |value| in_range(at, value, LEG_ERROR_MM).err();
        errors.extend(legs.error_mm.and_then(wide));
    }

    fn check_arches(&self, errors: &mut Vec<FieldError>) {
        for (index, arch) in self.arches.iter().enumerate() {
            let at = format!("/physical/arches/{index}");
            let twice = self
                .arches
                .iter()
                .take(index)
                .any(|one| one.side == arch.side);
            if twice {
                errors.push(FieldError::new(format!("{at}/side"), "must be there once"));
            }
            if arch.navicular_drop_mm.is_none() && arch.arch_height_index.is_none() {
                errors.push(FieldError::new(at.clone(), "must have a measurement"));
            }
            for (field, value, range) in [
                (
                    "navicular_drop_mm",
                    arch.navicular_drop_mm,
                    NAVICULAR_DROP_MM,
                ),
                (
                    "arch_height_index",
                    arch.arch_height_index,
                    ARCH_HEIGHT_INDEX,
                ),
            ] {
                let found =
                    value.and_then(|value| in_range(&format!("{at}/{field}"), value, range).err());
                errors.extend(found);
            }
        }
    }

    fn check_motions(&self, errors: &mut Vec<FieldError>) {
        if self.motions.len() > MAX_MOTIONS {
            errors.push(FieldError::new(
                "/physical/motions",
                format!("must have at most {MAX_MOTIONS} entries"),
            ));
        }
        for (index, motion) in self.motions.iter().enumerate() {
            let at = format!("/physical/motions/{index}");
            let same = |one: &Motion| {
                (one.movement, one.side, one.active)
                    == (motion.movement, motion.side, motion.active)
            };
            if self.motions.iter().take(index).any(same) {
                errors.push(FieldError::new(at.clone(), "must be there once"));
            }
            let degrees = motion.movement.degrees();
            errors.extend(in_range(&format!("{at}/degrees"), motion.degrees, degrees).err());
        }
    }
}

/// A published band of the Foot Posture Index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PostureBand {
    /// -12 to -5.
    HighlySupinated,
    /// -4 to -1.
    Supinated,
    /// 0 to 5.
    Neutral,
    /// 6 to 9.
    Pronated,
    /// 10 to 12.
    HighlyPronated,
}

/// The Foot Posture Index of one foot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PostureScore {
    /// Which foot.
    pub side: BodySide,
    /// Sum of the six items, -12 to 12.
    pub sum: i64,
    /// The band it lies in: how a foot stands, not what is wrong with it.
    pub band: PostureBand,
    /// Where the bands come from.
    #[schema(value_type = String)]
    pub source: &'static str,
}

/// Sum and band of six items.
pub fn posture_score(side: BodySide, items: &[i8]) -> PostureScore {
    let sum: i64 = items.iter().map(|item| i64::from(*item)).sum();
    let band = match sum {
        ..=-5 => PostureBand::HighlySupinated,
        -4..=-1 => PostureBand::Supinated,
        0..=5 => PostureBand::Neutral,
        6..=9 => PostureBand::Pronated,
        10.. => PostureBand::HighlyPronated,
    };
    PostureScore {
        side,
        sum,
        band,
        source: FPI_SOURCE,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn exam(json: serde_json::Value) -> PhysicalExam {
        serde_json::from_value(json).unwrap()
    }

    fn pointers(json: serde_json::Value) -> Vec<String> {
        let found = Findings::Physical(exam(json)).violations();
        found.into_iter().map(|error| error.pointer).collect()
    }

    #[test]
    fn every_part_is_checked_where_it_stands() {
        use serde_json::json;
        assert_eq!(pointers(json!({})), ["/physical"]);
        let wrong = json!({
            "foot_posture": [
                { "side": "left", "items": [0, 0, 0, 0, 0] },
                { "side": "left", "items": [3, 0, 0, 0, 0, 0] },
            ],
            "leg_length": { "method": "blocks", "left_mm": 88.0, "right_mm": 880.0, "error_mm": 60.0 },
            "arches": [{ "side": "left" }, { "side": "left", "navicular_drop_mm": 55.0 }],
            "motions": [
                { "movement": "knee_flexion", "side": "left", "degrees": 200.0 },
                { "movement": "knee_flexion", "side": "left", "degrees": 120.0 },
            ],
        });
        assert_eq!(
            pointers(wrong),
            [
                "/physical/foot_posture/0/items",
                "/physical/foot_posture/1/side",
                "/physical/foot_posture/1/items",
                "/physical/leg_length/left_mm",
                "/physical/leg_length/error_mm",
                "/physical/arches/0",
                "/physical/arches/1/side",
                "/physical/arches/1/navicular_drop_mm",
                "/physical/motions/0/degrees",
                "/physical/motions/1",
            ]
        );
    }

    #[test]
    fn bands_meet_without_a_gap() {
        let band = |items: &[i8]| posture_score(BodySide::Left, items).band;
        assert_eq!(band(&[1, 1, 1, 1, 1, 0]), PostureBand::Neutral);
        assert_eq!(band(&[1, 1, 1, 1, 1, 1]), PostureBand::Pronated);
        assert_eq!(band(&[2, 2, 2, 2, 1, 1]), PostureBand::HighlyPronated);
        assert_eq!(band(&[0, 0, 0, 0, 0, -1]), PostureBand::Supinated);
        assert_eq!(band(&[-1, -1, -1, -1, -1, 0]), PostureBand::HighlySupinated);
    }

    proptest! {
        #[test]
        fn a_sum_is_that_of_its_items(items in proptest::collection::vec(-2_i8..=2, 6)) {
            let score = posture_score(BodySide::Right, &items);
            prop_assert!((-12..=12).contains(&score.sum));
            prop_assert_eq!(score.sum, items.iter().map(|item| i64::from(*item)).sum::<i64>());
        }
    }
}
