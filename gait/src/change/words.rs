//! Plain words for values and changes.

use crate::metrics;
use crate::observation::Confidence;

use super::cusum::Direction;
use super::day::date_text;
use super::{Change, Level, SpeedChange};

/// Id, plain name, unit where the catalogue has none.
const NAMES: &[(&str, &str, &str)] = &[
    (
        "si_stance_pct",
        "the side-to-side difference of stance time (right minus left)",
        "%",
    ),
    (
        "stride_time_cv_pct",
        "the variation of stride time from stride to stride",
        "%",
    ),
    (
        "swing_time_cv_pct",
        "the variation of swing time from stride to stride",
        "%",
    ),
    ("cadence_steps_per_min", "cadence", "steps per minute"),
    (
        "stance_pct",
        "the share of stance in the stride",
        "% of the stride",
    ),
    (
        "double_support_pct",
        "the time on both feet",
        "% of the stride",
    ),
    ("mlr", "the load on the inner side of the feet", "of 1"),
    ("fmlr", "the load on the inner forefoot", "of 1"),
    ("mid_load", "the load on the midfoot", "of 1"),
    ("malr", "the load on the medial arch", "of 1"),
    (
        "forefoot_share",
        "the load on the forefoot and toes",
        "of 1",
    ),
    (
        "cpei_pct",
        "the excursion of the centre of pressure",
        "% of the foot's width",
    ),
    (
        "loading_rate_bw_per_s",
        "the rate at which load comes on",
        "body weights per second",
    ),
    ("peak_pressure_kpa", "the peak pressure", "kPa"),
];

/// Plain name of a metric; its id when it has none.
pub(crate) fn name(metric: &str) -> &str {
    NAMES
        .iter()
        .find(|(id, ..)| *id == metric)
        .map_or(metric, |(_, name, _)| name)
}

/// Unit of a metric.
pub(crate) fn unit(metric: &str) -> &str {
    let own = NAMES.iter().find(|(id, ..)| *id == metric);
    metrics::def(metric)
        .map(|d| d.unit)
        .or(own.map(|(.., unit)| *unit))
        .unwrap_or_default()
}

/// A magnitude with the decimals its size deserves.
pub(crate) fn amount(value: f64) -> String {
    let size = value.abs();
    match size {
        s if s < 0.1 => format!("{size:.3}"),
        s if s < 1.0 => format!("{size:.2}"),
        _ => format!("{size:.1}"),
    }
}

const fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Higher => "higher",
        Direction::Lower => "lower",
    }
}

pub(super) fn changed(change: &Change) -> String {
    let strength = match change.level {
        Level::Information => "A first sign",
        Level::WorthALook => "Worth a look",
        Level::ClinicianList => "Clear and lasting",
    };
    format!(
        "{strength}: since {}, on {} days, {} has been {} than in this person's own first weeks, by {} {}; that is more than measurement error.",
        date_text(change.start_date),
        change.days,
        name(&change.metric),
        word(change.direction),
        amount(change.delta),
        unit(&change.metric),
    )
}

pub(super) fn with_speed(change: &SpeedChange) -> String {
    let pace = match change.pace {
        Direction::Higher => "faster",
        Direction::Lower => "slower",
    };
    let names: Vec<&str> = change
        .moved
        .iter()
        .map(|(metric, ..)| name(metric))
        .collect();
    format!(
        "Since {}, walking has been {pace} than in this person's own first weeks, by {} steps per minute; {} moved with it and by no more than that explains.",
        date_text(change.start_date),
        amount(change.cadence_delta),
        names.join(" and "),
    )
}

pub(super) const fn confidence(level: Level) -> Confidence {
    match level {
        Level::Information => Confidence::Low,
        Level::WorthALook => Confidence::Medium,
        Level::ClinicianList => Confidence::High,
    }
}

pub(super) const CHANGE_COULD_BE: &[&str] = &[
    "other shoes or socks, or an insole that lies differently",
    "another route, surface or load carried",
    "pain, tiredness or illness in these days",
    "an insole whose sensors age",
    "chance: values watched every day leave their range now and then",
];

pub(super) const CHANGE_SURER: &[&str] = &[
    "another week of wear in the same shoes",
    "a check of how the insoles lie",
    "asking what changed around that day",
];

pub(super) const SPEED_COULD_BE: &[&str] = &[
    "another route, company or purpose of the walks",
    "heat, cold or a slippery surface",
    "pain, tiredness or caution",
];

pub(super) const SPEED_SURER: &[&str] = &[
    "a walk on the usual route at the usual pace",
    "another week of wear",
];
