//! What a trial of footwear consists of.

use std::collections::BTreeMap;

use crate::summary::{SessionSummary, Tag};

use super::day::{Day, DayNotes};

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
                .collect(),
        })
    }
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
