//! Examinations and events in words, as the clinician's pages say them: what was found, never what is wrong.

use super::rules::{
    Arch, BodySide, ImagingFinding, LegLength, LegLengthMethod, Modality, Motion, PhysicalExam,
    PostureBand, posture_score,
};
use crate::http::format::{fixed, number};
use crate::insoles::footwear::EventDetail;
use crate::store::care_events::CareEventKind;

/// How many standard errors a difference must exceed to be told from none, 95 %.
const Z95: f64 = 1.96;

/// The six items of the Foot Posture Index, in the order of its form, each with its short and its full name.
pub const FPI: [(&str, &str); 6] = [
    ("talar head", "Talar head palpation"),
    ("malleolar curves", "Curves above and below the malleoli"),
    ("calcaneus", "Calcaneal inversion or eversion"),
    ("talonavicular", "Bulge at the talonavicular joint"),
    ("medial arch", "Congruence of the medial arch"),
    ("forefoot", "Abduction or adduction of the forefoot"),
];

/// What an item can be rated, as sent and as shown.
pub const ITEM_VALUES: [(&str, &str); 5] = [
    ("-2", "−2"),
    ("-1", "−1"),
    ("0", "0"),
    ("1", "+1"),
    ("2", "+2"),
];

/// The two sides, each with its key.
pub const SIDES: [(BodySide, &str, &str); 2] = [
    (BodySide::Left, "left", "Left"),
    (BodySide::Right, "right", "Right"),
];

/// The bands of the Foot Posture Index: sums and words.
pub const BANDS: [(&str, &str); 5] = [
    ("−12 to −5", "highly supinated"),
    ("−4 to −1", "supinated"),
    ("0 to 5", "neutral"),
    ("6 to 9", "pronated"),
    ("10 to 12", "highly pronated"),
];

/// Ways to measure leg length, each with its key.
pub const LEG_METHODS: [(LegLengthMethod, &str, &str); 6] = [
    (
        LegLengthMethod::TapeAsisMedialMalleolus,
        "tape_asis_medial_malleolus",
        "tape, front of the pelvis to inner ankle",
    ),
    (
        LegLengthMethod::TapeUmbilicusMedialMalleolus,
        "tape_umbilicus_medial_malleolus",
        "tape, navel to inner ankle (apparent)",
    ),
    (
        LegLengthMethod::Blocks,
        "blocks",
        "blocks under the shorter leg, standing",
    ),
    (LegLengthMethod::ImagingXray, "imaging_xray", "radiograph"),
    (
        LegLengthMethod::ImagingCt,
        "imaging_ct",
        "computed tomography",
    ),
    (
        LegLengthMethod::ImagingStereo,
        "imaging_stereo",
        "upright stereo radiograph",
    ),
];

/// Ways an image is made, each with its key.
pub const MODALITIES: [(Modality, &str, &str); 6] = [
    (Modality::Xray, "xray", "Radiograph"),
    (Modality::Ct, "ct", "Computed tomography"),
    (Modality::Mri, "mri", "Magnetic resonance"),
    (Modality::Ultrasound, "ultrasound", "Ultrasound"),
    (Modality::Stereo, "stereo", "Upright stereo radiograph"),
    (Modality::Other, "other", "Another kind of image"),
];

/// A band in words.
pub fn band(band: PostureBand) -> &'static str {
    match band {
        PostureBand::HighlySupinated => "highly supinated",
        PostureBand::Supinated => "supinated",
        PostureBand::Neutral => "neutral",
        PostureBand::Pronated => "pronated",
        PostureBand::HighlyPronated => "highly pronated",
    }
}

/// A side in words.
pub fn side(side: BodySide) -> &'static str {
    let own = SIDES.iter().find(|(one, ..)| *one == side);
    own.map_or("", |(_, _, words)| words)
}

fn method(method: LegLengthMethod) -> &'static str {
    let own = LEG_METHODS.iter().find(|(one, ..)| *one == method);
    own.map_or("", |(_, _, words)| words)
}

/// What an event is called.
pub fn event(kind: CareEventKind) -> &'static str {
    match kind {
        CareEventKind::Surgery => "Surgery",
        CareEventKind::OrthoticIssued => "Orthotics handed over",
        CareEventKind::ShoeIssued => "Shoes handed over or chosen",
        CareEventKind::Fall => "Fall",
        CareEventKind::Visit => "Visit",
    }
}

/// Whether the patient's own baselines begin anew with it.
pub fn begins_anew(kind: CareEventKind) -> bool {
    match kind {
        CareEventKind::Surgery | CareEventKind::OrthoticIssued | CareEventKind::ShoeIssued => true,
        CareEventKind::Fall | CareEventKind::Visit => false,
    }
}

/// A whole number with its sign, as the items are written.
pub fn signed(value: i64) -> String {
    if value > 0 {
        format!("+{value}")
    } else {
        value.to_string().replace('-', "−")
    }
}

/// Sum and band of one foot, as `+6, pronated`.
pub fn posture(side: BodySide, items: &[i8]) -> String {
    let score = posture_score(side, items);
    format!("{}, {}", signed(score.sum), band(score.band))
}

