//! How long each class lasted, in all and hour by hour.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{ActivityClass, Epoch};
use crate::recording::{StepMark, StepMarkKind};

const HOUR_S: f64 = 3600.0;
/// Hours listed at most: a recording is a day's, and no length may ask for endless memory.
const MOST_HOURS: usize = 48;

/// Time per class.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Exposure {
    /// Seconds per class; classes that never occurred are left out.
    pub seconds: BTreeMap<ActivityClass, f64>,
    /// Longest standing without a break, s.
    pub longest_standing_s: f64,
    /// Hours from the start of the recording, the last one as long as it lasts; at most 48.
    pub hours: Vec<Hour>,
}

/// One hour of a recording.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Hour {
    /// Walking (stairs included), s.
    pub walk_s: f64,
    /// Standing, s.
    pub stand_s: f64,
    /// Initial contacts of both feet inside walking or running.
    pub steps: u64,
}

/// Totals of the epochs; steps are the contacts inside the stretches of gait.
pub(super) fn of(
    epochs: &[Epoch],
    gait: &[Epoch],
    events: &[StepMark],
    duration_s: f64,
) -> Exposure {
    let count = ((duration_s / HOUR_S).ceil().max(0.0) as usize).min(MOST_HOURS);
    let mut exposure = Exposure {
        hours: vec![Hour::default(); count],
        ..Exposure::default()
    };
    for epoch in epochs {
        *exposure.seconds.entry(epoch.class).or_default() += epoch.duration_s();
        if epoch.class == ActivityClass::Standing {
            exposure.longest_standing_s = exposure.longest_standing_s.max(epoch.duration_s());
        }
        add_hours(&mut exposure.hours, epoch);
    }
    add_steps(&mut exposure.hours, gait, events);
    exposure
}

fn add_hours(hours: &mut [Hour], epoch: &Epoch) {
    let first = (epoch.start_s / HOUR_S).max(0.0) as usize;
    for (k, hour) in hours.iter_mut().enumerate().skip(first) {
        let (from, to) = (k as f64 * HOUR_S, (k + 1) as f64 * HOUR_S);
        let inside = epoch.end_s.min(to) - epoch.start_s.max(from);
        if inside <= 0.0 {
            break;
        }
        match epoch.class {
            ActivityClass::Walking | ActivityClass::Stairs => hour.walk_s += inside,
            ActivityClass::Standing => hour.stand_s += inside,
            _ => {}
        }
    }
}

/// A foot that is put down while sitting or standing is no step: only contacts inside a stretch of gait count.
fn add_steps(hours: &mut [Hour], gait: &[Epoch], events: &[StepMark]) {
    let mut stretches: Vec<(f64, f64)> = gait.iter().map(|e| (e.start_s, e.end_s)).collect();
    stretches.sort_by(|a, b| a.0.total_cmp(&b.0));
    stretches.dedup_by(|next, kept| {
        let same = next.0 <= kept.1;
        if same {
            kept.1 = kept.1.max(next.1);
        }
        same
    });
    let contacts = events
        .iter()
        .filter(|e| e.kind == StepMarkKind::InitialContact);
    for contact in contacts {
        let after = stretches.partition_point(|(_, end)| *end < contact.time_s);
        let inside = stretches
            .get(after)
            .is_some_and(|(start, _)| *start <= contact.time_s);
        let hour = hours.get_mut((contact.time_s / HOUR_S).max(0.0) as usize);
        if let (Some(hour), true) = (hour, inside) {
            hour.steps += 1;
        }
    }
}
