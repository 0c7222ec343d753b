//! The measures of a session as a table: what was measured, with its uncertainty, beside the reference group. What was
//! not measured is named with the reason.

use gait::metrics::derive::{
    Absent, Derived, Estimate, Measured, foot_mean, session_metrics, walking_mean,
};
use gait::metrics::{self, MetricDef, Source};
use gait::norms::{Of, norms};
use gait::recording::Side;
use gait::{ForceUnit, SessionSummary};

use crate::http::format;
use crate::patients::assessment::metric_words;

/// Measures that belong together.
#[derive(Debug, Clone)]
pub struct MeasureGroup {
    /// What they have in common.
    pub title: &'static str,
    /// Each of them.
    pub rows: Vec<MeasureRow>,
}

/// One measure.
#[derive(Debug, Clone)]
pub struct MeasureRow {
    /// Its name in words.
    pub name: String,
    /// The value of the session, or of the left foot, or why there is none.
    pub value: String,
    /// The value of the right foot, where feet are told apart.
    pub right: Option<String>,
    /// How many are behind it.
    pub strides: String,
    /// Mean and spread of the reference group.
    pub reference: Option<String>,
    /// What to bear in mind.
    pub note: String,
}

/// How a measure is read from a session.
#[derive(Clone, Copy)]
enum Read {
    /// Each foot by itself.
    Feet(&'static str),
    /// One value of the session.
    Session(&'static str),
    /// One value of the walking, both feet alike.
    Walking(&'static str),
}

use Read::{Feet, Session, Walking};

const GROUPS: &[(&str, &[Read])] = &[
    (
        "Pace and phases",
        &[
            Session("cadence_steps_per_min"),
            Walking("speed_m_per_s"),
            Walking("stride_length_m"),
            Session("walk_ratio_mm_per_steps_per_min"),
            Feet("stance_pct"),
            Feet("double_support_pct"),
            Feet("single_support_pct"),
        ],
    ),
    (
        "Regularity",
        &[
            Session("stride_time_cv_pct"),
            Session("stride_time_mad_cv_pct"),
            Session("swing_time_cv_pct"),
            Session("pci_pct"),
            Session("dfa_alpha"),
        ],
    ),
    (
        "Side to side (positive: right larger)",
        &[
            Session("si_stance_pct"),
            Session("si_swing_pct"),
            Session("si_f1_pct"),
            Session("si_f2_pct"),
            Session("si_impulse_pct"),
            Session("si_loading_rate_pct"),
        ],
    ),
    (
        "Force under the foot",
        &[
            Feet("f1_bw"),
            Feet("fv_bw"),
            Feet("f2_bw"),
            Feet("loading_rate_bw_per_s"),
            Feet("impulse_bw_s"),
        ],
    ),
    (
        "Loading pattern",
        &[
            Feet("cpei_pct"),
            Feet("mid_load"),
            Feet("malr"),
            Feet("mlr"),
            Feet("fmlr"),
            Feet("forefoot_share"),
            Session("atypical_cycle_pct"),
        ],
    ),
    (
        "Movement of the foot",
        &[Feet("clearance_m"), Feet("contact_pitch_deg")],
    ),
];

/// The table of a stored summary; empty for one of another schema version.
pub fn groups(summary: &str) -> Vec<MeasureGroup> {
    let Ok(summary) = serde_json::from_str::<SessionSummary>(summary) else {
        return Vec::new();
    };
    let gathered = summary.gathered();
    let session = Reader {
        measured: gathered.measured(),
        comparable: summary.quality.force_unit == ForceUnit::Newton
            && summary.thresholds == norms().thresholds,
    };
    GROUPS
        .iter()
        .map(|(title, reads)| MeasureGroup {
            title,
            rows: reads.iter().filter_map(|read| session.row(*read)).collect(),
        })
        .collect()
}

/// A session as the table reads it.
struct Reader<'a> {
    measured: Measured<'a>,
    /// Stance, swing and force were measured as the reference was.
    comparable: bool,
}

impl Reader<'_> {
    fn row(&self, read: Read) -> Option<MeasureRow> {
        let (id, first, second) = match read {
            Feet(id) => {
                let [left, right] = Side::BOTH.map(|side| foot_mean(self.measured, id, side));
                (id, left, Some(right))
            }
            Session(id) => (id, *session_metrics(self.measured).get(id)?, None),
            Walking(id) => (id, walking_mean(self.measured, id), None),
        };
        let def = metrics::def(id)?;
        let told_apart = second.filter(|right| first.is_ok() || *right != first);
        let (value, right) = match told_apart {
            Some(right) => (
                format!("left {}", words(first, def)),
                Some(format!("right {}", words(right, def))),
            ),
            None => (words(first, def), None),
        };
        Some(MeasureRow {
            name: metric_words(id),
            value,
            right,
            strides: strides(first, second),
            reference: self.reference(def),
            note: note(first),
        })
    }

    /// Mean and spread of the reference group; pressure has none, because it depends on the insole.
    fn reference(&self, def: &MetricDef) -> Option<String> {
        let (reference, _) = norms().of(def.id)?;
        let measured_alike = match def.source {
            Source::Timing => self.comparable || reference.contact_times_only,
            Source::Force => self.comparable,
            Source::Pressure | Source::Motion => false,
        };
        let size = if reference.of == Of::Magnitude {
            "size "
        } else {
            ""
        };
        measured_alike.then(|| {
            format!(
                "{size}{} ± {}",
                format::number(reference.mean, 2),
                format::number(reference.sd, 2)
            )
        })
    }
}

fn words(derived: Derived, def: &MetricDef) -> String {
    match derived {
        Ok(Estimate { value, se, .. }) => {
            format!("{} {}", format::plus_minus(value, se), short_unit(def.unit))
        }
        Err(absent) => format!("absent: {}", absent_words(absent)),
    }
}

/// The unit without what its row says anyway.
fn short_unit(unit: &'static str) -> &'static str {
    match unit {
        "% of the stride" | "% of the foot's width" | "% of the stances" => "%",
        "body weights" => "BW",
        "body weights per second" => "BW/s",
        "body weights times seconds" => "BW s",
        "steps per minute" => "steps/min",
        "fraction, 0 to 1" | "of the stance, 0 to 1" | "dimensionless" => "",
        "degrees" => "°",
        other => other,
    }
}

const fn absent_words(absent: Absent) -> &'static str {
    match absent {
        Absent::TooFewStrides => "too few strides",
        Absent::MissingFoot => "one foot is missing",
        Absent::UncalibratedForce => "force is not calibrated",
        Absent::NoPressure => "no pressure sensors",
        Absent::NoMotion => "no motion sensors",
        Absent::TooSlow => "walked too slowly for it",
    }
}

fn strides(first: Derived, second: Option<Derived>) -> String {
    let n = |derived: Derived| derived.map(|estimate| estimate.n).ok();
    match (n(first), second.and_then(n)) {
        (Some(a), Some(b)) if a != b => format!("{a}, {b}"),
        (Some(n), _) | (None, Some(n)) => n.to_string(),
        (None, None) => String::new(),
    }
}

fn note(derived: Derived) -> String {
    use gait::metrics::flags::Flag;
    let Ok(estimate) = derived else {
        return String::new();
    };
    let words = estimate.flags.iter().map(|flag| match flag {
        Flag::FewStrides => "fewer than 50 strides",
        Flag::SyncUnknown => "clocks of the insoles not compared",
        Flag::ImputedSensor => "a sensor was filled in",
    });
    words.collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measure_is_in_the_catalogue() {
        for read in GROUPS.iter().flat_map(|(_, reads)| *reads) {
            let (Feet(id) | Session(id) | Walking(id)) = read;
            assert!(metrics::def(id).is_some(), "{id}");
        }
    }

    #[test]
    fn what_is_no_summary_has_no_table() {
        assert!(groups("{}").is_empty());
        assert!(groups("damaged").is_empty());
    }
}
