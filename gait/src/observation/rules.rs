//! The observation rules as a table: metric, direction and words. Limits come from norms.toml.

/// Which end of the reference range a rule looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Above the 95th percentile.
    Above,
    /// Below the 5th percentile.
    Below,
}

/// One rule.
pub(super) struct Rule {
    pub(super) id: &'static str,
    pub(super) metric: &'static str,
    pub(super) side: Side,
    /// Words for a value and the limit it passed.
    pub(super) sentence: fn(f64, f64) -> String,
    pub(super) could_also_be: &'static [&'static str],
    pub(super) would_raise_confidence: &'static [&'static str],
}

/// Larger side of a signed index: positive when right is larger.
fn larger(si: f64) -> (&'static str, &'static str) {
    if si >= 0.0 {
        ("right", "left")
    } else {
        ("left", "right")
    }
}

const SIDE_TO_SIDE: &[&str] = &[
    "pain or caution on one leg",
    "a difference in strength or mobility between the legs",
    "a difference in leg length",
    "shoes or insoles that sit differently on the two feet",
    "a habit without any complaint",
];

const LONGER_WALK: &[&str] = &[
    "a two-minute walk on level ground at usual pace",
    "the same pattern on several days",
    "the same shoes on both feet and a check of how the insoles lie",
];

const STEADIER_WALK: &[&str] = &[
    "a longer walk on a straight, level path without turns",
    "the same reading on several days",
    "knowing whether the person talked, carried something or used an aid",
];

const SPEED: &[&str] = &[
    "walking slower or faster than usual",
    "a crowded or uneven path",
    "carrying something",
    "caution on a new surface",
];

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "side_to_side_stance_timing",
        metric: "si_stance_pct",
        side: Side::Above,
        sentence: |si, limit| {
            let (long, short) = larger(si);
            format!(
                "Stance lasts {:.1} % longer on the {long} foot than on the {short} (reference limit {limit:.1} %).",
                si.abs()
            )
        },
        could_also_be: SIDE_TO_SIDE,
        would_raise_confidence: LONGER_WALK,
    },
    Rule {
        id: "side_to_side_swing_timing",
        metric: "si_swing_pct",
        side: Side::Above,
        sentence: |si, limit| {
            let (long, short) = larger(si);
            format!(
                "Swing lasts {:.1} % longer on the {long} foot than on the {short} (reference limit {limit:.1} %).",
                si.abs()
            )
        },
        could_also_be: SIDE_TO_SIDE,
        would_raise_confidence: LONGER_WALK,
    },
    Rule {
        id: "side_to_side_peak_force",
        metric: "si_f1_pct",
        side: Side::Above,
        sentence: |si, limit| {
            let (high, low) = larger(si);
            format!(
                "The loading peak is {:.1} % higher under the {high} foot than under the {low} (reference limit {limit:.1} %).",
                si.abs()
            )
        },
        could_also_be: &[
            "a difference in gain between the two insoles",
            "pain or caution on one leg",
            "a difference in strength between the legs",
            "shoes or insoles that sit differently on the two feet",
        ],
        would_raise_confidence: &[
            "the same walk with the insoles exchanged between the shoes",
            "the same pattern on several days",
        ],
    },
    Rule {
        id: "variable_stride_time",
        metric: "stride_time_cv_pct",
        side: Side::Above,
        sentence: |cv, limit| {
            format!(
                "Stride time varies by {cv:.1} % from stride to stride (reference limit {limit:.1} %)."
            )
        },
        could_also_be: &[
            "turns, stops or obstacles on the way",
            "changes of pace",
            "talking or another task while walking",
            "fatigue",
        ],
        would_raise_confidence: STEADIER_WALK,
    },
    Rule {
        id: "long_double_support",
        metric: "double_support_pct",
        side: Side::Above,
        sentence: |ds, limit| {
            format!(
                "Both feet are on the ground for {ds:.1} % of the stride (reference limit {limit:.1} %)."
            )
        },
        could_also_be: SPEED,
        would_raise_confidence: LONGER_WALK,
    },
    Rule {
        id: "long_stance",
        metric: "stance_pct",
        side: Side::Above,
        sentence: |stance, limit| {
            format!(
                "Each foot stays on the ground for {stance:.1} % of the stride (reference limit {limit:.1} %)."
            )
        },
        could_also_be: SPEED,
        would_raise_confidence: LONGER_WALK,
    },
    Rule {
        id: "short_stance",
        metric: "stance_pct",
        side: Side::Below,
        sentence: |stance, limit| {
            format!(
                "Each foot stays on the ground for {stance:.1} % of the stride (reference limit {limit:.1} %)."
            )
        },
        could_also_be: SPEED,
        would_raise_confidence: LONGER_WALK,
    },
    Rule {
        id: "low_cadence",
        metric: "cadence_steps_per_min",
        side: Side::Below,
        sentence: |cadence, limit| {
            format!("Cadence is {cadence:.0} steps per minute (reference limit {limit:.0}).")
        },
        could_also_be: SPEED,
        would_raise_confidence: LONGER_WALK,
    },
    Rule {
        id: "high_cadence",
        metric: "cadence_steps_per_min",
        side: Side::Above,
        sentence: |cadence, limit| {
            format!("Cadence is {cadence:.0} steps per minute (reference limit {limit:.0}).")
        },
        could_also_be: SPEED,
        would_raise_confidence: LONGER_WALK,
    },
];

/// Observations of one family describe the same thing twice; only the strongest is told, with the evidence of all.
pub(super) fn family(id: &str) -> &str {
    match id {
        "side_to_side_swing_timing" => "side_to_side_stance_timing",
        "long_stance" => "long_double_support",
        other => other,
    }
}
