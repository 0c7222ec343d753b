//! Monitored days, and the windows they fall into: pure.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use super::settings::DayRule;

/// Something a patient's devices told: when it happened, when it arrived, and what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Heard {
    /// The patient's date it happened on.
    pub activity_date: Date,
    /// The patient's date it arrived on.
    pub received_date: Date,
    /// When it arrived.
    pub received_at: Timestamp,
    /// What it was.
    pub what: What,
}

/// What was heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// A session of the insoles.
    Insoles,
    /// An answer to an exercise.
    Answer,
    /// A check-in.
    Checkin,
}

impl What {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Self::Insoles => "insole session",
            Self::Answer => "answer",
            Self::Checkin => "check-in",
        }
    }
}

/// A day with data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonitoredDay {
    /// The patient's date.
    pub date: Date,
    /// When the first data that make it one arrived: both dates are kept, whichever counts.
    pub first_received_at: Timestamp,
    /// The first data arrived after the day.
    pub is_late: bool,
    /// What was heard.
    pub what: BTreeSet<What>,
}

/// The days with data, in order.
pub fn monitored(heard: &[Heard], rule: DayRule) -> Vec<MonitoredDay> {
    let mut days: BTreeMap<Date, Vec<&Heard>> = BTreeMap::new();
    for one in heard {
        let date = match rule {
            DayRule::ActivityDay => one.activity_date,
            DayRule::ReceivedDay => one.received_date,
        };
        days.entry(date).or_default().push(one);
    }
    days.into_iter()
        .filter_map(|(date, all)| {
            let first = all.iter().min_by_key(|one| one.received_at)?;
            Some(MonitoredDay {
                date,
                first_received_at: first.received_at,
                is_late: first.received_date > date,
                what: all.iter().map(|one| one.what).collect(),
            })
        })
        .collect()
}

/// A device window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Its first day, which is a monitored one.
    pub from: Date,
    /// Its last day.
    pub through: Date,
    /// The monitored days in it.
    pub days: Vec<Date>,
}

impl Window {
    /// Whether a date is in it.
    pub fn has(&self, date: Date) -> bool {
        self.from <= date && date <= self.through
    }
}

/// A patient's windows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Windows {
    /// In order, none touching another's days.
    pub windows: Vec<Window>,
    /// Monitored days in none: they arrived when a window that begins soon after had been evaluated as over.
    pub outside: Vec<Date>,
}

/// The windows of these days: each begins with the first monitored day after the one before ended. A window that had ended when it was
/// evaluated keeps its beginning (`held`), so that a late day cannot move it.
pub fn windows(
    days: &BTreeSet<Date>,
    held: &BTreeSet<Date>,
    length: impl Fn(Date) -> i32,
) -> Windows {
    let mut found = Windows::default();
    for day in days {
        if let Some(last) = found.windows.last_mut().filter(|last| last.has(*day)) {
            last.days.push(*day);
            continue;
        }
        let through = day.saturating_add((length(*day) - 1).days());
        let in_the_way = |start: &&Date| *day < **start && **start <= through;
        if held.iter().any(|start| in_the_way(&start)) {
            found.outside.push(*day);
            continue;
        }
        found.windows.push(Window {
            from: *day,
            through,
            days: vec![*day],
        });
    }
    found
}
