//! The rows of the metric catalogue.

use super::{
    MIN_STRIDES_ANY, MIN_STRIDES_FRACTAL, MIN_STRIDES_MEAN, MIN_STRIDES_PRESSURE,
    MIN_STRIDES_VARIABILITY, MetricDef, Scope, Source,
};

const fn row(
    id: &'static str,
    unit: &'static str,
    scope: Scope,
    source: Source,
    (low, high, step): (f64, f64, f64),
) -> MetricDef {
    MetricDef {
        id,
        unit,
        scope,
        source,
        low,
        high,
        step,
        min_strides: match source {
            Source::Pressure => MIN_STRIDES_PRESSURE,
            _ => MIN_STRIDES_ANY,
        },
        needs_sync: false,
        by_bout: false,
        uploaded: true,
    }
}

const fn time(id: &'static str, range: (f64, f64, f64)) -> MetricDef {
    row(id, "s", Scope::Foot, Source::Timing, range)
}

const fn share(id: &'static str, high: f64) -> MetricDef {
    row(
        id,
        "% of the stride",
        Scope::Foot,
        Source::Timing,
        (0.0, high, 0.1),
    )
}

const fn load(id: &'static str, unit: &'static str, range: (f64, f64, f64)) -> MetricDef {
    row(id, unit, Scope::Foot, Source::Force, range)
}

const fn pressure(id: &'static str, unit: &'static str, range: (f64, f64, f64)) -> MetricDef {
    row(id, unit, Scope::Foot, Source::Pressure, range)
}

const fn motion(id: &'static str, unit: &'static str, range: (f64, f64, f64)) -> MetricDef {
    row(id, unit, Scope::Foot, Source::Motion, range)
}

const fn pair(
    id: &'static str,
    unit: &'static str,
    source: Source,
    range: (f64, f64, f64),
) -> MetricDef {
    row(id, unit, Scope::Pair, source, range)
}

const fn session(
    id: &'static str,
    unit: &'static str,
    source: Source,
    (low, high): (f64, f64),
    min_strides: u64,
) -> MetricDef {
    let mut def = row(id, unit, Scope::Session, source, (low, high, 0.0));
    def.min_strides = min_strides;
    def
}

const fn synced(mut def: MetricDef) -> MetricDef {
    def.needs_sync = true;
    def
}

const fn by_bout(mut def: MetricDef) -> MetricDef {
    def.by_bout = true;
    def
}

/// Follows from other rows, so that it is not uploaded.
const fn derived(mut def: MetricDef) -> MetricDef {
    def.uploaded = false;
    def
}

const SI: (f64, f64) = (-200.0, 200.0);
const STANCE: &str = "of the stance, 0 to 1";
const FRACTION: &str = "fraction, 0 to 1";
const BW: &str = "body weights";

use Source::{Force, Motion, Pressure, Timing};

