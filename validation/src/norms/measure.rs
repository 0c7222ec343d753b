//! One number per walk and metric id.

use gait::metrics::derive::both_feet_mean;
use gait::metrics::{MIN_STRIDES_MEAN, MIN_STRIDES_VARIABILITY};
use gait::strides::Stride;
use gait::{Analysis, Side};

type OfStride = fn(&Stride) -> Option<f64>;

/// Values of single strides, for metrics that a session document does not carry.
const OF_STRIDE: &[(&str, OfStride)] = &[
    ("loading_rate_bw_per_s", |s| s.force?.loading_rate_bw_per_s),
    ("t_f1", |s| Some(s.force?.t_f1)),
    ("t_fv", |s| Some(s.force?.t_fv)),
    ("t_f2", |s| Some(s.force?.t_f2)),
    ("mid_load", |s| s.plantar.as_ref()?.mid_load),
    ("malr", |s| s.plantar.as_ref()?.malr),
    ("mlr", |s| s.plantar.as_ref()?.mlr),
    ("fmlr", |s| s.plantar.as_ref()?.fmlr),
    ("cpei_pct", |s| s.plantar.as_ref()?.cpei_pct),
];

/// Symmetry indices of single-stride values.
const SYMMETRY: &[(&str, OfStride)] = &[
    ("si_f2_pct", |s| Some(s.force?.f2_bw)),
    ("si_impulse_pct", |s| Some(s.force?.impulse_bw_s)),
    ("si_loading_rate_pct", |s| s.force?.loading_rate_bw_per_s),
];

/// The walk's value of a metric, mean of both feet where it is one per foot; `None` when not measured.
pub(super) fn value(analysis: &Analysis, id: &str) -> Option<f64> {
    let measured = analysis.measured();
    let session = analysis.session_metrics().get(id).and_then(|d| d.ok());
    let feet = || both_feet_mean(measured, id, MIN_STRIDES_MEAN).ok();
    session
        .or_else(feet)
        .map(|estimate| estimate.value)
        .or_else(|| of_strides(analysis, id))
        .filter(|v| v.is_finite())
}

fn of_strides(analysis: &Analysis, id: &str) -> Option<f64> {
    let find = |table: &[(&str, OfStride)]| table.iter().find(|(m, _)| *m == id).map(|(_, of)| *of);
    if let Some(of) = find(OF_STRIDE) {
        let [left, right] = both(analysis, of)?;
        return Some(f64::midpoint(left, right));
    }
    let [left, right] = both(analysis, find(SYMMETRY)?)?;
    Some(200.0 * (right - left) / (right + left))
}

/// Share of the stance impulse under the sensor with this index, mean of both feet.
pub(super) fn impulse_share(analysis: &Analysis, sensor: usize) -> Option<f64> {
    let share = |s: &Stride| Some(s.plantar.as_ref()?.regions.get(sensor)?.impulse_share);
    let [left, right] = both(analysis, share)?;
    Some(f64::midpoint(left, right))
}

/// Mean over the used strides of each foot, with as many as pressure needs.
fn both(analysis: &Analysis, of: impl Fn(&Stride) -> Option<f64>) -> Option<[f64; 2]> {
    let mean = |side: Side| {
        let used = analysis
            .strides
            .iter()
            .filter(|s| s.foot == side && s.is_used());
        let values: Vec<f64> = used.filter_map(&of).filter(|v| v.is_finite()).collect();
        (values.len() as u64 >= MIN_STRIDES_VARIABILITY)
            .then(|| values.iter().sum::<f64>() / values.len() as f64)
    };
    Some([mean(Side::Left)?, mean(Side::Right)?])
}