/// Everything a physical examination says, a line for each measurement.
pub fn physical(exam: &PhysicalExam) -> Vec<String> {
    let mut lines = Vec::new();
    for foot in &exam.foot_posture {
        let items: Vec<String> = foot
            .items
            .iter()
            .map(|item| signed((*item).into()))
            .collect();
        lines.push(format!(
            "{} foot, Foot Posture Index: {} (items {})",
            side(foot.side),
            posture(foot.side, &foot.items),
            items.join(", ")
        ));
    }
    lines.extend(exam.leg_length.as_ref().map(legs));
    lines.extend(exam.arches.iter().map(arch));
    lines.extend(exam.motions.iter().map(motion));
    lines.extend(exam.note.as_ref().map(|note| format!("Note: {note}")));
    lines
}

/// Leg lengths with the difference, and what its error lets one say.
fn legs(legs: &LegLength) -> String {
    let difference = legs.right_mm - legs.left_mm;
    let which = if difference < 0.0 {
        "right shorter by"
    } else if difference > 0.0 {
        "left shorter by"
    } else {
        "difference"
    };
    let size = number(difference.abs(), 1);
    let error = match legs.error_mm {
        None => "mm; how far off that may be is not recorded".to_owned(),
        Some(error) if difference.abs() <= Z95 * error => {
            format!("± {} mm: inside its measurement error", number(error, 1))
        }
        Some(error) => format!("± {} mm", number(error, 1)),
    };
    format!(
        "Leg length: left {} mm, right {} mm; {which} {size} {error} ({})",
        number(legs.left_mm, 1),
        number(legs.right_mm, 1),
        method(legs.method)
    )
}

fn arch(arch: &Arch) -> String {
    let drop = arch
        .navicular_drop_mm
        .map(|mm| format!("navicular drop {} mm", number(mm, 1)));
    let height = arch
        .arch_height_index
        .map(|index| format!("arch height index {}", fixed(index, 2)));
    let parts: Vec<String> = [drop, height].into_iter().flatten().collect();
    format!("{} arch: {}", side(arch.side), parts.join(", "))
}

fn motion(motion: &Motion) -> String {
    format!(
        "{}, {}: {}° {}",
        motion.movement.title(),
        side(motion.side).to_lowercase(),
        number(motion.degrees, 1),
        if motion.active { "active" } else { "passive" }
    )
}

/// What was found on an image.
pub fn imaging(finding: &ImagingFinding) -> Vec<String> {
    let own = MODALITIES.iter().find(|(one, ..)| *one == finding.modality);
    let modality = own.map_or("", |(_, _, words)| words);
    let mut lines = vec![
        format!("{modality}, {}", finding.region),
        format!("Finding, as the report says: {}", finding.text),
    ];
    let kept = finding.reference_id.as_ref();
    lines.extend(kept.map(|id| format!("Kept as: {id}")));
    lines
}

/// More of an event.
pub fn detail(detail: &EventDetail) -> Vec<String> {
    let named = |what: &str, id: &Option<String>| {
        id.as_ref()
            .map(|id| format!("{what}, as insole sessions name it: {id}"))
    };
    [
        named("Orthotic", &detail.orthotic_id),
        named("Pair of shoes", &detail.shoe_id),
        detail.note.as_ref().map(|note| format!("Note: {note}")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(left_mm: f64, right_mm: f64, error_mm: Option<f64>) -> String {
        legs(&LegLength {
            method: LegLengthMethod::Blocks,
            left_mm,
            right_mm,
            error_mm,
        })
    }

    #[test]
    fn a_difference_says_which_leg_and_how_far_off_it_may_be() {
        assert!(of(880.0, 874.0, None).contains("right shorter by 6 mm; how far off"));
        let inside = of(880.0, 885.5, Some(3.0));
        assert!(inside.contains("left shorter by 5.5 ± 3 mm: inside its measurement error"));
        assert!(of(880.0, 860.0, Some(3.0)).contains("right shorter by 20 ± 3 mm (blocks"));
    }

    #[test]
    fn keys_are_those_of_the_api_and_bands_those_of_the_rule() {
        for (method, key, _) in LEG_METHODS {
            assert_eq!(serde_json::json!(method), serde_json::json!(key));
        }
        for (modality, key, _) in MODALITIES {
            assert_eq!(serde_json::json!(modality), serde_json::json!(key));
        }
        let sums: [[i8; 6]; 5] = [
            [-1, -1, -1, -1, -1, 0],
            [-1, 0, 0, 0, 0, 0],
            [1, 1, 1, 1, 1, 0],
            [1, 1, 1, 1, 1, 1],
            [2, 2, 2, 2, 2, 0],
        ];
        for (items, (_, words)) in sums.iter().zip(BANDS) {
            assert_eq!(band(posture_score(BodySide::Left, items).band), words);
        }
        assert_eq!(
            (signed(3), signed(0), signed(-4)),
            ("+3".into(), "0".into(), "−4".into())
        );
    }
}
