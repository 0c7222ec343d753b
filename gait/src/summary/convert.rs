//! What an analysis found, in the shape and precision of the wire.

use std::collections::BTreeMap;

use super::parts::ACTIVITIES;
use super::plain::to_decimals;
use super::{Drift, Exposure, Hourly, Standing};
use crate::activity::{Activity, Hour};
use crate::drift;
use crate::norms::norms;
use crate::recording::Side;
use crate::signal::health::{FaultKind, SensorFault};
use crate::standing;

/// Sessions up to this length have no hours, s.
const HOURLY_FROM_S: f64 = 7200.0;
/// Hours of the longest session.
const MOST_HOURS: usize = 24;
/// Most drifts told.
const MOST_DRIFTS: usize = 16;

/// Time per activity in whole seconds (rounded down, so that they never exceed the session); `None` when nothing was told
/// apart.
pub(super) fn exposure(activity: &Activity, duration_s: f64) -> Option<Exposure> {
    let found = &activity.exposure;
    if found.seconds.is_empty() {
        return None;
    }
    let of = |name: &str| {
        let mut classes = found.seconds.iter();
        let seconds = classes.find(|(class, _)| class.as_str() == name);
        seconds.map_or(0, |(_, s)| s.max(0.0) as u32)
    };
    let seconds = ACTIVITIES.map(of);
    Some(Exposure {
        seconds,
        longest_standing_s: (found.longest_standing_s.max(0.0) as u32).min(of("standing")),
        hourly: (duration_s > HOURLY_FROM_S).then(|| hourly(&found.hours)),
    })
}

fn hourly(hours: &[Hour]) -> Hourly {
    let hours = hours.get(..MOST_HOURS).unwrap_or(hours);
    let minutes = |seconds: f64| (seconds / 60.0).clamp(0.0, 60.0) as u8;
    Hourly {
        walking_min: trimmed(hours.iter().map(|h| minutes(h.walk_s))),
        standing_min: trimmed(hours.iter().map(|h| minutes(h.stand_s))),
        steps: trimmed(
            hours
                .iter()
                .map(|h| u16::try_from(h.steps).unwrap_or(u16::MAX)),
        ),
    }
}

/// Without the zeros at the end.
fn trimmed<T: Default + PartialEq>(values: impl Iterator<Item = T>) -> Vec<T> {
    let mut values: Vec<T> = values.collect();
    while values.last() == Some(&T::default()) {
        values.pop();
    }
    values
}

pub(crate) fn standing(found: &standing::Standing) -> Standing {
    let sway = found.sway.as_ref().ok();
    Standing {
        duration_s: to_decimals(found.duration_s, 1),
        share_left_pct: to_decimals(found.share_left.mean_pct, 3),
        sd_pct: to_decimals(found.share_left.sd_pct, 3),
        shifts: found.weight_shifts,
        fidgets: found.fidgets,
        quiet_s: sway.map(|s| to_decimals(s.quiet_s(), 1)),
        sway_rms: sway.map(|s| to_decimals(s.rms_length, 5)),
        sway_per_s: sway.map(|s| to_decimals(s.mean_velocity_length_per_s, 5)),
    }
}

/// What drifted by more than measurement error.
pub(super) fn drift(found: &[drift::Drift]) -> BTreeMap<String, Drift> {
    let told = found.iter().filter(|d| d.told).take(MOST_DRIFTS);
    told.map(|d| {
        let drift = Drift {
            slope_per_min: to_decimals(d.slope_per_min, 6),
            ci_low: to_decimals(d.ci_low, 6),
            ci_high: to_decimals(d.ci_high, 6),
            blocks: u32::try_from(d.blocks).unwrap_or(u32::MAX),
            minutes: to_decimals(d.minutes, 1),
        };
        (d.metric.clone(), drift)
    })
    .collect()
}

/// Names of the sensors that failed, such as `left_7`.
pub(super) fn dead_sensors(faults: &[Vec<SensorFault>; 2]) -> Vec<String> {
    let feet = Side::BOTH.into_iter().zip(faults);
    let mut names: Vec<String> = feet
        .flat_map(|(side, faults)| {
            let failed = faults.iter().filter(|f| f.kind != FaultKind::Saturated);
            failed.map(move |f| format!("{side}_{}", f.sensor))
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

/// The drifts of a summary as the session told them.
pub(crate) fn drifts(sent: &BTreeMap<String, Drift>, layout_id: &str) -> Vec<drift::Drift> {
    let of = |(metric, d): (&String, &Drift)| drift::Drift {
        metric: metric.clone(),
        slope_per_min: d.slope_per_min,
        ci_low: d.ci_low,
        ci_high: d.ci_high,
        blocks: d.blocks as usize,
        minutes: d.minutes,
        mdc95: norms().mdc95(metric, layout_id),
        told: true,
    };
    sent.iter().map(of).collect()
}
