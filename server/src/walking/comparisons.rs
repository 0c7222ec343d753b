//! Before and after each orthotic and pair of shoes, side by side.

use gait::change::effect::{IMPULSE_SHARE, PEAK_PRESSURE};

use crate::http::format::{fixed, number, plus_minus, short_date};
use crate::insoles::effects::rules::{Comparison, ComparisonState, MIN_DAYS, SideMean};
use crate::insoles::effects::service::FootwearEffect;
use crate::store::care_events::CareEventKind;

/// One value before and after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ValueRow {
    pub(super) name: String,
    pub(super) unit: &'static str,
    pub(super) before: String,
    pub(super) after: String,
    pub(super) difference: String,
    pub(super) smallest: String,
    /// Names the symbol.
    pub(super) key: &'static str,
    pub(super) word: &'static str,
}

/// One change of footwear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ChangeView {
    pub(super) title: String,
    pub(super) state: String,
    pub(super) days: String,
    /// The finding over all values; none while there is no answer.
    pub(super) sum: Option<String>,
    /// Values of the whole foot.
    pub(super) rows: Vec<ValueRow>,
    /// Values of single regions.
    pub(super) regions: Vec<ValueRow>,
}

impl ChangeView {
    pub(super) fn of(effect: &FootwearEffect) -> Self {
        let (what, tag) = match effect.event.kind {
            CareEventKind::ShoeIssued => ("New shoes", &effect.detail.shoe_id),
            _ => ("Orthotics handed over", &effect.detail.orthotic_id),
        };
        let name = tag
            .as_ref()
            .map(|tag| format!(" ({tag})"))
            .unwrap_or_default();
        let found = &effect.found;
        Self {
            title: format!("{what}{name}, {}", short_date(effect.since)),
            days: format!(
                "{} valid days before, {} after; the day of the change and the first day after it count on neither side",
                found.before.valid, found.after.valid
            ),
            state: state_words(effect),
            sum: (found.state == ComparisonState::Ready).then(|| sum(&found.comparisons)),
            rows: rows(&found.comparisons, false),
            regions: rows(&found.comparisons, true),
        }
    }
}

fn rows(comparisons: &[Comparison], of_regions: bool) -> Vec<ValueRow> {
    let wanted = |one: &&Comparison| is_regional(one) == of_regions;
    comparisons.iter().filter(wanted).map(row).collect()
}

fn is_regional(one: &Comparison) -> bool {
    one.metric.starts_with(IMPULSE_SHARE) || one.metric.starts_with(PEAK_PRESSURE)
}

fn unit(metric: &str) -> &'static str {
    if metric.starts_with(IMPULSE_SHARE) {
        "of the foot's load, 0 to 1"
    } else if metric.starts_with(PEAK_PRESSURE) {
        "kPa"
    } else {
        gait::metrics::def(metric).map_or("", |def| def.unit)
    }
}

fn state_words(effect: &FootwearEffect) -> String {
    let found = &effect.found;
    match found.state {
        ComparisonState::Ready => String::new(),
        ComparisonState::DifferentSettings => {
            "Not comparable: other insoles, another engine or other thresholds recorded part of the sessions.".to_owned()
        }
        ComparisonState::Collecting => format!(
            "Too early: each side needs {MIN_DAYS} valid days. Missing: {} before, {} after.",
            found.before.missing, found.after.missing
        ),
    }
}

/// Whether anything changed by more than the sensor's error, over all values.
fn sum(comparisons: &[Comparison]) -> String {
    let surely = comparisons
        .iter()
        .filter(|one| judged(one).0 == "good")
        .count();
    let unclear = comparisons
        .iter()
        .filter(|one| judged(one).0 == "unknown")
        .count();
    match (comparisons.len(), surely, unclear) {
        (0, _, _) => "No value was measured on both sides.".to_owned(),
        (_, 0, 0) => "No change beyond measurement error in any value.".to_owned(),
        (of, 0, _) => format!(
            "No change that is surely beyond measurement error; unclear in {unclear} of {of} values."
        ),
        (of, _, _) => format!(
            "Changed by more than measurement error: {surely} of {of} values. Where so many are compared, one in twenty differs by chance; a change of load is no statement about pain."
        ),
    }
}

/// Symbol and word of a comparison: the one verdict of the rules, told for the eye.
fn judged(one: &Comparison) -> (&'static str, &'static str) {
    use gait::change::effect::Verdict;
    match one.verdict {
        _ if one.estimate.abs() <= one.mdc95 => ("silent", "no change beyond measurement error"),
        Verdict::Yes => ("good", "more than measurement error"),
        Verdict::No | Verdict::Unclear => ("unknown", "unclear"),
    }
}

fn side(mean: Option<SideMean>) -> String {
    match mean {
        None => "not measured".to_owned(),
        Some(SideMean { days, mean, se }) => match se {
            Some(se) => format!("{} (n = {days})", plus_minus(mean, se)),
            None => format!("{} (n = {days}, no error)", number(mean, 2)),
        },
    }
}

fn row(one: &Comparison) -> ValueRow {
    let (key, word) = judged(one);
    let [low, high] = one.interval;
    // To a tenth of what can be told.
    let places = match one.mdc95 {
        5.0.. => 1,
        0.5.. => 2,
        _ => 3,
    };
    ValueRow {
        name: one.name.clone(),
        unit: unit(&one.metric),
        before: side(one.before),
        after: side(one.after),
        difference: format!(
            "{} ({} to {})",
            fixed(one.estimate, places),
            fixed(low, places),
            fixed(high, places)
        ),
        smallest: fixed(one.mdc95, places),
        key,
        word,
    }
}

#[cfg(test)]
mod tests {
    use gait::change::effect::Verdict;

    use super::*;

    fn compared(estimate: f64, verdict: Verdict) -> Comparison {
        Comparison {
            metric: "mid_load".to_owned(),
            name: "midfoot share of the load".to_owned(),
            estimate,
            interval: [estimate - 0.01, estimate + 0.01],
            mdc95: 0.016,
            pairs: 6,
            cadence_delta: 0.0,
            verdict,
            before: None,
            after: Some(SideMean {
                days: 5,
                mean: 0.2,
                se: Some(0.004),
            }),
            sentence: String::new(),
        }
    }

    #[test]
    fn inside_the_error_is_no_change_however_the_interval_lies() {
        for verdict in [Verdict::Yes, Verdict::No, Verdict::Unclear] {
            let row = row(&compared(0.015, verdict));
            assert_eq!(row.word, "no change beyond measurement error");
        }
        assert_eq!(
            sum(&[compared(0.015, Verdict::No)]),
            "No change beyond measurement error in any value."
        );
    }

    #[test]
    fn unclear_is_neither_a_change_nor_none() {
        let unclear = compared(0.02, Verdict::Unclear);
        assert_eq!(row(&unclear).word, "unclear");
        assert!(sum(&[unclear]).contains("unclear in 1 of 1"));
        let surely = compared(0.05, Verdict::Yes);
        assert!(sum(&[surely]).starts_with("Changed by more than measurement error: 1 of 1"));
        assert_eq!(sum(&[]), "No value was measured on both sides.");
    }

    #[test]
    fn a_side_has_its_days_and_its_error() {
        let row = row(&compared(0.02, Verdict::Unclear));
        assert_eq!(row.before, "not measured");
        assert_eq!(row.after, "0.200 ± 0.004 (n = 5)");
    }
}
