//! One walk: the numbers of the published protocol and of the engine's defaults.

use std::collections::BTreeMap;

use gait::metrics::derive::both_feet_mean;
use gait::strides::Cleaning;
use gait::{Analysis, Options, Recording, analyze};

/// Studies and groups of the database, by the first letters of a file's name.
pub(crate) const STUDIES: [&str; 3] = ["Si", "Ga", "Ju"];
pub(crate) const CONTROLS: &str = "Co";
pub(crate) const PATIENTS: &str = "Pt";
/// End of the name of a usual walk; others are further walks and dual tasks.
const USUAL_WALK: &str = "_01";

/// Metrics of the published table.
pub(crate) const PROTOCOL_METRICS: [&str; 4] = [
    "stride_time_s",
    "swing_pct",
    "stride_time_cv_pct",
    "swing_time_cv_pct",
];
/// Metrics that are means of both feet, in the engine's defaults.
const MEANS: [&str; 3] = ["stride_time_s", "swing_pct", "double_support_pct"];
/// Name of the score among the metrics.
pub(crate) const SCORE: &str = "grsi";

/// The protocol of Frenkel-Toledo 2005: contact above 20 N, phases under 0.1 s merged, the first 20 s and the last 5 s not
/// used, |x - median| <= 3 SD repeated on stride and swing time.
pub(crate) fn protocol() -> Options {
    Options {
        contact_level_n: Some(20.0),
        cleaning: Cleaning::RepeatedSd,
        trim_start_s: 20.0,
        trim_end_s: 5.0,
        ..Options::default()
    }
}

/// The group of a usual walk by its name (`SiCo03_01`): study and `Co` or `Pt`; `None` for anything else.
pub(crate) fn group(record: &str) -> Option<String> {
    let group = record.get(..4).filter(|_| record.ends_with(USUAL_WALK))?;
    let (study, kind) = group.split_at(2);
    (STUDIES.contains(&study) && [CONTROLS, PATIENTS].contains(&kind)).then(|| group.to_owned())
}

/// One usual walk.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Walk {
    pub(crate) record: String,
    /// Such as `SiCo`.
    pub(crate) group: String,
    /// Strides used by the protocol, of the foot with fewer.
    pub(crate) strides: u64,
    /// By the protocol; a metric is absent when the walk has too few strides.
    pub(crate) protocol: BTreeMap<&'static str, f64>,
    /// By the engine's defaults; symmetry indices by magnitude.
    pub(crate) engine: BTreeMap<&'static str, f64>,
}

impl Walk {
    pub(crate) fn of(recording: &Recording, group: String) -> Self {
        let published = analyze(recording, &protocol());
        let own = analyze(recording, &Options::default());
        let used =
            |(left, right): (&gait::moments::Moments, &gait::moments::Moments)| left.n.min(right.n);
        let feet = published.metrics.get("stride_time_s");
        Self {
            record: recording.name.clone(),
            group,
            strides: feet.and_then(|m| m.both()).map_or(0, used),
            protocol: by_protocol(&published),
            engine: by_engine(&own),
        }
    }

    pub(crate) fn study(&self) -> &str {
        self.group.get(..2).unwrap_or_default()
    }

    pub(crate) fn is_control(&self) -> bool {
        self.group.ends_with(CONTROLS)
    }
}

fn by_protocol(analysis: &Analysis) -> BTreeMap<&'static str, f64> {
    let derived = analysis.session_metrics();
    PROTOCOL_METRICS
        .into_iter()
        .filter_map(|id| {
            let value = match derived.get(id) {
                Some(found) => found.ok()?.value,
                None => mean(analysis, id)?,
            };
            Some((id, value))
        })
        .collect()
}

fn by_engine(analysis: &Analysis) -> BTreeMap<&'static str, f64> {
    let derived = analysis.session_metrics();
    let derived = derived
        .into_iter()
        .filter_map(|(id, found)| Some((id, found.ok()?.value.abs())));
    let means = MEANS
        .into_iter()
        .filter_map(|id| Some((id, mean(analysis, id)?)));
    let score = analysis.score.value.map(|v| (SCORE, v.points));
    derived.chain(means).chain(score).collect()
}

fn mean(analysis: &Analysis, id: &'static str) -> Option<f64> {
    let measured = analysis.measured();
    both_feet_mean(measured, id, 2)
        .ok()
        .map(|found| found.value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_told_from_names() {
        assert_eq!(group("SiCo03_01").as_deref(), Some("SiCo"));
        assert_eq!(group("JuPt12_01").as_deref(), Some("JuPt"));
        for other in ["GaPt03_10", "SiXx03_01", "walk_01", "ä_01", ""] {
            assert_eq!(group(other), None, "{other}");
        }
    }
}
