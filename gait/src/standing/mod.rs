//! Standing: how the weight is shared between the feet and between heel and forefoot, how often it is shifted, how much
//! the body sways. It describes loading and time, not posture of the spine and no risk.

mod columns;
mod share;
mod shifts;
mod sway;

use std::fmt;

use serde::Serialize;

pub use share::{ShareStats, share};
pub use sway::Sway;

use crate::activity::{Activity, ActivityClass, Epoch};
use crate::detect::Detection;
use crate::layout;
use crate::recording::{ForceUnit, Recording, Side};
use crate::signal;
use columns::Both;

/// Shortest standing that counts, s (gait specification 9; standing A).
const LEAST_EPOCH_S: f64 = 10.0;
const QUARTER_HOUR_S: f64 = 900.0;

/// Why something about standing is not given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StandingAbsent {
    /// Nobody stood for ten seconds.
    NoStanding,
    /// Force of the two feet does not share one scale.
    UncalibratedForce,
    /// The recording has no single sensors whose place under the foot is known.
    NoSensors,
    /// Nobody stood quietly for half a minute.
    NoQuietStanding,
}

impl StandingAbsent {
    /// Every reason.
    pub const ALL: [Self; 4] = [
        Self::NoStanding,
        Self::UncalibratedForce,
        Self::NoSensors,
        Self::NoQuietStanding,
    ];

    /// The stable string.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoStanding => "no_standing",
            Self::UncalibratedForce => "uncalibrated_force",
            Self::NoSensors => "no_sensors",
            Self::NoQuietStanding => "no_quiet_standing",
        }
    }
}

impl fmt::Display for StandingAbsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// All standing of a recording together.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Standing {
    /// Number of epochs of at least ten seconds.
    pub epochs: usize,
    /// Their length together, s.
    pub duration_s: f64,
    /// Load on the left foot, percent of both, over all samples.
    pub share_left: ShareStats,
    /// Weight-bearing asymmetry: distance of the two feet's mean shares, percentage points, 0 to 100.
    pub weight_bearing_asymmetry_pct: f64,
    /// Changes of the share by ten points or more that last.
    pub weight_shifts: u64,
    /// The same out and back within four seconds.
    pub fidgets: u64,
    /// Weight shifts per quarter of an hour of standing.
    pub weight_shifts_per_15_min: f64,
    /// Load of the heel regions of the layout, percent of the foot's: left, right. The rest is midfoot and forefoot.
    pub heel_share_pct: Result<[f64; 2], StandingAbsent>,
    /// Sway in quiet standing.
    pub sway: Result<Sway, StandingAbsent>,
}

/// Standing of a whole recording.
///
/// # Errors
/// No standing of ten seconds, or force that does not compare between the feet.
pub(crate) fn measure(
    recording: &Recording,
    detection: &Detection,
    activity: &Activity,
) -> Result<Standing, StandingAbsent> {
    if recording.force_unit == ForceUnit::Uncalibrated {
        return Err(StandingAbsent::UncalibratedForce);
    }
    let epochs: Vec<&Epoch> = activity
        .epochs
        .iter()
        .filter(|e| e.class == ActivityClass::Standing && e.duration_s() >= LEAST_EPOCH_S)
        .collect();
    if epochs.is_empty() {
        return Err(StandingAbsent::NoStanding);
    }
    // Without walking the zero level is unknown: force is taken as it is.
    if detection.body_weight_force.is_some() {
        let load = detection.load.each_ref().map(Vec::as_slice);
        of_epochs(recording, detection, load, &epochs)
    } else {
        let samples = recording.samples();
        let force = Side::BOTH.map(|side| signal::clean(recording.foot(side), samples).force);
        of_epochs(
            recording,
            detection,
            force.each_ref().map(|f| &**f),
            &epochs,
        )
    }
}

fn of_epochs(
    recording: &Recording,
    detection: &Detection,
    load: [&[f64]; 2],
    epochs: &[&Epoch],
) -> Result<Standing, StandingAbsent> {
    let hz = recording.sampling_hz;
    let both = Both::new(load, &detection.missing);
    let mut stats = share::Running::default();
    let (mut shifts, mut fidgets, mut quiet) = (0, 0, Vec::new());
    for epoch in epochs {
        let range = (epoch.start_s * hz).round() as usize..(epoch.end_s * hz).round() as usize;
        let found = shifts::of(&both, range.clone(), hz);
        both.shares(range, |share| stats.add(share));
        shifts += found.shifts;
        fidgets += found.fidgets;
        quiet.extend(found.quiet);
    }
    let share_left = stats.finish().ok_or(StandingAbsent::NoStanding)?;
    let duration_s: f64 = epochs.iter().map(|e| e.duration_s()).sum();
    let layout = recording.layout_id.as_deref().and_then(layout::by_id);
    let sensors = columns::Sensors::new(recording, layout);
    let spans = epochs.iter().map(|e| (e.start_s, e.end_s));
    Ok(Standing {
        epochs: epochs.len(),
        duration_s,
        share_left,
        weight_bearing_asymmetry_pct: (100.0 - 2.0 * share_left.mean_pct).abs(),
        weight_shifts: shifts,
        fidgets,
        weight_shifts_per_15_min: shifts as f64 * QUARTER_HOUR_S / duration_s.max(1.0),
        heel_share_pct: sensors
            .as_ref()
            .and_then(|s| s.heel_share_pct(&both, spans, hz))
            .ok_or(StandingAbsent::NoSensors),
        sway: sensors
            .as_ref()
            .ok_or(StandingAbsent::NoSensors)
            .and_then(|s| sway::of(s, &both, &quiet, hz).ok_or(StandingAbsent::NoQuietStanding)),
    })
}