/// Every metric. The step is the grid of the per-stride values on the wire: at most half of what one stride differs
/// from the next, which leaves means untouched and adds at most 2 % to a variance; finer where the variability itself is
/// a metric.
pub const METRICS: &[MetricDef] = &[
    by_bout(time("stride_time_s", (0.2, 3.0, 0.001))),
    synced(time("step_time_s", (0.1, 2.2, 0.001))),
    derived(time("stance_time_s", (0.1, 2.7, 0.001))),
    time("swing_time_s", (0.08, 1.8, 0.001)),
    MetricDef {
        low: 20.0,
        ..share("stance_pct", 92.0)
    },
    derived(MetricDef {
        low: 8.0,
        ..share("swing_pct", 80.0)
    }),
    share("double_support_pct", 84.0),
    synced(share("initial_double_support_pct", 60.0)),
    derived(synced(share("terminal_double_support_pct", 60.0))),
    derived(share("single_support_pct", 80.0)),
    load("f1_bw", BW, (0.3, 3.0, 0.01)),
    load("fv_bw", BW, (0.1, 3.0, 0.01)),
    load("f2_bw", BW, (0.3, 3.0, 0.01)),
    load("t_f1", STANCE, (0.0, 1.0, 0.01)),
    load("t_fv", STANCE, (0.0, 1.0, 0.01)),
    load("t_f2", STANCE, (0.0, 1.0, 0.01)),
    load(
        "loading_rate_bw_per_s",
        "body weights per second",
        (0.5, 100.0, 0.2),
    ),
    load(
        "impulse_bw_s",
        "body weights times seconds",
        (0.05, 3.0, 0.005),
    ),
    pressure("cpei_pct", "% of the foot's width", (-100.0, 100.0, 1.0)),
    pressure("cop_length", "insole lengths", (0.0, 5.0, 0.01)),
    pressure("cop_width", "insole widths", (0.0, 2.0, 0.01)),
    pressure("mid_load", FRACTION, (0.0, 1.0, 0.01)),
    pressure("malr", FRACTION, (0.0, 1.0, 0.01)),
    pressure("mlr", FRACTION, (0.0, 1.0, 0.01)),
    pressure("fmlr", FRACTION, (0.0, 1.0, 0.01)),
    pressure("forefoot_share", FRACTION, (0.0, 1.0, 0.01)),
    derived(by_bout(motion("stride_length_m", "m", (0.15, 2.5, 0.01)))),
    derived(by_bout(motion("speed_m_per_s", "m/s", (0.05, 3.0, 0.01)))),
    motion("clearance_m", "m", (0.0, 0.5, 0.005)),
    motion("contact_pitch_deg", "degrees", (-60.0, 60.0, 1.0)),
    pair("phase_left_deg", "degrees", Timing, (0.0, 360.0, 0.5)),
    pair("phase_left_dev_deg", "degrees", Timing, (0.0, 180.0, 0.5)),
    pair("phase_right_deg", "degrees", Timing, (0.0, 360.0, 0.5)),
    pair("phase_right_dev_deg", "degrees", Timing, (0.0, 180.0, 0.5)),
    pair("stance_time_diff_s", "s", Timing, (-2.7, 2.7, 0.001)),
    pair("swing_time_diff_s", "s", Timing, (-1.8, 1.8, 0.001)),
    pair("f1_diff_bw", BW, Force, (-2.7, 2.7, 0.01)),
    session(
        "cadence_steps_per_min",
        "steps per minute",
        Timing,
        (40.0, 600.0),
        MIN_STRIDES_ANY,
    ),
    session(
        "stride_time_cv_pct",
        "%",
        Timing,
        (0.0, 100.0),
        MIN_STRIDES_VARIABILITY,
    ),
    session(
        "stride_time_mad_cv_pct",
        "%",
        Timing,
        (0.0, 100.0),
        MIN_STRIDES_VARIABILITY,
    ),
    session(
        "swing_time_cv_pct",
        "%",
        Timing,
        (0.0, 100.0),
        MIN_STRIDES_VARIABILITY,
    ),
    synced(session(
        "step_time_residual_cv_pct",
        "%",
        Timing,
        (0.0, 100.0),
        MIN_STRIDES_VARIABILITY,
    )),
    synced(session(
        "pci_pct",
        "%",
        Timing,
        (0.0, 200.0),
        MIN_STRIDES_VARIABILITY,
    )),
    synced(session(
        "pci_per_speed_pct_s_per_m",
        "% per m/s",
        Motion,
        (0.0, 4000.0),
        MIN_STRIDES_VARIABILITY,
    )),
    session(
        "ga",
        "dimensionless (100 times a natural logarithm)",
        Timing,
        (0.0, 312.0),
        MIN_STRIDES_MEAN,
    ),
    session("si_stance_pct", "%", Timing, SI, MIN_STRIDES_MEAN),
    session("si_swing_pct", "%", Timing, SI, MIN_STRIDES_MEAN),
    synced(session(
        "si_step_time_pct",
        "%",
        Timing,
        SI,
        MIN_STRIDES_MEAN,
    )),
    session("si_f1_pct", "%", Force, SI, MIN_STRIDES_MEAN),
    session("si_f2_pct", "%", Force, SI, MIN_STRIDES_MEAN),
    session("si_impulse_pct", "%", Force, SI, MIN_STRIDES_MEAN),
    session("si_loading_rate_pct", "%", Force, SI, MIN_STRIDES_MEAN),
    session(
        "walk_ratio_mm_per_steps_per_min",
        "mm/(steps/min)",
        Motion,
        (1.0, 20.0),
        MIN_STRIDES_MEAN,
    ),
    session(
        "dfa_alpha",
        "dimensionless",
        Timing,
        (0.0, 2.0),
        MIN_STRIDES_FRACTAL,
    ),
    session(
        "atypical_cycle_pct",
        "% of the stances",
        Pressure,
        (0.0, 100.0),
        MIN_STRIDES_PRESSURE,
    ),
];
