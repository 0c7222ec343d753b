//! Which quality flags of a session disturb which values.

use crate::summary::SessionSummary;

/// The clocks agree when the residual of their fit is at most this, ms (A: 10 ms move the phase coordination index by
/// 1.8 points, 5 ms by less than half of its measurement error).
pub(super) const MAX_SYNC_MS: f64 = 5.0;

/// Flags that spoil everything.
const ANY: &[&str] = &["no_signal", "inverted_signal", "drifting_zero"];
/// Flags that spoil force and pressure as well.
const LOAD: &[&str] = &[
    "saturated",
    "negative_force",
    "total_force_mismatch",
    "force_scale_implausible",
    "uncalibrated_force",
    "dead_sensor",
    "stuck_sensor",
    "saturated_sensor",
    "too_many_failed_sensors",
];
/// Values that move when the clocks of the insoles disagree.
const NEEDS_SYNC: &[&str] = &[
    "pci_pct",
    "si_step_time_pct",
    "step_time_residual_cv_pct",
    "step_time_s",
    "initial_double_support_pct",
    "terminal_double_support_pct",
    "pci_per_speed_pct_s_per_m",
];
/// Values of single sensors, by their first letters.
const PRESSURE: &[&str] = &[
    "mid_load",
    "malr",
    "mlr",
    "fmlr",
    "cpei",
    "cop_",
    "forefoot_share",
    "peak_pressure",
];
/// Values of total force, by a part of their name.
const FORCE: &[&str] = &["_bw", "_f1", "_f2", "impulse", "loading_rate"];

/// Made of single sensors.
pub(super) fn is_pressure(metric: &str) -> bool {
    PRESSURE.iter().any(|p| metric.starts_with(p))
}

fn is_load(metric: &str) -> bool {
    is_pressure(metric) || FORCE.iter().any(|p| metric.contains(p))
}

/// The clocks of the insoles were seen to agree. Unknown is not agreement.
pub(super) fn in_step(summary: &SessionSummary) -> bool {
    summary.quality.sync_ms.is_some_and(|ms| ms <= MAX_SYNC_MS)
}

/// Whether a value of a session must not be compared with others.
pub(super) fn disturbed(metric: &str, summary: &SessionSummary) -> bool {
    let has = |codes: &[&str]| {
        summary
            .quality
            .flags
            .iter()
            .any(|f| codes.contains(&f.as_str()))
    };
    has(ANY)
        || (is_load(metric) && has(LOAD))
        || (is_pressure(metric) && !summary.quality.dead_sensors.is_empty())
        || (NEEDS_SYNC.contains(&metric) && !in_step(summary))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::METRICS;

    #[test]
    fn kinds_by_name() {
        assert!(
            is_pressure("cpei_pct") && is_load("mlr") && is_load("si_f1_pct") && is_load("f2_bw")
        );
        assert!(!is_load("stance_pct") && !is_load("si_stance_pct") && !is_load("fv"));
        let known = |id: &&&str| METRICS.iter().any(|m| m.id == **id);
        assert!(NEEDS_SYNC.iter().filter(known).count() >= 4);
    }
}
