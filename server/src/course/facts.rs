//! What is known of each day of a course.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;

use super::marks::MarkDay;
use super::rules::PainBand;
use crate::adherence::figures::DayCourse;
use crate::checkins::trend::DayPain;
use crate::insoles::quality::Reason;
use crate::patients::grid::PausedDates;
use crate::store::types::SessionId;
use crate::store::wear::WornDay;

/// The course of a patient over some days.
#[derive(Debug, Clone, PartialEq)]
pub struct Course {
    /// First date.
    pub from: Date,
    /// Today.
    pub through: Date,
    /// A day for each date.
    pub days: Vec<CourseDay>,
    /// Days of the band of pain.
    pub band_days: i32,
    /// Stretches in which nothing was asked.
    pub pauses: Vec<PausedDates>,
    /// What happened, by date, numbered from 1.
    pub marks: Vec<MarkDay>,
}

/// One date. What is absent is not known or was not asked for; it is never zero.
#[derive(Debug, Clone, PartialEq)]
pub struct CourseDay {
    /// The date.
    pub date: Date,
    /// Pain, where a check-in told it.
    pub pain: Option<DayPain>,
    /// Usual pain of the days that end with it.
    pub usual: Option<PainBand>,
    /// What was done of what was due; none where nothing was planned.
    pub done: Option<DayCourse>,
    /// Sessions with the insoles, in order of time.
    pub walks: Vec<Walk>,
    /// Wear; none without any upload.
    pub worn: Option<WornDay>,
}

impl CourseDay {
    /// The worst pain of the date.
    pub fn worst_pain(&self) -> Option<u8> {
        self.pain.and_then(|pain| pain.worst())
    }

    /// Percent done of what was due; none where nothing was.
    pub fn done_pct(&self) -> Option<f64> {
        self.done.as_ref()?.session.value_pct
    }

    /// Habit strength at its end, percent.
    pub fn strength_pct(&self) -> Option<f64> {
        self.done.as_ref()?.strength.as_ref()?.corrected_pct
    }

    /// Hours the insoles were worn.
    pub fn worn_h(&self) -> Option<f64> {
        self.worn
            .as_ref()
            .map(|worn| worn.all.seconds as f64 / 3600.0)
    }
}

/// One session.
#[derive(Debug, Clone, PartialEq)]
pub struct Walk {
    /// Which.
    pub id: SessionId,
    /// When it began.
    pub at: Timestamp,
    /// Worn, recorded or simulated.
    pub source: String,
    /// Index with its standard error.
    pub score: Option<(f64, f64)>,
    /// Why there is none.
    pub reasons: Vec<Reason>,
    /// What made it: engine and norms.
    pub versions: (String, String),
}

impl Course {
    /// The versions that made the scores, each once.
    pub fn versions(&self) -> Vec<String> {
        let scored = self.walks().filter(|walk| walk.score.is_some());
        let versions: BTreeMap<_, _> = scored.map(|walk| (&walk.versions, ())).collect();
        versions
            .into_keys()
            .map(|(engine, norms)| format!("{engine} / {norms}"))
            .collect()
    }

    /// Every session.
    pub fn walks(&self) -> impl Iterator<Item = &Walk> {
        self.days.iter().flat_map(|day| &day.walks)
    }

    /// Why nothing was asked on a date.
    pub fn paused_on(&self, date: Date) -> Option<&str> {
        let paused = |pause: &&PausedDates| pause.from <= date && date <= pause.through;
        self.pauses
            .iter()
            .find(paused)
            .map(|pause| pause.reason.as_str())
    }
}
