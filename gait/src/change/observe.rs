//! Changes as observations.

use crate::observation::{Evidence, Observation};

use super::{CHANGED, CHANGED_WITH_SPEED, Change, Changes, Level, SpeedChange, baseline, words};

/// Changes in words.
#[must_use]
pub fn observations(changes: &Changes) -> Vec<Observation> {
    let changed = changes.changes.iter().map(changed);
    changed
        .chain(changes.speed.as_ref().map(with_speed))
        .collect()
}

fn changed(change: &Change) -> Observation {
    Observation {
        id: CHANGED.to_owned(),
        sentence: words::changed(change),
        evidence: vec![evidence(
            &change.metric,
            change.delta,
            change.delta_se,
            change.days,
            Some(change.mdc95),
            format!(
                "minimal detectable change between the mean of {} days and the own baseline of {} days; n counts days; last seven days: p = {:.3}",
                change.days,
                baseline::BASELINE_DAYS,
                change.week_p
            ),
        )],
        could_also_be: owned(words::CHANGE_COULD_BE),
        would_raise_confidence: owned(words::CHANGE_SURER),
        confidence: words::confidence(change.level),
    }
}

fn with_speed(change: &SpeedChange) -> Observation {
    let evidence = change
        .moved
        .iter()
        .map(|(metric, delta, se, days)| {
            let reference =
                "raw difference from the own baseline; with cadence taken out it is within measurement error; n counts days";
            evidence(metric, *delta, *se, *days, None, reference.to_owned())
        })
        .collect();
    Observation {
        id: CHANGED_WITH_SPEED.to_owned(),
        sentence: words::with_speed(change),
        evidence,
        could_also_be: owned(words::SPEED_COULD_BE),
        would_raise_confidence: owned(words::SPEED_SURER),
        confidence: words::confidence(Level::WorthALook),
    }
}

pub(crate) fn evidence(
    metric: &str,
    value: f64,
    se: f64,
    n: usize,
    limit: Option<f64>,
    reference: String,
) -> Evidence {
    Evidence {
        metric: metric.to_owned(),
        value,
        unit: words::unit(metric).to_owned(),
        se,
        n: n as u64,
        limit,
        reference,
        source: "the person's own days; error rates simulated (docs/GAIT.md, Change)".to_owned(),
        standing: "D".to_owned(),
    }
}

pub(crate) fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|t| (*t).to_owned()).collect()
}
