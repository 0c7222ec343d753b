//! What a trial of footwear consists of.

use std::collections::BTreeMap;

use crate::layout::Layout;
use crate::recording::Side;
use crate::summary::{SessionSummary, Tag};

use super::day::{Day, DayNotes};
use super::effect::{IMPULSE_SHARE, PEAK_PRESSURE};

/// One session of a trial.
#[derive(Clone, Debug, PartialEq)]
pub struct TrialSession {
    /// Days since 1970-01-01.
    pub date: i64,
    /// Which pair of insoles, and all else that must be equal in both conditions.
    pub setting: String,
    /// Sensor layout id.
    pub layout_id: String,
    /// Usable strides of the foot with fewer.
    pub strides: u64,
    /// Means of both feet by metric id, cadence among them.
    pub values: BTreeMap<String, f64>,
}

impl TrialSession {
    /// A session as part of a trial; disturbed values are left out.
    #[must_use]
    pub fn of(date: i64, session: &SessionSummary) -> Option<Self> {
        let everyday = SessionSummary {
            tag: Tag::Usual,
            ..session.clone()
        };
        let day = Day::of(date, &[everyday], DayNotes::default())?;
        let serial = |s: &Option<String>| s.clone().unwrap_or_default();
        let device = &session.device;
        let pair = format!(
            "{} {}",
            serial(&device.serial_left),
            serial(&device.serial_right)
        );
        Some(Self {
            date,
            setting: format!("{} {pair}", day.setting),
            layout_id: day.layout_id.clone(),
            strides: session.strides.left.used.min(session.strides.right.used),
            values: day
                .values
                .keys()
                .filter_map(|id| Some((id.clone(), day.sound(id)?.value)))
                .chain(regional(session))
                .collect(),
        })
    }
}

/// Share of the impulse and peak pressure of each region and foot; nothing from insoles with dead sensors.
fn regional(session: &SessionSummary) -> Vec<(String, f64)> {
    let regions = crate::layout::by_id(&session.device.layout_id).map_or_else(Vec::new, names);
    let feet = session
        .pressure
        .as_ref()
        .filter(|_| session.quality.dead_sensors.is_empty())
        .map_or([None, None], |p| [p.left.as_ref(), p.right.as_ref()]);
    Side::BOTH
        .into_iter()
        .zip(feet)
        .filter_map(|(side, foot)| Some((side, foot?.regions()?)))
        .flat_map(|(side, loads)| {
            regions
                .iter()
                .copied()
                .zip(loads)
                .map(move |(r, l)| (side, r, l))
        })
        .flat_map(|(side, region, load)| {
            let share = f64::from(load.share_permille) / 1000.0;
            let peak = load.peak_kpa.map(f64::from);
            let id = |kind: &str| format!("{kind}{}_{region}", side.as_str());
            std::iter::once((id(IMPULSE_SHARE), share)).chain(peak.map(|p| (id(PEAK_PRESSURE), p)))
        })
        .collect()
}

/// Regions in the order in which the layout first names them.
fn names(layout: &'static Layout) -> Vec<&'static str> {
    let mut names: Vec<&str> = Vec::new();
    for sensor in &layout.sensors {
        if !names.contains(&sensor.region.as_str()) {
            names.push(&sensor.region);
        }
    }
    names
}

/// A trial of footwear.
#[derive(Clone, Copy, Debug)]
pub struct Trial<'a> {
    /// Sessions with the usual footwear.
    pub usual: &'a [TrialSession],
    /// Sessions with the new one.
    pub new: &'a [TrialSession],
    /// Date from which the new one was worn.
    pub new_since: i64,
}
